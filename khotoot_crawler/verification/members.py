"""Gzip members of a WARC, down to the bits that no check sum covers (RFC 1951, RFC 1952)."""

from __future__ import annotations

import zlib

from isal import igzip_lib

# No flags, no time, no extra flags, system unknown: what this project's files begin members with.
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_FEW = 4


def unpack(raw: bytes) -> bytes:
    """Return what one whole member holds; raises ValueError where the bytes are not just that."""
    decompressor = zlib.decompressobj(wbits=31)
    try:
        data = decompressor.decompress(raw)
    except zlib.error as error:
        raise ValueError(f"gzip: {error}") from None
    if not decompressor.eof or decompressor.unused_data:
        raise ValueError("is not one whole gzip member")
    return data


def stray_byte(raw: bytes, data: bytes) -> int | None:
    """Return the first byte that was changed though the member unpacks to the same data.

    Neither the header nor the bits that fill up a deflate block are under the check sum. They are
    compared with what packing the data again gives. Where all of that differs, another release of
    the compressor made the member, and nothing can be told.
    """
    if raw[: len(_HEADER)] != _HEADER:
        return _differing(raw, _HEADER)[0]
    packed = _HEADER + igzip_lib.compress(data, 1, igzip_lib.COMP_GZIP_NO_HDR)
    if packed == raw or len(packed) != len(raw):
        return None
    differing = _differing(raw, packed)
    return differing[0] if len(differing) <= _FEW else None


def _differing(left: bytes, right: bytes) -> list[int]:
    pairs = zip(left, right, strict=False)
    return [number for number, (one, other) in enumerate(pairs) if one != other]
