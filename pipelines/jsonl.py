"""An article is done when the ledger has its line on the disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from scrapy.exceptions import DropItem

from khotoot_crawler.errors import OutputError
from khotoot_crawler.items import Article

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from khotoot_crawler.ledger import Ledger


class JsonlPipeline:
    """Holds an article until its acknowledgement."""

    def __init__(self, ledger: Ledger | None) -> None:
        self.ledger = ledger

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(getattr(crawler.spider, "ledger", None))

    async def process_item(self, item: Any) -> Any:
        if self.ledger is None or not isinstance(item, Article):
            return item
        try:
            await self.ledger.acknowledge(item)
        except OutputError as error:
            raise DropItem(f"not written: {error}", log_level="DEBUG") from error
        return item
