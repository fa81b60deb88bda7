"""A site that changes between runs, a run that is killed, and what is left of both."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from khotoot_crawler.demo.server import SampleSite
from tests.crawling import (
    ROOT,
    Answer,
    Crawl,
    Page,
    PageServer,
    command,
    crawl,
    environment,
    few_articles,
)
from tests.test_crawl_bad_input import page
from tests.test_requisites import with_etag

BARE = ("-s", "KHOTOOT_REQUISITES=none")  # what is tested here are articles


def told(crawled: Crawl, name: str, *fields: str) -> list[tuple[object, ...]]:
    return [tuple(line[field] for field in fields) for line in crawled.lines(name)]


def test_five_runs_over_a_changing_site_leave_what_a_hand_count_expects(tmp_path: Path) -> None:
    with SampleSite(few_articles(3)) as site:
        catalogue = site.catalogue
        everything = sorted(catalogue.live(), key=lambda article: int(article.code))
        codes = [article.code for article in everything if article.listed]
        edited, removed, moved, read = codes[3], codes[5], codes[7], codes[9]

        def run() -> Crawl:
            ended = crawl(site.base_url, tmp_path, "-a", "recheck=all", *BARE)
            assert ended.code == 0, ended.log
            return ended

        run()
        catalogue.edit(edited, title="تیتری که دبیر عوض کرد")
        catalogue.bump_views(read, by=9)
        catalogue.remove(removed, "soft_404")
        catalogue.remove(moved, "redirect")
        run()
        catalogue.edit(edited, title="تیتری که دبیر دوباره عوض کرد")
        catalogue.restore(moved)
        third = run()
        assert told(third, "gone.jsonl", "news_code", "status", "reason") == [
            (removed, "gone", "soft_404")
        ]
        catalogue.restore(removed)
        run()
        catalogue.remove(moved, "http_410")
        last = run()

    articles = told(last, "articles.jsonl", "news_code", "revision", "title")
    assert len(articles) == len(codes) + 2
    assert [line for line in articles if line[1] != 1] == [
        (edited, 2, "تیتری که دبیر عوض کرد"),
        (edited, 3, "تیتری که دبیر دوباره عوض کرد"),
    ]
    assert told(last, "gone.jsonl", "news_code", "status", "reason") == [
        (removed, "gone", "soft_404"),
        (removed, "back", None),
    ]
    shown = [article for article in everything if article.view_count is not None]
    absences = 2 + 1 + 0 + 1  # the runs in which an article with views did not answer
    views = told(last, "views.jsonl", "news_code", "view_count")
    assert len(views) == 5 * len(shown) - absences
    before = catalogue[read].view_count
    assert before is not None
    assert [n for code, n in views if code == read] == [before - 9, *[before] * 4]


def start(site: SampleSite, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(site.base_url, folder, "-s", "DOWNLOAD_DELAY=0.03", *BARE),
        cwd=ROOT,
        env=environment(),
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )


@pytest.mark.parametrize("lines", [1, 10, 22])
def test_a_killed_run_loses_nothing_that_was_acknowledged(tmp_path: Path, lines: int) -> None:
    path = tmp_path / "articles.jsonl"
    with SampleSite(few_articles(2)) as site:
        process = start(site, tmp_path)
        while not (path.exists() and path.read_bytes().count(b"\n") >= lines):
            assert process.poll() is None
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        acknowledged = path.read_bytes()
        acknowledged = acknowledged[: acknowledged.rfind(b"\n") + 1]
        ended = crawl(site.base_url, tmp_path, *BARE)
        count = len(site.catalogue.latest())
    assert ended.code == 0, ended.log
    assert path.read_bytes().startswith(acknowledged)
    assert len(ended.articles) == len(ended.lines("articles.jsonl")) == count
    assert not list((tmp_path / "warc").glob("*.open"))
    dead, alive = [json.loads(run.read_bytes()) for run in sorted((tmp_path / "runs").iterdir())]
    assert (dead["reason"], dead["exit_code"]) == ("died", None)
    assert alive["reason"] == "finished"
    assert f"pid {process.pid}" in ended.log


def test_a_second_signal_stops_at_once_and_is_no_worse_than_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "articles.jsonl"
    with SampleSite(few_articles(2)) as site:
        process = start(site, tmp_path)
        while not (path.exists() and path.read_bytes().count(b"\n") >= 5):
            assert process.poll() is None
            time.sleep(0.01)
        for _ in range(2):
            process.send_signal(signal.SIGTERM)
            time.sleep(0.05)
        process.wait(timeout=10)
        acknowledged = path.read_bytes()
        ended = crawl(site.base_url, tmp_path, *BARE)
        count = len(site.catalogue.latest())
    assert ended.code == 0, ended.log
    assert path.read_bytes().startswith(acknowledged)
    assert len(ended.articles) == len(ended.lines("articles.jsonl")) == count


def test_the_log_can_be_json_lines(tmp_path: Path) -> None:
    with SampleSite(few_articles(8)) as site:
        ended = crawl(site.base_url, tmp_path, "-s", "KHOTOOT_LOG=json", *BARE)
    records = [json.loads(line) for line in ended.log.splitlines()]
    assert any("run ended" in record["message"] for record in records)
    assert {"time", "level", "logger", "message"} <= set(records[0])


def test_a_json_log_is_written_where_scrapy_would_write_its_own(tmp_path: Path) -> None:
    log = tmp_path / "crawl.log"
    to_file = ("-s", "KHOTOOT_LOG=json", "-s", f"LOG_FILE={log}")
    with PageServer({"/": Answer(b'<a href="/fa/news/1">a</a>')}) as server:
        silent = crawl(server.base_url, tmp_path / "a", "-s", "KHOTOOT_LOG=json", "--nolog")
        crawl(server.base_url, tmp_path / "b", *to_file)
        once = len(log.read_bytes().splitlines())
        crawl(server.base_url, tmp_path / "b", *to_file, "-s", "LOG_FILE_APPEND=0")
    assert silent.log == ""
    runs = [line for line in log.read_text().splitlines() if "run ended" in line]
    assert once > 1
    assert len(runs) == 1


def test_an_article_whose_old_slug_is_refused_is_not_gone(tmp_path: Path) -> None:
    listed = Answer(b'<a href="/fa/news/1/old">x</a><a href="/fa/news/2/b">x</a>')
    pages: dict[str, Page] = {"/": listed, "/fa/news/2/b": Answer(page(2))}
    with PageServer({**pages, "/fa/news/1/old": Answer(page(1))}) as server:
        assert crawl(server.base_url, tmp_path).code == 0
        del server.pages["/fa/news/1/old"]
        server.pages["/fa/news/1/new"] = Answer(page(1))
        server.pages["/"] = Answer(listed.body.replace(b"old", b"new"))
        for _ in range(2):
            ended = crawl(server.base_url, tmp_path, "-a", "recheck=all")
            assert ended.summary["counts"].get("not_found_once", 0) == 0
    assert not ended.lines("gone.jsonl")
    assert server.asked.count("/fa/news/1/new") == 2


def test_an_archived_article_is_looked_for_without_its_slug_before_it_is_gone(
    tmp_path: Path,
) -> None:
    pages: dict[str, Page] = {"/": Answer(b'<a href="/fa/news/1/old">x</a>')}
    with PageServer({**pages, "/fa/news/1/old": Answer(page(1))}) as server:
        assert crawl(server.base_url, tmp_path).code == 0
        del server.pages["/fa/news/1/old"]
        server.pages["/"] = Answer(b"<html></html>")
        server.pages["/fa/news/1"] = Answer(page(1))
        ended = crawl(server.base_url, tmp_path, "-a", "recheck=all")
        assert ended.summary["counts"]["unchanged"] == 1
        del server.pages["/fa/news/1"]
        for _ in range(2):
            ended = crawl(server.base_url, tmp_path, "-a", "recheck=all")
        # A listing names it again: it may be back.
        server.pages["/"] = Answer(b'<a href="/fa/news/1">x</a>')
        server.pages["/fa/news/1"] = Answer(page(1))
        with sqlite3.connect(tmp_path / "state.sqlite") as db:
            db.execute("UPDATE article SET asked_at=0")
        db.close()
        ended = crawl(server.base_url, tmp_path)
    assert told(ended, "gone.jsonl", "news_code", "status") == [("1", "gone"), ("1", "back")]


def test_a_redirect_to_the_print_page_is_no_article(tmp_path: Path) -> None:
    moved = Answer(status=302, headers={"Location": "/fa/print/1"})
    pages = {"/fa/news/1": moved, "/fa/print/1": Answer(page(1))}
    with PageServer(pages) as server:
        ended = crawl(server.base_url, tmp_path, "-a", "codes=1")
    assert (ended.code, ended.articles) == (3, {})
    assert "no page of articles" in ended.summary["failures"][0]["reason"]


def test_a_site_that_is_at_another_origin_is_told_of_once(tmp_path: Path) -> None:
    with PageServer() as server:
        origin = server.base_url.replace("http:", "https:")
        for path in ("/fa/news/1", "/fa/news/2"):
            server.pages[path] = Answer(status=301, headers={"Location": origin + path})
        ended = crawl(server.base_url, tmp_path, "-a", "codes=1-2", "-s", "RETRY_TIMES=0")
    assert ended.log.count(f"-a base_url={origin} saves a redirect for each page") == 1


def test_an_article_behind_a_redirect_is_asked_for_only_where_it_has_changed(
    tmp_path: Path,
) -> None:
    pages = {
        "/": Answer(b'<a href="/fa/news/1/old">a</a>'),
        "/fa/news/1/old": Answer(status=301, headers={"Location": "/fa/news/1/new"}),
        "/fa/news/1/new": with_etag(page(1), "text/html; charset=utf-8"),
    }
    with PageServer(pages) as server:
        crawl(server.base_url, tmp_path, *BARE)
        again = crawl(server.base_url, tmp_path, "-a", "recheck=all", *BARE)
    assert again.code == 0, again.log
    assert again.summary["counts"]["not_modified"] == 1


def test_a_headline_that_is_changed_back_is_a_revision(tmp_path: Path) -> None:
    def titled(title: str) -> Page:
        return with_etag(page(1, title=title), "text/html; charset=utf-8")

    pages: dict[str, Page] = {"/fa/news/1/a": titled("عنوان نخست"), "/fa/news/1/b": titled("دیگر")}
    with PageServer(pages) as server:
        for slug in ("a", "b", "a", "a"):
            server.pages["/"] = Answer(f'<a href="/fa/news/1/{slug}">x</a>'.encode())
            last = crawl(server.base_url, tmp_path, "-a", "recheck=all", *BARE)
            assert last.code == 0, last.log
    told = [line["title"] for line in last.lines("articles.jsonl")]
    assert told == ["عنوان نخست", "دیگر", "عنوان نخست"]
    assert last.summary["counts"]["not_modified"] == 1
