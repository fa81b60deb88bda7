from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from khotoot_crawler.archive.members import Damage
from khotoot_crawler.archive.pairs import Original
from khotoot_crawler.archive.reader import iter_records
from khotoot_crawler.archive.recovery import recover
from khotoot_crawler.items import WarcPlace
from tests.odd_answers import OK, Odd
from tests.test_writer import AT, URL, check, exchange_of, record_at, writer_in

SMALL = Odd((), OK + b"Content-Length: 5\r\n\r\n", b"hello")


@pytest.fixture
def left_open(tmp_path: Path) -> tuple[Path, list[WarcPlace]]:
    """Return a file of three pairs as a crash leaves it, and where their responses are."""
    writer = writer_in(tmp_path)
    places = [writer.write(exchange_of(SMALL, url=f"{URL}/{n}")) for n in range(3)]
    writer.sync()
    return tmp_path / (places[0].filename + ".open"), places


def kinds(path: Path) -> list[str]:
    return ["damage" if isinstance(i, Damage) else i.type for i in iter_records(path)]


PAIRS = ["warcinfo"] + ["request", "response"] * 3


def test_nothing_left_over(tmp_path: Path) -> None:
    assert recover(tmp_path) == []
    writer = writer_in(tmp_path)
    writer.write(exchange_of())
    writer.seal()
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert recover(tmp_path) == []
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_whole_file_is_sealed(left_open: tuple[Path, list[WarcPlace]]) -> None:
    path, places = left_open
    before = path.read_bytes()
    [line] = recover(path.parent)
    sealed = path.with_name(places[0].filename)
    assert line == f"{path.name}: sealed as {sealed.name} with 3 pairs"
    assert sealed.read_bytes() == before
    assert list(path.parent.iterdir()) == [sealed]
    check(path.parent)


def test_a_file_torn_at_any_byte_of_its_last_pair(
    left_open: tuple[Path, list[WarcPlace]],
) -> None:
    path, places = left_open
    data = path.read_bytes()
    sealed = path.with_name(places[0].filename)
    end = places[1].offset + places[1].length
    for cut in range(end, len(data)):
        path.write_bytes(data[:cut])
        [line] = recover(path.parent)
        assert sealed.read_bytes() == data[:end]
        assert ("cut off" in line) is (cut > end)
        assert kinds(sealed) == PAIRS[:-2]
        sealed.unlink()


@pytest.mark.parametrize("tail", [b"\0" * 9000, b"\x1f\x8b\x08\0\0", b"rubbish"])
def test_rubbish_at_the_end_is_cut_off(
    left_open: tuple[Path, list[WarcPlace]], tail: bytes
) -> None:
    path, places = left_open
    data = path.read_bytes()
    path.write_bytes(data + tail)
    [line] = recover(path.parent)
    assert line.endswith(f"{len(tail)} bytes after the last whole pair cut off")
    assert path.with_name(places[0].filename).read_bytes() == data


def test_a_file_without_a_pair_is_deleted(left_open: tuple[Path, list[WarcPlace]]) -> None:
    path, places = left_open
    data = path.read_bytes()
    for cut in (0, 5, 600, places[0].offset, places[0].offset + places[0].length - 1):
        path.write_bytes(data[:cut])
        [line] = recover(path.parent)
        assert line == f"{path.name}: no whole request/response pair in {cut} bytes: deleted"
        assert not list(path.parent.iterdir())


def test_damage_before_the_last_pair_stays_where_it_is(
    left_open: tuple[Path, list[WarcPlace]],
) -> None:
    path, places = left_open
    data = bytearray(path.read_bytes())
    data[places[1].offset + 20] ^= 0xFF
    path.write_bytes(data)
    [line] = recover(path.parent)
    assert f"damaged at {places[1].offset}: " in line
    sealed = path.with_name(places[0].filename)
    assert sealed.read_bytes() == data  # what follows may have been acknowledged
    assert record_at(path.parent, places[2])[0]["WARC-Target-URI"] == f"{URL}/2"
    assert kinds(sealed) == [*PAIRS[:4], "damage", *PAIRS[5:]]


def test_damage_in_the_last_pair_is_cut_off(left_open: tuple[Path, list[WarcPlace]]) -> None:
    path, places = left_open
    data = bytearray(path.read_bytes())
    data[places[2].offset + 20] ^= 0xFF
    path.write_bytes(data)
    recover(path.parent)
    assert kinds(path.with_name(places[0].filename)) == PAIRS[:-2]


def test_records_that_do_not_belong_together_are_no_pair(tmp_path: Path) -> None:
    writer = writer_in(tmp_path)
    places = [writer.write(exchange_of(SMALL, url=f"{URL}/{n}")) for n in range(2)]
    path = tmp_path / (places[0].filename + ".open")
    data = path.read_bytes()
    first_end = places[0].offset + places[0].length
    path.write_bytes(data[:first_end] + data[places[1].offset :])  # its request is missing
    recover(tmp_path)
    assert kinds(tmp_path / places[0].filename) == PAIRS[:3]


def test_a_revisit_makes_a_pair(tmp_path: Path) -> None:
    writer = writer_in(tmp_path)
    place = writer.write(exchange_of())
    original = Original(place.record_id, URL, "2025-11-22T08:30:00.123Z", place.payload_digest)
    writer.write(exchange_of(at=AT.replace(hour=9)), original=original)
    recover(tmp_path)
    assert kinds(tmp_path / place.filename) == [*PAIRS[:3], "request", "revisit"]
    check(tmp_path)


def test_a_sealed_file_of_that_name_is_not_replaced(
    left_open: tuple[Path, list[WarcPlace]],
) -> None:
    path, places = left_open
    data = path.read_bytes()
    taken = path.with_name(places[0].filename)
    taken.write_bytes(b"another file")
    stem = taken.name.removesuffix(".warc.gz")
    path.with_name(f"{stem}-1.warc.gz").write_bytes(b"and another")
    [line] = recover(path.parent)
    assert f"sealed as {stem}-2.warc.gz" in line
    assert taken.read_bytes() == b"another file"
    assert path.with_name(f"{stem}-2.warc.gz").read_bytes() == data
    assert len(list(path.parent.iterdir())) == 3


def test_several_files_are_recovered(tmp_path: Path) -> None:
    for _ in range(3):
        writer_in(tmp_path).write(exchange_of())
    assert len(recover(tmp_path)) == 3
    assert not list(tmp_path.glob("*.open"))


@pytest.mark.parametrize(
    "spoil", [lambda data: data[:-1], lambda data: data + b"\0", lambda data: data]
)
def test_recovering_twice_changes_nothing(
    left_open: tuple[Path, list[WarcPlace]], spoil: Callable[[bytes], bytes]
) -> None:
    path, places = left_open
    path.write_bytes(spoil(path.read_bytes()))
    recover(path.parent)
    sealed = path.with_name(places[0].filename)
    before = sealed.read_bytes()
    sealed.rename(path)
    [line] = recover(path.parent)
    assert "cut off" not in line
    assert sealed.read_bytes() == before
