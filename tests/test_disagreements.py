"""``scrapy verify`` on what no single byte does: records, lines, index and state that disagree."""

from __future__ import annotations

import errno
import gzip
import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from khotoot_crawler.archive.index import extend_index
from khotoot_crawler.archive.members import Member, next_record
from khotoot_crawler.demo.server import SampleSite
from khotoot_crawler.verification import warcs
from khotoot_crawler.verification.finding import Finding
from khotoot_crawler.verification.folder import STREAMS
from khotoot_crawler.verification.records import parse_record
from khotoot_crawler.verification.schema import misfit
from tests.crawling import crawl
from tests.verified import (
    BACK,
    archive,
    copy,
    edit_lines,
    edited,
    findings,
    first_warc,
    flip,
    lines_of,
    members,
    places,
    read_by_an_older_parser,
    sql,
    told_of,
)

__all__ = ["archive", "copy"]


def changed(folder: Path, edit: Callable[[Path], None]) -> list[Finding]:
    edit(folder)
    return findings(folder)


def swap_records(path: Path) -> None:
    """Swap two pairs; each member stays whole."""
    data, found = path.read_bytes(), members(path)
    first, second, end = (found[number].offset for number in (5, 7, 9))
    path.write_bytes(data[:first] + data[second:end] + data[first:second] + data[end:])


def test_swapped_records(copy: Path) -> None:
    swap_records(first_warc(copy))
    found = findings(copy)
    codes = {finding.code for finding in found}
    assert {"pointer", "index"} <= codes
    assert all(finding.line for finding in found if finding.code == "pointer")


def test_a_record_taken_out_of_its_pair(copy: Path) -> None:
    path = first_warc(copy)
    data, found = path.read_bytes(), members(path)
    path.write_bytes(data[: found[-2].offset] + data[found[-1].offset :])
    [pair] = [finding for finding in findings(copy) if finding.code == "pair"]
    assert (pair.file, pair.offset) == (f"warc/{path.name}", found[-2].offset)


def test_a_304_with_the_payload_digest_of_another_record(copy: Path) -> None:
    def is_304(member: Member) -> bool:
        return b"/server-not-modified" in member.data and b"WARC-Payload-Digest" in member.data

    path = next(
        path for path in sorted((copy / "warc").iterdir()) if any(map(is_304, members(path)))
    )
    member = next(filter(is_304, members(path)))
    data = re.sub(rb"(?<=WARC-Payload-Digest: sha1:).{32}", b"A" * 32, member.data)
    raw, end = path.read_bytes(), member.offset + member.length
    path.write_bytes(raw[: member.offset] + gzip.compress(data) + raw[end:])
    [revisit] = [finding for finding in findings(copy) if finding.code == "revisit"]
    assert (revisit.file, revisit.offset) == (f"warc/{path.name}", member.offset)
    assert revisit.what.startswith("its payload digest is not that of <urn:uuid:")


def test_bytes_between_and_after_members(copy: Path) -> None:
    path = first_warc(copy)
    end = path.stat().st_size
    with path.open("ab") as file:
        file.write(bytes(512))
    [finding] = findings(copy)
    assert (finding.code, finding.file, finding.offset) == ("gzip", f"warc/{path.name}", end)


def test_a_warc_that_is_there_twice(copy: Path) -> None:
    path = first_warc(copy)
    other = path.with_name(path.name.replace("-00000-", "-00001-"))
    shutil.copyfile(path, other)
    found = told_of(findings(copy), f"warc/{other.name}")
    assert {finding.code for finding in found} == {"record-id", "warcinfo"}
    assert len(found) == len(members(path)) + 1


def test_a_deleted_warc(copy: Path) -> None:
    path = first_warc(copy)
    path.unlink()
    found = findings(copy)
    [finding] = told_of(found, f"warc/{path.name}")
    assert finding.code == "missing"
    assert "lines of articles.jsonl name it" in finding.what


