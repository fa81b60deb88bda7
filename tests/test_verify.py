"""``scrapy verify``: clean archives, what it says of tampering, and that it only reads."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from khotoot_crawler.archive.members import Member, read_members
from khotoot_crawler.demo.server import SampleSite
from khotoot_crawler.verification.finding import Finding
from khotoot_crawler.verification.schema import misfit
from khotoot_crawler.verification.spans import examine
from khotoot_crawler.verification.verdict import verification
from tests.crawling import ROOT, command, crawl, environment

CODES = "codes=33607-33640"
EDITED, GONE, BACK = "33614", "33613", "33610"
# Rounds of random flips; `KHOTOOT_TAMPER=200 pytest tests/test_verify.py` for the long form.
ROUNDS = int(os.environ.get("KHOTOOT_TAMPER", "2"))


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the output of four crawls: articles edited, read again, removed and put back."""
    folder = tmp_path_factory.mktemp("archive") / "output"
    with SampleSite() as site:

        def go(*more: str) -> None:
            ended = crawl(site.base_url, folder, *more)
            assert ended.code == 0, ended.log

        again = ("-a", f"codes={EDITED},{GONE},{BACK},33611", "-a", "recheck=all")
        go("-a", CODES)
        site.catalogue.edit(EDITED, title="عنوانی دیگر")
        site.catalogue.bump_views("33611", 7)
        site.catalogue.remove(GONE, "http_404")
        site.catalogue.remove(BACK, "soft_404")
        go(*again)
        go(*again)
        site.catalogue.restore(BACK)
        go(*again)
    lines = [json.loads(line) for line in (folder / "gone.jsonl").read_bytes().splitlines()]
    assert [(line["news_code"], line["status"]) for line in lines[-1:]] == [(BACK, "back")]
    assert len(lines) == 3
    return folder


@pytest.fixture
def copy(archive: Path, tmp_path: Path) -> Path:
    """Return a copy to tamper with."""
    return Path(shutil.copytree(archive, tmp_path / "output"))


def findings(folder: Path, jobs: int | None = None) -> list[Finding]:
    with verification(folder, jobs) as verdict:
        return list(verdict.findings())


def places(found: list[Finding]) -> set[tuple[str, int | None]]:
    return {(finding.file, finding.line) for finding in found}


