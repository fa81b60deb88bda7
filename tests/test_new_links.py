"""What is passed over among the links of articles' pages, and what never may be."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from khotoot_crawler.parsers.listing import page_links
from khotoot_crawler.parsers.page import Page, read_page
from khotoot_crawler.spiders import new_links
from khotoot_crawler.spiders.discovery import _SIDE_LISTING
from khotoot_crawler.spiders.new_links import NewLinks
from khotoot_crawler.urls import Site

SITE = Site("khootoot.ir", "http://127.0.0.1:8000")
_PARTS = st.sampled_from(
    [
        *("http://127.0.0.1:8000", "https://www.khootoot.ir", "https://t.me", "/", "//", "/fa"),
        *("/news/", "/amp", "/print/", "/services/", "/tag/1/", "/tags", "/rss", "/ajax", "fa/"),
        *("5", "77", "۵", "%D8%A7", "/0008kA", "slug", "?p=1", "#x", "..", " ", "\n", "\\"),
        *("ne", "ws/"),
    ]
)
_HREFS = st.lists(_PARTS, min_size=1, max_size=6).map("".join)


def page_of(*hrefs: str, path: str = "/fa/news/9/x") -> Page:
    links = "".join(f'<a href="{href}">x</a>' for href in hrefs)
    return read_page(links.encode(), SITE.base_url + path)


@given(st.lists(_HREFS, max_size=8), st.sampled_from(["/fa/news/9/x", "/fa/news/9", "/fa/"]))
def test_nothing_that_names_news_or_a_listing_is_passed_over(hrefs: list[str], path: str) -> None:
    page = page_of(*hrefs, path=path)
    links = NewLinks()
    links.tell([77])
    kept = set(links.on(page, 9))
    for link in set(page_links(page)) - kept:
        assert SITE.news_code(link) in (None, "77", "9")
        assert not _SIDE_LISTING.fullmatch(re.sub(r"[?#].*", "", SITE.path_of(link) or ""))


def test_what_was_told_is_passed_over_until_it_is_forgotten() -> None:
    links = NewLinks()
    menu = ("/fa/services/1", "/fa/print/9", "https://t.me/x", "/fa/contact")
    first = links.on(page_of(*menu, "/fa/news/5/x"), 9)
    assert [*first] == [SITE.base_url + "/fa/services/1", SITE.base_url + "/fa/news/5/x"]
    assert links.untold({5: "/fa/news/5/x", 9: None}) == {5: "/fa/news/5/x"}
    assert [*links.on(page_of(*menu, "/fa/news/5/y"), 9)] == []
    links.forget()
    assert [*links.on(page_of(*menu, "/fa/news/5/y"), 9)] == [
        SITE.base_url + "/fa/services/1",
        SITE.base_url + "/fa/news/5/y",
    ]


def test_no_more_is_remembered_than_is_good() -> None:
    links = NewLinks()
    links.tell(range(2 * new_links._MOST))
    links.tell([1])
    assert links.untold({1: None, 2: None}) == {2: None}
