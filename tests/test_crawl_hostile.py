"""Answers that once hung a crawl, or had it believe what was not so."""

from __future__ import annotations

from email.message import Message
from pathlib import Path

from tests.crawling import Answer, Page, PageServer, crawl
from tests.test_crawl_bad_input import IMPATIENT, page

LINKS = "".join(f'<a href="/fa/news/{n}">x</a>' for n in range(1, 41)).encode()


def test_half_a_surrogate_pair_in_metadata_hangs_nothing(tmp_path: Path) -> None:
    crumb = r'{"@type":"BreadcrumbList","itemListElement":[{"name":"\ud83d"}]}'
    script = f'<script type="application/ld+json">{crumb}</script></head>'
    pages: dict[str, Page] = {f"/fa/news/{n}": Answer(page(n)) for n in (1, 2, 3)}
    pages["/fa/news/2"] = Answer(page(2).replace(b"</head>", script.encode()))
    pages["/"] = Answer(b"".join(b'<a href="/fa/news/%d">x</a>' % n for n in (1, 2, 3)))
    with PageServer(pages) as server:
        ended = crawl(server.base_url, tmp_path)
    assert ended.code == 0, ended.log
    assert set(ended.articles) == {"1", "2", "3"}


def test_a_site_that_refuses_everything_is_left_alone(tmp_path: Path) -> None:
    with PageServer({"/": Answer(LINKS)}) as server:
        pages: dict[str, Page] = {f"/fa/news/{n}": Answer(b"no", status=403) for n in range(1, 41)}
        server.pages |= pages
        served = [True]

        def home(_: Message) -> Answer:
            return Answer(LINKS) if served and served.pop() else Answer(b"no", status=403)

        server.pages["/"] = home
        ended = crawl(server.base_url, tmp_path, *IMPATIENT)
    assert ended.code == 4, ended.log
    assert sum("/fa/news/" in path for path in server.asked) < 20


def test_a_304_that_nobody_asked_for_archives_nothing(tmp_path: Path) -> None:
    pages: dict[str, Page] = {
        "/": Answer(b'<a href="/fa/news/1">x</a>'),
        "/fa/news/1": Answer(status=304),
    }
    with PageServer(pages) as server:
        assert crawl(server.base_url, tmp_path).code == 3
        server.pages["/fa/news/1"] = Answer(page(1))
        ended = crawl(server.base_url, tmp_path)
    assert (ended.code, set(ended.articles)) == (0, {"1"})


def test_a_broken_page_amid_the_archive_is_no_end(tmp_path: Path) -> None:
    class Archive(PageServer):
        broken = True

        def find(self, path: str, headers: Message) -> Answer:
            if not path.startswith("/fa/archive"):
                return super().find(path, headers)
            number = int(path.rpartition("p=")[2])
            if number == 2 and self.broken:
                return Answer(b"Error establishing a database connection")
            codes = range(number * 10, number * 10 + 10) if number <= 4 else ()
            return Answer("".join(f'<a href="/fa/news/{n}">x</a>' for n in codes).encode())

    pages: dict[str, Page] = {f"/fa/news/{n}": Answer(page(n)) for n in range(10, 50)}
    with Archive(pages) as server:
        assert len(crawl(server.base_url, tmp_path).articles) == 30
        server.broken = False
        ended = crawl(server.base_url, tmp_path)
    assert ended.code == 0, ended.log
    assert len(ended.articles) == 40


def test_a_site_that_names_its_articles_in_a_sitemap_alone_is_this_site(tmp_path: Path) -> None:
    named = b"<url><loc>https://khootoot.ir/fa/news/1</loc></url>"
    sitemap = Answer(b"<urlset>" + named + b"</urlset>", content_type="text/xml")
    pages: dict[str, Page] = {"/sitemap.xml": sitemap, "/fa/news/1": Answer(page(1))}
    with PageServer(pages) as server:
        assert set(crawl(server.base_url, tmp_path).articles) == {"1"}
        again = crawl(server.base_url, tmp_path)
    assert again.code == 0, again.log
    assert again.summary["counts"]["named"] == 1
    assert "still this site" not in again.log
