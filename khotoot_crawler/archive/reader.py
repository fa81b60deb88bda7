"""Read the records of any WARC, one after another or by offset: ours, and those of other tools.

Compressed and plain files, WARC/1.0 and 1.1. Memory holds one record at a time, of at most
``MAX_RECORD`` bytes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from khotoot_crawler.archive.members import Damage, Member, is_gzip, read_member, read_members
from khotoot_crawler.archive.record import MAX_HEADER, Record, parse_header
from khotoot_crawler.errors import ArchiveError

MAX_RECORD = 256 * 1024 * 1024
_RECORD_END = b"\r\n\r\n"
_PLAIN_RECORD = re.compile(rb"WARC/\d\.\d\r\n")


def read_record(path: Path, offset: int, length: int | None = None) -> Record:
    """Read the one record at an offset. Raises ArchiveError, also where the length is another."""
    with path.open("rb", buffering=0) as file:
        if not is_gzip(file):
            found = _plain_record(file, path, offset, os.fstat(file.fileno()).st_size)
        else:
            found = list(_records_of(read_member(file, path, offset, MAX_RECORD), path))
    for item in found:
        if isinstance(item, Damage):
            raise ArchiveError(item.reason, file=str(path), offset=offset)
    record = found[0]
    assert isinstance(record, Record)
    if length is not None and record.length != length:
        raise record.damage(f"record takes {record.length} bytes, not {length}")
    return record


def iter_records(path: Path) -> Iterator[Record | Damage]:
    """Read a file from end to end; what cannot be read is told, and passed over."""
    with path.open("rb", buffering=0) as file:
        end = os.fstat(file.fileno()).st_size
        if not end:
            yield Damage(path, 0, 0, "empty file")
        elif os.pread(file.fileno(), 5, 0) == b"WARC/":
            yield from _plain_records(file, path, end)
        else:
            for member in read_members(file, path, MAX_RECORD):
                yield from (member,) if isinstance(member, Damage) else _records_of(member, path)


def _records_of(member: Member, path: Path) -> Iterator[Record | Damage]:
    """Read the record of a gzip member; more than one is read, and told."""
    if member.size > len(member.data):
        reason = f"record of {member.size} bytes is too large to be read"
        yield Damage(path, member.offset, member.length, reason)
        return
    start, count = 0, 0
    while start < member.size:
        try:
            headers, begin, end = parse_header(member.data, start)
        except ValueError as error:
            yield Damage(path, member.offset, member.length, str(error))
            return
        version = headers[0][1]
        block = member.data[begin:end]
        if len(block) < end - begin:
            reason = f"block of {len(block)} bytes, Content-Length says {end - begin}"
            yield Damage(path, member.offset, member.length, reason)
            return
        yield Record(path, member.offset, member.length, version, headers[1:], block)
        start, count = _after_record(member.data, end), count + 1
        if not member.data.startswith(_RECORD_END, end) or start != end + len(_RECORD_END):
            yield Damage(path, member.offset, member.length, "record does not end in two CRLF")
    if count != 1:
        yield Damage(path, member.offset, member.length, f"{count} records in one gzip member")


def _after_record(data: bytes, end: int) -> int:
    while end < len(data) and data[end] in b"\r\n":
        end += 1
    return end


def _plain_records(file: BinaryIO, path: Path, end: int) -> Iterator[Record | Damage]:
    offset = 0
    while offset < end:
        for item in _plain_record(file, path, offset, end):
            yield item
            offset = max(offset, item.offset + item.length)


def _plain_record(file: BinaryIO, path: Path, offset: int, end: int) -> list[Record | Damage]:
    """Read a record of an uncompressed file, and the damage after it."""
    descriptor = file.fileno()
    try:
        headers, begin, block_end = parse_header(os.pread(descriptor, MAX_HEADER, offset))
    except ValueError as error:
        resumed = _next_plain_record(descriptor, offset + 1, end)
        return [Damage(path, offset, resumed - offset, str(error))]
    size = block_end - begin
    length = block_end + len(_RECORD_END)
    if offset + block_end > end:
        return [Damage(path, offset, end - offset, f"block of {size} bytes is not complete")]
    if size > MAX_RECORD:
        reason = f"record of {size} bytes is too large to be read"
        return [Damage(path, offset, min(length, end - offset), reason)]
    block = os.pread(descriptor, size, offset + begin)
    record = Record(path, offset, length, headers[0][1], headers[1:], block)
    if os.pread(descriptor, len(_RECORD_END), offset + block_end) == _RECORD_END:
        return [record]
    resumed = _next_plain_record(descriptor, offset + block_end, end)
    lost = Damage(path, offset + block_end, resumed - offset - block_end, "no two CRLF here")
    return [replace(record, length=block_end), lost]


def _next_plain_record(descriptor: int, offset: int, end: int) -> int:
    step = 1024 * 1024
    while offset < end:
        window = os.pread(descriptor, step + 16, offset)
        match = _PLAIN_RECORD.search(window)
        if match:
            return offset + match.start()
        offset += step
    return end
