from __future__ import annotations

import contextlib
import gzip
import time
import tracemalloc
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khotoot_crawler.errors import ParseError
from khotoot_crawler.parsers.feed import (
    MOST_ENTRIES,
    SitemapLinks,
    feed_links,
    is_feed,
    sitemap_links,
    text_sitemap_links,
)

URL = "https://khootoot.ir/fa/rss/allnews"
SHARED = Path(__file__).parents[2] / "shared" / "pages" / "rss"
HEAD = '<?xml version="1.0" encoding="{}"?>\n<rss version="2.0"><channel><title>خطوط</title>'
TAIL = "</channel></rss>"
SLUG = "%D8%B3%D9%84%D8%A7%D9%85"  # سلام


def rss(*links: str, declared: str = "utf-8") -> str:
    items = "".join(
        f"<item><title>تیتر</title><link>{link}</link><pubDate>20 Oct 2026 15:55:42 +0330</pubDate>"
        "</item>"
        for link in links
    )
    return HEAD.format(declared) + f"<link>https://khootoot.ir</link>{items}" + TAIL


def links(text: str) -> list[str]:
    return feed_links(text.encode(), URL)


def test_entries_in_the_order_of_the_feed_each_once() -> None:
    text = rss("https://khootoot.ir/fa/news/7/سلام", "/fa/news/5", "../news/9", "/fa/news/5")
    assert links(text) == [
        f"https://khootoot.ir/fa/news/7/{SLUG}",
        "https://khootoot.ir/fa/news/5",
        "https://khootoot.ir/fa/news/9",
    ]


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("\n   https://khootoot.ir/fa/news/5\n  ", "https://khootoot.ir/fa/news/5"),
        ("https://khootoot.ir/\r\n    fa/news/5\n/x", "https://khootoot.ir/fa/news/5/x"),
        ("<![CDATA[ /fa/news/5/a?b=1&c=2 ]]>", "https://khootoot.ir/fa/news/5/a?b=1&c=2"),
        ("/fa/news/5?b=1&c=2&amp;d&copy=3", "https://khootoot.ir/fa/news/5?b=1&c=2&d&copy=3"),
        ("<![CDATA[/fa/news/5?b=1&amp;c=2]]>", "https://khootoot.ir/fa/news/5?b=1&c=2"),
        (
            "/fa/news/5/می\u200cشود",
            "https://khootoot.ir/fa/news/5/%D9%85%DB%8C%E2%80%8C%D8%B4%D9%88%D8%AF",
        ),
        ("/fa/news/5/a&zwnj;b&#8204;c", "https://khootoot.ir/fa/news/5/a%E2%80%8Cb%E2%80%8Cc"),
        ("/fa/news/5#comments", "https://khootoot.ir/fa/news/5"),
    ],
)
def test_links_as_sites_write_them(link: str, url: str) -> None:
    assert links(rss(link)) == [url]


@pytest.mark.parametrize(
    ("declared", "true", "http"),
    [
        ("utf-8", "utf-8", None),
        ("utf-8", "utf-8-sig", "text/xml; charset=windows-1256"),
        ("windows-1256", "windows-1256", None),
        ("windows-1256", "utf-8", None),
        ("utf-8", "windows-1256", None),
        ("utf-8", "windows-1256", 'application/rss+xml; charset="utf-8"'),
        ("no-such-charset", "windows-1256", "text/xml; charset=hex"),
        ("utf-16", "utf-16", None),
        ("utf-16", "utf-16-be", None),
        ("utf-16", "utf-16-le", None),
    ],
)
def test_encodings_declared_or_not(declared: str, true: str, http: str | None) -> None:
    text = rss("/fa/news/5/سلام", declared=declared).replace("ی", "ي")  # windows-1256 has no ی
    body = text.encode(true)
    assert feed_links(body, URL, http) == [f"https://khootoot.ir/fa/news/5/{SLUG}"]


