"""robots.txt is asked for before anything else of an origin, and kept (RFC 9309)."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Self
from urllib.parse import urlsplit

from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest, NotConfigured
from scrapy.http import Request, Response
from scrapy.http.request import NO_CALLBACK

from khotoot_crawler.pace import Pace, StoppedError
from khotoot_crawler.robots import Rules, next_address, robots_rules
from khotoot_crawler.urls import location_text, resolve

logger = logging.getLogger(__name__)

ROBOTS = "/robots.txt"
_MOST_REDIRECTS = 5  # RFC 9309, 2.3.1.2
_ASK_AGAIN = 24 * 3600.0  # RFC 9309, 2.4


class ForbiddenError(IgnoreRequest):
    """robots.txt forbids this address; it is no failure."""


class RobotsMiddleware:
    """Asks each origin's robots.txt before anything else of it, and again daily.

    A 4xx answer allows everything, a 5xx answer or none at all forbids everything and ends the
    crawl (RFC 9309, 2.3.1.3 and 2.3.1.4); so does 429, which says nothing of what is allowed.
    Crawl-delay is kept up to a minute.
    """

    def __init__(self, crawler: Crawler) -> None:
        if not crawler.settings.getbool("ROBOTSTXT_OBEY"):
            raise NotConfigured
        self.crawler = crawler
        self._rules: dict[str, tuple[float, asyncio.Task[Rules | None]]] = {}
        self._delays: dict[str, float] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make the middleware, unless ROBOTSTXT_OBEY is off."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Raise ForbiddenError where robots.txt says so."""
        if request.meta.get("is_robots"):
            return
        parts = urlsplit(request.url)
        asked = self._asked(f"{parts.scheme}://{parts.netloc}")
        if request.meta.get("is_probe") and not asked.done():
            # It is robots.txt itself that waits for the probe.
            raise ForbiddenError("robots.txt has not answered yet")
        rules = asked.result() if asked.done() else await asyncio.shield(asked)
        if rules is None:
            raise IgnoreRequest("robots.txt could not be had, so nothing may be asked for")
        if not rules.allow(request.url):
            raise ForbiddenError("robots.txt forbids it")

    def _asked(self, origin: str) -> asyncio.Task[Rules | None]:
        now = time.monotonic()
        asked_at, task = self._rules.get(origin, (0.0, None))
        if task is None or now - asked_at > _ASK_AGAIN:
            task = asyncio.ensure_future(self._ask(origin))
            self._rules[origin] = now, task
        return task

    async def _ask(self, origin: str) -> Rules | None:
        """Return the rules of an origin; None, and the crawl ends, where they cannot be had."""
        url = origin + ROBOTS
        try:
            response = await self._fetch(url)
        except StoppedError:  # the crawl has ended, by a signal or a limit
            return None
        except Exception as error:
            # Whatever kept it from us, the standard's answer is the same: do not crawl.
            self._unreachable(url, str(error).removeprefix(f"{url}: ") or type(error).__name__)
            return None
        if response.status >= 500 or response.status == 429:
            self._unreachable(url, f"HTTP {response.status}")
            return None
        is_there = 200 <= response.status < 300
        rules = robots_rules(response.body if is_there else b"")
        self._delays[origin] = rules.crawl_delay
        pace_of(self.crawler).keep_crawl_delay(max(self._delays.values()))
        if tell := getattr(self.crawler.spider, "robots_read", None):
            tell([*filter(None, (resolve(url, sitemap) for sitemap in rules.sitemaps))])
        return rules

    async def _fetch(self, url: str) -> Response:
        for _ in range(_MOST_REDIRECTS + 1):
            request = Request(url, callback=NO_CALLBACK, meta={"is_robots": True})
            response = await self.crawler.engine.download_async(request)
            if not 300 <= response.status < 400:
                break
            onward = await self._onward(url, response)
            if onward is None:
                break
            url = onward
        return response

    async def _onward(self, url: str, response: Response) -> str | None:
        target = resolve(url, location_text(response.headers.get("Location") or b""))
        site = getattr(self.crawler.spider, "site", None)
        if target is None or site is None:
            return None
        onward = await next_address(site, url, target)
        if onward is None:
            logger.warning("%s: its redirect to %s is not followed", url, target)
        return onward

    def _unreachable(self, url: str, reason: str) -> None:
        logger.error("%s: %s; the site is not crawled without it", url, reason)
        stop(self.crawler, "unreachable")


def pace_of(crawler: Crawler) -> Pace:
    """Return how fast the site is asked by this crawl."""
    pace = getattr(crawler.spider, "pace", None)
    return pace if isinstance(pace, Pace) else Pace(0, 0)  # a spider of another kind


def stop(crawler: Crawler, reason: str) -> None:
    """End the crawl; what is due stays due."""
    end = getattr(crawler.spider, "stop", None)
    if end is not None:
        end(reason)
