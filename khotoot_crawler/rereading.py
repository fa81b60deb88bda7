"""Records of an archive read again: those that lines name, or all that may be articles."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeVar

from khotoot_crawler.archive.reader import read_record
from khotoot_crawler.archive.record import Record, resolve
from khotoot_crawler.archive.writer import OPEN_SUFFIX, sha1_digest, target_uri
from khotoot_crawler.differences import Change, change
from khotoot_crawler.digests import text_digest
from khotoot_crawler.errors import ArchiveError, ParseError
from khotoot_crawler.items import Article, WarcPlace, article_from_line, json_line
from khotoot_crawler.offline import read_record_page
from khotoot_crawler.survey import PagePlace, Survey
from khotoot_crawler.times import utc_text
from khotoot_crawler.workers import in_order

_CHUNK = 16  # pages a task: some 30 ms of work
_SHA1_BASE32 = len("sha1:") + 32

_Item = TypeVar("_Item")


# -- the lines there are -----------------------------------------------------


class Line(NamedTuple):
    """A line as it stands: its offset in articles.jsonl, and its bytes with the newline."""

    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Made:
    """A line as today's parser makes it; ``said`` tells what its article says from all else."""

    data: bytes
    said: int
    change: Change | None


@dataclass(frozen=True, slots=True)
class Again:
    """What became of a line that ends at ``end``; ``trouble`` says why it was not made again.

    ``record`` tells the place of the record it names from all others.
    """

    end: int
    record: int | None = None
    made: Made | None = None
    trouble: str = ""


def acknowledged_lines(path: Path) -> Iterator[Line]:
    """Yield the lines of articles.jsonl; what no newline ends is none."""
    offset = 0
    with path.open("rb") as file:
        for data in file:
            if data.endswith(b"\n"):
                yield Line(offset, data)
            offset += len(data)


def lines_again(
    lines: Iterable[Line], survey: Path, *, jobs: int, files: frozenset[str] = frozenset()
) -> Iterator[Again]:
    """Read each line's record again, in order; with ``files`` named, of the lines in these only."""
    work = partial(_lines_again, survey, files)
    for chunk in in_order(work, _chunks(lines), jobs):
        yield from chunk


def _lines_again(survey: Path, files: frozenset[str], lines: list[Line]) -> list[Again]:
    with Survey(survey) as opened:
        records = _Records(opened)
        again = (_line_again(records, files, line) for line in lines)
        return [found for found in again if found is not None]


def _line_again(records: _Records, files: frozenset[str], line: Line) -> Again | None:
    end, where = line.offset + len(line.data), f"articles.jsonl@{line.offset}"
    try:
        before = article_from_line(line.data)
    except ArchiveError as error:
        return Again(end, trouble=f"{where}: {error}")
    place = before.warc
    if files and (place is None or place.filename not in files):
        return None
    record = None if place is None else record_key(place.filename, place.offset)
    try:
        after = _article_again(records, before)
    except (ArchiveError, ParseError) as error:
        return Again(end, record, trouble=f"{where} ({before.news_code}): {error}")
    return Again(end, record, Made(json_line(after), said_key(after), change(before, after)))


def _article_again(records: _Records, before: Article) -> Article:
    place = before.warc
    if place is None:
        raise ArchiveError("the line names no record")
    record = records.named(place)
    # The record's address is escaped where the crawl's was no legal URI.
    same = target_uri(before.fetched_url) == record.url
    url = before.fetched_url if same else record.url or ""
    article = read_record_page(
        record, url, before.site, fetched_at=before.fetched_at, warc=place
    ).article
    if article.news_code != before.news_code:
        reason = f"read as the page of article {article.news_code}"
        raise ParseError(reason, url=url, field="news_code")
    return replace(article, revision=before.revision, duplicate_of=before.duplicate_of)


