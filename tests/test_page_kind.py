"""Kinds of page, told from content."""

from __future__ import annotations

import pytest

from khotoot_crawler.parsers.page import read_page
from khotoot_crawler.parsers.page_kind import PageKind, page_kind
from tests.article_html import DATE, FIRST, LAYOUTS, PARTS, URL, article_html

NOTICE = "صفحه درخواستی شما موجود نمی باشد"
ARVAN = "<script>window.AR_Key = '__arcsrc'</script><script src='/__arcsjs/x.js'></script>"
NEWS = "".join(
    f'<div class="item"><h1 class="title"><a href="/fa/news/{33500 + n}/x">تیتر {n}</a></h1>'
    f'<div class="news_pdate_c">۲ شهریور ۱۴۰۲ - ۱۰:۲۰</div><div class="body">چکیده خبر {n} که'
    " از خود خبر کوتاه‌تر است.</div></div>"
    for n in range(6)
)
GALLERY = '<div class="album_listi"><a href="/a.jpg"><img src="/s.jpg"></a></div>'
PLAYERS = [
    "<video controls><source src='/f.mp4'></video>",
    "<iframe src='https://www.aparat.com/video/video/embed/videohash/x/vt/frame'></iframe>",
    "<div id='1'><script src='https://www.aparat.com/embed/x?data[rnddiv]=1'></script></div>",
    "<div class='jw_player'></div>",
]
layouts = pytest.mark.parametrize("layout", range(len(LAYOUTS)))


def kind(html: str, url: str = URL) -> PageKind:
    return page_kind(read_page(html.encode(), url))


def other_page(content: str) -> str:
    return (
        '<!DOCTYPE html><html lang="fa"><head><title>خطوط</title></head><body>'
        f"{PARTS['header']}{content}{PARTS['footer']}</body></html>"
    )


@layouts
def test_article(layout: int) -> None:
    assert kind(article_html(layout)) is PageKind.ARTICLE
    assert kind(article_html(layout, side=ARVAN)) is PageKind.ARTICLE
    assert kind(article_html(layout, body='<div class="body"></div>')) is PageKind.ARTICLE
    assert kind(article_html(layout, code="", date="", meta="")) is PageKind.ARTICLE


@layouts
def test_an_article_may_quote_the_notice(layout: int) -> None:
    quote = f'<div class="body"><p>کاربران پیام «{NOTICE}» را می‌دیدند.</p></div>'
    assert kind(article_html(layout, body=quote)) is PageKind.ARTICLE


@layouts
def test_photo(layout: int) -> None:
    in_body = f'<div class="body"><p>عکاس: سارا بهمنی</p>{GALLERY}</div>'
    assert kind(article_html(layout, body=in_body)) is PageKind.PHOTO
    assert kind(article_html(layout, body=f'<div class="body"></div>{GALLERY}')) is PageKind.PHOTO
    long = f'<div class="body"><p>{FIRST * 12}</p>{GALLERY}</div>'
    assert kind(article_html(layout, body=long)) is PageKind.ARTICLE


@layouts
@pytest.mark.parametrize("player", PLAYERS)
def test_video(layout: int, player: str) -> None:
    assert kind(article_html(layout, body=f'<div class="body">{player}</div>')) is PageKind.VIDEO
    beside = f'{player}<div class="body"><p>فیلم این آیین.</p></div>'
    assert kind(article_html(layout, body=beside)) is PageKind.VIDEO
    long = f'<div class="body"><p>{FIRST * 10}</p>{player}</div>'
    assert kind(article_html(layout, body=long)) is PageKind.ARTICLE
    side = f'<div class="side"><h3>فیلم روز</h3>{player}</div>'
    assert kind(article_html(layout, side=side)) is PageKind.ARTICLE


