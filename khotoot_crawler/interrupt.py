"""How a command that writes or serves ends: in good order, with an exit code that tells."""

from __future__ import annotations

import signal
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def exit_on_signals() -> None:
    """Make SIGINT, SIGTERM and SIGHUP raise SystemExit, so that what is half done is cleaned up.

    Once: a second one does not break off the cleaning.
    """
    for number in _SIGNALS:
        signal.signal(number, _exit)


def _exit(number: int, _: FrameType | None) -> None:
    for other in _SIGNALS:
        signal.signal(other, lambda *_: None)
    raise SystemExit(128 + number)
