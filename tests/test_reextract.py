"""``scrapy reextract``: the lines of a crawl, and the articles of any WARC, made again."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from khotoot_crawler.demo.catalogue import Catalogue
from khotoot_crawler.demo.server import SampleSite
from tests.crawling import ROOT, Crawl, crawl, environment, few_articles
from tests.scrapy_command import Ended, Run, run
from tests.test_crawl import validator

__all__ = ["run"]

CATALOGUE = Catalogue.bundled()
SITE = "https://khootoot.ir"


@pytest.fixture(scope="module")
def site() -> Iterator[SampleSite]:
    some = few_articles(4, "33614", "33638", "33640")
    with SampleSite(some) as served:
        yield served


@pytest.fixture(scope="module")
def crawled(site: SampleSite, tmp_path_factory: pytest.TempPathFactory) -> Crawl:
    """Return a crawl of the sample site, looked at again after one article has changed."""
    folder = tmp_path_factory.mktemp("crawl") / "output"
    assert crawl(site.base_url, folder).code == 0
    site.catalogue.edit("33614", title="اعلام جزئیات تازهٔ برنامه های هفته تعاون")
    again = crawl(site.base_url, folder, "-a", "recheck=all")
    assert again.code == 0, again.log
    assert [line["news_code"] for line in again.lines("articles.jsonl")].count("33614") == 2
    return again


@pytest.fixture
def copy(crawled: Crawl, tmp_path: Path) -> Path:
    """Return a copy of the crawl's folder, to be damaged."""
    folder = tmp_path / "output"
    shutil.copytree(crawled.folder, folder)
    return folder


def again(run: Run, folder: Path, *more: object) -> Ended:
    """Make the lines of a folder again in one process."""
    return run("reextract", "-s", f"KHOTOOT_OUTPUT={folder}", "--jobs", 1, *more)


def lines_of(folder: Path) -> list[bytes]:
    return (folder / "articles.jsonl").read_bytes().splitlines(keepends=True)


def articles(ended: Ended) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in ended.out.splitlines()]
    for line in found:
        validator("article-v1").validate(line)
    return found


def rewrite(folder: Path, lines: list[bytes]) -> None:
    (folder / "articles.jsonl").write_bytes(b"".join(lines))


def changed(line: bytes, **fields: Any) -> bytes:
    """Return the line as another parser would have written it."""
    told = {**json.loads(line), **fields}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


# -- the lines of a crawl ----------------------------------------------------


def test_the_lines_come_out_byte_for_byte(run: Run, crawled: Crawl, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in crawled.folder.rglob("*") if path.is_file()}
    ended = again(run, crawled.folder, "-o", tmp_path / "new.jsonl")
    assert ended.code == 0, ended.err
    written = (crawled.folder / "articles.jsonl").read_bytes()
    assert (tmp_path / "new.jsonl").read_bytes() == written
    assert list(tmp_path.iterdir()) == [tmp_path / "new.jsonl"]
    assert again(run, crawled.folder).out == written
    assert before == {
        path: path.read_bytes() for path in crawled.folder.rglob("*") if path.is_file()
    }


def test_a_folder_whose_name_is_no_text(run: Run, copy: Path) -> None:
    strange = copy.with_name(os.fsdecode(b"out\xff"))
    copy.rename(strange)
    ended = again(run, strange)
    assert (ended.code, ended.out) == (0, b"".join(lines_of(strange)))
    (first, *_) = (strange / "warc").iterdir()
    odd = first.with_name(os.fsdecode(b"\xff.warc.gz"))
    shutil.copyfile(first, odd)
    ended = run("reextract", "--jobs", 1, odd)
    assert (ended.code, ended.out) == (3, b"")
    assert "no line can name that file: give it another name\n" in ended.err


def test_a_folder_that_cannot_be_listed_is_one_line(run: Run, copy: Path) -> None:
    shutil.rmtree(copy / "warc")
    (copy / "warc").touch()
    ended = again(run, copy)
    assert (ended.code, ended.out) == (5, b"")
    assert ended.err == f"scrapy reextract: {copy / 'warc'}: cannot be read: Not a directory\n"


