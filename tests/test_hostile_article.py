"""Pages that use the CMS's names for other things, or in other places, than the CMS does."""

from __future__ import annotations

import contextlib
import time

import pytest

from khotoot_crawler.errors import ParseError
from khotoot_crawler.items import Article, json_line
from khotoot_crawler.parsers.article import read_article
from khotoot_crawler.parsers.page import read_page
from tests.article_html import DATE, FIRST, LAST, LAYOUTS, TITLE, URL, article_html

BODY = f"{FIRST}\n{LAST}"
layouts = pytest.mark.parametrize("layout", range(len(LAYOUTS)))


def read(layout: int = 0, **parts: str) -> Article:
    page = read_page(article_html(layout, **parts).encode(), URL)
    return read_article(page, "khootoot.ir").article


def body_of(*paragraphs: str) -> str:
    return f'<div class="body">{"".join(paragraphs)}</div>'


@layouts
@pytest.mark.parametrize("name", ["subtitle", "news-subtitle", "summary", "rutitr", "kicker"])
def test_a_subhead_named_like_a_field_stays_in_the_text(layout: int, name: str) -> None:
    subhead = f'<h3 class="{name}">میان‌تیتر</h3>'
    article = read(layout, body=body_of(f"<p>{FIRST}</p>", subhead, f"<p>{LAST}</p>"), lead="")
    assert (article.lead, article.kicker) == (None, None)
    assert article.body == f"{FIRST}\nمیان‌تیتر\n{LAST}"


@layouts
def test_a_lead_at_the_beginning_of_the_body_is_one(layout: int) -> None:
    lead = '<div class="subtitle">لید در متن است.</div>'
    article = read(layout, body=body_of(lead, f"<p>{FIRST}</p>", f"<p>{LAST}</p>"), lead="")
    assert (article.lead, article.body) == ("لید در متن است.", BODY)


@layouts
@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        ('این ویدیو <span class="news_hits">۵۰۰ بازدید</span> داشت.', "این ویدیو ۵۰۰ بازدید داشت."),
        (
            'نامه <span class="fa_date">۱۲ تیر ۱۳۹۰ - ۱۰:۰۰</span> رسید.',
            "نامه ۱۲ تیر ۱۳۹۰ - ۱۰:۰۰ رسید.",
        ),
        ('قیمت <a class="tags_item" href="/fa/tag/1/x">طلا</a> بالا رفت.', "قیمت طلا بالا رفت."),
        ('<span class="comment">کارشناس</span> گفت.', "کارشناس گفت."),
    ],
)
def test_a_word_named_like_a_field_stays_in_its_sentence(
    layout: int, sentence: str, text: str
) -> None:
    body = body_of(f"<p>{FIRST}</p>", f"<p>{sentence}</p>", f"<p>{LAST}</p>")
    article = read(layout, body=body, views="", date="")
    assert article.body == f"{FIRST}\n{text}\n{LAST}"
    assert (article.view_count, article.published_at) == (None, None)


@layouts
@pytest.mark.parametrize("name", ["comment", "tags", "today", "download", "header", "side", "rate"])
@pytest.mark.parametrize("tag", ["p", "h3", "td"])
def test_a_paragraph_has_any_name_it_likes(layout: int, name: str, tag: str) -> None:
    named = f'<{tag} class="{name}">متنی در میان.</{tag}>'
    named = f"<table><tr>{named}</tr></table>" if tag == "td" else named
    body = body_of(f"<p>{FIRST}</p>", named, f"<p>{LAST}</p>")
    assert read(layout, body=body).body == f"{FIRST}\nمتنی در میان.\n{LAST}"


