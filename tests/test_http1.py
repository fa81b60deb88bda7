from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khotoot_crawler.archive import answer as answer_module
from khotoot_crawler.archive.answer import Answer
from khotoot_crawler.archive.http1 import (
    Field,
    NotHttpError,
    content_length,
    parse_head,
    split_message,
)

OK = b"HTTP/1.1 200 OK\r\n"


def read(data: bytes, method: str = "GET", max_body: int = 0, *, ended: bool = True) -> Answer:
    answer = Answer(method, max_body)
    answer.feed(data)
    if ended:
        answer.end()
    return answer


# -- heads -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "version", "status", "reason"),
    [
        (b"HTTP/1.1 200 OK", b"HTTP/1.1", 200, b"OK"),
        (b"HTTP/1.1 200", b"HTTP/1.1", 200, b""),
        (b"HTTP/1.1 200 ", b"HTTP/1.1", 200, b""),
        (b"HTTP/1.0 404 Not  Found ", b"HTTP/1.0", 404, b"Not  Found"),
        (b"HTTP/1.1  200   Two spaces", b"HTTP/1.1", 200, b"Two spaces"),
        (b"HTTP/1.1\t200\tTab", b"HTTP/1.1", 200, b"Tab"),
        (b"http/1.1 200 small", b"HTTP/1.1", 200, b"small"),
        (b"HTTP/1.1 200OK", b"HTTP/1.1", 200, b"OK"),
        (b"HTTP 200 OK", b"HTTP", 200, b"OK"),
        (b"HTTP/2 200", b"HTTP/2", 200, b""),
        (b"HTTP/1.1 999 \xd8\xa7", b"HTTP/1.1", 999, b"\xd8\xa7"),
    ],
)
def test_a_status_line_is_read_leniently(
    line: bytes, version: bytes, status: int, reason: bytes
) -> None:
    head = parse_head(line + b"\r\n\r\n")
    assert (head.version, head.status, head.reason) == (version, status, reason)


@pytest.mark.parametrize(
    "line", [b"", b"<html>", b"HTTP/1.1", b"HTTP/1.1 OK", b"HTTP/1.1 20 x", b"HTTP/1.1 2000 x"]
)
def test_what_is_no_status_line_is_no_http(line: bytes) -> None:
    with pytest.raises(NotHttpError):
        parse_head(line + b"\r\n\r\n")


def test_odd_header_lines() -> None:
    head = parse_head(
        OK + b"A: 1\r\na:2\r\nNo colon\r\nFold: x\r\n\t y\r\n  z\r\nSpaced : v \r\n: nameless\r\n"
        b"Empty:\r\nBare: lf\nColons: a:b\r\n\r\n"
    )
    assert head.fields == (
        Field(b"A", b"1"),
        Field(b"a", b"2"),
        Field(b"Fold", b"x y z"),
        Field(b"Spaced", b"v"),
        Field(b"Empty", b""),
        Field(b"Bare", b"lf"),
        Field(b"Colons", b"a:b"),
    )
    assert head.values(b"a") == [b"1", b"2"]


@pytest.mark.parametrize(
    ("lines", "length"),
    [
        (b"Content-Length: 5\r\n", 5),
        (b"content-length:5\r\nContent-Length: 5\r\n", 5),
        (b"Content-Length: 5, 5\r\n", 5),
        (b"Content-Length: 5\r\nContent-Length: 6\r\n", None),
        (b"Content-Length: +5\r\n", None),
        (b"Content-Length: 5 bytes\r\n", None),
        (b"Content-Length: \xd9\xa5\r\n", None),
        (b"Content-Length: " + b"9" * 5000 + b"\r\n", None),
        (b"Content-Length:\r\n", None),
        (b"", None),
    ],
)
def test_content_length(lines: bytes, length: int | None) -> None:
    assert content_length(parse_head(OK + lines + b"\r\n")) == length


def test_a_message_is_split_after_its_first_blank_line() -> None:
    assert split_message(b"A\r\nB\r\n\r\nbody\n\n") == (b"A\r\nB\r\n\r\n", b"body\n\n")
    assert split_message(b"A\nB\n\nbody\r\n\r\n") == (b"A\nB\n\n", b"body\r\n\r\n")
    assert split_message(b"A\r\nB\r\n") is None


# -- bodies ------------------------------------------------------------------


def test_a_body_of_known_length_keeps_the_connection() -> None:
    answer = read(OK + b"Content-Length: 5\r\n\r\nhello", ended=False)
    assert answer.complete
    assert (answer.body, answer.truncated, answer.keep_alive) == (b"hello", None, True)
    assert answer.head == OK + b"Content-Length: 5\r\n\r\n"


def test_bytes_after_a_complete_answer_end_the_connection() -> None:
    assert not read(OK + b"Content-Length: 5\r\n\r\nhello there").keep_alive
    late = read(OK + b"Content-Length: 5\r\n\r\nhello", ended=False)
    late.feed(b"x")
    assert not late.keep_alive
    assert late.body == b"hello"


