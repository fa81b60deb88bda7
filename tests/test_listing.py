from __future__ import annotations

from pathlib import Path

import pytest

from khotoot_crawler.parsers.listing import absolute_links, fresh_hrefs, page_links
from khotoot_crawler.parsers.page import read_page
from khotoot_crawler.parsers.page_kind import PageKind, page_kind
from khotoot_crawler.urls import Site

URL = "https://khootoot.ir/fa/archive?p=1"
SITE = Site("khootoot.ir", "https://khootoot.ir")
HOME = Path(__file__).parents[2] / "shared" / "pages" / "irinn" / "home-20170524.html"


def links(body: str, head: str = "", url: str = URL) -> list[str]:
    page = f"<html><head>{head}</head><body>{body}</body></html>"
    return list(page_links(read_page(page.encode(), url, "text/html; charset=utf-8")))


def test_links_in_page_order_each_once() -> None:
    assert links(
        '<a href="/fa/news/2">ب</a><map><area href="/fa/news/1"></map>'
        '<a class="visible-xs" href="https://khootoot.ir/fa/news/2#comments">ب</a>'
        '<div><A HREF=/fa/news/3>پ</A></div><a>ت</a><link href="/a.css"><img src="/b.png">'
        '<a href="http://www.khootoot.ir/fa/news/3">ث</a>'
    ) == [
        "https://khootoot.ir/fa/news/2",
        "https://khootoot.ir/fa/news/1",
        "https://khootoot.ir/fa/news/3",
        "http://www.khootoot.ir/fa/news/3",
    ]


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("?p=2", "https://khootoot.ir/fa/archive?p=2"),
        ("services/3", "https://khootoot.ir/fa/services/3"),
        ("//www.khootoot.ir/0008kA", "https://www.khootoot.ir/0008kA"),
        ("\n\t /fa/news/\n5 \n", "https://khootoot.ir/fa/news/5"),
        (
            "/fa/news/5/دو\u200cتا",
            "https://khootoot.ir/fa/news/5/%D8%AF%D9%88%E2%80%8C%D8%AA%D8%A7",
        ),
        ("/fa/news/5/a&zwnj;b", "https://khootoot.ir/fa/news/5/a%E2%80%8Cb"),
        ("/fa/news/5/a&zwnj", "https://khootoot.ir/fa/news/5/a%E2%80%8C"),
        ("/fa/news/5/a%E2%80%8Cb", "https://khootoot.ir/fa/news/5/a%E2%80%8Cb"),
        ("/fa/archive?a=1&amp;b=2&c=3", "https://khootoot.ir/fa/archive?a=1&b=2&c=3"),
        ("\\fa\\news\\5", "https://khootoot.ir/fa/news/5"),
    ],
)
def test_hrefs_as_sites_write_them(href: str, url: str) -> None:
    assert links(f'<a href="{href}">x</a>') == [url]


@pytest.mark.parametrize(
    "href",
    [
        "",
        "  ",
        "#",
        " #top",
        "javascript:void(0)",
        "JAVASCRIPT:go('/fa/news/5')",
        "mailto:info@khootoot.ir",
        "http://[::1",
        "https://khootoot.ir:port/",
        "http:///",
        "x" * 10_000,
    ],
)
def test_what_is_no_link_does_not_stop_the_others(href: str) -> None:
    assert links(f'<a href="{href}">x</a><a href="/fa/news/5">y</a>') == [
        "https://khootoot.ir/fa/news/5"
    ]


@pytest.mark.parametrize("base", ["https://khootoot.ir/fa/", "/fa/", "//khootoot.ir/fa/x"])
def test_base_href(base: str) -> None:
    assert links(
        '<a href="news/5">x</a><a href="/0008kA">x</a>', f'<base href="{base}">', URL + "/deep/er"
    ) == ["https://khootoot.ir/fa/news/5", "https://khootoot.ir/0008kA"]


def test_windows_1256() -> None:
    page = '<meta charset="windows-1256"><a href="/fa/tag/1/تعاون">تعاون</a>'
    assert list(page_links(read_page(page.encode("windows-1256"), URL))) == [
        "https://khootoot.ir/fa/tag/1/%D8%AA%D8%B9%D8%A7%D9%88%D9%86"
    ]


def test_pages_without_links() -> None:
    for body in (b"", b"\0", b"plain text", b"<a", b"<html>"):
        assert list(page_links(read_page(body, URL))) == []


def test_ten_thousand_links() -> None:
    found = links("".join(f'<a href="/fa/news/{code}/اسلاگ">x</a>' for code in range(1, 10_001)))
    assert [SITE.news_code(link) for link in found] == [str(code) for code in range(1, 10_001)]


def test_real_home_page() -> None:
    if not HOME.is_file():
        pytest.skip("the real pages in ../shared are not here")
    irinn = Site("irinn.ir", "http://www.irinn.ir")
    page = read_page(HOME.read_bytes(), "http://www.irinn.ir/")
    codes = {irinn.news_code(link) for link in page_links(page)} - {None}
    assert len(codes) == 99
    assert not any(code and code.startswith("139") and len(code) == 4 for code in codes)


def test_links_of_menus_are_told_once() -> None:
    seen: set[int] = set()
    menu = '<a href="/fa/services/2">ب</a><a href="https://t.me/x">پ</a>'
    first = read_page(f'{menu}<a href="x">الف</a>'.encode(), "https://khootoot.ir/fa/1")
    assert fresh_hrefs(first, seen) == ["/fa/services/2", "https://t.me/x", "x"]
    second = read_page(f'{menu}<a href="x">الف</a><a>ت</a>'.encode(), "https://khootoot.ir/en/1")
    assert list(absolute_links(second, fresh_hrefs(second, seen))) == ["https://khootoot.ir/en/x"]
    elsewhere = read_page(f'<base href="https://www.khootoot.ir/">{menu}'.encode(), second.url)
    assert fresh_hrefs(elsewhere, seen) == ["/fa/services/2", "https://t.me/x"]


def test_a_listing_of_ten_thousand_rows_keeps_its_links() -> None:
    row = '<div><h3><a href="/fa/news/{}/x">خبر</a><span>ساعت</span></h3></div>'
    page = read_page("".join(row.format(n) for n in range(1, 10_001)).encode(), URL)
    assert page.is_crowded
    assert page_kind(page) is PageKind.LISTING
    assert len(list(page_links(page))) == 10_000