@pytest.mark.parametrize(
    ("which", "hanging"),
    [
        (0, "9 lines of articles.jsonl name it, from 1 on; {}revisits that may be of its"),
        (2, "2 lines of gone.jsonl name it, from 1 on; {}view counts that may be of its"),
    ],
)
@pytest.mark.parametrize(
    "instead", ["nothing", "a folder", "a pipe", "a link to itself", "no byte"]
)
def test_a_warc_that_cannot_be_read_is_told_once(
    copy: Path, which: int, hanging: str, instead: str
) -> None:
    path = sorted((copy / "warc").iterdir())[which]
    path.unlink()
    if instead == "a folder":
        path.mkdir()
    elif instead == "a pipe":
        os.mkfifo(path)
    elif instead == "a link to itself":
        path.symlink_to(path)
    elif instead == "no byte":
        path.touch()
    [finding] = findings(copy)
    code = {"nothing": "missing", "no byte": "gzip"}.get(instead, "unreadable")
    assert (finding.code, finding.file) == (code, f"warc/{path.name}")
    indexed = (copy / "index.cdxj").read_text().splitlines()
    naming = [number for number, line in enumerate(indexed, 1) if path.name in line]
    index = f"{len(naming)} lines of index.cdxj name it, from {naming[0]} on; "
    assert hanging.format(index if instead == "nothing" else "") in finding.what


def test_a_warc_without_a_whole_record_is_told_once_for_all_that_hangs_on_it(copy: Path) -> None:
    path = first_warc(copy)
    size = path.stat().st_size
    path.write_bytes(bytes(size))
    damage, lost = findings(copy)
    assert damage.what.endswith(f"no record can be read in these {size} bytes")
    assert (damage.code, damage.file, damage.offset) == ("gzip", f"warc/{path.name}", 0)
    assert (lost.code, lost.file, lost.offset) == ("gzip", f"warc/{path.name}", None)
    assert lost.what.startswith("no record in it can be read; 9 lines of articles.jsonl name it")


def test_a_warc_that_only_state_knows_of_is_told_once(copy: Path) -> None:
    path = sorted((copy / "warc").iterdir())[2]
    path.unlink()
    (copy / "index.cdxj").unlink()
    extend_index(copy)
    [finding] = findings(copy)
    assert (finding.code, finding.file) == ("missing", f"warc/{path.name}")
    # Where nothing else knows of it, the two lines may be what was changed.
    for part in copy.glob("state.sqlite*"):
        part.unlink()
    assert [(f.code, f.file, f.line) for f in findings(copy) if path.name in f.what] == [
        ("pointer", "gone.jsonl", 1),
        ("pointer", "gone.jsonl", 2),
    ]


