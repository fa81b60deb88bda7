"""The walk through a site's archive listing, newest first, page by page to its end."""

from __future__ import annotations

import json
from datetime import date
from urllib.parse import urlencode

from khotoot_crawler.jalali import jalali_day
from khotoot_crawler.state import State

_ENOUGH_OLD_PAGES = 2  # later runs stop after so many pages that hold nothing new
_ENOUGH_FAILURES = 3  # pages in a row; the walk is taken up again by the next run
_ENOUGH_BLANKS = 2  # pages in a row that name nothing
_ENOUGH_BARREN = 5  # pages in a row that name hardly anything which the walk has not seen
_BARREN = 10  # so many times fewer than the fullest page
_MOST_PAGES = 20_000  # 2 million articles: a listing that is longer repeats itself
_SEEN_BITS = 1 << 24


class ArchiveWalk:
    """Names one listing page after the other; remembers in state how far a first walk came.

    The listing is at its end where a page names nothing that the page before it, or the first,
    did not: past the end the CMS shows an empty list, or the last or the first page again. Where a
    box of other news changes from page to page, it is at its end after some pages of that alone.
    """

    def __init__(
        self, state: State, site: str, *, since: date | None = None, until: date | None = None
    ) -> None:
        self.ended = False
        self.waiting = False  # a page was asked for, and has not answered yet
        self._state = state
        self._since, self._until = since, until
        window = "" if since is None and until is None else f":{since or ''}:{until or ''}"
        self._key = f"walk:{site}{window}"
        noted = json.loads(state.note(self._key) or "{}")
        self._whole = bool(noted.get("whole"))
        # Where the run before was stopped: a first walk goes on there, a later one looks that far.
        self._reached = int(noted.get("page", 0))
        self._page = 1 if self._whole else max(1, self._reached)
        self._hole: int | None = None
        self._first: set[int] = set()
        self._before: set[int] = set()
        self._old_pages = 0
        self._failures = 0
        self._blanks = 0
        self._seen = _Seen()
        self._fullest = 0
        self._barren = 0

    @property
    def plan(self) -> str:
        """Tell in words what this walk is about to do."""
        if self._whole:
            return f"archive walked before: stops after {_ENOUGH_OLD_PAGES} pages without news"
        if self._page > 1:
            return f"first walk through the archive goes on at page {self._page}"
        return "first walk through the archive, to its end"

    def next_path(self) -> str:
        """Return path and query of the listing page to ask for now."""
        self.waiting = True
        query = {"service_id": "-1", "sec_id": "-1", "cat_id": "-1", "rpp": "100"}
        if self._since or self._until:
            query["from_date"] = jalali_day(self._since) if self._since else "1300/01/01"
            query["to_date"] = jalali_day(self._until) if self._until else "1499/12/29"
        query["p"] = str(self._page)
        return "/fa/archive?" + urlencode(query, safe="/")

    def read(self, codes: set[int], new: int) -> None:
        """The page named these codes, so many of them not known before."""
        self.waiting = False
        self._failures = 0
        if not codes:
            self._read_blank()
            return
        if self._blanks:  # not the end after all, but a page that was broken
            self._hole = self._hole or self._page - 1
            self._blanks = 0
        if codes <= self._first | self._before or self._is_endless(codes):
            self._end()
            return
        self._old_pages = 0 if new or self._page <= self._reached else self._old_pages + 1
        if self._whole and self._old_pages >= _ENOUGH_OLD_PAGES:
            self._end()
            return
        self._first = self._first or codes
        self._before = codes
        self._page += 1
        if self._hole is None:
            self._note({"whole": self._whole, "page": self._page})

    def _is_endless(self, codes: set[int]) -> bool:
        """Tell whether the list has ended although each page still names something."""
        self._fullest = max(self._fullest, len(codes))
        is_barren = self._seen.add(codes) * _BARREN < self._fullest
        self._barren = self._barren + 1 if is_barren else 0
        return self._barren >= _ENOUGH_BARREN or self._page >= _MOST_PAGES

    def _read_blank(self) -> None:
        """A page names nothing at all: the end, if the next one does not either."""
        self._blanks += 1
        if self._blanks >= _ENOUGH_BLANKS:
            self._end()
        else:
            self._page += 1

    def failed(self) -> None:
        """The page could not be had: go on with the next, unless that keeps happening."""
        self.waiting = False
        self._hole = self._hole or self._page
        self._page += 1
        self._failures += 1
        if self._failures >= _ENOUGH_FAILURES:
            self.ended = True

    def _end(self) -> None:
        self.ended = True
        if self._hole is None:
            self._note({"whole": True})

    def _note(self, value: dict[str, int | bool]) -> None:
        self._state.set_note(self._key, json.dumps(value))


class _Seen:
    """Codes seen, in a bit each: they are running numbers, so that hardly two share one."""

    def __init__(self) -> None:
        self._bits = bytearray(_SEEN_BITS >> 3)

    def add(self, codes: set[int]) -> int:
        """Note codes; return how many were not seen before."""
        new = 0
        for code in codes:
            place, bit = (code % _SEEN_BITS) >> 3, 1 << (code & 7)
            new += not self._bits[place] & bit
            self._bits[place] |= bit
        return new
