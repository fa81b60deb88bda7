"""Scrapy commands of this project run within the test's own process, output and exit code kept."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper

import pytest
from scrapy.cmdline import execute


@dataclass
class Ended:
    """How a command ended."""

    code: int
    out: bytes
    err: str


Run = Callable[..., Ended]


@pytest.fixture
def run(
    capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Run]:
    """Return what runs a command, ``stdin`` being its standard input."""
    at_end = signal.getsignal(signal.SIGTERM)

    def started(*words: object, stdin: bytes = b"") -> Ended:
        monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(stdin)))
        capfdbinary.readouterr()
        with pytest.raises(SystemExit) as ended:
            execute(["scrapy", *map(str, words)])
        out, err = capfdbinary.readouterr()
        assert isinstance(ended.value.code, int)
        return Ended(ended.value.code, out, err.decode())

    yield started
    signal.signal(signal.SIGTERM, at_end)
