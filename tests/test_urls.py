from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from w3lib.url import safe_url_string

from khotoot_crawler.urls import (
    Site,
    code_of_short_path,
    news_code_of_path,
    resolve,
    short_path,
)

LIVE = Site("khootoot.ir", "https://khootoot.ir")
LOOPBACK = Site("khootoot.ir", "http://127.0.0.1:8000")
codes = st.integers(1, 10**18 - 1).map(str)


@pytest.mark.parametrize(
    "url",
    [
        "https://khootoot.ir/fa/news/33614",
        "https://khootoot.ir/fa/news/33614/",
        "https://khootoot.ir/fa/news/33614/اعلام-جزئیات-برنامه‌های-هفته-تعاون",
        "https://khootoot.ir/fa/news/33614/%D9%85%DB%8C%E2%80%8C%D8%B4%D9%88%D8%AF/",
        "https://khootoot.ir/fa/news/33614/24%2F7",
        "http://www.khootoot.ir/fa/news/33614/x?utm_source=telegram&utm_medium=a#comments",
        "HTTP://WWW.Khootoot.IR:80/fa/news/33614/#c",
        "https://khootoot.ir:443/fa/news/33614?x",
        "https://khootoot.ir./fa/news/33614",
        "https://reader:secret@khootoot.ir/fa/news/33614",
        "https://khootoot.ir//fa/news//33614//x//",
        "https://khootoot.ir/fa/news/%33%336%314",
        "http://127.0.0.1:8000/fa/news/33614",
    ],
)
def test_article_addresses(url: str) -> None:
    assert LOOPBACK.owns(url)
    assert LOOPBACK.news_code(url) == "33614"
    assert LOOPBACK.is_article_address(url)


@pytest.mark.parametrize(
    "path",
    [
        "/fa/print/33614",
        "/fa/amp/news/33614",
        "/fa/amp/news/33614/x",
        "/fa/save/33614",
        "/fa/send/33614",
        "/fa/report/33614/",
        "/0008kA",
        "/0008kA/",
        "//0008kA",
    ],
)
def test_other_addresses_of_an_article(path: str) -> None:
    url = f"https://www.khootoot.ir{path}?utm=1#top"
    assert news_code_of_path(path) == LIVE.news_code(url) == "33614"
    assert not LIVE.is_article_address(url)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/fa/news",
        "/fa/news/",
        "/fa/news/0",
        "/fa/news/033614",
        "/fa/news/1234567890123456789",
        "/fa/news/33614x",
        "/fa/news/33614%2Fx",
        "/fa/news/33614.html",
        "/fa/news/33614/x/y",
        "/fa/news/33614/fa/news/33615",
        "/fa/news/33614/..",
        "/fa/news/33614/%2e%2E",
        "/fa/news/../news/33614",
        "/fa/news/1398/02/30/2015910/x",
        "/fa/news/1398/02",
        "/fa/news/1398/02/",
        "/fa/news/۳۳۶۱۴",
        "/fa/news/%DB%B3%DB%B3%DB%B6%DB%B1%DB%B4",
        "/fa/news/33614\n",
        "/FA/NEWS/33614",
        "/en/news/33614",
        "/news/33614",
        "/files/fa/news/1402/5/29/33614_100.jpg",
        "/files/fa/news/33614",
        "/fa/tag/1/33614",
        "/fa/services/3/4",
        "/search",
        "/login1",
        "/000000",
        "/0008k",
        "/0008kAA",
        "/fa/0008kA",
        "/0008k-",
    ],
)
def test_paths_that_name_no_article(path: str) -> None:
    assert news_code_of_path(path) is None
    assert LIVE.news_code(f"https://khootoot.ir{path}".replace("\n", "%0A")) is None


