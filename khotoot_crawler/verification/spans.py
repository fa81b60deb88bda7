"""The work on a span of a WARC file: each record checked by itself, each article read again."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, NamedTuple

from khotoot_crawler.archive.reader import MAX_RECORD
from khotoot_crawler.archive.record import Record
from khotoot_crawler.verification.finding import Finding
from khotoot_crawler.verification.folder import open_warc
from khotoot_crawler.verification.members import unpack
from khotoot_crawler.verification.reading import LinePlace, compare, read_again, reading_row
from khotoot_crawler.verification.records import (
    article_code,
    cdx_line,
    false_digests,
    faults,
    parse_record,
)
from khotoot_crawler.verification.scratch import DamageRow, RecordRow, Row


class Extent(NamedTuple):
    """Where a gzip member stands in its file, and how many bytes it unpacks to."""

    offset: int
    length: int
    size: int


class Span(NamedTuple):
    """Members of one file, and the lines of articles.jsonl that name their records.

    ``site``: what the file says it is part of.
    """

    folder: Path
    name: str
    site: str | None
    members: list[Extent]
    lines: list[LinePlace]


class Revisit(NamedTuple):
    """A revisit of an article, the record that holds its payload, and the lines that name it."""

    folder: Path
    name: str
    place: Extent
    original_name: str
    original_place: Extent
    site: str | None
    lines: list[LinePlace]


class SpanRead(NamedTuple):
    """What a span holds, and what is wrong with it."""

    rows: list[Row]
    findings: list[Finding]


def read_span(span: Span) -> SpanRead:
    """Read and check the members of a span; runs in a process of its own."""
    read = SpanRead([], [])
    lines_of = defaultdict(list)
    for place in span.lines:
        lines_of[place.offset].append(place)
    try:
        with _articles(span) as articles, open_warc(span.folder, span.name) as file:
            for extent in span.members:
                record = _examine(span, file, extent, read)
                if record is not None:
                    _read_article(record, span.site, lines_of[extent.offset], articles, read)
    except OSError as error:
        read.findings.append(_unreadable(span.name, error))
    return read


def _articles(job: Span | Revisit) -> AbstractContextManager[BinaryIO | None]:
    return (job.folder / "articles.jsonl").open("rb") if job.lines else nullcontext()


def _unreadable(name: str, error: OSError) -> Finding:
    return Finding("unreadable", f"warc/{name}", f"cannot be read: {error.strerror}")


def _examine(span: Span, file: BinaryIO, extent: Extent, read: SpanRead) -> Record | None:
    """Check a member; return the record in it but for a revisit, whose payload is elsewhere."""
    path = span.folder / "warc" / span.name
    if extent.size > MAX_RECORD:
        reason = f"is a record of {extent.size} bytes, more than is ever read"
        record, findings = None, [Finding("record", f"warc/{span.name}", reason, extent.offset)]
    else:
        raw = os.pread(file.fileno(), extent.length, extent.offset)
        record, findings = examine(raw, path, extent.offset)
    read.findings.extend(findings)
    if record is None:
        read.rows.append(DamageRow(span.name, extent.offset, extent.offset + extent.length))
        return None
    read.rows.append(_row(record, span.site))
    return None if record.type == "revisit" else record


def examine(raw: bytes, path: Path, offset: int) -> tuple[Record | None, list[Finding]]:
    """Check the bytes of one member; return its record where there is one, and what is wrong."""
    name = f"warc/{path.name}"
    try:
        data = unpack(raw)
    except ValueError as error:
        return None, [Finding("gzip", name, f"{error}; no record can be read here", offset)]
    try:
        record = parse_record(data, path, offset, len(raw))
    except ValueError as error:
        return None, [Finding("record", name, str(error), offset)]
    findings = [Finding("record", name, fault, offset) for fault in faults(record)]
    findings += [Finding("digest", name, fault, offset) for fault in false_digests(record)]
    return record, findings


def _row(record: Record, site: str | None) -> RecordRow:
    named = record.named
    return RecordRow(
        file=record.path.name,
        offset=record.offset,
        length=record.length,
        type=record.type,
        id=named.get("warc-record-id"),
        date=named.get("warc-date"),
        url=named.get("warc-target-uri"),
        ip=named.get("warc-ip-address"),
        concurrent=named.get("warc-concurrent-to"),
        warcinfo=named.get("warc-warcinfo-id"),
        filename=named.get("warc-filename"),
        profile=named.get("warc-profile"),
        refers_to=named.get("warc-refers-to"),
        refers_url=named.get("warc-refers-to-target-uri"),
        refers_date=named.get("warc-refers-to-date"),
        digest=named.get("warc-payload-digest"),
        status=record.status,
        site=site,
        code=article_code(record),
        cdx=cdx_line(record),
    )


def _read_article(
    record: Record,
    site: str | None,
    lines: Iterable[LinePlace],
    articles: BinaryIO | None,
    read: SpanRead,
) -> None:
    """Read the article of a record and compare the lines that name it."""
    code = article_code(record)
    if code is None and not lines:
        return
    reading = read_again(record, site or "")
    if code is not None and reading is not None:
        read.rows.append(reading_row(record, site, code, reading))
    for place in lines:
        assert articles is not None
        read.findings.extend(compare(place, articles, reading))


def read_revisit(revisit: Revisit) -> SpanRead:
    """Read the article whose payload another record holds; runs in a process of its own."""
    read = SpanRead([], [])
    try:
        record = _load(revisit.folder, revisit.name, revisit.place)
        original = _load(revisit.folder, revisit.original_name, revisit.original_place)
        with _articles(revisit) as articles:
            whole = replace(record, original=original)
            _read_article(whole, revisit.site, revisit.lines, articles, read)
    except OSError as error:
        read.findings.append(_unreadable(revisit.name, error))
    return read


def _load(folder: Path, name: str, place: Extent) -> Record:
    with open_warc(folder, name) as file:
        raw = os.pread(file.fileno(), place.length, place.offset)
    return parse_record(unpack(raw), folder / "warc" / name, place.offset, place.length)
