"""Lines to be had in their order once all are there, in little memory however many they are."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

_IN_MEMORY = 10_000  # lines; those of an index take 4 MB


class SortedLines:
    """Lines of bytes: add them, then iterate, as often as you like; ``close`` at the end.

    So many at a time are sorted and set aside, each time in a file in ``folder`` that has no name
    there: a crash leaves nothing of it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._rest: list[bytes] = []
        self._aside: list[BinaryIO] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[bytes]:
        for file in self._aside:
            file.seek(0)
        return heapq.merge(*self._aside, sorted(self._rest))

    def add(self, line: bytes) -> None:
        """Take in a line with its newline; raises OSError."""
        self._rest.append(line)
        self._count += 1
        if len(self._rest) >= _IN_MEMORY:
            file = TemporaryFile(dir=self._folder)  # noqa: SIM115 (open as long as the lines are)
            self._aside.append(file)
            file.writelines(sorted(self._rest))
            file.flush()
            self._rest.clear()

    def close(self) -> None:
        """Let go of the files."""
        for file in self._aside:
            with suppress(OSError):  # what did not fit on the disk is tried once more
                file.close()
