"""Framing of HTTP/1.0 and HTTP/1.1 answers without I/O (RFC 9112, section 6), lenient as browsers.

A parser library would hand out header names and values; the archive needs the bytes.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable

from khotoot_crawler.archive.exchange import Truncation
from khotoot_crawler.archive.http1 import Head, NotHttpError, content_length, head_end, parse_head

MAX_HEAD = 256 * 1024
MAX_CHUNK_LINE = 4096
_FIRST_WORD = (b"HTTP/", b"HTTP ", b"HTTP\t")
_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9a-fA-F]{1,15})[ \t]*(?:[;\r\n]|$)")
_BODILESS = frozenset({204, 304})


class Answer:
    """One answer, fed piece by piece; the same whatever the pieces.

    ``complete`` turns true when nothing more is to come; until then the connection is read on,
    and its end reported with ``end``. ``head`` is None as long as the blank line has not come.
    Interim answers (1xx) are passed over and trailers are dropped: neither is a part of the
    message that a WARC response record can hold. A body larger than ``max_body`` bytes (0: no
    bound) is cut there.
    """

    __slots__ = (
        "_buffer", "_chunk_left", "_chunks", "_delimited", "_length", "_max_body", "_method",
        "_payload", "_scanned", "_step", "_surplus", "body", "complete", "head", "parsed",
        "truncated",
    )  # fmt: skip

    def __init__(self, method: str, max_body: int = 0) -> None:
        self.head: bytes | None = None
        self.parsed: Head | None = None
        self.complete = False
        self.truncated: Truncation | None = None
        self.body = b""
        self._method = method
        self._max_body = max_body or sys.maxsize
        self._buffer = bytearray()
        self._scanned = 0
        self._step: Callable[[Answer], bool] = Answer._read_head
        self._length = 0
        self._delimited = True
        self._surplus = False
        self._payload = bytearray()
        self._chunk_left = 0
        self._chunks = 0

    @property
    def begun(self) -> bool:
        """Whether any byte of the answer has come."""
        return self.head is not None or bool(self._buffer)

    @property
    def keep_alive(self) -> bool:
        """Whether the connection may carry another exchange after this one."""
        head = self.parsed
        if head is None or not self.complete or self.truncated or self._surplus:
            return False
        if self._is_tunnel(head.status):
            return True
        tokens = head.tokens(b"connection")
        if not self._delimited or b"close" in tokens or head.status == 101:
            return False
        return head.version == b"HTTP/1.1" or b"keep-alive" in tokens

    def feed(self, data: bytes) -> bool:
        """Take the next bytes; return whether the answer is complete.

        Raises NotHttpError.
        """
        if self.complete:
            self._surplus = self._surplus or bool(data)
            return True
        self._buffer += data
        while self._step(self):
            pass
        return self.complete

    def end(self, reason: Truncation | None = None) -> None:
        """Report that nothing more will come: None for an orderly end of the connection."""
        if self.complete or self.head is None:
            return
        self._delimited = False
        if self._step is Answer._read_trailers:  # the whole payload is there
            self._finish(self._payload)
        elif self._step is Answer._read_to_end or self._is_unchunked():
            self._finish(self._buffer, reason)
        elif self._step is Answer._read_length:
            self._finish(self._buffer, reason or "disconnect")
        else:
            self._finish(self._payload, reason or "disconnect")

    def _finish(self, body: bytearray, truncated: Truncation | None = None) -> bool:
        self.body = bytes(body)
        self.truncated = truncated
        self.complete = True
        self._buffer = self._payload = bytearray()
        return False

    def _read_head(self) -> bool:
        buffer = self._buffer
        if buffer.startswith((b"\r", b"\n")):  # after a body with a line end too many
            del buffer[: len(buffer) - len(buffer.lstrip(b"\r\n"))]
        if len(buffer) >= 5 and not buffer[:5].upper().startswith(_FIRST_WORD):
            raise NotHttpError(f"no HTTP status line: {bytes(buffer[:60])!r}")
        end = head_end(buffer, self._scanned)
        if end > MAX_HEAD or (end < 0 and len(buffer) > MAX_HEAD):
            raise NotHttpError(f"header block over {MAX_HEAD} bytes")
        if end < 0:
            self._scanned = max(0, len(buffer) - 2)
            return False
        self._scanned = 0
        head = bytes(buffer[:end])
        del buffer[:end]
        parsed = parse_head(head)
        if parsed.status >= 200 or parsed.status == 101:
            self.head, self.parsed = head, parsed
            self._choose_framing(parsed)
        return True

    def _choose_framing(self, head: Head) -> None:
        """Find out how the body ends (RFC 9112, section 6.3)."""
        length = content_length(head)
        if self._is_bodiless(head.status):
            self._step = Answer._read_length
        elif b"chunked" in head.tokens(b"transfer-encoding"):
            self._step = Answer._read_chunk_size
        elif length is not None:
            self._length = length
            self._step = Answer._read_length
        else:  # contradictory lengths too: take what comes
            self._delimited = False
            self._step = Answer._read_to_end

    def _is_bodiless(self, status: int) -> bool:
        if self._is_tunnel(status) or self._method == "HEAD":
            return True
        return status < 200 or status in _BODILESS

    def _is_tunnel(self, status: int) -> bool:
        return self._method == "CONNECT" and 200 <= status < 300

    def _read_length(self) -> bool:
        wanted = min(self._length, self._max_body)
        if len(self._buffer) >= wanted:
            self._surplus = len(self._buffer) > wanted
            self._finish(self._buffer[:wanted], "length" if self._length > wanted else None)
        return False

    def _read_to_end(self) -> bool:
        if len(self._buffer) > self._max_body:
            self._finish(self._buffer[: self._max_body], "length")
        return False

    def _read_chunk_size(self) -> bool:
        line = self._next_line()
        if line is None:
            return False
        match = _CHUNK_SIZE.match(line)
        if match:
            del self._buffer[: len(line)]
            self._chunks += 1
            self._chunk_left = int(match[1], 16)
            self._step = Answer._read_chunk if self._chunk_left else Answer._read_trailers
            return True
        if self._chunks:  # no telling where the next chunk begins
            return self._finish(self._payload, "disconnect")
        self._delimited = False  # announced as chunked, but sent plain
        self._step = Answer._read_to_end
        return True

    def _is_unchunked(self) -> bool:
        """Whether a body announced as chunked ended before a line that could be a chunk size."""
        unread = self._step is Answer._read_chunk_size and not self._chunks and self._buffer
        return bool(unread) and not _CHUNK_SIZE.match(self._buffer)

    def _next_line(self) -> bytes | None:
        """Return the next line with its line end, b"" where it is too long, None if not there."""
        end = self._buffer.find(b"\n", 0, MAX_CHUNK_LINE)
        if end < 0:
            return b"" if len(self._buffer) >= MAX_CHUNK_LINE else None
        return bytes(self._buffer[: end + 1])

    def _read_chunk(self) -> bool:
        taken = self._buffer[: self._chunk_left]
        del self._buffer[: len(taken)]
        self._payload += taken
        self._chunk_left -= len(taken)
        if len(self._payload) > self._max_body:
            return self._finish(self._payload[: self._max_body], "length")
        if self._chunk_left:
            return False
        self._step = Answer._read_chunk_end
        return True

    def _read_chunk_end(self) -> bool:
        if not self._buffer or self._buffer == b"\r":
            return False
        ending = 1 if self._buffer.startswith(b"\n") else 2 * self._buffer.startswith(b"\r\n")
        if not ending:
            return self._finish(self._payload, "disconnect")
        del self._buffer[:ending]
        self._step = Answer._read_chunk_size
        return True

    def _read_trailers(self) -> bool:
        line = self._next_line()
        if line is None:
            return False
        del self._buffer[: len(line)]
        if line not in (b"\r\n", b"\n", b""):
            return True
        self._surplus = bool(self._buffer)
        return self._finish(self._payload)