@layouts
@pytest.mark.parametrize(
    "date",
    [
        '<div class="news_pdate_c">۲۹ مرداد ۱۴۰۲</div><div class="news_ptime_c">۱۸:۳۹</div>',
        '<div class="news_pdate_c">آخرین به‌روزرسانی: ۳۰ مرداد ۱۴۰۲ - ۰۸:۰۰</div>'
        f'<div class="news_pdate_c">{DATE}</div>',
        f"<div>تاریخ ویرایش: ۳۰ مرداد ۱۴۰۲ - ۰۸:۰۰</div><div>{DATE}</div>",
        f'<div class="news_pdate_c">{DATE} (به روز رسانی: ۳۰ مرداد ۱۴۰۲ - ۰۸:۰۰)</div>',
        "<div><span>۲۹ مرداد ۱۴۰۲</span><span>۱۸:۳۹</span><span>۱۲۳۴۵</span>"
        "<span>۱۲ بازدید</span></div>",
    ],
)
def test_the_date_of_an_update_is_not_that_of_publication(layout: int, date: str) -> None:
    article = read(layout, date=date, views="")
    assert article.published_at == "2023-08-20T18:39:00+03:30"
    assert "۳۰ مرداد" not in (article.published_raw or "")
    assert "۱۲۳۴۵" not in (article.published_raw or "")


@layouts
def test_an_update_alone_is_no_date(layout: int) -> None:
    date = '<div class="news_pdate_c">آخرین ویرایش: ۳۰ مرداد ۱۴۰۲ - ۰۸:۰۰</div>'
    assert read(layout, date=date).published_raw is None


@layouts
@pytest.mark.parametrize(
    ("shown", "at"),
    [
        ("۳ ساعت پیش", "2023-08-20T18:39:00+03:30"),
        ("۲۹ مرداد ۱۴۰۲", "2023-08-20T18:39:00+03:30"),
        ("۲۸ مرداد ۱۴۰۲", None),
    ],
)
def test_metadata_tells_the_time_of_a_date_that_names_none(
    layout: int, shown: str, at: str | None
) -> None:
    meta = '<meta property="article:published_time" content="۱۴۰۲/۰۵/۲۹ - ۱۸:۳۹">'
    date = f'<div class="news_pdate_c">{shown}</div>'
    assert read(layout, date=date, meta=meta).published_at == at


@layouts
@pytest.mark.parametrize(
    "title",
    [
        f'<h1><a href="/">خطوط</a></h1><h1 class="title">{TITLE}</h1>',
        f'<div class="header"><h1 class="title">{TITLE}</h1></div>',
        f'<h2 class="title">{TITLE}</h2>',
    ],
)
def test_the_headline_stands_in_odd_places(layout: int, title: str) -> None:
    article = read(layout, title=title, kicker="", lead="", code="")
    assert (article.title, article.body) == (TITLE, BODY)


@layouts
def test_the_title_of_metadata_comes_without_the_site(layout: int) -> None:
    meta = (
        f'<meta property="og:title" content="{TITLE} | خطوط">'
        '<meta property="og:site_name" content="خطوط">'
    )
    assert read(layout, title="", meta=meta).title == TITLE


@layouts
def test_an_article_of_links_is_an_article(layout: int) -> None:
    links = "".join(f'<p><a href="/fa/news/{n}/x">خبر شماره {n} امروز</a></p>' for n in (1, 2, 3))
    assert read(layout, body=body_of(f"<p>{FIRST}</p>", links)).title == TITLE


@layouts
def test_the_player_of_the_site_itself_is_no_film(layout: int) -> None:
    script = '<script src="/media/js/player.js"></script>'
    assert read(layout, body=body_of(f"<p>{FIRST}</p>", script)).page_type == "article"


@layouts
def test_a_picture_is_of_the_article_that_it_leads_to(layout: int) -> None:
    other = '<p><a href="/fa/news/9/q"><img src="/b.jpg" width="500"></a></p>'
    own = '<div class="wp-caption"><img src="/a.jpg" width="500"><p>شرح</p></div>'
    article = read(layout, body=body_of(f"<p>{FIRST}</p>", own, other, f"<p>{LAST}</p>"))
    assert [image.url for image in article.images] == ["https://khootoot.ir/a.jpg"]
    assert article.body == BODY