def test_two_jobs_make_the_same_bytes_in_the_same_order(crawled: Crawl) -> None:
    made = subprocess.run(
        [sys.executable, "-m", "scrapy", "reextract", "-s", f"KHOTOOT_OUTPUT={crawled.folder}",
         "--jobs", "2"],
        cwd=ROOT, env=environment(), capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    assert made.stdout == (crawled.folder / "articles.jsonl").read_bytes()
    assert b"\r" not in made.stderr  # no bar where there is no terminal


def test_pages_seen_again_unchanged_are_listed_as_such(run: Run, crawled: Crawl) -> None:
    ended = again(run, crawled.folder, "--diff")
    unnamed = re.findall(r"^no line names (\S+)@(\d+) (\S+)(, .*)?$", ended.err, re.MULTILINE)
    lines = crawled.lines("articles.jsonl")
    named = {(line["warc"]["filename"], line["warc"]["offset"]) for line in lines}
    assert unnamed
    for file, offset, url, news in unnamed:
        assert (Path(file).name, int(offset)) not in named
        assert url in {line["fetched_url"] for line in lines}
        assert news == ", which says what a line says"


def test_a_record_whose_line_is_lost_is_listed(run: Run, copy: Path) -> None:
    lines = lines_of(copy)
    lost = json.loads(lines.pop(3))
    rewrite(copy, lines)
    ended = again(run, copy)
    assert (ended.code, ended.out) == (0, b"".join(lines))
    place = lost["warc"]
    where = f"{copy / 'warc' / place['filename']}@{place['offset']}"
    assert f"no line names {where} {lost['fetched_url']}\n" in ended.err


def test_a_line_without_its_newline_is_no_line(run: Run, copy: Path) -> None:
    lines = lines_of(copy)
    rewrite(copy, [*lines[:-1], lines[-1][:-1]])
    assert again(run, copy).out == b"".join(lines[:-1])


def test_a_file_still_open_is_read_as_well(run: Run, copy: Path) -> None:
    for path in (copy / "warc").glob("*.warc.gz"):
        torn = path.read_bytes()[:300]
        with path.rename(path.with_name(path.name + ".open")).open("ab") as file:
            file.write(torn)
    ended = again(run, copy)
    assert (ended.code, ended.out) == (0, b"".join(lines_of(copy)))
    assert "no line names" not in ended.err  # the crawl at work is about to write it


# -- what changes ------------------------------------------------------------


def test_diff_tells_field_by_field_word_by_word(run: Run, copy: Path) -> None:
    lines = lines_of(copy)
    told = json.loads(lines[0])
    title, views = told["title"], told["view_count"]
    first, rest = title.split(" ", 1)
    body = told["body"].split("\n")
    lines[0] = changed(
        lines[0],
        title=f"{first} کهنه {rest}",
        lead=None,
        view_count=7,
        tags=[*told["tags"], "کهنه"],
        body="\n".join([body[0] + " پایان", *body[1:]]),
    )
    lines[1] = changed(lines[1], extractor={"name": "khotoot_crawler", "version": "0"})
    rewrite(copy, lines)
    ended = again(run, copy, "--diff")
    assert ended.code == 1
    shown = ended.out.decode().splitlines()
    names = (
        "title, lead, body, tags, view_count" if told["lead"] else "title, body, tags, view_count"
    )
    assert shown[0] == f"{told['news_code']} revision 1: {names}"
    assert f"  title: {first} [-کهنه -]{rest}" in shown
    assert f"  view_count: [-7-]{{+{views}+}}" in shown
    assert f"  tags: {' | '.join(told['tags'])} | [-کهنه-]" in shown
    assert f"  body: {body[0]}[- پایان-]" in shown
    if told["lead"]:
        assert f"  lead: {{+{told['lead']}+}}" in shown
    assert shown[-1].startswith("2 changed (title 1, ")
    assert "khotoot_crawler 0 -> khotoot_crawler" in shown[-1]
    assert shown[-1].endswith(f" of {len(lines)} lines")
    assert lines_of(copy) == lines


def test_diff_of_what_did_not_change(run: Run, crawled: Crawl) -> None:
    ended = again(run, crawled.folder, "--diff")
    count = len(crawled.lines("articles.jsonl"))
    assert (ended.code, ended.out.decode()) == (0, f"0 changed of {count} lines\n")


def test_diff_of_one_file_looks_at_its_lines_only(run: Run, crawled: Crawl) -> None:
    files = sorted((crawled.folder / "warc").glob("*.warc.gz"))
    named = [line["warc"]["filename"] for line in crawled.lines("articles.jsonl")]
    ended = again(run, crawled.folder, "--diff", files[-1])
    assert ended.out.decode() == f"0 changed of {named.count(files[-1].name)} lines\n"
    assert str(files[0]) not in ended.err


def test_a_new_reading_keeps_what_the_crawl_decided(run: Run, copy: Path) -> None:
    lines = lines_of(copy)
    kept = {"revision": 7, "duplicate_of": "12", "fetched_at": "2020-01-01T00:00:00.000Z"}
    altered = changed(lines[0], title="کهنه", site="other.ir", **kept)
    rewrite(copy, [altered])
    line = json.loads(again(run, copy).out)
    assert {name: line[name] for name in kept} == kept
    before = json.loads(lines[0])
    assert (line["title"], line["warc"], line["site"]) == (
        before["title"],
        before["warc"],
        "other.ir",
    )


# -- damage ------------------------------------------------------------------


def spoil(path: Path, offset: int) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)
        file.seek(offset)
        file.write(bytes([byte[0] ^ 0xFF]))


