"""Leaving in good order when a signal says so."""

from __future__ import annotations

import signal
from types import FrameType


def exit_on_signals() -> None:
    """Make SIGINT, SIGTERM and SIGHUP raise SystemExit, so that what is half done is cleaned up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _exit)


def _exit(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)
