"""Images, style sheets, scripts and fonts that archived pages are shown with, each once a run."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterable

from khotoot_crawler.parsers.page import Page
from khotoot_crawler.parsers.requisites import page_requisites
from khotoot_crawler.state import State
from khotoot_crawler.urls import Site

_CHUNK = 200
_MOST_IMPORTS = 5
# What all pages share: with the time of day in its query it has another address on each of them.
# Pictures are not bounded so, since a query may tell one from another.
_SHARED = re.compile(r"\.(?:css|m?js|woff2?|ttf|otf|eot)\Z", re.IGNORECASE)
_MOST_VERSIONS = 20  # of a file, by their queries, in a run
_MOST_FILES = 2_000  # whose versions are remembered


class Requisites:
    """Gives out what pages named; remembered in state before it is asked for, like articles.

    ``mode`` is ``all``, ``images`` or ``none``; ``started`` in ms.
    """

    def __init__(
        self, state: State, site: Site, mode: str, started: int, *, counts: Counter[str]
    ) -> None:
        self.in_flight: set[str] = set()
        self._state = state
        self.site = site
        self._mode = mode
        self._started = started
        self._ready: deque[str] = deque()
        self._counts = counts
        self._imports: dict[str, int] = {}  # how many style sheets led to another
        self._versions: dict[int, set[int]] = {}  # hashes of files, and of their queries

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
            if self.site.owns(url) and self.site.news_code(url) is None and self._is_wanted(url)
        ]
        with self._state.transaction():
            self._state.add_resources(own, asked_before=self._started)
        for url in own:
            if ".css" in url:
                self._imports[url] = min(depth, self._imports.get(url, depth))

    def _is_wanted(self, url: str) -> bool:
        """Tell whether an address is not one too many of the same file."""
        path, _, query = url.partition("?")
        if not query or not _SHARED.search(path):
            return True
        if len(self._versions) > _MOST_FILES:
            self._versions.clear()
        versions = self._versions.setdefault(hash(path), set())
        if hash(query) in versions:
            return True
        if len(versions) >= _MOST_VERSIONS:
            self._counts["passed_over_requisite"] += 1
            return False
        versions.add(hash(query))
        return True

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
