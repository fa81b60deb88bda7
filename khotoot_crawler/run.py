"""A run's end: its exit code, its summary, and a line for whoever started it."""

from __future__ import annotations

import gc
import json
import logging
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from scrapy import signals
from scrapy.exceptions import NotConfigured

from khotoot_crawler.durable import replaced
from khotoot_crawler.exit_codes import (
    EXIT_DEFECT,
    EXIT_INCOMPLETE,
    EXIT_LOCKED,
    EXIT_OUTPUT,
    EXIT_STOPPED_BY_SITE,
    EXIT_USAGE,
)
from khotoot_crawler.folder import network
from khotoot_crawler.state import DamagedError
from khotoot_crawler.stop_signals import StopSignals
from khotoot_crawler.times import now, run_id, utc_text

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from khotoot_crawler.ledger import Ledger
    from khotoot_crawler.spiders.news import NewsSpider

logger = logging.getLogger(__name__)

_EXIT_OF_REASON = {
    "usage": EXIT_USAGE,
    "unreachable": EXIT_STOPPED_BY_SITE,
    "challenge": EXIT_STOPPED_BY_SITE,
    "output": EXIT_OUTPUT,
    "locked": EXIT_LOCKED,
}
# What an article's address may have told the ledger.
_TOLD = (
    *("new", "revised", "unchanged", "not_modified"),
    *("missing", "not_found_once", "gone", "still_gone"),
)


