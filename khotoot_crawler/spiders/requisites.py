"""Images, style sheets, scripts and fonts that archived pages are shown with, each once a run."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from khotoot_crawler.parsers.page import Page
from khotoot_crawler.parsers.requisites import page_requisites
from khotoot_crawler.state import State
from khotoot_crawler.urls import Site

_CHUNK = 200
_MOST_IMPORTS = 5


class Requisites:
    """Gives out what pages named; remembered in state before it is asked for, like articles.

    ``mode`` is ``all``, ``images`` or ``none``; ``started`` in ms.
    """

    def __init__(self, state: State, site: Site, mode: str, started: int) -> None:
        self.in_flight: set[str] = set()
        self._state = state
        self.site = site
        self._mode = mode
        self._started = started
        self._ready: deque[str] = deque()
        self._imports: dict[str, int] = {}  # how many style sheets led to another

    def found_on(self, page: Page) -> None:
        """Remember what a page needs."""
        if self._mode != "none":
            self._found(page_requisites(page, images_only=self._mode == "images"), 0)

    def found_in(self, sheet: str, urls: Iterable[str]) -> None:
        """Remember what a style sheet needs; one that imports itself by other names has no end."""
        depth = self._imports.get(sheet, 0) + 1
        if depth <= _MOST_IMPORTS:
            self._found(urls, depth)

    def _found(self, urls: Iterable[str], depth: int) -> None:
        """Remember what is on the site's own hosts, and no article."""
        own = [
            self.site.rebase(url)
            for url in urls
            if self.site.owns(url) and self.site.news_code(url) is None
        ]
        with self._state.transaction():
            self._state.add_resources(own, asked_before=self._started)
        for url in own:
            if ".css" in url:
                self._imports[url] = min(depth, self._imports.get(url, depth))

    def next(self) -> str | None:
        """Take the next address; None where there is none just now."""
        if self._mode == "none":
            return None
        if not self._ready:
            limit = _CHUNK + len(self.in_flight)
            due = self._state.due_resources(self.site.base_url + "/", self._started, limit)
            self._ready.extend(url for url in due if url not in self.in_flight)
        if not self._ready:
            return None
        url = self._ready.popleft()
        self.in_flight.add(url)
        return url

    def done(self, url: str) -> None:
        """Nothing of it is under way any more."""
        self.in_flight.discard(url)
