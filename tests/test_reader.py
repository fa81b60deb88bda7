from __future__ import annotations

import contextlib
import gc
import gzip
import os
import sys
import time
import tracemalloc
import warnings
import zlib
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import brotlicffi as brotli  # type: ignore[import-untyped]
import pytest
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from khotoot_crawler.archive import reader
from khotoot_crawler.archive.decoding import decode
from khotoot_crawler.archive.members import Damage, pack
from khotoot_crawler.archive.pairs import Original
from khotoot_crawler.archive.reader import iter_records, read_record
from khotoot_crawler.archive.record import Record, Reference, resolve
from khotoot_crawler.errors import ArchiveError
from khotoot_crawler.verification.members import stray_byte, unpack
from tests.odd_answers import BODY, CHUNKED, GZIPPED, ODD, OK, Odd, chunked
from tests.test_writer import URL, exchange_of, writer_in

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def written(folder: Path, *odds: Odd) -> Path:
    """Write answers to a sealed file of ours."""
    writer = writer_in(folder)
    for number, odd in enumerate(odds):
        writer.write(exchange_of(odd, url=f"{URL}/{number}"))
    sealed = writer.seal()
    assert sealed is not None
    return sealed


def records(path: Path) -> list[Record]:
    items = list(iter_records(path))
    assert not [item for item in items if isinstance(item, Damage)]
    return [item for item in items if isinstance(item, Record)]


def damages(path: Path) -> list[Damage]:
    return [item for item in iter_records(path) if isinstance(item, Damage)]


def foreign(block: bytes, *, kind: str = "response", version: str = "WARC/1.0") -> bytes:
    """Return a record as other tools write it."""
    header = (
        f"{version}\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:1>\r\n"
        f"WARC-Target-URI: <http://example.com/>\r\nWARC-Date: 2011-02-12T09:05:00Z\r\n"
        f"content-type: application/http; msgtype=response\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return header.encode() + block + b"\r\n\r\n"


# -- our own -----------------------------------------------------------------


def test_records_of_our_own_file(tmp_path: Path) -> None:
    sealed = written(tmp_path, *ODD.values())
    found = records(sealed)
    assert [record.type for record in found] == ["warcinfo"] + ["request", "response"] * len(ODD)
    for record, (name, odd) in zip(found[2::2], ODD.items(), strict=True):
        assert record.payload == odd.body, name
        assert record.status is not None
        assert read_record(sealed, record.offset, record.length) == record
    assert found[0].offset == 0
    assert found[-1].offset + found[-1].length == sealed.stat().st_size


def test_what_a_record_tells(tmp_path: Path) -> None:
    head = OK + b"Content-Type: text/html; charset=utf-8\r\nContent-Encoding: gzip\r\n\r\n"
    _, request, response = records(written(tmp_path, Odd((), head, GZIPPED)))
    assert response.get("warc-type") == "response"
    assert response.get("no-such-header") is None
    assert (response.url, response.date) == (f"{URL}/0", "2025-11-22T08:30:00.123Z")
    assert (response.status, response.content_type) == (200, "text/html; charset=utf-8")
    assert response.payload == GZIPPED
    assert response.content() == BODY
    assert dict(response.http_headers)[b"Content-Encoding"] == b"gzip"
    assert (request.status, request.content_type, request.payload) == (None, None, b"")
    assert request.http_headers == ((b"Host", b"127.0.0.1:8000"),)


def test_a_place_that_is_wrong_is_told(tmp_path: Path) -> None:
    sealed = written(tmp_path, ODD["plain"])
    response = records(sealed)[-1]
    with pytest.raises(ArchiveError, match="record takes"):
        read_record(sealed, response.offset, response.length - 1)
    for offset in (response.offset + 1, sealed.stat().st_size, 10**9):
        with pytest.raises(ArchiveError) as caught:
            read_record(sealed, offset)
        assert caught.value.offset == offset


# -- revisits ----------------------------------------------------------------


def test_a_revisit_is_read_with_the_payload_it_refers_to(tmp_path: Path) -> None:
    writer = writer_in(tmp_path)
    head = OK + b"Content-Encoding: gzip\r\nX-First: 1\r\n\r\n"
    body = gzip.compress(os.urandom(2000))
    place = writer.write(exchange_of(Odd((), head, body)))
    original = Original(place.record_id, URL, "2025-11-22T08:30:00.123Z", place.payload_digest)
    writer.write(exchange_of(Odd((), OK + b"X-Second: 2\r\n\r\n", body)), original=original)
    sealed = writer.seal()
    assert sealed is not None
    *_, response, _, revisit = records(sealed)
    assert revisit.refers_to == Reference(URL, "2025-11-22T08:30:00.123Z", place.record_id)
    assert revisit.payload == b""
    resolved = resolve(revisit, lambda _: response)
    assert resolved.payload == body
    assert resolved.content() == gzip.decompress(body)
    assert dict(resolved.http_headers)[b"X-Second"] == b"2"
    assert resolve(response, lambda _: None) is response
    # The same bytes may come under another Content-Encoding: then the live page was another.
    named = replace(revisit, block=OK + b"Content-Encoding: gzip\r\n\r\n")
    other = replace(response, block=OK + b"\r\n" + GZIPPED)
    assert replace(named, original=other).content() == gzip.decompress(GZIPPED)
    assert replace(named, block=b"", original=other).content() == GZIPPED
    for wrong in (None, revisit, records(written(tmp_path, ODD["gzip"]))[-1]):
        with pytest.raises(ArchiveError, match="refers to"):
            resolve(revisit, lambda _, found=wrong: found)  # type: ignore[misc]


# -- other tools -------------------------------------------------------------


def write_with_warcio(path: Path, bodies: list[bytes], compressed: bool, version: str) -> None:
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=compressed, warc_version=version)
        writer.write_record(writer.create_warcinfo_record("x.warc", {"software": "warcio"}))
        for body in bodies:
            headers = [("Content-Type", "text/html"), ("Transfer-Encoding", "chunked")]
            http = StatusAndHeaders("200 OK", headers, protocol="HTTP/1.1")
            payload = BytesIO(chunked(body) + b"\r\n")
            record = writer.create_warc_record(
                "http://example.com/", "response", payload=payload, http_headers=http
            )
            writer.write_record(record)


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_files_of_warcio(tmp_path: Path, compressed: bool, version: str) -> None:
    path = tmp_path / "x.warc"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # warcio leaves its buffers open
        write_with_warcio(path, [BODY, b""], compressed, version)
        gc.collect()
    info, first, second = records(path)
    assert info.version == f"WARC/{version}"
    assert info.content_type == "application/warc-fields"
    assert b"software: warcio" in info.payload
    assert (first.payload, second.payload) == (BODY, b"")
    assert read_record(path, first.offset, first.length).content() == BODY
    assert first.content_type == "text/html"


