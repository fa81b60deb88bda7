"""The settings of a crawl, checked before anything is written and refused in one line."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scrapy.settings import BaseSettings, default_settings
from scrapy.utils.misc import load_object

from khotoot_crawler import settings as ours
from khotoot_crawler.errors import UsageError
from khotoot_crawler.tls import tls_context

# Kind, least and most of each number: with more, milliseconds would not fit into 64 bits.
_SECONDS = (float, 0, 10**9)
_TIMES = (float, 0, 10**6)
_BYTES = (int, 0, 10**18)
_COUNT = (int, 0, 10**9)
_AT_ONCE = (int, 1, 10_000)
_CHOICES: dict[str, tuple[str, ...]] = {
    "KHOTOOT_LOG": ("text", "json"),
    "KHOTOOT_REQUISITES": ("all", "images", "none"),
    "LOG_LEVEL": tuple(logging.getLevelNamesMapping()),
}
_LINES = {"KHOTOOT_CONTACT": "an address to write to", "USER_AGENT": "what to call the crawler"}
_NUMBERS: dict[str, tuple[type[int] | type[float], int, int]] = {
    "DOWNLOAD_DELAY": _SECONDS,
    "DOWNLOAD_TIMEOUT": _SECONDS,
    "LOGSTATS_INTERVAL": _SECONDS,
    "KHOTOOT_DELAY_JITTER": (float, 0, 1000),
    "KHOTOOT_PATIENCE_BACKOFF": _SECONDS,
    "KHOTOOT_PATIENCE_PAUSE": _SECONDS,
    "KHOTOOT_PATIENCE_FAILURES": _COUNT,
    "KHOTOOT_RECHECK_FRACTION": (float, 0, 1000),
    "KHOTOOT_RECHECK_HOURS": _TIMES,
    "KHOTOOT_RECHECK_YOUNG_DAYS": _TIMES,
    "KHOTOOT_RECHECK_OLD_DAYS": _TIMES,
    "KHOTOOT_MIN_FREE": _BYTES,
    "DOWNLOAD_MAXSIZE": _BYTES,
    "RETRY_TIMES": (int, 0, 1000),
    "CLOSESPIDER_TIMEOUT": _SECONDS,
    "CLOSESPIDER_TIMEOUT_NO_ITEM": _COUNT,
    "CLOSESPIDER_ERRORCOUNT": _COUNT,
    "CLOSESPIDER_ITEMCOUNT": _COUNT,
    "CLOSESPIDER_PAGECOUNT": _COUNT,
    "CLOSESPIDER_PAGECOUNT_NO_ITEM": _COUNT,
    "MEMUSAGE_CHECK_INTERVAL_SECONDS": _SECONDS,
    "MEMUSAGE_LIMIT_MB": _COUNT,
    "MEMUSAGE_WARNING_MB": _COUNT,
    "CONCURRENT_ITEMS": _AT_ONCE,
    "CONCURRENT_REQUESTS": _AT_ONCE,
    "CONCURRENT_REQUESTS_PER_DOMAIN": _AT_ONCE,
}
# Archiving, robots.txt, pauses and exit codes are parts like others: a setting may leave them out.
_NEEDED = {
    "ITEM_PIPELINES": ours.ITEM_PIPELINES,
    "DOWNLOADER_MIDDLEWARES": ours.DOWNLOADER_MIDDLEWARES,
    "EXTENSIONS": ("khotoot_crawler.run.Run",),
}
_PARTS = (
    *("ASYNCIO_EVENT_LOOP", "DOWNLOADER", "DUPEFILTER_CLASS", "ITEM_PROCESSOR", "LOG_FORMATTER"),
    *("REQUEST_FINGERPRINTER_CLASS", "SCHEDULER", "SCHEDULER_MEMORY_QUEUE"),
    *("SCHEDULER_PRIORITY_QUEUE", "SCHEDULER_START_MEMORY_QUEUE", "SPIDER_LOADER_CLASS"),
    "STATS_CLASS",
)
_COMPONENTS = ("ADDONS", "SPIDER_MIDDLEWARES", *_NEEDED)


def check_settings(settings: BaseSettings) -> None:
    """Refuse a setting that would fail only later; raises UsageError naming it."""
    for name, (kind, least, most) in _NUMBERS.items():
        _check_number(name, settings.get(name), kind, least, most)
    for name in filter(settings.__contains__, _switches()):
        _check_choice(name, str(settings.get(name)).lower(), ("1", "0", "true", "false"))
    for name, choices in _CHOICES.items():
        _check_choice(name, settings.get(name), choices)
    for name, value in _foreign_parts(settings):
        _check_part(name, value)
    if not settings.get("KHOTOOT_OUTPUT"):
        raise UsageError("-s KHOTOOT_OUTPUT=: takes the folder that everything is written to")
    for name, taken in _LINES.items():
        line = str(settings.get(name) or "")
        if not line.isprintable():
            raise UsageError(f"-s {name}={line!r}: takes one line, {taken}")
    tls_context(settings)
    if name := settings.get("LOG_FILE"):
        _check_log_file(Path(name))


def check_parts(settings: BaseSettings) -> None:
    """Refuse a setting that leaves out what an archive cannot do without."""
    archive = str(settings.get("KHOTOOT_ARCHIVE", True)).lower()
    _check_choice("KHOTOOT_ARCHIVE", archive, ("1", "true"))
    for name, needed in _NEEDED.items():
        given = settings.getdict(name)
        for part in needed:
            if given.get(part) is None:
                raise UsageError(f"-s {name}={given}: takes {part} as well: a crawl needs it")
    handlers = settings.getdict("DOWNLOAD_HANDLERS")
    for scheme in ("http", "https"):
        if handlers.get(scheme) != (handler := ours.DOWNLOAD_HANDLERS[scheme]):
            raise UsageError(f"-s DOWNLOAD_HANDLERS={handlers}: takes {handler} for {scheme}")


def _foreign_parts(settings: BaseSettings) -> Iterator[tuple[str, Any]]:
    """Yield what parts are to be loaded, with their setting, that neither we nor Scrapy named."""
    for name in _PARTS:
        value = settings.get(name)
        if value not in (getattr(default_settings, name), getattr(ours, name, None)):
            yield name, value
    for name in _COMPONENTS:
        for part, place in settings.getdict(name).items():
            if not isinstance(place, int | float | None):
                raise UsageError(f"-s {name}={{{part}: {place}}}: takes a number for each, or null")
            if place is not None and part not in getattr(ours, name, {}):
                yield name, part


def _check_part(name: str, value: Any) -> None:
    try:
        load_object(value)
    except (TypeError, ValueError, NameError, ImportError) as error:
        raise UsageError(f"-s {name}={value}: takes what can be imported: {error}") from error


def _switches() -> Iterator[str]:
    """Yield the settings that are on or off, ours and Scrapy's."""
    yield from ("KHOTOOT_ARCHIVE", "KHOTOOT_PROGRESS")
    for name, usual in vars(default_settings).items():
        if name.isupper() and isinstance(usual, bool):
            yield name


def _check_log_file(path: Path) -> None:
    is_writable = os.access(path if path.exists() else path.parent, os.W_OK)
    if path.is_dir() or not is_writable:
        raise UsageError(
            f"-s LOG_FILE={path}: takes a file that can be written, in a folder that is there"
        )


def _check_choice(name: str, value: Any, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise UsageError(f"-s {name}={value}: takes {' or '.join(choices)}")


def _check_number(
    name: str, value: Any, kind: type[int] | type[float], least: int, most: int
) -> None:
    try:
        if least <= kind(value) <= most:
            return
    except (TypeError, ValueError):
        pass
    raise UsageError(f"-s {name}={value}: takes a number, {least} to {most}")
