"""Only what the archive lists for the days asked for is fetched."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from khotoot_crawler.parsers.page import read_page
from khotoot_crawler.spiders.window import Window
from khotoot_crawler.urls import Site
from tests.crawling import Answer, Page, PageServer, crawl
from tests.test_crawl_bad_input import page

SITE = Site("khootoot.ir", "http://127.0.0.1:8000")
MORDAD = Window(date(2023, 7, 23), date(2023, 8, 22))
IN, OUT = "۲۹ مرداد ۱۴۰۲", "۱ شهریور ۱۴۰۲"


def left_out(body: str) -> set[int]:
    html = f"<html><body>{body}</body></html>".encode()
    return MORDAD.left_out(read_page(html, "http://127.0.0.1:8000/fa/archive"), SITE)


def row(code: int, day: str, form: str = '<div>{} <span class="d">{}</span></div>') -> str:
    return form.format(f'<a href="/fa/news/{code}/x">خبر {code}</a>', day)


@pytest.mark.parametrize(
    "form",
    [
        '<div class="linear_news">{} <span>{}</span></div>',
        "<li>{}<br>{}</li>",
        "<tr><td>{}</td><td>تاریخ انتشار: {} - ۱۸:۳۹</td></tr>",
        "<div><div><h3>{}</h3><p>لید</p></div><div><b>سه‌شنبه {} ساعت ۱۸:۳۹</b></div></div>",
        '<div><a href="/fa/news/{{}}"><img></a><div><time>({})</time></div></div>',
    ],
)
def test_the_day_beside_a_headline_decides(form: str) -> None:
    rows = [(1, IN), (2, OUT), (3, IN), (4, "۳۱ تیر ۱۴۰۲")]
    if "{{}}" in form:
        body = "".join(form.format(day).replace("{}", str(code)) for code, day in rows)
    else:
        body = "".join(row(code, day, form) for code, day in rows)
    body = f"<table>{body}</table>" if "<tr>" in form else body
    assert left_out(body) == {2, 4}


@pytest.mark.parametrize(
    "frame",
    ["<aside>{}</aside>", "<footer>{}</footer>", '<div class="col side_box"><ul>{}</ul></div>',
     '<div id="nav"><div>{}</div></div>', '<div class="main-footer">{}</div>'],
)  # fmt: skip
def test_what_stands_beside_the_list_is_left_out(frame: str) -> None:
    bare = "<p>{}</p>{}"
    aside = frame.format(row(7, "", bare) + row(8, IN) + row(1, "", bare))
    assert left_out(row(1, "", bare) + row(2, "", bare) + aside) == {7}


@pytest.mark.parametrize(
    "around",
    ['<div class="page has-footer">{}</div>', '<form method="get"><ul>{}</ul></form>',
     '<div class="nav_news">{}</div>'],
)  # fmt: skip
def test_names_around_the_whole_list_leave_nothing_out(around: str) -> None:
    rows = "".join(row(code, "", "<p>{}</p>{}") for code in (1, 2))
    assert left_out(around.format(rows)) == set()
    html = f'<html><body class="rtl nav-fixed sidebar-right">{rows}</body></html>'.encode()
    assert MORDAD.left_out(read_page(html, "http://127.0.0.1:8000/fa/archive"), SITE) == set()


@pytest.mark.parametrize("head", ['<div class="top">{}</div>', '<header id="hd">{}</header>'])
def test_the_day_in_the_head_of_the_site_is_not_that_of_the_only_article(head: str) -> None:
    today = head.format(f'<span class="fa_date">{OUT}</span>')
    assert left_out(f'<div id="wrap">{today}<ul>{row(1, "")}</ul></div>') == set()


def test_a_day_that_is_not_told_or_not_clear_leaves_an_article_in() -> None:
    assert left_out(row(1, "") + row(2, f"{IN} {OUT}") + row(3, "۴۵ مرداد ۱۴۰۲")) == set()
    assert left_out(f"<p>{OUT}</p>" + row(1, "") + row(2, "")) == set()
    headline = f'<p><a href="/fa/news/1">گزارش نشست {OUT} در تهران</a></p>'
    assert left_out(headline + row(2, "")) == set()


def test_ten_thousand_links_are_looked_at_in_no_time() -> None:
    assert (
        len(left_out("".join(row(code, OUT, "<p>{} {}</p>") for code in range(1, 10_001))))
        == 10_000
    )


def test_what_leaks_is_not_asked_for_and_what_is_fetched_all_the_same_is_counted(
    tmp_path: Path,
) -> None:
    listed = row(1, IN) + row(2, OUT) + "<p><a href='/fa/news/3'>x</a></p>"
    aside = '<aside><a href="/fa/news/4">x</a></aside>'
    pages: dict[str, Page] = {f"/fa/news/{n}/x": Answer(page(n)) for n in (1, 2)}
    pages["/fa/news/3"] = Answer(page(3, date="۵ شهریور ۱۴۰۲ - ۱۰:۰۰"))
    pages["/fa/archive"] = Answer((listed + aside).encode())
    with PageServer(pages) as server:
        ended = crawl(server.base_url, tmp_path, "-a", "since=1402-05-01", "-a", "until=1402-05-31")
    assert ended.code == 0, ended.log
    assert set(ended.articles) == {"1", "3"}
    assert not {"/fa/news/2/x", "/fa/news/4"} & set(server.asked)
    counts = ended.summary["counts"]
    assert (counts["outside_the_window"], counts["archived_outside_the_window"]) == (2, 1)
    assert "of another day, ۵ شهریور ۱۴۰۲" in ended.log
