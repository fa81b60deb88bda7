"""The last line of each article of an output folder."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Set
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from khotoot_crawler.errors import ArchiveError
from khotoot_crawler.items import Article, article_from_line
from khotoot_crawler.stream import Stream

_NAME = "articles.jsonl"
_TABLE = "CREATE TABLE last (article PRIMARY KEY, offset, is_newest) WITHOUT ROWID"
_NOTE = """
INSERT INTO last VALUES (?1, ?2, ?2 NOT NULL)
ON CONFLICT DO UPDATE SET offset = coalesce(?2, offset), is_newest = ?2 NOT NULL
"""
_COUNT = """
SELECT count(*) FILTER (WHERE offset NOT NULL AND NOT is_newest),
    count(*) FILTER (WHERE offset IS NULL) FROM last
"""


@dataclass(slots=True)
class Passed:
    """What was passed over.

    ``bad_lines`` are no lines of an article, ``bad_line`` tells of the first. ``elsewhere``: how
    many lines name each WARC file that was not asked for; for that reason ``older`` articles were
    read from an earlier line, and of ``left_out`` there is none.
    """

    bad_line: str = ""
    bad_lines: int = 0
    elsewhere: Counter[str] = field(default_factory=Counter)
    older: int = 0
    left_out: int = 0


def latest_articles(
    folder: Path, warcs: Set[str], passed: Passed | None = None
) -> Iterator[Article]:
    """Read the last line of each article that names a record of these WARC files.

    In the order of ``articles.jsonl``, one at a time. A line that is none (``verify`` tells it) and
    one still being written are passed over.
    """
    path, passed = folder / _NAME, passed or Passed()
    if not path.exists():
        return
    # A temporary file: a million articles need no more memory than one.
    with closing(sqlite3.connect("", isolation_level=None)) as db, path.open("rb") as file:
        db.execute("PRAGMA journal_mode=OFF")
        db.execute(_TABLE)
        db.execute("BEGIN")
        db.executemany(_NOTE, _places(Stream(path), warcs, passed))
        db.execute("COMMIT")
        passed.older, passed.left_out = db.execute(_COUNT).fetchone()
        for (offset,) in db.execute("SELECT offset FROM last WHERE offset NOT NULL ORDER BY 1"):
            file.seek(offset)
            yield article_from_line(file.readline())


def _places(stream: Stream, warcs: Set[str], passed: Passed) -> Iterator[tuple[bytes, int | None]]:
    """Yield which article each line is of, and where it is if its record is in these files."""
    for number, (offset, line) in enumerate(stream.lines(), 1):
        if line.endswith(b"\n"):
            try:
                article = article_from_line(line)
            except ArchiveError as error:
                passed.bad_line = passed.bad_line or f"{_NAME}:{number}: {error}"
                passed.bad_lines += 1
                continue
            is_here = article.warc is not None and article.warc.filename in warcs
            if article.warc is not None and not is_here:
                passed.elsewhere[article.warc.filename] += 1
            key = f"{article.site} {article.news_code}".encode("utf-8", "replace")
            yield key, offset if is_here else None
