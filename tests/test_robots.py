"""robots.txt as sites really write it, and where its redirects are followed to."""

from __future__ import annotations

import asyncio
import gzip
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protego import Protego
from protego._protego import _DISALLOW_DIRECTIVE

from khotoot_crawler import robots
from khotoot_crawler.robots import PRODUCT, next_address, robots_rules
from khotoot_crawler.urls import Site
from tests.crawling import Answer, Page, PageServer, crawl
from tests.test_crawl_bad_input import page

RULES = "User-agent: *\nDisallow: /a\n"


def allows(body: bytes, path: str = "/a") -> bool:
    return robots_rules(body).allow(f"http://h{path}")


@pytest.mark.parametrize(
    "body",
    [
        RULES.encode(),
        RULES.encode("utf-8-sig"),
        RULES.encode("utf-16"),
        RULES.encode("utf-16-le"),
        RULES.encode("utf-16-be"),
        gzip.compress(RULES.encode()),
        RULES.replace("\n", "\r\n").encode(),
        RULES.replace("\n", "\r").encode(),
        b"\n\nuser-AGENT :*\nDISALLOW:/a # all of it",
        b"User-agent: *\nDisallow: /b\nUser-agent: KHOTOOT-Crawler/1.0 (news)\nDisallow: /a\n",
        RULES.encode() + b"Disallow: /x\n" * 60_000,
        "# قانون\xff\n".encode("latin-1", "replace") + RULES.encode(),
    ],
    ids=range(12),
)
def test_rules_are_read_whatever_they_were_saved_with(body: bytes) -> None:
    assert not allows(body)
    assert allows(body, "/c")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\0",
        b"<!DOCTYPE html><html><body>User-agent and Disallow: / are words here</body></html>",
        b"User-agent: khotoot-crawler\nDisallow:\nUser-agent: *\nDisallow: /",
        b"User-agent: other\nDisallow: /",
        b"\x1f\x8b no gzip",
        b"User-agent: *\nDisallow: /c" + b"c" * 600_000 + b"\nDisallow: /a\n",  # beyond 500 KiB
    ],
    ids=range(7),
)
def test_what_forbids_nothing_of_ours_allows_it(body: bytes) -> None:
    assert allows(body)


@pytest.mark.parametrize(
    "lines",
    [
        ["User-agent: *", "allow" * 20_000],
        [
            *(f"User-agent: a{n}" for n in range(10_000)),
            *(f"Disallow: /b{n}" for n in range(10_000)),
            "User-agent: *",
        ],
        [f"User agent a{n}\nDisallow: /" for n in range(10_000)] + ["User-agent: *"],
    ],
    ids=["a line of rules", "agents with rules", "agents"],
)
def test_a_file_made_to_take_long(lines: list[str]) -> None:
    start = time.process_time()
    assert not allows("\n".join([*lines, "Disallow: /a"]).encode())
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    ("agent", "is_ours"),
    [
        ("User-agent: Khotoot", True),
        ("User-agent: khotoot-crawler # us", True),
        ("User-agent khotoot-crawler", True),
        ("User-agent: *bot*", False),
        ("User agent  Bingbot", False),
        ("useragent:crawler-of-others", False),
        ("User-agent: Bingbot/2.0: x", False),
    ],
)
def test_whose_rules_are_kept(agent: str, is_ours: bool) -> None:
    assert allows(f"{agent}\nDisallow: /a\nUser-agent: *\nDisallow: /c".encode()) is not is_ours


def test_half_a_line_at_the_limit_forbids_nothing() -> None:
    filler = "# " + "x" * 61 + "\n"
    body = ("User-agent: *\n" + filler * 8191 + "Disallow: /a" + "b" * 200).encode()
    assert allows(body)


@pytest.mark.parametrize(
    ("told", "delay"),
    [("0.5", 0.5), ("1e9", 1e9), ("۱۰", 10), ("soon", 0), ("-4", 0), ("nan", 0)],
)
def test_crawl_delay(told: str, delay: float) -> None:
    assert robots_rules(f"User-agent: *\nCrawl-delay: {told}\n".encode()).crawl_delay == delay


