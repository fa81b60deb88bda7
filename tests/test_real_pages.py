"""Real pages of the CMS, kept beside the repository: every value that was read by eye."""

from __future__ import annotations

import csv
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from khotoot_crawler.parsers.article import read_article
from khotoot_crawler.parsers.page import read_page
from khotoot_crawler.parsers.page_kind import page_kind

FOLDER = Path(__file__).parents[2] / "shared" / "pages"
INDEX = FOLDER / "INDEX.tsv"
KINDS = {"home/listing": "listing", "rss": "feed", "bot challenge": "challenge"}
LINES = INDEX.read_text(encoding="utf-8").splitlines() if INDEX.exists() else []
ROWS = [*csv.DictReader(LINES, delimiter="\t")]
ARTICLES = [row for row in ROWS if row["page_type"] == "article"]

Row = dict[str, str]


def test_there_are_real_pages() -> None:
    if not ROWS:
        pytest.skip("no real pages here: ../shared/pages is not part of the repository")
    assert ARTICLES


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["file"])
def test_kind(row: Row) -> None:
    page = read_page((FOLDER / row["file"]).read_bytes(), row["url"] or "https://example.ir/")
    assert page_kind(page).value == KINDS.get(row["page_type"], row["page_type"])


@pytest.mark.parametrize("row", ARTICLES, ids=lambda row: row["file"])
def test_article(row: Row) -> None:
    page = read_page((FOLDER / row["file"]).read_bytes(), row["url"].removesuffix("..."))
    reading = read_article(page, row["site"])
    article = reading.article
    assert reading.problems == ()
    assert article.title == row["title"]
    assert article.kicker == (row["kicker"] or None)
    assert (article.lead is not None) == (row["lead_present"] == "1")
    assert article.published_raw == row["jalali_datetime_as_shown"]
    assert article.news_code == row["news_code"]
    assert article.view_count == (int(row["views"]) if row["views"] else None)
    assert article.tags == tuple(row["tags"].split("|"))
    assert (article.body or "").count("\n") + 1 == int(row["n_body_blocks"])
    assert (article.page_type, article.language) == ("article", "fa")


@pytest.mark.parametrize("row", ARTICLES, ids=lambda row: row["file"])
def test_moment(row: Row) -> None:
    expected = re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d", row["utc_from_meta_or_calc"])
    page = read_page((FOLDER / row["file"]).read_bytes(), row["url"].removesuffix("..."))
    at = read_article(page, row["site"]).article.published_at
    assert expected is not None
    assert at is not None
    assert _utc_minute(at) == expected[0]


def _utc_minute(at: str) -> str:
    return datetime.fromisoformat(at).astimezone(UTC).isoformat()[:16]
