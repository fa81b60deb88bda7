"""The JSONL files, line by line: well formed, in the order of the schema, numbered right."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from khotoot_crawler.archive.pairs import target_uri
from khotoot_crawler.verification.finding import Finding
from khotoot_crawler.verification.folder import STREAMS, Folder
from khotoot_crawler.verification.reading import (
    TODAYS,
    LinePlace,
    check_digest,
    line_fields,
    text_row,
)
from khotoot_crawler.verification.schema import misfit, schema
from khotoot_crawler.verification.scratch import (
    ArticleRow,
    BadLineRow,
    GoneRow,
    Row,
    Scratch,
    ViewRow,
)
from khotoot_crawler.workers import in_order

_SPAN = 1 << 20
_AT_ONCE = 200  # lines a task
_WITHOUT_TEXT = """
SELECT offset, number, start, size FROM article l
WHERE NOT EXISTS (SELECT 1 FROM text t WHERE t.number = l.number) ORDER BY number
"""
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_CODE = re.compile(rb'"news_code":"([0-9]+)"')


class LineSpan(NamedTuple):
    """Whole lines of a JSONL file; ``number`` is that of the first."""

    folder: Path
    stream: str
    start: int
    stop: int
    number: int


class LinesRead(NamedTuple):
    """What a span holds, and what is wrong with it."""

    rows: list[Row]
    findings: list[Finding]


def read_streams(folder: Folder, scratch: Scratch, jobs: int) -> None:
    """Put every line of every JSONL file into the scratch database."""
    for stream in STREAMS:
        if stream not in folder.ends:
            if not folder.running:
                scratch.tell([_absence(folder.path / stream)])
            continue
        try:
            for read in in_order(read_lines, _spans(folder, stream, scratch), jobs):
                scratch.add(read.rows)
                scratch.tell(read.findings)
        except OSError as error:
            scratch.tell([Finding("unreadable", stream, f"cannot be read: {error.strerror}")])


def _absence(path: Path) -> Finding:
    if path.is_file():
        return Finding("unreadable", path.name, "cannot be read: permission denied")
    is_there = path.exists()
    return Finding("missing", path.name, "is no file" if is_there else "is not there")


def read_texts(folder: Folder, scratch: Scratch, jobs: int) -> None:
    """Put the texts of the lines whose records were not read into the scratch database too."""
    rest = map(LinePlace._make, scratch.db.execute(_WITHOUT_TEXT))
    chunks = iter(lambda: list(islice(rest, _AT_ONCE)), [])
    try:
        for read in in_order(partial(_texts, folder.path), chunks, jobs):
            scratch.add(read.rows)
            scratch.tell(read.findings)
    except OSError as error:
        reason = f"cannot be read: {error.strerror}"
        scratch.tell([Finding("unreadable", "articles.jsonl", reason)])


def _texts(folder: Path, places: list[LinePlace]) -> LinesRead:
    read = LinesRead([], [])
    with (folder / "articles.jsonl").open("rb") as articles:
        for place in places:
            fields = line_fields(place, articles)
            read.rows.append(text_row(place, fields))
            read.findings.extend(check_digest(place, fields))
    return read


def _spans(folder: Folder, stream: str, scratch: Scratch) -> Iterator[LineSpan]:
    end, start, number = folder.ends[stream], 0, 1
    with (folder.path / stream).open("rb") as file:
        while start < end:
            file.seek(start)
            block = file.read(min(_SPAN, end - start))
            if start + len(block) < end and not block.endswith(b"\n"):
                block += file.readline(end - start - len(block))
            whole = block[: block.rfind(b"\n") + 1]
            if whole:
                yield LineSpan(folder.path, stream, start, start + len(whole), number)
            start, number = start + len(whole), number + whole.count(b"\n")
            if len(whole) < len(block) or not block:  # a line that no newline acknowledges
                if not folder.is_running:
                    scratch.tell([_torn(stream, start, end, number)])
                    scratch.add([BadLineRow(stream, number, start, None)])
                return


def _torn(stream: str, start: int, end: int, number: int) -> Finding:
    reason = f"{end - start} bytes without a newline: the line was never acknowledged"
    return Finding("left-open", stream, reason, line=number)


def read_lines(span: LineSpan) -> LinesRead:
    """Read the lines of a span; runs in a process of its own."""
    with (span.folder / span.stream).open("rb") as file:
        file.seek(span.start)
        lines = file.read(span.stop - span.start).split(b"\n")[:-1]
    rule, row_of = _STREAMS[span.stream]
    read, start = LinesRead([], []), span.start
    for number, line in enumerate(lines, span.number):
        fields, problem = parse_line(line, schema(rule))
        if problem is not None:
            read.findings.append(Finding("form", span.stream, problem, line=number))
        if fields is None:
            code = _CODE.search(line)
            told = code[1].decode() if code else None
            read.rows.append(BadLineRow(span.stream, number, start, told))
        else:
            read.rows.append(row_of(fields, number, start, line + b"\n"))
        start += len(line) + 1
    return read


def parse_line(line: bytes, rule: dict[str, Any]) -> tuple[dict[str, Any] | None, str | None]:
    """Return a line's fields, None where they cannot be had, and what is wrong with it."""
    try:
        fields = json.loads(line.decode("utf-8"), parse_constant=_refuse)
        # Half of a surrogate pair has no UTF-8: a ValueError too.
        written = _ENCODER.encode(fields).encode("utf-8")
    except (ValueError, RecursionError) as error:
        return None, f"is no JSON: {error}"
    if found := misfit(rule, fields) or _misnamed(fields):
        return None, found
    if written != line:
        return fields, "is not as a crawl writes it: white space, escapes or a key told twice"
    return fields, None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


