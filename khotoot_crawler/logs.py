"""Log lines a person can read: what became of a page, never the whole item."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.logformatter import LogFormatter

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.http import Response
    from scrapy.logformatter import LogFormatterResult
    from twisted.python.failure import Failure


class LineFormatter(LogFormatter):
    """Scrapy's log messages, with an article told by its address."""

    def scraped(self, item: Any, response: Any, spider: Spider) -> LogFormatterResult:
        return super().scraped(_name(item), response, spider)

    def dropped(
        self,
        item: Any,
        exception: BaseException,
        response: Response | Failure | None,
        spider: Spider,
    ) -> LogFormatterResult:
        said = super().dropped(_name(item), exception, response, spider)
        return said and {**said, "msg": "Dropped: %(exception)s"}

    def item_error(
        self,
        item: Any,
        exception: BaseException,
        response: Response | Failure | None,
        spider: Spider,
    ) -> LogFormatterResult:
        return super().item_error(_name(item), exception, response, spider)


def _name(item: Any) -> str:
    return getattr(item, "url", None) or type(item).__name__
