"""The signals that stop a run: SIGINT and SIGTERM, at whatever moment they come.

Scrapy acts on them only while its engine runs. Before, they are held back by the kernel, but for
the mending of the folder, which they break off: it may take long, and a crash may fall there too.
The first one has the spider closed, in good order, also where it is closing already: Scrapy's own
handler would then end the loop under it, before WARC and index are whole.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from scrapy.crawler import CrawlerProcessBase

logger = logging.getLogger(__name__)

_NUMBERS = (signal.SIGINT, signal.SIGTERM)
_LOOK_AGAIN = 0.02  # seconds
_Handler = Callable[[int, FrameType | None], object]


def hold_signals() -> None:
    """Have signals wait until a run can act on them."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _NUMBERS)


def pass_signals() -> None:
    """Let them come."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _NUMBERS)


class StopSignals:
    """Notes the ``first`` signal and has the run stopped; a second one ends it at once."""

    def __init__(self) -> None:
        self.first: int | None = None
        self._found: dict[int, _Handler] = {}  # what acts on each signal otherwise
        self._stop: Callable[[], None] | None = None
        self._is_breaking_off = False
        self._is_forced = False
        self._is_over = False

    @contextmanager
    def breaking_off(self, stop: Callable[[], None]) -> Iterator[None]:
        """Raise KeyboardInterrupt when a signal comes meanwhile, and hold those that come after.

        ``stop`` is called at a signal that comes once they are let through.
        """
        if threading.current_thread() is not threading.main_thread():
            yield  # a program runs crawls beside its own work: its signals are its own
            return
        self._stop, self._loop = stop, asyncio.get_running_loop()
        for number in _NUMBERS:
            if callable(found := signal.getsignal(number)):
                self._found[number] = found
                signal.signal(number, self._note)
        self._is_breaking_off = True
        pass_signals()
        try:
            yield
        finally:
            self._is_breaking_off = False
            hold_signals()
        if self.first is not None:
            raise KeyboardInterrupt

    def let_through(self, is_running: Callable[[], bool]) -> None:
        """Let signals come again once Scrapy can act on them."""
        if is_running():
            pass_signals()
        elif not self._is_over:
            loop = asyncio.get_running_loop()
            loop.call_later(_LOOK_AGAIN, self.let_through, is_running)

    def end(self) -> None:
        """Give signals back to the program, whether the run ever began or not."""
        self._is_over, self._stop = True, None
        for number, found in self._found.items():
            if signal.getsignal(number) == self._note:
                signal.signal(number, found)
        pass_signals()

    def hand_on(self) -> None:
        """Let Scrapy act on the signal now: on the process's other crawls, and on its loop."""
        found = self._found.get(self.first or 0)
        if found is not None and _is_scrapys(found) and not self._is_forced:
            found(self.first or 0, None)

    def _note(self, number: int, frame: FrameType | None) -> None:
        found = self._found[number]
        if self._is_over:
            found(number, frame)
            return
        is_first, self.first = self.first is None, self.first or number
        if self._is_breaking_off:
            if is_first:
                raise KeyboardInterrupt
            return
        if is_first:
            self._loop.call_soon_threadsafe(self._stop_run, number)
        if not _is_scrapys(found):  # the program's own, or another crawl's of ours
            found(number, frame)
        elif not is_first:
            self._is_forced = True
            found(number, frame)
            if callable(now := signal.getsignal(number)):
                now(number, frame)  # what Scrapy does at a second one

    def _stop_run(self, number: int) -> None:
        if self._stop is None:
            return
        name = signal.Signals(number).name
        logger.info("%s: finishing what is in flight; send it again to end at once", name)
        self._stop()


def _is_scrapys(handler: _Handler) -> bool:
    return isinstance(getattr(handler, "__self__", None), CrawlerProcessBase)
