"""Whose a field is, where the page puts other things beside it: the article's, or none of its."""

from __future__ import annotations

import pytest

from tests.article_html import DATE, FIRST, LAST
from tests.test_hostile_article import body_of, layouts, read

CLOCK = "شنبه ۲۵ شهریور ۱۴۰۲ - ۰۹:۱۵"
TAGS = '<div class="row-tags">برچسب ها: <a href="/fa/tag/1/x">نان</a></div>'
OTHERS = '<h4>خبرهای مرتبط</h4><a href="/fa/news/33701/x">خبر دیگر سایت درباره آرد</a>'
HEADS = (
    '<header><span class="fa_date">{}</span></header>',
    '<div class="top_row"><span class="fa_date">{}</span></div>',
    '<div><div class="clock-box"><b class="fa_date">{}</b></div></div>',
)


@layouts
def test_a_path_told_twice_is_one(layout: int) -> None:
    path = '<div class="news_path{}"><a href="/">خانه</a> » <a href="/fa/services/2">نان</a></div>'
    twice = path.format("") + path.format(" visible-xs")
    assert read(layout, path=twice).section == ("نان",)


def test_steps_of_one_name_are_kept() -> None:
    step = '<a href="/fa/services/2">انتخابات</a>'
    assert read(path=f'<div class="news_path">{step} » {step}</div>').section == ("انتخابات",) * 2


@layouts
@pytest.mark.parametrize("head", HEADS)
def test_a_clock_above_the_article_is_not_its_date(layout: int, head: str) -> None:
    header = head.format(CLOCK)
    assert read(layout, header=header, date="").published_raw is None
    own = f'<div class="fa_date">{DATE}</div>'
    code = f'<div class="news_toolbar">{own}<div class="news_id_c">کد خبر: ۳۳۶۱۴</div></div>'
    assert read(layout, header=header, date="", code=code).published_raw == DATE


@layouts
def test_a_toolbar_at_the_top_of_the_page_is_the_articles(layout: int) -> None:
    bar = f'<div class="news_id_c">۳۳۶۱۴</div><i></i><b class="fa_date">{DATE}</b>'
    code = f'<div class="top_bar">{bar}</div>'
    assert read(layout, date="", code=code).published_raw == DATE


@layouts
def test_a_date_below_the_text_is_read_where_it_stands_alone(layout: int) -> None:
    below = f'<div class="meta"><span class="fa_date">{DATE}</span></div>'
    assert read(layout, date="", tags=below).published_raw == DATE
    assert read(layout, date="", tags=below + below.replace("۱۴۰۲", "۱۴۰۱")).published_raw is None
    by_two_names = below.replace("span", "time")
    assert read(layout, date="", tags=by_two_names).published_raw == DATE


@layouts
@pytest.mark.parametrize(
    "beside",
    [
        f'<div class="rel">{OTHERS}</div>',
        f'<div class="related_news">{OTHERS}</div>',
        '<form action="/"><textarea></textarea></form>',
    ],
)
def test_tags_right_below_the_text_are_its_own_whatever_follows(layout: int, beside: str) -> None:
    article = read(layout, tags=f'<div class="content_bottom">{TAGS}{beside}</div>')
    assert article.tags == ("نان",)


@layouts
def test_tags_behind_other_news_are_of_others(layout: int) -> None:
    other = f'<div class="box"><div class="rel">{OTHERS}</div>{TAGS}</div>'
    assert read(layout, tags=other).tags == ()


@layouts
@pytest.mark.parametrize(
    "row",
    [
        "موضوعات: {} {}",
        "برچسب های مرتبط: {} و {}",
        "Tags: {}، {}",
    ],
)
def test_a_row_of_tags_is_one_by_any_words(layout: int, row: str) -> None:
    links = ('<a href="/fa/tag/1/x">نان</a>', '<a href="/fa/tag/1/y">آرد، گندم</a>')
    article = read(layout, tags=f'<div class="row-tags">{row.format(*links)}</div>')
    assert article.tags == ("نان", "آرد، گندم")


def test_a_cloud_of_tags_or_an_album_in_a_side_bar_is_not_the_articles() -> None:
    side = (
        '<div class="col-md-4"><div class="cloud"><a class="tags_item" href="/fa/tag/1/d">دلار</a>'
        '</div><div class="album_listi"><a href="/files/2.jpg"><img src="/files/2t.jpg"></a></div>'
        "</div>"
    )
    article = read(tags="", side=side)
    assert (article.tags, article.images, article.page_type) == ((), (), "article")


@layouts
@pytest.mark.parametrize(
    "bar",
    [
        "<h3>مشخصات خبر</h3>{}{}",
        '{}{}<a href="/fa/news/33613/x">خبر قبلی »</a>',
        '<div class="news_tools">{}{}<span class="news_id_c">کد خبر: ۳۳۶۱۴</span></div>' + OTHERS,
    ],
)
def test_a_toolbar_is_the_articles_whatever_it_is_headed_by(layout: int, bar: str) -> None:
    date = f'<div class="news_pdate_c">{DATE}</div>'
    views = '<div class="news_hits">تعداد بازدید: ۵۵</div>'
    article = read(layout, date=f'<div class="info_box">{bar.format(date, views)}</div>', views="")
    assert (article.published_raw, article.view_count) == (DATE, 55)


@layouts
def test_a_lead_and_a_kicker_may_link_to_other_news(layout: int) -> None:
    link = '<a href="/fa/news/33701/x">پرونده نان</a>'
    article = read(
        layout,
        lead=f'<div class="subtitle">سخنگو در ادامه {link} از آرد گفت.</div>',
        kicker=f'<b class="rutitr">در {link}؛</b>',
    )
    assert article.lead == "سخنگو در ادامه پرونده نان از آرد گفت."
    assert article.kicker == "در پرونده نان؛"
    assert read(layout, lead=f'<div class="subtitle">{link}</div>').lead is None


@layouts
def test_a_linked_lead_image(layout: int) -> None:
    image = '<a class="lead_image" href="/files/1_big.jpg"><img src="/files/1.jpg"></a>'
    body = image + body_of(f"<p>{FIRST}</p>", f"<p>{LAST}</p>")
    assert [i.url for i in read(layout, body=body).images] == ["https://khootoot.ir/files/1.jpg"]