def test_a_warc_that_can_be_read_in_part(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(file: BinaryIO, offset: int, end: int) -> int:
        if found:
            raise OSError(errno.EIO, "Input/output error")
        found.append(next_record(file, offset, end))
        return found[0]

    found: list[int] = []
    monkeypatch.setattr(warcs, "_SPAN", 20_000)
    monkeypatch.setattr(warcs, "next_record", failing)
    for path in sorted((copy / "warc").iterdir())[1:]:
        path.unlink()
    name = first_warc(copy).name
    told = findings(copy, 1)
    assert [(f.code, f.offset) for f in told_of(told, f"warc/{name}")] == [("unreadable", found[0])]
    beyond = {
        ("articles.jsonl", number)
        for number, line in enumerate(lines_of(copy, "articles.jsonl"), 1)
        if line["warc"]["filename"] == name and line["warc"]["offset"] >= found[0]
    }
    assert len(beyond) == 6
    pointers = [finding for finding in told if f"{name}@" in finding.what]
    assert places(pointers) == beyond
    assert all(finding.what.endswith("cannot be read") for finding in pointers)


def test_a_warc_with_other_records_than_the_lines_say(copy: Path) -> None:
    first, second = sorted((copy / "warc").iterdir())[:2]
    shutil.copyfile(second, first)
    found = findings(copy)
    assert {"pointer", "record-id", "warcinfo"} <= {finding.code for finding in found}


def test_an_empty_warc(copy: Path) -> None:
    first_warc(copy).write_bytes(b"")
    assert "gzip" in {f.code for f in told_of(findings(copy), f"warc/{first_warc(copy).name}")}


def test_a_warc_that_was_opened_and_no_more(copy: Path) -> None:
    (copy / "warc" / "khotoot-20261122083000123-00000-x.warc.gz.open").touch()
    assert [finding.code for finding in findings(copy)] == ["left-open"]


@pytest.mark.parametrize("name", ["articles.jsonl", "views.jsonl", "gone.jsonl"])
def test_lines_deleted_told_twice_or_added(copy: Path, name: str) -> None:
    path = copy / name
    whole = path.read_bytes()
    count = whole.count(b"\n")
    edit_lines(path, lambda lines: lines[1:])
    assert told_of(findings(copy), name) or told_of(findings(copy), "articles.jsonl")
    path.write_bytes(whole)
    edit_lines(path, lambda lines: lines[:-1])
    assert told_of(findings(copy), name)
    path.write_bytes(whole)
    edit_lines(path, lambda lines: [*lines, lines[0]])
    assert (name, count + 1) in places(findings(copy))


def test_a_removal_that_is_told_again(copy: Path) -> None:
    """Where an article was gone, back, and might be gone again."""
    (copy / "state.sqlite").unlink()
    lines = (copy / "gone.jsonl").read_bytes().splitlines(keepends=True)
    first, last = (json.loads(line) for line in (lines[1], lines[2]))
    assert (first["news_code"], first["status"], last["status"]) == (BACK, "gone", "back")
    edit_lines(copy / "gone.jsonl", lambda lines: [*lines, lines[1]])
    [finding] = findings(copy)
    assert (finding.file, finding.line) == ("gone.jsonl", 4)
    assert finding.what == "names the record that line 2 names"


def test_what_the_index_alone_tells_of_is_not_to_be_deleted(copy: Path) -> None:
    """A file that was cut between two members, and no state that has its digest."""
    (copy / "state.sqlite").unlink()
    path = max((copy / "warc").iterdir())
    end = members(path)[-2].offset
    os.truncate(path, end)
    told = [finding for finding in told_of(findings(copy), "index.cdxj") if finding.line]
    assert [finding.code for finding in told] == ["pointer"]
    assert told[0].what.endswith(f": its last record ends at {end}")
    assert "delete neither" in told[0].do


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("articles.jsonl", {("articles.jsonl", 1), ("articles.jsonl", 2)}),
        ("views.jsonl", {("views.jsonl", None)}),
        ("gone.jsonl", {("gone.jsonl", None)}),
    ],
)
def test_lines_in_another_order(copy: Path, name: str, told: set[tuple[str, int | None]]) -> None:
    edit_lines(copy / name, lambda lines: [lines[1], lines[0], *lines[2:]])
    assert told <= places(findings(copy))


