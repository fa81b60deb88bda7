"""The same things in the words, and at the places, of other sites than the sample."""

from __future__ import annotations

import pytest

from khotoot_crawler.parsers.page import read_page
from khotoot_crawler.parsers.page_kind import PageKind, page_kind
from tests.article_html import DATE, FIRST, LAST, TITLE
from tests.test_hostile_article import BODY, body_of, layouts, read

SITE = "پایگاه خبری تحلیلی خطوط"
LATER = "۳۰ مرداد ۱۴۰۲ - ۱۱:۳۰"
NEWS = '<li><a href="/fa/news/33701/x">خبر دیگر سایت درباره آرد</a></li>'


@pytest.mark.parametrize("layout", [0, 2])
@pytest.mark.parametrize("window_title", [f"{TITLE} | {SITE}", f"{SITE} - {TITLE}", SITE])
@pytest.mark.parametrize(
    "head", ["<h1>{}</h1>", '<h1 class="logo">{}</h1>', '<div class="title">{}</div>']
)
@pytest.mark.parametrize(
    "headline", ["<h1>{}</h1>", '<h1 class="title">{}</h1>', '<h2 class="news-title">{}</h2>']
)
def test_the_name_of_the_site_is_no_headline(
    layout: int, window_title: str, head: str, headline: str
) -> None:
    header = head.format(SITE)
    for title in (TITLE, f"«{TITLE}»"):
        article = read(layout, header=header, title=headline.format(title), window=window_title)
        assert (article.title, article.lead, article.body) == (title, "این لید خبر است.", BODY)


@layouts
@pytest.mark.parametrize(
    "label",
    ["به روز شده در:", "بروز شده:", "آپدیت:", "آخرین به‌روزآوری:", "تاریخ بازنشر:", "Last update:"],
)
def test_the_time_of_a_change_is_not_that_of_publication(layout: int, label: str) -> None:
    changed = f'<div class="news_pdate_c">{label} {LATER}</div>'
    assert read(layout, date=changed).published_raw is None
    own = f'<div class="news_pdate_c">{DATE}</div>'
    assert read(layout, date=changed + own).published_raw == DATE
    both = f'<div class="news_pdate_c">تاریخ انتشار: {DATE} | {label} {LATER}</div>'
    assert read(layout, date=both).published_raw == DATE


@layouts
@pytest.mark.parametrize(
    "heading",
    ["دیدگاه کاربران", "نظرات خوانندگان", "دیدگاه شما", "نظرات ارسالی", "آخرین نظرات",
     "نظر خود را بنویسید", "افزودن دیدگاه"],
)  # fmt: skip
def test_comments_by_any_heading_are_no_text(layout: int, heading: str) -> None:
    comments = f"<h3>{heading}</h3><p>علی: کار خوبی است.</p><form><textarea></textarea></form>"
    body = body_of(f"<p>{FIRST}</p><p>{LAST}</p>", comments)
    assert read(layout, body=body, comments="").body == BODY


@layouts
@pytest.mark.parametrize(
    "heading",
    ["در همین زمینه", "این خبر را هم بخوانید", "اخبار مرتبط با این خبر", "سایر اخبار",
     "دیگر خبرها", "لینک‌های مرتبط", "اخبار روز", "وب‌گردی", "پربیننده‌ها"],
)  # fmt: skip
def test_boxes_of_other_news_by_any_heading_are_no_text(layout: int, heading: str) -> None:
    box = f"<div><h3>{heading}</h3><ul>{NEWS}{NEWS}</ul></div>"
    assert read(layout, body=body_of(f"<p>{FIRST}</p><p>{LAST}</p>", box)).body == BODY


def test_the_title_of_a_pasted_document_is_no_text() -> None:
    pasted = f"<html><head><title>Word - خبر</title></head><p>{FIRST}</p><p>{LAST}</p></html>"
    assert read(body=body_of(pasted)).body == BODY


@pytest.mark.parametrize("label", ["تگ ها:", "کلید واژه ها:", "کلمات کلیدی:", "برچسب‌ها"])
def test_a_linked_label_of_tags_is_none(label: str) -> None:
    tags = f'<div class="row-tags"><a href="#">{label}</a> <a href="/fa/tag/1/x">نان</a></div>'
    assert read(tags=tags).tags == ("نان",)


@pytest.mark.parametrize(
    "meta",
    [
        '<meta property="article:section" content="صفحه نخست > اقتصادی">',
        '<script type="application/ld+json">{"@type": "BreadcrumbList", "itemListElement": ['
        '{"name": "صفحه نخست", "item": "/"}, {"name": "اقتصادی", "item": "/fa/services/2"},'
        f'{{"name": "{TITLE}"}}]}}</script>',
    ],
)
def test_sections_of_metadata_name_neither_home_nor_the_page(meta: str) -> None:
    assert read(path="", meta=meta).section == ("اقتصادی",)


@pytest.mark.parametrize(
    "player",
    [
        '<iframe src="about:blank" data-src="https://www.aparat.com/video/embed/x"></iframe>',
        '<object data="/player.swf?file=a.flv"></object>',
    ],
)
def test_players_that_load_late_are_film(player: str) -> None:
    assert read(body=body_of(f"<p>{FIRST}</p>", player)).page_type == "video"


def test_a_list_of_one_article_is_a_list() -> None:
    headline = f'<h1 class="title"><a href="/fa/news/33701/x">{TITLE}</a></h1>'
    card = f'{headline}<b class="fa_date">{DATE}</b>'
    page = read_page(
        f"<body>{card}<p>{FIRST}</p></body>".encode(), "https://khootoot.ir/fa/tag/1/x"
    )
    assert page_kind(page) is PageKind.LISTING
