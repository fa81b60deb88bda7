"""Hostile pages: never an exception outside errors.py, never more than 2 s or 500 MB a page."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from khotoot_crawler.errors import KhotootError
from khotoot_crawler.parsers.article import read_article
from khotoot_crawler.parsers.listing import page_links
from khotoot_crawler.parsers.page import read_page
from khotoot_crawler.parsers.page_kind import page_kind
from khotoot_crawler.parsers.requisites import css_requisites, page_requisites
from tests.article_html import URL, article_html

SEEDS = [file.read_bytes() for file in sorted(Path(__file__).parent.glob("pages/*/*/page.html"))]
LONGER = int(os.environ.get("KHOTOOT_FUZZ", "1"))  # make fuzz: that many times as long
SECONDS = 2
MEGABYTES = 500

# What pages break with, and a few things that break parsers.
SCRAPS = st.sampled_from(
    [
        *(
            f"<{tag}>".encode()
            for tag in ("div", "/div", "p", "table><tr><td", "br", "form", "svg")
        ),
        *(
            f"<{tag}>".encode()
            for tag in ("script", "/script", "style", "title", "![CDATA[", "?xml")
        ),
        *(b'<div class="%b">' % name for name in (b"body", b"comments", b"row-tags", b"rutitr")),
        *(b'<div class="%b">' % name for name in (b"news_pdate_c", b"news_hits", b"album_listi")),
        b'<div style="direction: rtl;">',
        b"<h1 class=title>",
        b"<a",
        b'<a href="/fa/news/1/x">',
        b"<base href='http://[::1'>",
        b"<img src='http://[x'>",
        b'<script type="application/ld+json">[{"@type":',
        b'<meta property="og:url" content="//[">',
        *(b"<!--", b"]]>", b'"', b"'", b">", b"\0", b"\xff", b"\xd9"),
        *(b"&#1777", b"&zwnj", b"&#x110000;", b"&#xD800;"),
        *("۳۱ مهر ۱۴۰۲ - ۹۹:۹۹".encode(), ("کد خبر: " + "۹" * 20).encode(), "برچسب ها:".encode()),
        *("منبع: ".encode(), b"/" * 50, "\u200f\u200c".encode(), "ي".encode("cp1256")),
    ]
)
URLS = st.sampled_from(
    [URL, "https://khootoot.ir/", "http://127.0.0.1:8000/0008kA", "http://[::1", "x", "", "//["]
)
CONTENT_TYPES = st.sampled_from(
    [None, "text/html; charset=utf-8", "text/html; charset=windows-1256", "charset=rot13", ";;"]
)


def read_all(body: bytes, url: str, content_type: str | None = None) -> None:
    """Do all that the parsers do with a page; their own errors are an answer."""
    with contextlib.suppress(KhotootError):
        page = read_page(body, url, content_type)
        page_kind(page)
        list(page_links(page))
        page_requisites(page)
        article = read_article(page, "khootoot.ir").article
        assert article.title
        assert article.body != ""
        assert "\n\n" not in (article.body or "")


@st.composite
def mutated_pages(draw: st.DrawFn) -> bytes:
    page = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(1, 8))):
        start = draw(st.integers(0, len(page)))
        end = start + draw(st.integers(0, 400))
        page = page[:start] + draw(SCRAPS | st.binary(max_size=20)) + page[end:]
    return page


@settings(max_examples=200 * LONGER, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated_pages(), URLS, CONTENT_TYPES)
def test_mutated_pages(body: bytes, url: str, content_type: str | None) -> None:
    read_all(body, url, content_type)


@settings(max_examples=120 * LONGER, deadline=None)
@given(st.binary(max_size=3000), URLS, CONTENT_TYPES)
def test_random_bytes(body: bytes, url: str, content_type: str | None) -> None:
    read_all(body, url, content_type)


@settings(max_examples=120 * LONGER, deadline=None)
@given(st.lists(SCRAPS, max_size=60).map(b"".join), URLS)
def test_random_tags(body: bytes, url: str) -> None:
    read_all(article_html(body=body.decode(errors="replace")).encode() + body, url)


def filled(piece: str, size: int = 8_000_000) -> str:
    return piece * (size // len(piece.encode()))


BOMBS: dict[str, Callable[[], str]] = {
    "nested div": lambda: "<div>" * 100_000,
    "nested div closed": lambda: "<div>" * 20_000 + "x" + "</div>" * 20_000,
    "nested inline": lambda: "<b><i>" * 50_000 + "x",
    "nested links": lambda: '<a href="/fa/news/33614">' * 49_000,
    "nested forms": lambda: "<form><div>" * 120 + '<i class="x"></i>' * 40_000,
    "nested tables": lambda: "<table><tr><td>" * 16_000,
    "nested bodies": lambda: '<div class="body">' * 49_000,
    "nested boxes": lambda: '<div style="direction: rtl;">' * 49_000 + "متن",
    "50 MB of text": lambda: filled("متن خبر ", 50_000_000),
    "8 MB of text": lambda: filled("متن خبر "),
    "8 MB of space": lambda: filled(" "),
    "8 MB of zwnj": lambda: filled("&zwnj "),
    "many paragraphs": lambda: "<p>متن</p>" * 24_000,
    "many rows": lambda: "<table>" + "<tr><td>a<td>b" * 16_000,
    "many pictures": lambda: '<img src="/a.jpg">' * 49_000,
    "many headlines": lambda: "<div><h2>a</h2><a class='tags_item'>b</a>" * 9_000,
    "many dates": lambda: '<div class="news_pdate_c">م</div>' * 24_000,
    "many classes": lambda: "".join(f'<p class="comm{n} side-x{n}">x' for n in range(49_000)),
    "many attributes": lambda: "<p " + " ".join(f'a{n}="1"' for n in range(500_000)) + ">",
    "attributes everywhere": lambda: ("<p " + " ".join(f"a{n}" for n in range(250)) + ">") * 6_000,
    "one long srcset": lambda: f'<img src="/a.jpg" srcset="{filled("a")} b">',
    "a style of open addresses": lambda: f"<style>{filled('url(')}</style>",
    "one long class": lambda: f'<p class="{filled("news_id_c ")}">',
    "one long style": lambda: f'<p style="{filled("display :")}">',
    "open tags": lambda: "<a" * 49_000,
    "comments": lambda: "<!-- x -->" * 49_000,
    "slashes": lambda: filled("/"),
    "labels": lambda: filled("کد خبر تاریخ انتشار بازدید "),
    "rows of columns": lambda: (
        '<div class="row">' + '<div class="col-md-4"><b>برچسب ها:</b></div>' * 12_000
    ),
    "toolbars beside a form": lambda: (
        '<div class="news_id_c">33614</div><form></form>'
        + '<div class="news_pdate_c"><h3>ا</h3></div>' * 10_000
    ),
    "spaced boxes": lambda: "<div> " * 200 + "<p><b>x</b> " * 15_000,
    "rows of links and a script": lambda: (
        '<p><a href="/x">الف</a> <a href="/y">ب</a></p>' * 8_000
        + f"</div><script>{'x' * 1_000_000}</script>"
    ),
    "bold in nested headings": lambda: (
        "<div>" * 200 + "<b></b>" * 23_000 + "چاپ</div>" * 200 + "متن"
    ),
    "a box of nested blocks": lambda: (
        "<h3>مطالب مرتبط</h3>"
        + "<div>" * 200
        + '<a href="/fa/news/33701/x">خبر</a>'
        + "<p>متن خبر درباره آرد و نان که چند واژه دارد.</p>" * 20_000
        + "</div><i></i>" * 200
    ),
    "a long link in nested blocks": lambda: (
        "<h3>مطالب مرتبط</h3>"
        + "<div>" * 200
        + '<a href="/fa/news/33701/x">'
        + "<b>متن</b>" * 20_000
        + "</a></div><i></i>" * 200
    ),
    "a link late in nested blocks": lambda: (
        '<div class="x"><i></i>' * 200
        + "<i>متن</i>" * 20_000
        + '<h3><a href="/fa/news/33701/x">خبر</a></h3>'
        + "</div><i></i>" * 200
    ),
    "text in nested titles": lambda: '<div class="title">' * 240 + filled("ا ب ", 900_000),
    "text in nested times": lambda: "<time>" * 240 + filled("ا ب ", 900_000),
    "breaks in nested titles": lambda: '<div class="title">' * 240 + "<br>" * 40_000,
    "links in nested dates": lambda: (
        '<div class="news_pdate_c">' * 240 + '<a href="/fa/news/33701/x">خبر</a>' * 15_000
    ),
    "short words in nested boxes": lambda: "<div>" * 240 + filled("ا ب "),
    "beginnings of tags in tags": lambda: ("<a " * 255 + ">") * 1_500,
    "long classes": lambda: "".join(f'<div class="{"_" * 490}{n}">x</div>' for n in range(14_000)),
    "long classes of footers": lambda: "".join(
        f'<blockquote><footer class="{"a" * 490}{n}">x</footer></blockquote>' for n in range(1_900)
    ),
    "one long class of a picture": lambda: f'<p class="{"_" * 300_000}"><img src="/a.jpg">',
    "a picture's address of endings": lambda: (
        f'<div class="album_listi"><a href="{".jpg?" * 60_000}\nx"><img src="/a.jpg"></a></div>'
    ),
    "a film's address of endings": lambda: f'متن <a href="/x{".mp4?" * 60_000}\nx">خبر</a> است',
    "an address of tags": lambda: f'متن <a href="?{"tag" * 100_000}">خبر</a> است',
    "an address of many parts": lambda: f'متن <a href="http://{filled("a.")}">خبر</a> است',
    "deep JSON": lambda: '<script type="application/ld+json">' + "[" * 3_000_000,
}
READ_ALL = """
import resource, time
from tests.test_fuzz import BOMBS, URL, article_html, read_all
for name, bomb in BOMBS.items():
    body = article_html(body='<div class="body">' + bomb()).encode()
    start = time.process_time()
    read_all(body, URL)
    seconds = time.process_time() - start
    print(name, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, sep="\\t")
"""


def test_bombs() -> None:
    """Read all of them in a process of their own, for the peak of memory is a process's."""
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", READ_ALL], cwd=root, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert [name for name, *_ in rows] == list(BOMBS)
    assert [row for row in rows if float(row[1]) > SECONDS] == []
    assert int(rows[-1][2]) < MEGABYTES


@pytest.mark.parametrize(
    "piece", ["url(", "url(a", "url( ", 'url("', "@import ", "@import '", "a,"]
)
def test_style_sheets_of_one_piece(piece: str) -> None:
    start = time.process_time()
    css_requisites(filled(piece), URL)
    assert time.process_time() - start < SECONDS


@pytest.mark.parametrize("name", ["nested div", "50 MB of text", "many attributes", "comments"])
def test_bombs_outside_an_article(name: str) -> None:
    start = time.process_time()
    read_all(BOMBS[name]().encode(), URL)
    assert time.process_time() - start < SECONDS
