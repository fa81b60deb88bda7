"""The last line of each article of an output folder."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from khotoot_crawler.errors import ArchiveError
from khotoot_crawler.items import Article, article_from_line
from khotoot_crawler.stream import Stream

_TABLE = "CREATE TABLE last (article PRIMARY KEY, offset) WITHOUT ROWID"


def latest_articles(folder: Path) -> Iterator[Article]:
    """Read the last line of each article, in the order of ``articles.jsonl``, one at a time.

    A line that is none (``verify`` tells it) and one still being written are passed over.
    """
    path = folder / "articles.jsonl"
    if not path.exists():
        return
    # A temporary file: a million articles need no more memory than one.
    with closing(sqlite3.connect("", isolation_level=None)) as db, path.open("rb") as file:
        _note_last_lines(db, Stream(path))
        for (offset,) in db.execute("SELECT offset FROM last ORDER BY offset"):
            file.seek(offset)
            yield article_from_line(file.readline())


def _note_last_lines(db: sqlite3.Connection, stream: Stream) -> None:
    db.execute("PRAGMA journal_mode=OFF")
    db.execute(_TABLE)
    db.execute("BEGIN")
    db.executemany("INSERT OR REPLACE INTO last VALUES (?,?)", _places(stream))
    db.execute("COMMIT")


def _places(stream: Stream) -> Iterator[tuple[bytes, int]]:
    """Yield which article each line is of, and where it is."""
    for offset, line in stream.lines():
        if line.endswith(b"\n"):
            try:
                article = article_from_line(line)
            except ArchiveError:
                continue
            yield f"{article.site} {article.news_code}".encode("utf-8", "replace"), offset