@pytest.mark.parametrize(
    "notice",
    [
        NOTICE,
        NOTICE.replace("ی", "ي").replace("ه", "ه\u200c"),
        "صفحهٔ درخواستی شما موجود نمی‌باشد.",
        "خبر مورد نظر یافت نشد",
    ],
)
@pytest.mark.parametrize(
    "content",
    [
        '<div class="error_container"><h1 class="title">خطا</h1><p>{}</p><a>خانه</a></div>',
        '<div class="body"><div class="error_container">{}</div></div>',
        '<h1 class="title">خطای ۴۰۴</h1><div class="body"><p>{}</p></div>',
        '<h1 class="title">{}</h1>',
    ],
)
def test_soft_404(notice: str, content: str) -> None:
    assert kind(other_page(content.format(notice) + PARTS["side"])) is PageKind.SOFT_404
    assert kind(other_page(content.format(notice))) is PageKind.SOFT_404


@pytest.mark.parametrize(
    ("content", "url"),
    [
        (NEWS, "https://khootoot.ir/"),
        (NEWS, "https://khootoot.ir/fa/archive?p=2"),
        (NEWS, URL),
        (f"<h1 class='title'>اخبار اجتماعی</h1><div class='body'>{NEWS}</div>", URL),
        ("<table><tr><td><a href='/fa/news/33500/x'>یک خبر</a></table>", "https://khootoot.ir/fa/tag/1/x"),
        (NEWS + ARVAN, "https://khootoot.ir/"),
    ],
)  # fmt: skip
def test_listing(content: str, url: str) -> None:
    assert kind(other_page(content), url) is PageKind.LISTING


def test_challenge() -> None:
    html = f"<html><body><h1>در حال بررسی مرورگر</h1>{ARVAN}</body></html>"
    assert kind(html) is PageKind.CHALLENGE


@pytest.mark.parametrize("heading", ["h1", 'h1 class="title"'])
def test_a_challenge_of_many_words_is_no_article(heading: str) -> None:
    words = f"<{heading}>Checking your browser before accessing the website</h1><p>{FIRST}</p>"
    assert kind(f'<html><body>{ARVAN}{words}<div class="body">{FIRST}</div></body></html>') is (
        PageKind.CHALLENGE
    )


@pytest.mark.parametrize("beside", ["", PARTS["side"], NEWS, f"<p>{FIRST}</p><p>{FIRST}</p>"])
@pytest.mark.parametrize("heading", ["{}", "<h1>{}</h1>", '<h1 class="title">{}</h1>'])
def test_an_error_of_the_cms_is_one_whatever_it_says_beside(heading: str, beside: str) -> None:
    said = f'<div class="error_container">{heading.format(NOTICE)}<p>{FIRST}</p>{beside}</div>'
    assert kind(other_page(said)) is PageKind.SOFT_404


@pytest.mark.parametrize("text", ["سایت در حال به‌روزرسانی است", "Error establishing a connection"])
def test_a_notice_of_repairs_at_an_articles_address_is_no_article(text: str) -> None:
    assert kind(f"<html><body><h1>{text}</h1><p>{FIRST}</p></body></html>") is PageKind.OTHER
    labelled = f"<html><body><h1>{text}</h1><div>کد خبر: ۳۳۶۱۴</div><p>{FIRST}</p></body></html>"
    assert kind(labelled) is PageKind.ARTICLE


@pytest.mark.parametrize(
    "text",
    [
        '<?xml version="1.0" encoding="utf-8"?>\n<!-- x --><rss version="2.0"><channel/></rss>',
        '<feed xmlns="http://www.w3.org/2005/Atom"></feed>',
        '<rdf:RDF xmlns:rdf="x"></rdf:RDF>',
        "<br />\n<b>Warning</b>: in <b>/a.php</b> on line <b>3</b><br />\n<rss></rss>",
        "<!DOCTYPE rss [<!ENTITY a 'b'><!ENTITY c \"d>e\">]>\n<rss></rss>",
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"></urlset>',
    ],
)
def test_feed(text: str) -> None:
    assert kind(text) is PageKind.FEED


