"""What the web said beside articles: payloads archived, page requisites, validators."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass

from khotoot_crawler.store import Store


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
    payload_digest: str | None  # None where it was not kept yet


_VALIDATORS = "url, etag, last_modified, record_id, record_url, record_date, payload_digest"


class Resources(Store):
    """The part of state that is known by address or payload, whatever it belongs to."""

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

    # -- sections, tags and feeds ------------------------------------------------

    def add_listing(self, site: str, path: str, kind: str, *, most: int) -> bool:
        """Remember a page that lists articles; False where there are ``most`` of its kind."""
        known = self._db.execute("SELECT 1 FROM listing WHERE site=? AND path=?", (site, path))
        if known.fetchone():
            return True
        added = self._db.execute(
            "INSERT INTO listing (site, path, kind) SELECT ?1, ?2, ?3"
            " WHERE (SELECT count(*) FROM listing WHERE site=?1 AND kind=?3) < ?4",
            (site, path, kind, most),
        )
        return added.rowcount > 0

    def due_listings(self, site: str, asked_before: int) -> list[tuple[str, str]]:
        """Return path and kind of those not read since that time (ms): those never read first."""
        return self._db.execute(
            "SELECT path, kind FROM listing WHERE site=? AND coalesce(asked_at, 0) < ?"
            " ORDER BY coalesce(asked_at, 0), path",
            (site, asked_before),
        ).fetchall()

    def listing_answered(self, site: str, path: str, *, asked_at: int) -> None:
        """One of them was read."""
        self._db.execute(
            "UPDATE listing SET asked_at=? WHERE site=? AND path=?", (asked_at, site, path)
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
            "SELECT url FROM resource WHERE due=1 AND coalesce(asked_at, 0)<?"
            " AND substr(url, 1, ?)=? LIMIT ?",
            (asked_before, len(under), under, limit),
        )
        return [str(url) for (url,) in rows]

    def resource_answered(self, url: str, *, asked_at: int, due: bool) -> None:
        """A resource answered (``due`` false), or gave nothing to keep and stays due."""
        self._db.execute(
            "INSERT INTO resource (url, due, asked_at) VALUES (?1, ?2, ?3)"
            " ON CONFLICT DO UPDATE SET due=?2, asked_at=?3",
            (url, int(due), asked_at),
        )

    def validators(self, url: str) -> Validators | None:
        """Return what may be asked with If-None-Match and If-Modified-Since."""
        row = self._db.execute(
            f"SELECT {_VALIDATORS} FROM resource WHERE url=? AND record_id IS NOT NULL",
            (url,),
        ).fetchone()
        return None if row is None else Validators(*row)

    def set_validators(self, told: Iterable[Validators]) -> None:
        """Remember validators whose records are durable."""
        self._db.executemany(
            f"INSERT INTO resource ({_VALIDATORS})"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE SET"
            " etag=?2, last_modified=?3, record_id=?4, record_url=?5, record_date=?6,"
            " payload_digest=?7",
            [astuple(said) for said in told],
        )

    def forget_validators(self, first: str, beyond: str, *, but: str) -> None:
        """Forget what was said of addresses from ``first`` on, short of ``beyond``, but of one."""
        self._db.execute(
            "UPDATE resource SET etag=NULL, last_modified=NULL, record_id=NULL"
            " WHERE url>=? AND url<? AND url<>? AND record_id IS NOT NULL",
            (first, beyond, but),
        )
