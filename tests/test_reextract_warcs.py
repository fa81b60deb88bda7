"""``scrapy reextract FILE``: the articles of any WARC, in the order and revisions of a crawl."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from khotoot_crawler.archive.exchange import Exchange
from khotoot_crawler.archive.pairs import Original
from khotoot_crawler.archive.writer import WarcWriter
from khotoot_crawler.demo.article_page import article_page, print_page
from khotoot_crawler.demo.catalogue import Catalogue
from khotoot_crawler.demo.server import SampleSite
from khotoot_crawler.items import WarcPlace
from tests.crawling import few_articles
from tests.scrapy_command import Run, run
from tests.test_reextract import again, articles, rewrite, spoil

__all__ = ["run"]

CATALOGUE = Catalogue.bundled()
SITE = "https://khootoot.ir"


@dataclass(frozen=True)
class Answer:
    """What an address answered, so many seconds into a crawl."""

    url: str
    body: bytes
    second: int
    original: Original | None = None
    head: str = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"


def html(code: str, title: str | None = None, code_shown: str | None = None) -> bytes:
    """Return a page of the sample site, with another title or under another code."""
    article = replace(CATALOGUE[code], code=code_shown or code)
    text = article_page(CATALOGUE, article)
    return (text.replace(article.title, title) if title else text).encode()


def moment(second: int) -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second)


def write_warc(folder: Path, answers: list[Answer], **fields: str) -> tuple[Path, list[WarcPlace]]:
    """Write a WARC as a crawl does."""
    folder.mkdir(parents=True, exist_ok=True)
    writer = WarcWriter(folder, prefix="khotoot", warcinfo=fields)
    places = []
    for answer in answers:
        head = f"{answer.head}Content-Length: {len(answer.body)}\r\n\r\n".encode()
        request = b"GET / HTTP/1.1\r\n\r\n"
        exchange = Exchange(
            answer.url, moment(answer.second), "127.0.0.1", request, head, answer.body
        )
        places.append(writer.write(exchange, original=answer.original))
    path = writer.seal()
    assert path is not None
    return path, places


def original_of(place: WarcPlace, answer: Answer) -> Original:
    date = moment(answer.second).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Original(place.record_id, answer.url, date, place.payload_digest)


def revised(folder: Path) -> tuple[Path, Path]:
    """Write an article that changed and changed back, the last time as a revisit; two files."""
    url = f"{SITE}/fa/news/33640/100%-x"  # no legal URI: WARC-Target-URI escapes it
    first = Answer(url, html("33640"), 1)
    changed_page = Answer(url, html("33640", title="عنوانی دیگر برای همین خبر"), 5)
    path, places = write_warc(folder, [changed_page, first])
    again = Answer(url, first.body, 9, original_of(places[1], first))
    unchanged = Answer(url, html("33640") + b"<!-- later -->", 11)
    return path, write_warc(folder, [again, unchanged])[0]


def test_revisions_are_those_a_crawl_would_have_written(run: Run, tmp_path: Path) -> None:
    files = revised(tmp_path / "warc")
    ended = run("reextract", "--jobs", 1, *reversed(files))
    assert ended.code == 0, ended.err
    lines = articles(ended)
    assert [line["revision"] for line in lines] == [1, 2, 3]
    assert [line["fetched_at"][17:19] for line in lines] == ["01", "05", "09"]
    assert lines[0]["content_digest"] == lines[2]["content_digest"] != lines[1]["content_digest"]
    assert lines[2]["warc"]["filename"] == files[1].name


def test_lines_of_revisits_and_of_odd_addresses_are_made_again(run: Run, tmp_path: Path) -> None:
    files = revised(tmp_path / "warc")
    made = run("reextract", "--jobs", 1, *files).out.splitlines(keepends=True)
    assert all(b"100%25-x" in line for line in made)
    as_crawled = [line.replace(b"100%25-x", b"100%-x") for line in made]
    rewrite(tmp_path, as_crawled)
    ended = again(run, tmp_path)
    assert ended.code == 0, ended.err
    assert ended.out == b"".join(as_crawled)
    assert ended.err.count("no line names") == 1  # the one seen unchanged


def test_a_revisit_without_its_original_is_told(run: Run, tmp_path: Path) -> None:
    _, later = revised(tmp_path)
    ended = run("reextract", "--jobs", 1, later)
    assert ended.code == 3
    assert re.search(rf"{re.escape(str(later))}@\d+: refers to a record that is not", ended.err)
    assert len(articles(ended)) == 1


def test_duplicates_sites_and_pages_that_are_no_article(run: Run, tmp_path: Path) -> None:
    same = html("33640")
    answers = [
        Answer(f"{SITE}/fa/news/50002", html("33640", code_shown="50002"), 1),
        Answer("http://www.khootoot.ir/fa/news/33640/x", same, 2),
        Answer(f"{SITE}/fa/news/50001", html("33640", code_shown="50001"), 3),
        Answer("https://example.ir/fa/news/50003", html("33640", code_shown="50003"), 4),
        Answer(f"{SITE}/fa/print/33640", print_page(CATALOGUE["33640"]).encode(), 5),
        Answer(f"{SITE}/fa/amp/news/33640", same + b" ", 6),
        Answer(f"{SITE}/", b"<html><body>x</body></html>", 7),
        Answer(f"{SITE}/x.png", b"\x89PNG", 8,
               head="HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n"),
        Answer(f"{SITE}/fa/news/50004", html("33640", code_shown="50004"), 9,
               head="HTTP/1.1 500 Oops\r\nContent-Type: text/html\r\n"),
    ]  # fmt: skip
    path, _ = write_warc(tmp_path, answers)
    ended = run("reextract", "--jobs", 1, path)
    assert ended.code == 0, ended.err
    shown = [(line["site"], line["news_code"], line["duplicate_of"]) for line in articles(ended)]
    assert shown == [
        ("khootoot.ir", "50002", None),
        ("khootoot.ir", "33640", "50002"),
        ("khootoot.ir", "50001", "33640"),
        ("example.ir", "50003", None),
    ]


def test_an_article_that_cannot_be_read_is_told(run: Run, tmp_path: Path) -> None:
    url = f"{SITE}/fa/news/1"
    gzipped = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n"
    answers = [
        Answer(url, html("33640"), 1),
        Answer(f"{SITE}/fa/news/33640", b"no gzip", 2, head=gzipped),
        Answer(f"{SITE}/fa/news/33640", gzip.compress(html("33640")), 3, head=gzipped),
    ]
    path, places = write_warc(tmp_path, answers)
    ended = run("reextract", "--jobs", 1, path)
    assert ended.code == 3
    told = ended.err.splitlines()
    assert told[0].startswith(f"{path}@{places[0].offset}: {url} news_code: ")
    assert told[1].startswith(f"{path}@{places[1].offset}: {SITE}/fa/news/33640: body is not gzip")
    assert [line["news_code"] for line in articles(ended)] == ["33640"]


# -- files of other tools ----------------------------------------------------


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize("compressed", [True, False])
def test_a_file_by_warcio_with_chunked_bodies_kept(
    run: Run, tmp_path: Path, version: str, compressed: bool
) -> None:
    path = tmp_path / ("x.warc.gz" if compressed else "x.warc")
    body = gzip.compress(html("33640"))
    chunks = [body[:1000], body[1000:]]
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=compressed, warc_version=version)
        writer.write_record(writer.create_warcinfo_record("x", {"isPartOf": "elsewhere.ir"}))
        headers = StatusAndHeaders(
            "200 OK",
            [("Content-Type", "text/html"), ("Content-Encoding", "gzip"),
             ("Transfer-Encoding", "chunked")],
            protocol="HTTP/1.1",
        )  # fmt: skip
        record = writer.create_warc_record(
            f"{SITE}/fa/news/33640", "response", payload=BytesIO(chunked), length=len(chunked),
            http_headers=headers, warc_headers_dict={"WARC-Date": "2024-05-06T07:08:09Z"},
        )  # fmt: skip
        writer.write_record(record)
        revisit = writer.create_revisit_record(
            f"{SITE}/fa/news/33640?again", record.rec_headers["WARC-Payload-Digest"],
            f"{SITE}/fa/news/33640", "2024-05-06T07:08:09Z", http_headers=headers,
            warc_headers_dict={"WARC-Date": "2024-05-07T07:08:09Z"},
        )  # fmt: skip
        writer.write_record(revisit)
    ended = run("reextract", "--jobs", 1, path)
    assert ended.code == 0, ended.err
    (line,) = [json.loads(line) for line in ended.out.splitlines()]
    assert line["title"] == CATALOGUE["33640"].title
    assert (line["site"], line["fetched_at"]) == ("khootoot.ir", "2024-05-06T07:08:09.000Z")
    assert line["warc"]["record_id"] == record.rec_headers["WARC-Record-ID"]
    if not compressed:
        spoil(path, line["warc"]["offset"] + 900)
        spoiled = run("reextract", "--jobs", 1, path)
        assert spoiled.code == 3
        assert f"{path}@{line['warc']['offset']}: " in spoiled.err


def test_a_file_by_wget(run: Run, tmp_path: Path) -> None:
    wget = shutil.which("wget")
    if wget is None:
        pytest.skip("no wget on this machine")
    with SampleSite(few_articles(2, "33638", "33640")) as site:
        urls = [f"{site.base_url}/fa/news/{code}" for code in ("33638", "33640")]
        subprocess.run(
            [wget, "-q", "--warc-file=x", "-O", "page.html", *urls, f"{site.base_url}/"],
            cwd=tmp_path, check=True, timeout=30,
        )  # fmt: skip
    ended = run("reextract", "--jobs", 1, tmp_path / "x.warc.gz")
    assert ended.code == 0, ended.err
    lines = articles(ended)
    assert [line["news_code"] for line in lines] == ["33638", "33640"]
    assert [line["title"] for line in lines] == [CATALOGUE[c].title for c in ("33638", "33640")]
    assert {line["site"] for line in lines} == {"127.0.0.1"}


def test_what_is_no_warc_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.warc.gz").write_bytes(b"not a WARC" * 1000)
    (tmp_path / "whole.warc.gz").write_bytes(gzip.compress(b"WARC/1.0\r\n\r\n"))
    for name in ("x.warc.gz", "whole.warc.gz"):
        ended = run("reextract", "--jobs", 1, tmp_path / name)
        assert (ended.code, ended.out) == (3, b"")
        assert ended.err.startswith(f"{tmp_path / name}@0: ")
