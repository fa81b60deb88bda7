"""What of WARC files may be a page to read, and where the payloads of revisits are.

One walk over the files fills a temporary SQLite file: memory stays flat however large the
archive, and worker processes look things up in it.
"""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, Self
from urllib.parse import urlsplit

from khotoot_crawler.archive.members import Damage
from khotoot_crawler.archive.reader import iter_records
from khotoot_crawler.archive.record import Record
from khotoot_crawler.archive.writer import OPEN_SUFFIX
from khotoot_crawler.offline import site_of
from khotoot_crawler.parsers.identity import code_of
from khotoot_crawler.urls import Site, code_of_short_path, news_code_of_path

_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE file (number INTEGER PRIMARY KEY, path TEXT, name TEXT);
CREATE TABLE page (
    file INTEGER, offset INTEGER, date TEXT, site TEXT, names_article INTEGER,
    PRIMARY KEY (file, offset)
) WITHOUT ROWID;
CREATE TABLE response (file INTEGER, offset INTEGER, address INTEGER, id INTEGER, payload INTEGER);
CREATE TABLE revisit (file INTEGER, offset INTEGER, address INTEGER, id INTEGER, payload INTEGER);
CREATE TABLE original (
    file INTEGER, offset INTEGER, of_file INTEGER, of_offset INTEGER, PRIMARY KEY (file, offset)
) WITHOUT ROWID;
"""
_ADD_FILE = "INSERT INTO file VALUES (?, CAST(? AS TEXT), CAST(? AS TEXT))"
_FIND_ORIGINALS = """
CREATE INDEX response_{key} ON response ({key});
INSERT OR IGNORE INTO original
    SELECT v.file, v.offset, r.file, r.offset FROM revisit v JOIN response r ON r.{key} = v.{key}
    WHERE v.payload IS NULL OR r.payload IS NULL OR r.payload = v.payload;
"""
_HTML = frozenset({"", "text/html", "application/xhtml+xml"})
_OWN_SOFTWARE = re.compile(rb"^software: *khotoot-crawler/", re.MULTILINE | re.IGNORECASE)
_PART_OF = re.compile(rb"^isPartOf: *(\S+)", re.MULTILINE | re.IGNORECASE)

_Keys = tuple[int, int | None, int | None, int | None]


class PagePlace(NamedTuple):
    """A record that may hold an article's page, and the site that is then the article's."""

    path: str
    offset: int
    site: str
    names_article: bool


class Damaged(NamedTuple):
    """Bytes of a file that cannot be read; ``reason`` names file and offset."""

    file: str
    offset: int
    reason: str


class Walk(NamedTuple):
    """What one file holds; rows begin with the offset of a record.

    ``pages``: date, site, whether the address names an article. ``responses`` and ``revisits``:
    the keys by which a revisit finds its original.
    """

    path: Path
    pages: list[tuple[int, str, str, bool]]
    responses: list[_Keys]
    revisits: list[_Keys]
    damage: dict[int, str]


def walk(path: Path) -> Walk:
    """Read a WARC file from end to end; what cannot be read is damage."""
    found = Walk(path, [], [], [], {})
    try:
        _walk(found)
    except OSError as error:
        found.damage[0] = f"{path}: {error.strerror}"
    return found


def _walk(found: Walk) -> None:
    site = None
    for item in iter_records(found.path):
        if isinstance(item, Damage):
            found.damage[item.offset] = str(item)
        elif item.type == "warcinfo":
            site = _site_of_crawl(item)
        elif item.type in ("response", "revisit") and (url := item.url):
            _note(found, item, url, site)


def _note(found: Walk, record: Record, url: str, crawled: str | None) -> None:
    """Note a record that may be a page, or hold the payload of one."""
    code = code_of(url)
    if record.http is not None and code is None and _media_type(record) not in _HTML:
        return
    if record.type == "response":
        found.responses.append(_keys(record, url, record.date, record.record_id))
    else:
        found.revisits.append(_keys(record, *record.refers_to))
    site = crawled or site_of(url)
    if site is None or record.status not in (200, None) or (code and _is_other_view(url)):
        return
    date = (record.date or "").removesuffix("Z")  # seconds sort before their fractions
    found.pages.append((record.offset, date, site, code is not None))


def _media_type(record: Record) -> str:
    return (record.content_type or "").partition(";")[0].strip().lower()


def _is_other_view(url: str) -> bool:
    """Tell an article's print, mail and AMP pages, which a crawl never reads as articles."""
    origin = urlsplit(url)
    if news_code_of_path(origin.path) is None or code_of_short_path(origin.path):
        return False
    site = Site(site_of(url) or "", f"{origin.scheme}://{origin.netloc}")
    return not site.is_article_address(url)


