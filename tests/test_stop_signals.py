"""Signals that stop a run: in a program that crawls otherwise than by the command, and twice."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from email.message import Message
from pathlib import Path

from tests.crawling import ROOT, Answer, Page, PageServer, command, environment, wait_for
from tests.test_crawl_bad_input import page

PROGRAM = """
import sys
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.utils.project import get_project_settings

base_url, folder, times, then_stop = sys.argv[1:]
settings = get_project_settings()
settings.set("KHOTOOT_OUTPUT", folder)
settings.set("DOWNLOAD_DELAY", 0)
process = AsyncCrawlerProcess(settings)


def crawl(left):
    running = process.crawl("khotoot", base_url=base_url)
    if left > 1:
        running.add_done_callback(lambda _: crawl(left - 1))


crawl(int(times))
process.start(stop_after_crawl=bool(int(then_stop)))
"""
PAGES: dict[str, Page] = {"/": Answer(b'<a href="/fa/news/7">a</a>'), "/fa/news/7": Answer(page(7))}


def program(base_url: str, folder: Path, times: int, *, stops: bool) -> subprocess.Popen[str]:
    """Start a program that crawls so many times, one after the other, and then stops or waits."""
    words = [sys.executable, "-c", PROGRAM, base_url, str(folder), str(times), str(int(stops))]
    return subprocess.Popen(words, cwd=ROOT, env=environment(), stderr=subprocess.PIPE, text=True)


def test_a_program_that_goes_on_after_its_crawl_ends_at_a_signal(tmp_path: Path) -> None:
    asked = threading.Event()

    def answer(_: Message) -> Answer:
        asked.set()
        return Answer(b'<a href="/fa/news/7">a</a>')

    with PageServer({**PAGES, "/": answer}) as server:
        process = program(server.base_url, tmp_path, 1, stops=False)
        assert asked.wait(30)
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=30)
    assert process.returncode == 0, log
    [summary] = [json.loads(path.read_bytes()) for path in (tmp_path / "runs").iterdir()]
    assert summary["exit_code"] == 143


def test_a_second_crawl_of_a_program_that_is_closing_is_left_to_close(tmp_path: Path) -> None:
    with PageServer(PAGES) as server:
        process = program(server.base_url, tmp_path, 2, stops=True)
        wait_for("Closing spider", process, times=2)
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=30)
    assert process.returncode == 0, log
    summaries = [json.loads(path.read_bytes()) for path in sorted((tmp_path / "runs").iterdir())]
    assert [summary["exit_code"] for summary in summaries] == [0, 143]
    assert not list((tmp_path / "warc").glob("*.open"))


def test_a_second_signal_does_not_wait_for_what_is_in_flight(tmp_path: Path) -> None:
    asked, is_over = threading.Event(), threading.Event()

    def answer(_: Message) -> Answer:
        asked.set()
        is_over.wait(60)
        return Answer(page(7))

    with PageServer({**PAGES, "/fa/news/7": answer}) as server:
        run = command(server.base_url, tmp_path, "-s", "DOWNLOAD_TIMEOUT=60")
        process = subprocess.Popen(
            run, cwd=ROOT, env=environment(), stderr=subprocess.PIPE, text=True
        )
        assert asked.wait(30)
        process.send_signal(signal.SIGINT)
        wait_for("send it again to end at once", process)
        time.sleep(0.5)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, log = process.communicate(timeout=30)
        is_over.set()
    assert process.returncode == 130, log