@pytest.mark.parametrize(
    ("head", "kept"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: Close\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: x, close\r\n\r\n", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: Keep-Alive\r\n\r\n", True),
        (b"HTTP/1.1 101 Switching\r\n\r\n", False),
        (b"HTTP/1.1 204 No\r\n\r\n", True),
    ],
)
def test_whether_the_connection_may_carry_on(head: bytes, kept: bool) -> None:
    assert read(head, ended=False).keep_alive is kept


@pytest.mark.parametrize("status", [b"204", b"304", b"101"])
def test_answers_without_a_body(status: bytes) -> None:
    answer = read(b"HTTP/1.1 " + status + b" X\r\nContent-Length: 9\r\n\r\n", ended=False)
    assert answer.complete
    assert (answer.body, answer.truncated) == (b"", None)


def test_head_has_no_body_whatever_its_length_says() -> None:
    answer = read(OK + b"Content-Length: 900\r\n\r\n", method="HEAD", ended=False)
    assert answer.complete
    assert answer.keep_alive


def test_a_tunnel_is_kept_whatever_the_version() -> None:
    head = b"HTTP/1.0 200 Connection established\r\nContent-Length: 9\r\n\r\n"
    assert read(head, method="CONNECT", ended=False).keep_alive
    assert not read(head.replace(b"200", b"407"), method="CONNECT", ended=False).complete


def test_a_body_until_the_connection_ends() -> None:
    answer = read(b"HTTP/1.0 200 OK\r\n\r\nall of it")
    assert (answer.body, answer.truncated, answer.keep_alive) == (b"all of it", None, False)


