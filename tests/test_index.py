from __future__ import annotations

import gzip
import json
import os
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
import surt  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from khotoot_crawler.archive import index as index_module
from khotoot_crawler.archive import sorted_lines
from khotoot_crawler.archive.index import INDEX_NAME, extend_index, surt_key
from khotoot_crawler.archive.pairs import Original
from khotoot_crawler.archive.reader import read_record
from khotoot_crawler.archive.writer import WarcWriter
from tests.odd_answers import BODY, ODD, OK, Odd
from tests.test_reader import foreign
from tests.test_writer import AT, URL, exchange_of, writer_in


def write_file(folder: Path, *urls: str, day: int = 0) -> Path:
    (folder / "warc").mkdir(exist_ok=True)
    writer = writer_in(folder / "warc")
    for url in urls:
        writer.write(exchange_of(url=url, at=AT + timedelta(day)))
    sealed = writer.seal()
    assert sealed is not None
    return sealed


def lines(folder: Path) -> list[bytes]:
    return (folder / INDEX_NAME).read_bytes().splitlines(keepends=True)


def test_a_line_leads_to_its_record(tmp_path: Path) -> None:
    sealed = write_file(tmp_path, URL, "https://www.khootoot.ir/fa/news/33614/الف")
    assert extend_index(tmp_path) == 2
    first, second = lines(tmp_path)
    key, timestamp, fields = first.decode().split(" ", 2)
    assert (key, timestamp) == ("1,0,0,127:8000)/fa/news/1", "20251122083000")
    named = json.loads(fields)
    record = read_record(sealed, int(named["offset"]), int(named["length"]))
    assert list(named.items()) == [
        ("url", URL),
        ("status", "200"),
        ("digest", record.payload_digest),
        ("length", str(record.length)),
        ("offset", str(record.offset)),
        ("filename", sealed.name),
    ]
    assert second.startswith(b"ir,khootoot)/fa/news/33614/%d8%a7%d9%84%d9%81 ")


def test_lines_kept_by_the_writer_are_those_of_the_file(tmp_path: Path) -> None:
    writer = writer_in(tmp_path)
    original = Original("<urn:uuid:1>", "https://h/", "2026-01-01T00:00:00.000Z", None)
    for number, odd in enumerate(ODD.values()):
        url = f"{URL}/{number} ا?b=%|"
        for of in (None, original):
            writer.write(exchange_of(odd, url=url), original=of)
    sealed = writer.seal()
    assert sealed is not None
    assert _kept(writer) == {sealed.name: index_module.index_lines(sealed)}


def test_lines_of_many_captures_are_kept_on_the_disk_and_their_file_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sorted_lines, "_IN_MEMORY", 2)
    (tmp_path / "warc").mkdir()
    writer = writer_in(tmp_path / "warc")
    for captures in (7, 3):
        for number in range(captures):
            writer.write(exchange_of(url=f"{URL}/{number * 5 % 7}"))
            assert len(writer._lines._rest) < 2
        sealed = writer.seal()
        assert sealed is not None
        assert _kept(writer)[sealed.name] == index_module.index_lines(sealed)
    assert {path.name for path in (tmp_path / "warc").iterdir()} == writer.index_lines.keys()
    ways: tuple[set[str] | None, ...] = (None, set())
    for indexed in ways:  # merged, then spliced into an empty one
        monkeypatch.setattr(index_module, "iter_records", lambda path: pytest.fail(f"read {path}"))
        assert extend_index(tmp_path, indexed, writer.index_lines) == 10
        monkeypatch.undo()
        written = (tmp_path / INDEX_NAME).read_bytes()
        (tmp_path / INDEX_NAME).unlink()
        assert extend_index(tmp_path) == 10
        assert (tmp_path / INDEX_NAME).read_bytes() == written
        (tmp_path / INDEX_NAME).write_bytes(b"")
    writer.drop_index_lines()


def _kept(writer: WarcWriter) -> dict[str, list[bytes]]:
    return {name: list(lines) for name, lines in writer.index_lines.items()}