# -- the articles of any WARC ------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """What a record that may be a page is: an article, something else, or ``trouble``.

    ``is_damage``: the record cannot be read; else only its page could not.
    """

    place: PagePlace
    article: Article | None = None
    text_digest: bytes | None = None
    trouble: str = ""
    is_damage: bool = False


def read_pages(pages: Iterable[PagePlace], survey: Path, *, jobs: int) -> Iterator[Found]:
    """Read what may be a page, in order."""
    for chunk in in_order(partial(_read_pages, survey), _chunks(pages), jobs):
        yield from chunk


def _read_pages(survey: Path, pages: list[PagePlace]) -> list[Found]:
    with Survey(survey) as opened:
        records = _Records(opened)
        return [_read_page(records, place) for place in pages]


def _read_page(records: _Records, place: PagePlace) -> Found:
    try:
        record = records.at(Path(place.path), place.offset)
        warc = _place_of(record)
    except ArchiveError as error:
        return Found(place, trouble=str(error), is_damage=True)
    url = record.url or ""
    try:
        reading = read_record_page(
            record, url, place.site, fetched_at=_fetched_at(record), warc=warc
        )
    except ParseError as error:
        return Found(place, trouble=f"{place.path}@{place.offset}: {error}")
    article = reading.article
    return Found(place, article, text_digest(article.title, article.body))


def _place_of(record: Record) -> WarcPlace:
    if record.record_id is None:
        raise record.damage("no WARC-Record-ID")
    digest = record.payload_digest or ""
    if not (digest.startswith("sha1:") and len(digest) == _SHA1_BASE32):
        digest = sha1_digest(record.payload)
    filename = record.path.name.removesuffix(OPEN_SUFFIX)
    return WarcPlace(
        filename=filename,
        offset=record.offset,
        length=record.length,
        record_id=record.record_id,
        payload_digest=digest,
    )


def _fetched_at(record: Record) -> str | None:
    """Return WARC-Date to the millisecond; WARC/1.0 tells seconds, 1.1 what it likes."""
    try:
        moment = datetime.fromisoformat(record.date or "")
    except ValueError:
        return None
    return utc_text(moment) if moment.tzinfo else None


# -- records -----------------------------------------------------------------


class _Records:
    """Reads records, revisits with the payload they refer to. Raises ArchiveError."""

    def __init__(self, survey: Survey) -> None:
        self._survey = survey

    def named(self, place: WarcPlace) -> Record:
        """Read the record that a line names."""
        path = self._survey.paths.get(place.filename)
        if path is None:
            raise ArchiveError("no such file", file=place.filename, offset=place.offset)
        record = self.at(path, place.offset, place.length)
        if record.record_id != place.record_id:
            raise record.damage(f"holds {record.record_id}, not {place.record_id}")
        return record

    def at(self, path: Path, offset: int, length: int | None = None) -> Record:
        """Read the record at an offset."""
        record = _intact_record(path, offset, length)
        original = self._survey.original(path, offset) if record.type == "revisit" else None
        return resolve(record, lambda _: None if original is None else _intact_record(*original))


def _intact_record(path: Path, offset: int, length: int | None = None) -> Record:
    try:
        record = read_record(path, offset, length)
    except OSError as error:
        raise ArchiveError(error.strerror or "unreadable", file=str(path), offset=offset) from error
    digest = record.get("WARC-Block-Digest") or ""
    if digest.startswith("sha1:") and len(digest) == _SHA1_BASE32:
        if digest != sha1_digest(record.block):
            raise record.damage("the block is not what its WARC-Block-Digest says")
    return record


def record_key(filename: str, offset: int) -> int:
    """Return what tells a record's place from others, in 64 bits."""
    return _key(f"{filename} {offset}")


def said_key(article: Article) -> int:
    """Return what tells an article and what it says from others, in 64 bits."""
    return _key(f"{article.site} {article.news_code} {article.content_digest}")


def _key(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())


def _chunks(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk
