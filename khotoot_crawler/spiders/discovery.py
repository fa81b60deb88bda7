"""Where articles are named: feeds, the home page, the archive."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from khotoot_crawler.spiders.frontier import Frontier
from khotoot_crawler.spiders.walk import ArchiveWalk
from khotoot_crawler.urls import Site


@dataclass(frozen=True, slots=True)
class Listing:
    """A page that names articles; ``is_walk``: a page of the archive's walk."""

    url: str
    is_walk: bool = False


class Discovery:
    """Gives out listings, one page of the walk at a time, and tells the frontier what they name."""

    def __init__(
        self, site: Site, frontier: Frontier, walk: ArchiveWalk, seeds: Iterable[str]
    ) -> None:
        self.in_flight: set[Listing] = set()
        self.walk = walk
        self._site = site
        self._frontier = frontier
        self._seeds = deque(Listing(site.base_url + path) for path in seeds)

    def next_seed(self) -> Listing | None:
        """Take the next listing that every run reads."""
        return self._take(self._seeds.popleft()) if self._seeds else None

    def next_walk(self) -> Listing | None:
        """Take the archive's next page; None while one is under way, and at the end."""
        if not self._frontier.needs_listings or self.walk.ended or self.walk.waiting:
            return None
        return self._take(Listing(self._site.base_url + self.walk.next_path(), is_walk=True))

    def _take(self, listing: Listing) -> Listing:
        self.in_flight.add(listing)
        return listing

    def read(self, listing: Listing, links: Iterable[str]) -> None:
        """A listing answered with these links."""
        codes = self.articles_among(links)
        new = self._frontier.found(codes)
        if listing.is_walk:
            self.walk.read(set(codes), new)
        self.in_flight.discard(listing)

    def failed(self, listing: Listing) -> None:
        """A listing gave nothing that can be used."""
        if listing.is_walk:
            self.walk.failed()
        self.in_flight.discard(listing)

    def articles_among(self, links: Iterable[str]) -> dict[int, str | None]:
        """Return the codes that links name, each with the path of an article address, if any."""
        found: dict[int, str | None] = {}
        for url in links:
            code = self._site.news_code(url)
            if code is not None and found.get(int(code)) is None:
                is_article = self._site.is_article_address(url)
                found[int(code)] = urlsplit(url).path if is_article else None
        return found