_PIECES = st.sampled_from(
    [
        "/",
        "fa",
        "news",
        "a-b",
        "a%2Db",
        "%D9%85",
        "%d9%86",
        "م",
        "*",
        "$",
        "%25",
        "?p=1",
        "A",
        "%7E",
    ]
)
_PATHS = st.lists(_PIECES, max_size=5).map(lambda pieces: "/" + "".join(pieces))


_WORDS = st.sampled_from(["Allow", *sorted(_DISALLOW_DIRECTIVE)])  # misspelt ones among them


@given(st.lists(st.tuples(_WORDS, _PATHS), max_size=5), _PATHS)
def test_what_is_not_looked_at_decides_nothing(rules: list[tuple[str, str]], path: str) -> None:
    said = "".join(f"{word}: {rule}\n" for word, rule in rules)
    text = f"User-agent: *\n{said}"
    url = f"http://h{path}"
    assert robots.Rules(text).allow(url) == Protego.parse(text).can_fetch(url, PRODUCT)


LOOPBACK = Site("khootoot.ir", "http://127.0.0.1:8000")
PUBLIC = Site("khootoot.ir", "http://93.184.216.34")  # a base_url, so that no name is looked up


@pytest.mark.parametrize(
    ("site", "target", "onward"),
    [
        (LOOPBACK, "http://127.0.0.1:8000/r", "http://127.0.0.1:8000/r"),
        (LOOPBACK, "https://www.khootoot.ir/r", "http://127.0.0.1:8000/r"),
        (LOOPBACK, "https://khootoot.ir/robots.txt", None),
        (LOOPBACK, "http://127.0.0.1:9000/r", "http://127.0.0.1:9000/r"),
        (LOOPBACK, "http://93.184.216.34/r", None),
        (PUBLIC, "https://1.1.1.1/r", "https://1.1.1.1/r"),
        (PUBLIC, "https://93.184.216.34/robots.txt", "https://93.184.216.34/robots.txt"),
        *(
            (PUBLIC, f"http://{host}/r", None)
            for host in (
                *("127.0.0.1", "10.0.0.7", "192.168.1.1", "172.16.0.1", "169.254.169.254"),
                *("0.0.0.0", "[::1]", "[fe80::1]", "[fd00::1]", "[::ffff:127.0.0.1]", "100.64.0.1"),
                *("2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "localhost"),
                *("224.0.0.1", "[2002:7f00:1::]", "nowhere.invalid"),
            )
        ),
    ],
)
def test_a_redirect_leads_from_public_to_public_alone(
    site: Site, target: str, onward: str | None
) -> None:
    assert asyncio.run(next_address(site, site.base_url + "/robots.txt", target)) == onward


def moved(target: str) -> Answer:
    return Answer(status=301, headers={"Location": target})


def test_a_redirect_to_another_authority_is_followed(tmp_path: Path) -> None:
    pages: dict[str, Page] = {
        "/": Answer(b'<a href="/fa/news/1">a</a><a href="/fa/news/2">b</a>'),
        "/fa/news/1": Answer(page(1)),
        "/fa/news/2": Answer(page(2)),
    }
    rules = Answer(b"User-agent: *\nDisallow: /fa/news/2\n", content_type="text/plain")
    with PageServer(pages) as site, PageServer({"/r5": rules}) as other:
        for number in range(1, 5):
            other.pages[f"/r{number}"] = moved(f"/r{number + 1}")
        site.pages["/robots.txt"] = moved(f"{other.base_url}/r1")
        ended = crawl(site.base_url, tmp_path)
    assert (ended.code, set(ended.articles)) == (0, {"1"}), ended.log
    assert "/fa/news/2" not in site.asked
    assert other.asked == [f"/r{number}" for number in range(1, 6)]


def test_a_redirect_out_of_loopback_or_without_end_is_no_robots_txt(tmp_path: Path) -> None:
    for target in ("http://93.184.216.34/robots.txt", "/robots.txt?1"):
        pages: dict[str, Page] = {
            "/": Answer(b'<a href="/fa/news/1">a</a>'),
            "/fa/news/1": Answer(page(1)),
            "/robots.txt": moved(target),
        }
        with PageServer(pages) as site:
            ended = crawl(site.base_url, tmp_path)
        assert (ended.code, set(ended.articles)) == (0, {"1"}), ended.log
        assert sum("robots" in path for path in site.asked) <= 6
