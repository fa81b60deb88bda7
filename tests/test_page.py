"""Bytes to text and tree by one rule, in bounded time and memory."""

from __future__ import annotations

import codecs
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khotoot_crawler.errors import ParseError
from khotoot_crawler.parsers.article import read_article
from khotoot_crawler.parsers.charset import decode
from khotoot_crawler.parsers.page import MAX_ATTRIBUTES, MAX_BYTES, MAX_TAGS, Page, read_page
from tests.article_html import TITLE, URL, article_html

ARABIC_TITLE = TITLE.replace("ی", "ي")


def legacy(meta: str) -> bytes:
    """Return the page as windows-1256 writes it, which has no Persian yeh or digits."""
    html = article_html().replace("ی", "ي").replace('<meta charset="utf-8">', meta)
    return html.encode("cp1256", "xmlcharrefreplace")


@pytest.mark.parametrize(
    "meta",
    [
        "",
        '<meta charset="windows-1256">',
        "<META HTTP-EQUIV=Content-Type CONTENT='text/html; charset=cp1256'>",
        '<meta charset="utf-8">',
        '<meta charset="iso-8859-1">',
        '<meta charset="no-such-charset">',
    ],
)
@pytest.mark.parametrize(
    "content_type", [None, "text/html", "text/html; charset=utf-8", 'text/html;charset="x"']
)
def test_windows_1256_whatever_is_declared(meta: str, content_type: str | None) -> None:
    page = read_page(legacy(meta), URL, content_type)
    assert read_article(page, "khootoot.ir").article.title == ARABIC_TITLE


def test_a_declaration_made_to_take_long() -> None:
    start = time.process_time()
    read_page(legacy(""), URL, "text/html; charset=" + " " * 100_000 + "!")
    assert time.process_time() - start < 1


@pytest.mark.parametrize("declared", [None, "windows-1256", "iso-8859-1", "utf-16", "utf-8"])
def test_utf8_whatever_is_declared(declared: str | None) -> None:
    meta = f'<meta charset="{declared}">' if declared else ""
    body = article_html().replace('<meta charset="utf-8">', meta).encode()
    page = read_page(body, URL, f"text/html; charset={declared}" if declared else None)
    assert read_article(page, "khootoot.ir").article.title == TITLE


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_marks_and_utf16(encoding: str) -> None:
    page = read_page(article_html().encode(encoding), URL, "text/html; charset=windows-1256")
    assert read_article(page, "khootoot.ir").article.title == TITLE
    assert page.utf8 == article_html().encode()


def test_a_short_page_that_says_utf8_bears_more_torn_characters() -> None:
    body = "<title>خبر</title>تیتر خبر از ایران در یک سطر".encode() + b"\xed\xa0\xbd\xed\xb8\x80"
    assert "تیتر خبر" in decode(body, "text/html; charset=utf-8")


def test_a_torn_character_does_not_make_utf8_something_else() -> None:
    body = article_html().encode().replace("نانوایی".encode(), "نانوایی".encode()[:-1], 1)
    assert decode(body).count("\ufffd") == 1


EVERYWHERE = (
    '<html lang="fa"><head><meta charset="utf-8"><title>سلام</title><!-- نظر --><?pi سلام?>'
    '<style>a{content:"سلام"}</style></head><body class="متن"><div title="عنوان" data-x=بدون>متن '
    '&amp;<script>var a="سلام <b>";</script><textarea>سلام</textarea><a href="/سلام">پیوند</a>'
    "<سلام>x</سلام></div></body></html>"
).encode()
NO_UTF8 = [
    b"\xff",
    b"\x80",
    b"\xd8",
    b"\xc0\x80",
    b"\xed\xa0\x80",
    b"\xe2\x82",
    b"\xf4\x90\x80\x80",
]
ODD_UTF8 = [letter.encode() for letter in "\x01\x1b\x80\ufffe\uffff\ufdd0\U0010ffff"]


@settings(max_examples=500, deadline=None)
@given(st.integers(0, len(EVERYWHERE)), st.sampled_from([b"", *NO_UTF8, *ODD_UTF8]), st.booleans())
def test_what_is_no_utf8_is_told_wherever_it_stands(at: int, odd: bytes, is_cut: bool) -> None:
    body = EVERYWHERE[:at] + odd + (b"" if is_cut else EVERYWHERE[at:])
    page = read_page(body, URL)
    assert (page.utf8 == body) is is_utf8(body)
    assert all(element.items() is not None for element in page.root.iter())  # raises if torn