def test_tags_stand_bare_in_the_box_of_the_text() -> None:
    end = "ارسال نظر</div>"
    tags = '</p>برچسب ها: <a href="/fa/tag/1/a">رفاه</a> <a href="/fa/tag/1/b">#تعاون</a><br>'
    box = f"<div style='direction: rtl;'><h1>{TITLE}</h1><p>{FIRST}</p><p>{LAST}{tags}{end}"
    page = f'<html><body><div class="news_pdate_c">{DATE}</div>{box}</body></html>'
    article = read_article(read_page(page.encode(), URL), "khootoot.ir").article
    assert (article.tags, article.body) == (("رفاه", "تعاون"), BODY)


@layouts
@pytest.mark.parametrize(
    "views",
    [
        "<div>کد خبر: ۳۳۶۱۴ - بازدید: ۹۹</div>",
        "<div>تعداد نمایش: ۹۹</div>",
    ],
)
def test_views_in_a_line_of_labels(layout: int, views: str) -> None:
    assert read(layout, views=views).view_count == 99


def test_views_below_a_body_left_unclosed() -> None:
    body = f'<div class="body"><p>{FIRST}</p><p>{LAST}</p><div>تعداد بازدید: ۴۵</div>'
    article = read(body=body, views="")
    assert (article.view_count, article.body) == (45, BODY)


def test_a_lone_surrogate_in_metadata_is_passed_over() -> None:
    meta = '<script type="application/ld+json">{"@type":"NewsArticle","keywords":["\\ud800","a"]}'
    article = read(meta=f"{meta}</script>", tags="")
    assert json_line(article)
    assert article.tags == ("a",)


def test_a_link_under_the_heading_of_an_ad_is_one() -> None:
    ad = '<div class="rep">تبلیغات</div><div><a href="https://shop.ir">فروشگاه</a></div>'
    assert read(body=f'<div class="body"><p>{FIRST}</p><p>{LAST}</p>{ad}').body == BODY


@pytest.mark.parametrize(
    "parts",
    [
        {"date": '<div class="news_pdate_c">الف' + "\u200c" * 30_000 + "</div>"},
        {"date": '<div class="news_pdate_c">' + "¦ " * 30_000 + "</div>"},
        {"views": '<div class="news_hits">بازدید' + "\u200c" * 30_000 + "</div>"},
        {"views": '<div class="news_hits">' + "1" * 30_000 + "</div>"},
        {"body": body_of(f"<p>{FIRST}</p><p>" + "_" * 30_000 + "abc</p>")},
        {"body": body_of(f"<p>{FIRST}</p><p>نظرات</p>", "<script>" * 30_000)},
        {"body": body_of(f"<p>{FIRST}</p><p>نظرات</p>", "<!-- " * 30_000)},
        {"tags": '<div class="row-tags">' * 250 + '<a href="/fa/tag/1/x">x</a>' * 20_000},
        {"body": '<div class="album_listi">' * 250 + '<img src="/a.jpg">' * 20_000},
        {"body": "<div>" * 250 + '<a href="/fa/news/9/x">x</a>' * 20_000},
    ],
    ids=range(10),
)
def test_no_page_takes_long(parts: dict[str, str]) -> None:
    start = time.process_time()
    with contextlib.suppress(ParseError):
        read(0, **parts)
    assert time.process_time() - start < 2


@pytest.mark.parametrize("wrapper", ["row-tags", "album_listi", "subtitle", "body", "x"])
def test_what_is_nested_too_deep_is_refused(wrapper: str) -> None:
    deep = f'<div class="{wrapper}">' * 1500 + "<b>x</b>" * 5000
    with pytest.raises(ParseError, match="nested too deep"):
        read(tags=deep)


def test_some_hundred_elements_left_unclosed_are_read() -> None:
    assert read(body=body_of("<font>" * 400, f"<p>{FIRST}</p>", f"<p>{LAST}</p>")).body == BODY


@layouts
@pytest.mark.parametrize(
    "tool",
    [
        '<p><a class="video_download" href="/files/a.mp4">دانلود فیلم</a></p>',
        '<p>لینک کوتاه: <a href="/0008kA">khootoot.ir/0008kA</a></p>',
    ],
)
def test_a_link_named_as_a_tool_is_no_text(layout: int, tool: str) -> None:
    assert read(layout, body=body_of(f"<p>{FIRST}</p>", tool, f"<p>{LAST}</p>")).body == BODY
