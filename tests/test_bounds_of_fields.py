"""Where a field ends and the next one begins: a value is never taken from its neighbour."""

from __future__ import annotations

import pytest

from tests.article_html import DATE, FIRST, LAST, TITLE
from tests.test_other_orders import (
    BODY,
    BODY_TEXT,
    CANONICAL,
    CODE,
    HEADLINE,
    LEAD,
    LEAD_TEXT,
    PATH,
    PUBLISHED,
    RTL,
    STORY,
    TAGS,
    VIEWS,
    read,
)


@pytest.mark.parametrize(
    "bar",
    [
        "<div>تعداد بازدید:</div><div>زمان مطالعه: ۳ دقیقه</div>",
        "<div>تعداد بازدید:</div><div>۳ دقیقه مطالعه</div>",
        "<div>تعداد بازدید:</div><div><b>۵</b> نظر</div>",
        "<span>بازدید:</span> <b></b> <span>لایک: ۲</span>",
        "<ul><li>بازدید: <li>۲ پسندیدم</ul>",
        "<div>بازدید: امتیاز: ۴</div>",
        "<div>تعداد بازدید:</div><span class='news_id'>۳۳۶۱۴</span>",
    ],
)
def test_a_label_of_visits_without_a_value_takes_none(bar: str) -> None:
    assert read(f"<div>{bar}</div>{CODE}{HEADLINE}{BODY}").view_count is None


@pytest.mark.parametrize(
    "bar",
    [
        "<div>تعداد بازدید:</div><div>۲۸۴۱</div><div>۳ نظر</div>",
        "<table><tr><td>بازدید</td><td>:</td><td>۲۸۴۱ بار</td></tr></table>",
        "<span>بازدید:</span> <b>۲۸۴۱</b> <b>نظرات: ۳</b>",
        "<dl><dt>بازدید:<dd>۲۸۴۱ نفر</dl>",
    ],
)
def test_a_count_of_visits_beside_its_label(bar: str) -> None:
    assert read(f"<div>{bar}</div>{CODE}{HEADLINE}{BODY}").view_count == 2841


@pytest.mark.parametrize(
    "frame", ["\n<div dir='rtl'>\n{}\n</div>\n", "<table><tr><td>{}</td></tr></table>"]
)
@pytest.mark.parametrize(
    "beside",
    ["<h3>میان‌تیتری بلند درباره سهمیه آرد</h3>", "<p><a href='/fa/news/1/x'>خبری دیگر</a></p>"],
)
def test_fields_in_a_frame_within_the_body(frame: str, beside: str) -> None:
    lead_image = '<div class="lead_image"><img src="/files/fa/news/1402/5/29/1.jpg"></div>'
    fields = f'{PUBLISHED}{VIEWS}<div class="row-tags">{TAGS}</div>'
    inner = f"{lead_image}{LEAD}<p>{FIRST}</p>{beside}<p>{LAST}</p>{fields}"
    for framed in (frame.format(inner), frame.format(f"<div>{inner}</div>")):
        article = read(f'{CODE}{HEADLINE}<div class="body">{framed}</div>')
        assert (article.lead, article.published_raw, article.view_count) == (LEAD_TEXT, DATE, 2841)
        assert (article.tags, len(article.images)) == (("آب", "گیلان"), 1)


def test_a_box_that_opens_a_body_is_no_frame_of_it() -> None:
    box = (
        f'<div>{VIEWS}<h3><a href="/fa/news/1/x">خبری دیگر درباره سهمیه آرد نانوایی</a></h3></div>'
    )
    article = read(f'{CODE}{HEADLINE}<div class="body">{box}<p>{FIRST}</p><p>{LAST}</p></div>')
    assert (article.view_count, article.body) == (None, BODY_TEXT)


TOOLS = '<a href="/fa/print/33614">نسخه چاپی</a> <a href="/fa/send/33614">ارسال به دوستان</a>'


