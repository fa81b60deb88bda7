"""The work on a span of a WARC file: each record checked by itself, each article read again."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, NamedTuple

from khotoot_crawler.archive.members import Damage, Member, read_members
from khotoot_crawler.archive.reader import MAX_RECORD
from khotoot_crawler.archive.record import Record
from khotoot_crawler.verification.finding import Code, Finding
from khotoot_crawler.verification.folder import open_warc
from khotoot_crawler.verification.members import unpack
from khotoot_crawler.verification.reading import (
    LinePlace,
    compare,
    line_fields,
    read_again,
    reading_row,
    text_row,
    url_of,
)
from khotoot_crawler.verification.records import (
    article_code,
    cdx_line,
    false_digests,
    faults,
    leads_to,
    parse_record,
)
from khotoot_crawler.verification.scratch import DamageRow, RecordRow, Row


class Extent(NamedTuple):
    """Where a gzip member stands in its file."""

    offset: int
    length: int


class Span(NamedTuple):
    """The members of one file that begin before ``stop``, and the lines that name their records.

    ``is_own``: this project wrote the file; ``site``: what it says it is part of. What is torn at
    ``torn`` or later is no finding: a crawl is writing it, or was when it died.
    """

    folder: Path
    name: str
    is_own: bool
    site: str | None
    start: int
    stop: int
    torn: int | None
    lines: list[LinePlace]


class Elsewhere(NamedTuple):
    """A record of an article that its own span could not read, and the lines that name it.

    A revisit, whose payload ``original`` holds; or one at an address that names no article, found
    through a redirect from one that does.
    """

    folder: Path
    name: str
    place: Extent
    original: tuple[str, Extent] | None
    site: str | None
    lines: list[LinePlace]


@dataclass(slots=True)
class SpanRead:
    """What a span holds, what is wrong with it, and where its last member ends."""

    end: int = 0
    rows: list[Row] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def read_span(span: Span) -> SpanRead:
    """Read and check the members of a span; runs in a process of its own."""
    read, path = SpanRead(span.start), span.folder / "warc" / span.name
    lines_of = defaultdict(list)
    for place in span.lines:
        lines_of[place.offset].append(place)
    try:
        with _articles(span) as articles, open_warc(span.folder, span.name) as file:
            for found in read_members(file, path, MAX_RECORD, span.start, span.stop):
                record = _examine(span, found, path, read)
                lines = lines_of[found.offset]
                if record is not None and (lines or article_code(record) is not None):
                    _read_article(record, span.site, lines, articles, read)
                read.end = found.offset + found.length
    except OSError as error:
        read.findings.append(_unreadable(span.name, error))
        read.rows.append(DamageRow(span.name, read.end, span.stop))
        read.end = span.stop
    return read


def _articles(job: Span | Elsewhere) -> AbstractContextManager[BinaryIO | None]:
    return (job.folder / "articles.jsonl").open("rb") if job.lines else nullcontext()


def _unreadable(name: str, error: OSError) -> Finding:
    return Finding("unreadable", f"warc/{name}", f"cannot be read: {error.strerror}")


def _examine(span: Span, found: Member | Damage, path: Path, read: SpanRead) -> Record | None:
    """Check a member; return the record in it but for a revisit, whose payload is elsewhere."""
    end = found.offset + found.length
    if isinstance(found, Member):
        record, findings = examine(found, path, is_own=span.is_own)
    else:
        what = f"{found.reason}; no record can be read in these {found.length} bytes"
        is_torn = span.torn is not None and end >= span.torn
        record, findings = None, [] if is_torn else [_finding("gzip", found, path, what)]
    read.findings.extend(findings)
    if record is None:
        read.rows.append(DamageRow(span.name, found.offset, end))
        return None
    read.rows.append(_row(record, span.site))
    return None if record.type == "revisit" else record


def examine(
    member: Member, path: Path, *, is_own: bool = True
) -> tuple[Record | None, list[Finding]]:
    """Check one member; return its record where there is one, and what is wrong."""
    if member.size > len(member.data):
        reason = f"is a record of {member.size} bytes, more than is ever read"
        return None, [_finding("record", member, path, reason)]
    try:
        record = parse_record(member.data, path, member.offset, member.length)
    except ValueError as error:
        return None, [_finding("record", member, path, str(error))]
    told = faults(record, is_own=is_own)
    findings = [_finding("record", member, path, fault) for fault in told]
    findings += [_finding("digest", member, path, fault) for fault in false_digests(record)]
    return record, findings


def _finding(code: Code, found: Member | Damage, path: Path, what: str) -> Finding:
    return Finding(code, f"warc/{path.name}", what, found.offset)


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
        refers_to=named.get("warc-refers-to"),
        refers_url=named.get("warc-refers-to-target-uri"),
        refers_date=named.get("warc-refers-to-date"),
        digest=named.get("warc-payload-digest"),
        status=record.status,
        site=site,
        code=article_code(record),
        leads_to=leads_to(record, site),
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
    told = [(place, line_fields(place, articles)) for place in lines] if articles else []
    reading = read_again(record, site or "", url_of(record, [fields for _, fields in told]))
    code = article_code(record)
    if code is None and reading is not None and reading.article is not None:
        code = reading.article.news_code
    if code is not None and reading is not None:
        read.rows.append(reading_row(record, site, code, reading))
    for place, fields in told:
        # Here, where the parser has just brought the same text to its normal form.
        read.rows.append(text_row(place, fields))
        read.findings.extend(compare(place, fields, reading))


def read_elsewhere(job: Elsewhere) -> SpanRead:
    """Read an article's record by its place; runs in a process of its own."""
    read = SpanRead()
    try:
        record = _load(job.folder, job.name, job.place)
        if job.original is not None:
            record = replace(record, original=_load(job.folder, *job.original))
        with _articles(job) as articles:
            _read_article(record, job.site, job.lines, articles, read)
    except OSError as error:
        read.findings.append(_unreadable(job.name, error))
    return read


def _load(folder: Path, name: str, place: Extent) -> Record:
    with open_warc(folder, name) as file:
        raw = os.pread(file.fileno(), place.length, place.offset)
    return parse_record(unpack(raw), folder / "warc" / name, place.offset, place.length)
