"""What today's parser reads from a record, beside what the line made from it says."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, is_dataclass
from typing import Any, BinaryIO, NamedTuple

from khotoot_crawler.archive.pairs import target_uri
from khotoot_crawler.archive.record import Record
from khotoot_crawler.digests import content_digest, text_digest
from khotoot_crawler.errors import ParseError
from khotoot_crawler.items import Article
from khotoot_crawler.offline import record_page
from khotoot_crawler.parsers.article import EXTRACTOR, read_article
from khotoot_crawler.parsers.page_kind import ARTICLE_KINDS, page_kind
from khotoot_crawler.verification.finding import Finding
from khotoot_crawler.verification.scratch import ReadingRow, TextRow

# Compared elsewhere: with the lines before, with the record's header, with the file's site.
_ELSEWHERE = frozenset(
    {"site", "revision", "url", "fetched_url", "duplicate_of", "fetched_at", "warc"}
)
TODAYS = asdict(EXTRACTOR)
_DIGESTED = ("kicker", "title", "lead", "body", "tags", "section", "source", "published_at")


class LinePlace(NamedTuple):
    """A line of articles.jsonl that names the record at ``offset`` of some WARC file."""

    offset: int
    number: int
    start: int
    size: int


class Reading(NamedTuple):
    """What a record gave: the article, or why there is none."""

    article: Article | None
    failure: str


def url_of(record: Record, lines: list[dict[str, Any]]) -> str:
    """Return the address that a record's page was asked for.

    The record's is escaped where that was no legal URI; the line made from it has it as it was.
    """
    asked = (str(fields["fetched_url"]) for fields in lines)
    return next((url for url in asked if target_uri(url) == record.url), record.url or "")


def read_again(record: Record, site: str, url: str) -> Reading | None:
    """Read the article from its record; None where the page is none and is not meant to be."""
    if record.status != 200:
        return None
    try:
        page = record_page(record, url)
    except ParseError as error:
        return Reading(None, error.reason)
    try:
        return Reading(read_article(page, site).article, "")
    except ParseError as error:
        return Reading(None, error.reason) if page_kind(page) in ARTICLE_KINDS else None


def reading_row(record: Record, site: str | None, code: str, reading: Reading) -> ReadingRow:
    """Return what is to be remembered of a reading."""
    article = reading.article
    return ReadingRow(
        file=record.path.name,
        offset=record.offset,
        site=site,
        code=code,
        date=record.date,
        view_count=None if article is None else article.view_count,
        digest=None if article is None else article.content_digest,
        failure=None if article is not None else reading.failure,
    )


def line_fields(place: LinePlace, articles: BinaryIO) -> dict[str, Any]:
    """Read a line that was found well formed."""
    fields: dict[str, Any] = json.loads(os.pread(articles.fileno(), place.size, place.start))
    return fields


def text_row(place: LinePlace, fields: dict[str, Any]) -> TextRow:
    """Return what is to be remembered of a line's text."""
    return TextRow(place.number, text_digest(fields["title"], fields["body"]))


def check_digest(place: LinePlace, fields: dict[str, Any]) -> list[Finding]:
    """Tell whether a line's content_digest is that of its own texts, whatever parser read them.

    Costs least where ``text_row`` has just brought title and body to their normal form.
    """
    if fields["content_digest"] == content_digest(**{name: fields[name] for name in _DIGESTED}):
        return []
    return [_finding(place, "content_digest is not that of the line's own fields")]


def compare(place: LinePlace, fields: dict[str, Any], reading: Reading | None) -> list[Finding]:
    """Tell where a line differs from what its record gives, if today's parser wrote it."""
    if fields["extractor"] != TODAYS:
        return check_digest(place, fields)
    if reading is None or reading.article is None:
        reason = "its record holds no article" if reading is None else reading.failure
        return [_finding(place, f"cannot be read from its record again: {reason}")]
    differing = [
        name
        for name, said in fields.items()
        if name not in _ELSEWHERE and said != _as_json(getattr(reading.article, name))
    ]
    if not differing:
        return []
    return [_finding(place, f"is not what its record gives: {', '.join(differing)}")]


def _as_json(value: object) -> object:
    if isinstance(value, tuple):
        return [_as_json(item) for item in value]
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


def _finding(place: LinePlace, what: str) -> Finding:
    return Finding("reading", "articles.jsonl", what, line=place.number)
