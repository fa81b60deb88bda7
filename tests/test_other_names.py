"""The same fields and boxes by the names that themes of sister sites give them."""

from __future__ import annotations

import pytest

from khotoot_crawler.parsers.page import read_page
from khotoot_crawler.parsers.page_kind import page_kind
from tests.article_html import DATE, FIRST, LAST, TITLE, URL, article_html
from tests.test_hostile_article import BODY, body_of, layouts, read

LEAD = "این لید خبر است."
PATH = (
    '<a href="/">سایت ما</a> <i></i> <a href="/fa/social">جامعه</a> <a href="/fa/social/5">نان</a>'
)
NEWS = '<div><a href="/fa/news/33701/x">خبر دیگر سایت درباره آرد</a></div>'


@layouts
@pytest.mark.parametrize(
    "name",
    ["Htags_news_subtitle", "baznashr-subtitle", "content-lead-news", "photo_subtitle",
     "subtitle_photo", "photo-subtitle", "sub_ax"],
)  # fmt: skip
def test_leads(layout: int, name: str) -> None:
    lead = f'<h2 class="{name}"><strong class="news_strong">{LEAD}</strong></h2>'
    article = read(layout, lead=lead)
    assert (article.lead, article.body) == (LEAD, BODY)


@layouts
@pytest.mark.parametrize("name", ["rutitr-news", "rutitr_photo", "newsPreTitle"])
def test_kickers(layout: int, name: str) -> None:
    assert read(layout, kicker=f'<p class="{name}">رئیس اتحادیه:</p>').kicker == "رئیس اتحادیه:"


@layouts
@pytest.mark.parametrize("name", ["rutitr", "rutitr_body"])
def test_a_heading_that_holds_but_a_kicker_or_a_lead_is_no_headline(layout: int, name: str) -> None:
    above, below = "رئیس اتحادیه نانوایان در گفتگو با خطوط:", "این لید بیش از بیست حرف دارد."
    kicker = f'<h3><span class="{name}">{above}</span></h3>'
    lead = f'<h2><span class="subtitle">{below}</span></h2>'
    article = read(layout, kicker=kicker, lead=lead)
    assert (article.kicker, article.title, article.lead) == (above, TITLE, below)


@layouts
@pytest.mark.parametrize("name", ["title_news", "title-news", "newsTitle", "title_c"])
def test_headlines(layout: int, name: str) -> None:
    title = f'<div class="{name}"><a href="/fa/news/33614/x">{TITLE}</a></div>'
    assert read(layout, title=title).title == TITLE


@layouts
def test_a_path_of_sections_may_end_the_text(layout: int) -> None:
    text = f"<p>{FIRST}</p><p>{LAST}</p>"
    named = f'<div class="row baznashr-body">{text}<div class="path_bottom_body">{PATH}</div></div>'
    article = read(layout, body=named, path="")
    assert (article.body, article.section) == (BODY, ("جامعه", "نان"))
    unnamed = f'<div class="body">{text}<div>{PATH}</div></div>'
    assert read(layout, body=unnamed).body == BODY


@layouts
@pytest.mark.parametrize("name", ["news_path2", "padd-breadcrumb", "path-cover"])
def test_paths_of_sections(layout: int, name: str) -> None:
    article = read(layout, path=f'<section class="{name}">{PATH}</section>')
    assert article.section == ("جامعه", "نان")


@layouts
@pytest.mark.parametrize(
    ("name", "of_link"),
    [("tag_items", ""), ("tag_items_photo", ""), ("newsTags", ""), ("x", "tags_item_photo")],
)
def test_tags(layout: int, name: str, of_link: str) -> None:
    link = f'<a class="{of_link}" href="/fa/tags/1/1/x">نان</a>'
    article = read(layout, tags=f'<div class="{name}">{link}</div>')
    assert (article.tags, article.body) == (("نان",), BODY)


@pytest.mark.parametrize("name", ["album_content", "col-grid-album-photo", "photo_album_grid"])
def test_albums(name: str) -> None:
    picture = '<a href="/files/fa/news/1402/5/29/{0}.jpg"><img src="/files/fa/news/{0}_t.jpg"></a>'
    album = "".join(f'<div class="{name}">{picture.format(n)}</div>' for n in (1, 2))
    page = read_page(article_html(0, body=album).encode(), URL)
    assert page_kind(page).value == "photo"
    found = [image.url[-5:] for image in read(body=album).images]
    assert found == ["1.jpg", "2.jpg"]


def test_lead_images() -> None:
    body = body_of(f"<p>{FIRST}</p><p>{LAST}</p>")
    image = '<div class="parent-lead-img"><img src="/files/fa/news/1402/5/29/1.jpg"></div>'
    assert [image.url[-5:] for image in read(body=image + body).images] == ["1.jpg"]


@layouts
@pytest.mark.parametrize(
    "heading", ["پربیننده ترین پست همین یک ساعت اخیر", "شاید از دست داده باشید", "دیدنی‌ها"]
)
def test_a_named_box_of_other_news_may_have_any_heading(layout: int, heading: str) -> None:
    box = f'<div class="box-hour"><div class="ttl">{heading}</div>{NEWS}{NEWS}</div>'
    assert read(layout, body=body_of(f"<p>{FIRST}</p>{box}<p>{LAST}</p>")).body == BODY


