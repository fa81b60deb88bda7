"""How fast a site is asked: one clock for all connections, where requests are sent.

The delay is a promise: jitter and trouble only add to it. A site that asks for patience is given
it; one that fails many times in a row is left alone for a while, then tried with one request.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

LONGEST_PAUSE = 3600.0  # seconds; more is not waited for
LONGEST_CRAWL_DELAY = 60.0
MOST_TRIPS = 5  # without a good answer in between: a home page alone may come from a cache
_LONGEST_BACKOFF = 40  # times the first
# What a failure and a good answer make of the delay: with one failure in five it settles at half
# as much again, from one in three on it grows. (Twice and 0.9 times ran away from one in eight.)
_SLOWER, _QUICKER = 1.5, 0.8
_LONGEST_DELAY = 60.0
_SLOW_ANSWER = 5.0  # seconds


class StoppedError(Exception):
    """Nothing more is asked of the site in this run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Seconds of the first pause and of the long one, and the failures in a row before that."""

    backoff: float = 0.25
    failures: int = 10
    pause: float = 30.0


class Pace:
    """Lets requests go one after the other, ``delay`` seconds and up to ``jitter`` of it apart."""

    def __init__(self, delay: float, jitter: float, patience: Patience | None = None) -> None:
        self.floor = delay
        self.delay = delay
        self.patience = patience or Patience()
        self.is_vouched_for = False  # a probe was answered, and no other request since
        self.trips = 0  # since the last good answer
        self._least = delay
        self._jitter = jitter
        self._free_at = 0.0
        self._sent_at: float | None = None
        self._pushbacks = 0
        self._failures = 0
        self._requisites_failed = 0  # in a row, and no page answered since
        self._one_at_a_time = asyncio.Lock()
        self._stopped = asyncio.Event()
        self._open = asyncio.Event()
        self._open.set()

    @property
    def is_tripped(self) -> bool:
        """Whether only a probe may go."""
        return not self._open.is_set()

    def keep_crawl_delay(self, seconds: float) -> None:
        """Keep the Crawl-delay that robots.txt names now, up to a minute; 0 for none."""
        self.floor = max(self._least, min(seconds, LONGEST_CRAWL_DELAY))
        self.delay = max(self.delay, self.floor)
        if self._sent_at is not None:
            self._free_at = max(self._free_at, self._sent_at + self.floor)

    @asynccontextmanager
    async def turn(self, *, is_probe: bool = False) -> AsyncIterator[None]:
        """Wait for this request's turn; raises StoppedError where there will be none.

        It lasts while the connection is made and ends as the request is sent: from then on the
        next one waits.
        """
        while True:
            if not is_probe:
                await self._open.wait()
            async with self._one_at_a_time:
                await self._until_free(is_probe=is_probe)
                if self._stopped.is_set():
                    raise StoppedError("the site is not asked any more in this run")
                if is_probe or not self.is_tripped:
                    try:
                        yield
                    finally:
                        self._sent_at = self._now()
                        wait = self.delay * (1 + self._jitter * random.random())
                        self._free_at = max(self._free_at, self._sent_at + wait)
                    return

    async def _until_free(self, *, is_probe: bool) -> None:
        """Wait for the time of the next request, or for what puts an end to waiting."""
        while (wait := self._free_at - self._now()) > 0:
            if self._stopped.is_set() or (self.is_tripped and not is_probe):
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), wait)

    def stop(self) -> None:
        """Let no request go any more."""
        self._stopped.set()
        self._open.set()

    def pause(self, seconds: float) -> None:
        """Let nothing go for so long."""
        self._free_at = max(self._free_at, self._now() + min(seconds, LONGEST_PAUSE))

    def trip(self) -> None:
        """Pause for long, and then only let a probe go."""
        self.trips += 1
        self._open.clear()
        self.pause(self.patience.pause)

    def resume(self) -> None:
        """Let everything go again: the probe was answered."""
        self._failures = self._pushbacks = 0
        self.is_vouched_for = True
        self._open.set()

    def well(self, seconds: float) -> None:
        """A request was answered as it should be, after so many seconds."""
        self._failures = self._pushbacks = self.trips = self._requisites_failed = 0
        self.is_vouched_for = False
        self._keep_up_with(seconds)

    def requisite_well(self, seconds: float) -> None:
        """A page requisite was answered, which says nothing of how pages are."""
        self._pushbacks = self._requisites_failed = 0
        self._keep_up_with(seconds)

    def _keep_up_with(self, seconds: float) -> None:
        is_slow = seconds > max(_SLOW_ANSWER, self.delay)
        self._change_delay(_SLOWER if is_slow else _QUICKER)

    def pushed_back(self, retry_after: float | None) -> None:
        """The site asked for patience (429, 503)."""
        self._back_off(retry_after)
        self.ill()

    def _back_off(self, retry_after: float | None) -> None:
        unit = max(self.patience.backoff, self.delay)
        backoff = min(unit * 2**self._pushbacks, unit * _LONGEST_BACKOFF)
        self._pushbacks += 1
        self.pause(backoff * (1 + random.random()) if retry_after is None else retry_after)

    def ill(self) -> None:
        """A request failed."""
        self._change_delay(_SLOWER)
        self._failures += 1

    def requisite_pushed_back(self, retry_after: float | None) -> None:
        """The site asked for patience when it was asked for a page requisite."""
        self._back_off(retry_after)
        self.requisite_ill()

    def requisite_ill(self) -> None:
        """A page requisite failed: hotlinks are refused, or a folder of pictures is lost.

        Neither pages nor the delay suffer for it.
        """
        self._requisites_failed += 1

    @property
    def is_enough_of_requisites(self) -> bool:
        """Whether so many requisites failed in a row that they wait until a page answers."""
        return self._requisites_failed > self.patience.failures

    @property
    def is_enough(self) -> bool:
        """Whether so many requests failed in a row that the site is to be left alone."""
        return self._failures >= self.patience.failures

    def _change_delay(self, factor: float) -> None:
        self.delay = min(max(self.floor, self.delay * factor), max(self.floor, _LONGEST_DELAY))

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
