"""Every place that names an article is read, and none that has no end."""

from __future__ import annotations

import gzip
from email.message import Message
from pathlib import Path

import pytest

from khotoot_crawler.state import State
from khotoot_crawler.urls import short_path
from tests.crawling import Answer, Page, PageServer, crawl
from tests.test_crawl_bad_input import CHALLENGE, IMPATIENT, page

XML = "application/xml"


def feed(*codes: int) -> Answer:
    items = "".join(f"<item><link>\n/fa/news/{n}/x\n</link></item>" for n in codes)
    return Answer(f"<rss><channel>{items}</channel></rss>".encode(), content_type="text/xml")


def links(*hrefs: str) -> Answer:
    return Answer("".join(f'<a href="{href}">x</a>' for href in hrefs).encode())


def sitemap(*urls: str) -> bytes:
    entries = "".join(f"<url><loc>{url}</loc></url>" for url in urls)
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f'<urlset xmlns="{space}">{entries}</urlset>'.encode()


def site() -> dict[str, Page]:
    live = "https://khootoot.ir"
    body = (
        '<p>متن خبر</p><a href="/fa/news/11/x">y</a><a href="/fa/tags/5/1/a">t</a>'
        '<a href="/fa/tags/6/1/b">t</a>'
    )
    head = '<link rel="alternate" type="application/rss+xml" href="/fa/rss/8"></head>'
    others = (f"{live}/files/{number}.jpg" for number in range(2500))
    index = f"<sitemapindex><sitemap><loc>{live}/map2.xml.gz</loc></sitemap></sitemapindex>"
    pages: dict[str, Page] = {
        "/robots.txt": Answer(
            f"Sitemap: {live}/map1.xml\nSitemap: http://elsewhere.example/map.xml\n"
            "Sitemap: /map3.txt\n".encode()
        ),
        "/map1.xml": Answer(index.encode(), content_type=XML),
        "/map2.xml.gz": Answer(
            gzip.compress(sitemap(*others, f"{live}/fa/news/1/x")), content_type="application/gzip"
        ),
        "/map3.txt": Answer(f"{live}/fa/news/15/x\r\n\r\n".encode(), content_type="text/plain"),
        "/sitemap.xml": Answer(sitemap("http://www.khootoot.ir/fa/news/2/x?a=1"), content_type=XML),
        "/fa/rss": links("/fa/rss/allnews", "/fa/rss/7"),
        "/fa/rss/allnews": feed(3),
        "/fa/rss/7": feed(4),
        "/": links(
            "/fa/services/7", "/fa/news/10/x", "/fa/print/5", "/fa/amp/news/6", short_path("7"),
            "/fa/save/5", "/fa/login", "/fa/search?q=1", "/files/fa/news/1402/5/29/900.jpg",
            "http://elsewhere.example/fa/news/901", "/fa/news/13/amp", "/fa/news/14/login",
            "/fa/services/login", "/fa/services/%2e%2e/login", "/fa/tags/..%2f..%2flogin/1/x",
            "/fa/rss/search", "/fa/tags/1/1/comment", "//khootoot.ir:8443/fa/news/902",
            "http://khootoot.ir@elsewhere.example/fa/news/903", "javascript:go('/fa/news/904')",
        ),
        "/fa/services/7": links("/fa/ajax/services/7/1/2"),
        "/fa/ajax/services/7/1/2": links("/fa/news/8#comments"),
        "/fa/tags/5/1/a": links("/fa/news/9/x"),
        "/fa/archive": links("/fa/news/12"),
        "/fa/tags/6/1/b": Answer(status=302, headers={"Location": "/fa/news/16/x"}),
        "/fa/rss/8": feed(17),
    }  # fmt: skip
    for code in range(1, 18):
        pages[f"/fa/news/{code}/x"] = pages[f"/fa/news/{code}"] = Answer(page(code))
    pages["/fa/news/10/x"] = Answer(page(10, body=body).replace(b"</head>", head.encode()))
    return pages


