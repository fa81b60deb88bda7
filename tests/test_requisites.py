"""Images, style sheets, scripts and fonts of article pages; asking only for what has changed."""

from __future__ import annotations

import time
from collections import Counter
from email.message import Message
from pathlib import Path

import pytest

from khotoot_crawler.archive.members import Damage
from khotoot_crawler.archive.reader import iter_records
from khotoot_crawler.archive.record import Record
from khotoot_crawler.parsers.page import read_page
from khotoot_crawler.parsers.requisites import css_requisites, page_requisites
from tests.crawling import Answer, Crawl, Page, PageServer, crawl
from tests.test_crawl_bad_input import CHALLENGE, IMPATIENT, page

HTML = """<html><head><base href="http://h/fa/"><link rel="Shortcut Icon" href="/i.ico">
<link rel=stylesheet href="s.css?v=1"><link rel="canonical" href="/fa/news/1">
<script src="//h/j.js"></script><style>@import 'in.css'; a{background:url( "b g.png" )}</style>
</head><body><img src="a.jpg" srcset=" ,a.jpg 1x, a2.jpg 2x,/c,d.jpg 300w, e.jpg,">
<img data-src="late.jpg">
<picture><source srcset="w.webp"></picture><video poster="p.jpg" src="film.mp4"></video>
<p style="background:url(x.gif)">x</p><img src="data:image/gif;base64,AA"><img src=" ">
<a href="/other.html">no</a></body></html>"""


def test_what_a_page_names() -> None:
    here = read_page(HTML.encode(), "http://h/fa/news/1")
    names = [url.removeprefix("http://h/") for url in page_requisites(here)]
    images = [
        "fa/a.jpg",
        "fa/a2.jpg",
        "c,d.jpg",
        "fa/e.jpg",
        "fa/late.jpg",
        "fa/w.webp",
        "fa/p.jpg",
    ]
    others = ["i.ico", "fa/s.css?v=1", "j.js", "fa/in.css", "fa/b%20g.png", "fa/x.gif"]
    assert sorted(names) == sorted(images + others)
    only = [url.removeprefix("http://h/") for url in page_requisites(here, images_only=True)]
    assert sorted(only) == sorted(images)


def test_what_a_style_sheet_names() -> None:
    text = """@import url("a.css") screen; @IMPORT 'b.css';
    @font-face { src: URL(../f/x.woff2?#iefix) format("woff2"), url('y.ttf') } p { content: "url" }
    i { background: url(data:image/png;base64,xx) } """
    names = [url.removeprefix("http://h/") for url in css_requisites(text, "http://h/css/main.css")]
    assert names == ["css/b.css", "css/a.css", "f/x.woff2", "css/y.ttf"]


def with_etag(body: bytes, content_type: str) -> Page:
    """Return a resource that answers 304 to its own ETag."""

    def answer(headers: Message) -> Answer:
        told = {"ETag": '"v1"', "Last-Modified": "Wed, 01 Jan 2025 00:00:00 GMT"}
        if headers["If-None-Match"] == '"v1"':
            return Answer(status=304, headers=told)
        return Answer(body, content_type=content_type, headers=told)

    return answer


def pages() -> dict[str, Page]:
    body = (
        '<p>متن خبر با عکس</p><img src="/files/a.png"><img src="/files/gone.png">'
        '<img src="http://elsewhere.example/b.png"><img src="https://www.khootoot.ir/files/c.png">'
    )
    html = page(1, body=body).replace(b"</head>", b'<link rel="stylesheet" href="/s.css"></head>')
    return {
        "/": Answer(b'<a href="/fa/news/1">a</a><a href="/fa/news/2">b</a>'),
        "/fa/news/1": with_etag(html, "text/html; charset=utf-8"),
        "/fa/news/2": with_etag(html.replace(b">1<", b">2<"), "text/html; charset=utf-8"),
        "/s.css": with_etag(b"@font-face{src:url(f.woff)}" + b" " * 2000, "text/css"),
        "/f.woff": with_etag(b"font" * 500, "font/woff"),
        "/files/a.png": with_etag(b"\x89PNG" + b"a" * 2000, "image/png"),
        "/files/c.png": with_etag(b"\x89PNG" + b"a" * 2000, "image/png"),
    }


def records(crawled: Crawl) -> list[Record]:
    found = []
    for path in sorted((crawled.folder / "warc").glob("*.warc.gz")):
        for record in iter_records(path):
            assert not isinstance(record, Damage)
            if record.type in ("response", "revisit"):
                found.append(record)
    return found