@pytest.mark.parametrize(
    "before",
    [
        "\n\n  ",
        "\ufeff\n",
        "<br />\n<b>Warning</b>: Undefined array key in <b>/a.php</b> on line <b>3</b><br />\n",
        '<?xml-stylesheet href="a.xsl"?><!-- a comment -->',
        "\0\x01\x0b",
    ],
)
def test_what_stands_before_the_declaration_is_no_matter(before: str) -> None:
    assert links(before + rss("/fa/news/5")) == ["https://khootoot.ir/fa/news/5"]
    assert is_feed((before + rss("/fa/news/5")).encode())


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("&#55357;&#56842;", "%F0%9F%98%8A"),
        ("&#xD83D;&#x00de0a;", "%F0%9F%98%8A"),
        ("&#55357;x&#56842;", "%EF%BF%BDx%EF%BF%BD"),
        ("&#56842;&#55357;", "%EF%BF%BD%EF%BF%BD"),
        (f"&#{'0' * 5000}55357;", "%EF%BF%BD"),
    ],
)
def test_halves_of_surrogate_pairs_written_as_references(written: str, read: str) -> None:
    title = f"<b a='{written}'/>{written}"
    text = rss(f"/fa/news/5/{written}", "/fa/news/6").replace("تیتر", title)
    assert links(text) == [f"https://khootoot.ir/fa/news/5/{read}", "https://khootoot.ir/fa/news/6"]
    atom = f"<feed><entry><link title='{written}' href='/fa/news/5/{written}'/></entry></feed>"
    assert links(atom) == [f"https://khootoot.ir/fa/news/5/{read}"]
    sitemap = f"<urlset><url><loc>/fa/news/5/{written}</loc></url></urlset>".encode()
    assert sitemap_links(sitemap, URL).pages == (f"https://khootoot.ir/fa/news/5/{read}",)


@pytest.mark.parametrize(
    "title",
    [
        *("a < b & c <3 &nbsp; &nosuch; &", "<b>bold", "</b>", "\x08\x0c"),
        *("a]]>b", "<item", "<1>"),
    ],
)
def test_broken_xml_costs_no_link_beyond_its_own_entry(title: str) -> None:
    text = rss("/fa/news/5", "/fa/news/6", "/fa/news/7").replace("تیتر", title, 1)
    assert links(text)[-2:] == ["https://khootoot.ir/fa/news/6", "https://khootoot.ir/fa/news/7"]


def test_tags_in_persian_are_text() -> None:
    text = rss("/fa/news/5", "/fa/news/6").replace("تیتر", "<خبر>b</خبر>")
    assert links(text) == ["https://khootoot.ir/fa/news/5", "https://khootoot.ir/fa/news/6"]


def test_entries_that_are_not_closed() -> None:
    text = rss("/fa/news/5", "/fa/news/6").replace("</item>", "")
    assert links(text) == ["https://khootoot.ir/fa/news/5", "https://khootoot.ir/fa/news/6"]


def test_every_cut_keeps_the_links_before_it() -> None:
    body = rss("/fa/news/5/سلام", "/fa/news/6/سلام", declared="windows-1256").encode()
    whole = [f"https://khootoot.ir/fa/news/{code}/{SLUG}" for code in (5, 6)]
    ends = [end + len(b"</link>") for end in range(len(body)) if body.startswith(b"</link>", end)]
    for cut in range(len(body)):
        kept = whole[: sum(cut >= end for end in ends[1:])]  # the first is the channel's own
        if kept:
            assert feed_links(body[:cut], URL) == kept
        else:
            with pytest.raises(ParseError):
                feed_links(body[:cut], URL)


def test_first_choice_of_an_entry_is_its_link_then_a_guid_that_is_an_address() -> None:
    text = HEAD.format("utf-8") + (
        "<atom:link xmlns:atom='a' rel='self' href='/fa/rss'/>"
        "<image><link>/logo</link><url>/logo.png</url></image>"
        "<item><guid>https://khootoot.ir/fa/news/1</guid><image><url>/a.jpg</url></image></item>"
        "<item><guid>33614</guid></item>"
        "<item><guid isPermaLink='false'>https://khootoot.ir/fa/news/2</guid></item>"
        "<item><guid>https://khootoot.ir/fa/news/2</guid><link>/fa/news/3</link></item>"
        "<item><link></link><atom:link href='/fa/news/4'/><source><link>/no</link></source></item>"
        "<item><link>javascript:void(0)</link></item>"
        "<item><link>/fa/news/5</link><enclosure url='/a.mp3'/></item>" + TAIL
    )
    assert links(text) == [f"https://khootoot.ir/fa/news/{code}" for code in (1, 3, 4, 5)]


