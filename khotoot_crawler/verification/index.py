"""index.cdxj against the records: each capture told once, to the byte, and in order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from khotoot_crawler.verification.finding import Code, Finding
from khotoot_crawler.verification.folder import Folder, open_file
from khotoot_crawler.verification.scratch import Scratch

NAME = "index.cdxj"
_RECORD = "SELECT cdx FROM record WHERE file=? AND offset=?"
_DAMAGED = "SELECT 1 FROM damage WHERE file=? AND ? >= start AND ? < stop"
_END = "SELECT offset + length FROM record WHERE file=? ORDER BY offset DESC LIMIT 1"
_NOT_INDEXED = """
SELECT file, offset, url FROM record r WHERE cdx IS NOT NULL
    AND file IN (SELECT file FROM indexed) AND NOT EXISTS
    (SELECT 1 FROM indexed i WHERE i.file = r.file AND i.offset = r.offset)
ORDER BY file, offset
"""
_FILES_NOT_INDEXED = """
SELECT file, count(*) FROM record WHERE cdx IS NOT NULL
    AND file NOT IN (SELECT file FROM indexed) GROUP BY file
"""

_Problem = tuple[Code, str]
_NO_LINE: _Problem = ("index", "is no line of an index")
_DISORDER: _Problem = ("index", "is out of order")


def check_index(folder: Folder, scratch: Scratch, *, running: bool) -> Iterator[Finding]:
    """Tell where the index and the sealed files differ; while a crawl runs it is behind.

    Lines that name files which are not there are only noted.
    """
    try:
        yield from _lines(folder, scratch, running=running)
    except FileNotFoundError:
        if not running:
            yield Finding("index-missing", NAME, "is not there")
        return
    except OSError as error:
        yield Finding("unreadable", NAME, f"cannot be read: {error.strerror}")
        return
    for file, offset, url in scratch.db.execute(_NOT_INDEXED):
        yield Finding("index", NAME, f"has no line for warc/{file}@{offset} ({url})")
    for file, count in scratch.db.execute(_FILES_NOT_INDEXED):
        if file not in folder.open and not running:
            yield Finding("index-missing", NAME, f"has none of the {count} captures of warc/{file}")


def _lines(folder: Folder, scratch: Scratch, *, running: bool) -> Iterator[Finding]:
    before = b""
    with open_file(folder.path / NAME) as file:
        for number, line in enumerate(file, 1):
            named = _place(line)
            if named is not None and named[0] not in folder.warcs:
                scratch.db.execute("INSERT INTO indexed_absent VALUES (?,?)", (named[0], number))
                continue
            if running and named is not None and named[0] in folder.open:
                continue  # sealed since it was read
            problem = _NO_LINE if named is None else _problem(line, *named, scratch)
            if problem is None:
                problem = _DISORDER if line < before else None
                before = line
            if problem is not None:
                code, what = problem
                yield Finding(code, NAME, what, line=number)


def _place(line: bytes) -> tuple[str, int] | None:
    """Return the file and the offset that a line names."""
    try:
        fields: dict[str, Any] = json.loads(line.split(b" ", 2)[2])
        name, offset = str(fields["filename"]), int(fields["offset"])
        name.encode()  # half of a surrogate pair has no UTF-8
        return (name, offset) if 0 <= offset < 1 << 63 else None
    except (ValueError, LookupError, TypeError, OverflowError, RecursionError):
        return None


def _problem(line: bytes, file: str, offset: int, scratch: Scratch) -> _Problem | None:
    row = scratch.db.execute(_RECORD, (file, offset)).fetchone()
    if row is None or row[0] is None:
        if scratch.db.execute(_DAMAGED, (file, offset, offset)).fetchone():
            return None
        # It may be all that tells of a record that was cut off: not to be deleted like other lines.
        return "pointer", f"no capture begins at warc/{file}@{offset}{_end(file, offset, scratch)}"
    inserted = scratch.db.execute("INSERT OR IGNORE INTO indexed VALUES (?,?)", (file, offset))
    if not inserted.rowcount:
        return "index", f"tells of warc/{file}@{offset} again"
    if line == row[0]:
        return None
    return "index", f"is not what warc/{file}@{offset} gives: {_differing(line, row[0])}"


def _end(file: str, offset: int, scratch: Scratch) -> str:
    (end,) = scratch.db.execute(_END, (file,)).fetchone() or (0,)
    return f": its last record ends at {end}" if offset >= end else ""


def _differing(line: bytes, right: bytes) -> str:
    """Name the parts of an index line that are wrong."""
    said, due = (_parts(each) for each in (line, right))
    return ", ".join(name for name in due if said.get(name) != due[name]) or "white space"


def _parts(line: bytes) -> dict[str, Any]:
    key, stamp, fields = line.split(b" ", 2)
    return {"key": key, "timestamp": stamp, **json.loads(fields)}