def is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def test_nul_bytes_are_taken_out() -> None:
    body = article_html().encode().replace("نانوایی".encode(), "نا\0نوا\0یی".encode())
    assert read_article(read_page(body, URL), "khootoot.ir").article.title == TITLE


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("&#1777&#1779", "۱۳"),
        ("می&zwnj;شود می&zwnjشود", "می\u200cشود می\u200cشود"),
        ("&laquo;الف&raquo &amp &lt", "«الف» & <"),
        ("&#0;&#xD800;&#x110000;", "\ufffd\ufffd\ufffd"),
        ("&nosuch; &", "&nosuch; &"),
    ],
)
def test_entities(html: str, text: str) -> None:
    page = read_page(f"<p>{html}</p>".encode(), URL)
    assert page.selector.css("p::text").get() == text


@pytest.mark.parametrize("body", [b"", b" \n", b"\0\0", b"<!-- -->", b"\xff\xfe", codecs.BOM_UTF8])
def test_nothing_is_a_page_too(body: bytes) -> None:
    assert read_page(body, URL).root.tag == "html"


def test_base_of_relative_links() -> None:
    def base(html: str) -> str:
        return read_page(html.encode(), URL).base

    assert base("<p>") == URL
    assert base('<base target="_blank"><base href="/fa/">') == "https://khootoot.ir/fa/"
    assert base('<base href="http://[::1">') == URL


@pytest.mark.parametrize(
    "bomb",
    [
        "x" * (MAX_BYTES + 1),
        "<b>" * (MAX_TAGS + 1),
        "<p " + " ".join(f"a{n}" for n in range(20_000)) + ">",
        "<p " + " ".join(f'a{n}=">"' for n in range(20_000)) + ">",
        "<p " + " ".join(f"a{n}='<'" for n in range(20_000)) + ">",
        "<p " + "".join(f'a{n}="1"' for n in range(20_000)) + ">",
        "<p " + " ".join(f'a{n}=<"' for n in range(20_000)) + ">",
        "<p " + " ".join(f"=a{n}" for n in range(20_000)) + ">",
        "<p " + " ".join(f"a{n}=" for n in range(20_000)) + ">",
        f"<{'p' * 100} " + " ".join(f"a{n}" for n in range(20_000)) + ">",
        "<script>i<n a='</script><p " + " ".join(f"a{n}" for n in range(20_000)) + ">",
        "<script>i<n a='</script><p '" + " ".join(f"a{n}" for n in range(20_000)) + ">",
        "<script>i<n</script>" * 9 + "<p " + " ".join(f"a{n}" for n in range(20_000)) + ">",
    ],
    ids=[
        "bytes",
        "tags",
        "attributes",
        "attributes >",
        "attributes <",
        "attributes without space",
        "attributes with quotes",
        "attributes with =",
        "attributes without value",
        "long name",
        "behind a script",
        "begun in a script",
        "behind scripts",
    ],
)
def test_bombs_are_refused(bomb: str) -> None:
    with pytest.raises(ParseError) as caught:
        read_page(bomb.encode(), URL)
    assert (caught.value.url, caught.value.field) == (URL, None)


@pytest.mark.parametrize("piece", ["for(i=0;i<%s;)", "'<b %s'", "<%s"])
def test_a_script_of_much_that_looks_like_a_crowded_tag(piece: str) -> None:
    packed, spaced = "n=(a+b);" * 40, " ".join(f"w{n}" for n in range(300))
    script = f"<script>{(piece % packed) * 20}{(piece % spaced) * 20}</script>"
    page = read_page((script * 3 + "<p id='x'>متن" + " " * 70_000).encode(), URL)
    assert page.selector.css("#x::text").get("").strip() == "متن"
    unclosed = script.removesuffix("</script>") * 100
    assert read_page(f"<p id='x'>متن</p>{unclosed}".encode(), URL).selector.css("#x") != []


@pytest.mark.parametrize("around", ["<script>%s</script>", "<!-- %s -->", '<p title="%s">'])
def test_what_only_looks_like_a_crowded_tag(around: str) -> None:
    words = " ".join(f"word{n}" for n in range(20_000))
    page = read_page((around % f"for (i=0;i<n;i++) {words}" + "<p id='x'>متن").encode(), URL)
    assert page.selector.css("#x::text").get() == "متن"


def test_a_long_article_is_read() -> None:
    text = "".join(f"<p>{'متن خبر درباره آرد و نان ' * 60}</p>" for _ in range(400))
    page = read_page(article_html(body=f'<div class="body">{text}</div>').encode(), URL)
    assert not page.is_crowded
    assert len(read_article(page, "khootoot.ir").article.body or "") > 500_000


def test_a_long_script_makes_no_page_crowded() -> None:
    script = f"<script>{'x = 1; ' * 200_000}</script>"
    page = read_page(article_html().replace("</head>", script + "</head>").encode(), URL)
    assert read_article(page, "khootoot.ir").article.title == TITLE


def test_long_pages_are_read() -> None:
    tag = "<p " + " ".join(f"a{n}" for n in range(MAX_ATTRIBUTES)) + ">"
    page: Page = read_page((tag + "متن " * 100_000).encode(), URL)
    assert len(page.selector.xpath("string(//p)").get() or "") > 300_000