def test_atom() -> None:
    text = """<a:feed xmlns:a="http://www.w3.org/2005/Atom" xml:base="https://www.khootoot.ir/x/">
        <a:link rel="self" href="/fa/atom"/>
        <a:entry><a:id>urn:1</a:id><a:link rel="enclosure" href="a.mp3"/>
            <a:link rel="alternate" href="../fa/news/1"/><a:source><a:link href="no"/></a:source>
        </a:entry>
        <a:entry xml:base="/fa/news/"><a:link href="2&amp;3"/></a:entry></a:feed>"""
    assert links(text) == [
        "https://www.khootoot.ir/fa/news/1",
        "https://www.khootoot.ir/fa/news/2&3",
    ]


def test_rss_1() -> None:
    text = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
        xmlns="http://purl.org/rss/1.0/"><channel rdf:about="/"><link>/</link></channel>
        <item rdf:about="/fa/news/1"><link>/fa/news/1</link></item></rdf:RDF>"""
    assert links(text) == ["https://khootoot.ir/fa/news/1"]


def test_a_feed_without_entries_is_a_feed() -> None:
    assert links(HEAD.format("utf-8") + TAIL) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "ok",
        '{"items": []}',
        "<!DOCTYPE html><html><head><title>rss</title></head><body></body></html>",
        "<html><body><rss><channel><item><link>/fa/news/5</link></item></channel></rss></body>",
        "<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'></html>",
        "<rss",
        HEAD.format("utf-8"),
        HEAD.format("utf-8") + "<item><link>/fa/news/33",
        "<urlset><url><loc>https://khootoot.ir/fa/news/1</loc></url></urlset>",
    ],
)
def test_what_is_no_feed(text: str) -> None:
    with pytest.raises(ParseError) as error:
        links(text)
    assert error.value.url == URL


BOMB = "<!DOCTYPE x [<!ENTITY a0 'lol'>{}<!ENTITY f SYSTEM 'file:///etc/passwd'>]>".format(
    "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10))
)


def test_entities_of_a_dtd_are_not_expanded() -> None:
    text = rss("/fa/news/5", "/fa/news/6/&f;", "/fa/news/7").replace("تیتر", "&a9;")
    start = time.monotonic()
    found = links(text.replace("<rss", BOMB + "<rss", 1))
    assert found[::2] == ["https://khootoot.ir/fa/news/5", "https://khootoot.ir/fa/news/7"]
    assert "root:" not in found[1]
    assert len(found[1]) < 100
    assert time.monotonic() - start < 1


def test_what_is_told_for_a_feed_before_it_is_read() -> None:
    text = rss("/fa/news/5")
    feeds = (BOMB + text, gzip.compress(text.encode()), text.encode("utf-16"), SITEMAP)
    for body in feeds:
        assert is_feed(body if isinstance(body, bytes) else body.encode())
    page = f"<html><body>{text}</body></html>".encode()
    for other in (page, gzip.compress(page), b"", b"\x1f\x8b", b'{"rss": "<rssx>"}'):
        assert not is_feed(other)


SITEMAP = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
        xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"
        xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url>
  <loc>
    https://khootoot.ir/fa/news/33614/سلام
  </loc>
  <news:news><news:title>اعلام & جزئیات</news:title></news:news>
  <image:image><image:loc>https://khootoot.ir/files/fa/news/1402/5/29/1.jpg</image:loc></image:image>
</url>
<url><loc>https://khootoot.ir/fa/news/33615</loc><lastmod>2023-08-20</lastmod></url>
<url><loc>https://khootoot.ir/fa/news/33615</loc></url>
</urlset>""".encode()
PAGES = (f"https://khootoot.ir/fa/news/33614/{SLUG}", "https://khootoot.ir/fa/news/33615")


def test_sitemap() -> None:
    assert sitemap_links(SITEMAP, URL) == SitemapLinks(pages=PAGES, sitemaps=())


