"""A changed parser is not a changed article: the last line's record is read again first."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from khotoot_crawler.archive.reader import read_record
from khotoot_crawler.parsers.article import EXTRACTOR
from tests.article_html import article_html
from tests.crawling import ROOT, Answer, Crawl, PageServer, command, crawl, environment

# The command with the parser of an earlier version, which did not know the credit of an agency.
OLDER = """
from scrapy.cmdline import execute
from khotoot_crawler.items import Extractor
from khotoot_crawler.parsers import article
article.EXTRACTOR = Extractor(name="khotoot_crawler", version="0")
article.Fields.source = lambda self: None
execute()
"""
RECHECK = ("-a", "recheck=all", "-s", "KHOTOOT_REQUISITES=none")
CODE = "33614"


def crawl_with_older_parser(base_url: str, folder: Path) -> None:
    _, _, _, *arguments = command(base_url, folder, *RECHECK)
    run = [sys.executable, "-c", OLDER, *arguments]
    subprocess.run(run, cwd=ROOT, env=environment(), check=True, capture_output=True, timeout=60)


def site_of(page: Answer) -> dict[str, Answer]:
    """Return a site whose home page is, byte for byte, its one article: that is a revisit then."""
    return {"/": page, f"/fa/news/{CODE}": page}


def revisions(crawled: Crawl) -> list[tuple[str, int, str | None, str]]:
    lines = crawled.lines("articles.jsonl")
    assert all(line["news_code"] == CODE for line in lines)
    return [(x["title"], x["revision"], x["source"], x["extractor"]["version"]) for x in lines]


def record_type(folder: Path) -> str:
    """Return what the first line's record is."""
    place = Crawl(0, "", folder).lines("articles.jsonl")[0]["warc"]
    return read_record(folder / "warc" / place["filename"], place["offset"]).type


@pytest.fixture
def page() -> Answer:
    return Answer(article_html(meta=f'<a href="/fa/news/{CODE}">این خبر</a>').encode())


def test_only_a_changed_page_is_a_revision(tmp_path: Path, page: Answer) -> None:
    with PageServer(site_of(page)) as server:
        crawl_with_older_parser(server.base_url, tmp_path)
        [(title, *_)] = first = revisions(Crawl(0, "", tmp_path))
        assert first == [(title, 1, None, "0")]
        assert record_type(tmp_path) == "revisit"
        again = crawl(server.base_url, tmp_path, *RECHECK)
        assert again.code == 0, again.log
        assert revisions(again) == first
        assert len(again.lines("views.jsonl")) == 2
        assert again.summary["counts"]["lines_reread"] == 1
        third = crawl(server.base_url, tmp_path, *RECHECK)
        assert revisions(third) == first
        assert "lines_reread" not in third.summary["counts"]
        edited = article_html(title='<h1 class="title">تیتر نو</h1>')
        server.pages.update(site_of(Answer(edited.encode())))
        last = crawl(server.base_url, tmp_path, *RECHECK)
    assert revisions(last) == [*first, ("تیتر نو", 2, "تسنیم", EXTRACTOR.version)]
    verified = [sys.executable, "-m", "scrapy", "verify", str(tmp_path)]
    ended = subprocess.run(verified, cwd=ROOT, env=environment(), capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout


def test_a_line_whose_record_cannot_be_read_is_compared_as_it_stands(
    tmp_path: Path, page: Answer
) -> None:
    with PageServer(site_of(page)) as server:
        crawl_with_older_parser(server.base_url, tmp_path)
        for warc in (tmp_path / "warc").iterdir():
            warc.unlink()
        ended = crawl(server.base_url, tmp_path, *RECHECK)
    assert ended.code == 0, ended.log
    assert [line[1:] for line in revisions(ended)] == [
        (1, None, "0"),
        (2, "تسنیم", EXTRACTOR.version),
    ]
    assert ended.summary["counts"]["lines_not_reread"] == 1
    assert f"articles.jsonl@0 ({CODE}) cannot be read again" in ended.log
    assert "Traceback" not in ended.log
