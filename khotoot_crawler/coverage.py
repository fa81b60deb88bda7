"""What an output folder holds of a site, and what is missing between its first and last code.

Every code that has a row in state.sqlite is known, and is one of

- archived: its article is held,
- gone: held as well, but the site has since removed it,
- missing: it was asked for, and the site has no such article,
- failed: it was asked for in vain, and stays due,
- waiting: a page named it, and it was not asked for yet.

Never asked for are the waiting ones and those without a row, from the smallest to the largest code
not found missing: a wrong link to code 999999999 says nothing about where the numbering ends.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from khotoot_crawler.errors import OutputError, StateError, UsageError
from khotoot_crawler.jalali import parse_day, tehran
from khotoot_crawler.readonly import readonly_address
from khotoot_crawler.state import SCHEMA

Span = tuple[int, int]

_ROWS = """
SELECT code,
    CASE WHEN status <> 'new' THEN status WHEN failure IS NULL THEN 'waiting' ELSE 'failed' END,
    CASE WHEN status IN ('archived', 'gone') THEN published_at END
FROM article WHERE site = ? ORDER BY code
"""
_FIRST_MONTH, _LAST_MONTH = "1300-01", "1499-12"  # those that a date can be read of


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What is known of one site's codes.

    ``gaps``: ranges of codes never asked for, ends included, upwards. ``months``: held articles by
    the Jalali month of publication in Tehran, ``1402-05``; the undated are in none.
    """

    site: str | None
    archived: int
    missing: int
    gone: int
    failed: int
    waiting: int
    gaps: list[Span]
    months: dict[str, int]

    @property
    def known(self) -> int:
        """Codes that state has a row of."""
        return self.archived + self.missing + self.gone + self.failed + self.waiting

    @property
    def never_asked(self) -> int:
        """Codes in the gaps."""
        return sum(high - low + 1 for low, high in self.gaps)

    @property
    def undated(self) -> int:
        """Held articles without a date of publication."""
        return self.archived + self.gone - sum(self.months.values())

    def as_dict(self) -> dict[str, object]:
        """Return what ``scrapy coverage --json`` prints."""
        return {
            "known": self.known,
            "archived": self.archived,
            "missing": self.missing,
            "gone": self.gone,
            "failed": self.failed,
            "never_asked": self.never_asked,
            "gaps": self.gaps,
            "months": self.months,
        }


def coverage(folder: Path, site: str | None = None) -> Coverage:
    """Read what a folder holds of a site, the only one there is unless named; write nothing.

    Raises UsageError where there is no such folder, state or site, StateError where a newer
    version made it, OutputError where it cannot be read.
    """
    path = folder / "state.sqlite"
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder; takes the output folder of a crawl")
    if not path.exists():
        raise UsageError(f"{folder}: holds no state.sqlite; takes the output folder of a crawl")
    try:
        with _reading(path) as db:
            return _coverage(db, _only_site(db, folder, site))
    except (sqlite3.Error, OSError) as error:
        raise OutputError(f"{path}: cannot be read: {error}") from error


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the store as it is at this moment, beside a crawl or not."""
    with ExitStack() as stack:
        address = readonly_address(path, stack)
        db = stack.enter_context(closing(sqlite3.connect(address, isolation_level=None, uri=True)))
        db.execute("BEGIN")
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA:
            raise StateError(f"{path}: made by a newer khotoot-crawler; upgrade to read it")
        yield db


def _only_site(db: sqlite3.Connection, folder: Path, site: str | None) -> str | None:
    sites = list(_sites(db))
    if site is None and len(sites) < 2:
        return sites[0] if sites else None
    held = " and ".join(sites) or "none"
    if site is None:
        raise UsageError(f"{folder}: holds {held}; name one with --site")
    if site not in sites:
        raise UsageError(f"--site {site}: {folder} holds no such site; there is {held}")
    return site


def _sites(db: sqlite3.Connection) -> Iterator[str]:
    """Yield the sites from one to the next along the key: DISTINCT would look at every row."""
    site = ""
    while True:
        (site,) = db.execute("SELECT min(site) FROM article WHERE site > ?", (site,)).fetchone()
        if site is None:
            return
        yield site


def _coverage(db: sqlite3.Connection, site: str | None) -> Coverage:
    """Count in one pass: each over a million rows takes a second, whatever it looks at."""
    kinds = dict.fromkeys(("archived", "missing", "gone", "failed", "waiting"), 0)
    names, begins = _calendar()
    months = [0] * len(names)
    gaps: list[Span] = []
    low, high = _ends(db, site)
    before = low - 1
    for code, kind, published_at in db.execute(_ROWS, (site,)):
        kinds[kind] += 1
        if published_at is not None:
            months[bisect_right(begins, published_at) - 1] += 1
        if kind != "waiting" and low <= code <= high:
            if code > before + 1:
                gaps.append((before + 1, code - 1))
            before = code
    if before < high:
        gaps.append((before + 1, high))
    held = {month: count for month, count in zip(names, months, strict=True) if count}
    return Coverage(site=site, **kinds, gaps=gaps, months=held)


def _ends(db: sqlite3.Connection, site: str | None) -> Span:
    """Return the smallest and the largest code not found missing; an empty span where none is."""
    found = "SELECT code FROM article WHERE site = ? AND status <> 'missing' ORDER BY code"
    ends = [db.execute(f"{found} {way} LIMIT 1", (site,)).fetchone() for way in ("ASC", "DESC")]
    return (ends[0][0], ends[1][0]) if ends[0] else (1, 0)


@cache
def _calendar() -> tuple[list[str], list[int]]:
    """Return the months that an article can be of, and the first moment (ms) of each."""
    months = months_between(_FIRST_MONTH, _LAST_MONTH)
    return months, [_begin(month) for month in months]


def _begin(month: str) -> int:
    """Return the first moment (ms) of a Jalali month in Tehran.

    >>> _begin("1402-05")  # 2023-07-23T00:00:00+03:30
    1690057800000
    """
    midnight = dt.datetime.combine(parse_day(f"{month}-01"), dt.time(), tehran())
    return round(midnight.timestamp() * 1000)


def months_between(first: str, last: str) -> list[str]:
    """Return the months from one to another, both included.

    >>> months_between("1401-11", "1402-02")
    ['1401-11', '1401-12', '1402-01', '1402-02']
    """
    begin, end = (int(month[:4]) * 12 + int(month[5:]) - 1 for month in (first, last))
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in range(begin, end + 1)]
