"""Each exit code of ``scrapy crawl khotoot``, from the real command."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from khotoot_crawler.demo.server import SampleSite
from khotoot_crawler.lock import FolderLock
from khotoot_crawler.settings import ITEM_PIPELINES
from tests.crawling import (
    ROOT,
    Answer,
    PageServer,
    command,
    crawl,
    environment,
    few_articles,
    wait_for,
)
from tests.test_crawl_bad_input import page
from tests.verified import findings


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (["-a", "codes=abc"], "codes=abc"),
        (["-a", "codes=0-3"], "codes=0-3"),
        (["-a", "since=1402-13-01"], "since=1402-13-01"),
        (["-a", "base_url=nowhere"], "base_url=nowhere"),
        (["-a", "base_url=http://a b"], "base_url=http://a b"),
        (["-a", "colour=red"], "colour"),
        (["-s", "DOWNLOAD_DELAY=soon"], "DOWNLOAD_DELAY=soon"),
        (["-s", "KHOTOOT_RECHECK_HOURS=inf"], "KHOTOOT_RECHECK_HOURS=inf"),
        (["-s", "LOG_LEVEL=FOO"], "LOG_LEVEL=FOO"),
        (["-s", "FEEDS=x"], "FEEDS=x"),
        (["-s", "ITEM_PIPELINES={}"], "ITEM_PIPELINES={}"),
        (["-s", "EXTENSIONS=5"], "EXTENSIONS=5"),
        (["-s", "SCHEDULER=x"], "SCHEDULER=x"),
        (["-s", "KHOTOOT_LOG"], "-s KHOTOOT_LOG: takes NAME=VALUE"),
        (["-a", "since"], "-a since: takes NAME=VALUE"),
        (["-a", ""], "takes NAME=VALUE"),
    ],
)
def test_2_a_bad_argument_is_one_line_and_nothing_is_written(
    tmp_path: Path, given: list[str], named: str
) -> None:
    ended = crawl("http://127.0.0.1:9", tmp_path / "output", *given)
    assert ended.code == 2
    [line] = [line for line in ended.log.splitlines() if "] INFO" not in line and line.strip()]
    assert named in line
    assert not (tmp_path / "output").exists()


def test_2_an_unknown_spider_is_one_line() -> None:
    run = [sys.executable, "-m", "scrapy", "crawl", "nobody"]
    ended = subprocess.run(
        run, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert "khotoot" in ended.stderr.splitlines()[-1]


def test_2_a_folder_of_loopback_pages_is_not_mixed_with_the_live_site(tmp_path: Path) -> None:
    with PageServer({"/": Answer(b"<html></html>")}) as server:
        assert crawl(server.base_url, tmp_path).code == 0
    ended = crawl("http://mirror.invalid", tmp_path)
    assert ended.code == 2
    assert "give each a folder of its own" in ended.log
    assert "Traceback" not in ended.log


def test_1_a_defect_is_told_and_the_run_goes_on_to_its_end(tmp_path: Path) -> None:
    pipelines = json.dumps({"tests.broken.BrokenPipeline": 150, **ITEM_PIPELINES})
    with SampleSite(few_articles(4, "33614")) as site:
        ended = crawl(site.base_url, tmp_path, "-s", f"ITEM_PIPELINES={pipelines}", timeout=60)
    assert ended.code == 1
    assert ended.summary["exit_code"] == 1
    assert ended.summary["reason"] == "finished"


@pytest.mark.parametrize(
    ("limit", "reason"),
    [
        ("CLOSESPIDER_ITEMCOUNT=3", "closespider_itemcount"),
        ("CLOSESPIDER_PAGECOUNT=8", "closespider_pagecount"),
        ("MEMUSAGE_LIMIT_MB=20", "memusage_exceeded"),
    ],
)
def test_3_a_run_that_a_limit_cuts_short_and_the_next_one_that_goes_on(
    tmp_path: Path, limit: str, reason: str
) -> None:
    more = ("-s", "KHOTOOT_REQUISITES=none", "-s", "DOWNLOAD_DELAY=0.02")
    soon = ("-s", "MEMUSAGE_CHECK_INTERVAL_SECONDS=0.2")
    with SampleSite(few_articles(3)) as site:
        cut = crawl(site.base_url, tmp_path, *more, *soon, "-s", limit)
        assert (cut.summary["reason"], cut.code) == (reason, 3), cut.log
        assert len(cut.articles) < len(site.catalogue.latest())
        ended = crawl(site.base_url, tmp_path, "-s", "KHOTOOT_REQUISITES=none")
        assert len(ended.articles) == len(site.catalogue.latest())
    assert ended.code == 0


def test_4_a_site_that_cannot_be_reached(tmp_path: Path) -> None:
    with PageServer() as server:
        closed = server.base_url
    ended = crawl(closed, tmp_path)
    assert ended.code == 4
    assert "Traceback" not in ended.log


@pytest.mark.parametrize("status", [401, 403, 451])
def test_4_a_small_site_that_refuses_everything(tmp_path: Path, status: int) -> None:
    asked = ("/", "/fa/rss/allnews", "/fa/rss", "/fa/archive", "/sitemap.xml")
    with PageServer({path: Answer(b"no", status=status) for path in asked}) as server:
        ended = crawl(server.base_url, tmp_path)
    assert ended.code == 4, ended.log


@pytest.mark.parametrize(
    ("robots", "warning"),
    [
        (b"User-agent: *\nDisallow: /\n", "robots.txt forbids what was to be asked for"),
        (b"", "none of the pages that were read names an article"),
    ],
)
def test_0_is_told_of_where_nothing_was_to_be_had(
    tmp_path: Path, robots: bytes, warning: str
) -> None:
    parked = {"/": Answer("<html><body>دامنه به فروش می‌رسد</body></html>".encode())}
    with PageServer({"/robots.txt": Answer(robots), **parked}) as server:
        ended = crawl(server.base_url, tmp_path)
    assert ended.code == 0, ended.log
    assert warning in ended.log


def test_0_also_where_scrapy_is_to_count_nothing(tmp_path: Path) -> None:
    with PageServer(
        {"/": Answer(b'<a href="/fa/news/7">a</a>'), "/fa/news/7": Answer(page(7))}
    ) as s:
        ended = crawl(
            s.base_url, tmp_path, "-s", "STATS_CLASS=scrapy.statscollectors.DummyStatsCollector"
        )
    assert ended.code == 0, ended.log
    assert len(ended.articles) == 1


def test_5_an_output_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    ended = crawl("http://127.0.0.1:9", tmp_path / "file" / "output")
    assert ended.code == 5
    assert "cannot write" in ended.log
    assert "Traceback" not in ended.log


def test_5_a_folder_in_the_place_of_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "views.jsonl").mkdir()
    ended = crawl("http://127.0.0.1:9", tmp_path)
    assert ended.code == 5
    assert f"cannot write {tmp_path / 'views.jsonl'}: Is a directory" in ended.log


def test_5_a_file_in_the_place_of_the_summaries_is_told_before_anything_is_asked_for(
    tmp_path: Path,
) -> None:
    (tmp_path / "runs").touch()
    with PageServer() as server:
        ended = crawl(server.base_url, tmp_path)
        assert not server.asked
        assert ended.code == 5
        assert f"cannot write {tmp_path / 'runs'}: File exists" in ended.log
        (tmp_path / "runs").unlink()
        again = crawl(server.base_url, tmp_path)
    assert "recovery:" not in again.log
    assert len(list((tmp_path / "runs").iterdir())) == 1


def crawl_with_limit(server: str, folder: Path, limit: int, *more: str) -> None:
    """Crawl while no file may be larger, and see that this is told in one line."""
    full = subprocess.run(
        command(server, folder, *more),
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert full.returncode == 5, full.stderr
    assert "Traceback" not in full.stderr
    assert full.stderr.count("cannot write") == 1


def test_5_a_disk_that_fills_up_and_the_next_run_with_room(tmp_path: Path) -> None:
    with SampleSite() as site:
        crawl_with_limit(site.base_url, tmp_path, 250_000)
        acknowledged = (tmp_path / "articles.jsonl").read_bytes()
        assert acknowledged.endswith(b"\n")
        [summary] = [json.loads(path.read_bytes()) for path in (tmp_path / "runs").iterdir()]
        assert summary["counts"]["new"] == acknowledged.count(b"\n")
        ended = crawl(site.base_url, tmp_path)
        # When known articles are made due, before anything is asked for.
        crawl_with_limit(site.base_url, tmp_path, 33_000, "-a", "recheck=all")
    assert ended.code == 0
    assert (tmp_path / "articles.jsonl").read_bytes().startswith(acknowledged)
    assert len(ended.articles) == len(ended.lines("articles.jsonl")) == 60


def test_5_a_disk_that_is_full_when_the_run_is_noted(tmp_path: Path) -> None:
    with PageServer() as server:
        crawl_with_limit(server.base_url, tmp_path, 60_000)
    assert not list((tmp_path / "warc").iterdir())


def test_75_another_run_holds_the_folder(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    lock.take("2026-11-22T08:30:00.123Z")
    began = time.monotonic()
    ended = crawl("http://127.0.0.1:9", tmp_path)
    lock.release()
    assert ended.code == 75
    assert "started 2026-11-22T08:30:00.123Z" in ended.log
    assert time.monotonic() - began < 20
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", "warc"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_130_and_143_a_signal_ends_the_run_in_order(tmp_path: Path, number: signal.Signals) -> None:
    bare = ("-s", "KHOTOOT_REQUISITES=none")
    with SampleSite(few_articles(3)) as site:
        run = command(site.base_url, tmp_path, "-s", "DOWNLOAD_DELAY=0.05", *bare)
        process = subprocess.Popen(
            run, cwd=ROOT, env=environment(), stderr=subprocess.PIPE, text=True
        )
        lines = tmp_path / "articles.jsonl"
        while not (lines.exists() and lines.read_bytes().count(b"\n") >= 5):
            assert process.poll() is None, process.communicate()[1]
            time.sleep(0.02)
        process.send_signal(number)
        _, log = process.communicate(timeout=30)
        assert process.returncode == 128 + number, log
        [warc] = (tmp_path / "warc").iterdir()
        assert warc.name.endswith(".warc.gz")
        [summary] = [json.loads(p.read_bytes()) for p in (tmp_path / "runs").iterdir()]
        assert summary["exit_code"] == 128 + number
        ended = crawl(site.base_url, tmp_path, *bare)
        assert ended.code == 0
        count = len(site.catalogue.latest())
        assert len(ended.articles) == len(ended.lines("articles.jsonl")) == count


def stopped(process: subprocess.Popen[str], folder: Path) -> tuple[int, int]:
    """Send SIGTERM and return the exit codes, of the process and in the run's summary."""
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=30)
    assert "Traceback" not in log
    [summary] = [json.loads(path.read_bytes()) for path in (folder / "runs").iterdir()]
    assert summary["reason"] == "shutdown"
    return process.returncode, summary["exit_code"]


