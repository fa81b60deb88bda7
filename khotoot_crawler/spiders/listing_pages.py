"""How listings are asked for, and what is made of the answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial

from scrapy.http import Request, Response
from twisted.python.failure import Failure

from khotoot_crawler.errors import ParseError
from khotoot_crawler.ledger import Ledger
from khotoot_crawler.parsers.feed import GZIP
from khotoot_crawler.spiders.answer import Links, Redirect, error_of, listing_answer
from khotoot_crawler.spiders.asking import follow
from khotoot_crawler.spiders.discovery import Discovery, Listing
from khotoot_crawler.spiders.outcomes import Outcomes
from khotoot_crawler.spiders.window import Window

_LONG = 500_000  # bytes
_AT_ONCE = 1000  # links of a sitemap noted before anything else has its turn


class ListingPages:
    """Fetches what ``discovery`` gives out; ``moved`` is called when one is done with."""

    def __init__(
        self,
        discovery: Discovery,
        window: Window | None,
        ledger: Ledger,
        outcomes: Outcomes,
        moved: Callable[[], None],
    ) -> None:
        self._discovery = discovery
        self._window = window
        self._ledger = ledger
        self._outcomes = outcomes
        self._moved = moved

    def next_seed(self) -> Request | None:
        """Ask for what every run reads."""
        return self._request(self._discovery.next_seed())

    def next_page(self) -> Request | None:
        """Ask for a page of the archive, or for what is read when all else is done."""
        return self._request(self._discovery.next_page())

    def _request(self, listing: Listing | None) -> Request | None:
        if listing is None:
            return None
        return Request(
            listing.url,
            callback=self._parse,
            errback=self._failed,
            cb_kwargs={"listing": listing},
            dont_filter=True,
        )

    async def _parse(self, response: Response, listing: Listing) -> AsyncIterator[Request]:
        """Take the articles that a feed, the home page or an archive page names."""
        try:
            answer = await self._read(response, listing)
            if isinstance(answer, Redirect):
                yield follow(response, answer)
                return
        except ParseError as error:
            self.gave_nothing(listing, error)
            return
        self._discovery.counts["listings"] += 1
        self._discovery.counts["listings_there"] += response.status == 200
        is_sitemap = listing.kind == "sitemap"
        if is_sitemap:
            await self._take_in_parts(answer.pages)
        with self._ledger.guard():
            self._discovery.add_sitemaps(answer.sitemaps)
            self._discovery.read(listing, [] if is_sitemap else answer.pages, answer.left_out)
        self._moved()

    async def _read(self, response: Response, listing: Listing) -> Links | Redirect:
        read = partial(
            listing_answer,
            response,
            self._discovery.site,
            is_sitemap=listing.kind == "sitemap",
            is_walk=listing.kind == "walk",
            window=self._window,
        )
        # 100 MB of a sitemap take eight seconds: the crawl goes on meanwhile.
        is_long = len(response.body) > _LONG or response.body.startswith(GZIP)
        return await asyncio.to_thread(read) if is_long else read()

    async def _take_in_parts(self, links: list[str]) -> None:
        for start in range(0, len(links), _AT_ONCE):
            with self._ledger.guard():
                self._discovery.seen(links[start : start + _AT_ONCE])
            await asyncio.sleep(0)

    def _failed(self, failure: Failure) -> None:
        """It did not answer, or may not be asked for."""
        request = failure.request  # type: ignore[attr-defined]
        self.gave_nothing(request.cb_kwargs["listing"], error_of(failure, request.url))

    def gave_nothing(self, listing: Listing, error: ParseError) -> None:
        """A listing answered with nothing that can be used."""
        self._outcomes.failed(error)
        self._discovery.failed(listing)
        self._moved()
