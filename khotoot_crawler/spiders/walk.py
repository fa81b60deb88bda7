"""The walk through a site's archive listing, newest first, page by page to its end."""

from __future__ import annotations

import heapq
import json
import logging
from datetime import date
from urllib.parse import urlencode

from khotoot_crawler.jalali import jalali_day
from khotoot_crawler.state import DamagedError, State

logger = logging.getLogger(__name__)

_ENOUGH_OLD_PAGES = 2  # what is news is read once so many pages in a row are of an earlier walk
_ENOUGH_FAILURES = 3  # pages in a row; the walk is taken up again by the next run
_ENOUGH_EMPTY = 3  # pages in a row that list nothing: a box of the newest may hold a page or two
_ENOUGH_BARREN = 5  # pages in a row that name hardly anything which the walk has not seen
_BARREN = 10  # so many times fewer than the fullest page
_LOOK_BACK = 3  # pages before an end that are asked for again
_MOST_PAGES = 20_000  # 2 million articles: a listing that is longer repeats itself
_TOP = 5  # of a page's codes, the largest: a link that is none spoils one of them, not all
_SEEN_BITS = 1 << 24


class ArchiveWalk:
    """Names one listing page after the other; remembers in state what earlier walks have read.

    A walk reads what is news: down from the first page to what an earlier walk began with. The
    first one goes on to the end of the list, over as many runs as it takes. A list is at its end
    where pages name nothing, or nothing that the page before or the first did not: past the end the
    CMS shows an empty list, or the last or the first page again. Where a box of other news changes
    from page to page, it is at its end after some pages of that alone.

    Each of these may be a hiccup of the site's as well: such pages are asked for once more, and an
    end is believed for good when the next run, which reads all of the list once more, finds it,
    too. It reads in minutes what took days beside the articles: those withdrawn meanwhile had moved
    others up, to pages that were read already. A window of days is walked through whole by each
    run.
    """

    def __init__(
        self, state: State, site: str, *, since: date | None = None, until: date | None = None
    ) -> None:
        self.ended = False
        self.waiting = False  # a page was asked for, and has not answered yet
        self._state = state
        self._since, self._until = since, until
        self._key = f"walk:{site}" if since is None and until is None else None
        self._noted = noted = (self._key and state.json_note(self._key, dict)) or {}
        try:
            self._old_top = [int(code) for code in noted.get("top", [])]
            self._rest = int(noted.get("page", 1))  # where a first walk goes on
            self._found_end = int(noted.get("end", 0))
            self._doubted = int(noted.get("doubted", 0))  # an end, by the run before
        except (TypeError, ValueError) as error:
            raise DamagedError(f"note {self._key} is none") from error
        # Without it nothing tells what an earlier walk has read.
        self._whole = bool(noted.get("whole") and self._old_top)
        self._top: list[int] = []
        self._is_read = False  # what is news
        self._page = 1
        self._hole: int | None = None
        self._first: set[int] = set()
        self._before: set[int] = set()
        self._old_pages = 0
        self._failures = 0
        self._empty = 0
        self._seen = _Seen()
        self._fullest = 0
        self._barren = 0
        self._last_full = 0  # the last page that was neither empty nor barren
        self._asked_twice = 0  # up to this page, what was in doubt was asked for once more

    @property
    def plan(self) -> str:
        """Tell in words what this walk is about to do."""
        if self._whole:
            return "archive walked before: read as far as it is news"
        if self._found_end and self._rest == 1:
            return "archive walked once: its list is read again, to the same end"
        if self._old_top:
            return f"first walk through the archive: what is news, then on from page {self._rest}"
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
        if self._page == 1:
            self._top = heapq.nlargest(_TOP, codes)
        is_empty = codes <= self._first | self._before
        if self._empty and not is_empty and self._page > self._asked_twice:
            self._ask_again(self._page, self._page - self._empty)
            return
        if not codes and self._page <= self._asked_twice:  # broken, unless the list ends here
            self._hole = self._hole or self._page
        self._empty = self._empty + 1 if is_empty else 0
        is_old = not is_empty and not new and self._was_read_before(codes)
        self._old_pages = self._old_pages + 1 if is_old else 0
        self._is_read = self._is_read or self._old_pages >= _ENOUGH_OLD_PAGES
        if 2 * new > len(codes - self._first) and self._was_read_before(codes):
            self._whole = False  # the list is longer than an earlier walk believed
        if self._is_read and self._whole:
            self.ended = True
            self._note()
            return
        if self._is_endless(codes) or self._empty >= _ENOUGH_EMPTY:
            self._meet_end()
            return
        self._first = self._first or codes
        self._before = self._before if is_empty else codes
        self._page += 1
        if self._is_read and self._page < self._rest:
            self._page, self._last_full = self._rest, self._rest - 1
        self._note()

    def _was_read_before(self, codes: set[int]) -> bool:
        """Tell whether an earlier walk began with all that a page lists, or later in the list.

        That a code is known says less: feeds, sitemaps and windows name what no walk has come to.
        """
        listed = codes - self._first
        least = min(self._old_top, default=0)
        return all(code <= least or code in self._old_top for code in listed)

    def _is_endless(self, codes: set[int]) -> bool:
        """Tell whether the list has ended although each page still names something."""
        unseen = self._seen.add(codes)
        if self._first:  # the frame is on the first page as well
            self._fullest = max(self._fullest, unseen)
        is_barren = self._empty > 0 or unseen * _BARREN < self._fullest
        self._barren = self._barren + 1 if is_barren else 0
        self._last_full = self._last_full if is_barren else self._page
        return self._barren >= _ENOUGH_BARREN or self._page >= _MOST_PAGES

    def failed(self) -> None:
        """The page could not be had: go on with the next, unless that keeps happening."""
        self.waiting = False
        self._hole = self._hole or self._page
        self._page += 1
        self._failures += 1
        if self._failures >= _ENOUGH_FAILURES:
            self.ended = True

    def _meet_end(self) -> None:
        """Ask once more for the last pages, then believe that the list ends here."""
        end = self._last_full + 1
        is_where_it_was = 0 < self._found_end <= end <= self._found_end + _LOOK_BACK
        if end > self._asked_twice and not is_where_it_was:
            self._ask_again(end, end - _LOOK_BACK)
            self._barren = 0
            return
        self.ended = True
        # A list of which all was read once may as well have become shorter.
        is_shortened = self._whole and end <= self._found_end and end != self._doubted
        if (end < self._rest or is_shortened) and not is_where_it_was:
            self._doubt(end)
            return
        self._is_read = True
        if self._hole is not None and self._hole >= end:
            self._hole = None
        self._whole = is_where_it_was and self._hole is None
        self._found_end, self._page = end, 1
        self._note()

    def _doubt(self, end: int) -> None:
        """Leave it to the next run: an earlier walk has read further than to where this one came.

        Nothing but the doubt is noted, so that this walk is as if it had not been.
        """
        if self._key is not None:
            self._state.set_note(self._key, json.dumps({**self._noted, "doubted": end}))
        logger.warning(
            "the archive's listing ended before page %d, which an earlier run has read beyond: "
            "the next run looks again",
            end,
        )

    def _ask_again(self, end: int, start: int) -> None:
        """Go back to a page: what came from it on, before the end, is in doubt."""
        self._asked_twice = end
        self._page = max(2 if self._first else 1, start)
        self._before, self._empty = set(), 0

    def _note(self) -> None:
        """Remember how far the walk came; beyond a page that could not be had, nothing counts."""
        is_sound = self._is_read and self._hole is None
        if self._key is None or (self._whole and not is_sound):
            return  # a later walk begins again at the first page until all news was read
        is_on_its_way = self._is_read or not self._old_top
        # The last page is read again: articles withdrawn until then move others up to it.
        rest = self._hole or max(1, self._page - 1)
        noted = {
            "whole": self._whole,
            "top": self._top if is_sound or not self._old_top else self._old_top,
            "page": rest if is_on_its_way else self._rest,
            "end": self._found_end,
        }
        self._state.set_note(self._key, json.dumps(noted))


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