def test_gzipped_sitemap_whole_and_torn() -> None:
    packed = gzip.compress(SITEMAP)
    assert sitemap_links(packed, URL).pages == PAGES
    assert sitemap_links(packed[:-9], URL).pages == PAGES
    assert sitemap_links(packed + b"\0\0junk", URL).pages == PAGES
    assert sitemap_links(packed[: len(packed) * 4 // 5], URL).pages[:1] == PAGES[:1]


def test_sitemap_index() -> None:
    text = """<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
        <sitemap><loc>https://khootoot.ir/sitemap-1.xml.gz</loc></sitemap>
        <sitemap><loc>/sitemap-2.xml</loc></sitemap></sitemapindex>"""
    assert sitemap_links(text.encode(), URL) == SitemapLinks(
        pages=(),
        sitemaps=("https://khootoot.ir/sitemap-1.xml.gz", "https://khootoot.ir/sitemap-2.xml"),
    )


def test_a_feed_serves_as_a_sitemap() -> None:
    assert sitemap_links(rss("/fa/news/5").encode(), URL).pages == (
        "https://khootoot.ir/fa/news/5",
    )


def test_a_gzip_bomb_is_not_unpacked_to_its_end() -> None:
    packer = zlib.compressobj(1, wbits=31)
    blank = b" " * 10_000_000
    bomb = packer.compress(SITEMAP[:-9])
    bomb += b"".join(packer.compress(blank) for _ in range(11))
    assert sitemap_links(bomb + packer.flush(), URL).pages == PAGES
    with pytest.raises(ParseError):
        sitemap_links(gzip.compress(blank * 11, 1), URL)


@pytest.mark.parametrize("piece", ["&", "<", "<item>", "<a b='", "x ", "<item><link>\n", "&a1;"])
def test_megabytes_of_rubbish_are_read_in_time(piece: str) -> None:
    start = time.monotonic()
    text = rss("/fa/news/5").replace(TAIL, piece * (2_000_000 // len(piece)))
    assert links(text)[:1] == ["https://khootoot.ir/fa/news/5"]
    assert time.monotonic() - start < 3


@pytest.mark.parametrize(
    "piece", ["<item>", "<b>", "<a></b>", '<a xml:base="x/"><item>', "<item><link>/1</link></item>"]
)
def test_a_feed_without_end_is_read_in_time(piece: str) -> None:
    start = time.process_time()
    text = rss("/fa/news/5").replace(TAIL, piece * (16_000_000 // len(piece)))
    assert links(text)[:1] == ["https://khootoot.ir/fa/news/5"]
    assert time.process_time() - start < 4


def test_the_entries_of_a_sitemap_have_a_bound() -> None:
    url = "<url><loc>https://khootoot.ir/fa/news/{}</loc></url>"
    text = "<urlset>" + "".join(map(url.format, range(MOST_ENTRIES + 5)))
    assert len(sitemap_links(text.encode(), URL).pages) == MOST_ENTRIES
    lines = "http://h/a\n" * (MOST_ENTRIES + 5)
    assert len(text_sitemap_links(lines.encode())) == MOST_ENTRIES


def test_a_large_sitemap_in_persian_takes_no_more_than_its_bytes() -> None:
    body = ("<urlset><url><loc>/fa/1</loc></url>" + "<!-- 😀 -->" * 300_000).encode()
    tracemalloc.start()
    try:
        sitemap_links(body, URL)
        assert tracemalloc.get_traced_memory()[1] < 3 * len(body)
    finally:
        tracemalloc.stop()


@given(st.one_of(st.binary(), st.text().map(lambda text: rss(text).encode("utf-8", "replace"))))
def test_no_bytes_raise_anything_else(body: bytes) -> None:
    for read in (feed_links, sitemap_links):
        with contextlib.suppress(ParseError):
            read(body, URL)


REFERENCES = st.integers(0, 0x120000).flatmap(lambda n: st.sampled_from([f"&#{n};", f"&#x{n:x};"]))


@given(st.lists(st.one_of(REFERENCES, st.sampled_from(["&#55357;", "&#xDE0A;", "x"]))))
def test_references_to_whatever_number(references: list[str]) -> None:
    text = rss("/fa/news/5", "/fa/news/6").replace("تیتر", "".join(references))
    assert len(links(text)) == 2


@given(st.integers(0, 500), st.binary(max_size=8))
def test_damaged_feeds(place: int, damage: bytes) -> None:
    body = rss("/fa/news/5", "/fa/news/6").encode()
    with contextlib.suppress(ParseError):
        feed_links(body[:place] + damage + body[place + len(damage) :], URL)


@pytest.mark.parametrize("name", ["tabnak.xml", "mehr.xml"])
def test_real_feeds(name: str) -> None:
    if not SHARED.is_dir():
        pytest.skip("the real feeds in ../shared are not here")
    body = (SHARED / name).read_bytes()
    assert len(feed_links(body, URL)) == body.count(b"<item>")
