"""What state.sqlite remembers of the lines, against the lines themselves."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from khotoot_crawler.ranges import ranges_of
from khotoot_crawler.store import missing_columns
from khotoot_crawler.verification.finding import Code, Finding
from khotoot_crawler.verification.folder import STREAMS, Folder
from khotoot_crawler.verification.scratch import Scratch
from khotoot_crawler.verification.store import NAME

_ARTICLES = "articles.jsonl"
_JOINED = (
    "article l LEFT JOIN state.line s ON s.site = l.site AND s.code = CAST(l.code AS INTEGER)"
    " AND s.revision = l.revision"
)
_UNKNOWN = (
    f"SELECT l.number FROM {_JOINED} WHERE s.code IS NULL AND l.start {{where}} ? ORDER BY l.number"
)
_CHANGED = f"SELECT l.number FROM {_JOINED} WHERE s.sha256 <> l.sha256 ORDER BY l.number"
_MOVED = f"""
SELECT number, shift FROM (SELECT number, shift, lag(shift, 1, 0) OVER (ORDER BY number) AS before
    FROM (SELECT l.number AS number, l.start - s.offset AS shift FROM {_JOINED}
        WHERE s.code IS NOT NULL))
WHERE shift <> before AND shift <> 0 ORDER BY number
"""
_MISREMEMBERED = f"""
SELECT l.number, l.code, l.revision FROM {_JOINED} WHERE s.sha256 = l.sha256
    AND (s.length, s.content_digest, s.extractor_version) <> (l.size, l.content_digest, l.version)
    OR s.sha256 = l.sha256 AND s.text_digest IS NOT
        (SELECT digest FROM text t WHERE t.number = l.number)
ORDER BY l.number
"""
_LOST = """
SELECT {what} FROM state.line s WHERE NOT EXISTS (SELECT 1 FROM article l WHERE l.site = s.site
        AND l.code = CAST(s.code AS TEXT) AND l.revision = s.revision)
    AND NOT EXISTS (SELECT 1 FROM bad_line b WHERE b.stream = 'articles.jsonl'
        AND b.start = s.offset)
    AND s.offset {where}
"""
_STATUSES = """
SELECT l.code, a.status, CASE WHEN (SELECT g.status FROM gone g WHERE g.code = l.code
    AND g.site = l.site ORDER BY g.number DESC LIMIT 1) = 'gone' THEN 'gone' ELSE 'archived' END
    AS due
FROM (SELECT DISTINCT site, code FROM article) l
LEFT JOIN state.article a ON a.site = l.site AND a.code = CAST(l.code AS INTEGER)
WHERE a.status IS NOT due ORDER BY CAST(l.code AS INTEGER)
"""
# Where state remembers a line that is not there, that is told, and no more.
_GROUNDLESS = """
SELECT a.code, a.status FROM state.article a WHERE a.status IN ('archived', 'gone')
    AND NOT EXISTS (SELECT 1 FROM article l WHERE l.site = a.site AND l.code = CAST(a.code AS TEXT))
    AND NOT EXISTS (SELECT 1 FROM state.line s WHERE s.site = a.site AND s.code = a.code)
ORDER BY a.code
"""
_NUMBERS = " ".join(
    f"WHEN typeof({name}) NOT IN ('integer', 'null') THEN '{name} ' || quote({name})"
    for name in ("code", "due_at", "asked_at", "published_at", "absences")
)
_ODD = f"""
SELECT code, CASE {_NUMBERS} WHEN status NOT IN ('new', 'archived', 'missing', 'gone')
    THEN 'status ' || quote(status) END AS odd
FROM state.article WHERE odd NOT NULL ORDER BY code
"""
# Where another parser reads the line's record otherwise, state may have what that one reads.
_MISDATED = f"""
SELECT l.code, a.published_at, l.published FROM {_JOINED}
JOIN state.article a ON a.site = s.site AND a.code = s.code
WHERE a.published_at IS NOT l.published AND coalesce(s.reread_digest, '') IN ('', l.content_digest)
    AND NOT EXISTS (SELECT 1 FROM article n
        WHERE n.code = l.code AND n.site = l.site AND n.revision > l.revision)
ORDER BY l.number
"""
_NEVER_DUE = "SELECT code, status FROM state.article WHERE due_at IS NULL AND status <> 'missing'"
_PAYLOADS = """
SELECT count(*), min(p.record_id) FROM (
    SELECT digest, record_id, url, date FROM state.payload UNION ALL
    SELECT {digest}, record_id, record_url, record_date FROM state.resource
    WHERE record_id NOT NULL
) p LEFT JOIN record r ON r.id = p.record_id
WHERE r.type <> 'response' OR (r.url, r.date) <> (p.url, p.date)
    OR r.digest <> coalesce(p.digest, r.digest)
    OR r.id IS NULL AND NOT EXISTS (SELECT 1 FROM damage)
        AND NOT EXISTS (SELECT 1 FROM lost)
