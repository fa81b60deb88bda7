"""A site in trouble: what it asks for is given, and it is left alone before it is hurt."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from email.message import Message
from email.utils import formatdate
from itertools import pairwise
from pathlib import Path

import pytest
from scrapy.http import Headers

from khotoot_crawler.retry_after import retry_after
from tests.crawling import Answer, Page, PageServer, crawl
from tests.test_crawl_bad_input import CHALLENGE, IMPATIENT, page

LINKS = Answer("".join(f'<a href="/fa/news/{n}">x</a>' for n in range(1, 31)).encode())


def articles() -> dict[str, Page]:
    return {"/": LINKS, **{f"/fa/news/{n}": Answer(page(n)) for n in range(1, 31)}}


def first(count: int, bad: Answer, then: Page) -> Callable[[Message], Answer]:
    """Answer badly so many times, then well."""
    left = [count]

    def answer(headers: Message) -> Answer:
        left[0] -= 1
        if left[0] >= 0:
            return bad
        return then if isinstance(then, Answer) else then(headers)

    return answer


class Clock(PageServer):
    """Notes when each request came."""

    def __init__(self, pages: dict[str, Page]) -> None:
        super().__init__(pages)
        self.times: list[float] = []

    def find(self, path: str, headers: Message) -> Answer:
        self.times.append(time.monotonic())
        return super().find(path, headers)


def test_retry_after_in_seconds_and_as_a_date() -> None:
    def told(value: str) -> float | None:
        return retry_after(Headers({"Retry-After": value}))

    assert told(" 120 ") == 120
    date = told(formatdate(time.time() + 60, usegmt=True))
    assert date is not None
    assert 55 < date <= 60
    for past in ("0", "Wed, 01 Jan 2020 00:00:00 GMT", "Wednesday, 01-Jan-20 00:00:00 GMT"):
        assert told(past) == 0
    later = told("Fri, 31 Dec 9999 23:59:59 GMT")
    assert later is not None
    assert later > 10**10
    for nonsense in (
        "soon",
        "-5",
        "1.5",
        "",
        "Mon, 99 Foo 2020",
        "Sat, 01 Jan 0001 00:00:00 +2359",
    ):
        assert told(nonsense) in (None, 0)
    assert retry_after(Headers()) is None


def test_a_date_to_come_back_at_is_read_by_the_servers_own_clock() -> None:
    headers = {"Date": "Sun Nov  6 08:49:37 1994", "Retry-After": "Sun, 06 Nov 1994 08:50:07 GMT"}
    assert retry_after(Headers(headers)) == 30


def test_a_site_that_asks_for_patience_is_given_it(tmp_path: Path) -> None:
    pages = articles()
    # As proxies do: a plain body that is said to be packed. Status and header hold.
    headers = {"Retry-After": "2", "Content-Encoding": "gzip"}
    pages["/robots.txt"] = Answer(b"none", status=404, headers={"Content-Encoding": "gzip"})
    busy = Answer(b"busy", status=429, headers=headers)
    pages["/fa/news/20"] = first(1, busy, pages["/fa/news/20"])
    with Clock(pages) as server:
        ended = crawl(server.base_url, tmp_path)
    assert ended.code == 0, ended.log
    assert len(ended.articles) == 30
    asked = server.asked.index("/fa/news/20")
    assert server.times[asked + 2] - server.times[asked] >= 1.9


def test_the_delay_and_the_crawl_delay_are_never_undercut(tmp_path: Path) -> None:
    robots = Answer(b"User-agent: *\nCrawl-delay: 0.3\n", content_type="text/plain")
    with Clock({**articles(), "/robots.txt": robots}) as server:
        arguments = ("-a", "codes=1-8", "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=8")
        ended = crawl(server.base_url, tmp_path, *arguments)
    assert ended.code == 0, ended.log
    gaps = [later - earlier for earlier, later in pairwise(server.times[1:])]
    assert min(gaps) > 0.28


def test_faults_on_one_request_in_five_cost_no_article(tmp_path: Path) -> None:
    chance = random.Random(7)
    faults = [
        Answer(b"", status=503),
        Answer(b"", status=429, headers={"Retry-After": "0"}),
        Answer(b"", status=500),
        Answer(b"x" * 1000, cut_at=100),
    ]

    def flaky(well: Page) -> Callable[[Message], Answer]:
        def answer(headers: Message) -> Answer:
            if chance.random() < 0.2:
                return chance.choice(faults)
            assert isinstance(well, Answer)
            return well

        return answer

    pages = {path: flaky(well) for path, well in articles().items()}
    with PageServer(pages) as server:
        ended = crawl(server.base_url, tmp_path, *IMPATIENT)
    assert ended.code == 0, ended.log
    assert len(ended.articles) == len(ended.lines("articles.jsonl")) == 30


def test_a_site_that_goes_down_is_left_alone_and_everything_stays_due(tmp_path: Path) -> None:
    pages = articles()
    down = {path: Answer(b"", status=502) for path in pages if path < "/fa/news/25"}
    with PageServer({**pages, **down, "/": first(1, LINKS, Answer(b"", status=502))}) as server:
        stopped = crawl(server.base_url, tmp_path, *IMPATIENT)
        assert stopped.code == 4, stopped.log
        assert "going on" not in stopped.log
        assert sum(path in down for path in server.asked) < 14 + len(pages) - len(down)
        server.pages.update(pages)
        ended = crawl(server.base_url, tmp_path, *IMPATIENT)
    assert ended.code == 0, ended.log
    assert len(ended.articles) == 30


def test_broken_pages_in_a_row_on_a_site_that_is_well_end_nothing(tmp_path: Path) -> None:
    pages = articles()
    broken = {f"/fa/news/{n}": Answer(b"", status=500) for n in range(10, 25)}
    with PageServer({**pages, **broken}) as server:
        ended = crawl(server.base_url, tmp_path, *IMPATIENT)
    assert ended.code == 3, ended.log
    assert "going on" in ended.log
    assert len(ended.articles) == 15


def test_a_site_with_nothing_left_but_its_home_page_is_given_up(tmp_path: Path) -> None:
    broken: dict[str, Page] = {f"/fa/news/{n}": Answer(b"", status=503) for n in range(1, 101)}
    home = Answer("".join(f'<a href="{path}">x</a>' for path in broken).encode())
    with PageServer({**broken, "/": home}) as server:
        ended = crawl(server.base_url, tmp_path, *IMPATIENT, "-s", "KHOTOOT_PATIENCE_PAUSE=0.1")
    assert ended.code == 4, ended.log
    assert sum(path in broken for path in server.asked) < 70


def to_itself(path: str) -> Answer:
    return Answer(status=302, headers={"Location": path, "Set-Cookie": "seen=1"})


def test_a_wall_that_wants_a_cookie_is_left_alone(tmp_path: Path) -> None:
    pages = articles()
    walled: dict[str, Page] = {path: to_itself(path) for path in pages}
    with PageServer({**walled, "/": first(1, LINKS, to_itself("/"))}) as server:
        stopped = crawl(server.base_url, tmp_path, *IMPATIENT)
        assert stopped.code == 4, stopped.log
        assert sum(path.startswith("/fa/news/") for path in server.asked) < 15
        server.pages.update(pages)
        ended = crawl(server.base_url, tmp_path, *IMPATIENT)
    assert ended.code == 0, ended.log
    assert len(ended.articles) == 30


def test_unchanged_pages_that_name_themselves_are_no_wall(tmp_path: Path) -> None:
    def unchanged(path: str, well: Page) -> Callable[[Message], Answer]:
        assert isinstance(well, Answer)

        def answer(headers: Message) -> Answer:
            if headers["If-None-Match"]:
                return Answer(status=304, headers={"Location": path})
            return Answer(well.body, headers={"ETag": '"1"'})

        return answer

    pages = {path: unchanged(path, well) for path, well in articles().items()}
    with PageServer(pages) as server:
        crawl(server.base_url, tmp_path, *IMPATIENT)
        again = crawl(server.base_url, tmp_path, "-a", "recheck=all", *IMPATIENT)
    assert again.code == 0, again.log
    assert again.summary["counts"]["not_modified"] == 30
    assert "pausing" not in again.log


@pytest.mark.parametrize("mark", [b"__arcsjs", b"arvanRecaptcha"])
def test_a_challenge_that_passes_is_waited_out(tmp_path: Path, mark: bytes) -> None:
    pages = articles()
    challenge = Answer(CHALLENGE.replace(b"__arcsrc", mark).replace(b"__arcsjs", mark))
    pages["/fa/news/9"] = first(1, challenge, pages["/fa/news/9"])
    with PageServer(pages) as server:
        ended = crawl(server.base_url, tmp_path, *IMPATIENT)
    assert ended.code == 0, ended.log
    assert "a bot challenge" in ended.log
    assert len(ended.articles) == 30


def test_not_even_a_probe_asks_for_what_robots_txt_forbids(tmp_path: Path) -> None:
    broken: dict[str, Page] = {f"/fa/news/{n}": Answer(b"", status=500) for n in range(1, 31)}
    archive = "".join(f'<a href="{path}">x</a>' for path in broken).encode()
    robots = Answer(b"User-agent: *\nDisallow: /\nAllow: /fa/\n")
    pages = {**broken, "/robots.txt": robots, "/fa/archive": Answer(archive)}
    with PageServer(pages) as server:
        ended = crawl(server.base_url, tmp_path, *IMPATIENT, "-s", "KHOTOOT_PATIENCE_PAUSE=0.1")
    assert "then trying" in ended.log
    assert "/" not in server.asked
    assert server.asked.count("/robots.txt") > 1


def test_a_probe_does_not_wait_for_a_robots_txt_that_waits_for_it(tmp_path: Path) -> None:
    robots = first(3, Answer(b"", status=500), Answer(b""))
    few = ("-s", "KHOTOOT_PATIENCE_FAILURES=2", "-s", "KHOTOOT_PATIENCE_PAUSE=0.1")
    with PageServer({**articles(), "/robots.txt": robots}) as server:
        ended = crawl(server.base_url, tmp_path, *IMPATIENT, *few, timeout=30)
    assert ended.code in (0, 4), ended.log
    assert "then trying" in ended.log