@pytest.mark.parametrize(
    "tools",
    [
        TOOLS,
        TOOLS.replace('"/fa', '"https://khootoot.ir/fa'),
        '<a href="/0008kA">https://khootoot.ir/0008kA</a>',
        '<a href="https://telegram.me/share/url?url=x">تلگرام</a> <a href="//t.me/khotoot">ما</a>',
        '<a class="send_error" onclick="x()">گزارش خطا</a> <a href="#">اندازه فونت</a>',
        '<a href="https://example.ir/app">برنامه ما را بگیرید</a>',
    ],
)
def test_tools_in_a_row_of_tags(tools: str) -> None:
    for row in (f"{TAGS} {tools}</div>", f"{TAGS}<div class='bottom'>{tools}</div>"):
        content = f'{CODE}{HEADLINE}{BODY}<div class="row-tags">برچسب ها: {row}'
        assert read(content).tags == ("آب", "گیلان")


def test_tags_that_read_like_tools_or_have_addresses_of_other_kinds() -> None:
    row = '<div class="row-tags">{}</div>'
    printed = '<a href="/fa/tag/1/p">چاپ</a> <a href="#">آب</a>'
    assert read(f"{CODE}{HEADLINE}{BODY}{row.format(printed)}").tags == ("چاپ", "آب")
    searched = '<a href="/fa/archive?q=1">آب</a> <a href="/fa/archive?q=2">گیلان</a>'
    assert read(f"{CODE}{HEADLINE}{BODY}{row.format(searched)}").tags == ("آب", "گیلان")


def test_what_a_path_leads_to_beside_sections() -> None:
    others = f'<a href="/fa/rss/4">RSS</a> <a href="/fa/archive">آرشیو</a> {TOOLS}'
    path = f'<div class="news_path">{PATH} {others}</div>'
    assert read(f"{path}{CODE}{HEADLINE}{BODY}").section == ("استان‌ها", "گیلان")


@pytest.mark.parametrize(
    "said",
    [
        f"منتشر شده در: {DATE}",
        f"تاریخ ثبت: {DATE}",
        f"درج شده در {DATE}",
        f"نویسنده: علی رضایی | {DATE}",
        f"<span>خبرنگار: مریم احمدی</span> <span>{DATE}</span>",
    ],
)
def test_dates_by_other_words(said: str) -> None:
    assert read(f"<div>{said}</div><div>{CODE}{HEADLINE}{BODY}</div>").published_raw == DATE


@pytest.mark.parametrize(
    "said",
    ["منتشر شده در: روزنامه ایران", f"آخرین نظر: علی | {DATE}", f"زمان برگزاری: تهران | {DATE}"],
)
def test_what_reads_like_a_date_of_publication(said: str) -> None:
    assert read(f"<div>{said}</div><div>{CODE}{HEADLINE}{BODY}</div>").published_raw is None


@pytest.mark.parametrize("between", [" ", " | ", " - ", "</span> <span>"])
@pytest.mark.parametrize(
    "beside",
    ["نویسنده: علی رضایی", "زمان مطالعه: ۳ دقیقه", "مدت زمان مطالعه: ۰۳:۲۰", "امتیاز: ۴",
     "لینک کوتاه: khootoot.ir/0008kA", "کد: ۳۳۶۱۴", "گروه خبری: اجتماعی"],
)  # fmt: skip
def test_a_value_ends_where_the_next_label_begins(between: str, beside: str) -> None:
    named = '<div class="{}"><span>{}</span></div>'
    date = named.format("news_pdate_c", f"{DATE}{between}{beside}")
    views = named.format("news_hits", f"تعداد بازدید: ۲۸۴۱{between}{beside}")
    article = read(f"<div>{date}{views}</div><div>{CODE}{HEADLINE}{BODY}</div>")
    assert (article.published_raw, article.view_count) == (DATE, 2841)