def test_warc_1_0_as_wget_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    path.write_bytes(gzip.compress(foreign(CHUNKED + chunked(BODY) + b"\r\n")))
    [record] = records(path)
    assert (record.url, record.payload) == ("http://example.com/", BODY)


def test_a_chunked_head_that_no_answer_could_have(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    endless = OK + b"X: " + b"y" * 300_000 + b"\r\nTransfer-Encoding: chunked\r\n\r\n"
    path.write_bytes(gzip.compress(foreign(endless + BODY)))
    [record] = records(path)
    assert record.payload == BODY


def test_a_chunked_header_on_a_body_without_chunks(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    path.write_bytes(gzip.compress(foreign(CHUNKED + BODY)))
    [record] = records(path)
    assert record.payload == BODY


def test_records_that_hold_no_http(tmp_path: Path) -> None:
    path = tmp_path / "x.warc"
    dns = foreign(b"20110212\nexample.com. 60 IN A 1.2.3.4").replace(
        b"application/http; msgtype=response", b"text/dns"
    )
    resource = dns.replace(b"WARC-Type: response", b"WARC-Type: resource")
    path.write_bytes(dns + resource + foreign(b"no http at all") + foreign(b""))
    first, second, third, fourth = records(path)
    for record in (first, second):
        assert (record.status, record.content_type) == (None, "text/dns")
        assert record.content() == b"20110212\nexample.com. 60 IN A 1.2.3.4"
    assert (third.status, third.payload, third.http_headers) == (None, b"", ())
    assert (fourth.status, fourth.payload) == (None, b"")


def test_several_records_in_one_member_are_read_and_told(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    path.write_bytes(gzip.compress(foreign(OK + b"\r\na") + foreign(OK + b"\r\nb")))
    first, second, damage = iter_records(path)
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert isinstance(damage, Damage)
    assert (first.payload, second.payload) == (b"a", b"b")
    assert "2 records in one gzip member" in str(damage)
    with pytest.raises(ArchiveError, match="2 records"):
        read_record(path, 0)


# -- damage ------------------------------------------------------------------


def test_damage_is_told_and_passed_over(tmp_path: Path) -> None:
    sealed = written(tmp_path, *[ODD["plain"]] * 4)
    whole = records(sealed)
    data = bytearray(sealed.read_bytes())
    data[whole[4].offset + 100] ^= 0xFF
    sealed.write_bytes(data)
    items = list(iter_records(sealed))
    [damage] = [item for item in items if isinstance(item, Damage)]
    assert (damage.offset, damage.length) == (whole[4].offset, whole[4].length)
    assert [i for i in items if isinstance(i, Record)] == whole[:4] + whole[5:]
    assert str(damage).startswith(f"{sealed}@{damage.offset}: ")


@pytest.mark.parametrize("tail", [b"\0" * 5000, b"rubbish", b"\x1f\x8b\x08", b"\x1f\x8b" * 3000])
def test_rubbish_after_the_last_record(tmp_path: Path, tail: bytes) -> None:
    sealed = written(tmp_path, ODD["plain"])
    size = sealed.stat().st_size
    with sealed.open("ab") as file:
        file.write(tail)
    [damage] = damages(sealed)
    assert (damage.offset, damage.length) == (size, len(tail))


def test_every_changed_byte_of_a_record_is_seen(tmp_path: Path) -> None:
    sealed = written(tmp_path, Odd((), OK + b"\r\n", b"short"))
    whole = records(sealed)
    data = sealed.read_bytes()
    start, end = whole[-1].offset, whole[-1].offset + whole[-1].length
    for place in range(start, end):
        sealed.write_bytes(data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :])
        found = list(iter_records(sealed))
        in_gzip_header = place - start < 10
        assert in_gzip_header or found != whole, place


@pytest.mark.parametrize("body", [b"short", BODY, bytes(range(256)) * 2])
def test_every_changed_bit_of_a_member_is_seen(tmp_path: Path, body: bytes) -> None:
    sealed = written(tmp_path, Odd((), OK + b"\r\n", body))
    record = records(sealed)[-1]
    data = sealed.read_bytes()
    data = data[record.offset : record.offset + record.length]
    assert pack(unpack(data)) == data
    for bit in range(0, record.length * 8, 1 if len(body) < 9 else 7):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        with contextlib.suppress(ValueError):
            assert stray_byte(bytes(changed), unpack(bytes(changed))) == bit // 8, bit


def test_empty_and_odd_files(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    path.write_bytes(b"")
    assert [damage.reason for damage in damages(path)] == ["empty file"]
    path.write_bytes(b"<html>")
    assert damages(path)[0].length == 6
    path.write_bytes(gzip.compress(b"<html>"))
    assert "no WARC record" in damages(path)[0].reason


@pytest.mark.parametrize("compressed", [True, False])
def test_records_that_contradict_themselves(tmp_path: Path, compressed: bool) -> None:
    path = tmp_path / "x.warc"
    good = foreign(OK + b"\r\nbody")
    bad = {
        "block of": good.replace(b"Content-Length: 23", b"Content-Length: 99999"),
        "two CRLF": good[:-4] + b"\n",
        "Content-Length of the record": good.replace(b"Content-Length: 23", b"Content-Length: x"),
        "no end": b"WARC/1.0\r\nWARC-Type: response\r\n",
    }
    assert b"Content-Length: 23" in good
    for reason, record in bad.items():
        parts = [good, record] if reason == "block of" else [good, record, good]
        path.write_bytes(b"".join(gzip.compress(p) if compressed else p for p in parts))
        found = list(iter_records(path))
        if not (reason == "no end" and not compressed):
            assert any(isinstance(i, Damage) and reason in i.reason for i in found), found
            assert isinstance(found[-1], Record) or reason == "block of"
        assert isinstance(found[0], Record)


def test_a_plain_file_goes_on_after_damage(tmp_path: Path) -> None:
    path = tmp_path / "x.warc"
    good = foreign(OK + b"\r\nbody")
    path.write_bytes(good + b"\0" * 100 + good + b"rubbish")
    kinds = [type(item) for item in iter_records(path)]
    assert kinds == [Record, Damage, Record, Damage]


def test_a_record_too_large_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_RECORD", 5000)
    head = OK + b"\r\n"
    sealed = written(tmp_path, ODD["plain"], Odd((), head, b"x" * 5000), ODD["plain"])
    assert [damage.reason[:9] for damage in damages(sealed)] == ["record of"]
    assert len([i for i in iter_records(sealed) if isinstance(i, Record)]) == 6
    path = tmp_path / "plain.warc"
    path.write_bytes(foreign(OK + b"\r\n" + b"x" * 5000) + foreign(OK + b"\r\n"))
    assert [type(item) for item in iter_records(path)] == [Damage, Record]


def test_memory_holds_one_record_at_a_time(tmp_path: Path) -> None:
    body = os.urandom(1_000_000)
    sealed = written(tmp_path, *[Odd((), OK + b"\r\n", body)] * 30)
    tracemalloc.start()
    try:
        for item in iter_records(sealed):
            assert isinstance(item, Record)
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


# -- content codings ---------------------------------------------------------

RAW = zlib.compressobj(wbits=-15)
CODED: dict[str, tuple[bytes, bytes]] = {
    "gzip": (b"gzip", GZIPPED),
    "x-gzip": (b"X-GZip", GZIPPED),
    "two members": (b"gzip", GZIPPED + GZIPPED),
    "rubbish after": (b"gzip", GZIPPED + b"rubbish"),
    "false check sum": (b"gzip", GZIPPED[:-8] + b"\0" * 8),
    "gzip cut": (b"gzip", GZIPPED[:-20]),
    "gzip empty": (b"gzip", b""),
    "zlib": (b"deflate", zlib.compress(BODY)),
    "zlib cut": (b"deflate", zlib.compress(BODY)[:-20]),
    "raw deflate": (b"deflate", RAW.compress(BODY) + RAW.flush()),
    "br": (b"br", brotli.compress(BODY)),
    "br cut": (b"br", brotli.compress(BODY)[:-5]),
    "zstd": (b"zstd", zstd.compress(BODY)),
    "zstd cut": (b"zstd", zstd.compress(BODY)[:-5]),
    "two codings": (b"gzip, br", brotli.compress(GZIPPED)),
    "unknown first": (b"aes128gcm, gzip", GZIPPED),
    "unknown": (b"aes128gcm", BODY),
    "identity": (b"identity", BODY),
    "not gzip": (b"gzip", BODY),
    "not deflate": (b"deflate", BODY),
    "not br": (b"br", BODY),
    "not zstd": (b"zstd", BODY),
}


@pytest.mark.parametrize("name", CODED)
def test_content_is_decoded_as_scrapy_does_but_not_in_part(name: str) -> None:
    header, body = CODED[name]
    codings = [coding.strip().lower() for coding in header.split(b",")]
    try:
        expected: bytes | None = _by_scrapy(body, [header])
    except Exception:
        expected = None
    try:
        decoded: bytes | None = decode(body, codings, 0)
    except ValueError:
        decoded = None
    if "cut" in name or "false" in name:
        assert decoded is None
    else:
        assert decoded == expected
        assert decoded is not None or name.startswith("not ")


@pytest.mark.parametrize(
    ("coding", "piece"),
    [("gzip", gzip.compress(b"")), ("zstd", zstd.compress(b""))],
    ids=["gzip", "zstd"],
)
def test_a_body_of_more_members_than_any_is_refused(coding: str, piece: bytes) -> None:
    start = time.process_time()
    with pytest.raises(ValueError, match="more than 10000"):
        decode(piece * 1_000_000, [coding.encode()], 0)
    assert decode(piece * 9_000, [coding.encode()], 0) == b""
    assert time.process_time() - start < 1


def test_a_chain_of_codings_has_a_bound() -> None:
    body = BODY
    for _ in range(6):
        body = gzip.compress(body)
    with pytest.raises(ValueError, match="more than 5 codings"):
        decode(body, [b"gzip"] * 6, 0)
    assert decode(gzip.decompress(body), [b"gzip"] * 5, 0) == BODY


def test_brotli_takes_no_longer_for_what_does_not_compress() -> None:
    body = os.urandom(4_000_000) * 10
    packed = brotli.compress(body, quality=0)
    start = time.process_time()
    assert decode(packed, [b"br"], 0) == body
    assert time.process_time() - start < 1
    with pytest.raises(ValueError, match="br"):
        decode(packed + b"x" * 100_000, [b"br"], 0)


def _by_scrapy(body: bytes, headers: list[bytes]) -> bytes:
    middleware = HttpCompressionMiddleware.__new__(HttpCompressionMiddleware)
    return middleware._handle_encoding(body, headers, 0)[0]


@pytest.mark.parametrize("coding", [b"gzip", b"deflate", b"br", b"zstd"])
def test_a_bomb_does_not_go_off(coding: bytes) -> None:
    pack = {b"gzip": gzip.compress, b"deflate": zlib.compress, b"br": brotli.compress}
    bomb = pack.get(coding, zstd.compress)(bytes(30_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="more than 100000 bytes"):
            decode(bomb, [coding], 100_000)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_content_that_is_not_what_it_says_is_an_error_with_its_place(tmp_path: Path) -> None:
    response = records(written(tmp_path, ODD["gzip-false"]))[-1]
    with pytest.raises(ArchiveError, match="not gzip") as caught:
        response.content()
    assert caught.value.offset == response.offset
