"""Undo Content-Encoding, for answers and for records alike.

What was cut short is not what its coding says, and an unknown coding is left as it is.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterable
from io import BytesIO
from typing import Any

import brotlicffi as brotli  # type: ignore[import-untyped]
from isal import isal_zlib

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_CHUNK = 64 * 1024
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
    for coding in reversed(list(codings)):
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
    output = _Output(max_size)
    while data:
        member = isal_zlib.decompressobj(wbits=31)
        data = _decompress(member, data, output)
        if not data.startswith(_GZIP):  # the end, or padding behind it
            break
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


def _decompress(stream: Any, data: bytes, output: _Output) -> bytes:
    """Add what a stream holds to the output, return what follows it; EOFError where it is cut."""
    for start in range(0, len(data), _CHUNK):
        rest = data[start : start + _CHUNK]
        while rest and not stream.eof:
            output.add(stream.decompress(rest, _CHUNK))
            rest = stream.unconsumed_tail
        if stream.eof:
            return bytes(stream.unused_data) + data[start + _CHUNK :]
    while piece := stream.decompress(b"", _CHUNK):
        output.add(piece)
    if not stream.eof:
        raise EOFError("cut short")
    return b""


def _unbrotli(data: bytes, max_size: int) -> bytes:
    output = _Output(max_size)
    decompressor = brotli.Decompressor()
    piece = decompressor.process(data, output_buffer_limit=_CHUNK)
    output.add(piece)
    while piece and not decompressor.is_finished():
        piece = decompressor.process(b"", output_buffer_limit=_CHUNK)
        output.add(piece)
    if not decompressor.is_finished():
        raise EOFError("cut short")
    return output.value()


def _unzstd(data: bytes, max_size: int) -> bytes:
    output = _Output(max_size)
    with zstd.ZstdFile(BytesIO(data)) as file:
        while piece := file.read(_CHUNK):
            output.add(piece)
    return output.value()


_DECODERS = {
    b"gzip": _gunzip,
    b"x-gzip": _gunzip,
    b"deflate": _inflate,
    b"br": _unbrotli,
    b"zstd": _unzstd,
}