def _keys(record: Record, url: str | None, date: str | None, record_id: str | None) -> _Keys:
    address = f"{url} {date}" if url and date else None
    digest = (record.payload_digest or "").lower() or None
    return record.offset, _key(address), _key(record_id), _key(digest)


def _key(text: str | None) -> int | None:
    """Return 64 bits of a digest; what they find is compared in full later."""
    if text is None:
        return None
    digest = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def _site_of_crawl(warcinfo: Record) -> str | None:
    """Return the site that a file of this project's own crawls is of."""
    part_of = _PART_OF.search(warcinfo.block)
    if part_of is None or not _OWN_SOFTWARE.search(warcinfo.block):
        return None
    return part_of[1].decode("utf-8", "replace")


class Survey:
    """The walks over some files, in a SQLite file; ``Survey(file)`` opens one that is made.

    ``damage`` is known to the one that made it.
    """

    def __init__(self, database: Path) -> None:
        self.database = database
        self.damage: list[Damaged] = []
        self._db = sqlite3.connect(database)
        self._db.text_factory = os.fsdecode  # a path may be no UTF-8

    @classmethod
    def make(cls, database: Path, walks: Iterable[Walk]) -> Self:
        """Fill a new file. Damaged records are left out."""
        survey = cls(database)
        survey._db.executescript(_TABLES)
        for number, found in enumerate(walks):
            survey._add(number, found)
        if survey._db.execute("SELECT 1 FROM revisit LIMIT 1").fetchone():
            for key in ("address", "id", "payload"):  # WARC 1.1, section 6.7, in this order
                survey._db.executescript(_FIND_ORIGINALS.format(key=key))
        survey._db.commit()
        return survey

    def _add(self, number: int, found: Walk) -> None:
        name = found.path.name.removesuffix(OPEN_SUFFIX)
        self._db.execute(_ADD_FILE, (number, os.fsencode(found.path), os.fsencode(name)))
        for table, rows in (
            ("page", found.pages),
            ("response", found.responses),
            ("revisit", found.revisits),
        ):
            whole = ((number, *row) for row in rows if row[0] not in found.damage)
            self._db.executemany(f"INSERT INTO {table} VALUES (?,?,?,?,?)", whole)
        self.damage += [Damaged(found.path.name, *told) for told in found.damage.items()]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def pages(self) -> Iterator[PagePlace]:
        """Yield what may be a page, in the order of date."""
        yield from self._places("1")

    def pages_of_articles(self) -> Iterator[PagePlace]:
        """Yield the pages whose address names an article, file by file, of sealed files."""
        yield from self._places(f"names_article AND path NOT LIKE '%{OPEN_SUFFIX}'")

    def _places(self, condition: str) -> Iterator[PagePlace]:
        query = (
            "SELECT path, offset, site, names_article FROM page JOIN file ON file = number "
            f"WHERE {condition} ORDER BY date, file, offset"
        )
        with closing(self._db.execute(query)) as rows:
            yield from map(PagePlace._make, rows)

    def count(self, *, of_articles: bool = False) -> int:
        """Return how many records may be pages, or have the address of an article."""
        query = "SELECT count(*) FROM page WHERE names_article >= ?"
        return int(self._db.execute(query, (of_articles,)).fetchone()[0])

    @cached_property
    def paths(self) -> dict[str, Path]:
        """The files by the name that lines know them by: the sealed one."""
        rows = self._db.execute("SELECT name, path FROM file ORDER BY number DESC")
        return {name: Path(path) for name, path in rows}

    def original(self, path: Path, offset: int) -> tuple[Path, int] | None:
        """Return where the payload of a revisit is, None where it is in none of the files."""
        row = self._db.execute(
            "SELECT o.path, of_offset FROM original JOIN file AS o ON of_file = o.number "
            "JOIN file AS v ON file = v.number WHERE v.path = CAST(? AS TEXT) AND offset = ?",
            (os.fsencode(path), offset),
        ).fetchone()
        return None if row is None else (Path(row[0]), row[1])