@pytest.mark.parametrize("name", ["articles.jsonl", "views.jsonl", "gone.jsonl"])
def test_lines_that_state_has_not_heard_of_yet(copy: Path, archive: Path, name: str) -> None:
    """As after a power cut, which may take the tail of state, and of state alone."""
    state = copy / "state.sqlite"
    state.unlink()
    edit_lines(copy / name, lambda lines: lines[:-1])
    with SampleSite() as site:
        assert crawl(site.base_url, copy, "-a", "codes=99999").code == 0
        shutil.copyfile(archive / name, copy / name)
        told = told_of(findings(copy), name)
        assert [finding.code for finding in told] == ["state-behind"]
        assert crawl(site.base_url, copy, "-a", "codes=99999").code == 0
    assert findings(copy) == []
    edit_lines(copy / name, lambda lines: [lines[1], lines[0], *lines[2:]])
    assert told_of(findings(copy), name)


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"title": "عنوانی که نبود"}, "is not what its record gives: title"),
        ({"tags": ["الف"]}, "is not what its record gives: tags"),
        ({"images": []}, "is not what its record gives: images"),
        ({"revision": 2}, "is revision 2 of article"),
        ({"duplicate_of": "1"}, "duplicate_of is 1, by the lines before it None"),
        ({"view_count": -1}, "view_count is -1"),
        ({"view_count": True}, "view_count is true"),
        ({"fetched_url": "http://127.0.0.1/fa/news/1"}, "fetched_url"),
        ({"fetched_at": "2026-11-22T00:00:00.000Z"}, "fetched_at"),
        ({"site": "example.com"}, "url is https://khootoot.ir/fa/news/"),
        ({"view_count": 1 << 64}, "view_count is 18446744073709551616"),
        ({"extra": 1}, "keys missing or unknown: extra"),
    ],
)
def test_a_field_that_the_page_does_not_say(
    copy: Path, fields: dict[str, object], what: str
) -> None:
    """Also where state agrees with it, for state is not there."""
    (copy / "state.sqlite").unlink()
    path = copy / "articles.jsonl"
    bare = next(
        n for n, line in enumerate(path.read_bytes().splitlines()) if b'"images":[{' in line
    )
    edit_lines(
        path, lambda lines: [*lines[:bare], edited(lines[bare], **fields), *lines[bare + 1 :]]
    )
    told = [f.what for f in findings(copy) if (f.file, f.line) == ("articles.jsonl", bare + 1)]
    assert any(what in reason for reason in told), told


def test_lines_of_an_older_parser_are_not_held_against_todays(copy: Path) -> None:
    (copy / "state.sqlite").unlink()
    edit_lines(
        copy / "articles.jsonl",
        lambda lines: [read_by_an_older_parser(line, lead="لید دیگر") for line in lines],
    )
    edit_lines(copy / "views.jsonl", lambda lines: [edited(lines[0], view_count=1), *lines[1:]])
    assert findings(copy) == []


@pytest.mark.parametrize("field", ["title", "lead", "body", "content_digest", "tags"])
@pytest.mark.parametrize("has_record", [True, False])
def test_lines_of_an_older_parser_are_held_against_themselves(
    copy: Path, field: str, has_record: bool
) -> None:
    (copy / "state.sqlite").unlink()
    if not has_record:
        first_warc(copy).unlink()
    said = {"content_digest": "sha256:" + "0" * 64, "tags": ["الف"]}.get(field, "دیگر")
    edit_lines(
        copy / "articles.jsonl",
        lambda lines: [edited(read_by_an_older_parser(lines[0]), **{field: said}), *lines[1:]],
    )
    told = [f.what for f in findings(copy) if f.code == "reading"]
    assert told == ["content_digest is not that of the line's own fields"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("articles.jsonl", b'{"schema_version":1'),
        ("views.jsonl", b"{}\n"),
        ("gone.jsonl", b"[" * 100_000 + b"\n"),
        ("articles.jsonl", b"\xff\xfe\n"),
        ("views.jsonl", b"\n"),
        ("gone.jsonl", b'{"schema_version":1,"site":"\\ud800"}\n'),
    ],
)
def test_a_line_that_is_none(copy: Path, name: str, text: bytes) -> None:
    count = (copy / name).read_bytes().count(b"\n")
    with (copy / name).open("ab") as file:
        file.write(text)
    assert (name, count + 1) in places(findings(copy))


def test_an_index_that_is_stale_or_gone(copy: Path) -> None:
    last = max((copy / "warc").iterdir()).name
    edit_lines(copy / "index.cdxj", lambda lines: [x for x in lines if last.encode() not in x])
    [finding] = findings(copy)
    assert (finding.code, finding.file) == ("index-missing", "index.cdxj")
    assert last in finding.what
    (copy / "index.cdxj").unlink()
    [finding] = findings(copy)
    assert (finding.code, finding.file, finding.what) == (
        *("index-missing", "index.cdxj"),
        "is not there",
    )


