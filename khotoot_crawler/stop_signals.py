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
        self._is_breaking_off = False
        self._is_over = False

    @contextmanager
    def breaking_off(self, stop: Callable[[], None]) -> Iterator[None]:
        """Raise KeyboardInterrupt when a signal comes meanwhile, and hold those that come after.

        ``stop`` is called at a signal that comes once they are let through.
        """
        if threading.current_thread() is not threading.main_thread():
            yield  # a program runs crawls beside its own work: its signals are its own
            return
        for number in _NUMBERS:
            self._note(number, stop)
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
        self._is_over = True
        pass_signals()

    def _note(self, number: signal.Signals, stop: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        then = signal.getsignal(number)
        if not callable(then):
            return

        def noted(signum: int, frame: FrameType | None) -> None:
            if self._is_over:
                then(signum, frame)
                return
            is_first, self.first = self.first is None, self.first or signum
            if self._is_breaking_off:
                if is_first:
                    raise KeyboardInterrupt
                return
            if is_first:
                loop.call_soon_threadsafe(_stop, stop, signum)
            if not _is_of_one_crawl(then):
                then(signum, frame)
            elif not is_first:
                then(signum, frame)
                _handle_as_now(signum, frame)  # what Scrapy does at a second one

        signal.signal(number, noted)


def _stop(stop: Callable[[], None], signum: int) -> None:
    name = signal.Signals(signum).name
    logger.info("%s: finishing what is in flight; send it again to end at once", name)
    stop()


def _is_of_one_crawl(handler: object) -> bool:
    """Whether a handler is Scrapy's, of a process that has no other crawl to stop."""
    process = getattr(handler, "__self__", None)
    return isinstance(process, CrawlerProcessBase) and len(process.crawlers) == 1


def _handle_as_now(signum: int, frame: FrameType | None) -> None:
    now = signal.getsignal(signum)
    if callable(now):
        now(signum, frame)
