"""The base of the spiders of one CMS family (Iransamaneh): a site is a subclass that names it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from typing import Any, ClassVar, Self

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Request, Response
from scrapy.settings import BaseSettings
from twisted.python.failure import Failure

from khotoot_crawler.arguments import parse_arguments
from khotoot_crawler.errors import OutputError, ParseError
from khotoot_crawler.items import Article
from khotoot_crawler.ledger import Ledger
from khotoot_crawler.pace import Pace
from khotoot_crawler.parsers.listing import page_links
from khotoot_crawler.parsers.requisites import css_requisites
from khotoot_crawler.report import Report, Trouble
from khotoot_crawler.round import Absent, Failed, Outcome, Resource, Unchanged
from khotoot_crawler.run import Run
from khotoot_crawler.spiders.answer import (
    AsBefore,
    ForbiddenByRobotsError,
    NotAskedError,
    NotThere,
    Read,
    Redirect,
    article_answer,
    error_of,
    listing_answer,
    requisite_answer,
    validators_of,
)
from khotoot_crawler.spiders.discovery import Discovery, Listing
from khotoot_crawler.spiders.frontier import Frontier
from khotoot_crawler.spiders.outfit import make_ledger, make_pace, user_agent
from khotoot_crawler.spiders.requisites import Requisites
from khotoot_crawler.spiders.walk import ArchiveWalk
from khotoot_crawler.state import Known, State
from khotoot_crawler.times import milliseconds, now, utc_text
from khotoot_crawler.urls import Site

_MOST_REDIRECTS = 5
_AHEAD = 2  # pages under way for each connection: one is fetched while another is acknowledged


class NewsSpider(Spider):
    """Finds the articles of one site and reads each into an Article.

    A subclass names the site; the arguments are those of ``scrapy crawl`` (see the README).
    """

    site_name: ClassVar[str]
    seeds: ClassVar[tuple[str, ...]] = ("/fa/rss/allnews", "/", "/fa/rss")

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
        self._closing: asyncio.Future[None] | None = None
        self._moved = asyncio.Event()

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Name the project in the user agent, unless one was set."""
        super().update_settings(settings)
        settings.set("USER_AGENT", user_agent(settings), priority="spider")
        contact = str(settings.get("KHOTOOT_CONTACT") or "").strip()
        if "@" in contact:  # RFC 9110, 10.1.2: a mailbox
            settings["DEFAULT_REQUEST_HEADERS"]["From"] = contact

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Make the spider, and the ledger of its output folder unless a command wants none."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        if crawler.settings.getbool("KHOTOOT_ARCHIVE", True):
            spider.ledger = make_ledger(spider.name, spider.site, crawler.settings)
        spider.pace = make_pace(crawler.settings)
        for signal in (signals.item_scraped, signals.item_dropped, signals.item_error):
            crawler.signals.connect(spider._item_done, signal)
        crawler.signals.connect(spider._callback_broke, signals.spider_error)
        return spider

    # -- what to ask for -----------------------------------------------------

    async def start(self) -> AsyncIterator[Any]:
        """Ask for what is due, a few pages at a time; end when all has answered."""
        assert self.ledger is not None, "a crawl has a ledger"
        with self.ledger.guard():
            self._prepare(self.ledger.state)
        ahead = _AHEAD * self.settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN")
        while True:
            under_way = sum(
                len(of.in_flight) for of in (self.frontier, self.discovery, self.requisites)
            )
            request = None
            with self.ledger.guard():
                request = self._next_request() if under_way < ahead else None
            if request is not None:
                yield request
            elif under_way:
                self._moved.clear()
                await self._moved.wait()
            else:
                return

    def _prepare(self, state: State) -> None:
        args = self.arguments
        started = milliseconds(utc_text(self.started))
        self.frontier = Frontier(state, self.site.name, args, started)
        walk = ArchiveWalk(state, self.site.name, since=args.since, until=args.until)
        self.discovery = Discovery(
            self.site, state, self.frontier, walk, started=started, counts=self.report.counts
        )
        self.discovery.add_seeds(self.seeds)
        self.discovery.add_sitemaps([self.site.base_url + "/sitemap.xml"])
        mode = str(self.settings["KHOTOOT_REQUISITES"])
        self.requisites = Requisites(state, self.site, mode, started)
        if self.frontier.needs_listings:
            self.logger.info("%s", walk.plan)

    def _next_request(self) -> Request | None:
        """Return what is most worth asking for: a walk's next page only when nothing else is."""
        if (listing := self.discovery.next_seed()) is not None:
            return self._ask_listing(listing)
        if (known := self.frontier.next()) is not None:
            return self._ask_article(known)
        if (url := self.requisites.next()) is not None:
            return self._ask_requisite(url)
        if (listing := self.discovery.next_page()) is not None:
            return self._ask_listing(listing)
        return None

    def _ask_listing(self, listing: Listing) -> Request:
        return Request(
            listing.url,
            callback=self.parse_listing,
            errback=self.listing_failed,
            cb_kwargs={"listing": listing},
            dont_filter=True,
        )

    def _ask_article(self, known: Known) -> Request:
        url = self.site.base_url + (known.path or f"/fa/news/{known.code}")
        return Request(
            url,
            headers=self._conditions(url) if known.status == "archived" else None,
            callback=self.parse_article,
            errback=self.article_failed,
            cb_kwargs={"code": known.code},
            dont_filter=True,
        )

    def _ask_requisite(self, url: str) -> Request:
        return Request(
            url,
            headers=self._conditions(url),
            callback=self.parse_requisite,
            errback=self.requisite_failed,
            cb_kwargs={"requisite": url},
            dont_filter=True,
        )

    def _conditions(self, url: str) -> dict[str, str]:
        """Return the headers that ask for a page only if it is not the one held (RFC 9110, 13)."""
        assert self.ledger is not None
        held = self.ledger.state.validators(url)
        if held is None:
            return {}
        told = {"If-None-Match": held.etag, "If-Modified-Since": held.last_modified}
        return {name: value for name, value in told.items() if value is not None}

    def _follow(self, response: Response, redirect: Redirect) -> Request:
        """Ask for the address that an answer points to; raises ParseError after five of them."""
        hops = response.meta.get("hops", 0) + 1
        if hops > _MOST_REDIRECTS:
            raise ParseError(f"more than {_MOST_REDIRECTS} redirects", url=response.url)
        assert response.request is not None
        return response.request.replace(url=redirect.url, headers={}, meta={"hops": hops})

    # -- listings ------------------------------------------------------------

    def parse_listing(self, response: Response, listing: Listing) -> Request | None:
        """Take the articles that a feed, the home page or an archive page names."""
        try:
            answer = listing_answer(
                response,
                self.site,
                is_sitemap=listing.kind == "sitemap",
                is_walk=listing.kind == "walk",
            )
            if isinstance(answer, Redirect):
                return self._follow(response, answer)
        except ParseError as error:
            self._listing_gave_nothing(listing, error)
        else:
            self.report.counts["listings"] += 1
            assert self.ledger is not None
            with self.ledger.guard():
                self.discovery.add_sitemaps(answer.sitemaps)
                self.discovery.read(listing, answer.pages)
            self._moved.set()
        return None

    def listing_failed(self, failure: Failure) -> None:
        """A listing did not answer, or may not be asked for."""
        request = failure.request  # type: ignore[attr-defined]
        self._listing_gave_nothing(request.cb_kwargs["listing"], error_of(failure, request.url))

    def _listing_gave_nothing(self, listing: Listing, error: ParseError) -> None:
        self._note_failure(error)
        self.discovery.failed(listing)
        self._moved.set()

    # -- articles ------------------------------------------------------------

    async def parse_article(self, response: Response, code: int) -> AsyncIterator[Any]:
        """Read an article, or tell the ledger why there is none."""
        try:
            answer = article_answer(response, self.site, code)
            if isinstance(answer, Redirect):
                yield self._follow(response, answer)
                return
            if isinstance(answer, Read):
                yield self._article(response, answer)
                return
        except ParseError as error:
            await self._failed(error, code)
        else:
            await self._tell(self._other_outcome(response, answer, code))
        self._article_done(code)

    def _article(self, response: Response, answer: Read) -> Article:
        article = answer.reading.article
        for problem in answer.reading.problems:
            self.report.problem(_trouble(problem, int(article.news_code)))
            self.logger.warning("%s", problem)
        if self.ledger is not None:
            with self.ledger.guard():
                self.requisites.found_on(answer.page)
                self.discovery.seen_on_article(list(page_links(answer.page)))
            self._remember_validators(response, int(article.news_code))
        return article

    def _other_outcome(
        self, response: Response, answer: NotThere | AsBefore, code: int
    ) -> Absent | Unchanged:
        capture = response.meta["capture"]
        if isinstance(answer, AsBefore):
            return Unchanged(site=self.site.name, code=code, at=capture.date)
        return Absent(
            site=self.site.name,
            code=code,
            url=self.site.canonical(str(code)),
            reason=answer.reason,
            at=capture.date,
            warc=capture.place,
        )

    async def article_failed(self, failure: Failure) -> None:
        """An article's address did not answer, or may not be asked for."""
        request = failure.request  # type: ignore[attr-defined]
        code = request.cb_kwargs["code"]
        await self._failed(error_of(failure, request.url), code)
        self._article_done(code)

    async def _failed(self, error: ParseError, code: int) -> None:
        self._note_failure(error, code)
        if isinstance(error, NotAskedError):
            return  # it was never asked: its row stays as it was, due
        at = utc_text(now())
        await self._tell(Failed(site=self.site.name, code=code, reason=error.reason, at=at))

    def _item_done(self, item: Any) -> None:
        if isinstance(item, Article):
            self._article_done(int(item.news_code))

    def _article_done(self, code: int) -> None:
        if self.ledger is not None:
            self.frontier.done(code)
            self._moved.set()

    # -- page requisites -----------------------------------------------------

    async def parse_requisite(self, response: Response, requisite: str) -> AsyncIterator[Request]:
        """Keep an image, style sheet, script or font, and take what a style sheet names."""
        try:
            answer = requisite_answer(response, self.site)
            if isinstance(answer, Redirect):
                yield self._follow(response, answer)
                return
        except ParseError as error:
            self._note_failure(error)
            await self._requisite_done(requisite, kept=False)
            return
        self._remember_validators(response, requisite)
        if answer is not None and self.ledger is not None:
            with self.ledger.guard():
                self.requisites.found(css_requisites(answer, response.url))
        await self._requisite_done(requisite, kept=True)

    async def requisite_failed(self, failure: Failure) -> None:
        """A page requisite did not answer, or may not be asked for."""
        request = failure.request  # type: ignore[attr-defined]
        error = error_of(failure, request.url)
        self._note_failure(error)
        is_settled = isinstance(error, ForbiddenByRobotsError)
        await self._requisite_done(request.cb_kwargs["requisite"], kept=is_settled)

    async def _requisite_done(self, url: str, *, kept: bool) -> None:
        await self._tell(Resource(url=url, at=utc_text(now()), kept=kept))
        self.requisites.done(url)
        self._moved.set()

    # -- what came of it -----------------------------------------------------

    async def _tell(self, outcome: Outcome) -> None:
        if self.ledger is not None:
            # Where nothing can be written the ledger itself has the crawl stopped.
            with suppress(OutputError):
                await self.ledger.acknowledge(outcome)

    def _remember_validators(self, response: Response, page: int | str) -> None:
        validators = validators_of(response)
        if self.ledger is not None and validators is not None:
            self.ledger.remember(page, validators)

    def _note_failure(self, error: ParseError, code: int | None = None) -> None:
        if self.ledger is not None and self.ledger.failure is not None:
            return  # told once, by the ledger; the page itself may be well
        if isinstance(error, NotAskedError):
            self.report.counts[error.counted_as] += 1
            self.logger.debug("%s", error)
            return
        self.report.failed(_trouble(error, code))
        self.logger.warning("%s", error)

    def _callback_broke(self, failure: Failure, response: Response) -> None:
        """A defect: the page is no longer under way, the run goes on and ends with exit 1."""
        assert response.request is not None
        error = ParseError(f"a defect, {failure.value!r}", url=response.url)
        match response.request.cb_kwargs:
            case {"listing": Listing() as listing}:
                self._listing_gave_nothing(listing, error)
            case {"code": int(code)}:
                self._note_failure(error, code)
                self._article_done(code)
            case {"requisite": str(url)}:
                self._note_failure(error)
                self.requisites.done(url)
                self._moved.set()

    def robots_read(self, sitemaps: Iterable[str]) -> None:
        """robots.txt names these sitemaps."""
        if self.ledger is not None:
            self.discovery.add_sitemaps(sitemaps)

    def opening(self) -> None:
        """The output folder is about to be taken and mended."""
        run = self.crawler.get_extension(Run)
        if run is not None:
            run.note_signals(self)

    def stop(self, reason: str) -> None:
        """Close the spider; what is due stays due."""
        self.pace.stop()
        if self._closing is None:
            engine = self.crawler.engine
            self._closing = asyncio.ensure_future(engine.close_spider_async(reason=reason))


def _trouble(error: ParseError, code: int | None) -> Trouble:
    return Trouble(
        url=error.url or "",
        reason=error.reason,
        news_code=None if code is None else str(code),
        field=error.field,
    )