def test_an_index_in_another_order(copy: Path) -> None:
    count = len((copy / "index.cdxj").read_bytes().splitlines())
    edit_lines(copy / "index.cdxj", lambda lines: [lines[-1], *lines[1:-1], lines[0]])
    assert [finding.line for finding in findings(copy)] == [2, count]


@pytest.mark.parametrize("name", ["articles.jsonl", "views.jsonl", "gone.jsonl"])
@pytest.mark.parametrize("instead", ["nothing", "a folder"])
def test_a_file_that_is_gone_is_told_once(copy: Path, name: str, instead: str) -> None:
    (copy / name).unlink()
    if instead == "a folder":
        (copy / name).mkdir()
    found = findings(copy)
    [finding] = told_of(found, name)
    what = "is no file" if instead == "a folder" else "is not there"
    assert (finding.code, finding.what) == ("missing", what)
    assert not any(told_of(found, other) for other in STREAMS if other != name)


def test_a_file_that_is_open_beside_its_sealed_self(copy: Path) -> None:
    path = first_warc(copy)
    shutil.copyfile(path, path.with_name(path.name + ".open"))
    [finding] = findings(copy)
    assert (finding.code, finding.file) == ("left-open", f"warc/{path.name}.open")


def test_notes_of_state_that_are_gone(copy: Path) -> None:
    sql(copy, "DELETE FROM note")
    found = {(finding.code, finding.file) for finding in findings(copy)}
    assert found == {("state-behind", "views.jsonl"), ("state-behind", "gone.jsonl")}


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE line SET sha256=x'00' WHERE code=33614 AND revision=1", "state-line"),
        ("UPDATE line SET offset=offset+1 WHERE code=33614 AND revision=2", "state-line"),
        ("UPDATE line SET length=length+1 WHERE code=33614 AND revision=2", "state"),
        ("UPDATE line SET content_digest='' WHERE code=33614 AND revision=1", "state"),
        ("UPDATE line SET text_digest=NULL WHERE code=33614 AND revision=1", "state"),
        ("DELETE FROM line WHERE code=33614 AND revision=2", "state-line"),
        ("UPDATE article SET status='gone' WHERE code=33614", "state-article"),
        ("UPDATE article SET status='new' WHERE code=33614", "state-article"),
        ("UPDATE article SET status='archived' WHERE code=33613", "state-article"),
        ("UPDATE article SET due_at=NULL WHERE code=33614", "state-article"),
        ("DELETE FROM article WHERE code=33614", "state-article"),
        ("UPDATE article SET published_at=published_at+1 WHERE code=33614", "state-article"),
        ("UPDATE article SET published_at='soon' WHERE code=33614", "state-article"),
        ("UPDATE article SET due_at=1.5 WHERE code=33614", "state-article"),
        ("UPDATE article SET status='old' WHERE code=33614", "state-article"),
        ("INSERT INTO article (site, code, status) VALUES ('x', 5, 'old')", "state-article"),
        ("INSERT INTO article (site, code, status) VALUES ('x', 5, 'archived')", "state-article"),
        ("UPDATE payload SET record_id='<urn:uuid:x>'", "state-payload"),
        ("UPDATE payload SET url='http://127.0.0.1/'", "state-payload"),
        ("UPDATE resource SET payload_digest='sha1:A' WHERE record_id NOT NULL", "state-payload"),
        ("UPDATE note SET value='[7, \"\", \"\"]' WHERE key='views.jsonl'", "state-line"),
        ("DROP TABLE line", "state"),
        ("PRAGMA user_version=99", "state-version"),
    ],
)
def test_state_that_says_other_than_the_files(copy: Path, statement: str, code: str) -> None:
    sql(copy, statement)
    found = findings(copy)
    assert [finding.code for finding in found][:1] == [code], found
    assert len(found) <= 2


def test_state_that_is_no_database(copy: Path) -> None:
    (copy / "state.sqlite").write_bytes(b"x" * 10_000)
    [finding] = findings(copy)
    assert (finding.code, finding.file) == ("state", "state.sqlite")