def test_a_year_is_a_code_unless_a_month_follows() -> None:
    assert news_code_of_path("/fa/news/1398") == "1398"
    assert news_code_of_path("/fa/news/1398/تیتر") == "1398"
    assert news_code_of_path("/fa/news/1398/2019") == "1398"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "khootoot.ir/fa/news/1",
        "/fa/news/1",
        "//khootoot.ir/fa/news/1",
        "ftp://khootoot.ir/fa/news/1",
        "https://khootoot.ir.example.com/fa/news/1",
        "https://evil-khootoot.ir/fa/news/1",
        "https://www.www.khootoot.ir/fa/news/1",
        "https://en.khootoot.ir/fa/news/1",
        "https://khootoot.ir@example.com/fa/news/1",
        "https://example.com\\@khootoot.ir/fa/news/1",
        "https://khootoot.ir:80/fa/news/1",
        "http://khootoot.ir:8000/fa/news/1",
        "http://127.0.0.1/fa/news/1",
        "http://127.0.0.1:8001/fa/news/1",
        "http://localhost:8000/fa/news/1",
        "https://khootoot.ir:99999/fa/news/1",
        "https://khootoot.ir:a/fa/news/1",
        "https://[::1/fa/news/1",
        "https://[khootoot.ir]/fa/news/1",
        "https://kho toot.ir/fa/news/1",
        "https://" + "خ" * 70 + ".ir/fa/news/1",
        "https://\udc80.ir/fa/news/1",
    ],
)
def test_foreign_and_broken_urls(url: str) -> None:
    assert not LOOPBACK.owns(url)
    assert LOOPBACK.news_code(url) is None
    assert not LOOPBACK.is_article_address(url)
    assert LOOPBACK.rebase(url) == url


@pytest.mark.parametrize(
    ("base_url", "url", "rebased"),
    [
        ("http://127.0.0.1:8000", "https://khootoot.ir", "http://127.0.0.1:8000/"),
        ("http://127.0.0.1:8000", "http://WWW.khootoot.ir/a?#b", "http://127.0.0.1:8000/a"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/a?b#c", "http://127.0.0.1:8000/a?b"),
        ("http://[::1]:8000", "http://[::1]:8000/a#c", "http://[::1]:8000/a"),
        ("http://[::1]:8000", "https://khootoot.ir//a", "http://[::1]:8000//a"),
        ("http://mirror.example", "https://mirror.example:443/a", "http://mirror.example/a"),
        ("https://khootoot.ir", "http://www.khootoot.ir/ب?پ#ت", "https://khootoot.ir/ب?پ"),
    ],
)
def test_rebase(base_url: str, url: str, rebased: str) -> None:
    assert Site("khootoot.ir", base_url).rebase(url) == rebased


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "10.0.0.7", "169.254.169.254", "[::1]", "2130706433", "0x7f.1", "localhost"],
)
def test_a_public_site_owns_no_address_of_this_machine_or_its_network(host: str) -> None:
    assert not LIVE.owns(f"http://{host}/fa/news/1")


def test_where_a_redirect_leads_on() -> None:
    assert LIVE.onward("https://khootoot.ir/a", "https://khootoot.ir/a") is None
    assert LIVE.onward("https://khootoot.ir/a", "http://www.khootoot.ir/a") == (
        "http://www.khootoot.ir/a"
    )
    assert LIVE.onward("https://khootoot.ir/a", "http://khootoot.ir/b") == "https://khootoot.ir/b"
    assert LOOPBACK.onward("http://127.0.0.1:8000/a", "https://khootoot.ir/a") is None
    mirror = Site("khootoot.ir", "http://mirror.ir")
    assert mirror.onward("http://mirror.ir/a", "https://mirror.ir/a") == "https://mirror.ir/a"
    assert mirror.onward("http://mirror.ir/a", "http://mirror.ir/a") is None
    assert mirror.onward("http://mirror.ir/a", "https://khootoot.ir/a") is None
    assert LOOPBACK.onward("http://127.0.0.1:8000/a", "https://khootoot.ir/b") == (
        "http://127.0.0.1:8000/b"
    )


def test_very_long_urls() -> None:
    long = "9/" * 500_000
    assert LIVE.news_code(f"https://khootoot.ir/fa/news/1/{long}") is None
    assert LIVE.news_code("https://khootoot.ir" + "/" * 1_000_000 + "fa") is None
    assert LIVE.news_code(f"https://khootoot.ir/fa/news/1/{long.replace('/', '-')}") == "1"
    assert resolve("https://khootoot.ir", "/" + long) is None


@given(codes)
def test_canonical_address_names_its_code(code: str) -> None:
    for site in (LIVE, LOOPBACK):
        assert site.canonical(code) == f"https://khootoot.ir/fa/news/{code}"
        assert site.news_code(site.canonical(code)) == code
        assert site.news_code(site.rebase(site.canonical(code))) == code
        assert site.is_article_address(site.canonical(code))


