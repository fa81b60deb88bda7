"""Undo Content-Encoding, for answers and for records alike.

What was cut short is not what its coding says, and an unknown coding is left as it is.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterable
from typing import Any

import brotlicffi as brotli  # type: ignore[import-untyped]
from isal import isal_zlib

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MOST_CODINGS = 5  # as many as curl undoes
_CHUNK = 64 * 1024
_MOST_MEMBERS = 10_000  # of gzip, frames of zstd: a body may be a million of them, and hold nothing
_FIRST_CHUNK = 1024  # of one
_GZIP = b"\x1f\x8b"
_ISAL_ERROR: type[Exception] = isal_zlib.error  # type: ignore[assignment]  # an instance, by its stub
_BROKEN = (OSError, EOFError, zlib.error, _ISAL_ERROR, brotli.error, zstd.ZstdError)


class TooLargeError(ValueError):
    """What is decoded would be larger than allowed."""


def decode(body: bytes, codings: Iterable[bytes], max_size: int) -> bytes:
    """Undo the codings, named in the order of the header, the last one first.

    Raises ValueError where a body is not what its coding says, or over ``max_size`` bytes (0: no
    bound).
    """
    codings = list(codings)
    if len(codings) > MOST_CODINGS:
        raise ValueError(f"more than {MOST_CODINGS} codings")
    for coding in reversed(codings):
        decoder = _DECODERS.get(coding)
        if decoder is None:
            break
        try:
            body = decoder(body, max_size or sys.maxsize)
        except _BROKEN as error:
            raise ValueError(f"body is not {coding.decode('latin-1')}: {error}") from error
    return body


class _Output:
    """Decoded bytes, up to a bound."""

    def __init__(self, max_size: int) -> None:
        self._pieces: list[bytes] = []
        self._max_size = max_size
        self.size = 0

    def add(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self.size += len(piece)
        if self.size > self._max_size:
            raise TooLargeError(f"more than {self._max_size} bytes when decoded")

    def value(self) -> bytes:
        return b"".join(self._pieces)


def _gunzip(data: bytes, max_size: int) -> bytes:
    output, start, members = _Output(max_size), 0, 0
    while start < len(data):
        start = _decompress(isal_zlib.decompressobj(wbits=31), data, output, start)
        if not data.startswith(_GZIP, start):  # the end, or padding behind it
            break
        members += 1
        if members == _MOST_MEMBERS:
            raise EOFError(f"more than {_MOST_MEMBERS} members")
    return output.value()


def _inflate(data: bytes, max_size: int) -> bytes:
    output = _Output(max_size)
    try:
        _decompress(zlib.decompressobj(), data, output)
    except zlib.error:
        if output.size:
            raise
        _decompress(zlib.decompressobj(wbits=-15), data, output)  # some leave the zlib header out
    return output.value()


def _decompress(stream: Any, data: bytes, output: _Output, start: int = 0) -> int:
    """Add what a stream holds to the output, return where it ends; EOFError where it is cut."""
    size = _FIRST_CHUNK
    while start < len(data):
        rest = data[start : start + size]
        start, size = start + len(rest), _CHUNK
        while rest and not stream.eof:
            output.add(stream.decompress(rest, _CHUNK))
            rest = stream.unconsumed_tail
        if stream.eof:
            return start - len(stream.unused_data)
    while piece := stream.decompress(b"", _CHUNK):
        output.add(piece)
    if not stream.eof:
        raise EOFError("cut short")
    return start


def _unbrotli(data: bytes, max_size: int) -> bytes:
    output = _Output(max_size)
    decompressor = brotli.Decompressor()
    for start in range(0, len(data), _CHUNK):  # what it has not consumed it copies at each call
        if decompressor.is_finished():
            raise EOFError("bytes after its end")
        output.add(decompressor.process(data[start : start + _CHUNK], output_buffer_limit=_CHUNK))
        while not decompressor.can_accept_more_data():
            output.add(decompressor.process(b"", output_buffer_limit=_CHUNK))
    if not decompressor.is_finished():
        raise EOFError("cut short")
    return output.value()


def _unzstd(data: bytes, max_size: int) -> bytes:
    output, start = _Output(max_size), 0
    for _ in range(_MOST_MEMBERS):
        start = _unframe(data, output, start)
        if start == len(data):
            return output.value()
    raise EOFError(f"more than {_MOST_MEMBERS} frames")


def _unframe(data: bytes, output: _Output, start: int) -> int:
    """Add what a frame of zstd holds to the output, return where it ends."""
    frame, size = zstd.ZstdDecompressor(), _FIRST_CHUNK
    while not frame.eof:
        rest = data[start : start + size] if frame.needs_input else b""
        if frame.needs_input and not rest:
            raise EOFError("cut short")
        start, size = start + len(rest), _CHUNK
        output.add(frame.decompress(rest, _CHUNK))
    return start - len(frame.unused_data)


_DECODERS = {
    b"gzip": _gunzip,
    b"x-gzip": _gunzip,
    b"deflate": _inflate,
    b"br": _unbrotli,
    b"zstd": _unzstd,
}