def test_each_is_fetched_once_a_run_from_the_sites_own_hosts(tmp_path: Path) -> None:
    with PageServer(pages()) as server:
        first = crawl(server.base_url, tmp_path)
        assert first.code == 0, first.log
        asked = Counter(server.asked)
        for path in ("/s.css", "/f.woff", "/files/a.png", "/files/c.png", "/files/gone.png"):
            assert asked[path] == 1
        assert first.summary["counts"]["requisites"] == 5
        server.asked.clear()
        second = crawl(server.base_url, tmp_path)
        assert not [path for path in server.asked if path.startswith("/files")]
    assert second.code == 0
    assert "elsewhere.example" not in "".join(record.url or "" for record in records(first))


def test_what_is_held_is_asked_for_conditionally_and_kept_as_revisits(tmp_path: Path) -> None:
    with PageServer(pages()) as server:
        first = crawl(server.base_url, tmp_path)
        count = len(records(first))
        second = crawl(server.base_url, tmp_path, "-a", "recheck=all")
        assert second.code == 0, second.log
    assert second.summary["counts"]["not_modified"] == 2
    later = records(second)[count:]
    revisits = {r.url: r for r in later if (r.get("WARC-Profile") or "").endswith("not-modified")}
    paths = {(url or "").removeprefix(server.base_url) for url in revisits}
    assert paths == {"/fa/news/1", "/fa/news/2"}
    originals = {(r.url, r.date): r.payload_digest for r in records(first) if r.type == "response"}
    for revisit in revisits.values():
        held = revisit.get("WARC-Refers-To-Target-URI"), revisit.get("WARC-Refers-To-Date")
        assert revisit.payload_digest == originals[held]
    assert len(second.lines("articles.jsonl")) == 2
    assert len(second.lines("views.jsonl")) == 2


@pytest.mark.parametrize(("mode", "expected"), [("images", 3), ("none", 0)])
def test_less_is_fetched_where_less_is_asked_for(tmp_path: Path, mode: str, expected: int) -> None:
    with PageServer(pages()) as server:
        crawled = crawl(server.base_url, tmp_path, "-s", f"KHOTOOT_REQUISITES={mode}")
    assert crawled.code == 0
    assert crawled.summary["counts"].get("requisites", 0) == expected


def test_a_requisite_that_fails_stays_due(tmp_path: Path) -> None:
    broken: dict[str, Page] = {**pages(), "/files/a.png": Answer(b"", status=500)}
    with PageServer(broken) as server:
        first = crawl(server.base_url, tmp_path)
        assert first.code == 3
        server.pages["/files/a.png"] = pages()["/files/a.png"]
        server.asked.clear()
        assert crawl(server.base_url, tmp_path).code == 0
    assert "/files/a.png" in server.asked
    assert "/files/c.png" not in server.asked


def with_pictures(picture: Page, articles: int = 24) -> dict[str, Page]:
    """Return a site of two archive pages, and a picture of its own in each article."""
    served: dict[str, Page] = {"/": Answer(b"<html></html>")}
    for n in range(1, articles + 1):
        body = f'<p>متن خبر شماره {n}</p><img src="/files/{n}.png">'
        served[f"/fa/news/{n}"] = Answer(page(n, body=body))
        served[f"/files/{n}.png"] = picture
    for number, codes in ((1, range(articles, 20, -1)), (2, range(20, 0, -1))):
        listed = "".join(f'<a href="/fa/news/{n}">x</a>' for n in codes).encode()
        query = "service_id=-1&sec_id=-1&cat_id=-1&rpp=100"
        served[f"/fa/archive?{query}&p={number}"] = Answer(listed)
    return served


REFUSED = Answer(b"no hotlinks", status=403)


@pytest.mark.parametrize(
    "picture",
    [REFUSED, Answer(b"", status=500), Answer(b"", status=503), Answer(CHALLENGE)],
    ids=["403", "500", "503", "challenge"],
)
def test_pictures_that_fail_are_no_site_in_trouble(tmp_path: Path, picture: Answer) -> None:
    with PageServer(with_pictures(picture)) as server:
        ended = crawl(server.base_url, tmp_path, *IMPATIENT, "-s", "KHOTOOT_PATIENCE_PAUSE=60")
        assert ended.code == 3, ended.log
        assert len(ended.articles) == 24
        asked = {path for path in server.asked if path.startswith("/files")}
        assert 4 < len(asked) <= 24
        server.pages |= {path: Answer(b"\x89PNG" + path.encode()) for path in asked}
        server.pages |= {f"/files/{n}.png": Answer(b"\x89PNG") for n in range(1, 25)}
        ended = crawl(server.base_url, tmp_path, *IMPATIENT)
    assert ended.code == 0, ended.log
    assert ended.summary["counts"]["requisites"] == 24


