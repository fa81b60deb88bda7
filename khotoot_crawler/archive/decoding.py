"""Undo Content-Encoding exactly as Scrapy does, so that live and offline readings agree.

That is: what was cut short gives as much as it holds, and an unknown coding is left as it is.
"""

from __future__ import annotations

import gzip
import struct
import sys
import zlib
from collections.abc import Iterable
from io import BytesIO

import brotlicffi as brotli  # type: ignore[import-untyped]

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_CHUNK = 64 * 1024


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
        except (OSError, EOFError, struct.error, zlib.error, brotli.error, zstd.ZstdError) as error:
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
    with gzip.GzipFile(fileobj=BytesIO(data)) as file:
        try:
            while piece := file.read1(_CHUNK):
                output.add(piece)
        except (OSError, EOFError, struct.error):  # a false check sum, a missing end
            if not output.size:
                raise
    return output.value()


def _inflate(data: bytes, max_size: int) -> bytes:
    output = _Output(max_size)
    decompressor = zlib.decompressobj()
    try:
        piece = decompressor.decompress(data, _CHUNK)
    except zlib.error:  # some servers leave the zlib header out
        decompressor = zlib.decompressobj(wbits=-15)
        piece = decompressor.decompress(data, _CHUNK)
    output.add(piece)
    while decompressor.unconsumed_tail and not decompressor.eof:
        output.add(decompressor.decompress(decompressor.unconsumed_tail, _CHUNK))
    return output.value()


def _unbrotli(data: bytes, max_size: int) -> bytes:
    output = _Output(max_size)
    decompressor = brotli.Decompressor()
    piece = decompressor.process(data, output_buffer_limit=_CHUNK)
    output.add(piece)
    while piece and not decompressor.is_finished():
        piece = decompressor.process(b"", output_buffer_limit=_CHUNK)
        output.add(piece)
    return output.value()


def _unzstd(data: bytes, max_size: int) -> bytes:
    output = _Output(max_size)
    with zstd.ZstdFile(BytesIO(data)) as file:
        try:
            while piece := file.read(_CHUNK):
                output.add(piece)
        except EOFError:  # cut short
            pass
    return output.value()


_DECODERS = {
    b"gzip": _gunzip,
    b"x-gzip": _gunzip,
    b"deflate": _inflate,
    b"br": _unbrotli,
    b"zstd": _unzstd,
}
