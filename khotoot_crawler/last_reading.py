"""The record of a line, read again with today's parser while a crawl is at work."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterator
from itertools import chain, takewhile
from pathlib import Path
from typing import BinaryIO

from khotoot_crawler.archive.index import INDEX_NAME, surt_key
from khotoot_crawler.archive.reader import read_record
from khotoot_crawler.archive.record import Record, Reference, resolve
from khotoot_crawler.errors import ArchiveError, ParseError
from khotoot_crawler.items import Article
from khotoot_crawler.offline import record_page
from khotoot_crawler.parsers.article import read_article


class LastReading:
    """Reads records of an output folder's sealed files; the index finds what a revisit refers to.

    Lines that another version of the parser read were written by earlier runs, so their records,
    and what those refer to, are in files that are sealed and indexed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def digest(self, line: Article) -> str:
        """Return the content digest that today's parser gives; raises ArchiveError, ParseError."""
        place = line.warc
        if place is None:
            raise ArchiveError("the line names no record")
        record = self._record(place.filename, place.offset)
        if record.record_id != place.record_id:
            raise record.damage(f"holds {record.record_id}, not {place.record_id}")
        page = record_page(resolve(record, self._original), line.fetched_url)
        article = read_article(page, line.site).article
        if article.news_code != line.news_code:
            raise ParseError(f"read as article {article.news_code}", url=page.url)
        return article.content_digest

    def _record(self, filename: str, offset: int) -> Record:
        path = self._folder / "warc" / filename
        try:
            return read_record(path, offset)
        except OSError as error:
            reason = error.strerror or "unreadable"
            raise ArchiveError(reason, file=str(path), offset=offset) from error

    def _original(self, refers_to: Reference) -> Record | None:
        if not refers_to.url or not refers_to.date:
            return None
        for line in _lines_of(self._folder / INDEX_NAME, f"{surt_key(refers_to.url)} ".encode()):
            capture = json.loads(line.split(b" ", 2)[2])
            if capture.get("mime") == "warc/revisit":
                continue
            record = self._record(capture["filename"], int(capture["offset"]))
            if (record.url, record.date) == refers_to[:2]:
                return record
        return None


def _lines_of(index: Path, prefix: bytes) -> Iterator[bytes]:
    """Yield the lines of a sorted file that begin so; raises ArchiveError where it is not there."""
    try:
        size = index.stat().st_size
        with index.open("rb") as file:
            start = bisect_left(range(size), True, key=lambda at: _line_from(file, at) >= prefix)
            first = _line_from(file, start)
            yield from takewhile(lambda line: line.startswith(prefix), chain([first], file))
    except OSError as error:
        raise ArchiveError(error.strerror or "unreadable", file=str(index)) from error


def _line_from(file: BinaryIO, offset: int) -> bytes:
    """Return the first line that begins there or later; a high one where there is none."""
    file.seek(max(0, offset - 1))
    if offset:
        file.readline()
    return file.readline() or b"\xff"