def test_every_place_that_names_an_article_is_read(tmp_path: Path) -> None:
    with PageServer(site()) as server:
        ended = crawl(server.base_url, tmp_path)
        assert ended.code == 0, ended.log
        assert set(ended.articles) == {str(code) for code in range(1, 18)}
        codes = [path.split("/")[3] for path in server.asked if path.startswith("/fa/news/")]
        assert len(codes) == len(set(codes)) == 17
        for word in ("save", "login", "search", "comment", "files", "print", "amp", ":", ".."):
            assert not any(word in asked for asked in server.asked)
        server.asked.clear()
        again = crawl(server.base_url, tmp_path)
    assert again.code == 0
    assert not [path for path in server.asked if "services" in path or "tags" in path]


def test_a_section_or_tag_that_a_run_did_not_read_is_read_by_the_next(tmp_path: Path) -> None:
    """Though no page that is fetched again names it."""
    named = "".join(f'<a href="/fa/tags/{n}/1/x">t</a>' for n in range(1, 211))
    traps = "".join(f'<a href="/fa/services/1;jsessionid={n}">s</a>' for n in range(5))
    pages: dict[str, Page] = {f"/fa/tags/{n}/1/x": links("/") for n in range(1, 211)}
    pages["/"] = links("/fa/news/1")
    pages["/fa/news/1"] = Answer(page(1, body=f"<p>متن خبر</p>{named}{traps}"))
    pages["/fa/tags/5/1/x"] = Answer(b"", status=500)
    with PageServer(pages) as server:
        first = crawl(server.base_url, tmp_path, *IMPATIENT)
        assert first.code == 3, first.log
        assert first.summary["counts"]["passed_over_tags"] == 10
        asked = {path for path in server.asked if "/fa/tags/" in path}
        server.pages["/fa/tags/5/1/x"] = links("/fa/news/2")
        server.pages["/fa/news/2"] = Answer(page(2))
        server.asked.clear()
        second = crawl(server.base_url, tmp_path)
        assert second.code == 0, second.log
    assert set(second.articles) == {"1", "2"}
    now = {path for path in server.asked if "/fa/tags/" in path}
    assert now == ({f"/fa/tags/{n}/1/x" for n in range(1, 211)} - asked) | {"/fa/tags/5/1/x"}
    assert not any("jsessionid" in path for path in server.asked)


def test_listings_that_are_known_leave_room_for_new_ones(tmp_path: Path) -> None:
    state = State(tmp_path / "state.sqlite")
    added = [
        state.add_listing("khootoot.ir", f"/fa/tags/{n}", "tags", most=3) for n in (1, 2, 1, 3)
    ]
    assert all(added)
    assert not state.add_listing("khootoot.ir", "/fa/tags/4", "tags", most=3)
    assert state.add_listing("khootoot.ir", "/fa/tags/2", "tags", most=3)
    assert state.add_listing("khootoot.ir", "/fa/rss/2", "rss", most=3)
    state.close()


def test_calendars_tags_and_paths_without_end_are_bounded(tmp_path: Path) -> None:
    """Each tag page names two new ones, each section a deeper one, each archive page itself."""

    class Endless(PageServer):
        def find(self, path: str, headers: Message) -> Answer:
            if path.startswith("/fa/tags/"):
                number = int(path.split("/")[3])
                return links(f"/fa/tags/{2 * number}/1/x", f"/fa/tags/{2 * number + 1}/1/x")
            if path.startswith("/fa/services/"):
                return links(path + "/1", path + "?sid=1")
            return super().find(path, headers)

    pages: dict[str, Page] = {
        "/": links("/fa/tags/1/1/x", "/fa/services/1", "/fa/news/1"),
        "/fa/archive": links("/fa/news/1"),
        "/fa/news/1": Answer(page(1)),
    }
    with Endless(pages) as server:
        ended = crawl(server.base_url, tmp_path)
    assert ended.code == 0, ended.log
    assert set(ended.articles) == {"1"}
    assert sum("/fa/tags/" in path for path in server.asked) == 200
    assert sum("/fa/services/" in path for path in server.asked) == 4
    assert ended.summary["counts"]["passed_over_tags"] > 0


def test_a_window_is_filled_from_the_archive_alone(tmp_path: Path) -> None:
    with PageServer(site()) as server:
        ended = crawl(server.base_url, tmp_path, "-a", "since=1402-05-01", "-a", "until=1402-05-31")
    assert ended.code == 0, ended.log
    assert set(ended.articles) == {"12"}
    assert any("from_date=1402/05/01&to_date=1402/05/31" in path for path in server.asked)