def test_lines_as_cdxj_indexer_writes_them(tmp_path: Path) -> None:
    """The lines were written by cdxj-indexer 1.5.0 for the same records."""
    (tmp_path / "warc").mkdir()
    head = OK + b"Content-Type: text/html ;charset=utf-8\r\n\r\n"
    plain = foreign(head + b"hi").replace(b"WARC-Date: 2011", b"WARC-Date: 2010")
    dns = foreign(b"x", kind="resource").replace(b"application/http; msgtype=response", b"text/dns")
    info = dns.replace(b"text/dns", b"application/warc-fields")
    revisit = foreign(
        b"HTTP/1.1 304 Not Modified\r\nContent-Type: text/html\r\n\r\n", kind="revisit"
    )
    request = foreign(b"GET / HTTP/1.1\r\n\r\n", kind="request")
    members = [gzip.compress(r, mtime=0) for r in (plain, dns, info, revisit, request)]
    (tmp_path / "warc" / "x.warc.gz").write_bytes(b"".join(members))
    assert extend_index(tmp_path) == 3
    assert (tmp_path / INDEX_NAME).read_text() == (
        'com,example)/ 20100212090500 {"url": "http://example.com/", "mime": "text/html",'
        ' "status": "200", "digest": "sha1:YIVV7ELYGQTASQUNN5I3FRNPJQF542SC", "length": "217",'
        ' "offset": "0", "filename": "x.warc.gz"}\n'
        'com,example)/ 20110212090500 {"url": "http://example.com/", "mime": "text/dns",'
        ' "digest": "sha1:CH3K3DWFFIUYJK5K7V6DWULFAN4FYIDS", "length": "163", "offset": "217",'
        ' "filename": "x.warc.gz"}\n'
        'com,example)/ 20110212090500 {"url": "http://example.com/", "mime": "warc/revisit",'
        ' "status": "304", "length": "219", "offset": "555", "filename": "x.warc.gz"}\n'
    )


def test_records_that_name_no_url_or_no_date_are_no_captures(tmp_path: Path) -> None:
    (tmp_path / "warc").mkdir()
    good = foreign(OK + b"\r\n")
    odd = [
        good.replace(b"WARC-Target-URI: <http://example.com/>\r\n", b""),
        good.replace(b"2011-02-12T09:05:00Z", b"2011"),
        good,
    ]
    path = tmp_path / "warc" / "x.warc.gz"
    path.write_bytes(b"".join(gzip.compress(record) for record in odd))
    assert extend_index(tmp_path) == 1
    assert extend_index(tmp_path) == 0


def test_an_index_is_extended_file_by_file(tmp_path: Path) -> None:
    write_file(tmp_path, f"{URL}/b", f"{URL}/d")
    assert extend_index(tmp_path) == 2
    write_file(tmp_path, f"{URL}/a", f"{URL}/c", day=1)
    write_file(tmp_path, f"{URL}/b", day=2)
    before = (tmp_path / INDEX_NAME).stat().st_ino
    assert extend_index(tmp_path) == 3
    assert (tmp_path / INDEX_NAME).stat().st_ino != before
    found = lines(tmp_path)
    assert found == sorted(found)
    assert [line.split()[0][-1:] for line in found] == [b"a", b"b", b"b", b"c", b"d"]
    extended = (tmp_path / INDEX_NAME).read_bytes()
    (tmp_path / INDEX_NAME).unlink()
    assert extend_index(tmp_path) == 5
    assert (tmp_path / INDEX_NAME).read_bytes() == extended
    assert sorted(path.name for path in tmp_path.iterdir()) == [INDEX_NAME, "warc"]


def test_nothing_new_leaves_the_index_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_file(tmp_path, URL)
    extend_index(tmp_path)
    before = (tmp_path / INDEX_NAME).stat()
    monkeypatch.setattr(index_module, "iter_records", None)  # no WARC is read again
    assert extend_index(tmp_path) == 0
    assert (tmp_path / INDEX_NAME).stat() == before


def test_files_still_open_are_not_indexed(tmp_path: Path) -> None:
    (tmp_path / "warc").mkdir()
    writer_in(tmp_path / "warc").write(exchange_of())
    assert extend_index(tmp_path) == 0
    assert lines(tmp_path) == []
    assert extend_index(tmp_path) == 0


def test_a_damaged_index_is_made_again(tmp_path: Path) -> None:
    write_file(tmp_path, f"{URL}/a", f"{URL}/b", f"{URL}/c")
    extend_index(tmp_path)
    index = tmp_path / INDEX_NAME
    good = index.read_bytes()
    first, *rest = lines(tmp_path)
    for bad in (good[:-30], good.replace(b"{", b"[", 1), b"".join([*rest, first]), b"\0" * 99):
        index.write_bytes(bad)
        assert extend_index(tmp_path) == 3
        assert index.read_bytes() == good


def test_lines_of_a_file_that_is_gone_go_too(tmp_path: Path) -> None:
    gone = write_file(tmp_path, f"{URL}/a")
    write_file(tmp_path, f"{URL}/b")
    extend_index(tmp_path)
    gone.unlink()
    assert extend_index(tmp_path) == 1
    assert [line.split()[0][-1:] for line in lines(tmp_path)] == [b"b"]


