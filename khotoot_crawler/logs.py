"""Log lines a person can read: what became of a page, never the whole item."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from scrapy.logformatter import LogFormatter

from khotoot_crawler.times import utc_text

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler
    from scrapy.http import Request, Response
    from scrapy.logformatter import LogFormatterResult
    from scrapy.settings import Settings
    from twisted.python.failure import Failure


class LineFormatter(LogFormatter):
    """Scrapy's log messages, with an article told by its address.

    What nobody asked to read is not made into a record first: 2% of a page's CPU.
    """

    def __init__(self, *, is_detailed: bool = True) -> None:
        self._is_detailed = is_detailed

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make the formatter that LOG_LEVEL asks for."""
        return cls(is_detailed=crawler.settings["LOG_LEVEL"] in ("DEBUG", "NOTSET"))

    def crawled(  # type: ignore[override]  # None is allowed: nothing is logged
        self, request: Request, response: Response, spider: Spider
    ) -> LogFormatterResult | None:
        return super().crawled(request, response, spider) if self._is_detailed else None

    def scraped(  # type: ignore[override]
        self, item: Any, response: Any, spider: Spider
    ) -> LogFormatterResult | None:
        return super().scraped(_name(item), response, spider) if self._is_detailed else None

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


class JsonFormatter(logging.Formatter):
    """A log record as one line of JSON, for programs (``-s KHOTOOT_LOG=json``)."""

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "time": utc_text(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False)


def log_as_json(settings: Settings) -> None:
    """Have everything logged as JSON lines, where LOG_FILE and LOG_LEVEL say."""
    settings.set("LOG_INSTALL_ROOT_HANDLER", False, priority="cmdline")
    if not settings.getbool("LOG_ENABLED"):
        return
    name = settings.get("LOG_FILE")
    if name and not settings.getbool("LOG_FILE_APPEND"):
        Path(name).write_bytes(b"")  # Scrapy closes all handlers once, and one to "w" stays closed
    handler = logging.FileHandler(name, encoding="utf-8") if name else logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    handler.setLevel(settings.get("LOG_LEVEL"))
    logging.root.addHandler(handler)
    logging.root.setLevel(logging.NOTSET)
