from __future__ import annotations

import errno
import gzip
import hashlib
import os
import re
import subprocess
import sys
import threading
from base64 import b32encode
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.cli import main

from khotoot_crawler.archive.exchange import Exchange
from khotoot_crawler.archive.pairs import Original, exchange_records, sha1_digest, target_uri
from khotoot_crawler.archive.reader import iter_records
from khotoot_crawler.archive.writer import OPEN_SUFFIX, WarcWriter
from khotoot_crawler.items import WarcPlace
from tests.odd_answers import BODY, CHUNKED, ODD, OK, Odd

SHARED = Path(__file__).parents[2] / "shared" / "accept" / "check_warc.py"
WARCINFO = {
    "software": "khotoot-crawler/1",
    "robots": "obey",
    "isPartOf": "khootoot.ir",
    "operator": "a test",
    "http-header-user-agent": "test",
}
AT = datetime(2025, 11, 22, 8, 30, 0, 123999, tzinfo=UTC)
URL = "http://127.0.0.1:8000/fa/news/1"


def writer_in(folder: Path, max_size: int = 1_000_000_000) -> WarcWriter:
    return WarcWriter(folder, prefix="khotoot", warcinfo=WARCINFO, max_size=max_size)


def exchange_of(
    odd: Odd | None = None, *, url: str = URL, at: datetime = AT, body: bytes | None = None
) -> Exchange:
    if odd is None:
        body = BODY if body is None else body
        odd = Odd((), OK + b"Content-Length: %d\r\n\r\n" % len(body), body)
    return Exchange(
        url=url,
        started_at=at,
        ip_address="127.0.0.1",
        request=f"{odd.method} /fa/news/1 HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n\r\n".encode(),
        head=odd.head,
        body=odd.body,
        truncated=odd.truncated,  # type: ignore[arg-type]
    )