@pytest.mark.parametrize(
    ("word", "broken"),
    [
        (b"CREATE TABLE article", b"CREATE TABLE articl\xff"),  # no UTF-8
        (b"due_at IS NOT NULL", b"due_at IS     NULL"),  # its index lacks rows
        (b"absences INTEGER", b"abseoces INTEGER"),
    ],
)
def test_state_with_a_damaged_schema(copy: Path, word: bytes, broken: bytes) -> None:
    state = copy / "state.sqlite"
    assert word in state.read_bytes()
    state.write_bytes(state.read_bytes().replace(word, broken))
    [finding] = findings(copy)
    assert (finding.code, finding.file) == ("state", "state.sqlite")


def test_a_state_of_an_older_schema_is_read_as_it_is(copy: Path) -> None:
    for statement in (
        "ALTER TABLE resource DROP COLUMN payload_digest",
        "DROP TABLE listing",
        "PRAGMA user_version=2",
    ):
        sql(copy, statement)
    assert findings(copy) == []


def test_a_state_that_is_behind_and_damaged_hides_no_finding(copy: Path) -> None:
    """Its schema is an older one, of which the columns are not known."""
    for statement in (
        "DELETE FROM note WHERE key='views.jsonl'",
        "PRAGMA user_version=2",
        "DROP INDEX article_due",
        "DROP INDEX article_new",
        "ALTER TABLE article RENAME COLUMN status TO condition",
    ):
        sql(copy, statement)
    edit_lines(copy / "articles.jsonl", lambda lines: [*lines, b"{}\n"])
    assert {(finding.code, finding.file) for finding in findings(copy)} == {
        ("form", "articles.jsonl"),
        ("state-behind", "views.jsonl"),
        ("state", "state.sqlite"),
    }


def test_a_name_that_is_not_utf8(copy: Path) -> None:
    for name in (b"x\xff.warc.gz", b"y\xff.warc.gz.open"):
        shutil.copyfile(first_warc(copy), os.fsencode(copy / "warc") + b"/" + name)
    (copy / "runs" / os.fsdecode(b"\xff.json")).touch()
    found = findings(copy)
    assert [(finding.code, finding.file) for finding in found] == [
        ("run", "runs/\\xff.json"),
        ("name", "warc/x\\xff.warc.gz"),
        ("name", "warc/y\\xff.warc.gz.open"),
        ("left-open", "warc/y\\xff.warc.gz.open"),
    ]


@pytest.mark.parametrize(
    "name", ["warc/x.warc.gz", "warc/x.warc.gz.open", "runs/x.json", "index.cdxj", "state.sqlite"]
)
@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_regular_file(copy: Path, name: str, make: Callable[[Path], None]) -> None:
    (copy / name).unlink(missing_ok=True)
    make(copy / name)
    told = told_of(findings(copy), name.removesuffix(".open"))
    assert {finding.code for finding in told} == {
        "state" if name == "state.sqlite" else "unreadable"
    }


@pytest.mark.parametrize("offset", ["1e400", "Infinity", "-Infinity", "NaN", "9" * 30, "[]"])
def test_an_offset_in_the_index_that_is_none(copy: Path, offset: str) -> None:
    def edit(lines: list[bytes]) -> list[bytes]:
        key, stamp, fields = lines[0].split(b" ", 2)
        named = json.loads(fields) | {"offset": "HERE"}
        text = json.dumps(named).replace('"HERE"', offset)
        return [b"%s %s %s\n" % (key, stamp, text.encode()), *lines[1:]]

    edit_lines(copy / "index.cdxj", edit)
    assert ("index.cdxj", 1) in places(findings(copy))


@pytest.mark.parametrize("stream", ["articles.jsonl", "views.jsonl", "gone.jsonl"])
@pytest.mark.parametrize(
    "note", ['[99999999999999999999999,""]', "[" * 100_000, "[]", "5", "{}", '["a","b"]', "[1,2,3]"]
)
def test_a_note_of_state_that_is_none(copy: Path, stream: str, note: str) -> None:
    sql(copy, f"UPDATE note SET value='{note}' WHERE key='{stream}'")
    [first, *_] = findings(copy)
    assert (first.code, first.file) == ("state", "state.sqlite")
    assert first.what == f"its note of the end of {stream} is none"