def started(folder: Path, base_url: str = "http://127.0.0.1:9") -> subprocess.Popen[str]:
    run = command(base_url, folder)
    return subprocess.Popen(run, cwd=ROOT, env=environment(), stderr=subprocess.PIPE, text=True)


def test_143_a_signal_breaks_the_recovery_off_and_the_next_run_does_it(tmp_path: Path) -> None:
    view = '{"schema_version":1,"site":"khootoot.ir","news_code":"%d","view_count":1,"observed_at":'
    lines = [view % code + '"2026-11-22T08:30:00.123Z"}\n' for code in range(1, 200_001)]
    (tmp_path / "views.jsonl").write_text("".join(lines))
    process = started(tmp_path)
    while not (tmp_path / "state.sqlite").exists():
        assert process.poll() is None
        time.sleep(0.01)
    assert stopped(process, tmp_path) == (143, 143)
    ended = crawl("http://127.0.0.1:9", tmp_path)
    assert "views.jsonl: 200000 lines that state.sqlite did not know" in ended.log


@pytest.mark.parametrize("moment", ["Scrapy 2.", "Enabled addons"])
def test_143_a_signal_that_comes_while_scrapy_starts(tmp_path: Path, moment: str) -> None:
    process = started(tmp_path)
    wait_for(moment, process)
    assert stopped(process, tmp_path) == (143, 143)