def test_contradictory_lengths_take_what_comes() -> None:
    answer = read(OK + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nhello")
    assert (answer.body, answer.truncated, answer.keep_alive) == (b"hello", None, False)


@pytest.mark.parametrize(
    "chunks",
    [
        b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n",
        b'5;ext=1;q="a"\r\nhello\r\n006\r\n world\r\n000\r\n\r\n',
        b"5  \r\nhello\r\n 6\r\n world\r\n0\r\nTrailer: x\r\nOther: y\r\n\r\n",
        b"5\nhello\n6\n world\n0\n\n",
        b"B\r\nhello world\r\n0\r\n\r\n",
    ],
)
def test_chunks_are_undone(chunks: bytes) -> None:
    answer = read(OK + b"Transfer-Encoding: Chunked\r\n\r\n" + chunks, ended=False)
    assert answer.complete
    assert (answer.body, answer.truncated, answer.keep_alive) == (b"hello world", None, True)


def test_chunked_wins_over_a_length() -> None:
    data = b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    assert read(OK + data).body == b"hello"


def test_a_body_only_said_to_be_chunked_is_taken_as_it_is() -> None:
    plain = b"<html>\r\nhello"
    for data in (plain, b"x" * (answer_module.MAX_CHUNK_LINE + 10), b"nothing"):
        answer = read(OK + b"Transfer-Encoding: chunked\r\n\r\n" + data)
        assert (answer.body, answer.truncated, answer.keep_alive) == (data, None, False)


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (b"Content-Length: 9\r\n\r\nhello", b"hello"),
        (b"Content-Length: 9\r\n\r\n", b""),
        (b"Transfer-Encoding: chunked\r\n\r\n", b""),
        (b"Transfer-Encoding: chunked\r\n\r\n5", b""),
        (b"Transfer-Encoding: chunked\r\n\r\n5\r\nhe", b"he"),
        (b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r", b"hello"),
        (b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", b"hello"),
        (b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello, no line end", b"hello"),
        (b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nnonsense\r\n", b"hello"),
        (b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n-1\r\n", b"hello"),
        (b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n" + b"f" * 30 + b"\r\n", b"hello"),
    ],
)
def test_an_answer_that_ends_early_is_cut(data: bytes, body: bytes) -> None:
    answer = read(OK + data)
    assert (answer.complete, answer.body, answer.truncated) == (True, body, "disconnect")
    assert not answer.keep_alive


def test_the_last_line_end_of_a_chunked_body_may_be_missing() -> None:
    answer = read(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n")
    assert (answer.body, answer.truncated, answer.keep_alive) == (b"hello", None, False)


def test_the_reason_of_the_end_is_kept() -> None:
    for data in (b"Content-Length: 9\r\n\r\nhe", b"\r\nhe"):
        answer = Answer("GET")
        answer.feed(OK + data)
        answer.end("time")
        assert (answer.body, answer.truncated) == (b"he", "time")
    reset = Answer("GET")
    reset.feed(OK + b"\r\nhe")
    reset.end("disconnect")
    assert reset.truncated == "disconnect"


@pytest.mark.parametrize(
    "data",
    [
        b"Content-Length: 9\r\n\r\n123456789",
        b"Content-Length: 9\r\n\r\n12345",
        b"\r\n123456789",
        b"Transfer-Encoding: chunked\r\n\r\n9\r\n123456789\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n3\r\n123\r\n3\r\n456\r\n0\r\n\r\n",
    ],
)
def test_a_body_over_the_bound_is_cut(data: bytes) -> None:
    answer = read(OK + data, max_body=5, ended=False)
    assert (answer.complete, answer.body, answer.truncated) == (True, b"12345", "length")
    assert not answer.keep_alive


@pytest.mark.parametrize(
    "data",
    [
        b"Content-Length: 5\r\n\r\n12345",
        b"\r\n12345",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n\r\n",
    ],
)
def test_a_body_as_large_as_the_bound_is_whole(data: bytes) -> None:
    answer = read(OK + data, max_body=5)
    assert (answer.complete, answer.body, answer.truncated) == (True, b"12345", None)


def test_interim_answers_are_passed_over() -> None:
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    answer = read(interim + OK + b"Content-Length: 2\r\n\r\nhi", ended=False)
    assert answer.complete
    assert (answer.head, answer.body) == (OK + b"Content-Length: 2\r\n\r\n", b"hi")
    assert not read(interim).complete


def test_line_ends_before_the_status_line_are_no_part_of_it() -> None:
    assert read(b"\r\n\n" + OK + b"Content-Length: 0\r\n\r\n").head == (
        OK + b"Content-Length: 0\r\n\r\n"
    )


def test_what_never_began_or_has_no_blank_line_is_no_answer() -> None:
    for data in (b"", b"HTT", OK, OK + b"A: 1\r\n"):
        answer = read(data)
        assert answer.head is None
        assert not answer.complete
        assert answer.begun is bool(data)


@pytest.mark.parametrize(
    "head",
    [b"HTTP/1.1 100\n\n" * 80_000 + OK, OK + b"A: b\r\n" + b" x\n" * 80_000],
    ids=["interim answers", "lines that continue one"],
)
def test_a_head_made_to_take_long(head: bytes) -> None:
    start = time.process_time()
    assert read(head + b"\r\nhello").body == b"hello"
    assert time.process_time() - start < 1


def test_a_header_block_has_a_bound() -> None:
    with pytest.raises(NotHttpError, match="header block"):
        read(OK + b"A: " + b"x" * answer_module.MAX_HEAD)
    with pytest.raises(NotHttpError, match="header block"):
        read(OK + b"A: " + b"x" * answer_module.MAX_HEAD + b"\r\n\r\n")


def test_many_small_chunks() -> None:
    chunks = b"1\r\nx\r\n" * 20_000 + b"0\r\n\r\n"
    assert len(read(OK + b"Transfer-Encoding: chunked\r\n\r\n" + chunks).body) == 20_000


# -- any split of the bytes gives the same answer -------------------------------------------------

_lines = st.sampled_from(
    [
        b"Content-Length: 7\r\n",
        b"Content-Length: 3\r\n",
        b"content-length : 7\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Connection: close\r\n",
        b"No colon\r\n",
        b" fold\r\n",
        b"X: \xff\n",
    ]
)
_bodies = st.one_of(
    st.binary(max_size=30),
    st.lists(st.binary(min_size=1, max_size=9), max_size=4).map(
        lambda chunks: b"".join(b"%x\r\n%b\r\n" % (len(c), c) for c in chunks) + b"0\r\n\r\n"
    ),
    st.sampled_from([b"3\r\nabc\r\n", b"3\nabc\n0\n\n", b"3\r\nabcd", b"0\r\nT: 1\r\n\r\nmore"]),
)
_starts = st.sampled_from(
    [
        OK,
        b"HTTP/1.0 200\n",
        b"\r\nHTTP/1.1 404 Not Found\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 304 Not Modified\r\n",
        b"HTP/1.1 200 OK\r\n",
    ]
)


def _outcome(pieces: list[bytes], max_body: int) -> object:
    answer = Answer("GET", max_body)
    try:
        for piece in pieces:
            answer.feed(piece)
        answer.end()
    except NotHttpError:
        return "no HTTP"
    return answer.head, answer.body, answer.complete, answer.truncated, answer.keep_alive


@given(
    start=_starts,
    lines=st.lists(_lines, max_size=4),
    blank=st.sampled_from([b"\r\n", b"\n", b""]),
    body=_bodies,
    cuts=st.lists(st.integers(0, 200), max_size=6),
    max_body=st.sampled_from([0, 0, 5]),
)
def test_any_split_of_the_bytes_gives_the_same_answer(
    start: bytes, lines: list[bytes], blank: bytes, body: bytes, cuts: list[int], max_body: int
) -> None:
    data = start + b"".join(lines) + blank + body
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    pieces = [data[a:b] for a, b in itertools.pairwise(places)]
    whole = _outcome([data], max_body)
    assert _outcome(pieces, max_body) == whole
    assert _outcome([data[i : i + 1] for i in range(len(data))], max_body) == whole


@given(st.binary(max_size=300))
def test_rubbish_never_breaks_it(data: bytes) -> None:
    for prefix in (b"", OK, OK + b"\r\n", OK + b"Transfer-Encoding: chunked\r\n\r\n"):
        _outcome([prefix + data], 100)
