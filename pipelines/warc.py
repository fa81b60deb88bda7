"""Every exchange on the wire goes into the open WARC before its page is read."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Self

from scrapy.exceptions import CloseSpider

from khotoot_crawler.archive.exchange import Exchange, exchange_captured
from khotoot_crawler.errors import LockedError, OutputError, StateError, UsageError

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

    from khotoot_crawler.ledger import Ledger

logger = logging.getLogger(__name__)


class WarcPipeline:
    """Opens the ledger with the spider, gives it each exchange, closes it at the end."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.ledger: Ledger | None = getattr(crawler.spider, "ledger", None)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def open_spider(self) -> None:
        """Take the output folder; a folder that cannot be had closes the spider again."""
        if self.ledger is None:
            return
        self.ledger.on_failure = self._stop
        try:
            with self.crawler.spider.opening():  # type: ignore[union-attr]
                for found in self.ledger.open():
                    logger.info("recovery: %s", found)
        except KeyboardInterrupt as error:
            raise CloseSpider("shutdown") from error
        except (OutputError, UsageError) as error:
            logger.error("%s", error)
            raise CloseSpider(_close_reason(error)) from error
        self.crawler.signals.connect(self.record, exchange_captured)

    def record(self, exchange: Exchange, request: Request) -> None:
        """Archive an exchange and leave its place on the request that was answered."""
        if self.ledger is not None:
            request.meta["capture"] = self.ledger.record(exchange)

    async def close_spider(self) -> None:
        if self.ledger is not None:
            await self.ledger.close()

    def _stop(self, error: OutputError) -> None:
        logger.error("%s", error)
        self.crawler.spider.stop("output")  # type: ignore[union-attr]


def _close_reason(error: OutputError | UsageError) -> str:
    if isinstance(error, LockedError):
        return "locked"
    return "usage" if isinstance(error, UsageError | StateError) else "output"
