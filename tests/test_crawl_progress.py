"""How far a crawl is, told on a real terminal and in a log."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import termios
from dataclasses import replace
from pathlib import Path

import pytest

from khotoot_crawler.crawl_progress import Figures, Rate
from khotoot_crawler.demo.server import SampleSite
from tests.crawling import ROOT, Answer, PageServer, command, crawl, environment, few_articles

FIGURES = Figures(
    done=1204,
    failed=6,
    ahead=2100,
    seconds_left=2423.1,
    rate=52 / 60,
    delay=1.25,
    revisits=31,
    failures=7,
)
LINE = re.compile(r"[\d,]+ of [\d,]+ articles.*, [\d,]+/min, delay [\d.]+ s, \d+ revisits")
LOG = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[[\w.]+\] [A-Z]+: ")


_WIDTH = 100
SLOWLY = ("-s", "DOWNLOAD_DELAY=0.02", "-s", "KHOTOOT_REQUISITES=none")


def test_the_figures_in_a_line() -> None:
    assert str(FIGURES) == (
        "1,204 of 3,310 articles, 0:40:23 left, 7 failed, 52/min, delay 1.25 s, 31 revisits"
    )
    unknown = replace(FIGURES, ahead=None, seconds_left=None, delay=None)
    assert str(unknown) == "1,204 articles, 7 failed, 52/min, paused, 31 revisits"


def test_a_rate_is_of_the_last_minute() -> None:
    rate = Rate(0.0)
    assert rate.at(0.0, 0) == 0
    assert rate.at(10.0, 20) == 2
    assert rate.at(60.0, 120) == 2
    assert rate.at(120.0, 120) == 0  # nothing since


def on_a_terminal(base_url: str, folder: Path, *more: str, term: str = "xterm") -> tuple[str, str]:
    """Run a crawl; return what the terminal was sent, and standard output."""
    terminal, stderr = pty.openpty()
    termios.tcsetwinsize(stderr, (24, _WIDTH))
    with subprocess.Popen(
        command(base_url, folder, *more),
        cwd=ROOT,
        env={**environment(), "TERM": term},
        stderr=stderr,
        stdout=subprocess.PIPE,
    ) as process:
        os.close(stderr)
        sent = b""
        while piece := _read(terminal):
            sent += piece
        out, _ = process.communicate(timeout=30)
    os.close(terminal)
    assert process.returncode == 0, sent.decode()
    return sent.decode(), out.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # how Linux tells that the other end is closed
        return b""


def left_on_screen(sent: str) -> list[str]:
    """Return the lines that stay: what is erased is gone, and so is what moves the cursor."""
    lines = [""]
    for piece in re.split(r"(\r\n|\r|\x1b\[2K|\x1b\[1A|\x1b\[\?25[hl])", sent):
        match piece:
            case "\r\n":
                lines.append("")
            case "\x1b[1A":
                lines.pop()
            case "\x1b[2K":
                lines[-1] = ""
            case "\r" | "\x1b[?25h" | "\x1b[?25l":
                pass
            case text:
                lines[-1] += text
    return lines


def test_a_terminal_has_a_live_line_below_whole_log_lines(tmp_path: Path) -> None:
    with SampleSite(few_articles(3)) as site:
        sent, out = on_a_terminal(site.base_url, tmp_path, *SLOWLY)
        assert out == ""
        assert LINE.search(sent)
        screen = left_on_screen(sent)
        assert not any("articles, " in line for line in screen if not LOG.match(line))
        [ended] = [line for line in screen if "run ended" in line]
        assert LOG.match(ended)
        assert ended.endswith("2 missing")
        assert len(ended) > _WIDTH  # longer than the terminal is wide, and not broken
        assert sent.rindex("\x1b[?25h") > sent.rindex("\x1b[?25l")
        assert "progress: " not in sent
        assert "\x1b" not in sent[sent.rindex("Spider closed") :]
        again, _ = on_a_terminal(site.base_url, tmp_path, *SLOWLY, "-a", "recheck=all")
    assert re.search(r" [1-9]\d* revisits", again)


@pytest.mark.parametrize(("more", "term"), [(("-s", "KHOTOOT_PROGRESS=0"), "xterm"), ((), "dumb")])
def test_no_live_line_where_it_is_unwanted_or_cannot_be(
    tmp_path: Path, more: tuple[str, ...], term: str
) -> None:
    with PageServer({"/": Answer(b"<html></html>")}) as server:
        sent, out = on_a_terminal(server.base_url, tmp_path, *more, term=term)
    assert out == ""
    assert "\x1b" not in sent
    assert "Spider closed" in sent


def test_a_log_has_a_line_now_and_then_in_place_of_scrapys(tmp_path: Path) -> None:
    with SampleSite(few_articles(3)) as site:
        every = (*SLOWLY, "-s", "LOGSTATS_INTERVAL=0.2")
        told = crawl(site.base_url, tmp_path / "a", *every).log
        some = ("-a", "codes=33600-33619", *every)
        told_some = crawl(site.base_url, tmp_path / "b", *some).log
        silent = crawl(site.base_url, tmp_path / "c", *some, "-s", "KHOTOOT_PROGRESS=0").log
    lines = [line for line in told.splitlines() if "progress: " in line]
    assert len(lines) > 3
    assert all(LOG.match(line) and LINE.search(line) for line in lines)
    assert " left, " in told_some  # of codes it is known from the first how many there are
    assert "\x1b" not in told
    assert "progress: " not in silent
    assert " of 20 articles" in told_some
    assert not any("Crawled " in log for log in (told, told_some, silent))
