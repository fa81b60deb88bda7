"""What was read, in a private SQLite file on the disk: a million articles need no more memory.

Each reader puts rows here; the checks are joins. ``file`` is always a sealed WARC's name.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from khotoot_crawler.verification.finding import Code, Finding


class RecordRow(NamedTuple):
    """A WARC record; ``code`` is the article its address names, ``site`` what its file is part of.

    ``leads_to`` is where a redirect leads; ``cdx`` the line that the index should hold of it, None
    where it is no capture.
    """

    file: str
    offset: int
    length: int
    type: str
    id: str | None
    date: str | None
    url: str | None
    ip: str | None
    concurrent: str | None
    warcinfo: str | None
    filename: str | None
    refers_to: str | None
    refers_url: str | None
    refers_date: str | None
    digest: str | None
    status: int | None
    site: str | None
    code: str | None
    leads_to: str | None
    cdx: bytes | None


class ReadingRow(NamedTuple):
    """What today's parser reads from an article's record; ``failure`` where it reads nothing.

    ``digest``: the content digest.
    """

    file: str
    offset: int
    site: str | None
    code: str
    date: str | None
    view_count: int | None
    digest: str | None
    failure: str | None


class ArticleRow(NamedTuple):
    """A line of articles.jsonl; its number counts from 1.

    ``is_todays``: today's parser read it. ``published`` in ms since 1970 UTC.
    """

    number: int
    start: int
    size: int
    sha256: bytes
    site: str
    code: str
    revision: int
    content_digest: str
    duplicate_of: str | None
    version: str
    is_todays: bool
    url: str
    date: str
    view_count: int | None
    file: str
    offset: int
    length: int
    id: str
    digest: str
    published: int | None


class TextRow(NamedTuple):
    """What the line of that number in articles.jsonl shares with lines of the same text."""

    number: int
    digest: bytes | None


class ViewRow(NamedTuple):
    """A line of views.jsonl."""

    number: int
    start: int
    site: str
    code: str
    view_count: int
    date: str


class GoneRow(NamedTuple):
    """A line of gone.jsonl."""

    number: int
    start: int
    site: str
    code: str
    status: str
    reason: str | None
    date: str
    file: str | None
    offset: int | None
    length: int | None
    id: str | None
    digest: str | None


class BadLineRow(NamedTuple):
    """A line of a JSONL file that could not be read; ``code`` is what it seems to be about."""

    stream: str
    number: int
    start: int
    code: str | None


class DamageRow(NamedTuple):
    """Bytes of a WARC file in which no record could be read; ``stop`` is the offset after them."""

    file: str
    start: int
    stop: int


class LostRow(NamedTuple):
    """A WARC file of which nothing can be read: what finding that is, and why."""

    file: str
    code: Code
    what: str


class OwnFileRow(NamedTuple):
    """A WARC file that this project wrote."""

    name: str


class FailureRow(NamedTuple):
    """An article that the run which began at ``started`` could not have, as it says."""

    site: str
    code: str
    started: str


class RunRow(NamedTuple):
    """A run summary; ``ended`` and ``exit_code`` are None where the run died.

    ``unlisted``: how many failures it counts but does not name; the others: how many lines it
    wrote.
    """

    site: str
    started: str
    ended: str | None
    exit_code: int | None
    unlisted: int
    articles: int
    views: int
    gone: int


Row = (
    RecordRow | ReadingRow | ArticleRow | TextRow | ViewRow | GoneRow
    | BadLineRow | DamageRow | LostRow | OwnFileRow | FailureRow | RunRow
)  # fmt: skip
_TABLES: dict[type[Row], str] = {
    RecordRow: "record",
    ReadingRow: "reading",
    ArticleRow: "article",
    TextRow: "text",
    ViewRow: "view",
    GoneRow: "gone",
    BadLineRow: "bad_line",
    DamageRow: "damage",
    LostRow: "lost",
    OwnFileRow: "own_file",
    FailureRow: "failure",
    RunRow: "run",
}
_INDEXES = """
CREATE UNIQUE INDEX record_place ON record (file, offset);
CREATE INDEX record_id ON record (id);
CREATE INDEX record_code ON record (code, date) WHERE code IS NOT NULL;
CREATE INDEX record_redirect ON record (url) WHERE leads_to IS NOT NULL;
CREATE UNIQUE INDEX reading_place ON reading (file, offset);
CREATE INDEX reading_code ON reading (code, date);
CREATE UNIQUE INDEX article_number ON article (number);
CREATE INDEX article_place ON article (file, offset);
CREATE INDEX article_code ON article (code, site, revision);
CREATE UNIQUE INDEX text_number ON text (number);
CREATE INDEX text_digest ON text (digest, number) WHERE digest IS NOT NULL;
CREATE INDEX view_code ON view (code, date);
CREATE INDEX gone_code ON gone (code, site, number);
CREATE INDEX failure_code ON failure (code, started);
CREATE INDEX run_start ON run (site, started);
CREATE INDEX bad_line_code ON bad_line (code);
CREATE INDEX bad_line_start ON bad_line (start);
CREATE INDEX damage_file ON damage (file, start);
CREATE INDEX gone_place ON gone (file, offset);
CREATE TABLE indexed (file, offset, PRIMARY KEY (file, offset)) WITHOUT ROWID;
CREATE TABLE indexed_absent (file, number, PRIMARY KEY (file, number)) WITHOUT ROWID;
CREATE TABLE redirect (code, url, leads_to);
CREATE TABLE led (code, url, PRIMARY KEY (code, url)) WITHOUT ROWID;
CREATE TABLE reached (file, offset, url, date, PRIMARY KEY (file, offset)) WITHOUT ROWID;
CREATE INDEX redirect_target ON redirect (leads_to);
CREATE INDEX reached_date ON reached (date);
CREATE TABLE owed (file, offset, site, code, date, view_count, digest, view);
CREATE INDEX owed_place ON owed (file, offset);
CREATE TABLE placed (number INTEGER PRIMARY KEY, code, site, place);
CREATE INDEX placed_code ON placed (code, site);
CREATE TABLE finding (code, file, what, offset, line);
"""


class Scratch:
    """The private database of one verification; ``db`` is for the checks to query."""

    def __init__(self) -> None:
        self.db = sqlite3.connect("", isolation_level=None, uri=True)
        self.db.execute("PRAGMA journal_mode=OFF")
        self.db.execute("PRAGMA synchronous=OFF")
        self.db.execute("PRAGMA cache_size=-32000")
        for row, table in _TABLES.items():
            self.db.execute(f"CREATE TABLE {table} ({', '.join(row._fields)})")
        self.db.executescript(_INDEXES)

    def __enter__(self) -> Scratch:
        return self

    def __exit__(self, *_: object) -> None:
        self.db.close()

    def add(self, rows: Iterable[Row]) -> None:
        """Keep rows."""
        by_type: dict[type[Row], list[Row]] = {}
        for row in rows:
            by_type.setdefault(type(row), []).append(row)
        with self._transaction():
            for kind, same in by_type.items():
                marks = ",".join("?" * len(kind._fields))
                # A revisit of what stands there twice is read twice, and so is its line's text.
                self.db.executemany(f"INSERT OR IGNORE INTO {_TABLES[kind]} VALUES ({marks})", same)

    def tell(self, findings: Iterable[Finding]) -> None:
        """Keep findings, in the order they are made."""
        with self._transaction():
            self.db.executemany(
                "INSERT INTO finding VALUES (?,?,?,?,?)",
                ((f.code, f.file, f.what, f.offset, f.line) for f in findings),
            )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Make one of what is written; a transaction for each row takes nine times as long."""
        if self.db.in_transaction:
            yield
            return
        self.db.execute("BEGIN")
        try:
            yield
        finally:
            self.db.execute("COMMIT")

    def findings(self) -> Iterator[Finding]:
        """Return what was found."""
        for row in self.db.execute("SELECT * FROM finding ORDER BY rowid"):
            yield Finding(*row)

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        (number,) = self.db.execute(f"SELECT count(*) FROM {table}").fetchone()
        return int(number)
