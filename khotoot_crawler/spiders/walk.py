"""The walk through a site's archive listing, newest first, page by page to its end."""

from __future__ import annotations

import heapq
import json
import logging
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Self
from urllib.parse import urlencode

from khotoot_crawler.jalali import jalali_day
from khotoot_crawler.spiders.list_pages import ListPages
from khotoot_crawler.state import DamagedError, State

logger = logging.getLogger(__name__)

_ENOUGH_OLD_PAGES = 2  # what is news is read once so many pages in a row are of an earlier walk
_ENOUGH_FAILURES = 3  # pages in a row; the walk is taken up again by the next run
_LOOK_BACK = 3  # pages before an end that are asked for again
_MOST_PAGES = 20_000  # 2 million articles: a listing that is longer repeats itself
_TOP = 5  # of a page's codes, the largest: a link that is none spoils one of them, not all


@dataclass(frozen=True, slots=True)
class Walked:
    """What earlier walks have read, as state keeps it.

    ``whole``: all of the list; ``top``: down to where the largest codes of the first page were
    these; ``page``: where a first walk goes on; ``end``: the page at which the list was at its end;
    ``doubted``: such a page that the last run did not believe in. 0 is none.
    """

    whole: bool = False
    top: tuple[int, ...] = ()
    page: int = 1
    end: int = 0
    doubted: int = 0

    @classmethod
    def noted(cls, state: State, key: str) -> Self:
        """Return what state has noted under a key; raises DamagedError where that is none."""
        noted = state.json_note(key, dict) or {}
        try:
            top = tuple(int(code) for code in noted.get("top", ()))
            page, end = int(noted.get("page", 1)), int(noted.get("end", 0))
            doubted = int(noted.get("doubted", 0))
        except (TypeError, ValueError) as error:
            raise DamagedError(f"note {key} is none") from error
        # Without a top nothing tells what an earlier walk has read.
        return cls(bool(noted.get("whole") and top), top, page, end, doubted)

    def note(self, state: State, key: str) -> None:
        """Note it in state."""
        state.set_note(key, json.dumps(asdict(self)))


class ArchiveWalk:
    """Names one listing page after the other; remembers in state what earlier walks have read.

    A walk reads what is news: down from the first page to what an earlier walk began with. The
    first one goes on to the end of the list, over as many runs as it takes. A list is at its end
    where its pages name nothing any more (``ListPages``).

    That may be a hiccup of the site's as well: such pages are asked for once more, and an end is
    believed for good when the next run, which reads all of the list once more, finds it, too. It
    reads in minutes what took days beside the articles: those withdrawn meanwhile had moved others
    up, to pages that were read already. A window of days is walked through whole by each run.
    """

    def __init__(
        self, state: State, site: str, *, since: date | None = None, until: date | None = None
    ) -> None:
        self.ended = False
        self.waiting = False  # a page was asked for, and has not answered yet
        self._state = state
        self._since, self._until = since, until
        self._key = f"walk:{site}" if since is None and until is None else None
        self._earlier = Walked.noted(state, self._key) if self._key else Walked()
        self._whole, self._found_end = self._earlier.whole, self._earlier.end
        self._top: tuple[int, ...] = ()
        self._is_read = False  # what is news
        self._page = 1
        self._pages = ListPages()
        self._hole: int | None = None  # the first page that could not be had
        self._old_pages = 0
        self._failures = 0
        self._asked_twice = 0  # up to this page, what was in doubt was asked for once more

    @property
    def plan(self) -> str:
        """Tell in words what this walk is about to do."""
        earlier = self._earlier
        if earlier.whole:
            return "archive walked before: read as far as it is news"
        if earlier.end and earlier.page == 1:
            return "archive walked once: its list is read again, to the same end"
        if earlier.top:
            return f"first walk through the archive: what is news, then on from page {earlier.page}"
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
            self._top = tuple(heapq.nlargest(_TOP, codes))
        pages = self._pages
        is_empty = pages.is_empty(codes)
        if pages.empty and not is_empty and self._page > self._asked_twice:
            self._ask_again(self._page, self._page - pages.empty)
            return
        if not codes and self._page <= self._asked_twice:  # broken, unless the list ends here
            self._hole = self._hole or self._page
        was_read = self._was_read_before(codes)
        is_old = not is_empty and not new and was_read
        self._old_pages = self._old_pages + 1 if is_old else 0
        self._is_read = self._is_read or self._old_pages >= _ENOUGH_OLD_PAGES
        if was_read and 2 * new > len(pages.beside_frame(codes)):
            self._whole = False  # the list is longer than an earlier walk believed
        if self._is_read and self._whole:
            self.ended = True
            self._note()
            return
        pages.add(self._page, codes)
        if pages.are_over or self._page >= _MOST_PAGES:
            self._meet_end()
            return
        self._page += 1
        if self._is_read and self._page < self._earlier.page:
            self._page = self._earlier.page
            pages.last_full = self._page - 1
        self._note()

    def _was_read_before(self, codes: set[int]) -> bool:
        """Tell whether an earlier walk began with all that a page lists, or later in the list.

        That a code is known says less: feeds, sitemaps and windows name what no walk has come to.
        """
        top = self._earlier.top
        least = min(top, default=0)
        return all(code <= least or code in top for code in self._pages.beside_frame(codes))

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
        earlier, end = self._earlier, self._pages.last_full + 1
        is_where_it_was = 0 < earlier.end <= end <= earlier.end + _LOOK_BACK
        if end > self._asked_twice and not is_where_it_was:
            self._ask_again(end, end - _LOOK_BACK)
            self._pages.doubt_end()
            return
        self.ended = True
        # A list of which all was read once may as well have become shorter; of another, what is
        # beyond would never be read.
        is_doubtful = abs(end - earlier.doubted) > _LOOK_BACK
        is_shortened = self._whole and end <= earlier.end and is_doubtful
        if (end < earlier.page or is_shortened) and not is_where_it_was:
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
            replace(self._earlier, doubted=end).note(self._state, self._key)
        logger.warning(
            "the archive's listing ended before page %d, which an earlier run has read beyond: "
            "the next run looks again",
            end,
        )

    def _ask_again(self, end: int, start: int) -> None:
        """Go back to a page: what came from it on, before the end, is in doubt."""
        self._asked_twice = end
        self._page = max(2 if self._pages.have_frame else 1, start)
        self._pages.ask_again()

    def _note(self) -> None:
        """Remember how far the walk came; beyond a page that could not be had, nothing counts."""
        is_sound = self._is_read and self._hole is None
        if self._key is None or (self._whole and not is_sound):
            return  # a later walk begins again at the first page until all news was read
        earlier = self._earlier
        is_on_its_way = self._is_read or not earlier.top
        # The last page is read again: articles withdrawn until then move others up to it.
        rest = self._hole or max(1, self._page - 1)
        Walked(
            whole=self._whole,
            top=self._top if is_sound or not earlier.top else earlier.top,
            page=rest if is_on_its_way else earlier.page,
            end=self._found_end,
        ).note(self._state, self._key)