class Run:
    """Extension that knows how a run went; ``exit_code`` is None until it has ended."""

    def __init__(self, crawler: Crawler) -> None:
        if not crawler.settings.getbool("KHOTOOT_ARCHIVE", True):
            raise NotConfigured
        self.crawler = crawler
        self.exit_code: int | None = None
        self.signals = StopSignals()
        self._defects = 0
        crawler.signals.connect(self._opened, signals.spider_opened)
        crawler.signals.connect(self._defect, signals.spider_error)
        crawler.signals.connect(self._defect, signals.item_error)
        crawler.signals.connect(self._closed, signals.spider_closed)
        crawler.signals.connect(self._stopped, signals.engine_stopped)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make the extension, unless a command archives nothing."""
        return cls(crawler)

    def opening(self, spider: NewsSpider) -> AbstractContextManager[None]:
        """While the folder is taken and mended a signal breaks that off, as a crash would."""
        return self.signals.breaking_off(lambda: spider.stop("shutdown"))

    def _opened(self, spider: NewsSpider) -> None:
        # What is there by now stays: to look through it for garbage took 0.2 s in 3,000 pages.
        gc.freeze()
        self.signals.let_through(lambda: self.crawler.engine.running)
        if spider.ledger is not None and spider.ledger.is_open:
            self._ask_for_contact(spider)
            with spider.ledger.guard():
                self._tell_of_the_dead(spider.ledger)
                # The next run is to know of this one, should it die.
                spider.ledger.state.set_note("run", json.dumps(_head(spider)))

    @property
    def signal_code(self) -> int | None:
        """Return the exit code of a run stopped by a signal, None where none came."""
        return None if self.signals.first is None else 128 + self.signals.first

    def _ask_for_contact(self, spider: NewsSpider) -> None:
        contact = str(self.crawler.settings.get("KHOTOOT_CONTACT") or "").strip()
        if not contact and network(spider.site.base_url) == "public":
            logger.warning("set KHOTOOT_CONTACT (mail or web address): the site cannot reach you")

    def _tell_of_the_dead(self, ledger: Ledger) -> None:
        """Write the summary that the run before could not write itself."""
        head = ledger.state.json_note("run", dict)
        if not head:
            return
        if not {"run_id", "started_at"} <= head.keys():
            raise DamagedError("note run tells of no run")
        if (ledger.folder / "runs" / f"{head['run_id']}.json").exists():
            return
        logger.info(
            "recovery: the run of %s died, or could not write its summary; what it acknowledged "
            "is safe",
            head["started_at"],
        )
        empty: dict[str, object] = {"counts": {}, "failures": [], "problems": []}
        ended = {"ended_at": None, "reason": "died", "exit_code": None}
        self._write(ledger.folder, {**head, **ended, **empty})

    def _defect(self) -> None:
        self._defects += 1

    def _closed(self, spider: NewsSpider, reason: str) -> None:
        try:
            if spider.ledger is not None:
                self._tell(spider, spider.ledger, reason)
        finally:
            self.signals.end()

    def _stopped(self) -> None:
        self.signals.hand_on()

    def _tell(self, spider: NewsSpider, ledger: Ledger, reason: str) -> None:
        self.exit_code = self._code(spider, reason)
        # A signal may come before there is a folder at all.
        if reason not in ("usage", "locked") and ledger.folder.exists():
            ended = {"ended_at": utc_text(now()), "reason": reason, "exit_code": self.exit_code}
            told = spider.report.as_dict(ledger.counts)
            self._write(ledger.folder, {**_head(spider), **ended, **told})
        if self.exit_code == 0 and not _is_told(ledger.counts):
            _tell_of_silence(spider.report.counts)
        logger.info("%s", _in_words(spider, ledger.counts, reason, self.exit_code))

    def _code(self, spider: NewsSpider, reason: str) -> int:
        assert spider.ledger is not None
        if self._defects or spider.ledger.defect is not None:
            return EXIT_DEFECT
        if spider.ledger.failure is not None or not self._is_whole(spider.ledger):
            return EXIT_OUTPUT
        if reason in _EXIT_OF_REASON:
            return _EXIT_OF_REASON[reason]
        if self.signal_code is not None:
            return self.signal_code
        if reason == "start_error":
            return EXIT_DEFECT
        failed = spider.report.counts["pages_failed"]
        if failed and _is_refused(spider, spider.ledger.counts):
            return EXIT_STOPPED_BY_SITE
        # Scrapy's limits (CLOSESPIDER_*, MEMUSAGE_LIMIT_MB) and whatever else ends a run early.
        is_cut_short = reason != "finished"
        return EXIT_INCOMPLETE if failed or is_cut_short else 0

    def _is_whole(self, ledger: Ledger) -> bool:
        """Whether all that was answered is archived."""
        archived = ledger.counts["exchanges"]
        # Scrapy's DummyStatsCollector counts nothing.
        answered = self.crawler.stats.get_value("capture/exchanges", archived)
        if answered != archived:
            logger.error("%d exchanges were answered, but %d archived", answered, archived)
        return bool(answered == archived)

    def _write(self, output: Path, summary: dict[str, object]) -> None:
        folder = output / "runs"
        text = json.dumps(summary, ensure_ascii=False, indent=1) + "\n"
        try:
            folder.mkdir(exist_ok=True)
            with replaced(folder / f"{summary['run_id']}.json") as file:
                file.write(text.encode())
        except OSError as error:
            if self.exit_code != EXIT_OUTPUT:  # told already
                reason = error.strerror
                logger.error("%s: the run's summary could not be written: %s", folder, reason)
            self.exit_code = EXIT_OUTPUT


def _head(spider: NewsSpider) -> dict[str, object]:
    """Return what is known of a run when it begins."""
    return {
        "schema_version": 1,
        "run_id": run_id(spider.started),
        "spider": spider.name,
        "site": spider.site.name,
        "arguments": spider.given,
        "started_at": utc_text(spider.started),
    }


def _is_refused(spider: NewsSpider, told: Mapping[str, int]) -> bool:
    """Whether the site has answered nothing, or refused all that names articles and is known."""
    if not told["exchanges"]:
        return True
    args = spider.arguments
    is_looking = not (args.codes or args.gaps or args.since or args.until)
    return is_looking and not spider.report.counts["listings_there"] and not _is_told(told)


def _is_told(told: Mapping[str, int]) -> bool:
    return any(told[outcome] for outcome in _TOLD)


def _tell_of_silence(asked: Mapping[str, int]) -> None:
    """Say what nobody reads from an exit code of 0: for cron nothing is new, time and again."""
    if asked["named"]:
        return
    if asked["forbidden_by_robots"]:
        logger.warning("robots.txt forbids what was to be asked for, and nothing else was heard")
    elif asked["listings"]:
        logger.warning("none of the pages that were read names an article: is it still this site?")


def _in_words(spider: NewsSpider, counts: dict[str, int], reason: str, code: int) -> str:
    new, revised, failed = (
        counts["new"],
        counts["revised"],
        spider.report.counts["pages_failed"],
    )
    told = f"{new} new articles, {revised} revised" if new or revised else "nothing new"
    parts = [told, f"{counts['unchanged']} seen again unchanged", f"{counts['missing']} missing"]
    if failed:
        parts.append(f"{failed} pages failed (named in runs/{run_id(spider.started)}.json)")
    return f"run ended ({reason}, exit {code}): {', '.join(parts)}"