def _misnamed(fields: dict[str, Any]) -> str | None:
    canonical = f"https://{fields['site']}/fa/news/{fields['news_code']}"
    if fields.get("url", canonical) != canonical:
        return f"url is {fields['url']}, that of article {fields['news_code']} is {canonical}"
    return None


def _article(fields: dict[str, Any], number: int, start: int, line: bytes) -> ArticleRow:
    place = fields["warc"]
    return ArticleRow(
        number=number,
        start=start,
        size=len(line),
        sha256=hashlib.sha256(line).digest(),
        site=fields["site"],
        code=fields["news_code"],
        revision=fields["revision"],
        content_digest=fields["content_digest"],
        duplicate_of=fields["duplicate_of"],
        version=fields["extractor"]["version"],
        is_todays=fields["extractor"] == TODAYS,
        url=target_uri(fields["fetched_url"]),  # as its record has it
        date=fields["fetched_at"],
        view_count=fields["view_count"],
        file=place["filename"],
        offset=place["offset"],
        length=place["length"],
        id=place["record_id"],
        digest=place["payload_digest"],
        published=_milliseconds(fields["published_at"]),
    )


def _milliseconds(moment: str | None) -> int | None:
    try:
        return None if moment is None else round(datetime.fromisoformat(moment).timestamp() * 1000)
    except (ValueError, OverflowError):  # state cannot know such a line
        return None


def _view(fields: dict[str, Any], number: int, start: int, _: bytes) -> ViewRow:
    return ViewRow(
        number=number,
        start=start,
        site=fields["site"],
        code=fields["news_code"],
        view_count=fields["view_count"],
        date=fields["observed_at"],
    )


def _gone(fields: dict[str, Any], number: int, start: int, _: bytes) -> GoneRow:
    place = fields["warc"] or {}
    return GoneRow(
        number=number,
        start=start,
        site=fields["site"],
        code=fields["news_code"],
        status=fields["status"],
        reason=fields["reason"],
        date=fields["observed_at"],
        file=place.get("filename"),
        offset=place.get("offset"),
        length=place.get("length"),
        id=place.get("record_id"),
        digest=place.get("payload_digest"),
    )


_STREAMS: dict[str, tuple[str, Callable[[dict[str, Any], int, int, bytes], Row]]] = {
    "articles.jsonl": ("article-v1", _article),
    "views.jsonl": ("view-v1", _view),
    "gone.jsonl": ("gone-v1", _gone),
}
