"""Politeness: what the site asks of crawlers is kept (RFC 9309)."""

from __future__ import annotations

import asyncio
import logging
from typing import Self
from urllib.parse import urlsplit

from protego import Protego
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest, NotConfigured
from scrapy.http import Request, Response
from scrapy.http.request import NO_CALLBACK

from khotoot_crawler.urls import resolve

logger = logging.getLogger(__name__)

PRODUCT = "khotoot-crawler"  # the product token that robots.txt is searched for
_MOST_REDIRECTS = 5  # RFC 9309, 2.3.1.2
_MOST_READ = 512 * 1024  # RFC 9309, 2.5: at least 500 KiB


class ForbiddenError(IgnoreRequest):
    """robots.txt forbids this address; it is no failure."""


class RobotsMiddleware:
    """Asks each origin's robots.txt once before anything else of it is asked for.

    A 4xx answer allows everything, a 5xx answer or none at all forbids everything and ends the
    crawl (RFC 9309, 2.3.1.3 and 2.3.1.4).
    """

    def __init__(self, crawler: Crawler) -> None:
        if not crawler.settings.getbool("ROBOTSTXT_OBEY"):
            raise NotConfigured
        self.crawler = crawler
        self._rules: dict[str, asyncio.Task[Protego | None]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make the middleware, unless ROBOTSTXT_OBEY is off."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Raise ForbiddenError where robots.txt says so."""
        if request.meta.get("is_robots"):
            return
        parts = urlsplit(request.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._rules:
            self._rules[origin] = asyncio.ensure_future(self._ask(origin))
        rules = await asyncio.shield(self._rules[origin])
        if rules is None:
            raise IgnoreRequest("robots.txt could not be had, so nothing may be asked for")
        if not rules.can_fetch(request.url, PRODUCT):
            raise ForbiddenError("robots.txt forbids it")

    async def _ask(self, origin: str) -> Protego | None:
        """Return the rules of an origin; None, and the crawl ends, where they cannot be had."""
        url = f"{origin}/robots.txt"
        try:
            response = await self._fetch(url)
        except Exception as error:
            # Whatever kept it from us, the standard's answer is the same: do not crawl.
            self._unreachable(url, f"{type(error).__name__}: {error}")
            return None
        if response.status >= 500:
            self._unreachable(url, f"HTTP {response.status}")
            return None
        if 200 <= response.status < 300:
            return Protego.parse(response.body[:_MOST_READ].decode("utf-8-sig", "replace"))
        return Protego.parse("")

    async def _fetch(self, url: str) -> Response:
        for _ in range(_MOST_REDIRECTS + 1):
            request = Request(url, callback=NO_CALLBACK, meta={"is_robots": True})
            response = await self.crawler.engine.download_async(request)
            target = resolve(url, (response.headers.get("Location") or b"").decode("latin-1"))
            if not 300 <= response.status < 400 or target is None:
                break
            if urlsplit(target).netloc != urlsplit(url).netloc:
                break
            url = target
        return response

    def _unreachable(self, url: str, reason: str) -> None:
        logger.error("%s: %s; the site is not crawled without it", url, reason)
        self.crawler.spider.stop("unreachable")  # type: ignore[union-attr]