def test_143_a_signal_that_comes_while_the_crawl_closes(tmp_path: Path) -> None:
    with PageServer(
        {"/": Answer(b'<a href="/fa/news/7">a</a>'), "/fa/news/7": Answer(page(7))}
    ) as server:
        process = started(tmp_path, server.base_url)
        wait_for("Closing spider", process)
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=30)
    assert process.returncode == 143, log
    [summary] = [json.loads(path.read_bytes()) for path in (tmp_path / "runs").iterdir()]
    assert (summary["reason"], summary["exit_code"]) == ("finished", 143)
    assert findings(tmp_path) == []


def test_143_a_long_delay_does_not_hold_up_the_stop(tmp_path: Path) -> None:
    with PageServer() as server:
        run = command(server.base_url, tmp_path, "-s", "DOWNLOAD_DELAY=600")
        process = subprocess.Popen(
            run, cwd=ROOT, env=environment(), stderr=subprocess.PIPE, text=True
        )
        while not server.asked:
            assert process.poll() is None
            time.sleep(0.01)
        assert stopped(process, tmp_path) == (143, 143)


@pytest.mark.parametrize("moment", ["Spider opened", "first walk"])  # before and with a folder
def test_143_of_the_demo_ends_its_crawl_too(tmp_path: Path, moment: str) -> None:
    for number in range(3):
        folder = tmp_path / str(number)
        folder.mkdir()
        code, log = stopped_demo(folder, moment)
        if code:  # else it had ended before this process, on a busy machine, came to read of it
            break
    assert code == 143
    assert "exit 143" in log


def stopped_demo(folder: Path, moment: str) -> tuple[int, str]:
    """Stop a demo when it tells of that moment; return its exit code and what it logged then."""
    demo = ["nice", "-n", "10", sys.executable, "-m", "scrapy", "demo"]
    settings = {"SCRAPY_SETTINGS_MODULE": "khotoot_crawler.settings"}
    with subprocess.Popen(
        demo, cwd=folder, env=environment() | settings, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stderr is not None
        while moment not in (line := running.stderr.readline()):
            assert line, "it ended"
        running.send_signal(signal.SIGTERM)
        log = running.stderr.read()
    return running.returncode, log


def test_2_the_demo_takes_no_argument() -> None:
    demo = [sys.executable, "-m", "scrapy", "demo", "quickly"]
    ended = subprocess.run(
        demo, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (2, "scrapy demo: quickly: takes no argument\n")


def test_5_the_demo_has_nowhere_to_tell_what_it_does() -> None:
    demo = [sys.executable, "-m", "scrapy", "demo"]
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            demo, cwd=ROOT, env=environment(), stdout=full, stderr=subprocess.PIPE, check=False
        )
    said = b"scrapy demo: standard output: No space left on device\n"
    assert (ended.returncode, ended.stderr) == (5, said)