@layouts
def test_a_sentence_above_a_link_to_other_news_is_text(layout: int) -> None:
    sentence = "وزیر پیش از این نیز آن را گفته بود."
    block = f'<div class="text"><p>{sentence}</p>{NEWS}</div>'
    body = read(layout, body=body_of(f"<p>{FIRST}</p>{block}<p>{LAST}</p>")).body
    assert body == f"{FIRST}\n{sentence}\n{LAST}"


@layouts
@pytest.mark.parametrize(
    "block",
    [
        '<div><a href="/f/1.mp4">کیفیت پایین</a> | <a href="/f/2.mp4">کیفیت اصلی</a></div>',
        '<p><a href="/files/fa/news/1.mp3">دانلود فایل صوتی</a></p>',
        '<blockquote class="instagram-media"><a href="https://www.instagram.com/p/x/">'
        "View this post on Instagram</a></blockquote>",
        '<div><input value="x"><span>کپی لینک</span></div>',
    ],
)
def test_files_of_players_and_pasted_posts_are_no_text(layout: int, block: str) -> None:
    assert read(layout, body=body_of(f"<p>{FIRST}</p>{block}<p>{LAST}</p>")).body == BODY


@layouts
@pytest.mark.parametrize(
    "below",
    [
        '<ul class="nav-tabs"><li><a href="#d">روز</a></li><li><a href="#">پربحث‌ها</a></li></ul>',
        '<div class="comm_title_box"><a href="#" class="comments_topic">علی</a></div>',
    ],
)
def test_a_row_of_tags_left_open_has_no_more_of_them(layout: int, below: str) -> None:
    tags = '<div class="tags_title"><a href="/fa/tag/1/x">نان</a> <a href="#">آرد</a>'
    side = f'<div class="box">{below}{NEWS}</div>'
    assert read(layout, tags=tags, comments="", side=side).tags == ("نان", "آرد")


@layouts
@pytest.mark.parametrize("label", ["تاریخ:", "تاریخ :", "انتشار:", "درج:", ""])
def test_the_label_of_a_date_without_a_name_is_no_part_of_it(layout: int, label: str) -> None:
    assert read(layout, date=f"<div>{label} {DATE}</div>").published_raw == DATE
    among = f"<div><a href='/fa/services/2'>جامعه</a> / {label} {DATE} / کد خبر: ۳۳۶۱۴</div>"
    assert read(layout, date=among, code="").published_raw == DATE


@pytest.mark.parametrize("name", ["photo_pdate", "photo_pub_date", "news-pdate"])
def test_dates_of_albums(name: str) -> None:
    title = f'<h1 class="title">{TITLE}</h1><div class="{name}">{DATE}</div>'
    album = '<div class="image_set"><a href="/files/fa/news/1402/5/29/1.jpg">۱</a></div>'
    assert read(title=title, date="", body=album).published_raw == DATE


def test_a_lead_left_open_ends_where_the_code_stands() -> None:
    lead = f'<div class="subtitle">{LEAD}'
    for name in ("news-id", "newsId", "number-news"):
        code = f'<span class="{name}">کد خبر: ۳۳۶۱۴</span>'
        assert read(lead=lead, code=code, kicker="").lead == LEAD


@layouts
@pytest.mark.parametrize(
    ("service", "category"),
    [("service_name", "cat_name"), ("newsServiceName", "newsSubjectName")],
)
def test_steps_of_a_path_that_nothing_holds_together(
    layout: int, service: str, category: str
) -> None:
    steps = (
        f'<a class="{service}" href="/fa/services/2">جامعه</a> » '
        f'<a class="{category}" href="/fa/services/2/5">نان</a>'
    )
    side = f'<div class="box"><a class="{category}" href="/fa/services/3">ورزش</a>{NEWS}</div>'
    twice = f"<div>{steps}</div>" * 2
    assert read(layout, path=twice, side=side).section == ("جامعه", "نان")
    assert read(layout, path="", side=side).section == ()


@layouts
@pytest.mark.parametrize("inner", ["{}", '<div class="body">{}</div><div>نشانی کوتاه</div>'])
def test_a_body_of_bare_text_by_another_name(layout: int, inner: str) -> None:
    text = inner.format(f"{FIRST}<br><br>{LAST}")
    assert read(layout, body=f'<div class="khabar-matn">{text}</div>').body == BODY


def test_an_album_of_other_news_is_none_of_the_articles() -> None:
    cards = '<a href="/fa/news/33701/x"><img src="/files/fa/news/1402/5/1/9.jpg"></a>' * 2
    album = f'<div class="album_content">{cards}</div>'
    body = body_of(f"<p>{FIRST}</p><p>{LAST}</p>")
    assert read(body=body + album).images == ()
    assert read(tags=album).images == ()
    assert read(side=album).images == ()
