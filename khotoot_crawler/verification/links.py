"""How the records of the WARC files hang together: pairs, warcinfo, revisits, ids told once."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from khotoot_crawler.verification.finding import Finding
from khotoot_crawler.verification.folder import Folder
from khotoot_crawler.verification.scratch import RecordRow, Scratch

# Other writers are free to pair, link and order their records otherwise.
_OWN = "file IN (SELECT name FROM own_file)"
_IN_ORDER = f"SELECT * FROM record WHERE {_OWN} ORDER BY file, offset"
_TWICE = """
SELECT r.file, r.offset, r.id, first.file, first.offset FROM record r JOIN record first
ON first.id = r.id AND (first.file, first.offset) < (r.file, r.offset)
GROUP BY r.file, r.offset
"""
_REVISITS = f"""
SELECT r.file, r.offset, r.refers_to, r.refers_url, r.refers_date, r.digest,
    o.type, o.url, o.date, o.digest
FROM record r LEFT JOIN record o ON o.id = r.refers_to WHERE r.type = 'revisit' AND r.{_OWN}
    AND (o.id IS NOT NULL OR NOT EXISTS (SELECT 1 FROM lost))  -- else told with what is lost
"""
REVISITS_OF_NOTHING = f"""
SELECT 1 FROM record r WHERE r.type = 'revisit' AND r.{_OWN}
    AND NOT EXISTS (SELECT 1 FROM record o WHERE o.id = r.refers_to)
"""
_SAME = {"date": "WARC-Date", "url": "WARC-Target-URI", "ip": "WARC-IP-Address"}


def check_links(folder: Folder, scratch: Scratch) -> Iterator[Finding]:
    """Tell which records do not fit the others."""
    rows = (RecordRow(*row) for row in scratch.db.execute(_IN_ORDER))
    for name, records in groupby(rows, lambda row: row.file):
        yield from _in_file(records, _Gaps(scratch, name), is_open=name in folder.open)
    for file, offset, record_id, other, at in scratch.db.execute(_TWICE):
        what = f"WARC-Record-ID {record_id} is that of warc/{other}@{at}"
        yield Finding("record-id", f"warc/{file}", what, offset)
    yield from _revisits(scratch)


class _Gaps:
    """The bytes of a file in which no record could be read."""

    def __init__(self, scratch: Scratch, name: str) -> None:
        damage = scratch.db.execute("SELECT start, stop FROM damage WHERE file=?", (name,))
        found = damage.fetchall()
        self.starts = {start for start, _ in found}
        self.stops = {stop for _, stop in found}


def _in_file(records: Iterator[RecordRow], gaps: _Gaps, *, is_open: bool) -> Iterator[Finding]:
    info: str | None = None
    request: RecordRow | None = None
    for row in records:
        if row.offset == 0:
            info = row.id
            yield from _opening(row)
        elif row.warcinfo != info and info is not None and row.type != "warcinfo":
            yield _finding(
                row, "warcinfo", "WARC-Warcinfo-ID is not that of the file's first record"
            )
        if request is not None and row.type not in ("response", "revisit"):
            yield from _unanswered(request, gaps)
            request = None
        if row.type == "request":
            request = row
        elif row.type in ("response", "revisit"):
            yield from _pair(request, row, gaps)
            request = None
    if request is not None and not is_open:
        yield from _unanswered(request, gaps)


def _opening(row: RecordRow) -> Iterator[Finding]:
    if row.type != "warcinfo":
        yield _finding(row, "warcinfo", f"the first record is a {row.type}, no warcinfo")
    elif row.filename != row.file:
        yield _finding(row, "warcinfo", f"WARC-Filename is {row.filename}")


def _unanswered(request: RecordRow, gaps: _Gaps) -> Iterator[Finding]:
    if request.offset + request.length not in gaps.starts:
        yield _finding(request, "pair", "a request without its response after it")


def _pair(request: RecordRow | None, answer: RecordRow, gaps: _Gaps) -> Iterator[Finding]:
    if request is None or request.offset + request.length != answer.offset:
        if answer.offset not in gaps.stops:
            yield _finding(answer, "pair", f"a {answer.type} without its request before it")
        return
    if answer.concurrent != request.id or request.concurrent != answer.id:
        yield _finding(answer, "pair", "WARC-Concurrent-To does not link it with its request")
    for field, name in _SAME.items():
        mine, other = getattr(answer, field), getattr(request, field)
        if mine != other:
            yield _finding(answer, "pair", f"{name} is {mine}, of its request {other}")


def _revisits(scratch: Scratch) -> Iterator[Finding]:
    for row in scratch.db.execute(_REVISITS):
        file, offset, refers_to, url, date, digest, *original = row
        kind, its_url, its_date, its_digest = original
        if kind != "response":
            what = f"refers to {refers_to}, which is no response in these files"
        elif (its_url, its_date) != (url, date):
            what = f"refers to {url} of {date}, but {refers_to} is {its_url} of {its_date}"
        elif digest not in (None, its_digest):  # of a 304 older versions told none
            what = f"its payload digest is not that of {refers_to}"
        else:
            continue
        yield Finding("revisit", f"warc/{file}", what, offset)


def _finding(row: RecordRow, code: str, what: str) -> Finding:
    return Finding(code, f"warc/{row.file}", what, row.offset)  # type: ignore[arg-type]