DTD = b"<!DOCTYPE rss [<!ENTITY a 'b'><!ENTITY c '&a;&a;'>]>"
WARNING = b"<br />\n<b>Warning</b>: Undefined key in <b>/a.php</b> on line <b>3</b><br />\n"


@pytest.mark.parametrize(
    "body",
    [gzip.compress(feed(1).body), DTD + feed(1).body, WARNING + feed(1).body],
    ids=["gzip", "dtd", "warning"],
)
def test_a_feed_is_read_whatever_it_comes_in(tmp_path: Path, body: bytes) -> None:
    pages: dict[str, Page] = {
        "/fa/rss/allnews": Answer(body, content_type="application/x-gzip"),
        "/fa/news/1/x": Answer(page(1)),
    }
    with PageServer(pages) as server:
        ended = crawl(server.base_url, tmp_path)
    assert (ended.code, set(ended.articles)) == (0, {"1"}), ended.log


SOFT_404 = '<div class="error_container">صفحه درخواستی شما موجود نمی باشد</div>'
ABSENT: dict[str, Answer] = {
    "soft 404": Answer(SOFT_404.encode()),
    "home page": Answer(b"<!doctype html><html><body><a href='/fa/news/1/x'>a</a></body></html>"),
    "blank page": Answer(b"<!doctype html><html><body></body></html>"),
    "redirect": Answer(status=302, headers={"Location": "/"}),
    "elsewhere": Answer(status=302, headers={"Location": "https://feeds.example/x"}),
    "no content": Answer(status=204),
}


@pytest.mark.parametrize("absent", ABSENT.values(), ids=ABSENT)
def test_a_feed_or_sitemap_that_is_not_there_is_no_failure(tmp_path: Path, absent: Answer) -> None:
    pages: dict[str, Page] = {
        "/": links("/fa/news/1/x"),
        "/fa/news/1/x": Answer(page(1)),
        **dict.fromkeys(("/sitemap.xml", "/fa/rss", "/fa/rss/allnews"), absent),
    }
    with PageServer(pages) as server:
        ended = crawl(server.base_url, tmp_path)
        assert server.asked.count("/") == 1
    assert (ended.code, set(ended.articles)) == (0, {"1"}), ended.log
    told = "/sitemap.xml: a redirect off the site to https://feeds.example/x: nothing is asked"
    assert (told in ended.log) is (absent is ABSENT["elsewhere"])


@pytest.mark.parametrize("sitemap", [Answer(), Answer(b" \n"), Answer(b"no", status=403)])
def test_an_empty_or_refused_sitemap_names_nothing(tmp_path: Path, sitemap: Answer) -> None:
    with PageServer({"/": links("/"), "/sitemap.xml": sitemap}) as server:
        assert crawl(server.base_url, tmp_path).code == 0


FEED_AND_SITEMAP = ("/fa/rss/allnews", "/sitemap.xml")


@pytest.mark.parametrize(
    "rubbish",
    [b'{"items": []}', b"<b>Fatal error</b>: in <b>/a.php</b>", gzip.compress(b"no")],
    ids=["json", "fatal error", "gzip"],
)
def test_a_feed_and_a_sitemap_that_cannot_be_read_are_named(tmp_path: Path, rubbish: bytes) -> None:
    pages: dict[str, Page] = dict.fromkeys(FEED_AND_SITEMAP, Answer(rubbish))
    with PageServer({"/": links("/"), **pages}) as server:
        ended = crawl(server.base_url, tmp_path, *IMPATIENT)
    assert ended.code == 3
    named = [failure["url"] for failure in ended.summary["failures"]]
    assert sorted(named) == [server.base_url + path for path in FEED_AND_SITEMAP]


@pytest.mark.parametrize("path", FEED_AND_SITEMAP)
def test_a_challenge_in_place_of_a_feed_or_sitemap_ends_the_run(tmp_path: Path, path: str) -> None:
    with PageServer({"/": links("/"), path: Answer(CHALLENGE)}) as server:
        assert crawl(server.base_url, tmp_path, *IMPATIENT).code == 4
