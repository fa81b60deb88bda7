"""The same things in the words, and at the places, of other sites than the sample."""

from __future__ import annotations

import pytest

from khotoot_crawler.errors import ParseError
from khotoot_crawler.parsers.article import read_article
from khotoot_crawler.parsers.page import read_page
from khotoot_crawler.parsers.page_kind import PageKind, page_kind
from tests.article_html import DATE, FIRST, LAST, TITLE, article_html
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
     "دیگر خبرها", "لینک‌های مرتبط", "اخبار روز", "وب‌گردی", "پربیننده‌ها", "از سراسر وب",
     "مطالب مشابه", "برای مطالعه بیشتر", "پربازدیدترین اخبار", "عکس‌های مرتبط"],
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


# -- whose it is -------------------------------------------------------------

CLOUD = '<a href="/fa/tag/1/a">دلار</a> <a href="/fa/tag/1/b">سکه</a>'


@pytest.mark.parametrize(
    "cloud",
    [
        f'<div class="box"><div class="box_title">برچسب ها</div><div>{CLOUD}</div></div>',
        f'<div class="tags_title">برچسب ها: {CLOUD}</div>',
    ],
)
def test_the_tags_of_a_column_beside_are_not_the_articles(cloud: str) -> None:
    side = f'<div class="col-md-4">{cloud}</div>'
    assert read(0, tags="", side=side).tags == ()
    assert read(2, tags="", side=cloud).tags == ()
    code = '<div class="news_id_c">کد خبر: ۳۳۶۱۴</div>'
    toolbar = f'<div class="col-md-4">{code}{cloud}</div>'
    assert read(0, tags="", code="", side=toolbar).tags == ("دلار", "سکه")


@layouts
def test_what_is_hidden_is_read_only_where_nothing_is_shown(layout: int) -> None:
    hidden = {
        "kicker": '<div class="rutitr" style="display:none">روتیتر پنهان</div>',
        "lead": '<div class="subtitle" hidden>لید پنهان</div>',
        "views": '<div class="news_hits" style="display: none">تعداد بازدید: ۱</div>',
        "date": '<div class="news_pdate_c" style="display:none">۱ مهر ۱۴۰۱ - ۱۰:۰۰</div>',
        "tags": '<div style="display:none"><b class="row-tags"><a href="/x">پنهان</a></b></div>',
    }
    shown = {
        "kicker": '<div class="rutitr">روتیتر</div>',
        "lead": '<div class="subtitle">لید</div>',
        "views": '<div class="news_hits"><i style="display:none">۵</i>تعداد بازدید: ۳۴۵۶</div>',
        "date": f'<div class="news_pdate_c"><b hidden>2023-08-21 10:00</b>{DATE}</div>',
        "tags": '<div class="row-tags"><a href="/fa/tag/1/x">نان</a></div>',
    }
    article = read(layout, **{name: hidden[name] + shown[name] for name in shown})
    assert (article.kicker, article.lead, article.view_count) == ("روتیتر", "لید", 3456)
    assert (article.published_raw, article.tags) == (DATE, ("نان",))
    assert read(layout, **hidden).view_count == 1


@layouts
def test_a_path_left_open_does_not_reach_over_the_tags(layout: int) -> None:
    path = '<div class="news_path"><a href="/fa/services/2">اجتماعی</a> » <a href="/x">نان</a>'
    assert read(layout, path=path).section == ("اجتماعی", "نان")


@layouts
def test_of_two_dates_none_is_the_publication(layout: int) -> None:
    both = f'<div class="news_pdate_c">{DATE}<br>{LATER}</div>'
    article = read(layout, date=both)
    assert (article.published_raw, article.published_at) == (f"{DATE} {LATER}", None)


@layouts
@pytest.mark.parametrize(
    "below",
    [
        f'<p><a href="/fa/news/33701/x">{TITLE}</a></p><p>تعداد بازدید: ۹۹</p>',
        "<h3>نظرات</h3><p>علی: خوب است.</p><p>تعداد بازدید: ۹۹</p><form><input></form>",
    ],
)
def test_views_of_other_news_and_in_comments_are_not_the_articles(layout: int, below: str) -> None:
    body = body_of(f"<p>{FIRST}</p><p>{LAST}</p>", below)
    assert read(layout, body=body, views="", comments="").view_count is None


def test_figures_of_the_site_below_the_comments_are_not_the_articles() -> None:
    figures = f"<div>تعداد بازدید: ۱۲۳۴۵۶</div><div>تاریخ انتشار: {LATER}</div>"
    article = read(1, views="", date="", footer=f"<div><b>آمار سایت</b>{figures}</div>")
    assert (article.view_count, article.published_raw) == (None, None)


@layouts
@pytest.mark.parametrize("box", ["<div><b>دیدگاه‌ها</b>{}</div>", "<h4>نظرات</h4><ul>{}</ul>"])
def test_the_date_of_a_lone_comment_is_not_the_articles(layout: int, box: str) -> None:
    comment = box.format(f'<li><b>علی</b> <span class="fa_date">{LATER}</span> خوب بود</li>')
    assert read(layout, date="", tags=comment).published_raw is None


@layouts
def test_a_kicker_that_is_a_date_is_not_the_publication(layout: int) -> None:
    article = read(layout, date="", kicker=f'<div class="rutitr">{LATER}</div>')
    assert (article.kicker, article.published_raw) == (LATER, None)


@layouts
def test_a_page_pasted_into_the_text_does_not_end_it(layout: int) -> None:
    body = body_of(f"<html><body><p>{FIRST}</p></body></html><p>{LAST}</p>")
    article = read(layout, body=body)
    assert (article.body, article.tags) == (BODY, ("نان", "آرد، گندم"))


def test_codes_of_another_edition_are_not_this_ones() -> None:
    html = article_html(meta="", title=f'<h1 class="title">{TITLE}</h1>').encode()
    page = read_page(html, "https://khootoot.ir/en/news/33614/bread")
    with pytest.raises(ParseError, match="another edition"):
        read_article(page, "khootoot.ir")