def test_a_damaged_record_is_told_and_passed_over(run: Run, copy: Path, tmp_path: Path) -> None:
    lines = lines_of(copy)
    place = json.loads(lines[5])["warc"]
    path = copy / "warc" / place["filename"]
    spoil(path, place["offset"] + place["length"] // 2)
    ended = again(run, copy, "-o", tmp_path / "new.jsonl")
    assert ended.code == 3
    assert (tmp_path / "new.jsonl").read_bytes() == b"".join(lines[:5] + lines[6:])
    told = [line for line in ended.err.splitlines() if f"{path}@{place['offset']}: " in line]
    assert len(told) == 1
    from_warc = run("reextract", "--jobs", 1, *sorted((copy / "warc").glob("*.warc.gz")))
    assert from_warc.code == 3
    assert f"{path}@{place['offset']}: " in from_warc.err
    made = {json.loads(line)["news_code"]: json.loads(line) for line in from_warc.out.splitlines()}
    code = json.loads(lines[5])["news_code"]
    assert made[code]["warc"] != place  # read from the second time it was fetched


def test_damage_that_no_line_meets_is_told(run: Run, copy: Path) -> None:
    path = min((copy / "warc").glob("*.warc.gz"))
    spoil(path, path.stat().st_size - 4)
    ended = again(run, copy)
    assert (ended.code, ended.out) == (3, b"".join(lines_of(copy)))
    assert re.search(rf"^{re.escape(str(path))}@\d+: ", ended.err, re.MULTILINE)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"filename": "khotoot-0.warc.gz"}, "khotoot-0.warc.gz@OFFSET: no such file"),
        ({"filename": "../articles.jsonl"}, "../articles.jsonl@OFFSET: no such file"),
        ({"offset": 11}, "FILE@11: gzip: "),
        ({"length": 12}, "FILE@OFFSET: record takes "),
        ({"record_id": "<urn:uuid:0>"}, "FILE@OFFSET: holds <urn:uuid:"),
        ({"offset": "0"}, "not a line of articles.jsonl: warc.offset is '0'"),
        ({"offset": -1}, "not a line of articles.jsonl: warc.offset is -1"),
        ({"filename": None}, "not a line of articles.jsonl: warc.filename is None"),
        ({"filename": "a\tb"}, "no text: 'a\\tb'"),
        (None, "the line names no record"),
    ],
)
def test_a_line_whose_record_is_not_there_is_told(
    run: Run, copy: Path, change: dict[str, Any] | None, reason: str
) -> None:
    lines = lines_of(copy)
    place = json.loads(lines[1])["warc"]
    wrong = None if change is None else {**place, **change}
    rewrite(copy, [lines[0], changed(lines[1], warc=wrong), b"{}\n", lines[2]])
    ended = again(run, copy)
    assert (ended.code, ended.out) == (3, lines[0] + lines[2])
    told = ended.err.splitlines()
    code = json.loads(lines[1])["news_code"]
    reason = reason.replace("FILE", str(copy / "warc" / place["filename"]))
    reason = reason.replace("OFFSET", str(place["offset"]))
    where = told[0].replace(f" ({code})", "")
    assert where.startswith(f"articles.jsonl@{len(lines[0])}: {reason}")
    assert told[1].startswith("articles.jsonl@")
    assert "not a line of articles.jsonl" in told[1]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"title": ["a"]}, "title is ['a']"),
        ({"url": 5}, "url is 5"),
        ({"view_count": True}, "view_count is True"),
        ({"revision": 1 << 64}, "revision is 18446744073709551616"),
        ({"tags": "ab"}, "tags is 'ab'"),
        ({"section": [None]}, "section is [None]"),
        ({"images": [{"url": None}]}, "images.url is None"),
        ({"extractor": "x"}, "extractor is 'x'"),
        ({"warc": "x"}, "warc is 'x'"),
        ({"body": "\ud800"}, "'utf-8' codec can't encode character"),
    ],
)
def test_a_field_of_another_type_is_told(
    run: Run, copy: Path, fields: dict[str, Any], reason: str
) -> None:
    first, *_ = lines_of(copy)
    wrong = json.dumps({**json.loads(first), **fields}).encode() + b"\n"
    rewrite(copy, [first, wrong, b"[" * 100_000 + b"\n"])
    ended = again(run, copy, "--diff")
    assert (ended.code, ended.out) == (3, b"0 changed of 1 lines\n")
    told = [line for line in ended.err.splitlines() if line.startswith("articles.jsonl@")]
    where = f"articles.jsonl@{len(first)}: not a line of articles.jsonl: "
    assert told[0].startswith(where + reason)
    assert len(told) == 2


