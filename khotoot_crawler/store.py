"""One SQLite file, used through one connection from one thread; its schema and its notes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from khotoot_crawler.errors import OutputError, StateError

_FIRST = """
CREATE TABLE IF NOT EXISTS article (
    site TEXT NOT NULL,
    code INTEGER NOT NULL,
    path TEXT,                      -- where it was found, null: the canonical address
    status TEXT NOT NULL,           -- new, archived, missing, gone
    due_at INTEGER,                 -- ms; 0 never fetched, null not due
    asked_at INTEGER,               -- ms; last time an answer was had
    published_at INTEGER,           -- ms; for the age that sets the next recheck
    absences INTEGER NOT NULL DEFAULT 0,  -- runs in a row that found no such article
    failure TEXT,                   -- why the last try failed
    PRIMARY KEY (site, code)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS article_due ON article (site, due_at, code DESC)
    WHERE due_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS line (
    site TEXT NOT NULL,
    code INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    content_digest TEXT NOT NULL,
    text_digest BLOB,               -- title and body, for duplicate_of; null where no body
    extractor_version TEXT NOT NULL,
    offset INTEGER NOT NULL,
    length INTEGER NOT NULL,
    sha256 BLOB NOT NULL,
    PRIMARY KEY (site, code, revision)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS line_text ON line (site, text_digest, code)
    WHERE text_digest IS NOT NULL;
CREATE TABLE IF NOT EXISTS payload (
    digest TEXT PRIMARY KEY,
    record_id TEXT NOT NULL,
    url TEXT NOT NULL,
    date TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS resource (
    url TEXT PRIMARY KEY,           -- as asked for
    due INTEGER NOT NULL DEFAULT 0, -- 1: a page needs it, and it has not answered yet
    asked_at INTEGER,               -- ms
    etag TEXT,
    last_modified TEXT,
    record_id TEXT,                 -- the response record that the validators speak of
    record_url TEXT,
    record_date TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS resource_due ON resource (url) WHERE due=1;
CREATE TABLE IF NOT EXISTS note (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
# A line's record read again: by which version of the parser, and the digest that this gave.
# What was never archived is found among a million articles that are due for a recheck, and what
# was not asked for yet among all that a run asked for in vain.
_SECOND = """
ALTER TABLE line ADD COLUMN reread_version TEXT;
ALTER TABLE line ADD COLUMN reread_digest TEXT;
CREATE INDEX article_new ON article (site, due_at, code DESC)
    WHERE due_at IS NOT NULL AND status IN ('new', 'missing');
DROP INDEX resource_due;
CREATE INDEX resource_due ON resource (coalesce(asked_at, 0)) WHERE due=1;
"""
# What a 304 confirms: the digest of that record's payload. Sections, tags and feeds that pages
# name: a run that is stopped before it has read them leaves them to the next.
_THIRD = """
ALTER TABLE resource ADD COLUMN payload_digest TEXT;
CREATE TABLE listing (
    site TEXT NOT NULL,
    path TEXT NOT NULL,
    kind TEXT NOT NULL,             -- services, tag, rss...: no more of each than a small site has
    asked_at INTEGER,               -- ms; null: not read yet
    PRIMARY KEY (site, path)
) WITHOUT ROWID;
"""
_STEPS = (_FIRST, _SECOND, _THIRD)  # each takes a store from one schema to the next
SCHEMA = len(_STEPS)
_COLUMNS = """
SELECT t.name || '.' || c.name FROM {0}.sqlite_master t, pragma_table_info(t.name, '{0}') c
WHERE t.type = 'table'
"""


class DamagedError(sqlite3.DatabaseError):
    """What is in the file was never written there, though SQLite could read it."""


def missing_columns(db: sqlite3.Connection, schema: str = "main") -> set[str]:
    """Return the columns (``table.column``) that a store should have and this one has not.

    SQLite reads a file with a damaged name in its schema, and fails at the first that asks for it.
    """
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as new:
        new.executescript("".join(_STEPS))
        return _columns(new, "main") - _columns(db, schema)


def _columns(db: sqlite3.Connection, schema: str) -> set[str]:
    return {name for (name,) in db.execute(_COLUMNS.format(schema))}


class Store:
    """The file as such; every method of its subclasses is one short statement or transaction."""

    def __init__(self, path: Path) -> None:
        """Open or make the store; raises StateError where it is of a newer version.

        Like every method it raises sqlite3.Error where the file cannot be used; see ``is_damage``.
        """
        self.path = path
        self._db = sqlite3.connect(path, isolation_level=None)
        try:
            self._prepare()
        except UnicodeDecodeError as error:  # what SQLite says of it, with a piece of it
            self._db.close()
            raise DamagedError("its schema is no text") from error
        except BaseException:
            self._db.close()
            raise

    def _prepare(self) -> None:
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA:
            raise StateError(
                f"{self.path}: made by a newer khotoot-crawler (schema {version}, this one reads "
                f"{SCHEMA}); upgrade, or move the file away and let the crawl make it again"
            )
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        # A checkpoint syncs: the ledger runs it in its own thread, not where pages wait.
        self._db.execute("PRAGMA wal_autocheckpoint=0")
        for number, step in enumerate(_STEPS[version:], version + 1):
            self._take(step, number)
        if missing := missing_columns(self._db):
            raise DamagedError(f"no column {min(missing)}")

    def _take(self, step: str, number: int) -> None:
        """Bring the schema to that version; one that is not of the version before is damaged."""
        try:
            self._db.executescript(f"BEGIN; {step} PRAGMA user_version={number}; COMMIT;")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:  # what the file cannot take
                raise
            raise DamagedError(
                f"its schema is not that of version {number - 1}: {error}"
            ) from error

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def copy_to(self, path: Path) -> None:
        """Write what is in the store to a new file."""
        self._db.execute("VACUUM INTO ?", (str(path),))

    def checkpoint(self) -> None:
        """Move the write-ahead log into the file, from whatever thread calls."""
        with closing(sqlite3.connect(self.path, timeout=1)) as db:
            db.execute("PRAGMA wal_checkpoint(PASSIVE)")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what is done inside, or nothing of it."""
        self._db.execute("BEGIN")
        try:
            yield
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def note(self, key: str) -> str | None:
        """Return what was noted under a key."""
        row = self._db.execute("SELECT value FROM note WHERE key=?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def json_note(self, key: str, kind: type) -> Any:
        """Return what was noted under a key as JSON; raises DamagedError where it is another."""
        value = self.note(key)
        try:
            found = None if value is None else json.loads(value)
        except (RecursionError, ValueError) as error:
            raise DamagedError(f"note {key} is no JSON") from error
        if found is not None and not isinstance(found, kind):
            raise DamagedError(f"note {key} is no {kind.__name__}")
        return found

    def set_note(self, key: str, value: str | None) -> None:
        """Note a value under a key; None takes it back."""
        if value is None:
            self._db.execute("DELETE FROM note WHERE key=?", (key,))
        else:
            self._db.execute("INSERT OR REPLACE INTO note VALUES (?,?)", (key, value))


def is_damage(error: BaseException) -> bool:
    """Whether SQLite says that the file is damaged, not that it cannot be written."""
    if isinstance(error, DamagedError):
        return True
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:  # Python's own word: a text in it is no UTF-8
        return isinstance(error, sqlite3.OperationalError)
    return code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)  # the rest is detail


def output_error(error: OSError | sqlite3.Error, what: str) -> OutputError:
    """Tell in one line what could not be written, and what to do."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    named = getattr(error, "filename", None) or what
    return OutputError(f"cannot write {named}: {reason}; what was acknowledged is safe")
