"""What came of each request: told to the ledger, to the run's report and to the log."""

from __future__ import annotations

from contextlib import suppress
from logging import LoggerAdapter
from typing import Any

from scrapy.http import Response

from khotoot_crawler.errors import OutputError, ParseError
from khotoot_crawler.ledger import Ledger
from khotoot_crawler.report import Report, Trouble
from khotoot_crawler.round import Absent, Failed, Outcome, Unchanged
from khotoot_crawler.spiders.answer import AsBefore, NotAskedError, NotThere, validators_of
from khotoot_crawler.times import now, utc_text
from khotoot_crawler.urls import Site


class Outcomes:
    """Where outcomes are told; without a ledger nothing is kept of them."""

    def __init__(
        self, site: Site, report: Report, log: LoggerAdapter[Any], ledger: Ledger | None
    ) -> None:
        self._site = site
        self._report = report
        self._log = log
        self._ledger = ledger

    async def tell(self, outcome: Outcome) -> None:
        """Return when the outcome is kept."""
        if self._ledger is not None:
            # Where nothing can be written the ledger itself has the crawl stopped.
            with suppress(OutputError):
                await self._ledger.acknowledge(outcome)

    async def nothing_to_read(
        self, response: Response, answer: NotThere | AsBefore, code: int
    ) -> None:
        """There is no such article, or it is as it was."""
        if self._ledger is None:  # in ``scrapy parse`` nothing is captured either
            return
        capture, site = response.meta["capture"], self._site
        if isinstance(answer, AsBefore):
            await self.tell(Unchanged(site=site.name, code=code, at=capture.date))
            return
        absent = Absent(
            site=site.name,
            code=code,
            url=site.canonical(str(code)),
            reason=answer.reason,
            at=capture.date,
            warc=capture.place,
        )
        await self.tell(absent)

    async def article_failed(self, error: ParseError, code: int) -> None:
        """An article could not be had; it stays due."""
        self.failed(error, code)
        if isinstance(error, NotAskedError):
            return  # it was never asked: its row stays as it was, due
        at = utc_text(now())
        await self.tell(Failed(site=self._site.name, code=code, reason=error.reason, at=at))

    def failed(self, error: ParseError, code: int | None = None) -> None:
        """A page could not be had, or was not asked for."""
        if self._ledger is not None and self._ledger.failure is not None:
            return  # told once, by the ledger; the page itself may be well
        if isinstance(error, NotAskedError):
            self._report.counts[error.counted_as] += 1
            self._log.debug("%s", error)
            return
        self._report.failed(_trouble(error, code))
        self._log.warning("%s", error)

    def unreadable(self, problem: ParseError, code: int) -> None:
        """A field of an article could not be read."""
        self._report.problem(_trouble(problem, code))
        self._log.warning("%s", problem)

    def remember_validators(self, response: Response, page: int | str) -> None:
        """Keep what the server says of this version of a page: a code, or an address."""
        validators = validators_of(response)
        if self._ledger is not None and validators is not None:
            self._ledger.remember(page, validators)


def _trouble(error: ParseError, code: int | None) -> Trouble:
    return Trouble(
        url=error.url or "",
        reason=error.reason,
        news_code=None if code is None else str(code),
        field=error.field,
    )