def verify(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the real command."""
    return subprocess.run(
        [sys.executable, "-m", "scrapy", "verify", *map(str, arguments)],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def first_warc(folder: Path) -> Path:
    return min((folder / "warc").iterdir())


def members(path: Path) -> list[Member]:
    with path.open("rb") as file:
        found = list(read_members(file, path, 1 << 30))
    return [member for member in found if isinstance(member, Member)]


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


# -- what is right -----------------------------------------------------------


def test_an_archive_of_several_runs_is_clean_and_left_as_it_is(archive: Path) -> None:
    before = contents(archive)
    with verification(archive) as verdict:
        assert [str(finding) for finding in verdict.findings()] == []
        assert verdict.notes == ()
        assert verdict.checked["warc_files"] == 4
        assert verdict.checked["gone"] == 3
        assert verdict.checked["articles"] > 30
        assert verdict.checked["pages_read_again"] > verdict.checked["articles"]
    assert contents(archive) == before


def test_processes_find_what_one_finds(copy: Path) -> None:
    assert findings(copy, jobs=2) == []
    path = first_warc(copy)
    flip(path, path.stat().st_size // 2)
    assert findings(copy, jobs=2) == findings(copy, jobs=1) != []


def test_the_command_tells_by_its_exit_code_and_its_last_line(copy: Path) -> None:
    clean = verify(copy)
    assert (clean.returncode, clean.stderr) == (0, "")
    assert clean.stdout.startswith("all agrees: 4 warc files, ")
    edit_lines(copy / "views.jsonl", lambda lines: [*lines, lines[0]])
    found = verify(copy)
    assert (found.returncode, found.stderr) == (1, "")
    *told, last = found.stdout.splitlines()
    assert told
    assert all(line.startswith("views.jsonl") for line in told)
    assert last.startswith(f"{len(told)} disagreements: ")


def test_the_command_tells_programs_in_json(copy: Path) -> None:
    ended = verify("--json", copy)
    told = json.loads(ended.stdout)
    assert (ended.returncode, told["ok"], told["findings"]) == (0, True, [])
    flip(copy / "index.cdxj", 10)
    flip(first_warc(copy), 4)
    ended = verify("--json", copy)
    told = json.loads(ended.stdout)
    assert (ended.returncode, told["ok"]) == (1, False)
    assert told["checked"]["articles"] == len((copy / "articles.jsonl").read_bytes().splitlines())
    by_file = {finding["file"]: finding for finding in told["findings"]}
    assert by_file["index.cdxj"].keys() == {"code", "file", "line", "what", "do"}
    assert by_file[f"warc/{first_warc(copy).name}"].keys() == {
        *("code", "file", "offset", "what", "do")
    }


def test_a_folder_that_is_none_is_refused_in_one_line(tmp_path: Path) -> None:
    for arguments in ([tmp_path / "none"], [tmp_path], [tmp_path, tmp_path]):
        ended = verify(*arguments)
        assert (ended.returncode, ended.stdout) == (2, "")
        assert ended.stderr.startswith("scrapy verify: ")
        assert ended.stderr.count("\n") == 1


def test_without_state_the_rest_is_checked_and_the_lack_told(copy: Path) -> None:
    (copy / "state.sqlite").unlink()
    with verification(copy) as verdict:
        assert verdict.count == 0
        [note] = verdict.notes
    assert note.startswith("state.sqlite is not there")
    flip(copy / "articles.jsonl", 400)
    assert places(findings(copy)) == {("articles.jsonl", 1)}


def test_state_made_again_from_the_lines_agrees_with_them(copy: Path) -> None:
    (copy / "state.sqlite").unlink()
    with SampleSite() as site:
        assert crawl(site.base_url, copy, "-a", "codes=33614").code == 0
    assert findings(copy) == []


# -- crawls that are at work, or died ------------------------------------------


@pytest.fixture
def at_work(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path, str]]:
    """Return a crawl that has written some lines and goes on."""
    folder = tmp_path / "output"
    with SampleSite() as site:
        arguments = command(site.base_url, folder, "-s", "DOWNLOAD_DELAY=0.02", "-a", CODES)
        process = subprocess.Popen(
            arguments, cwd=ROOT, env=environment(), stderr=subprocess.DEVNULL
        )
        lines = folder / "articles.jsonl"
        deadline = time.monotonic() + 60
        while not (lines.exists() and lines.read_bytes().count(b"\n") >= 5):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield process, folder, site.base_url
        process.kill()
        process.wait()


def test_beside_a_crawl_what_is_unfinished_is_no_finding(
    at_work: tuple[subprocess.Popen[bytes], Path, str],
) -> None:
    process, folder, _ = at_work
    seen = 0
    while process.poll() is None:
        with verification(folder) as verdict:
            assert [str(finding) for finding in verdict.findings()] == []
            seen += verdict.notes != ()
    assert seen
    assert process.returncode == 0
    assert findings(folder) == []


def test_what_a_killed_crawl_left_is_told_until_the_next_one_mends_it(
    at_work: tuple[subprocess.Popen[bytes], Path, str],
) -> None:
    process, folder, base_url = at_work
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = contents(folder)
    assert any(name.endswith("-wal") for name in before)
    found = findings(folder)
    assert contents(folder) == before
    [left_open] = [finding for finding in found if finding.file.endswith(".open")]
    assert left_open.code == "left-open"
    others = {finding.code for finding in found} - {"left-open"}
    assert others <= {"state-line", "state-article", "index-missing"}, found
    assert crawl(base_url, folder, "-a", CODES).code == 0
    assert findings(folder) == []


def test_a_copied_log_of_state_is_read_without_its_shared_memory(
    at_work: tuple[subprocess.Popen[bytes], Path, str],
) -> None:
    process, folder, _ = at_work
    process.send_signal(signal.SIGKILL)
    process.wait()
    with_memory = findings(folder)
    (folder / "state.sqlite-shm").unlink()
    before = contents(folder)
    assert findings(folder) == with_memory
    assert contents(folder) == before


# -- any byte ------------------------------------------------------------------


def flip(path: Path, offset: int, bit: int = 1) -> None:
    data = bytearray(path.read_bytes())
    data[offset] ^= bit
    path.write_bytes(data)


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
                _, found = examine(bytes(changed), path, member.offset, is_ours=True)
                assert found, (member.offset, at, bit)


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
                _, found = examine(bytes(changed), path, member.offset, is_ours=True)
                assert found, (member.offset, at, bit)
                assert 0 <= (found[0].offset or 0) - member.offset <= at


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_a_flipped_bit_in_a_warc_is_told_with_its_place(archive: Path, copy: Path, seed: int) -> None:
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
    for offset, line in ((path.stat().st_size - 1, len(path.read_bytes().splitlines())), (first, 1)):
        flip(path, offset)
        assert (name, line) in places(findings(copy))
        flip(path, offset)
