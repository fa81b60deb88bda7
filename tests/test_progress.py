"""The bar of a long command, and the lines that pass above it."""

from __future__ import annotations

import re
import time
from io import StringIO

from khotoot_crawler.progress import Progress


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_is_shown_on_a_terminal_and_lines_pass_above_it() -> None:
    stream = Terminal()
    progress = Progress(stream)
    progress.begin("pages", 200)
    progress.show(0, 0)
    time.sleep(0.15)
    progress.show(100, 1234)
    assert re.fullmatch(
        r"\r\x1b\[K\[#{12}\.{12}\] 50% 1,234 pages, [\d,]+/s, 0:00 left", stream.getvalue()
    )
    stream.seek(0)
    stream.truncate()
    progress.say("a line")
    progress.clear()
    assert stream.getvalue() == "\r\x1b[Ka line\n"


def test_no_bar_elsewhere() -> None:
    stream = StringIO()
    progress = Progress(stream)
    progress.begin("pages", 1)
    time.sleep(0.15)
    progress.show(1, 1)
    progress.say("a line")
    assert stream.getvalue() == "a line\n"
