"""The WARC files of which nothing can be read: each is told once, with all that hangs on it."""

from __future__ import annotations

from collections.abc import Iterator

from khotoot_crawler.verification.finding import Finding
from khotoot_crawler.verification.folder import Folder
from khotoot_crawler.verification.links import REVISITS_OF_NOTHING
from khotoot_crawler.verification.scratch import LostRow, Scratch
from khotoot_crawler.verification.sequence import VIEWS_OF_NOTHING

_FEW = 3
_NAMED = """
SELECT file FROM article UNION SELECT file FROM gone WHERE file IS NOT NULL
UNION SELECT file FROM indexed_absent
"""
# Of these it is told where they are damaged.
_RUINED = """
SELECT DISTINCT file FROM damage d WHERE file NOT IN (SELECT file FROM lost)
    AND NOT EXISTS (SELECT 1 FROM record r WHERE r.file = d.file)
"""
_LINES = """
SELECT 'articles.jsonl' AS source, number FROM article WHERE file = :file
UNION ALL SELECT 'gone.jsonl', number FROM gone WHERE file = :file
UNION ALL SELECT 'index.cdxj', number FROM indexed_absent WHERE file = :file
"""
_COUNTS = f"SELECT source, count(*), min(number) FROM ({_LINES}) GROUP BY source ORDER BY source"


def check_lost(
    folder: Folder, scratch: Scratch, sealed: frozenset[str], *, running: bool
) -> Iterator[Finding]:
    """Tell which WARC files are not there, or cannot be read; ``sealed``: those that state knows.

    A line that names a file nobody else knows of may itself be what is wrong: where they are few,
    each is told instead.
    """
    named = {file for (file,) in scratch.db.execute(_NAMED)}
    for name in sorted((named | sealed) - {*folder.warcs}):
        if running and folder.warc(name).exists():  # sealed since it was read
            continue
        lines = scratch.db.execute(f"{_LINES} LIMIT {_FEW + 1}", {"file": name}).fetchall()
        if name in sealed or len(lines) > _FEW:
            what = "is not there" if lines else "was sealed, but is not there"
            scratch.add([LostRow(name, "missing", what)])
            continue
        for source, number in lines:
            what = f"names warc/{name}, which is not there"
            yield Finding("pointer", source, what, line=number)
    ruined = {name for (name,) in scratch.db.execute(_RUINED)} - folder.open
    scratch.add([LostRow(name, "gzip", "no record in it can be read") for name in ruined])
    lost = scratch.db.execute("SELECT * FROM lost ORDER BY file").fetchall()
    adrift = _adrift(scratch) if lost else []
    for name, code, what in lost:
        lines = [_named_by(*row) for row in scratch.db.execute(_COUNTS, {"file": name})]
        if lines or adrift or name not in ruined:
            yield Finding(code, f"warc/{name}", "; ".join([what, *lines, *adrift]))


def _named_by(source: str, count: int, first: int) -> str:
    if count == 1:
        return f"line {first} of {source} names it"
    return f"{count} lines of {source} name it, from {first} on"


def _adrift(scratch: Scratch) -> list[str]:
    """Tell how much there is that no record is left of, and nobody knows in which file it was."""
    found = []
    for name, query in (("revisits", REVISITS_OF_NOTHING), ("view counts", VIEWS_OF_NOTHING)):
        (count,) = scratch.db.execute(f"SELECT count(*) FROM ({query})").fetchone()
        if count:
            found.append(f"{name} that may be of its records: {count}")
    return found
