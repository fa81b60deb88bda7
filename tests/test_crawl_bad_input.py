"""Bad pages: each gives a counted, logged reason, never a traceback and never a guessed line."""

from __future__ import annotations

import gzip
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.crawling import Answer, Crawl, PageServer, crawl

CHALLENGE = b"""<!doctype html><html><head><title></title></head><body>
<script>window.AR_Key='__arcsrc'</script>
<script src="/cdn-cgi/assets/__arcsjs.js"></script></body></html>"""


def page(
    code: object,
    *,
    title: str | None = "خبر آزمایشی",
    date: str = "۲۹ مرداد ۱۴۰۲ - ۱۸:۳۹",
    body: str = "<p>متن این خبر برای آزمون نوشته شده است.</p>",
) -> bytes:
    """Return an article's page in the CMS's layout."""
    heading = "" if title is None else f'<h1 class="title">{title}</h1>'
    return f"""<!DOCTYPE html><html lang="fa"><head><meta charset="utf-8"></head><body>
    <div class="news_nav news_id_c"><span>کد خبر: </span>{code}</div>
    <div class="news_nav news_pdate_c">{date}</div><div class="news_hits">تعداد بازدید: ۱۲</div>
    {heading}<div class="subtitle">لید این خبر</div><div class="body">{body}</div>
    </body></html>""".encode()


IMPATIENT = ("-s", "KHOTOOT_PATIENCE_BACKOFF=0.001", "-s", "KHOTOOT_PATIENCE_PAUSE=1")
GOOD = 200
BAD: dict[int, Answer] = {
    101: Answer(b"<html><body><p>hello</p></body></html>"),
    102: Answer(page(102, title=None)),
    103: Answer(b""),
    104: Answer(bytes(range(256)) * 400),
    105: Answer(status=302, headers={"Location": "https://elsewhere.example/fa/news/105"}),
    106: Answer(status=301, headers={"Location": "/fa/news/106"}),
    107: Answer(b"<html>oops</html>", status=500),
    108: Answer(page(108), cut_at=200),
    109: Answer(status=302, headers={}),
    110: Answer(page(999)),
    111: Answer(b"x" * 3_000_000),
    112: Answer(page(112), status=403),
    113: Answer(b"\x1f\x8b\x08 no gzip", headers={"Content-Encoding": "gzip"}),
    115: Answer(gzip.compress(page(115))[:-30], headers={"Content-Encoding": "gzip"}),
    114: Answer(status=302, headers={"Location": "/fa/news/200"}),
}
ABSENT: dict[int, Answer] = {
    120: Answer(b"gone", status=404),
    121: Answer(b"gone", status=410),
    122: Answer('<div class="error_container">صفحه درخواستی شما موجود نمی باشد</div>'.encode()),
    123: Answer(status=302, headers={"Location": "/"}),
    124: Answer(status=301, headers={"Location": "/index.php?from=124"}),
    125: Answer(status=302, headers={"Location": "/fa/index"}),
    126: Answer(status=302, headers={"Location": "/fa/services/3/1"}),
    127: Answer(status=302, headers={"Location": "https://www.khootoot.ir/fa/tag/1/x"}),
}
KEPT: dict[int, Answer] = {
    GOOD: Answer(page(GOOD)),
    201: Answer(page(201, date="۳۱ مهر ۱۴۰۲ - ۱۸:۳۹")),
    202: Answer(page("نامعلوم")),
    203: Answer(page(203, body="", title="تنها عنوان", date="")),
    204: Answer(page(204, body="<p>" + "متن " * 500_000 + "</p>")),
}


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Crawl:
    answers = {**BAD, **ABSENT, **KEPT}
    links = "".join(f'<a href="/fa/news/{code}/نشانی">خبر</a>' for code in answers)
    pages = {f"/fa/news/{code}/%D9%86%D8%B4%D8%A7%D9%86%DB%8C": a for code, a in answers.items()}
    pages |= {"/fa/news/106": BAD[106]}
    lists = ("/", "/index.php", "/fa/index", "/fa/services/3/1", "/fa/tag/1/x")
    pages |= dict.fromkeys(lists, Answer(f"<html><body>{links}</body></html>".encode()))
    pages["/fa/rss/allnews"] = Answer(b"<rss><channel><item><link", content_type="text/xml")
    with PageServer(pages) as server:
        folder = tmp_path_factory.mktemp("bad") / "output"
        return crawl(server.base_url, folder, "-s", "DOWNLOAD_MAXSIZE=5000000", *IMPATIENT)


def test_the_crawl_goes_on_and_says_what_is_missing(crawled: Crawl) -> None:
    assert crawled.code == 3, crawled.log
    assert "Traceback" not in crawled.log
    assert set(crawled.articles) == {str(code) for code in KEPT}


def test_each_bad_page_is_counted_and_named_with_its_reason(crawled: Crawl) -> None:
    failures = crawled.summary["failures"]
    told = {int(f["news_code"]): f for f in failures if f["news_code"] is not None}
    assert set(told) == set(BAD)
    assert crawled.summary["counts"]["pages_failed"] == len(failures)
    for code, failure in told.items():
        assert f"/fa/news/{code}" in failure["url"]
        assert failure["reason"]
        assert f"/fa/news/{code}" in crawled.log
    assert told[102]["field"] == "title"
    assert told[110]["field"] == "news_code"
    assert "off the site" in told[105]["reason"]
    assert "to itself" in told[106]["reason"]
    assert "HTTP 500" in told[107]["reason"]
    assert "another article" in told[114]["reason"]
    assert "not gzip" in told[115]["reason"]


