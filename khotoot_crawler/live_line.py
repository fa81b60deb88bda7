"""One line at the foot of the terminal, kept up to date while log lines pass above it."""

from __future__ import annotations

import io
import logging
import sys
from typing import TextIO

from rich.console import Console
from rich.file_proxy import FileProxy
from rich.live import Live
from rich.text import Text


class _AboveTheLine(io.TextIOBase):
    """Takes whole log lines, to be written above the live one as they are, not wrapped."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def write(self, text: str) -> int:
        self._console.print(Text(text.removesuffix("\n")), soft_wrap=True)
        return len(text)


class LiveLine:
    """A line on standard error, which has to be a terminal; see ``is_possible``."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._live = Live(
            console=console, auto_refresh=False, transient=True, redirect_stdout=False
        )
        self._moved: list[tuple[logging.StreamHandler[TextIO], TextIO]] = []
        for handler in logging.root.handlers:
            if isinstance(handler, logging.StreamHandler) and handler.stream is sys.stderr:
                self._moved.append((handler, handler.stream))
                handler.setStream(_AboveTheLine(console))
        self._live.start()
        console.show_cursor(True)  # a killed run would leave the terminal without

    @staticmethod
    def is_possible() -> bool:
        """Whether standard error is a terminal that can be written back on, and free for it."""
        is_free = not isinstance(sys.stderr, FileProxy)  # of another crawl in this process
        # Rich takes a file for a terminal where FORCE_COLOR is set.
        return is_free and sys.stderr.isatty() and Console(stderr=True).is_interactive

    def show(self, line: str) -> None:
        """Put this line in the place of the one before, cut where the terminal ends."""
        self._live.update(Text(line, no_wrap=True, overflow="crop"), refresh=True)

    def close(self) -> None:
        """Take the line away and let log lines go where they went before."""
        try:
            self._live.stop()
        finally:
            for handler, stream in self._moved:
                handler.setStream(stream)