def test_white_space_in_a_header_is_read_once(copy: Path) -> None:
    """Not once for each of its bytes."""
    began = time.process_time()
    with pytest.raises(ValueError, match="no header line: 'X-Foo:"):
        parse_record(b"WARC/1.1\r\nX-Foo:" + b" " * 60_000 + b"\n\r\n\r\n", copy, 0, 0)
    assert time.process_time() - began < 0.5


def test_a_sealed_file_is_held_against_its_noted_digest(copy: Path) -> None:
    """Of members that another compressor made, only that tells of bits without a check sum."""
    path = first_warc(copy)
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    sql(copy, f"INSERT OR REPLACE INTO note VALUES ('sealed:{path.name}', '{digest}')")
    assert findings(copy) == []
    sql(copy, f"UPDATE note SET value='{digest[::-1]}' WHERE key='sealed:{path.name}'")
    [finding] = findings(copy)
    assert (finding.code, finding.file) == ("sealed", f"warc/{path.name}")
    flip(path, 4)
    assert [finding.code for finding in findings(copy)] == ["gzip"]


def test_files_that_a_dead_run_sealed_are_noted_by_the_next(copy: Path) -> None:
    paths = sorted((copy / "warc").iterdir())
    sql(copy, f"DELETE FROM note WHERE key <> 'sealed:{paths[0].name}' AND key LIKE 'sealed:%'")
    paths[1].rename(paths[1].with_name(paths[1].name + ".open"))
    flip(paths[2], 4)
    with SampleSite() as site:
        assert crawl(site.base_url, copy, "-a", "codes=99999").code == 0
    # That byte was changed before a digest was taken, and still is told.
    [finding] = findings(copy)
    assert (finding.code, finding.file) == ("gzip", f"warc/{paths[2].name}")
    flip(paths[2], 4)
    assert {(f.code, f.file) for f in findings(copy)} == {("sealed", f"warc/{paths[2].name}")}
    sql(copy, f"DELETE FROM note WHERE key='found:{paths[2].name}'")
    assert findings(copy) == []
    sql(copy, f"UPDATE note SET value='' WHERE key='found:{paths[1].name}'")
    assert {(f.code, f.file) for f in findings(copy)} == {("sealed", f"warc/{paths[1].name}")}


def test_schemas_refuse_what_they_do_not_allow() -> None:
    rule = {"type": ["string", "null"], "minLength": 1, "pattern": "^[^\\n]+$"}
    assert [misfit(rule, value, "x") for value in (None, "a")] == [None, None]
    assert misfit(rule, "a\n", "x") == 'x is "a\\n"'
    assert misfit(rule, "", "x") == 'x is ""'
    assert misfit({"enum": ["a", None]}, "b", "x") == 'x is "b"'
    assert misfit({"const": 1}, True, "x") == "x is true"
    listed = {"type": "array", "items": {"type": "integer"}}
    assert misfit(listed, [1, "2"], "x") == 'x[1] is "2"'
    keys = {"type": "object", "properties": {"a": {}, "b": {}}}
    assert misfit(keys, {"b": 1, "a": 1}) == "keys out of order"


def test_lines_that_a_crawl_found_gone_are_told_until_that_is_settled(copy: Path) -> None:
    edit_lines(copy / "articles.jsonl", lambda lines: lines[:-1])
    with SampleSite() as site:
        ended = crawl(site.base_url, copy, "-a", "codes=33614")
    assert "WARNING: articles.jsonl: not what was acknowledged" in ended.log
    [kept] = copy.glob("state.sqlite.before-*")
    assert (kept.name, None) in places(findings(copy))
    kept.unlink()
    assert kept.name not in {finding.file for finding in findings(copy)}
