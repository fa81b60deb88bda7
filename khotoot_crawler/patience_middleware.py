"""A site in trouble is left alone; what failed is tried again."""

from __future__ import annotations

import asyncio
import logging
from typing import Self
from urllib.parse import urlsplit

from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
from scrapy.http import Request, Response
from scrapy.http.request import NO_CALLBACK

from khotoot_crawler.pace import MOST_TRIPS, StoppedError
from khotoot_crawler.parsers.page import read_page
from khotoot_crawler.parsers.page_kind import (
    CHALLENGE_MARKS,
    LONGEST_CHALLENGE,
    PageKind,
    page_kind,
)
from khotoot_crawler.retry_after import retry_after
from khotoot_crawler.robots_middleware import ROBOTS, ForbiddenError, pace_of, stop
from khotoot_crawler.urls import location_text, resolve

logger = logging.getLogger(__name__)

_PUSHBACK = frozenset({429, 503})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_REFUSED = frozenset({401, 403, 451})
_NO_ANSWER = (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)


class PatienceMiddleware:
    """Tries again what failed, slows down with the site, and stops before it is a burden.

    After so many failures in a row everything pauses, then the home page is asked for; after a bot
    challenge, the challenged page. The crawl goes on only if that is answered as it should be, and
    ends at a second challenge, or where nothing but the home page answers time and again. Only
    pages tell of that: a site that refuses its pictures to others than readers is well.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._tries = crawler.settings.getint("RETRY_TIMES")
        self._probing: asyncio.Task[None] | None = None
        self._was_challenged = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make the middleware."""
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Tell the pace how the site fares; return the request to have it sent again."""
        if request.meta.get("is_probe"):
            return response
        if _is_requisite(request):
            return self._requisite_answered(request, response)
        pace = pace_of(self.crawler)
        if response.status in _PUSHBACK:
            logger.info("%s: HTTP %d, pausing", response.url, response.status)
            pace.pushed_back(retry_after(response.headers))
            return self._again(request, is_put_off=True) or response
        if is_challenge(response):
            logger.warning("%s: a bot challenge; it is not circumvented", response.url)
            self._probe_later("challenge", response.url)
            return self._again(request) or response
        if response.status >= 500 or response.status == 408:
            pace.ill()
            return self._again(request) or response
        if response.status in _REFUSED or _leads_to_itself(response):
            pace.ill()
            self._probe_if_enough()
        else:
            pace.well(float(request.meta.get("download_latency") or 0))
        return response

    def _requisite_answered(self, request: Request, response: Response) -> Request | Response:
        pace = pace_of(self.crawler)
        if response.status in _PUSHBACK:
            logger.info("%s: HTTP %d, pausing", response.url, response.status)
            pace.requisite_pushed_back(retry_after(response.headers))
            return self._requisite_again(request, is_put_off=True) or response
        if response.status >= 500 or response.status == 408:
            return self._requisite_again(request) or response
        if response.status in _REFUSED or is_challenge(response):
            pace.requisite_ill()
        else:
            pace.requisite_well(float(request.meta.get("download_latency") or 0))
        return response

    def process_exception(self, request: Request, exception: Exception) -> Request | None:
        """Have a request sent again that got no whole answer."""
        if request.meta.get("is_probe") or not isinstance(exception, _NO_ANSWER):
            return None
        if _is_requisite(request):
            return self._requisite_again(request)
        pace_of(self.crawler).ill()
        return self._again(request)

    def _requisite_again(self, request: Request, *, is_put_off: bool = False) -> Request | None:
        pace = pace_of(self.crawler)
        is_hopeless = pace.is_enough_of_requisites
        again = None if is_hopeless else self._once_more(request, is_put_off=is_put_off)
        if again is None and not is_put_off:
            pace.requisite_ill()
        return again

    def _again(self, request: Request, *, is_put_off: bool = False) -> Request | None:
        self._probe_if_enough()
        return self._once_more(request, is_put_off=is_put_off)

    def _once_more(self, request: Request, *, is_put_off: bool) -> Request | None:
        tries = request.meta.get("tries", 0) + 1
        # What fails beside a page that has just answered is broken itself: the next run may ask.
        is_broken = pace_of(self.crawler).is_vouched_for and not is_put_off
        if tries > self._tries or is_broken:
            return None
        again = request.replace(dont_filter=True, priority=request.priority - 1)
        again.meta["tries"] = tries
        return again

    def _probe_if_enough(self) -> None:
        if pace_of(self.crawler).is_enough:
            site = self.crawler.spider.site  # type: ignore[union-attr]
            self._probe_later("unreachable", site.base_url + "/")

    def _probe_later(self, reason: str, url: str) -> None:
        if self._probing is not None and not self._probing.done():
            return
        pace, challenged = pace_of(self.crawler), reason == "challenge"
        if pace.trips >= MOST_TRIPS or (challenged and self._was_challenged):
            stop(self.crawler, reason)
            return
        self._was_challenged |= challenged
        pace.trip()
        self._probing = asyncio.ensure_future(self._probe(reason, url))

    async def _probe(self, reason: str, url: str) -> None:
        pace = pace_of(self.crawler)
        logger.warning("pausing for %g seconds, then trying %s", pace.patience.pause, url)
        try:
            is_well = await self._is_well(url)
        except StoppedError:  # the crawl has ended, by a signal or a limit
            return
        if is_well:
            logger.info("the site is well again: going on")
            pace.resume()
        else:
            logger.error("stopping (%s): what is due stays due", reason)
            stop(self.crawler, reason)

    async def _is_well(self, url: str) -> bool:
        # A slot of its own: requests that wait for the probe hold the site's.
        parts = urlsplit(url)
        is_robots = parts.path == ROBOTS
        meta = {"is_probe": True, "is_robots": is_robots, "download_slot": "probe"}
        request = Request(url, callback=NO_CALLBACK, meta=meta)
        try:
            response = await self.crawler.engine.download_async(request)
        except ForbiddenError:  # the one file that robots.txt never forbids is itself
            return await self._is_well(f"{parts.scheme}://{parts.netloc}{ROBOTS}")
        except StoppedError:
            raise
        except Exception as error:
            # Whatever came of it (a broken gzip, a page too long): others wait for this answer.
            logger.info("%s: %s", url, str(error) or type(error).__name__)
            return False
        is_refused = response.status in _PUSHBACK | _REFUSED or response.status == 408
        is_no_page = is_challenge(response) or _leads_to_itself(response)
        return not (is_refused or response.status >= 500 or is_no_page)


def is_challenge(response: Response) -> bool:
    """Tell a bot challenge from a page; sure, and quick for pages."""
    body = response.body
    if len(body) > LONGEST_CHALLENGE or not any(mark in body for mark in CHALLENGE_MARKS):
        return False
    content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
    page = read_page(body, response.url, content_type)
    return page_kind(page) is PageKind.CHALLENGE


def _leads_to_itself(response: Response) -> bool:
    """Tell a wall that lets in whoever comes back with its cookie, which no archive does."""
    location = location_text(response.headers.get("Location") or b"")
    if response.status not in _REDIRECTS or not location:
        return False
    return resolve(response.url, location) == resolve(response.url, response.url)


def _is_requisite(request: Request) -> bool:
    return "requisite" in request.cb_kwargs  # also where it was redirected to