def test_the_files_of_a_crawl_are_of_the_site_it_was_of(run: Run, crawled: Crawl) -> None:
    files = sorted((crawled.folder / "warc").glob("*.warc.gz"))
    ended = run("reextract", "--jobs", 1, *files)
    assert ended.code == 0, ended.err
    made = {(line["news_code"], line["revision"]): line for line in articles(ended)}
    lines = crawled.lines("articles.jsonl")
    assert len(made) == len(lines)
    for line in lines:
        again = made[line["news_code"], line["revision"]]
        again["duplicate_of"] = line["duplicate_of"]  # the order of a crawl is not that of dates
        assert again == line


# -- arguments, interruptions ------------------------------------------------


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["-o", "HERE/articles.jsonl"], "-o HERE/articles.jsonl: is what is read"),
        (["-o", "HERE/../output/state.sqlite"], "-o HERE/../output/state.sqlite: is what is read"),
        (["-o", "HERE/link"], "-o HERE/link: is what is read"),
        (["-o", "HERE/none/x.jsonl"], "-o HERE/none/x.jsonl: takes a file"),
        (["-o", "HERE"], "-o HERE: takes a file"),
        (["--diff", "-o", "HERE/x"], "--diff compares and writes nothing"),
        (["--jobs", "0"], "--jobs 0: takes"),
        (["--jobs", "two"], "--jobs two: takes"),
        (["HERE/none.warc.gz"], "HERE/none.warc.gz: no such file"),
        (["HERE"], "HERE: not a file"),
        (["--differences"], "--differences: no such option"),
        (["-s", "KHOTOOT_OUTPUT=HERE/warc"], "HERE/warc/articles.jsonl: no such file"),
    ],
)
def test_wrong_arguments_are_named_in_one_line(
    run: Run, tmp_path: Path, words: list[str], told: str
) -> None:
    folder = tmp_path / "output"
    (folder / "warc").mkdir(parents=True)
    (folder / "articles.jsonl").touch()
    (folder / "link").symlink_to("articles.jsonl")
    given = [word.replace("HERE", str(folder)) for word in words]
    ended = run("reextract", "-s", f"KHOTOOT_OUTPUT={folder}", *given)
    assert (ended.code, ended.out) == (2, b"")
    assert ended.err.startswith("scrapy reextract: " + told.replace("HERE", str(folder)))
    assert ended.err.count("\n") == 1
    assert (folder / "articles.jsonl").read_bytes() == b""


def test_a_file_that_cannot_be_written(run: Run, crawled: Crawl) -> None:
    ended = again(run, crawled.folder, "-o", "/dev/full")
    assert ended.code == 5
    assert "scrapy reextract: /dev/full: No space left on device\n" in ended.err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_signal_leaves_no_half_file_and_no_process(
    crawled: Crawl, tmp_path: Path, number: signal.Signals
) -> None:
    (tmp_path / "warc").symlink_to(crawled.folder / "warc")
    rewrite(tmp_path, lines_of(crawled.folder) * 200)
    started = subprocess.Popen(
        [sys.executable, "-m", "scrapy", "reextract", "-s", f"KHOTOOT_OUTPUT={tmp_path}",
         "--jobs", "2", "-o", str(tmp_path / "new.jsonl")],
        cwd=ROOT, env=environment(), stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    while not any(path.stat().st_size for path in tmp_path.glob(".new.jsonl.*")):
        assert started.poll() is None
        time.sleep(0.02)
    started.send_signal(number)
    _, err = started.communicate(timeout=30)
    assert "Traceback" not in err
    if number == signal.SIGKILL:
        assert started.returncode == -signal.SIGKILL
    else:
        assert started.returncode == 128 + number
        assert not list(tmp_path.glob(".new.jsonl.*"))
    assert not (tmp_path / "new.jsonl").exists()
    for _ in range(100):  # the worker processes end with it
        try:
            os.killpg(started.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail("worker processes are left")
