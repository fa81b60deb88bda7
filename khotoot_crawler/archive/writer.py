"""Append exchanges to WARC files, each called ``NAME.warc.gz.open`` until it is sealed."""

from __future__ import annotations

import errno
import os
import re
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from khotoot_crawler.archive.exchange import Exchange
from khotoot_crawler.archive.index import capture_line
from khotoot_crawler.archive.pairs import (
    Original,
    exchange_records,
    new_record_id,
    warcinfo_record,
)
from khotoot_crawler.archive.sorted_lines import SortedLines
from khotoot_crawler.durable import sync_folder
from khotoot_crawler.items import WarcPlace

OPEN_SUFFIX = ".open"


class WarcWriter:
    """Append exchanges to one WARC after another in ``folder``.

    A file is opened at the first exchange. Write and seal from one thread; ``sync`` may run in
    another meanwhile. After an OSError nothing more is written: every call raises OSError, and the
    file stays open for ``recovery``.
    """

    def __init__(
        self,
        folder: Path,
        *,
        prefix: str,
        warcinfo: Mapping[str, str],
        max_size: int = 1_000_000_000,
    ) -> None:
        self.sealed = 0  # files
        # Index lines of sealed files, by name: to read a file of 1 GB again for them takes 20 s, in
        # which nothing is acknowledged, and a day's news a twentieth of its crawl's CPU.
        self.index_lines: dict[str, SortedLines] = {}
        self._folder = folder
        self._prefix = prefix
        self._host = re.sub(r"[^A-Za-z0-9_.-]+", "-", socket.gethostname()) or "localhost"
        self._warcinfo = {"hostname": self._host, **warcinfo}
        self._max_size = max_size
        self._lock = threading.Lock()  # over _fd: sync runs in another thread
        self._fd = -1
        self._name = ""
        self._serial = 0
        self._size = 0
        self._pairs_in_file = 0
        self._lines = SortedLines(folder)
        self._warcinfo_id = ""
        self._failure: OSError | None = None

    def write(
        self, exchange: Exchange, *, original: Original | None = None, digest: str | None = None
    ) -> WarcPlace:
        """Write the request and the response (or revisit) record; return the latter's place.

        ``digest``: that of the body, where it is known already.
        """
        self._refuse_after_failure()
        try:
            return self._write(exchange, original, digest)
        except OSError as error:
            self._failure = error
            raise

    def _write(
        self, exchange: Exchange, original: Original | None, digest: str | None
    ) -> WarcPlace:
        if self._fd >= 0 and self._size >= self._max_size:
            self.seal()
        if self._fd < 0:
            self._open()
        pair = exchange_records(exchange, original, self._warcinfo_id, digest)
        offset = self._size + len(pair.request)
        self._append(pair.request + pair.response)
        self._pairs_in_file += 1
        self._lines.add(capture_line(pair.captured, offset, len(pair.response), self._name))
        return WarcPlace(
            filename=self._name,
            offset=offset,
            length=len(pair.response),
            record_id=pair.record_id,
            payload_digest=pair.payload_digest,
        )

    def sync(self) -> None:
        """Make all that was written before the call durable."""
        with self._lock:
            self._refuse_after_failure()
            if self._fd < 0:
                return
            descriptor = os.dup(self._fd)  # sealing may close the other meanwhile
        try:
            os.fdatasync(descriptor)
        except OSError as error:  # the kernel forgets what it could not write: no second try
            self._failure = error
            raise
        finally:
            os.close(descriptor)

    def seal(self) -> Path | None:
        """Give the open file its final name and return it; None where nothing was written.

        After a failed write the file stays as it is.
        """
        if self._fd < 0:
            return None
        try:
            return self._rename() if self._failure is None else None
        except OSError as error:
            self._failure = error
            raise
        finally:
            with self._lock:
                os.close(self._fd)
                self._fd = -1

    def _rename(self) -> Path | None:
        os.fsync(self._fd)
        sealed = self._folder / self._name
        if self._pairs_in_file:
            self._unsealed().rename(sealed)
            self.sealed += 1
            self.index_lines[self._name] = self._lines
        else:
            self._unsealed().unlink()
        sync_folder(self._folder)
        return sealed if self._pairs_in_file else None

    def drop_index_lines(self) -> None:
        """Let go of the lines that nobody has taken: there will be no index of them."""
        for lines in (self._lines, *self.index_lines.values()):
            lines.close()
        self.index_lines.clear()

    def _refuse_after_failure(self) -> None:
        if self._failure is not None:
            code = self._failure.errno or errno.EIO
            raise OSError(code, f"{os.strerror(code)} (at an earlier write)", self._name)

    def _unsealed(self) -> Path:
        return self._folder / (self._name + OPEN_SUFFIX)

    def _open(self) -> None:
        self._choose_name()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        descriptor = os.open(self._unsealed(), flags, 0o644)
        with self._lock:
            self._fd = descriptor
        self._size = self._pairs_in_file = 0
        self._lines = SortedLines(self._folder)
        self._warcinfo_id = new_record_id()
        self._append(warcinfo_record(self._warcinfo_id, self._name, self._warcinfo))
        sync_folder(self._folder)

    def _choose_name(self) -> None:
        """Choose a name that no file has, be it sealed or open."""
        stamp = datetime.now(UTC).strftime("%Y%m%d%H%M%S%f")[:17]
        while True:
            self._name = f"{self._prefix}-{stamp}-{self._serial:05d}-{self._host}.warc.gz"
            self._serial += 1
            if not (self._folder / self._name).exists() and not self._unsealed().exists():
                return

    def _append(self, data: bytes) -> None:
        """Write all of it, or cut the file back to what it was and raise OSError."""
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._fd, rest) :]
        except OSError:
            with suppress(OSError):  # recovery would cut it as well
                os.ftruncate(self._fd, self._size)
            raise
        self._size += len(data)