@given(st.integers(1, 62**5 - 1).map(str))
def test_short_links_round_trip(code: str) -> None:
    assert code_of_short_path(short_path(code)) == code
    assert LIVE.news_code("https://khootoot.ir" + short_path(code)) == code


@given(st.integers(62**5, 10**18 - 1).map(str))
def test_codes_too_big_for_the_padding_zero_have_no_readable_short_link(code: str) -> None:
    assert code_of_short_path(short_path(code)) is None


def test_short_links_seen() -> None:
    assert short_path("7349926") == "/00Uq3C"  # on a real page
    assert short_path("33614") == "/0008kA"


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("", "https://khootoot.ir/fa/x/?a=1"),
        ("#c", "https://khootoot.ir/fa/x/?a=1"),
        ("?p=2", "https://khootoot.ir/fa/x/?p=2"),
        ("news/5#c", "https://khootoot.ir/fa/x/news/5"),
        ("../news/5", "https://khootoot.ir/fa/news/5"),
        ("/fa/./news/../news/5?", "https://khootoot.ir/fa/news/5"),
        ("https://a.ir/b/../c", "https://a.ir/c"),
        ("//www.khootoot.ir/0008kA", "https://www.khootoot.ir/0008kA"),
        ("\\fa\\news\\5?a\\b", "https://khootoot.ir/fa/news/5?a%5Cb"),
        ("\n /fa/ne\r\nws/5\t", "https://khootoot.ir/fa/news/5"),
        (
            "/fa/news/5/دو کلمه",
            "https://khootoot.ir/fa/news/5/%D8%AF%D9%88%20%DA%A9%D9%84%D9%85%D9%87",
        ),
        ("/\u200c/%E2%80%8C", "https://khootoot.ir/%E2%80%8C/%E2%80%8C"),
        ("/100%", "https://khootoot.ir/100%25"),
        ("HTTPS://A.IR:443", "https://a.ir/"),
        ("https://u:p@a.ir./x", "https://a.ir/x"),
        ("http://[::1]:8000/x", "http://[::1]:8000/x"),
        ("http://خطوط.ir/", "http://xn--tgbsa1e.ir/"),
        ("https://a.ir/b?c=d&e", "https://a.ir/b?c=d&e"),
        ("javascript:void(0)", None),
        ("JavaScript:alert('/fa/news/5')", None),
        ("mailto:info@khootoot.ir", None),
        ("tel:+982100000", None),
        ("data:text/html,x", None),
        ("http://", None),
        ("http://[::1", None),
        ("http://a.ir:70000/", None),
        ("http://kho toot.ir/", None),
        ("http://a..خ/", None),
        ("http://..", None),
        ("http://.a.ir/", None),
        ("/\udc80", None),
    ],
)
def test_resolve(href: str, url: str | None) -> None:
    assert resolve("https://khootoot.ir/fa/x/?a=1", href) == url


def test_resolve_against_a_broken_base() -> None:
    assert resolve("http://[::1", "/fa/news/5") is None
    assert resolve("about:blank", "/fa/news/5") is None


hrefs = st.one_of(
    st.text(),
    st.text(alphabet="/.:?#%[]\\@ab۱ی\u200c\n '|").map(lambda text: "/" + text),
    st.text(alphabet="/.:?#%[]\\@ab۱ی\u200c\n '|").map(lambda text: "https://a.ir" + text),
)


@given(hrefs)
def test_resolved_links_are_clean_and_scrapy_leaves_them_alone(href: str) -> None:
    url = resolve("http://127.0.0.1:8000/fa/", href)
    if url is None:
        return
    parts = urlsplit(url)
    assert parts.scheme in ("http", "https")
    assert parts.netloc
    assert url.isascii()
    assert "#" not in url
    assert " " not in url
    assert resolve("http://127.0.0.1:8000/fa/", url) == url
    assert safe_url_string(url) == url


@given(st.text(), codes)
def test_no_url_raises(text: str, code: str) -> None:
    for url in (text, f"https://khootoot.ir/{text}", f"https://{text}/fa/news/{code}"):
        LOOPBACK.owns(url)
        LOOPBACK.news_code(url)
        LOOPBACK.rebase(url)
        LOOPBACK.is_article_address(url)
        resolve(url, text)
