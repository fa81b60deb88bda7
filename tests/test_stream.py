"""The append-only JSONL file: the newline is the acknowledgement."""

from __future__ import annotations

import resource
import signal
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khotoot_crawler.durable import replaced
from khotoot_crawler.stream import Stream


def opened(path: Path) -> Stream:
    stream = Stream(path)
    stream.open()
    return stream


@given(
    lines=st.lists(st.binary(max_size=20).map(lambda b: b.replace(b"\n", b""))), torn=st.binary()
)
def test_a_torn_tail_is_cut_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], torn: bytes
) -> None:
    path = tmp_path_factory.mktemp("stream") / "x.jsonl"
    whole = b"".join(line + b"\n" for line in lines)
    path.write_bytes(whole + torn.replace(b"\n", b""))
    stream = Stream(path)
    assert stream.open() == len(torn.replace(b"\n", b""))
    assert path.read_bytes() == whole
    assert [line for _, line in stream.lines()] == [line + b"\n" for line in lines]
    stream.close()


def test_a_long_torn_tail_is_found_across_blocks(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"kept\n" + b"x" * 300_000)
    stream = opened(path)
    assert stream.end == 5
    stream.close()


def test_lines_are_appended_and_read_from_an_offset(tmp_path: Path) -> None:
    stream = opened(tmp_path / "x.jsonl")
    stream.append(b"one\n")
    start = stream.end
    stream.append(b"two\nthree\n")
    assert list(stream.lines(start)) == [(4, b"two\n"), (8, b"three\n")]
    stream.close()


def test_the_digest_is_of_the_last_line(tmp_path: Path) -> None:
    one, two = opened(tmp_path / "1.jsonl"), opened(tmp_path / "2.jsonl")
    one.append(b"a\nb\n")
    two.append(b"c\nb\n")
    assert one.last_line_digest() == two.last_line_digest()
    assert one.last_line_digest(2) != two.last_line_digest(2)
    one.close()
    two.close()


def test_a_write_that_fails_leaves_no_part_of_a_line(tmp_path: Path) -> None:
    stream = opened(tmp_path / "x.jsonl")
    stream.append(b"acknowledged\n")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            stream.append(b"y" * 100 + b"\n")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert (tmp_path / "x.jsonl").read_bytes() == b"acknowledged\n"
    stream.append(b"after\n")
    assert (tmp_path / "x.jsonl").read_bytes() == b"acknowledged\nafter\n"
    stream.close()


def test_a_replaced_file_is_whole_and_leaves_no_draft(tmp_path: Path) -> None:
    for data in (b"{}", b"[]"):
        with replaced(tmp_path / "run.json") as file:
            file.write(data)
    with suppress(ZeroDivisionError), replaced(tmp_path / "run.json") as file:
        file.write(b"half" * 10_000)
        raise ZeroDivisionError
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("run.json", b"[]")]
