"""The signals that stop a run: SIGINT and SIGTERM, at whatever moment they come.

Scrapy acts on them only while its engine runs. Before, they are held back by the kernel, but for
the mending of the folder, which they break off: it may take long, and a crash may fall there too.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_NUMBERS = (signal.SIGINT, signal.SIGTERM)
_LOOK_AGAIN = 0.02  # seconds


def hold_signals() -> None:
    """Have signals wait until a run can act on them."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _NUMBERS)


def pass_signals() -> None:
    """Let them come."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _NUMBERS)


class StopSignals:
    """Notes the ``first`` signal, then does as Scrapy would."""

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
            is_first, self.first = self.first is None, self.first or signum
            if not self._is_breaking_off:
                loop.call_soon_threadsafe(stop)  # what waits for its turn stays due
                then(signum, frame)
            elif is_first:
                raise KeyboardInterrupt

        signal.signal(number, noted)