@pytest.mark.parametrize("between", [" ", " | ", " - ", "</span> <span>"])
@pytest.mark.parametrize("beside", ["چاپ", "علی رضایی", "اجتماعی", "A+ A", "۵", "توسط م.ر (چاپ)"])
def test_a_date_ends_where_words_without_a_label_begin(between: str, beside: str) -> None:
    for date in (
        DATE,
        "۱۴۰۲/۰۵/۲۹ - ۰۶:۳۹ ب.ظ",
        "18:39 - 1402/05/29 یکشنبه",
        "۱۸:۳۹ (۲۹ مرداد ۱۴۰۲)",
    ):
        if beside != "۵" or date.endswith(":۳۹"):
            said = f'<div class="news_pdate_c"><span>{date}{between}{beside}</span></div>'
            article = read(f"<div>{said}{CODE}{HEADLINE}{BODY}</div>")
            assert article.published_raw == date
            assert article.published_at == "2023-08-20T18:39:00+03:30"


def test_the_length_of_a_film_is_no_time_of_day() -> None:
    day, time = DATE.split(" - ")
    beside = '<div class="news_pdate_c">{}</div><div class="{}">{}</div>'
    film = read(f"<div>{beside.format(day, 'film_duration', '۰۳:۴۵')}{CODE}{HEADLINE}{BODY}</div>")
    assert (film.published_raw, film.published_at) == (day, None)
    said = beside.format(day, "x", f"ساعت انتشار: {time}")
    assert read(f"<div>{said}{CODE}{HEADLINE}{BODY}</div>").published_at is not None
    clock = read(f"<div>{beside.format(day, 'news_time', time)}{CODE}{HEADLINE}{BODY}</div>")
    assert clock.published_at == "2023-08-20T18:39:00+03:30"


@pytest.mark.parametrize(
    "head", ['<header class="header">{}</header>', '<div class="header">{}</div>']
)
def test_the_head_of_an_article_is_none_of_the_sites(head: str) -> None:
    path = f'<div class="news_path">{PATH}</div>'
    content = f"<article>{head.format(CODE + PUBLISHED + VIEWS + path)}{HEADLINE}{BODY}</article>"
    labels = f"<div>تاریخ انتشار: {DATE}</div><div>تعداد بازدید: ۲۸۴۱</div>{path}"
    for page in (content, content.replace(PUBLISHED + VIEWS + path, labels)):
        article = read(page)
        assert (article.published_raw, article.view_count) == (DATE, 2841)
        assert article.section == ("استان‌ها", "گیلان")
    of_site = f"<div>{head.format(VIEWS)}</div><article>{HEADLINE}{CODE}{BODY}</article>"
    assert read(of_site).view_count is None


@pytest.mark.parametrize(
    "line", [DATE, f"{DATE} - کد خبر: ۳۳۶۱۴", f"کد خبر: ۳۳۶۱۴ | {DATE} | بازدید: ۲۸۴۱"]
)
def test_a_date_below_the_title_in_the_body(line: str) -> None:
    body = f"<p>{FIRST}</p><p>{LAST}</p>"
    article = read(f"{RTL}{HEADLINE}<div>{line}</div>{body}</div>")
    assert (article.published_raw, article.body) == (DATE, BODY_TEXT)
    dateline = f"<p>{FIRST}</p><p>{DATE}</p><p>{LAST}</p>"
    assert DATE in (read(f"{RTL}{HEADLINE}{dateline}</div>").body or "")


@pytest.mark.parametrize(
    "views",
    ["تعداد بازدید: ۲۸۴۱ بار", "تعداد بازدید خبر: ۲۸۴۱", "ميزان بازديد: 2841",
     "۲۸۴۱ بازدید | ۸ نظر", "۸ نظر - ۲۸۴۱ بازدید", "تعداد بازدید: ۲۸۴۱ | چاپ",
     "<b>تعداد بازدید:</b><br>۲۸۴۱"],
)  # fmt: skip
@pytest.mark.parametrize(
    "button",
    [
        "",
        '<div><a href="#comments">۵ نظر</a></div>',
        '<div class="news_comments"><a href="#comments">۵ نظر</a></div>',
    ],
)
def test_fields_below_the_title_in_the_body(button: str, views: str) -> None:
    said = f"<div>تاریخ انتشار: {DATE} | گروه: نان</div><div>{views}</div>"
    article = read(f"{RTL}{HEADLINE}{button}{said}<p>{FIRST}</p><p>{LAST}</p></div>")
    assert (article.published_raw, article.view_count) == (DATE, 2841)
    assert article.body == BODY_TEXT