def test_an_absent_article_is_an_answer_and_no_failure(crawled: Crawl) -> None:
    assert crawled.summary["counts"]["missing"] == len(ABSENT)


def test_what_a_page_shows_but_nobody_can_read_is_null_and_named(crawled: Crawl) -> None:
    line = crawled.articles["201"]
    assert line["published_raw"] == "۳۱ مهر ۱۴۰۲ - ۱۸:۳۹"
    assert line["published_jalali"] is line["published_at"] is None
    [problem] = [p for p in crawled.summary["problems"] if p["news_code"] == "201"]
    assert problem["field"].startswith("published")


def test_half_a_page_is_what_it_says_and_nothing_more(crawled: Crawl) -> None:
    line = crawled.articles["203"]
    assert line["title"] == "تنها عنوان"
    assert line["body"] is line["published_at"] is line["published_raw"] is None
    assert crawled.articles["202"]["view_count"] == 12


def test_failed_pages_are_asked_for_again_by_the_next_run(tmp_path: Path) -> None:
    pages = {
        "/": Answer(b'<a href="/fa/news/1">a</a><a href="/fa/news/2">b</a>'),
        "/fa/news/1": Answer(b"", status=503),
        "/fa/news/2": Answer(page(2)),
    }
    with PageServer(pages) as server:
        assert crawl(server.base_url, tmp_path, *IMPATIENT).code == 3
        server.pages["/fa/news/1"] = Answer(page(1))
        server.asked.clear()
        second = crawl(server.base_url, tmp_path)
    assert second.code == 0
    assert set(second.articles) == {"1", "2"}
    assert [path for path in server.asked if "/fa/news/" in path] == ["/fa/news/1"]


@pytest.mark.parametrize(
    ("key", "note"), [("run", '{"run_hd": "1"}'), ("walk:khootoot.ir", '{"top": [[]], "page": 1}')]
)
def test_a_note_of_another_shape_is_damage_of_state_and_mended(
    tmp_path: Path, key: str, note: str
) -> None:
    pages = {"/": Answer(b'<a href="/fa/news/1">a</a>'), "/fa/news/1": Answer(page(1))}
    with PageServer(pages) as server:
        assert crawl(server.base_url, tmp_path).code == 0
        with closing(sqlite3.connect(tmp_path / "state.sqlite")) as db, db:
            db.execute("INSERT OR REPLACE INTO note VALUES (?, ?)", (key, note))
        met = crawl(server.base_url, tmp_path)
        assert (met.code, "Traceback" in met.log) == (5, False)
        mended = crawl(server.base_url, tmp_path)
    assert mended.code == 0, mended.log
    assert list(tmp_path.glob("state.sqlite.damaged-*"))
    assert set(mended.articles) == {"1"}


def test_a_bot_challenge_stops_the_crawl_and_everything_stays_due(tmp_path: Path) -> None:
    pages = {
        "/": Answer("".join(f'<a href="/fa/news/{n}">a</a>' for n in range(1, 40)).encode()),
        **{f"/fa/news/{n}": Answer(page(n)) for n in range(30, 40)},
        **{f"/fa/news/{n}": Answer(CHALLENGE) for n in range(1, 30)},
    }
    with PageServer(pages) as server:
        stopped = crawl(server.base_url, tmp_path, *IMPATIENT)
        assert stopped.code == 4, stopped.log
        assert set(stopped.articles) <= {str(n) for n in range(30, 40)}
        assert len([path for path in server.asked if "/fa/news/" in path]) < 20
        server.pages |= {f"/fa/news/{n}": Answer(page(n)) for n in range(1, 30)}
        assert crawl(server.base_url, tmp_path).code == 0
    assert len(stopped.articles) == 39


def test_robots_txt_is_obeyed(tmp_path: Path) -> None:
    pages = {
        "/robots.txt": Answer(b"User-agent: *\nDisallow: /fa/news/2\n", content_type="text/plain"),
        "/": Answer(b'<a href="/fa/news/1">a</a><a href="/fa/news/2">b</a>'),
        "/fa/news/1": Answer(page(1)),
        "/fa/news/2": Answer(page(2)),
    }
    with PageServer(pages) as server:
        ended = crawl(server.base_url, tmp_path)
    assert (ended.code, set(ended.articles)) == (0, {"1"})
    assert server.asked[0] == "/robots.txt"
    assert "/fa/news/2" not in server.asked
    assert ended.summary["counts"]["forbidden_by_robots"] == 1


def test_a_robots_txt_that_cannot_be_had_ends_the_crawl(tmp_path: Path) -> None:
    with PageServer({"/robots.txt": Answer(b"", status=500), "/": Answer(b"")}) as server:
        ended = crawl(server.base_url, tmp_path, *IMPATIENT)
    assert ended.code == 4, ended.log
    assert set(server.asked) == {"/robots.txt"}
