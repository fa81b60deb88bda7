"""What is known: the frontier, the lines written, the payloads archived, in one SQLite file.

One connection, used from one thread. Everything here can be made again from the JSONL files,
so a commit need not reach the disk at once (``synchronous=NORMAL``): what a power cut takes from
the tail is read back from the lines.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import Literal

from khotoot_crawler.errors import OutputError, StateError

SCHEMA = 1

_TABLES = """
CREATE TABLE IF NOT EXISTS article (
    site TEXT NOT NULL,
    code INTEGER NOT NULL,
    path TEXT,                      -- where it was found, null: the canonical address
    status TEXT NOT NULL,           -- new, archived, missing, gone
    due_at INTEGER,                 -- ms; 0 never fetched, null not due
    asked_at INTEGER,               -- ms; last time an answer was had
    published_at INTEGER,           -- ms; for the age that sets the next recheck
    absences INTEGER NOT NULL DEFAULT 0,  -- runs in a row that found an archived article removed
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


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one article; times in ms since 1970 UTC."""

    code: int
    path: str | None
    status: Literal["new", "archived", "missing", "gone"]
    due_at: int | None
    asked_at: int | None
    published_at: int | None
    absences: int
    failure: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of articles.jsonl as state remembers it; ``offset`` and ``length`` in bytes."""

    site: str
    code: int
    revision: int
    content_digest: str
    text_digest: bytes | None
    extractor_version: str
    offset: int
    length: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Payload:
    """A payload already archived, and the record that holds it."""

    digest: str
    record_id: str
    url: str
    date: str


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server said of one version of a resource, and the response record that holds it."""

    url: str
    etag: str | None
    last_modified: str | None
    record_id: str
    record_url: str
    record_date: str


_KNOWN = "code, path, status, due_at, asked_at, published_at, absences, failure"
_LINE = (
    "site, code, revision, content_digest, text_digest, extractor_version, offset, length, sha256"
)
_ANY = (0, 2**63 - 1)


class State:
    """The store; every method is one short statement or one short transaction."""

    def __init__(self, path: Path) -> None:
        """Open or make the store; raises StateError where it is damaged or of a newer version."""
        self.path = path
        self._db = sqlite3.connect(path, isolation_level=None)
        try:
            self._prepare()
        except sqlite3.OperationalError:
            self._db.close()
            raise
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise StateError(
                f"{path}: damaged ({error}); move it away, the next crawl makes it again"
            ) from error
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
        self._db.executescript(_TABLES)
        self._db.execute(f"PRAGMA user_version={SCHEMA}")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def checkpoint(self) -> None:
        """Move the write-ahead log into the file, from whatever thread calls."""
        with sqlite3.connect(self.path, timeout=1) as db:
            db.execute("PRAGMA wal_checkpoint(PASSIVE)")
        db.close()

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

    # -- notes ---------------------------------------------------------------

    def note(self, key: str) -> str | None:
        """Return what was noted under a key."""
        row = self._db.execute("SELECT value FROM note WHERE key=?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def set_note(self, key: str, value: str | None) -> None:
        """Note a value under a key; None takes it back."""
        if value is None:
            self._db.execute("DELETE FROM note WHERE key=?", (key,))
        else:
            self._db.execute("INSERT OR REPLACE INTO note VALUES (?,?)", (key, value))

    # -- frontier ------------------------------------------------------------

    def discover(
        self,
        site: str,
        found: Iterable[tuple[int, str | None]],
        *,
        ask_again: int,
        ask_later: int = 0,
    ) -> int:
        """Add codes not yet known, due at once; return how many were new.

        A code once found missing becomes due again when it is named anew, if it was last asked
        for before ``ask_again`` (ms); else ``ask_later`` ms after that, where it is not 0.
        """
        before = self._db.total_changes
        self._db.executemany(
            "INSERT INTO article (site, code, path, status, due_at) VALUES (?1, ?2, ?3, 'new', 0)"
            " ON CONFLICT DO UPDATE SET path=excluded.path,"
            " due_at=CASE WHEN asked_at < ?4 THEN 0 ELSE asked_at + ?5 END"
            " WHERE status='missing' AND due_at IS NULL AND (asked_at < ?4 OR ?5)",
            [(site, code, path, ask_again, ask_later) for code, path in found],
        )
        return self._db.total_changes - before

    def due(
        self,
        site: str,
        before: int,
        limit: int,
        *,
        span: tuple[int, int] | None = None,
        only_new: bool = False,
    ) -> list[Known]:
        """Return what is due at ``before`` (ms): never fetched first, newest code first.

        ``span``: only these codes, ends included. ``only_new``: not what was archived before.
        """
        new = " AND status IN ('new', 'missing')" if only_new else ""
        # The plus keeps SQLite from walking all that is due to find the few codes of a span.
        within = " AND due_at<=?" if span is None else " AND +due_at<=? AND code BETWEEN ? AND ?"
        rows = self._db.execute(
            f"SELECT {_KNOWN} FROM article WHERE site=?{within}{new}"
            " ORDER BY due_at, code DESC LIMIT ?",
            (site, before, *(span or ()), limit),
        )
        return [Known(*row) for row in rows]

    def gaps(self, site: str, after: int, limit: int) -> list[tuple[int, int]]:
        """Return ranges of codes never asked for, between known ones, from ``after`` upwards."""
        # A dead link to code 10^17 is no reason to ask for all below it.
        codes = self._db.execute(
            "SELECT code FROM article WHERE site=?1 AND code>=?2 AND code<="
            " (SELECT max(code) FROM article WHERE site=?1 AND status<>'missing') ORDER BY code",
            (site, after),
        )
        ranges = ((low + 1, high - 1) for (low,), (high,) in pairwise(codes) if high > low + 1)
        return list(islice(ranges, limit))

    def make_due(
        self, site: str, *, asked_before: int, span: tuple[int, int] | None = None
    ) -> None:
        """Make archived articles due that were last asked for before that time (ms)."""
        low, high = span or _ANY
        self._db.execute(
            "UPDATE article SET due_at=1 WHERE site=? AND status IN ('archived', 'gone')"
            " AND asked_at<? AND code BETWEEN ? AND ?",
            (site, asked_before, low, high),
        )

    def known(self, site: str, code: int) -> Known | None:
        """Return what is known of an article."""
        row = self._db.execute(
            f"SELECT {_KNOWN} FROM article WHERE site=? AND code=?", (site, code)
        ).fetchone()
        return None if row is None else Known(*row)

    def archived(
        self, site: str, code: int, *, asked_at: int, published_at: int | None, due_at: int
    ) -> None:
        """An article answered: it is archived, and due again at ``due_at``."""
        self._db.execute(
            "INSERT INTO article (site, code, status, due_at, asked_at, published_at)"
            " VALUES (?1,?2,'archived',?3,?4,?5) ON CONFLICT DO UPDATE SET status='archived',"
            " due_at=?3, asked_at=?4, published_at=?5, absences=0, failure=NULL",
            (site, code, due_at, asked_at, published_at),
        )

    def absent(
        self, site: str, code: int, *, status: str, asked_at: int, due_at: int | None, absences: int
    ) -> None:
        """An address answered that there is no such article."""
        self._db.execute(
            "INSERT INTO article (site, code, status, due_at, asked_at, absences)"
            " VALUES (?1,?2,?3,?4,?5,?6) ON CONFLICT DO UPDATE SET status=?3,"
            " due_at=?4, asked_at=?5, absences=?6, failure=NULL",
            (site, code, status, due_at, asked_at, absences),
        )

    def failed(self, site: str, code: int, *, reason: str, due_at: int) -> None:
        """No answer that could be used: the article stays due, from the next run on."""
        self._db.execute(
            "INSERT INTO article (site, code, status, due_at, failure) VALUES (?1,?2,'new',?3,?4)"
            " ON CONFLICT DO UPDATE SET due_at=?3, failure=?4",
            (site, code, due_at, reason),
        )

    # -- lines ---------------------------------------------------------------

    def last_line(self, site: str, code: int) -> Line | None:
        """Return the latest revision that was written."""
        row = self._db.execute(
            f"SELECT {_LINE} FROM line WHERE site=? AND code=? ORDER BY revision DESC LIMIT 1",
            (site, code),
        ).fetchone()
        return None if row is None else Line(*row)

    def first_with_text(self, site: str, text_digest: bytes, other_than: int) -> int | None:
        """Return the smallest code of another article with that title and body."""
        row = self._db.execute(
            "SELECT min(code) FROM line WHERE site=? AND text_digest=? AND code<>?",
            (site, text_digest, other_than),
        ).fetchone()
        return None if row is None or row[0] is None else int(row[0])

    def add_line(self, line: Line) -> None:
        """Remember a line of articles.jsonl."""
        self._db.execute(
            f"INSERT OR REPLACE INTO line ({_LINE}) VALUES (?,?,?,?,?,?,?,?,?)",
            (
                line.site,
                line.code,
                line.revision,
                line.content_digest,
                line.text_digest,
                line.extractor_version,
                line.offset,
                line.length,
                line.sha256,
            ),
        )

    def forget_lines(self) -> None:
        """Take back all that lines told: what was archived is due until they are read again."""
        self._db.execute("DELETE FROM line")
        # Or a 304 would stand for a version whose line is lost.
        self._db.execute("UPDATE resource SET etag=NULL, last_modified=NULL, record_id=NULL")
        self._db.execute(
            "UPDATE article SET status='new', due_at=0 WHERE status IN ('archived', 'gone')"
        )

    # -- payloads ------------------------------------------------------------

    def payload(self, digest: str) -> Payload | None:
        """Return the record that holds a payload."""
        row = self._db.execute(
            "SELECT digest, record_id, url, date FROM payload WHERE digest=?", (digest,)
        ).fetchone()
        return None if row is None else Payload(*row)

    def add_payloads(self, payloads: Iterable[Payload]) -> None:
        """Remember payloads whose records are durable."""
        self._db.executemany(
            "INSERT OR IGNORE INTO payload VALUES (?,?,?,?)",
            [(p.digest, p.record_id, p.url, p.date) for p in payloads],
        )

    # -- page requisites and validators ----------------------------------------

    def add_resources(self, urls: Iterable[str], *, asked_before: int) -> None:
        """Make resources due that were not asked for since that time (ms)."""
        self._db.executemany(
            "INSERT INTO resource (url, due) VALUES (?1, 1) ON CONFLICT DO UPDATE SET due=1"
            " WHERE due=0 AND (asked_at IS NULL OR asked_at < ?2)",
            [(url, asked_before) for url in urls],
        )

    def due_resources(self, under: str, asked_before: int, limit: int) -> list[str]:
        """Return addresses below ``under`` that are due and were not asked for since then (ms)."""
        rows = self._db.execute(
            "SELECT url FROM resource WHERE due=1 AND substr(url, 1, ?)=?"
            " AND (asked_at IS NULL OR asked_at<?) LIMIT ?",
            (len(under), under, asked_before, limit),
        )
        return [str(url) for (url,) in rows]

    def resource_answered(self, url: str, *, asked_at: int, due: bool) -> None:
        """A resource answered (``due`` false), or gave nothing to keep and stays due."""
        self._db.execute(
            "INSERT INTO resource (url, due, asked_at) VALUES (?1, ?2, ?3)"
            " ON CONFLICT DO UPDATE SET due=?2, asked_at=?3",
            (url, int(due), asked_at),
        )

    def resource_asked_at(self, url: str) -> int | None:
        """Return when (ms) a resource last answered."""
        row = self._db.execute("SELECT asked_at FROM resource WHERE url=?", (url,)).fetchone()
        return None if row is None else row[0]

    def validators(self, url: str) -> Validators | None:
        """Return what may be asked with If-None-Match and If-Modified-Since."""
        row = self._db.execute(
            "SELECT url, etag, last_modified, record_id, record_url, record_date FROM resource"
            " WHERE url=? AND record_id IS NOT NULL",
            (url,),
        ).fetchone()
        return None if row is None else Validators(*row)

    def set_validators(self, told: Iterable[Validators]) -> None:
        """Remember validators whose records are durable."""
        self._db.executemany(
            "INSERT INTO resource (url, etag, last_modified, record_id, record_url, record_date)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET"
            " etag=?2, last_modified=?3, record_id=?4, record_url=?5, record_date=?6",
            [
                (v.url, v.etag, v.last_modified, v.record_id, v.record_url, v.record_date)
                for v in told
            ],
        )

    # -- counting ------------------------------------------------------------

    def counts(self, site: str) -> dict[str, int]:
        """Return how many articles there are of each status."""
        rows = self._db.execute(
            "SELECT status, count(*) FROM article WHERE site=? GROUP BY status", (site,)
        )
        return {str(status): int(number) for status, number in rows}


def output_error(error: OSError | sqlite3.Error, what: str) -> OutputError:
    """Tell in one line what could not be written, and what to do."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return OutputError(f"cannot write {what}: {reason}; what was acknowledged is safe")
