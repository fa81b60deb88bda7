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
from tests.crawling import ROOT, Answer, PageServer, command, crawl, environment


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (["-a", "codes=abc"], "codes=abc"),
        (["-a", "since=1402-13-01"], "since=1402-13-01"),
        (["-a", "base_url=nowhere"], "base_url=nowhere"),
        (["-a", "colour=red"], "colour"),
        (["-s", "DOWNLOAD_DELAY=soon"], "DOWNLOAD_DELAY=soon"),
    ],
)
def test_2_a_bad_argument_is_one_line_and_nothing_is_written(
    tmp_path: Path, given: list[str], named: str
) -> None:
    ended = crawl("http://127.0.0.1:9", tmp_path / "output", *given)
    assert ended.code == 2
    [line] = [line for line in ended.log.splitlines() if "INFO" not in line and line.strip()]
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
    with SampleSite() as site:
        ended = crawl(site.base_url, tmp_path, "-s", f"ITEM_PIPELINES={pipelines}", timeout=60)
    assert ended.code == 1
    assert ended.summary["exit_code"] == 1
    assert ended.summary["reason"] == "finished"


def test_4_a_site_that_cannot_be_reached(tmp_path: Path) -> None:
    with PageServer() as server:
        closed = server.base_url
    ended = crawl(closed, tmp_path)
    assert ended.code == 4
    assert "Traceback" not in ended.log


def test_5_an_output_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    ended = crawl("http://127.0.0.1:9", tmp_path / "file" / "output")
    assert ended.code == 5
    assert "cannot write" in ended.log
    assert "Traceback" not in ended.log


def test_5_a_disk_that_fills_up_and_the_next_run_with_room(tmp_path: Path) -> None:
    with SampleSite() as site:
        full = subprocess.run(
            command(site.base_url, tmp_path),
            cwd=ROOT,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000)),
        )
        assert full.returncode == 5, full.stderr
        assert "Traceback" not in full.stderr
        assert full.stderr.count("cannot write") == 1
        acknowledged = (tmp_path / "articles.jsonl").read_bytes()
        assert acknowledged.endswith(b"\n")
        ended = crawl(site.base_url, tmp_path)
    assert ended.code == 0
    assert (tmp_path / "articles.jsonl").read_bytes().startswith(acknowledged)
    assert len(ended.articles) == len(ended.lines("articles.jsonl")) == 60


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
    with SampleSite() as site:
        run = command(
            site.base_url, tmp_path, "-s", "DOWNLOAD_DELAY=0.05", "-s", "KHOTOOT_REQUISITES=none"
        )
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
        ended = crawl(site.base_url, tmp_path)
        assert ended.code == 0
        assert len(ended.articles) == len(ended.lines("articles.jsonl")) == 60
