"""How images, style sheets, scripts and fonts are asked for, and what is made of the answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from scrapy.exceptions import DownloadCancelledError
from scrapy.http import Request, Response
from twisted.python.failure import Failure

from khotoot_crawler.errors import ParseError
from khotoot_crawler.ledger import Ledger
from khotoot_crawler.parsers.requisites import css_requisites
from khotoot_crawler.round import Resource
from khotoot_crawler.spiders.answer import (
    ForbiddenByRobotsError,
    Redirect,
    error_of,
    requisite_answer,
)
from khotoot_crawler.spiders.asking import conditions, follow
from khotoot_crawler.spiders.outcomes import Outcomes
from khotoot_crawler.spiders.requisites import Requisites
from khotoot_crawler.times import now, utc_text


class RequisitePages:
    """Fetches what ``requisites`` gives out; ``moved`` is called when one is done with."""

    def __init__(
        self,
        requisites: Requisites,
        ledger: Ledger,
        outcomes: Outcomes,
        moved: Callable[[], None],
    ) -> None:
        self._requisites = requisites
        self._ledger = ledger
        self._outcomes = outcomes
        self._moved = moved

    def next_request(self) -> Request | None:
        """Ask for the next one; None where there is none just now."""
        url = self._requisites.next()
        if url is None:
            return None
        return Request(
            url,
            headers=conditions(self._ledger.state, url),
            callback=self._parse,
            errback=self._failed,
            cb_kwargs={"requisite": url},
            dont_filter=True,
        )

    async def _parse(self, response: Response, requisite: str) -> AsyncIterator[Request]:
        """Keep it, and take what a style sheet names."""
        try:
            answer = requisite_answer(response, self._requisites.site)
            if isinstance(answer, Redirect):
                yield follow(response, answer)
                return
        except ParseError as error:
            self._outcomes.failed(error)
            await self._settle(requisite, kept=False)
            return
        self._outcomes.remember_validators(response, requisite)
        if answer is not None:
            with self._ledger.guard():
                self._requisites.found_in(requisite, css_requisites(answer, response.url))
        await self._settle(requisite, kept=True)

    async def _failed(self, failure: Failure) -> None:
        """It did not answer, or may not be asked for."""
        request = failure.request  # type: ignore[attr-defined]
        error = error_of(failure, request.url)
        self._outcomes.failed(error)
        # What is too long is archived as far as it was read, and would be so again in every run.
        is_cut = isinstance(failure.value, DownloadCancelledError)
        is_settled = is_cut or isinstance(error, ForbiddenByRobotsError)
        await self._settle(request.cb_kwargs["requisite"], kept=is_settled)

    async def _settle(self, url: str, *, kept: bool) -> None:
        await self._outcomes.tell(Resource(url=url, at=utc_text(now()), kept=kept))
        self.done(url)

    def done(self, url: str) -> None:
        """Nothing of it is under way any more."""
        self._requisites.done(url)
        self._moved()
