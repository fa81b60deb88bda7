"""A line on the terminal that tells how far a long piece of work is."""

from __future__ import annotations

import sys
import time
from typing import TextIO

_WIDTH = 24
_EVERY = 0.1  # seconds


class Progress:
    """Shows a bar where the stream is a terminal, and lets lines pass above it."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._shows = self._stream.isatty()
        self._is_shown = False
        self.begin("", 0)

    def begin(self, noun: str, total: int) -> None:
        """Begin a piece of work that is done at ``total``, whatever that counts."""
        self._noun, self._total = noun, total
        self._started = time.monotonic()
        self._next = self._started + _EVERY

    def show(self, done: int, count: int) -> None:
        """Tell how much is done, and how many of the noun that is; ten times a second at most."""
        now = time.monotonic()
        if not self._shows or now < self._next:
            return
        self._next = now + _EVERY
        share = min(1.0, done / self._total) if self._total else 1.0
        seconds = now - self._started
        left = round(seconds / share - seconds) if share else 0
        bar = ("#" * round(_WIDTH * share)).ljust(_WIDTH, ".")
        told = f"{share:4.0%} {count:,} {self._noun}, {count / seconds:,.0f}/s"
        self._stream.write(f"\r\x1b[K[{bar}]{told}, {left // 60}:{left % 60:02} left")
        self._stream.flush()
        self._is_shown = True

    def say(self, line: str) -> None:
        """Write a line, above the bar where there is one."""
        self.clear()
        self._stream.write(line + "\n")
        self._stream.flush()

    def clear(self) -> None:
        """Take the bar away."""
        if self._is_shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._is_shown = False
