"""The gzip members of a compressed WARC: one a record, each readable by its offset alone."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from isal import igzip_lib, isal_zlib

from khotoot_crawler.errors import ArchiveError

GZIP_MAGIC = b"\x1f\x8b\x08"
_HEADER = GZIP_MAGIC + bytes(6) + b"\xff"  # RFC 1952: no flags, no time, system unknown
_RESERVED = 0xE0  # of the flags: RFC 1952, 2.3.1.2, zlib and gzip refuse them, isal does not
_CHUNK = 16 * 1024  # a page of news fits; what is read beyond the member is read again
_SCAN = 1024 * 1024
_IsalError: type[Exception] = isal_zlib.error  # type: ignore[assignment]  # a class, in truth


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes of a file that cannot be read as records."""

    path: Path
    offset: int
    length: int
    reason: str

    def __str__(self) -> str:
        return f"{self.path}@{self.offset}: {self.reason} ({self.length} bytes)"


@dataclass(frozen=True, slots=True)
class Member:
    """A whole gzip member, its check sum right.

    ``length`` counts compressed bytes, ``size`` the bytes they hold; ``data`` is the beginning of
    the latter, all of them unless the reader was told to keep less.
    """

    offset: int
    length: int
    size: int
    data: bytes


def pack(data: bytes) -> bytes:
    """Return a gzip member that holds the data; the same bytes for the same data."""
    return _HEADER + igzip_lib.compress(data, 1, igzip_lib.COMP_GZIP_NO_HDR)


def is_gzip(file: BinaryIO) -> bool:
    """Whether a file is compressed, whatever its name."""
    return os.pread(file.fileno(), len(GZIP_MAGIC), 0) == GZIP_MAGIC


def read_member(file: BinaryIO, path: Path, offset: int, keep: int) -> Member:
    """Read the member that begins at an offset, holding no more than ``keep`` bytes of it.

    Raises ArchiveError where there is none, or where it is torn or corrupt.
    """
    decompressor = isal_zlib.decompressobj(wbits=31)
    pieces: list[bytes] = []
    size = held = read = 0
    while not decompressor.eof:
        chunk = os.pread(file.fileno(), _CHUNK, offset + read)
        if not chunk:
            raise ArchiveError("gzip member is not complete", file=str(path), offset=offset)
        if not read and len(chunk) > 3 and chunk[3] & _RESERVED:
            raise ArchiveError("gzip: unknown header flags set", file=str(path), offset=offset)
        read += len(chunk)
        try:
            piece = decompressor.decompress(chunk)
        except _IsalError as error:
            raise ArchiveError(f"gzip: {error}", file=str(path), offset=offset) from None
        size += len(piece)
        if held < keep:
            pieces.append(piece[: keep - held])
            held += len(pieces[-1])
    return Member(offset, read - len(decompressor.unused_data), size, b"".join(pieces))


def read_members(
    file: BinaryIO, path: Path, keep: int, start: int = 0, stop: int | None = None
) -> Iterator[Member | Damage]:
    """Read one member after another; after damage go on where a WARC record begins again.

    Of the members that begin before ``stop``; the first of them at ``start``.
    """
    end = os.fstat(file.fileno()).st_size
    offset, stop = start, end if stop is None else min(stop, end)
    while offset < stop:
        try:
            member = read_member(file, path, offset, keep)
        except ArchiveError as error:
            resumed = next_record(file, offset + 1, end)
            yield Damage(path, offset, resumed - offset, error.reason)
            offset = resumed
        else:
            yield member
            offset += member.length


def next_record(file: BinaryIO, offset: int, end: int) -> int:
    """Find the next member that begins with a WARC record; return ``end`` where there is none.

    It may be one that stands, packed as it is, within another member.
    """
    while offset < end:
        window = os.pread(file.fileno(), _SCAN, offset)
        found = window.find(GZIP_MAGIC)
        while found >= 0:
            if _begins_record(os.pread(file.fileno(), 4096, offset + found)):
                return offset + found
            found = window.find(GZIP_MAGIC, found + 1)
        if len(window) < _SCAN:
            break
        offset += _SCAN - len(GZIP_MAGIC) + 1
    return end


def _begins_record(compressed: bytes) -> bool:
    try:
        return zlib.decompressobj(wbits=31).decompress(compressed, 5) == b"WARC/"
    except zlib.error:
        return False