def test_xhtml_is_no_feed() -> None:
    html = article_html().replace("<!DOCTYPE html>", '<?xml version="1.0"?>\n<!DOCTYPE html>')
    assert kind(html) is PageKind.ARTICLE


@pytest.mark.parametrize(
    "html",
    [
        "",
        "   ",
        '{"error": 1}',
        "بدون هیچ نشانه‌ای",
        other_page(
            "<h1 class='title'>درباره ما</h1><div class='body'>خطوط پایگاهی خبری است.</div>"
        ),
    ],
)
def test_other(html: str) -> None:
    assert kind(html, "https://khootoot.ir/fa/about") is PageKind.OTHER


@pytest.mark.parametrize(
    "date", ['<div class="fa_date">{}</div>', '<div class="news_pdate_c">{}</div>']
)
def test_results_of_a_search_at_an_articles_address_are_no_article(date: str) -> None:
    head = f'<h1 class="title">نتایج جستجو: نان</h1>{date.format(DATE)}'
    assert kind(other_page(head)) is PageKind.OTHER
    row = '<div class="item"><a href="/fa/news/{0}/x">خبر {0} نان</a></div>'
    rows = "".join(row.format(code) for code in range(33701, 33705))
    assert kind(other_page(head + rows)) is PageKind.LISTING
    for code in ('<div class="news_id_c">۳۳۶۱۴</div>', "<div>کد خبر: ۳۳۶۱۴</div>"):
        assert kind(other_page(code + head)) is PageKind.ARTICLE  # its text is missing


@layouts
def test_an_article_of_few_words_and_many_links_shows_its_code(layout: int) -> None:
    links = "".join(f'<p><a href="/fa/news/{33701 + n}/x">خبر {n}</a></p>' for n in range(4))
    body = f'<div class="body"><p>{FIRST}</p>{links}</div>'
    for code in ('<div class="news_id_c">۳۳۶۱۴</div>', "<div>کد خبر: ۳۳۶۱۴</div>"):
        assert kind(article_html(layout, body=body, code=code)) is PageKind.ARTICLE


@pytest.mark.parametrize(
    ("meta", "picture"),
    [
        ('<meta property="og:type" content="article">', ""),
        ("", '<img class="lead_image" src="/a.jpg">'),
        ("", '<a class="lead_image" href="/a.jpg"><img src="/a.jpg"></a>'),
        ("", '<div class="body"><img src="/files/fa/news/1402/1/1/a.jpg">'),
    ],
)
def test_a_short_text_with_a_picture_or_called_an_article_is_one(meta: str, picture: str) -> None:
    title = '<meta property="og:title" content="زلزله در تهران">'
    body = "<p>خبر کوتاه: زلزله ۴ ریشتری تهران را لرزاند.</p></div>"
    opened = picture if "body" in picture else f'{picture}<div class="body">'
    note = f'<h1 class="title">زلزله در تهران</h1>{opened}{body}'
    page = other_page(note).replace("</head>", f"{title}{meta}</head>")
    assert kind(page) is PageKind.ARTICLE
    bare = other_page(f'<h1 class="title">زلزله در تهران</h1><div class="body">{body}')
    assert kind(bare.replace("</head>", f"{title}</head>")) is PageKind.OTHER


@pytest.mark.parametrize(
    "words", ["کد خبر: جستجو", "شماره مطلب را وارد کنید", "شماره خبر: ۹۹۹", "کد خبر: ۳۳۶۱۴"]
)
def test_a_label_of_a_code_vouches_for_the_pages_own_code_alone(words: str) -> None:
    found = f'<h1 class="title">نتایج جستجو: نان</h1><div class="news_pdate_c">{DATE}</div>'
    is_own = "۳۳۶۱۴" in words
    page = other_page(f"<div>{words}</div>{found}")
    assert kind(page) is (PageKind.ARTICLE if is_own else PageKind.OTHER)
