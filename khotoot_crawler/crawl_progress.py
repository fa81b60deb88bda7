"""How far a crawl is: a live line on a terminal, a log line every minute elsewhere."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import sys
import time
from collections import deque
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

from scrapy import signals
from scrapy.exceptions import NotConfigured

from khotoot_crawler.times import milliseconds, utc_text

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from khotoot_crawler.ledger import Ledger
    from khotoot_crawler.live_line import LiveLine
    from khotoot_crawler.spiders.news import NewsSpider
    from khotoot_crawler.state import State

logger = logging.getLogger(__name__)

_REDRAW_EVERY = 0.5  # seconds
_COUNT_EVERY = 5.0
_COUNT_SHARE = 100  # times as long as a count took: of a million due, a second
_RATE_OVER = 60.0
_AGAIN = ("revised", "unchanged", "not_modified")
_DONE = ("new", *_AGAIN, "missing", "not_found_once", "gone", "still_gone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How far a run is.

    ``done`` and ``failed``: articles; ``ahead``: those known to be asked for yet, None where that
    is not known; ``seconds_left`` likewise. ``rate``: exchanges a second, of any kind. ``delay``:
    seconds from one to the next, None while none may go. ``failures``: pages of any kind.
    """

    done: int
    failed: int
    ahead: int | None
    seconds_left: float | None
    rate: float
    delay: float | None
    revisits: int
    failures: int

    def __str__(self) -> str:
        """Say it in one line, first what is missed most where a narrow terminal cuts it."""
        of = "" if self.ahead is None else f" of {self.done + self.failed + self.ahead:,}"
        left = (
            "" if self.seconds_left is None else f", {timedelta(0, round(self.seconds_left))} left"
        )
        delay = "paused" if self.delay is None else f"delay {self.delay:.3g} s"
        return (
            f"{self.done:,}{of} articles{left}, {self.failures:,} failed, "
            f"{self.rate * 60:,.0f}/min, {delay}, {self.revisits:,} revisits"
        )


class Rate:
    """How many a second there were over the last minute; moments in seconds."""

    def __init__(self, started: float) -> None:
        self._seen = deque([(started, 0)])

    def at(self, moment: float, done: int) -> float:
        """Return the rate, so many being done at that moment."""
        self._seen.append((moment, done))
        while moment - self._seen[1][0] >= _RATE_OVER:
            self._seen.popleft()
        since, before = self._seen[0]
        return (done - before) / (moment - since) if moment > since else 0.0


class Due:
    """How many articles the run has yet to ask for, counted again every few seconds.

    Given codes are all expected to be asked for; of gaps and windows that is not known.
    """

    def __init__(self, spider: NewsSpider, state: State) -> None:
        args = spider.arguments
        self._path = state.path
        self._given = (spider.site.name, milliseconds(utc_text(spider.started)))
        self._statuses = "" if args.recheck else " AND status IN ('new', 'missing')"
        self._is_countable = not (args.gaps or args.since or args.until or args.codes)
        self._total: int | None = None
        if args.codes:
            self._total = sum(high - low + 1 for low, high in args.codes)
        self._count_at = 0.0

    async def ahead(self, moment: float, settled: int) -> int | None:
        """Return how many, so many being done or failed at that moment; None if not known."""
        if self._is_countable and moment >= self._count_at:
            with suppress(sqlite3.Error):  # busy: the next count will do
                self._total = settled + await asyncio.to_thread(self._count)
            took = time.monotonic() - moment
            self._count_at = moment + max(_COUNT_EVERY, _COUNT_SHARE * took)
        return None if self._total is None else max(0, self._total - settled)

    def _count(self) -> int:
        """Count beside the run's own connection: a million rows take longer than a page may."""
        address = f"file:{quote(str(self._path.absolute()))}?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as db:
            (count,) = db.execute(
                f"SELECT count(*) FROM article WHERE site = ? AND due_at <= ?{self._statuses}",
                self._given,
            ).fetchone()
        return int(count)


class Watched:
    """A run whose figures are asked for now and then."""

    def __init__(self, spider: NewsSpider, ledger: Ledger) -> None:
        self._spider = spider
        self._counts = ledger.counts
        self._due = Due(spider, ledger.state)
        started = time.monotonic()
        self._articles, self._pages = Rate(started), Rate(started)

    async def figures(self) -> Figures:
        """Return how far it is at this moment."""
        now, counts, pace = time.monotonic(), self._counts, self._spider.pace
        done, failed = sum(counts[name] for name in _DONE), counts["failed"]
        ahead = await self._due.ahead(now, done + failed)
        speed = self._articles.at(now, done + failed)
        return Figures(
            done=done,
            failed=failed,
            ahead=ahead,
            seconds_left=ahead / speed if ahead and speed else None,
            rate=self._pages.at(now, counts["exchanges"]),
            delay=None if pace.is_tripped else pace.delay,
            revisits=sum(counts[name] for name in _AGAIN),
            failures=self._spider.report.counts["pages_failed"],
        )


class CrawlProgress:
    """Extension that tells how far the crawl is, unless ``KHOTOOT_PROGRESS`` is off."""

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        is_wanted = settings.getbool("KHOTOOT_PROGRESS", True)
        if not is_wanted or not settings.getbool("KHOTOOT_ARCHIVE", True):
            raise NotConfigured
        self._log_every = settings.getfloat("LOGSTATS_INTERVAL")
        self._line: LiveLine | None = None
        self._task: asyncio.Task[None] | None = None
        crawler.signals.connect(self._opened, signals.spider_opened)
        crawler.signals.connect(self._closed, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make the extension, unless there is nothing to tell."""
        return cls(crawler)

    def _opened(self, spider: NewsSpider) -> None:
        if spider.ledger is None or not spider.ledger.is_open:
            return
        if sys.stderr.isatty():
            from khotoot_crawler.live_line import LiveLine  # and rich: of no use to cron

            self._line = LiveLine() if LiveLine.is_possible() else None
        if self._line is not None or self._log_every:
            self._task = asyncio.ensure_future(self._tell(spider, spider.ledger))

    def _closed(self) -> None:
        if self._task is not None:
            self._task.cancel()
        if self._line is not None:
            with suppress(OSError):  # the terminal has gone
                self._line.close()

    async def _tell(self, spider: NewsSpider, ledger: Ledger) -> None:
        watched = Watched(spider, ledger)
        while True:
            await asyncio.sleep(self._log_every if self._line is None else _REDRAW_EVERY)
            self._show(await watched.figures())

    def _show(self, figures: Figures) -> None:
        if self._line is None:
            logger.info("progress: %s", figures)
        else:
            with suppress(OSError):
                self._line.show(str(figures))
