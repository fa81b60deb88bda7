"""What an output folder holds of a site, and what is missing between its first and last code.

Every code that has a row in state.sqlite is known, and is one of

- archived: its article is held,
- gone: held as well, but the site has since removed it,
- missing: it was asked for, and the site has no such article,
- failed: it was asked for in vain, and stays due,
- waiting: a page named it, and it was not asked for yet.

Never asked for are the waiting ones, and those without a row from the smallest to the largest code
that an article was held of: a wrong link to code 999999999, be it dead, broken or forbidden, says
nothing about where the numbering ends.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path

from khotoot_crawler.errors import OutputError, StateError, UsageError
from khotoot_crawler.jalali import parse_day, tehran
from khotoot_crawler.ranges import Range, ranges_between, ranges_of
from khotoot_crawler.readable import check_readable
from khotoot_crawler.readonly import readonly_address
from khotoot_crawler.state import ASKED, SCHEMA, WAITING, DamagedError

_KINDS = """
SELECT count(*) FILTER (WHERE status = 'archived'), count(*) FILTER (WHERE status = 'gone'),
    count(*) FILTER (WHERE status = 'missing'),
    count(*) FILTER (WHERE status = 'new' AND failure IS NOT NULL),
    count(*) FILTER (WHERE status = 'new' AND failure IS NULL)
FROM article WHERE site = ?
"""
_HELD = """
FROM article WHERE site = ? AND code BETWEEN ? AND ?
    AND status IN ('archived', 'gone') AND published_at IS NOT NULL
"""
_FIRST_YEAR, _LAST_YEAR = 1300, 1499  # those that a date can be read of
_MONTH_BEGINS = (*range(0, 186, 31), *range(186, 366, 30))  # days after the year's first
_STRIDE = 1000  # codes at a time
_LARGEST = 2**63 - 1


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
    gaps: list[Range]
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
            "site": self.site,
            "known": self.known,
            "archived": self.archived,
            "missing": self.missing,
            "gone": self.gone,
            "failed": self.failed,
            "waiting": self.waiting,
            "never_asked": self.never_asked,
            "gaps": self.gaps,
            "months": self.months,
            "undated": self.undated,
        }


def coverage(folder: Path, site: str | None = None) -> Coverage:
    """Read what a folder holds of a site, the only one there is unless named; write nothing.

    Raises UsageError where there is no such folder, state or site, StateError where a newer
    version made it, OutputError where it cannot be read.
    """
    path = folder / "state.sqlite"
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder; takes the output folder of a crawl")
    check_readable(folder)
    if not path.exists():
        raise UsageError(f"{folder}: holds no state.sqlite; takes the output folder of a crawl")
    try:
        path.open("rb").close()  # SQLite does not tell why it cannot
        with _reading(path) as db:
            return _coverage(db, _only_site(db, folder, site))
    except OSError as error:
        raise OutputError(f"{path}: cannot be read: {error.strerror}") from error
    except (sqlite3.Error, UnicodeDecodeError) as error:
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
    """Have SQLite count a stride of codes at a time: half of what a step of Python a row costs.

    Rows are looked at one by one where a code was never asked for, or where a month turns.
    """
    archived, gone, missing, failed, waiting = db.execute(_KINDS, (site,)).fetchone()
    first, last = _ends(db, site)
    gaps = [*ranges_of(_column(db, WAITING, site, 0, first - 1))]
    months = Counter[str]()
    for low, high, is_whole in _strides(db, site, first, last):
        if not is_whole:
            gaps += ranges_between(_column(db, ASKED, site, low, high), low, high)
        months.update(_months(db, site, low, high))
    gaps += ranges_of(_column(db, WAITING, site, last + 1, _LARGEST))
    return Coverage(
        site=site,
        archived=archived,
        missing=missing,
        gone=gone,
        failed=failed,
        waiting=waiting,
        gaps=gaps,
        months=dict(sorted(months.items())),
    )


def _strides(
    db: sqlite3.Connection, site: str | None, low: int, end: int
) -> Iterator[tuple[int, int, bool]]:
    """Yield the first and the last code of each stride, and whether it is sure to be whole.

    A stride is of so many codes asked for: a range of codes may hold none of them.
    """
    while low <= end:
        asked = _column(db, f"{ASKED} LIMIT 1 OFFSET {_STRIDE - 1}", site, low, end)
        high = next(asked, end)
        yield low, high, low + _STRIDE - 1 == high < end
        low = high + 1


def _column(
    db: sqlite3.Connection, select: str, site: str | None, low: int, high: int
) -> Iterator[int]:
    return chain.from_iterable(db.execute(select, (site, low, high)))


def _ends(db: sqlite3.Connection, site: str | None) -> Range:
    """Return the smallest and the largest code of an article held; an empty span of none."""
    found = (
        "SELECT code FROM article WHERE site = ? AND status IN ('archived', 'gone') ORDER BY code"
    )
    ends = [db.execute(f"{found} {way} LIMIT 1", (site,)).fetchone() for way in ("ASC", "DESC")]
    return (_number(ends[0][0], "code"), _number(ends[1][0], "code")) if ends[0] else (1, 0)


def _months(db: sqlite3.Connection, site: str | None, low: int, high: int) -> Mapping[str, int]:
    """Count the held articles of a stride by month."""
    ends = f"SELECT min(published_at), max(published_at), count(*) {_HELD}"
    first, last, count = db.execute(ends, (site, low, high)).fetchone()
    for moment in (first, last) if count else ():  # texts sort after all numbers
        _number(moment, "published_at")
    if count and _month(first) == _month(last):
        return {_month(first): count}
    return Counter(map(_month, _column(db, f"SELECT published_at {_HELD}", site, low, high)))


def _number(value: object, name: str) -> int:
    """Return what state has where it keeps numbers; SQLite keeps whatever it is given."""
    if type(value) is not int:
        raise DamagedError(f"damaged: a {name} is {value!r}")
    return value


def _month(moment: int) -> str:
    names, begins = _calendar()
    return names[bisect_right(begins, moment) - 1]


@cache
def _calendar() -> tuple[list[str], list[int]]:
    """Return the months that an article can be of, and the first moment (ms) of each."""
    years = range(_FIRST_YEAR, _LAST_YEAR + 1)
    names = months_between(f"{_FIRST_YEAR}-01", f"{_LAST_YEAR}-12")
    return names, [begin for year in years for begin in _begins(year)]


def _begins(year: int) -> list[int]:
    """Return the first moments (ms) of the months of a Jalali year in Tehran.

    >>> _begins(1402)[4]  # 2023-07-23T00:00:00+03:30
    1690057800000
    """
    first = parse_day(f"{year}-01-01")
    days = (first + dt.timedelta(days=days) for days in _MONTH_BEGINS)
    midnights = (dt.datetime.combine(day, dt.time(), tehran()) for day in days)
    return [round(midnight.timestamp() * 1000) for midnight in midnights]


def months_between(first: str, last: str) -> list[str]:
    """Return the months from one to another, both included.

    >>> months_between("1401-11", "1402-02")
    ['1401-11', '1401-12', '1402-01', '1402-02']
    """
    begin, end = (int(month[:4]) * 12 + int(month[5:]) - 1 for month in (first, last))
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in range(begin, end + 1)]
