"""The WARC files, cut into spans of whole gzip members for the workers."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import tee
from pathlib import Path
from typing import BinaryIO

from khotoot_crawler.archive.members import next_record, read_member
from khotoot_crawler.errors import ArchiveError
from khotoot_crawler.verification.finding import Finding
from khotoot_crawler.verification.folder import Folder, open_warc
from khotoot_crawler.verification.reading import LinePlace
from khotoot_crawler.verification.redirects import follow_redirects, forget_strays
from khotoot_crawler.verification.scratch import DamageRow, LostRow, OwnFileRow, Scratch
from khotoot_crawler.verification.spans import (
    Elsewhere,
    Extent,
    Span,
    SpanRead,
    read_elsewhere,
    read_span,
)
from khotoot_crawler.workers import in_order

_SPAN = 1 << 19
_HEADER = 1 << 16
_END = 1 << 62  # of a file, whatever its size
_SOFTWARE = re.compile(rb"\r\nsoftware: (?!khotoot-crawler/)")
_PART_OF = re.compile(rb"\r\nisPartOf: ([^\r\n]+)\r\n")
_REVISITS = """
SELECT r.file, r.offset, r.length, r.site, o.file, o.offset, o.length
FROM record r JOIN record o ON o.id = r.refers_to AND o.type = 'response'
WHERE r.type = 'revisit' AND (r.code IS NOT NULL
    OR EXISTS (SELECT 1 FROM article a WHERE a.file = r.file AND a.offset = r.offset)
    OR EXISTS (SELECT 1 FROM reached t WHERE t.file = r.file AND t.offset = r.offset))
"""
_REACHED = """
SELECT r.file, r.offset, r.length, r.site FROM reached t
JOIN record r ON r.file = t.file AND r.offset = t.offset WHERE r.type = 'response'
AND r.status = 200
    AND NOT EXISTS (SELECT 1 FROM article a WHERE a.file = r.file AND a.offset = r.offset)
"""


def read_warcs(folder: Folder, scratch: Scratch, jobs: int) -> None:
    """Put every record of every WARC file into the scratch database, with what it gives."""
    for read in _read_spans(_spans(folder, scratch), jobs):
        scratch.add(read.rows)
        scratch.tell(read.findings)
    follow_redirects(scratch)
    for read in in_order(read_elsewhere, _elsewhere(folder, scratch), jobs):
        scratch.add(read.rows)
        scratch.tell(read.findings)
    forget_strays(scratch)


def _read_spans(spans: Iterator[Span], jobs: int) -> Iterator[SpanRead]:
    """Read spans in turn; one that was cut within the last member of another begins after it."""
    spans, again = tee(spans)
    name, end = "", 0
    for read, span in zip(in_order(read_span, spans, jobs), again, strict=True):
        if span.name == name and span.start < end:
            read = read_span(span._replace(start=end))
        name, end = span.name, read.end
        yield read


def _spans(folder: Folder, scratch: Scratch) -> Iterator[Span]:
    for name in folder.warcs:
        end = 0
        try:
            with open_warc(folder.path, name) as file:
                for span in _spans_of_file(folder, name, file, scratch):
                    yield span
                    end = span.stop
        except OSError as error:
            reason = f"cannot be read: {error.strerror}"
            if end:
                scratch.tell([Finding("unreadable", f"warc/{name}", reason, end)])
                scratch.add([DamageRow(name, end, _END)])
            else:
                _note_lost(scratch, LostRow(name, "unreadable", reason))


def _spans_of_file(folder: Folder, name: str, file: BinaryIO, scratch: Scratch) -> Iterator[Span]:
    path = folder.path / "warc" / name
    is_own, site = _origin(file, path)
    if is_own:
        scratch.add([OwnFileRow(name)])
    size = os.fstat(file.fileno()).st_size  # of now: a crawl may add to it
    start, torn = 0, size if name in folder.open else None
    while start < size:
        # Cut where a record seems to begin: to be sure would be to unpack the file twice.
        stop = next_record(file, start + _SPAN, size)
        lines = _lines(scratch, name, start, stop)
        yield Span(folder.path, name, is_own, site, start, stop, torn, lines)
        start = stop
    if not size and name not in folder.open:  # else its crawl is about to begin it
        _note_lost(scratch, LostRow(name, "gzip", "is empty"))


def _note_lost(scratch: Scratch, lost: LostRow) -> None:
    scratch.add([lost, DamageRow(lost.file, 0, _END)])


def _origin(file: BinaryIO, path: Path) -> tuple[bool, str | None]:
    """Tell from its warcinfo whether this project wrote the file, and what it is part of."""
    try:
        opening = read_member(file, path, 0, _HEADER).data
    except ArchiveError:
        return True, None
    site = _PART_OF.search(opening)
    return _SOFTWARE.search(opening) is None, site[1].decode("utf-8", "replace") if site else None


def _lines(scratch: Scratch, name: str, start: int, stop: int) -> list[LinePlace]:
    rows = scratch.db.execute(
        "SELECT offset, number, start, size FROM article WHERE file=? AND offset>=? AND offset<?",
        (name, start, stop),
    )
    return [LinePlace(*row) for row in rows]


def _elsewhere(folder: Folder, scratch: Scratch) -> Iterator[Elsewhere]:
    for query in (_REVISITS, _REACHED):
        for name, offset, length, site, *other in scratch.db.execute(query):
            lines = _lines(scratch, name, offset, offset + 1)
            original = (other[0], Extent(*other[1:])) if other else None
            yield Elsewhere(folder.path, name, Extent(offset, length), original, site, lines)