def record_at(folder: Path, place: WarcPlace) -> tuple[dict[str, str], bytes]:
    """Read a record by its place, with nothing but gzip."""
    path = folder / place.filename
    if not path.exists():
        path = path.with_name(path.name + OPEN_SUFFIX)
    data = gzip.decompress(path.read_bytes()[place.offset : place.offset + place.length])
    head, _, block = data.partition(b"\r\n\r\n")
    version, *lines = head.decode().split("\r\n")
    assert version == "WARC/1.1"
    assert block.endswith(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    assert len(headers) == len(lines)
    return headers, block[:-4]


def digest(data: bytes) -> str:
    return "sha1:" + b32encode(hashlib.sha1(data).digest()).decode()


def check(folder: Path, *arguments: str) -> None:
    """Have warcio, and the checks written apart where they are here, judge the sealed files."""
    for path in folder.glob("*.warc.gz"):
        with pytest.raises(SystemExit) as ended:
            main(["check", str(path)])
        assert ended.value.code == 0
    if SHARED.exists():
        command = [sys.executable, str(SHARED), str(folder), "--strict", *arguments]
        command += ["--bin", str(Path(sys.executable).parent)]
        run = subprocess.run(command, check=False, capture_output=True, text=True)
        assert not run.returncode, run.stdout + run.stderr


# -- records -----------------------------------------------------------------


def test_a_pair_of_records(tmp_path: Path) -> None:
    writer = writer_in(tmp_path)
    place = writer.write(exchange_of())
    headers, block = record_at(tmp_path, place)
    assert block == OK + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
    request_id = headers.pop("WARC-Concurrent-To")
    assert re.fullmatch(r"<urn:uuid:[0-9a-f-]{36}>", headers.pop("WARC-Warcinfo-ID"))
    assert headers == {
        "WARC-Type": "response",
        "WARC-Record-ID": place.record_id,
        "WARC-Date": "2025-11-22T08:30:00.123Z",
        "WARC-Target-URI": URL,
        "WARC-IP-Address": "127.0.0.1",
        "WARC-Payload-Digest": digest(BODY),
        "WARC-Block-Digest": digest(block),
        "Content-Type": "application/http;msgtype=response",
        "Content-Length": str(len(block)),
    }
    assert place.payload_digest == digest(BODY)
    writer.seal()
    with (tmp_path / place.filename).open("rb") as file:
        kinds = [(r.rec_type, r.rec_headers["WARC-Record-ID"]) for r in ArchiveIterator(file)]
    assert kinds[1:] == [("request", request_id), ("response", place.record_id)]
    check(tmp_path)


def write_odd(folder: Path, names: Iterable[str]) -> tuple[Path, list[Exchange]]:
    writer = writer_in(folder)
    exchanges = [exchange_of(ODD[name], url=f"{URL}/{name}") for name in names]
    places = [writer.write(exchange) for exchange in exchanges]
    sealed = writer.seal()
    assert sealed is not None
    for exchange, place in zip(exchanges, places, strict=True):
        headers, block = record_at(folder, place)
        assert block.endswith(b"\r\n\r\n" + exchange.body)
        assert headers.get("WARC-Truncated") == exchange.truncated
        assert headers["WARC-Payload-Digest"] == digest(exchange.body)
    return sealed, exchanges


def test_every_odd_answer_is_read_back_by_other_tools(tmp_path: Path) -> None:
    sealed, exchanges = write_odd(tmp_path, ODD)
    by_url = {exchange.url: exchange.body for exchange in exchanges}
    with sealed.open("rb") as file:
        for record in ArchiveIterator(file):
            if record.rec_type == "response":
                url = record.rec_headers["WARC-Target-URI"]
                assert record.raw_stream.read() == by_url.pop(url)
    assert not by_url
    assert len(list(FastIterator(BytesIO(sealed.read_bytes()), parse_http=False))) == 1 + 2 * len(
        ODD
    )


def test_the_odd_answers_stand_up_to_checks(tmp_path: Path) -> None:
    # warcio breaks off at any Content-Encoding: br, fastwarc at lines over 32 KiB, and a 304 is
    # to refer to something
    names = ODD.keys() - {"br", "long-line", "not-modified"}
    write_odd(tmp_path, sorted(names))
    check(tmp_path, "--server-faults", "allow")


def stored_head(exchange: Exchange) -> bytes:
    """Return the header block as it stands in the response record."""
    record = gzip.decompress(exchange_records(exchange, None, "<urn:uuid:0>").response)
    block = record.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n\r\n")
    assert block.endswith(exchange.body)
    return block[: len(block) - len(exchange.body)]


def test_the_header_block_is_what_came(tmp_path: Path) -> None:
    for name in ("order", "cases", "cookies", "spacing", "folded", "latin1-reason", "lone-cr"):
        assert stored_head(exchange_of(ODD[name])) == ODD[name].head


def test_undone_chunks_are_told() -> None:
    head = OK + b"A: 1\r\ntransfer-Encoding:  Chunked\r\nB: 2\r\n\r\n"
    assert stored_head(exchange_of(Odd((), head))) == (
        OK + b"A: 1\r\nX-Archive-Orig-transfer-Encoding:  Chunked\r\nB: 2\r\n"
        b"Content-Length: %d\r\n\r\n" % len(BODY)
    )


def test_a_false_length_is_kept_under_another_name() -> None:
    head = OK + b"Content-Length: 3\r\nX: y\r\nContent-length: 4\r\n\r\n"
    assert stored_head(exchange_of(Odd((), head))) == (
        OK + b"X-Archive-Orig-Content-Length: 3\r\nX: y\r\nX-Archive-Orig-Content-length: 4\r\n"
        b"Content-Length: %d\r\n\r\n" % len(BODY)
    )


def test_a_head_answer_makes_no_claim_about_a_body() -> None:
    head = OK + b"Content-Length: 900\r\n\r\n"
    stored = stored_head(exchange_of(Odd((), head, b"", method="HEAD")))
    assert stored == OK + b"X-Archive-Orig-Content-Length: 900\r\n\r\n"


def test_a_cut_answer_keeps_its_length() -> None:
    head = OK + b"Content-Length: 9000\r\n\r\n"
    assert stored_head(exchange_of(Odd((), head, BODY, "disconnect"))) == head


def test_header_lines_end_in_crlf() -> None:
    head = b"HTTP/1.1 200 OK\nA: 1\r\nB: 2\n\n"
    assert stored_head(exchange_of(Odd((), head))) == b"HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\n\r\n"


@pytest.mark.parametrize(
    ("url", "uri"),
    [
        ("http://h/a b", "http://h/a%20b"),
        ("http://h/خ\u200cط", "http://h/%D8%AE%E2%80%8C%D8%B7"),
        ("http://h/%zz%", "http://h/%25zz%25"),
        ("http://h/%D8%AE?q=%20#top", "http://h/%D8%AE?q=%20"),
        ('http://h/<>"{}|\\^`\r\n', "http://h/%3C%3E%22%7B%7D%7C%5C%5E%60%0D%0A"),
        ("http://[::1]:80/!$&'()*+,;=:@[]~", "http://[::1]:80/!$&'()*+,;=:@[]~"),
    ],
)
def test_target_uris_are_legal(url: str, uri: str) -> None:
    assert target_uri(url) == uri


@given(st.text())
def test_a_target_uri_has_no_odd_characters(text: str) -> None:
    uri = target_uri("http://h/" + text.encode("utf-8", "ignore").decode())
    assert re.fullmatch(r"[!$%&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~]*", uri)
    assert target_uri(uri) == uri


def test_warcinfo_opens_the_file_and_names_it(tmp_path: Path) -> None:
    writer = writer_in(tmp_path)
    writer.write(exchange_of())
    sealed = writer.seal()
    assert sealed is not None
    assert re.fullmatch(r"khotoot-\d{17}-00000-[A-Za-z0-9_.-]+\.warc\.gz", sealed.name)
    with sealed.open("rb") as file:
        first = next(iter(ArchiveIterator(file)))
        assert first.rec_type == "warcinfo"
        assert first.rec_headers["WARC-Filename"] == sealed.name
        lines = first.content_stream().read().decode().splitlines()
    fields = dict(line.split(": ", 1) for line in lines)
    assert fields["format"] == "WARC File Format 1.1"
    assert fields["conformsTo"].endswith("/warc-1.1/")
    assert {**WARCINFO, "hostname": fields["hostname"]}.items() <= fields.items()


# -- revisits ----------------------------------------------------------------


def original_of(folder: Path, place: WarcPlace) -> Original:
    headers, _ = record_at(folder, place)
    uri, date = headers["WARC-Target-URI"], headers["WARC-Date"]
    return Original(place.record_id, uri, date, place.payload_digest)


def test_a_payload_seen_before_is_a_revisit(tmp_path: Path) -> None:
    writer = writer_in(tmp_path)
    original = original_of(tmp_path, writer.write(exchange_of(url=URL + "?first")))
    again = exchange_of(at=AT + timedelta(1))
    place = writer.write(again, original=original)
    headers, block = record_at(tmp_path, place)
    assert block == again.head
    assert headers["WARC-Type"] == "revisit"
    assert headers["WARC-Profile"] == (
        "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
    )
    assert headers["WARC-Refers-To"] == original.record_id
    assert headers["WARC-Refers-To-Target-URI"] == URL + "?first"
    assert headers["WARC-Refers-To-Date"] == "2025-11-22T08:30:00.123Z"
    assert headers["WARC-Truncated"] == "length"
    assert headers["WARC-Payload-Digest"] == place.payload_digest == digest(BODY)
    writer.seal()
    check(tmp_path)


def test_a_chunked_revisit_has_its_length(tmp_path: Path) -> None:
    writer = writer_in(tmp_path)
    original = original_of(tmp_path, writer.write(exchange_of()))
    place = writer.write(exchange_of(Odd((), CHUNKED), url=URL + "/b"), original=original)
    assert record_at(tmp_path, place)[1] == (
        OK + b"X-Archive-Orig-Transfer-Encoding: chunked\r\nContent-Length: %d\r\n\r\n" % len(BODY)
    )
    writer.seal()
    check(tmp_path)


def test_an_answer_not_modified_refers_to_what_was(tmp_path: Path) -> None:
    writer = writer_in(tmp_path)
    original = original_of(tmp_path, writer.write(exchange_of()))
    place = writer.write(exchange_of(ODD["not-modified"], at=AT + timedelta(1)), original=original)
    headers, block = record_at(tmp_path, place)
    assert block == ODD["not-modified"].head
    assert headers["WARC-Profile"].endswith("/revisit/server-not-modified")
    assert headers["WARC-Refers-To"] == original.record_id
    assert headers["WARC-Payload-Digest"] == place.payload_digest == digest(BODY)
    assert "WARC-Truncated" not in headers
    # State of before did not keep the digest.
    place = writer.write(exchange_of(ODD["not-modified"]), original=replace(original, digest=None))
    assert "WARC-Payload-Digest" not in record_at(tmp_path, place)[0]
    writer.seal()
    check(tmp_path)


def test_what_stays_a_response() -> None:
    original = Original("<urn:uuid:0>", URL, "2025-11-22T08:30:00Z", None)

    def is_revisit(exchange: Exchange, original: Original | None) -> bool:
        record = gzip.decompress(exchange_records(exchange, original, "<urn:uuid:1>").response)
        return record.startswith(b"WARC/1.1\r\nWARC-Type: revisit\r\n")

    assert is_revisit(exchange_of(), original)
    assert not is_revisit(exchange_of(), None)
    assert not is_revisit(exchange_of(body=b"x" * 1023), original)
    assert is_revisit(exchange_of(body=b"x" * 1024), original)
    assert not is_revisit(exchange_of(Odd((), OK + b"\r\n", BODY, "length")), original)
    assert not is_revisit(exchange_of(ODD["not-modified"]), None)


# -- files -------------------------------------------------------------------


def test_nothing_is_opened_before_the_first_exchange(tmp_path: Path) -> None:
    writer = writer_in(tmp_path / "not-there")
    writer.sync()
    assert writer.seal() is None
    assert not list(tmp_path.iterdir())


def test_a_file_is_open_until_it_is_sealed(tmp_path: Path) -> None:
    writer = writer_in(tmp_path)
    place = writer.write(exchange_of())
    assert [path.name for path in tmp_path.iterdir()] == [place.filename + ".open"]
    writer.sync()
    sealed = writer.seal()
    assert sealed == tmp_path / place.filename
    assert list(tmp_path.iterdir()) == [sealed]
    assert writer.seal() is None


def test_places_are_where_the_records_are(tmp_path: Path) -> None:
    writer = writer_in(tmp_path)
    places = [writer.write(exchange_of(url=f"{URL}/{n}")) for n in range(20)]
    sealed = writer.seal()
    assert sealed is not None
    for number, place in enumerate(places):
        headers, _ = record_at(tmp_path, place)
        assert headers["WARC-Target-URI"] == f"{URL}/{number}"
    assert places[-1].offset + places[-1].length == sealed.stat().st_size


def test_files_are_rotated_between_pairs(tmp_path: Path) -> None:
    writer = writer_in(tmp_path, max_size=4000)
    places = [writer.write(exchange_of(url=f"{URL}/{n}")) for n in range(9)]
    writer.seal()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert len(names) > 1
    assert [re.findall(r"-(\d{5})-", name)[-1] for name in names] == [
        f"{n:05d}" for n in range(len(names))
    ]
    assert sorted({place.filename for place in places}) == names
    check(tmp_path)


def test_a_file_of_an_earlier_run_is_never_touched(tmp_path: Path) -> None:
    first, second = writer_in(tmp_path), writer_in(tmp_path)
    for writer in (first, second):
        writer.write(exchange_of())
    sealed = [first.seal(), second.seal()]
    assert sealed[0] != sealed[1]
    assert [len(list(iter_records(path))) for path in sealed if path] == [3, 3]


def test_a_disk_that_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = writer_in(tmp_path)
    place = writer.write(exchange_of())
    path = tmp_path / (place.filename + ".open")
    size = path.stat().st_size
    write = os.write

    def nearly_full(descriptor: int, data: memoryview) -> int:
        if path.stat().st_size >= size + 100:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, data[:100])

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", nearly_full)
        with pytest.raises(OSError, match="No space left"):
            writer.write(exchange_of())
    assert path.stat().st_size == size  # back to the last whole pair
    for refused in (lambda: writer.write(exchange_of()), writer.sync):
        with pytest.raises(OSError, match="earlier write") as caught:
            refused()
        assert caught.value.errno == errno.ENOSPC
    assert writer.seal() is None
    assert list(tmp_path.iterdir()) == [path]


def test_a_short_write_is_carried_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:77]))
    writer = writer_in(tmp_path)
    place = writer.write(exchange_of())
    writer.seal()
    assert record_at(tmp_path, place)[1].endswith(BODY)


def test_a_file_with_nothing_but_warcinfo_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = writer_in(tmp_path)
    writer._open()
    assert writer.seal() is None
    assert not list(tmp_path.iterdir())


def test_syncing_in_another_thread_while_files_are_rotated(tmp_path: Path) -> None:
    writer = writer_in(tmp_path, max_size=1)  # each pair its own file
    stop = threading.Event()
    errors: list[BaseException] = []

    def sync() -> None:
        try:
            while not stop.is_set():
                writer.sync()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=sync)
    thread.start()
    try:
        for number in range(60):
            writer.write(exchange_of(url=f"{URL}/{number}"))
    finally:
        stop.set()
        thread.join()
    writer.seal()
    assert not errors
    assert len(list(tmp_path.iterdir())) == 60


def test_digests_are_those_of_the_bytes() -> None:
    assert sha1_digest(b"") == "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ"
