"""``scrapy verify`` notices any byte that is changed, and names the place."""

from __future__ import annotations

import os
import random
from pathlib import Path
from tempfile import TemporaryFile

import pytest

from khotoot_crawler.archive.members import Member, read_members
from khotoot_crawler.verification.members import stray_byte, unpack
from khotoot_crawler.verification.spans import examine
from tests.verified import (
    archive,
    copy,
    findings,
    first_warc,
    flip,
    members,
    places,
)

__all__ = ["archive", "copy"]


# Rounds of random flips; `make tamper` is the long form.
ROUNDS = int(os.environ.get("KHOTOOT_TAMPER", "2"))


def is_noticed(raw: bytes, path: Path) -> bool:
    """Whether a changed member is told even where no digest of its file is known."""
    with TemporaryFile(buffering=0) as file:
        file.write(raw)
        found = list(read_members(file, path, 1 << 30))
    if [type(each) for each in found] != [Member]:
        return True
    [member] = found
    assert isinstance(member, Member)
    assert member.length == len(raw)
    return bool(examine(member, path)[1]) or stray_byte(raw, unpack(raw)) is not None


def test_any_bit_of_a_members_frame_is_noticed(archive: Path) -> None:
    """Header, trailer, and the byte in which deflate ends: no check sum covers all of these."""
    path = first_warc(archive)
    data = path.read_bytes()
    for member in members(path):
        raw = data[member.offset : member.offset + member.length]
        for at in (*range(10), *range(-9, 0)):
            for bit in range(8):
                changed = bytearray(raw)
                changed[at] ^= 1 << bit
                assert is_noticed(bytes(changed), path), (member.offset, at, bit)


def test_any_bit_of_a_record_is_noticed(archive: Path) -> None:
    path = first_warc(archive)
    data = path.read_bytes()
    small = sorted(members(path), key=lambda member: member.length)[: 1 + ROUNDS]
    for member in small:
        raw = data[member.offset : member.offset + member.length]
        for at in range(len(raw)):
            for bit in range(8):
                changed = bytearray(raw)
                changed[at] ^= 1 << bit
                assert is_noticed(bytes(changed), path), (member.offset, at, bit)


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_a_flipped_bit_in_a_warc_is_told_with_its_place(
    archive: Path, copy: Path, seed: int
) -> None:
    rnd = random.Random(seed)
    for path in sorted((copy / "warc").iterdir()):
        data = bytearray(path.read_bytes())
        hit = members(path)[rnd.randrange(4) :: 4]
        for member in hit:
            data[member.offset + rnd.randrange(member.length)] ^= 1 << rnd.randrange(8)
        path.write_bytes(data)
        found = [f.offset for f in findings(copy) if f.file == f"warc/{path.name}"]
        for member in hit:
            inside = range(member.offset, member.offset + member.length)
            assert any(offset in inside for offset in found if offset is not None), member.offset


@pytest.mark.parametrize("seed", range(ROUNDS))
@pytest.mark.parametrize("name", ["articles.jsonl", "views.jsonl", "gone.jsonl", "index.cdxj"])
def test_a_flipped_bit_in_a_line_is_told_with_its_number(copy: Path, name: str, seed: int) -> None:
    rnd = random.Random(seed)
    path = copy / name
    lines = [bytearray(line) for line in path.read_bytes().splitlines(keepends=True)]
    for line in lines:
        line[rnd.randrange(len(line) - 1)] ^= 1 << rnd.randrange(7)
    # A flip may make a line feed, and so two lines: the rest would be counted from there.
    lines = [line for line in lines if line.count(b"\n") == 1]
    path.write_bytes(b"".join(lines))
    told = places(findings(copy))
    assert {(name, number) for number in range(1, len(lines) + 1)} <= told


@pytest.mark.parametrize("name", ["articles.jsonl", "views.jsonl", "gone.jsonl", "index.cdxj"])
def test_a_lost_line_end_is_told(copy: Path, name: str) -> None:
    path = copy / name
    first = path.read_bytes().index(b"\n")
    for offset, line in (
        (path.stat().st_size - 1, len(path.read_bytes().splitlines())),
        (first, 1),
    ):
        flip(path, offset)
        assert (name, line) in places(findings(copy))
        flip(path, offset)
