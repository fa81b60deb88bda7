"""The base of the spiders of one CMS family (Iransamaneh): a site is a subclass that names it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response
from scrapy.settings import BaseSettings
from twisted.python.failure import Failure

from khotoot_crawler import __version__
from khotoot_crawler.archive.writer import WarcWriter
from khotoot_crawler.arguments import parse_arguments
from khotoot_crawler.errors import OutputError, ParseError
from khotoot_crawler.items import Article
from khotoot_crawler.ledger import Ledger
from khotoot_crawler.middlewares import ForbiddenError
from khotoot_crawler.pace import Pace
from khotoot_crawler.parsers.article import Reading
from khotoot_crawler.recheck import DAY, HOUR, RecheckPolicy
from khotoot_crawler.report import Report, Trouble
from khotoot_crawler.round import Absent, Failed
from khotoot_crawler.spiders.answer import (
    ChallengeError,
    NotThere,
    Redirect,
    article_answer,
    listing_answer,
)
from khotoot_crawler.spiders.frontier import Frontier
from khotoot_crawler.spiders.walk import ArchiveWalk
from khotoot_crawler.times import milliseconds, now, utc_text
from khotoot_crawler.urls import Site

_MOST_REDIRECTS = 5
_AHEAD = 2  # pages under way for each connection: one is fetched while another is acknowledged


class NewsSpider(Spider):
    """Finds the articles of one site and reads each into an Article.

    A subclass names the site; the arguments are those of ``scrapy crawl`` (see the README).
    """

    site_name: ClassVar[str]
    feeds: ClassVar[tuple[str, ...]] = ("/fa/rss/allnews",)
    home: ClassVar[str] = "/"

    def __init__(self, name: str | None = None, **arguments: str) -> None:
        """Read the arguments; raises UsageError naming the one that is wrong."""
        super().__init__(name)
        self.arguments = parse_arguments(arguments)
        self.given = arguments
        self.site = Site(self.site_name, self.arguments.base_url or f"https://{self.site_name}")
        self.started = now()
        self.report = Report()
        self.ledger: Ledger | None = None
        self.pace = Pace(0, 0)
        self.close_reason: str | None = None
        self._closing: asyncio.Future[None] | None = None
        self._listings: deque[str] = deque()
        self._listings_under_way: set[str] = set()
        self._moved = asyncio.Event()

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Name the project, its version and whom to ask in the user agent, unless one was set."""
        super().update_settings(settings)
        contact = str(settings.get("KHOTOOT_CONTACT") or "").strip()
        agent = f"khotoot-crawler/{__version__} (news archive{'; ' + contact if contact else ''})"
        settings.set("USER_AGENT", agent, priority="spider")

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Make the spider, and the ledger of its output folder unless a command wants none."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        settings = crawler.settings
        if settings.getbool("KHOTOOT_ARCHIVE", True):
            spider.ledger = spider._make_ledger(settings)
        spider.pace = Pace(
            settings.getfloat("DOWNLOAD_DELAY"), settings.getfloat("KHOTOOT_DELAY_JITTER")
        )
        for signal in (signals.item_scraped, signals.item_dropped, signals.item_error):
            crawler.signals.connect(spider._item_done, signal)
        crawler.signals.connect(spider._callback_broke, signals.spider_error)
        return spider

    def _make_ledger(self, settings: BaseSettings) -> Ledger:
        folder = Path(settings["KHOTOOT_OUTPUT"])
        writer = WarcWriter(
            folder / "warc",
            prefix=self.name,
            warcinfo={
                "software": f"khotoot-crawler/{__version__}",
                "robots": "obey",
                "isPartOf": self.site.name,
                "operator": settings.get("KHOTOOT_CONTACT") or "not named",
                "http-header-user-agent": settings["USER_AGENT"],
            },
        )
        return Ledger(
            folder,
            site=self.site,
            writer=writer,
            recheck=RecheckPolicy(
                least=int(settings.getfloat("KHOTOOT_RECHECK_HOURS") * HOUR),
                fraction=settings.getfloat("KHOTOOT_RECHECK_FRACTION"),
                young=int(settings.getfloat("KHOTOOT_RECHECK_YOUNG_DAYS") * DAY),
                old_every=int(settings.getfloat("KHOTOOT_RECHECK_OLD_DAYS") * DAY),
            ),
            min_free=settings.getint("KHOTOOT_MIN_FREE"),
        )

    # -- what to ask for -----------------------------------------------------

    async def start(self) -> AsyncIterator[Any]:
        """Ask for what is due, and for listings while nothing is; end when all has answered."""
        assert self.ledger is not None, "a crawl has a ledger"
        args, state = self.arguments, self.ledger.state
        self.frontier = Frontier(state, self.site.name, args, milliseconds(utc_text(self.started)))
        self.walk = ArchiveWalk(state, self.site.name, since=args.since, until=args.until)
        if self.frontier.needs_listings:
            self.logger.info("%s", self.walk.plan)
            if not (args.since or args.until):
                self._listings.extend((*self.feeds, self.home))
        ahead = _AHEAD * self.settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN")
        while True:
            under_way = len(self.frontier.in_flight) + len(self._listings_under_way)
            if under_way < ahead and (request := self._next_request()) is not None:
                yield request
            elif under_way:
                self._moved.clear()
                await self._moved.wait()
            else:
                return

    def _next_request(self) -> Request | None:
        if self._listings:
            return self._ask_listing(self.site.base_url + self._listings.popleft())
        if (known := self.frontier.next()) is not None:
            path = known.path or f"/fa/news/{known.code}"
            return self._ask_article(self.site.base_url + path, known.code)
        if self.frontier.needs_listings and not self.walk.ended and not self.walk.waiting:
            return self._ask_listing(self.site.base_url + self.walk.next_path(), is_walk=True)
        return None

    def _ask_listing(self, url: str, *, is_walk: bool = False) -> Request:
        self._listings_under_way.add(url)
        return Request(
            url,
            callback=self.parse_listing,
            errback=self.listing_failed,
            cb_kwargs={"listing": url, "is_walk": is_walk},
            dont_filter=True,
        )

    def _ask_article(self, url: str, code: int) -> Request:
        return Request(
            url,
            callback=self.parse_article,
            errback=self.article_failed,
            cb_kwargs={"code": code},
            dont_filter=True,
        )

    def _follow(self, response: Response, redirect: Redirect) -> Request:
        """Ask for the address that an answer points to; raises ParseError after five of them."""
        hops = response.meta.get("hops", 0) + 1
        if hops > _MOST_REDIRECTS:
            raise ParseError(f"more than {_MOST_REDIRECTS} redirects", url=response.url)
        assert response.request is not None
        return response.request.replace(url=redirect.url, meta={"hops": hops})

    # -- listings ------------------------------------------------------------

    def parse_listing(self, response: Response, listing: str, is_walk: bool) -> Request | None:
        """Take the articles that a feed, the home page or an archive page names."""
        try:
            answer = listing_answer(response, self.site)
            if isinstance(answer, Redirect):
                return self._follow(response, answer)
        except ParseError as error:
            self._listing_gave_nothing(listing, error, is_walk=is_walk)
            return None
        codes = self._codes(answer)
        new = self.frontier.found(codes)
        self.report.counts["listings"] += 1
        self.logger.debug("%s: names %d articles, %d of them new", listing, len(codes), new)
        if is_walk:
            self.walk.read(set(codes), new)
        self._listing_done(listing)
        return None

    def _codes(self, links: list[str]) -> dict[int, str | None]:
        """Return the codes that links name, each with the path of an article address, if any."""
        found: dict[int, str | None] = {}
        for url in links:
            code = self.site.news_code(url)
            if code is not None and found.get(int(code)) is None:
                is_article = self.site.is_article_address(url)
                found[int(code)] = urlsplit(url).path if is_article else None
        return found

    def listing_failed(self, failure: Failure) -> None:
        """A listing did not answer, or may not be asked for."""
        kwargs = failure.request.cb_kwargs  # type: ignore[attr-defined]
        self._listing_gave_nothing(kwargs["listing"], _error(failure), is_walk=kwargs["is_walk"])

    def _listing_gave_nothing(self, listing: str, error: ParseError, *, is_walk: bool) -> None:
        self._note_failure(error, None)
        if is_walk:
            self.walk.failed()
        self._listing_done(listing)

    def _listing_done(self, listing: str) -> None:
        self._listings_under_way.discard(listing)
        self._moved.set()

    # -- articles ------------------------------------------------------------

    async def parse_article(self, response: Response, code: int) -> AsyncIterator[Any]:
        """Read an article, or tell the ledger why there is none."""
        try:
            answer = article_answer(response, self.site)
            if isinstance(answer, Redirect):
                yield self._redirected(response, answer, code)
                return
            if isinstance(answer, NotThere):
                await self._absent(response, answer, code)
            else:
                yield self._article(answer, code)
                return
        except ParseError as error:
            await self._failed(error, code)
        self._article_done(code)

    def _redirected(self, response: Response, redirect: Redirect, code: int) -> Request:
        named = self.site.news_code(redirect.url)
        if named is not None and int(named) != code:
            raise ParseError(f"a redirect to another article, {redirect.url}", url=response.url)
        return self._follow(response, redirect)

    def _article(self, reading: Reading, code: int) -> Article:
        article = reading.article
        if int(article.news_code) != code:
            raise ParseError(
                f"the page is article {article.news_code}, {code} was asked for",
                url=article.fetched_url,
                field="news_code",
            )
        for problem in reading.problems:
            self.report.problem(_trouble(problem, code))
            self.logger.warning("%s", problem)
        return article

    async def _absent(self, response: Response, answer: NotThere, code: int) -> None:
        capture = response.meta["capture"]
        await self._tell(
            Absent(
                site=self.site.name,
                code=code,
                url=self.site.canonical(str(code)),
                reason=answer.reason,
                at=capture.date,
                warc=capture.place,
            )
        )

    async def article_failed(self, failure: Failure) -> None:
        """An article's address did not answer, or may not be asked for."""
        code = failure.request.cb_kwargs["code"]  # type: ignore[attr-defined]
        await self._failed(_error(failure), code)
        self._article_done(code)

    async def _failed(self, error: ParseError, code: int) -> None:
        self._note_failure(error, code)
        at = utc_text(now())
        await self._tell(Failed(site=self.site.name, code=code, reason=error.reason, at=at))

    async def _tell(self, outcome: Absent | Failed) -> None:
        if self.ledger is not None:
            # Where nothing can be written the ledger itself has the crawl stopped.
            with suppress(OutputError):
                await self.ledger.acknowledge(outcome)

    def _item_done(self, item: Any) -> None:
        if isinstance(item, Article):
            self._article_done(int(item.news_code))

    def _callback_broke(self, failure: Failure, response: Response) -> None:
        """A defect: the page is no longer under way, the run goes on and ends with exit 1."""
        kwargs = response.request.cb_kwargs if response.request is not None else {}
        error = ParseError(f"a defect, {failure.value!r}", url=response.url)
        if "code" in kwargs:
            self._note_failure(error, kwargs["code"])
            self._article_done(kwargs["code"])
        if "listing" in kwargs:
            self._listing_gave_nothing(kwargs["listing"], error, is_walk=kwargs["is_walk"])

    def _article_done(self, code: int) -> None:
        self.frontier.done(code)
        self._moved.set()

    # -- what went wrong -----------------------------------------------------

    def _note_failure(self, error: ParseError, code: int | None) -> None:
        if self.ledger is not None and self.ledger.failure is not None:
            return  # told once, by the ledger; the page itself may be well
        if isinstance(error, _ForbiddenError):
            self.report.counts["forbidden_by_robots"] += 1
            self.logger.debug("%s", error)
            return
        self.report.failed(_trouble(error, code))
        self.logger.warning("%s", error)
        if isinstance(error, ChallengeError):
            self.stop("challenge")

    def stop(self, reason: str) -> None:
        """Close the spider; what is due stays due."""
        if self.close_reason is None:
            self.close_reason = reason
            self._closing = asyncio.ensure_future(
                self.crawler.engine.close_spider_async(reason=reason)
            )


class _ForbiddenError(ParseError):
    """robots.txt forbids the address: no failure, and it stays due."""


def _error(failure: Failure) -> ParseError:
    error, url = failure.value, failure.request.url  # type: ignore[attr-defined]
    if isinstance(error, ForbiddenError):
        return _ForbiddenError(str(error), url=url)
    if isinstance(error, IgnoreRequest):
        return ParseError(str(error), url=url)
    said = str(error).removeprefix(f"{url}: ")
    return ParseError(said or type(error).__name__, url=url)


def _trouble(error: ParseError, code: int | None) -> Trouble:
    return Trouble(
        url=error.url or "",
        reason=error.reason,
        news_code=None if code is None else str(code),
        field=error.field,
    )
