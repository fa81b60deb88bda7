"""``scrapy replay``: the archive in a browser, from the files as they are, on loopback alone."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from base64 import b32encode
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha1
from html import unescape
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

import pytest

from khotoot_crawler.archive.exchange import Exchange
from khotoot_crawler.archive.writer import WarcWriter
from khotoot_crawler.errors import UsageError
from khotoot_crawler.exit_codes import EXIT_OUTPUT, EXIT_USAGE
from khotoot_crawler.items import Article, article_from_line, json_line
from khotoot_crawler.replay import replayed as serve
from khotoot_crawler.times import utc_text
from tests.archived import CODE, LEAD_PICTURE, OWN_NAME, TITLE, Archive, archive, tool
from tests.crawling import ROOT, environment

__all__ = ["archive"]

REPLAY = [sys.executable, "-m", "scrapy", "replay"]
WITHOUT_PYWB = """
import sys
from scrapy.cmdline import execute
sys.modules["pywb"] = None
execute(["scrapy", "replay", sys.argv[1]])
"""


class Answer(NamedTuple):
    status: int
    content_type: str
    body: bytes


class Replay(NamedTuple):
    home: str
    lines: list[str]  # what the command printed

    def get(self, address: str, *, packed: bool = False) -> Answer:
        """Ask for a path or an address of the replay, following no redirect."""
        place = urlsplit(urljoin(self.home, address))
        connection = http.client.HTTPConnection("127.0.0.1", place.port or 0, timeout=20)
        target = place.path + (f"?{place.query}" if place.query else "")
        coding = "gzip, deflate, br, zstd" if packed else "identity"
        connection.request("GET", target, headers={"Accept-Encoding": coding})
        answer = connection.getresponse()
        found = Answer(answer.status, answer.getheader("Content-Type", ""), answer.read())
        connection.close()
        return found


@contextmanager
def replayed(
    folder: Path, *more: str, spare: Path
) -> Iterator[tuple[Replay, subprocess.Popen[str]]]:
    """Run the command until it serves; ``spare``: its folder for temporary files."""
    tool("wayback")
    process = subprocess.Popen(
        [*REPLAY, str(folder), "--port", "0", *more],
        cwd=ROOT,
        env={**environment(), "TMPDIR": str(spare), "HTTP_PROXY": "http://127.0.0.1:9"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        count = 2 if "--code" in more else 1
        lines = [process.stdout.readline().strip() for _ in range(count)]
        home = re.search(r"http://\S+", lines[0])
        assert home is not None, process.communicate()
        yield Replay(home[0], lines), process
    finally:
        process.terminate()
        _, told = process.communicate(timeout=30)
        sys.stderr.write(told)  # shown beside a failure: why pywb ended, if it did


def refused(*words: str, code: int = EXIT_USAGE, **variables: str) -> str:
    """Run a command that must end by itself with an exit code; return its one line on stderr."""
    ended = subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env={**environment(), **variables},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == code
    assert ended.stdout == ""
    assert ended.stderr.startswith("scrapy replay: ")
    assert ended.stderr.count("\n") == 1
    return ended.stderr


@pytest.fixture(scope="module")
def replay(archive: Archive, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replay]:
    spare = tmp_path_factory.mktemp("spare")
    with replayed(archive.folder, "--code", CODE, spare=spare) as (served, _):
        yield served


def identity(line: dict[str, object]) -> str:
    """Return the address at which pywb gives the page of a line as it was served."""
    moment = "".join(filter(str.isdigit, str(line["fetched_at"])))[:14]
    return f"/khotoot/{moment}id_/{line['fetched_url']}"


def test_it_opens_with_a_list_of_the_articles(archive: Archive, replay: Replay) -> None:
    home = replay.get("/")
    assert (home.status, home.content_type) == (200, 'text/html; charset="utf-8"')
    rows = re.findall(
        r'<time dir="ltr">([^<]*)</time></td><td><a href="([^"]+)">([^<]+)</a></td>'
        r'<td class="code">(\d+)<',
        home.body.decode(),
    )
    shown = {code: (published, unescape(title)) for published, _, title, code in rows}
    assert shown == {
        code: (line["published_jalali"][:16].replace("-", "/").replace("T", " "), line["title"])
        for code, line in archive.lines.items()
    }
    dates = [published for published, *_ in rows]
    assert dates == sorted(dates, reverse=True)
    _, path, _, _ = next(row for row in rows if row[3] == CODE)
    assert urljoin(replay.home, path) == replay.lines[1]


def test_every_article_is_byte_for_byte_what_the_site_served(
    archive: Archive, replay: Replay
) -> None:
    for line in archive.lines.values():
        answer = replay.get(identity(line))
        assert answer.status == 200
        assert answer.body == archive.served[line["fetched_url"]]


def test_every_kind_of_record_is_there_as_it_was_received(archive: Archive, replay: Replay) -> None:
    kinds: dict[tuple[bool, str], list[Answer]] = defaultdict(list)
    for _, moment, fields in archive.index:
        answers = kinds[fields["mime"] == "warc/revisit", fields["status"]]
        if len(answers) == 15:
            continue
        answers.append(replay.get(f"/khotoot/{moment}id_/{fields['url']}", packed=True))
        if fields["status"] != "304":
            assert answers[-1].status == int(fields["status"])
            digest = b32encode(sha1(answers[-1].body).digest()).decode()
            assert fields["digest"] == f"sha1:{digest}"
    assert {(False, "200"), (True, "200"), (True, "304"), (False, "302")} <= kinds.keys()
    assert all(answer.status == 200 and answer.body for answer in kinds[True, "304"])


def test_the_page_of_a_code_comes_with_its_pictures_and_styles(replay: Replay) -> None:
    page = replay.get(replay.lines[1])
    assert page.status == 200
    text = unescape(page.body.decode())
    assert TITLE in text
    assert "مي‌سازند" in text
    sources = re.findall(r'<img[^>]* src="([^"]+)"', text)
    assert any(source.endswith(LEAD_PICTURE) for source in sources)
    for source in sources:
        picture = replay.get(source)
        assert picture.status == 200
        assert picture.content_type.startswith("image/")
    (sheet,) = re.findall(r'<link rel="stylesheet"[^>]* href="([^"]+)"', text)
    style = replay.get(sheet)
    assert style.content_type.startswith("text/css")
    for imported in re.findall(r'@import (?:url\()?"([^"]+)"', style.body.decode()):
        assert replay.get(urljoin(urljoin(replay.home, sheet), imported)).status == 200


def test_pictures_that_a_mirrored_page_names_by_the_own_name_are_found(
    archive: Archive, replay: Replay
) -> None:
    page = replay.get(identity(archive.lines[OWN_NAME]).replace("id_", ""))
    pictures = re.findall(
        r'src="([^"]*https://www\.khootoot\.ir/files/fa/[^"]+)"', page.body.decode()
    )
    assert pictures
    assert {replay.get(picture).content_type for picture in pictures} <= {"image/jpeg", "image/png"}


def test_only_this_machine_is_served(replay: Replay) -> None:
    port = urlsplit(replay.home).port or 0
    with socket.create_connection(("127.0.0.1", port), timeout=5):
        pass
    with pytest.raises(ConnectionRefusedError):  # as at every address but the one
        socket.create_connection(("127.0.0.2", port), timeout=5)


def test_an_archive_of_the_live_site_and_of_many_articles(archive: Archive, tmp_path: Path) -> None:
    model = article_from_line((archive.folder / "articles.jsonl").read_bytes().splitlines()[0])
    picture, page = b"\x89PNG\r\n" + bytes(2000), b"<p>{{ </p><img src='/files/a.png'>"
    (tmp_path / "output").mkdir()
    with (tmp_path / "output" / "articles.jsonl").open("wb") as lines:
        writer = WarcWriter(
            make_folder(tmp_path / "output" / "warc"), prefix="khotoot", warcinfo={}
        )
        for code in range(1, 1002):
            article, body = live_article(model, code), page if code == 1 else b"<p>x</p>"
            place = writer.write(exchange(article.fetched_url, body, "text/html"))
            lines.write(json_line(replace(article, warc=place)))
        writer.write(exchange("https://khootoot.ir/files/a.png", picture, "image/png"))
        writer.seal()
    with replayed(tmp_path / "output", "--code", "۱", spare=tmp_path) as (replay, _):
        shown = replay.get(replay.lines[1]).body.decode()
        (source,) = re.findall(r"<img src=['\"]([^'\"]+)['\"]", shown)
        assert replay.get(source).body == picture
        first, last = replay.get("/"), replay.get("/static/contents-3.html")
        assert first.body.count(b"<tr><td>") == 500
        assert b"{{ title }} &lt;b&gt;" in first.body.replace(b"&#123;", b"{")
        assert (last.status, last.body.count(b"<tr><td>")) == (200, 1)


def make_folder(path: Path) -> Path:
    path.mkdir()
    return path


def live_article(model: Article, code: int) -> Article:
    return replace(
        model,
        news_code=str(code),
        title="{{ title }} <b>",
        fetched_url=f"https://khootoot.ir/fa/news/{code}/{{x",
        fetched_at=utc_text(AT),
    )


AT = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


def exchange(url: str, body: bytes, content_type: str) -> Exchange:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    request = b"GET / HTTP/1.1\r\nHost: khootoot.ir\r\n\r\n"
    return Exchange(url, AT, "192.0.2.1", request, head.encode(), body)


def test_it_ends_by_a_signal_and_leaves_nothing(archive: Archive, tmp_path: Path) -> None:
    copy = shutil.copytree(archive.folder, tmp_path / "output")
    (copy / "index.cdxj").unlink()
    spare = make_folder(tmp_path / "spare")
    with replayed(Path(copy), "--code", CODE, spare=spare) as (replay, process):
        assert replay.get(replay.lines[1]).status == 200
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)  # timeout(1), or a second Ctrl-C
        assert process.wait(20) in (143, 130)
        with pytest.raises(ConnectionRefusedError):
            replay.get("/")
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert not list(spare.iterdir())
    assert not (copy / "index.cdxj").exists()  # the folder is only read


def test_a_server_that_ends_by_itself_leaves_its_last_words(
    archive: Archive, tmp_path: Path
) -> None:
    with replayed(archive.folder, spare=tmp_path) as (_, process):
        (pywb,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(int(pywb), signal.SIGKILL)
        _, told = process.communicate(timeout=20)
    assert process.returncode == 1
    assert re.fullmatch(r"scrapy replay: pywb ended by itself: .+\n", told)
    assert not list(tmp_path.iterdir())


def test_a_server_that_does_not_start_is_told(archive: Archive, tmp_path: Path) -> None:
    tool("wayback")
    broken = make_folder(tmp_path / "pywb")
    (broken / "__init__.py").write_text("raise ImportError('a half-installed pywb')")
    words = ("-m", "scrapy", "replay", str(archive.folder), "--port", "0")
    told = refused(*words, code=EXIT_OUTPUT, PYTHONPATH=str(tmp_path))
    assert told == "scrapy replay: pywb did not start: ImportError: a half-installed pywb\n"


def test_without_pywb_one_line_tells_how_to_get_it(archive: Archive) -> None:
    needed = refused("-c", WITHOUT_PYWB, str(archive.folder))
    assert needed == "scrapy replay: needs pywb: pip install 'khotoot-crawler[replay]'\n"


def test_wrong_use_is_one_line_and_exit_2(archive: Archive) -> None:
    tool("wayback")
    told = refused("-m", "scrapy", "replay", str(archive.folder), "--code", "1", "--port", "0")
    assert told.startswith("scrapy replay: --code 1: no such article")


def test_what_cannot_be_served_is_told(archive: Archive, tmp_path: Path) -> None:
    tool("wayback")
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken: int = other.getsockname()[1]
        with pytest.raises(UsageError, match="in use"), serve(archive.folder, port=taken):
            pass
    with pytest.raises(UsageError, match="holds no sealed WARC"), serve(tmp_path, port=0):
        pass
