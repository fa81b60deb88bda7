"""Where articles are named: feeds, home page, archive, sections, tags, sitemaps, other articles."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from khotoot_crawler.parsers.page import Page
from khotoot_crawler.recheck import DAY
from khotoot_crawler.spiders.frontier import Frontier
from khotoot_crawler.spiders.new_links import NewLinks
from khotoot_crawler.spiders.walk import ArchiveWalk
from khotoot_crawler.state import State
from khotoot_crawler.urls import Site

# Sections, tags and further feeds of the CMS. They name little that feed and archive do not, so
# they come last, once a week, 200 of a kind in a run and 1,000 of it for good, as a small site has:
# calendars, sessions and paths that repeat themselves have no end.
_SIDE_LISTING = re.compile(r"/fa/(?P<kind>(?:ajax/)?services|tags?|rss)(?:/[^/;]{1,300}){0,4}/?")
_MAY_BE_SIDE = re.compile(r"/fa/(?:ajax|services|tag|rss)")
# Never asked for, wherever in a path such a word stands; nor is a step up that is escaped.
_NO_PAGE = re.compile(
    r"/(?:log-?(?:in|out|on)|sign-?(?:in|up|out)|register|search|comments?|save|send|print|amp|report"
    r"|(?:\.|%2e){1,2}(?:%2f[^/]*)?)(?=/|\Z)",
    re.IGNORECASE,
)
_MOST_IN_A_RUN = 200
_MOST_OF_A_KIND = 1000
_MOST_SITEMAPS = 1000
_AGAIN_AFTER = 7 * DAY


@dataclass(frozen=True, slots=True)
class Listing:
    """A page that names articles."""

    url: str
    kind: Literal["seed", "walk", "side", "sitemap"] = "seed"


class Discovery:
    """Gives out listings and tells the frontier what they name; ``started`` in ms."""

    def __init__(
        self,
        site: Site,
        state: State,
        frontier: Frontier,
        walk: ArchiveWalk,
        *,
        started: int,
        counts: Counter[str],
    ) -> None:
        self.in_flight: set[Listing] = set()
        self.walk = walk
        self.site = site
        self._state = state
        self._frontier = frontier
        self._started = started
        self.counts = counts
        self._seeds: deque[Listing] = deque()
        self._sides: deque[Listing] = deque()
        self._tried: set[str] = set()  # the paths of those
        self._known: set[str] = set()
        self._are_sides_left = True
        self._new_links = NewLinks()
        self._of_kind: Counter[str] = Counter()
        self._left_out: set[int] = set()
        # A window is filled from the archive's own list of its days, given codes from none.
        self._looks_everywhere = frontier.needs_listings and not frontier.is_windowed

    def add_seeds(self, paths: Iterable[str]) -> None:
        """Read these paths of the site in every run."""
        if not self._looks_everywhere:
            return
        listings = [Listing(self.site.base_url + path) for path in paths]
        self._seeds.extend(listings)
        self._known.update(listing.url for listing in listings)

    def add_sitemaps(self, urls: Iterable[str]) -> None:
        """Read these sitemaps, where they are the site's own."""
        if not self._looks_everywhere:
            return
        for url in filter(self.site.owns, urls):
            self._add_sitemap(Listing(self.site.rebase(url), "sitemap"))

    def next_seed(self) -> Listing | None:
        """Take the next listing that every run reads."""
        return self._take(self._seeds)

    def next_page(self) -> Listing | None:
        """Take the archive's next page, one at a time, and after its end a section or a tag."""
        if not self._frontier.needs_listings or self.walk.waiting:
            return None
        if self.walk.ended:
            return self._next_side()
        listing = Listing(self.site.base_url + self.walk.next_path(), "walk")
        self.in_flight.add(listing)
        return listing

    def _next_side(self) -> Listing | None:
        """Take a section, a tag or a feed that was not read for a week, by this run or another."""
        if not self._sides and self._looks_everywhere and self._are_sides_left:
            self._are_sides_left = False
            due = self._state.due_listings(self.site.name, self._started - _AGAIN_AFTER)
            for path, kind in due:
                if path not in self._tried:
                    self._tried.add(path)
                    self._add_side(path, kind)
        return self._take(self._sides)

    def _add_side(self, path: str, kind: str) -> None:
        if self._of_kind[kind] >= _MOST_IN_A_RUN:
            self.counts[f"passed_over_{kind}"] += 1
            return
        self._of_kind[kind] += 1
        self._sides.append(Listing(self.site.base_url + path, "side"))

    def _take(self, listings: deque[Listing]) -> Listing | None:
        if not listings:
            return None
        listing = listings.popleft()
        self.in_flight.add(listing)
        return listing

    def read(
        self, listing: Listing, links: list[str], left_out: frozenset[int] = frozenset()
    ) -> None:
        """A listing answered with these links, of which those to some articles are not followed."""
        codes = self._articles_among(links)
        if left_out:
            self.counts["outside_the_window"] += len(left_out - self._left_out)
            self._left_out |= left_out
        wanted = {n: path for n, path in codes.items() if n not in left_out}
        self.counts["named"] += len(codes)
        new = self._frontier.found(wanted, is_listing=True)
        self._new_links.tell(codes)
        if listing.kind == "walk":
            self.walk.read(set(codes), new)
        self.note_listings(links)
        if listing.kind == "side":
            path = listing.url.removeprefix(self.site.base_url)
            self._state.listing_answered(self.site.name, path, asked_at=self._started)
        self.in_flight.discard(listing)

    def failed(self, listing: Listing) -> None:
        """A listing gave nothing that can be used."""
        if listing.kind == "walk":
            self.walk.failed()
        self.in_flight.discard(listing)

    def seen_on(self, page: Page, code: int) -> None:
        """The page of an article has its links."""
        if self._looks_everywhere:
            self.seen(self._new_links.on(page, code))

    def seen(self, links: Iterable[str]) -> None:
        """An article's page, or a part of a sitemap, has these links, maybe for the first time."""
        if not self._looks_everywhere:
            return
        found = [*links]
        codes = self._articles_among(found)
        self.counts["named"] += len(codes)
        self._frontier.found(self._new_links.untold(codes))
        self.note_listings(found)

    def see_anew(self) -> None:
        """An article was missing: pages that name it again are to be heard."""
        self._new_links.forget()

    def note_listings(self, links: Iterable[str]) -> None:
        """Remember sections, tags and feeds among links, to be read when all else is done."""
        if not self._looks_everywhere:
            return
        found: list[tuple[str, str]] = []
        for url in links:
            if not _MAY_BE_SIDE.search(url):  # urlsplit takes ten times as long
                continue
            parts = urlsplit(url)
            match = _SIDE_LISTING.fullmatch(parts.path)
            is_page = match is not None and not parts.query and not _NO_PAGE.search(parts.path)
            if match is None or not is_page or not self.site.owns(url):
                continue
            address = self.site.rebase(url)
            if address not in self._known:
                self._known.add(address)
                found.append((parts.path, match["kind"]))
        if found:
            with self._state.transaction():
                self._remember_sides(found)

    def _remember_sides(self, found: list[tuple[str, str]]) -> None:
        self._are_sides_left = True
        for path, kind in found:
            if not self._state.add_listing(self.site.name, path, kind, most=_MOST_OF_A_KIND):
                self.counts[f"passed_over_{kind}"] += 1

    def _add_sitemap(self, listing: Listing) -> None:
        if listing.url in self._known:
            return
        if self._of_kind["sitemap"] >= _MOST_SITEMAPS:
            self.counts["passed_over_sitemap"] += 1
            return
        self._known.add(listing.url)
        self._of_kind["sitemap"] += 1
        self._seeds.append(listing)

    def _articles_among(self, links: Iterable[str]) -> dict[int, str | None]:
        """Return the codes that links name, each with the path of an article address, if any."""
        found: dict[int, str | None] = {}
        for url in links:
            code = self.site.news_code(url)
            if code is not None and found.get(int(code)) is None:
                path = self.site.path_of(url)
                is_article = self.site.is_article_address(url) and not _NO_PAGE.search(path or "")
                found[int(code)] = path if is_article else None
        return found