def test_a_picture_that_asks_for_patience_is_given_it(tmp_path: Path) -> None:
    asked: list[float] = []

    def busy(_: Message) -> Answer:
        asked.append(time.monotonic())
        if len(asked) == 1:
            return Answer(status=429, headers={"Retry-After": "2"})
        return Answer(b"\x89PNG", content_type="image/png")

    with PageServer({**pages(), "/files/a.png": busy}) as server:
        assert crawl(server.base_url, tmp_path).code == 0
    assert asked[1] - asked[0] >= 1.9


@pytest.mark.parametrize("target", ["https://cdn.example.com/a.png", "/"])
def test_a_picture_that_lies_elsewhere_has_answered(tmp_path: Path, target: str) -> None:
    moved: dict[str, Page] = {**pages(), "/files/a.png": redirect(target)}
    with PageServer(moved) as server:
        first = crawl(server.base_url, tmp_path)
        assert first.code == 0, first.log
        assert server.asked.count("/") == 1
        server.asked.clear()
        assert crawl(server.base_url, tmp_path).code == 0
    assert "/files/a.png" not in server.asked
    [kept] = [r for r in records(first) if (r.url or "").endswith("/files/a.png")]
    assert kept.block.startswith(b"HTTP/1.1 302 ")


def redirect(target: str) -> Answer:
    return Answer(status=302, headers={"Location": target})


def test_a_requisite_too_long_is_archived_cut_and_not_asked_for_again(tmp_path: Path) -> None:
    film = Answer(b"\x89PNG" + b"a" * 200_000, content_type="image/png")
    long: dict[str, Page] = {**pages(), "/files/a.png": film}
    with PageServer(long) as server:
        first = crawl(server.base_url, tmp_path, "-s", "DOWNLOAD_MAXSIZE=100000")
        assert first.code == 3
        [failure] = first.summary["failures"]
        assert failure["url"].endswith("/files/a.png")
        server.asked.clear()
        assert crawl(server.base_url, tmp_path, "-s", "DOWNLOAD_MAXSIZE=100000").code == 0
    assert "/files/a.png" not in server.asked
    [cut] = [r for r in records(first) if (r.url or "").endswith("/files/a.png")]
    assert (cut.get("WARC-Truncated"), len(cut.payload)) == ("length", 100_000)


def test_style_sheets_that_import_each_other_without_end_do_end(tmp_path: Path) -> None:
    class Endless(PageServer):
        def find(self, path: str, headers: Message) -> Answer:
            if path.startswith("/css/"):
                number = int(path.removeprefix("/css/").removesuffix(".css"))
                return Answer(f'@import "{number + 1}.css";'.encode(), content_type="text/css")
            return super().find(path, headers)

    html = page(1).replace(b"</head>", b'<link rel="stylesheet" href="/css/0.css"></head>')
    with Endless(
        {"/": Answer(b'<a href="/fa/news/1">a</a>'), "/fa/news/1": Answer(html)}
    ) as server:
        ended = crawl(server.base_url, tmp_path)
    assert ended.code == 0, ended.log
    assert [path for path in server.asked if "css" in path] == [f"/css/{n}.css" for n in range(6)]


def test_a_file_under_another_address_on_each_page_is_fetched_some_times(tmp_path: Path) -> None:
    class Busy(PageServer):
        """Names its style sheet with the time of day; each picture is another."""

        def find(self, path: str, headers: Message) -> Answer:
            if path.startswith("/fa/news/"):
                code = int(path.removeprefix("/fa/news/"))
                head = f'<link rel="stylesheet" href="/s.css?v={time.time_ns()}"></head>'
                body = f'<p>متن خبر</p><img src="/picture.png?id={code}">'
                return Answer(page(code, body=body).replace(b"</head>", head.encode()))
            return super().find(path, headers)

    links = "".join(f'<a href="/fa/news/{n}">x</a>' for n in range(1, 31))
    sheet = Answer(b"p { color: red }", content_type="text/css")
    with Busy({"/": Answer(links.encode()), "/s.css": sheet, "/picture.png": Answer()}) as server:
        ended = crawl(server.base_url, tmp_path)
    assert ended.code == 0, ended.log
    asked = Counter(path.partition("?")[0] for path in server.asked)
    assert (asked["/s.css"], asked["/picture.png"]) == (20, 30)
    assert ended.summary["counts"]["passed_over_requisite"] == 10