"""


class _Note(NamedTuple):
    """Up to where state knows a stream, and the chain of the lines before, where it kept one."""

    end: int
    chain: str | None


_NOTHING = _Note(0, None)


def check_memory(folder: Folder, scratch: Scratch, *, running: bool) -> Iterator[Finding]:
    """Tell where state and the files differ; while a crawl runs, one is ahead of the other."""
    yield from _notes(scratch)
    if "articles.jsonl" in folder.ends:
        yield from _changed_lines(scratch)
        yield from _lost_lines(scratch, folder.ends["articles.jsonl"], running=running)
    if not running:
        found = [*_unknown_lines(scratch), *_ends(folder, scratch)]
        yield from found
        # What state has not heard of it cannot have drawn conclusions from.
        if not any(finding.code == "state-behind" for finding in found):
            yield from _articles(scratch)


def _notes(scratch: Scratch) -> Iterator[Finding]:
    for stream in STREAMS:
        if _said(scratch, stream) is not None and _note(scratch, stream) is None:
            yield Finding("state", NAME, f"its note of the end of {stream} is none")


def _changed_lines(scratch: Scratch) -> Iterator[Finding]:
    ask = scratch.db.execute
    for (number,) in ask(_CHANGED):
        what = "its bytes are not those that state.sqlite remembers"
        yield Finding("state-line", _ARTICLES, what, line=number)
    for number, shift in ask(_MOVED):
        what = f"stands {shift:+} bytes from where state.sqlite remembers it, and so on from here"
        yield Finding("state-line", _ARTICLES, what, line=number)
    for number, code, revision in ask(_MISREMEMBERED):
        what = f"misremembers revision {revision} of article {code}, line {number} of {_ARTICLES}"
        yield Finding("state", NAME, what)


def _lost_lines(scratch: Scratch, end: int, *, running: bool) -> Iterator[Finding]:
    lost = _LOST.format(what="s.offset, s.code, s.revision", where="< ? ORDER BY s.offset")
    for offset, code, revision in scratch.db.execute(lost, (end,)):
        what = f"revision {revision} of article {code}, which state.sqlite remembers, is not there"
        yield Finding("state-line", _ARTICLES, what, offset)
    cut_off = _LOST.format(what="count(*)", where=">= ?")
    (cut,) = scratch.db.execute(cut_off, (end,)).fetchone()
    if cut and not running:
        what = f"ends here, but state.sqlite remembers lines after it, {cut} in number"
        yield Finding("state-line", _ARTICLES, what, end)


def _unknown_lines(scratch: Scratch) -> Iterator[Finding]:
    end, *_ = _note(scratch, _ARTICLES) or _NOTHING
    # After the end that state knows, it may be a crash that took its last word.
    split: tuple[tuple[Code, str], ...] = (("state-line", "<"), ("state-behind", ">="))
    for code, where in split:
        unknown = scratch.db.execute(_UNKNOWN.format(where=where), (end,))
        for first, last in ranges_of(number for (number,) in unknown):
            more = f", nor those up to line {last}" if last > first else ""
            what = f"state.sqlite does not know this line{more}"
            yield Finding(code, _ARTICLES, what, line=first)


def _articles(scratch: Scratch) -> Iterator[Finding]:
    ask = scratch.db.execute
    for code, said, due in ask(_STATUSES):
        what = f"article {code} is {said or 'not known'}, by the JSONL files it is {due}"
        yield Finding("state-article", NAME, what)
    for code, status in ask(_GROUNDLESS):
        what = f"article {code} is {status}, but articles.jsonl has no line of it"
        yield Finding("state-article", NAME, what)
    for code, odd in ask(_ODD):
        yield Finding("state-article", NAME, f"article {code} has what no crawl notes, {odd}")
    for code, status in ask(_NEVER_DUE):
        yield Finding("state-article", NAME, f"article {code} is {status}, but never due")
    older = missing_columns(scratch.db, "state")  # that a store of an older schema has not yet
    if "line.reread_digest" not in older:
        for code, said, due in ask(_MISDATED):
            what = f"article {code} was published at {said} (ms), by articles.jsonl at {due}"
            yield Finding("state-article", NAME, what)
    digest = "NULL" if "resource.payload_digest" in older else "payload_digest"
    count, record_id = ask(_PAYLOADS.format(digest=digest)).fetchone()
    if count:
        what = f"{count} payloads are not in the records it names, one of which is {record_id}"
        yield Finding("state-payload", NAME, what)


def _ends(folder: Folder, scratch: Scratch) -> Iterator[Finding]:
    for stream in STREAMS[1:]:  # of articles.jsonl it remembers every line
        if stream not in folder.ends:
            continue
        end, chain = _note(scratch, stream) or _NOTHING
        size = folder.ends[stream]
        if size < end:
            what = f"ends here, {end - size} bytes before where state.sqlite remembers its end"
            yield Finding("state-line", stream, what, size)
        elif chain not in (None, _chain(folder, stream, end)):  # older versions noted none
            what = f"its first {end} bytes are not the lines, in the order, that {NAME} remembers"
            yield Finding("state-line", stream, what)
        elif size > end:
            what = f"{size - end} bytes that state.sqlite does not know"
            yield Finding("state-behind", stream, what, end)


def _said(scratch: Scratch, stream: str) -> object:
    row = scratch.db.execute("SELECT value FROM state.note WHERE key=?", (stream,)).fetchone()
    return None if row is None else row[0]


def _note(scratch: Scratch, stream: str) -> _Note | None:
    """Return what state noted of a stream, None where it noted nothing that can be used."""
    try:
        end, _, *chain = json.loads(str(_said(scratch, stream)))
    except (ValueError, TypeError, RecursionError):
        return None
    if type(end) is not int or not 0 <= end < 1 << 63 or not all(type(c) is str for c in chain):
        return None
    return _Note(end, chain[0] if chain else None)


def _chain(folder: Folder, stream: str, end: int) -> str | None:
    """Return the digest of the lines before ``end``, each taken in with all before it.

    None where no line ends there.
    """
    chain = ""
    with suppress(OSError), (folder.path / stream).open("rb") as file:
        while end > 0 and (line := file.readline()):
            end -= len(line)
            chain = hashlib.sha256(chain.encode() + line.removesuffix(b"\n")).hexdigest()
    return None if end else chain
