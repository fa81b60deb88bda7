"""An append-only JSONL file in which a line's newline is its acknowledgement."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from khotoot_crawler.durable import sync_folder

_BLOCK = 1 << 16


class Stream:
    """One JSONL file; ``end`` is the offset after the last acknowledged line.

    ``chain`` is the ``chained`` digest of all lines up to there, once state has been asked for it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.end = 0
        self.chain = ""
        self._fd = -1

    def open(self) -> int:
        """Open or make the file; cut what no newline acknowledged, return how many bytes."""
        fresh = not self.path.exists()
        self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        size = os.fstat(self._fd).st_size
        self.end = self._after_last_newline(size)
        if self.end < size:
            os.ftruncate(self._fd, self.end)
            os.fsync(self._fd)
        if fresh:
            sync_folder(self.path.parent)
        return size - self.end

    def _after_last_newline(self, size: int) -> int:
        stop = size
        while stop:
            start = max(0, stop - _BLOCK)
            found = os.pread(self._fd, stop - start, start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            stop = start
        return 0

    def append(self, data: bytes) -> None:
        """Write whole lines and have them on the disk; on OSError nothing of them is left."""
        if not data:
            return
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(self._fd, view) :]
            os.fdatasync(self._fd)
        except OSError:
            os.ftruncate(self._fd, self.end)
            raise
        self.end += len(data)
        self.chain = chained(self.chain, data)

    def lines(self, start: int = 0) -> Iterator[tuple[int, bytes]]:
        """Yield each line from that offset on: its offset, and its bytes with the newline."""
        with self.path.open("rb") as file:
            file.seek(start)
            offset = start
            for line in file:
                yield offset, line
                offset += len(line)

    def last_line_digest(self, end: int | None = None) -> str:
        """Return the sha256 of the line that ends there (default: the last), in hex."""
        stop = self.end if end is None else end
        start = self._after_last_newline(stop - 1) if stop else 0
        return hashlib.sha256(os.pread(self._fd, stop - start, start)).hexdigest()

    def close(self) -> None:
        """Close the file."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def chained(chain: str, lines: bytes) -> str:
    """Go on with a digest of lines in their order; each is taken in with all before it.

    >>> chained(chained("", b"1\\n"), b"2\\n") == chained("", b"1\\n2\\n")
    True
    """
    for line in lines.split(b"\n")[:-1]:
        chain = hashlib.sha256(chain.encode() + line).hexdigest()
    return chain