def test_a_lead_below_a_bar_of_labels_in_the_body() -> None:
    bar = f"<div>تاریخ انتشار: {DATE} | گروه: نان</div><div>۵ نظر</div><div>بازدید: ۲۸۴۱ بار</div>"
    text = f"<p>{FIRST}</p><p>{LAST}</p>"
    article = read(f"{RTL}{HEADLINE}<div>{bar}</div>{LEAD}{text}</div>")
    assert (article.lead, article.body) == (LEAD_TEXT, BODY_TEXT)
    assert (article.published_raw, article.view_count) == (DATE, 2841)


def test_statistics_of_the_site_are_none_of_the_articles() -> None:
    box = "<div><h4>آمار سایت</h4><div>تعداد بازدید: ۹۹۹۹۹</div></div>"
    assert read(f"<div>{CODE}{HEADLINE}{BODY}{box}</div>").view_count is None


@pytest.mark.parametrize(
    ("headline", "is_own"),
    [
        ("پسته در راه بازارهای تازه آسیا", False),
        ("برف آمد", False),
        ("x", False),
        (f"{TITLE} + جدول", True),
        (TITLE[:9], True),
        ("", True),
    ],
)
def test_json_ld_of_another_headline_is_not_read(headline: str, is_own: bool) -> None:
    story = f'{STORY[:-1]},"headline":"{headline}"}}'
    script = f'<script type="application/ld+json">{story}</script>'
    article = read(f"{CODE}{HEADLINE}{BODY}", CANONICAL + script)
    assert (article.published_at is not None) == is_own


@pytest.mark.parametrize("button", ["۸ نظر", '<a href="#comments">(۸) نظر</a>', "نظرات: ۸"])
def test_a_button_that_leads_to_the_comments_ends_no_toolbar(button: str) -> None:
    labels = f"<div>تاریخ انتشار: {DATE}</div><div>تعداد بازدید: ۲۸۴۱</div><div>کد خبر: ۳۳۶۱۴</div>"
    for bar in (f"<div>{button}</div>{labels}", f"<ul><li>{button}</li></ul>{labels}"):
        for page in (f"<div>{bar}</div><div>{HEADLINE}{BODY}</div>", f"{HEADLINE}{bar}{BODY}"):
            article = read(f"<div>{page}</div>")
            assert (article.published_raw, article.view_count) == (DATE, 2841)


def test_the_minutes_that_a_text_takes_are_none_of_it() -> None:
    body = BODY.replace("</div>", "<div>زمان مطالعه: ۳ دقیقه</div></div>")
    assert read(f"<div>{HEADLINE}{CODE}{body}</div>").body == BODY_TEXT


@pytest.mark.parametrize(
    "date", ["۳ ساعت پیش", "۲۵ دقیقه قبل", "۲۹ مرداد", "۵ روز پیش، ساعت ۱۰ صبح", "29 (مرداد)"]
)
def test_a_date_that_names_no_moment_is_kept_as_it_stands(date: str) -> None:
    article = read(f'<div class="news_pdate_c">{date}</div>{CODE}{HEADLINE}{BODY}')
    assert (article.published_raw, article.published_at) == (date, None)


@pytest.mark.parametrize(
    "beyond",
    [
        "(۲۰ اوت)",
        "به وقت تهران",
        "به وقت محلی تهران",
        "به وقت محلی",
        "به وقت شرق آمریکا",
        "IRST",
        "Asia/Tehran",
        "(به وقت تهران)",
    ],
)
def test_words_of_a_date_behind_its_last_digit(beyond: str) -> None:
    date = f"{DATE} {beyond}"
    shown = f'<div class="news_pdate_c">{date}<a href="#">چاپ</a></div>'
    for toolbar in (shown, shown.replace('<a href="#">چاپ</a>', "")):
        article = read(f"{toolbar}{CODE}{HEADLINE}{BODY}")
        assert (article.published_raw, article.published_at is None) == (date, False)