def test_more_files_than_are_merged_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_module, "_AT_ONCE", 2)
    for number in range(5):
        write_file(tmp_path, f"{URL}/{number}")
    assert extend_index(tmp_path) == 5
    assert lines(tmp_path) == sorted(lines(tmp_path))


def test_revisits_and_odd_answers_are_indexed(tmp_path: Path) -> None:
    (tmp_path / "warc").mkdir()
    writer = writer_in(tmp_path / "warc")
    place = writer.write(exchange_of())
    original = Original(place.record_id, URL, "2025-11-22T08:30:00.123Z", place.payload_digest)
    writer.write(exchange_of(at=AT + timedelta(1)), original=original)
    writer.write(exchange_of(Odd((), OK + b"Content-Type: \r\n\r\n", BODY), url=f"{URL}/2"))
    writer.write(exchange_of(ODD["no-colon"], url=f"{URL}/3"))
    writer.seal()
    assert extend_index(tmp_path) == 4
    named = [json.loads(line.split(b" ", 2)[2]) for line in lines(tmp_path)]
    assert [fields.get("mime") for fields in named] == [None, "warc/revisit", None, None]
    assert named[0]["digest"] == named[1]["digest"]


def test_damage_is_passed_over(tmp_path: Path) -> None:
    sealed = write_file(tmp_path, f"{URL}/a", f"{URL}/b", f"{URL}/c")
    extend_index(tmp_path)
    whole = lines(tmp_path)
    offset = int(json.loads(whole[1].split(b" ", 2)[2])["offset"])
    data = bytearray(sealed.read_bytes())
    data[offset + 30] ^= 0xFF
    sealed.write_bytes(data)
    (tmp_path / INDEX_NAME).unlink()
    assert extend_index(tmp_path) == 2
    assert lines(tmp_path) == [whole[0], whole[2]]


def test_a_crash_leaves_the_old_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_file(tmp_path, URL)
    extend_index(tmp_path)
    before = (tmp_path / INDEX_NAME).read_bytes()
    write_file(tmp_path, f"{URL}/2")

    def crash(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", crash)
        with pytest.raises(OSError, match="Input/output"):
            extend_index(tmp_path)
    assert (tmp_path / INDEX_NAME).read_bytes() == before
    assert not list(tmp_path.glob("*.tmp"))
    assert extend_index(tmp_path) == 1


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000/", "https://www.khootoot.ir/fa/news/1?b=2&a=1", "http://[::1]/"]
)
def test_keys_are_those_of_the_library_that_pywb_uses(url: str) -> None:
    assert surt_key(url) == surt.surt(url)


_PART = st.text("aZ09_-.~;()=&'", max_size=8) | st.sampled_from(
    ["%D9%85%d8", "%2e", "%41", "%25", "%zz", "jsessionid=0", "(S(1))", "..", "www2", "", "%80%FF"]
)


@given(
    st.sampled_from(["http://127.0.0.1:8000", "https://www.Khootoot.ir", "http://a.ir:80"]),
    st.lists(_PART, max_size=4),
    st.sampled_from(["", "/", "?A=1&a=0", "#x"]),
)
def test_keys_of_paths_are_those_of_the_library(origin: str, parts: list[str], end: str) -> None:
    url = "/".join([origin, *parts]) + end
    assert surt_key(url) == surt.surt(url)


def test_a_url_without_a_key_is_its_own() -> None:
    assert surt_key("http://h:port/") == "http://h:port/"


_SORTED_LINES = st.lists(st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"") + b"\n"))


@given(known=_SORTED_LINES.map(sorted), new=_SORTED_LINES.map(sorted), block=st.integers(0, 90))
def test_lines_are_spliced_in_where_they_belong(
    known: list[bytes], new: list[bytes], block: int
) -> None:
    data = b"".join(known)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index_module, "_BLOCK", block)
        spliced = index_module._spliced(BytesIO(data), len(data), new)
        assert b"".join(spliced) == b"".join(sorted(known + new))


def test_an_index_known_to_cover_its_files_is_not_read(tmp_path: Path) -> None:
    sealed = write_file(tmp_path, URL)
    extend_index(tmp_path)
    (tmp_path / INDEX_NAME).write_bytes(b"z, not read\n")
    write_file(tmp_path, URL, day=1)
    assert extend_index(tmp_path, {sealed.name}) == 1
    assert lines(tmp_path)[-1] == b"z, not read\n"
