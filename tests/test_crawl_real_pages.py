"""Real pages of sister sites, served under their own paths beside a home page linking to them."""

from __future__ import annotations

import csv
from urllib.parse import quote, urlsplit

import pytest

from tests.crawling import ROOT, Answer, Crawl, PageServer, crawl

PAGES = ROOT.parent / "shared" / "pages"


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    if not PAGES.is_dir():
        pytest.skip("no ../shared/pages beside the repository")
    with (PAGES / "INDEX.tsv").open(encoding="utf-8") as file:
        found = list(csv.DictReader(file, delimiter="\t"))
    return [r for r in found if r["cms"] == "iransamaneh" and r["page_type"] == "article"]


@pytest.fixture(scope="module")
def crawled(rows: list[dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Crawl:
    paths = {quote(urlsplit(row["url"]).path, safe="/%"): row["file"] for row in rows}
    links = "".join(f'<a href="{path}">خبر</a>' for path in paths)
    pages: dict[str, Answer] = {
        path: Answer((PAGES / file).read_bytes()) for path, file in paths.items()
    }
    pages["/"] = Answer(f"<html><body>{links}</body></html>".encode())
    with PageServer(pages) as server:
        return crawl(server.base_url, tmp_path_factory.mktemp("real") / "output")


def test_each_is_a_line_with_the_values_read_by_eye(
    crawled: Crawl, rows: list[dict[str, str]]
) -> None:
    assert crawled.code == 0, crawled.log
    assert set(crawled.articles) >= {row["news_code"] for row in rows}
    for row in rows:
        line = crawled.articles[row["news_code"]]
        assert line["title"] == row["title"]
        assert line["published_raw"] == row["jalali_datetime_as_shown"]
        assert line["view_count"] == (int(row["views"]) if row["views"] else None)
        assert line["tags"] == row["tags"].split("|")
        assert bool(line["lead"]) == bool(row["lead_present"])
        assert line["kicker"] == (row["kicker"] or None)
        assert len(line["body"].split("\n")) > 5
