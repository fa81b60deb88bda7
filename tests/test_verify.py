"""``scrapy verify``: clean archives, crawls at work, how it tells, and that it only reads."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from io import BytesIO
from itertools import count
from pathlib import Path

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from khotoot_crawler.archive.index import extend_index
from khotoot_crawler.demo.server import SampleSite
from khotoot_crawler.verification import warcs
from khotoot_crawler.verification.verdict import verification
from tests.article_html import FIRST, LAST, article_html
from tests.crawling import ROOT, Answer, Page, PageServer, command, crawl, environment
from tests.odd_answers import ODD
from tests.scrapy_command import Run, run
from tests.test_writer import exchange_of, writer_in
from tests.verified import (
    archive,
    contents,
    copy,
    edit_lines,
    findings,
    first_warc,
    flip,
    members,
    places,
    told_of,
)

__all__ = ["archive", "copy", "run"]

MANY = "codes=33590-33640"


# -- what is right -----------------------------------------------------------


def test_an_archive_of_several_runs_is_clean_and_left_as_it_is(archive: Path) -> None:
    before = contents(archive)
    with verification(archive) as verdict:
        assert [str(finding) for finding in verdict.findings()] == []
        assert verdict.notes == ()
        assert verdict.checked["warc_files"] == 4
        assert verdict.checked["gone"] == 3
        assert verdict.checked["articles"] > 8
        assert verdict.checked["pages_read_again"] > verdict.checked["articles"]
    assert contents(archive) == before


def test_processes_find_what_one_finds(copy: Path) -> None:
    assert findings(copy, jobs=2) == []
    path = first_warc(copy)
    flip(path, path.stat().st_size // 2)
    assert findings(copy, jobs=2) == findings(copy, jobs=1) != []


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_file_is_read_once_wherever_it_is_cut(
    copy: Path, monkeypatch: pytest.MonkeyPatch, jobs: int
) -> None:
    """Also within a member that holds a WARC file, packed as it is."""
    path = first_warc(copy)
    inner = b"".join(gzip.compress(b"WARC/1.1\r\n" + os.urandom(500)) for _ in range(40))
    block = b"WARC/1.1\r\nWARC-Type: x\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n"
    holder = gzip.compress(block % (len(inner), inner), 0)
    assert inner in holder
    data = path.read_bytes()
    third = members(path)[3].offset  # between two exchanges
    path.write_bytes(data[:third] + holder + data[third:])
    whole = findings(copy, jobs)
    for size in (1, 700, 5000, 70_000):
        monkeypatch.setattr(warcs, "_SPAN", size)
        assert findings(copy, jobs) == whole
    assert {f.what for f in whole if f.offset == third} >= {"warc-date is missing"}


def test_the_command_tells_by_its_exit_code_and_its_last_line(copy: Path, run: Run) -> None:
    clean = run("verify", copy)
    assert (clean.code, clean.err) == (0, "")
    assert clean.out.startswith(b"all agrees: 4 warc files, ")
    edit_lines(copy / "views.jsonl", lambda lines: [*lines, lines[0]])
    found = run("verify", copy)
    assert (found.code, found.err) == (1, "")
    *told, last = found.out.decode().splitlines()
    assert told
    assert all(line.startswith("views.jsonl") for line in told)
    assert last.startswith(f"{len(told)} disagreements: ")


def test_the_command_tells_programs_in_json(copy: Path, run: Run) -> None:
    ended = run("verify", "--json", copy)
    told = json.loads(ended.out)
    assert (ended.code, told["ok"], told["findings"]) == (0, True, [])
    flip(copy / "index.cdxj", 10)
    flip(first_warc(copy), 4)
    ended = run("verify", "--json", copy)
    told = json.loads(ended.out)
    assert (ended.code, told["ok"]) == (1, False)
    assert told["checked"]["articles"] == len((copy / "articles.jsonl").read_bytes().splitlines())
    by_file = {finding["file"]: finding for finding in told["findings"]}
    assert by_file["index.cdxj"].keys() == {"code", "file", "line", "what", "do"}
    assert by_file[f"warc/{first_warc(copy).name}"].keys() == {
        *("code", "file", "offset", "what", "do")
    }


def test_a_folder_that_is_none_is_refused_in_one_line(tmp_path: Path, run: Run) -> None:
    none = tmp_path / "none"
    for arguments, reason in (
        ((none,), f"{none}: no such folder"),
        (("-s", f"KHOTOOT_OUTPUT={none}"), f"{none}: no such folder"),
        ((tmp_path,), f"{tmp_path}: holds no output"),
        ((tmp_path, "--quick"), "--quick: no such option; takes --json"),
    ):
        ended = run("verify", *arguments)
        assert (ended.code, ended.out) == (2, b"")
        assert ended.err.startswith(f"scrapy verify: {reason}")
        assert ended.err.count("\n") == 1


@pytest.mark.parametrize("name", ["warc", "runs"])
def test_a_folder_that_cannot_be_listed_is_one_line(copy: Path, run: Run, name: str) -> None:
    shutil.rmtree(copy / name)
    (copy / name).touch()
    ended = run("verify", copy)
    assert (ended.code, ended.out) == (5, b"")
    assert ended.err == f"scrapy verify: {copy / name}: cannot be read: Not a directory\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads whatever there is")
@pytest.mark.parametrize("name", ["articles.jsonl", "index.cdxj", "state.sqlite"])
def test_a_file_that_may_not_be_read_is_no_damage(copy: Path, name: str) -> None:
    (copy / name).chmod(0)
    [finding] = told_of(findings(copy), name)
    assert finding.code == "unreadable"


@pytest.mark.parametrize("name", ["verify", "coverage", "pack"])
def test_a_standard_output_that_takes_nothing_is_one_line_and_exit_5(copy: Path, name: str) -> None:
    words = [sys.executable, "-m", "scrapy", name, str(copy)]
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            words, cwd=ROOT, env=environment(), stdout=full, stderr=subprocess.PIPE, check=False
        )
    said = f"scrapy {name}: standard output: No space left on device\n"
    assert (ended.returncode, ended.stderr.decode()) == (5, said)


def test_without_state_the_rest_is_checked_and_the_lack_told(copy: Path) -> None:
    (copy / "state.sqlite").unlink()
    with verification(copy) as verdict:
        assert verdict.count == 0
        [note] = verdict.notes
    assert note.startswith("state.sqlite is not there")
    flip(copy / "articles.jsonl", 400)
    assert ("articles.jsonl", 1) in places(findings(copy))


def test_state_made_again_from_the_lines_agrees_with_them(copy: Path) -> None:
    (copy / "state.sqlite").unlink()
    with SampleSite() as site:
        assert crawl(site.base_url, copy, "-a", "codes=33614").code == 0
    assert findings(copy) == []


def test_what_servers_do_wrong_is_no_disagreement(tmp_path: Path) -> None:
    (tmp_path / "warc").mkdir()
    writer = writer_in(tmp_path / "warc", max_size=20_000)
    for number, odd in enumerate(ODD.values()):
        writer.write(exchange_of(odd, url=f"http://127.0.0.1:8000/{number}"))
    writer.seal()
    assert extend_index(tmp_path) == len(ODD)
    for name in ("articles.jsonl", "views.jsonl", "gone.jsonl"):
        (tmp_path / name).touch()
    assert findings(tmp_path) == []


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_file_of_another_writer_need_not_keep_to_what_a_crawl_does(
    copy: Path, version: str
) -> None:
    """An answer before its request, nothing of what WARC leaves open, a revisit of elsewhere."""
    url, date = "https://khootoot.ir/fa/news/99999", "2024-05-06T07:08:09Z"
    headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
    asked = StatusAndHeaders("GET /fa/news/99999 HTTP/1.1", [("Host", "khootoot.ir")])
    with (copy / "warc" / "other.warc.gz").open("wb") as file:
        writer = WARCWriter(file, gzip=True, warc_version=version)
        writer.write_record(writer.create_warcinfo_record("other.warc.gz", {"software": "warcio"}))
        page = article_page("99999").encode()
        answer = writer.create_warc_record(
            url, "response", payload=BytesIO(page), length=len(page), http_headers=headers
        )
        request = writer.create_warc_record(url, "request", http_headers=asked)
        writer.write_request_response_pair(request, answer)
        writer.write_record(
            writer.create_revisit_record(url, "sha1:" + "A" * 32, url, date, http_headers=headers)
        )
    extend_index(copy)
    assert [str(finding) for finding in findings(copy)] == []


def article_page(code: str, **parts: str) -> str:
    """Return a page of that article alone."""
    page = article_html(0, comments="", side="", **parts)
    return page.replace("33614", code).replace("۳۳۶۱۴", code)


def test_articles_that_a_redirect_leads_away_from_their_address(tmp_path: Path) -> None:
    """Read there, seen again unchanged, removed there, and put back."""
    own = ("-a", "codes=502-504", "-a", "recheck=all", "-s", "KHOTOOT_REQUISITES=none")
    away = {"502": "/fa/content/502.html", "503": "/fa/news?id=503", "504": "/fa/moved/504"}
    pages: dict[str, Page] = {
        f"/fa/news/{code}": Answer(status=302, headers={"Location": to})
        for code, to in away.items()
    }
    pages["/fa/news"] = Answer(article_page("503").encode())
    pages["/fa/content/502.html"] = Answer(article_page("502").encode())
    pages["/fa/moved/504"] = Answer(status=301, headers={"Location": "/fa/content/504.html"})
    shown = Answer(article_page("504").encode())
    with PageServer(pages) as server:
        for answer in (shown, shown, Answer(status=404), Answer(status=404), shown):
            server.pages["/fa/content/504.html"] = answer
            ended = crawl(server.base_url, tmp_path, *own)
            assert ended.code == 0, ended.log
            assert [str(finding) for finding in findings(tmp_path)] == []
    assert {line["fetched_url"][-8:] for line in ended.lines("articles.jsonl")} == {
        *("502.html", "s?id=503", "504.html")
    }
    assert len(ended.lines("views.jsonl")) == 5 + 5 + 3
    assert [line["status"] for line in ended.lines("gone.jsonl")] == ["gone", "back"]
    with verification(tmp_path) as verdict:
        assert verdict.checked["pages_read_again"] == 5 + 5 + 3
    edit_lines(tmp_path / "views.jsonl", lambda lines: [x.replace(b"100321", b"7") for x in lines])
    told = [finding for finding in findings(tmp_path) if "view_count is 7" in finding.what]
    assert len(told) == 5 + 5 + 3


def test_two_articles_that_redirects_lead_to_one_page(tmp_path: Path) -> None:
    """It is read as one of them only where that was asked for; the home page is none at all."""
    own = ("-a", "codes=502-504", "-a", "recheck=all", "-s", "KHOTOOT_REQUISITES=none")
    moved = Answer(status=302, headers={"Location": "/fa/content/502.html"})
    pages: dict[str, Page] = {
        "/fa/news/502": moved,
        "/fa/news/503": moved,
        "/fa/news/504": Answer(status=302, headers={"Location": "/"}),
        "/fa/content/502.html": Answer(article_page("502").encode()),
        "/": Answer(article_page("504").encode()),
    }
    with PageServer(pages) as server:
        for _ in range(2):
            assert crawl(server.base_url, tmp_path, *own).code == 3
    assert [str(finding) for finding in findings(tmp_path)] == []
    (tmp_path / "state.sqlite").unlink()
    assert [str(finding) for finding in findings(tmp_path)] == []


def test_a_listing_that_leads_to_an_article(tmp_path: Path) -> None:
    """It names that article, and is asked for nothing else."""
    numbers = count()

    def page(_: object) -> Answer:
        title = f'<h1 class="title">عنوان {next(numbers)}</h1>'
        return Answer(article_page("502", title=title).encode())

    pages: dict[str, Page] = {
        "/": Answer(status=302, headers={"Location": "/fa/news/502"}),
        "/fa/news/502": page,
    }
    again = ("-a", "recheck=all", "-s", "KHOTOOT_REQUISITES=none")
    with PageServer(pages) as server:
        for _ in range(2):
            ended = crawl(server.base_url, tmp_path, *again)
            assert ended.code == 0, ended.log
    assert len(ended.lines("articles.jsonl")) == 2
    assert server.asked.count("/fa/news/502") == 2
    assert [str(finding) for finding in findings(tmp_path)] == []
    (tmp_path / "state.sqlite").unlink()
    assert [str(finding) for finding in findings(tmp_path)] == []


def test_an_address_that_is_no_legal_uri(tmp_path: Path) -> None:
    """It is asked for as a URI, so that line and record name one address."""
    body = f'<div class="body"><p>{FIRST}</p><p><img src="?photo"></p><p>{LAST}</p></div>'
    page = article_page("500", body=body)
    pages: dict[str, Page] = {
        "/": Answer(b'<html><body><a href="/fa/news/500/100%">x</a></body></html>'),
        "/fa/news/500/100%25": Answer(page.encode()),
    }
    with PageServer(pages) as server:
        ended = crawl(server.base_url, tmp_path, "-s", "KHOTOOT_REQUISITES=none")
    assert ended.code == 0, ended.log
    [line] = ended.lines("articles.jsonl")
    assert line["fetched_url"].endswith("/100%25")
    assert [str(finding) for finding in findings(tmp_path)] == []


# -- crawls that are at work, or died ------------------------------------------


@pytest.fixture
def at_work(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path, str]]:
    """Return a crawl that has written some lines and goes on."""
    folder = tmp_path / "output"
    with SampleSite() as site:
        arguments = command(site.base_url, folder, "-s", "DOWNLOAD_DELAY=0.02", "-a", MANY)
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
    tmp_path: Path,
) -> None:
    process, folder, base_url = at_work
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = contents(folder)
    assert any(name.endswith("-wal") for name in before)
    found = findings(folder)
    assert contents(folder) == before
    (folder / "state.sqlite-shm").rename(tmp_path / "shm")  # as in a copy of the folder
    assert findings(folder) == found
    (tmp_path / "shm").rename(folder / "state.sqlite-shm")
    assert contents(folder).keys() == before.keys()
    [left_open] = [finding for finding in found if finding.file.endswith(".open")]
    assert left_open.code == "left-open"
    others = {finding.code for finding in found} - {"left-open"}
    assert others <= {"state-behind", "state-article", "index-missing"}, found
    assert crawl(base_url, folder, "-a", "codes=33620").code == 0
    assert findings(folder) == []
