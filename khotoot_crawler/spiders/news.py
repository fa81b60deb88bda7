"""The base of the spiders of one CMS family (Iransamaneh): a site is a subclass that names it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Request, Response
from scrapy.settings import BaseSettings
from twisted.python.failure import Failure

from khotoot_crawler.arguments import own_arguments, parse_arguments
from khotoot_crawler.errors import ParseError
from khotoot_crawler.items import Article
from khotoot_crawler.ledger import Ledger
from khotoot_crawler.pace import Pace
from khotoot_crawler.report import Report
from khotoot_crawler.run import Run
from khotoot_crawler.spiders.answer import NotThere, Read, Redirect, article_answer, error_of
from khotoot_crawler.spiders.asking import conditions, follow
from khotoot_crawler.spiders.discovery import Discovery, Listing
from khotoot_crawler.spiders.frontier import Frontier
from khotoot_crawler.spiders.listing_pages import ListingPages
from khotoot_crawler.spiders.outcomes import Outcomes
from khotoot_crawler.spiders.outfit import make_ledger, make_pace, user_agent
from khotoot_crawler.spiders.requisite_pages import RequisitePages
from khotoot_crawler.spiders.requisites import Requisites
from khotoot_crawler.spiders.walk import ArchiveWalk
from khotoot_crawler.spiders.window import window_of
from khotoot_crawler.state import Known
from khotoot_crawler.stop_signals import pass_signals
from khotoot_crawler.times import milliseconds, now, utc_text
from khotoot_crawler.urls import Site, news_code_of_path

_AHEAD = 2  # pages under way for each connection: one is fetched while another is acknowledged


class NewsSpider(Spider):
    """Finds the articles of one site and reads each into an Article.

    A subclass names the site; the arguments are those of ``scrapy crawl`` (see the README, and
    ``window.py`` for what ``since`` and ``until`` leave out).
    """

    site_name: ClassVar[str]
    seeds: ClassVar[tuple[str, ...]] = ("/fa/rss/allnews", "/", "/fa/rss")

    def __init__(self, name: str | None = None, **arguments: object) -> None:
        """Read the arguments; raises UsageError naming the one that is wrong."""
        super().__init__(name)
        self.arguments = parse_arguments(arguments)
        self.given = own_arguments(arguments)
        self.site = Site(self.site_name, self.arguments.base_url or f"https://{self.site_name}")
        self.started = now()
        self.report = Report()
        self.ledger: Ledger | None = None
        self.outcomes = Outcomes(self.site, self.report, self.logger, None)
        self.pace = Pace(0, 0)
        self._window = window_of(self.arguments)
        self._closing: asyncio.Future[None] | None = None
        self._is_at_origin = True  # as far as is known
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
            spider.outcomes = Outcomes(spider.site, spider.report, spider.logger, spider.ledger)
        spider.pace = make_pace(crawler.settings)
        # The pace keeps the delay; Scrapy's own queue would hold up a stop for as long.
        crawler.settings.set("DOWNLOAD_DELAY", 0, priority="cmdline")
        for signal in (signals.item_scraped, signals.item_dropped, signals.item_error):
            crawler.signals.connect(spider._item_done, signal)
        crawler.signals.connect(spider._callback_broke, signals.spider_error)
        return spider

    # -- what to ask for -----------------------------------------------------

    async def start(self) -> AsyncIterator[Any]:
        """Ask for what is due, a few pages at a time; end when all has answered."""
        assert self.ledger is not None, "a crawl has a ledger"
        if self.ledger.failure is None:
            with self.ledger.guard():
                self._prepare(self.ledger)
        if self.ledger.failure is not None:
            return  # what is to be asked for is not known
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

    def _prepare(self, ledger: Ledger) -> None:
        args, state = self.arguments, ledger.state
        started = milliseconds(utc_text(self.started))
        self.frontier = Frontier(state, self.site.name, args, started)
        walk = ArchiveWalk(state, self.site.name, since=args.since, until=args.until)
        self.discovery = Discovery(
            self.site, state, self.frontier, walk, started=started, counts=self.report.counts
        )
        self.discovery.add_seeds(self.seeds)
        self.discovery.add_sitemaps([self.site.base_url + "/sitemap.xml"])
        mode = str(self.settings["KHOTOOT_REQUISITES"])
        self.requisites = Requisites(state, self.site, mode, started, counts=self.report.counts)
        self._listing_pages = ListingPages(
            self.discovery, self._window, ledger, self.outcomes, self._moved.set
        )
        self._requisite_pages = RequisitePages(
            self.requisites, ledger, self.outcomes, self._moved.set
        )
        if self.frontier.needs_listings:
            self.logger.info("%s", walk.plan)

    def _next_request(self) -> Request | None:
        """Return what is most worth asking for: a walk's next page only when nothing else is."""
        return (
            self._listing_pages.next_seed()
            or self._next_article()
            or self._next_requisite()
            or self._listing_pages.next_page()
        )

    def _next_requisite(self) -> Request | None:
        return None if self.pace.is_enough_of_requisites else self._requisite_pages.next_request()

    def _next_article(self) -> Request | None:
        assert self.ledger is not None
        known = self.frontier.next()
        if known is None:
            return None
        url = self.site.base_url + (known.path or f"/fa/news/{known.code}")
        return Request(
            url,
            headers=self._conditions(known, url),
            callback=self.parse_article,
            errback=self.article_failed,
            cb_kwargs={"code": known.code},
            dont_filter=True,
        )

    def _conditions(self, known: Known | None, url: str) -> dict[str, str]:
        """Return the headers that ask for an article only if it is not the page held."""
        if self.ledger is None or known is None or known.status != "archived":
            return {}
        return conditions(self.ledger.state, url)

    # -- articles ------------------------------------------------------------

    async def parse(self, response: Response, **_: Any) -> AsyncIterator[Any]:
        """Read an article by its address, for ``scrapy parse``: a crawl knows what it asked for."""
        code = news_code_of_path(urlsplit(response.url).path)
        if code is None:
            self.logger.error("%s: not the address of an article", response.url)
            return
        async for found in self.parse_article(response, int(code)):
            yield found

    async def parse_article(self, response: Response, code: int) -> AsyncIterator[Any]:
        """Read an article, or tell the ledger why there is none."""
        try:
            answer = article_answer(response, self.site, code)
            if isinstance(answer, Redirect):
                self._tell_of_origin(response.url, answer.url)
                yield follow(response, answer, headers=self._conditions_of(code, answer.url))
                return
            if isinstance(answer, NotThere) and (bare := self._bare_address(response, code)):
                yield follow(response, bare, is_bare=True)
                return
            if isinstance(answer, Read):
                yield self._article(response, answer)
                return
        except ParseError as error:
            await self.outcomes.article_failed(error, code)
        else:
            await self.outcomes.nothing_to_read(response, answer, code)
            if isinstance(answer, NotThere) and self.ledger is not None:
                self.discovery.see_anew()
        self._article_done(code)

    def _tell_of_origin(self, asked: str, onward: str) -> None:
        """Tell once that the site is at another origin, to which each page has to be followed."""
        here, there = urlsplit(asked), urlsplit(onward)
        if self._is_at_origin and here[:2] != there[:2] and here[2:] == there[2:]:
            self._is_at_origin = False
            origin = f"{there.scheme}://{there.netloc}"
            self.logger.warning(
                "the site is at %s: -a base_url=%s saves a redirect for each page", origin, origin
            )

    def _conditions_of(self, code: int, url: str) -> dict[str, str]:
        """Return the conditions of an address that an article's has led to."""
        if self.ledger is not None:
            with self.ledger.guard():
                return self._conditions(self.ledger.state.known(self.site.name, code), url)
        return {}

    def _bare_address(self, response: Response, code: int) -> Redirect | None:
        """Return where else an article may be that was archived: its slug was another headline's.

        None where there is nothing to lose, or where that was asked.
        """
        path = f"/fa/news/{code}"
        is_asked = response.meta.get("is_bare") or self.site.path_of(response.url) == path
        if self.ledger is None or is_asked:
            return None
        with self.ledger.guard():
            known = self.ledger.state.known(self.site.name, code)
            if known is not None and known.status in ("archived", "gone"):
                return Redirect(self.site.base_url + path)
        return None

    def _article(self, response: Response, answer: Read) -> Article:
        article = answer.reading.article
        for problem in answer.reading.problems:
            self.outcomes.unreadable(problem, int(article.news_code))
        self._check_day(article)
        if self.ledger is not None:
            with self.ledger.guard():
                self.requisites.found_on(answer.page)
                self.discovery.seen_on(answer.page, int(article.news_code))
            self.outcomes.remember_validators(response, int(article.news_code))
        return article

    def _check_day(self, article: Article) -> None:
        at = article.published_at
        if self._window and at and not self._window.holds(date.fromisoformat(at[:10])):
            self.report.counts["archived_outside_the_window"] += 1
            self.logger.info("%s: of another day, %s", article.fetched_url, article.published_raw)

    async def article_failed(self, failure: Failure) -> None:
        """An article's address did not answer, or may not be asked for."""
        request = failure.request  # type: ignore[attr-defined]
        code = request.cb_kwargs["code"]
        await self.outcomes.article_failed(error_of(failure, request.url), code)
        self._article_done(code)

    def _item_done(self, item: Any) -> None:
        if isinstance(item, Article):
            self._article_done(int(item.news_code))

    def _article_done(self, code: int) -> None:
        if self.ledger is not None:
            with self.ledger.guard():
                self.frontier.done(code)
            self._moved.set()

    # -- what else may happen -------------------------------------------------

    def _callback_broke(self, failure: Failure, response: Response | None) -> None:
        """A defect: the page is no longer under way, the run goes on and ends with exit 1."""
        if response is None or response.request is None:
            return  # of no page: ``start`` broke, which ends the run
        error = ParseError(f"a defect, {failure.value!r}", url=response.url)
        match response.request.cb_kwargs:
            case {"listing": Listing() as listing}:
                self._listing_pages.gave_nothing(listing, error)
            case {"code": int(code)}:
                self.outcomes.failed(error, code)
                self._article_done(code)
            case {"requisite": str(url)}:
                self.outcomes.failed(error)
                self._requisite_pages.done(url)

    def robots_read(self, sitemaps: Iterable[str]) -> None:
        """robots.txt names these sitemaps."""
        if self.ledger is not None:
            self.discovery.add_sitemaps(sitemaps)

    def opening(self) -> AbstractContextManager[None]:
        """Return what the output folder is taken and mended within."""
        run = self.crawler.get_extension(Run)
        if run is not None:
            return run.opening(self)
        pass_signals()
        return nullcontext()

    def stop(self, reason: str) -> None:
        """Close the spider; what is due stays due."""
        self.pace.stop()
        if self._closing is None:
            engine = self.crawler.engine
            self._closing = asyncio.ensure_future(engine.close_spider_async(reason=reason))
