"""Parts of an article in other places and wrappers than the sample's, each once seen misread."""

from __future__ import annotations

import pytest

from khotoot_crawler.items import Article
from khotoot_crawler.parsers.article import read_article
from khotoot_crawler.parsers.page import read_page
from khotoot_crawler.parsers.page_kind import PageKind, page_kind
from tests.article_html import DATE, FIRST, LAST, TITLE, URL

LISTING = "https://khootoot.ir/fa/archive?rpp=100&p=1"
LEAD_TEXT = "لید خبر در یک سطر که درباره سهمیه آرد روستاها چیزی می‌گوید و بس."
BODY_TEXT = f"{FIRST}\n{LAST}"
RTL = "<div style='direction: rtl;'>"
PUBLISHED = f'<div class="news_pdate_c">{DATE}</div>'
VIEWS = '<div class="news_hits">تعداد بازدید: ۲۸۴۱</div>'
CODE = '<div class="news_id_c">کد خبر: ۳۳۶۱۴</div>'
HEADLINE = f'<h1 class="title">{TITLE}</h1>'
LINKED = f'<h1 class="title"><a href="/fa/news/33614/x">{TITLE}</a></h1>'
LEAD = f'<div class="subtitle">{LEAD_TEXT}</div>'
TEXT = f"<p>{FIRST}</p><p>{LAST}</p>"
BODY = f'<div class="body">{TEXT}</div>'
BROKEN_BODY = f'<div class="body">{FIRST}<br>{LAST}</div>'
TAGS = '<a href="/fa/tag/1/a">آب</a> <a href="/fa/tag/1/g">گیلان</a>'
RELATED = '<div><h4>اخبار مرتبط</h4><a href="/fa/news/33500/a">قطع آب در رشت</a></div>'
CARD = '<div class="title"><a href="/fa/news/33701/k">خبری تازه از بازار خودرو</a></div>'
FORM = '<form action="/fa/send/33614"><input name="e"><input type="submit"></form>'
PATH = '<a href="/fa/services/4">استان‌ها</a> » <a href="/fa/services/4/11">گیلان</a>'
CANONICAL = f'<link rel="canonical" href="{URL}">'
STORY = '{"@type":"NewsArticle","datePublished":"2023-08-20T18:39:00+03:30"}'


def html(content: str, meta: str = CANONICAL) -> bytes:
    head = f'<head><meta charset="utf-8"><title>خطوط</title>{meta}</head>'
    return f'<!DOCTYPE html><html lang="fa">{head}<body>{content}</body></html>'.encode()


def read(content: str, meta: str = CANONICAL) -> Article:
    return read_article(read_page(html(content, meta), URL), "khootoot.ir").article


@pytest.mark.parametrize(
    "content",
    [
        f"{RTL}{LEAD}{CODE}{LINKED}{BODY}برچسب ها: {TAGS}</div>",
        f"{RTL}{HEADLINE}{BODY.replace('خطوط', '<a href=//a.ir/>خطوط</a>')}برچسب: {TAGS}</div>",
        f'<div>{CODE}{HEADLINE}<div class="body col-xs-36">{TEXT}</div>'
        f'<div class="row-tags col-xs-36">برچسب ها: {TAGS}</div></div>',
        f'<div>{CODE}<div class="col-12">{HEADLINE}</div><div class="col-12">{BODY}</div>'
        f'<div class="col-12"><div class="tags_title">برچسب ها: {TAGS}</div></div></div>',
        f'<div>{CODE}{HEADLINE}{BODY}<div class="row-tags">برچسب ها: {TAGS}{RELATED}</div>',
        f"<div>{CODE}{HEADLINE}{BODY}<dl><dt>برچسب ها:</dt><dd>{TAGS}</dd></dl></div>",
        f"{CODE}{HEADLINE}{BODY}<table><tr><td>برچسب ها:</td><td>{TAGS}</td></tr></table>",
        f"<div>{CODE}{HEADLINE}{BODY}<div>\n<i class=fa></i> برچسب ها: {TAGS}</div></div>",
        f"<table><tr><td>{CODE}</td></tr><tr><td>{HEADLINE}{BODY}"
        f"{TAGS.replace('<a ', '<a class=tags_item ')}</td></tr></table>",
    ],
)
def test_tags(content: str) -> None:
    assert read(content).tags == ("آب", "گیلان")


@pytest.mark.parametrize(
    "columns",
    [
        ("col-md-8 col-12", "col-md-4 col-12"),
        ("col-xs-24", "col-xs-12"),
        ("col-md-16", "col-md-11", "col-md-9"),
        ("col-md-8", "col-md-8", "col-md-8"),
        ("col-md-10", "col-md-8", "col-md-6"),
    ],
)
def test_tags_of_a_column_beside_are_none(columns: tuple[str, ...]) -> None:
    main, *beside = columns
    sides = "".join(
        f'<div class="{name}"><p class="tags_title">{TAGS}</p></div>' for name in beside
    )
    assert (
        read(f'<div class="row"><div class="{main}">{HEADLINE}{BODY}</div>{sides}</div>').tags == ()
    )


@pytest.mark.parametrize(
    "cloud",
    [
        '<div class="left"><h4>برچسب‌های داغ</h4><div class="tags_title">{}</div></div>',
        '<div class="left"><div class="tags_title"><h4>موضوعات داغ روز</h4>{}</div></div>',
    ],
)
def test_a_cloud_of_tags_below_a_heading_of_its_own(cloud: str) -> None:
    others = cloud.format('<a href="/fa/tag/1/z">ارز</a>')
    own = f'<div class="tags_title">برچسب ها: {TAGS}</div>'
    assert read(f"<div>{CODE}{HEADLINE}{BODY}{own}</div>{others}").tags == ("آب", "گیلان")
    assert read(f"<div>{CODE}{HEADLINE}{BODY}</div>{others}").tags == ()


@pytest.mark.parametrize(
    "beside",
    [
        RELATED,
        f'<a href="/fa/news/33613/x">خبر پیشین درباره آرد روستا</a>{FORM}',
        f"<nav>{PATH}</nav>",
        "<h3>بیشتر درباره سهمیه آرد نانوایی‌ها</h3>",
        f'<div><b>فیلم روز</b><video src="/x.mp4"></video>{CARD}</div>',
    ],
)
@pytest.mark.parametrize("body", [BODY, BROKEN_BODY])
def test_a_body_in_a_wrapper_with_other_things_after_it(body: str, beside: str) -> None:
    head = f'<div class="news_header">{HEADLINE}{PUBLISHED}{CODE}</div>'
    article = read(f'{head}<div class="news_content">{LEAD}{body}{beside}</div>')
    assert (article.lead, article.body) == (LEAD_TEXT, BODY_TEXT)
    assert article.page_type == "article"


def test_a_body_that_holds_a_title() -> None:
    subhead = f'<div class="body">{FIRST}<br><div class="title">بخش دوم گزارش</div>{LAST}</div>'
    head = f'<div class="news_header">{HEADLINE}{PUBLISHED}{CODE}</div>'
    assert read(f"{head}<div>{subhead}</div>").body == f"{FIRST}\nبخش دوم گزارش\n{LAST}"
    unclosed = (
        f'<div class="body">{TEXT}<div class="row-tags">{TAGS}</div><h4>آخرین اخبار</h4>{CARD}'
    )
    article = read(f"{head}<div>{LEAD}{unclosed}</div>")
    assert (article.lead, article.body) == (LEAD_TEXT, BODY_TEXT)


@pytest.mark.parametrize("heading", ["<b>درباره ما</b>", '<div class="hd">نظرات بینندگان</div>'])
def test_a_box_with_a_text_and_a_heading_is_no_body(heading: str) -> None:
    about = f"<div><p>{heading}</p><div>{BODY}</div>{CARD}</div>"
    gallery = (
        f'<div>{CODE}{HEADLINE}<div class="album_listi"><a href="/files/a.jpg">1</a></div></div>'
    )
    assert read(gallery + about).body is None


def test_a_button_that_leads_to_the_comments_is_no_heading_of_theirs() -> None:
    button = '<h4>نظرات</h4><a href="#cm">۳ نظر</a>'
    head = f"<div>{HEADLINE}{PUBLISHED}{CODE}</div>"
    assert read(f"{head}<div>{button}{LEAD}{BODY}</div>").body == BODY_TEXT


@pytest.mark.parametrize("before", [CARD, "<h4>نظرات</h4>"])
def test_a_body_below_other_news_or_comments_is_not_the_articles(before: str) -> None:
    head = f"<div>{HEADLINE}{PUBLISHED}{CODE}</div>"
    assert read(f"{head}<div>{before}<div>{BODY}</div></div>").body is None


@pytest.mark.parametrize(
    "path",
    [
        f'<nav aria-label="breadcrumb"><ol class="breadcrumb"><li>{PATH}</li></ol></nav>',
        f'<nav class="news_path">{PATH}</nav>',
    ],
)
def test_a_path_in_a_nav(path: str) -> None:
    article = read(f"<div>{path}{PUBLISHED}{VIEWS}</div>{RTL}{HEADLINE}{BODY}</div>")
    assert article.section == ("استان‌ها", "گیلان")
    assert (article.published_raw, article.view_count) == (DATE, 2841)


@pytest.mark.parametrize(
    "beside", [FORM, '<a href="/fa/news/33600/z">خبر پیشین همین موضوع درباره آب</a>', "<nav></nav>"]
)
def test_a_toolbar_with_the_code_and_something_else(beside: str) -> None:
    bar = f'<div class="infobar">{PUBLISHED}{VIEWS}{CODE}{beside}</div>'
    article = read(f"{bar}<div>{HEADLINE}{BODY}</div>")
    assert (article.published_raw, article.view_count) == (DATE, 2841)
    card = f'<div class="item">{VIEWS}{CARD}</div>'
    assert read(f"<div>{CODE}{card}</div><div>{HEADLINE}{BODY}</div>").view_count is None


def test_labels_beside_a_link_home() -> None:
    said = f"<span>تاریخ انتشار: {DATE}</span> <span>تعداد بازدید: ۲۸۴۱</span>"
    article = read(f'<div><a href="/">خطوط</a> {said}</div><div>{HEADLINE}{BODY}</div>')
    assert (article.published_raw, article.view_count) == (DATE, 2841)
    head = f'<div><a href="/">خطوط</a> <span>{DATE}</span></div>'
    assert read(f"{head}<div>{HEADLINE}{BODY}</div>").published_raw is None


def test_labels_among_the_paragraphs() -> None:
    label = f"تاریخ انتشار: {DATE}"
    lines = f"<p>{label}</p><p>تعداد بازدید: ۲۸۴۱</p><p>کد خبر: ۳۳۶۱۴</p>"
    above = read(f"{RTL}{HEADLINE}{lines}{LEAD}{TEXT}</div>")
    bar = f"<div>{label} | تعداد بازدید: ۲۸۴۱ | کد خبر: ۳۳۶۱۴</div>"
    below = read(f"{RTL}{LEAD}{HEADLINE}{TEXT}{bar}</div>")
    for article in (above, below):
        assert (article.lead, article.body, article.source) == (LEAD_TEXT, BODY_TEXT, "تسنیم")
    sentence = f"<p>{label} این گزارش را وزارت اعلام کرد.</p>"
    assert "اعلام کرد" in (read(f"{HEADLINE}<div class='body'>{sentence}</div>").body or "")


@pytest.mark.parametrize(
    "line",
    ["ساعت بازدید: ۹:۰۰ - ۱۷:۰۰", "بازدید ۷ مهر ۱۴۰۲", "تاریخ انتشار: مهر ۱۴۰۲", "۱. بازدید",
     "۳۴۰ بازدید", "بازدید", "تمام حقوق مادی و معنوی کارگران محفوظ است، وزیر کار گفت."],
)  # fmt: skip
def test_a_line_of_the_text_that_reads_like_another(line: str) -> None:
    for first, last in ((f"<p>{line}</p>", ""), ("", f"<p>{line}</p>")):
        text = f'<div class="body">{first}{TEXT}{last}</div>'
        article = read(f"<div>{PUBLISHED}{CODE}{HEADLINE}{text}</div>")
        whole = (line, BODY_TEXT) if first else (BODY_TEXT, line)
        assert article.body == "\n".join(whole)
        assert article.view_count is None


@pytest.mark.parametrize(
    ("bar", "published"),
    [
        ("<span>آخرین نظر: {}</span>", None),
        ("<span>زمان برگزاری: {}</span>", None),
        ("<span>به روز شده در</span> <span>{}</span>", None),
        ("<b>ویرایش:</b> <span>{}</span>", None),
        ("<span>({})</span>", DATE),
        ("<span>\u200f{}</span>", f"\u200f{DATE}"),
        ("{} - آخرین ویرایش: ۸ آذر ۱۴۰۲ - ۱۰:۰۰ -", DATE),
        ("<span>ساعت: ۱۸:۳۹</span> <span>تاریخ: ۲۹ مرداد ۱۴۰۲</span>", "ساعت: ۱۸:۳۹ ۲۹ مرداد ۱۴۰۲"),
    ],
)
def test_dates_beside_other_labels(bar: str, published: str | None) -> None:
    bar = bar.format(DATE)
    for counted in ("کد خبر: ۳۳۶۱۴ • {} • بازدید: ۲۸۴۱ • ۳ نظر",
                    "<i>کد خبر: ۳۳۶۱۴</i> {} <i>تعداد بازدید: ۲۸۴۱ - ۱۲ نظر</i>"):  # fmt: skip
        article = read(f"<div>{counted.format(bar)}</div><div>{HEADLINE}{BODY}</div>")
        assert (article.published_raw, article.view_count) == (published, 2841)


@pytest.mark.parametrize(
    "shown",
    [
        "بازدید: ۲۸۴۱ نظرات: ۱۲",
        "بازدید ۲۸۴۱ نظر ۱۲",
        "۲۸۴۱ بازدید | دیدگاه: ۰",
        "۱۲ نظر ۲۸۴۱ بازدید",
    ],
)
def test_views_beside_a_count_of_comments(shown: str) -> None:
    bar = f'<div class="news_hits">{shown}</div>'
    assert read(f"<div>{bar}{CODE}{HEADLINE}{BODY}</div>").view_count == 2841


def test_a_date_in_a_time_element() -> None:
    time = f'<time datetime="2023-08-20T18:39:00+03:30">{DATE}</time>'
    article = read(f"<article><h1>{TITLE}</h1>{time}{TEXT}</article>")
    assert (article.body, article.published_at) == (BODY_TEXT, "2023-08-20T18:39:00+03:30")


def test_the_date_of_a_comment_by_the_name_of_the_articles() -> None:
    comments = f"<div><h4>نظرات بینندگان</h4><div>علی {PUBLISHED}</div></div>"
    assert read(f"<div>{CODE}{HEADLINE}{BODY}{comments}</div>").published_raw is None


@pytest.mark.parametrize(
    "bar",
    [
        f"{DATE} تعداد بازدید: ۲۸۴۱",
        f"کد خبر: ۳۳۶۱۴ - {DATE} - تعداد بازدید: ۲۸۴۱",
        f"تعداد بازدید: ۲۸۴۱ {DATE}",
        f"کد خبر: ۳۳۶۱۴ | تاریخ: {DATE} | بازدید: ۲۸۴۱",
    ],
)
def test_one_line_for_all(bar: str) -> None:
    article = read(f"<div>{bar}</div>{RTL}{HEADLINE}{BODY}</div>")
    assert (article.published_raw, article.view_count) == (DATE, 2841)


@pytest.mark.parametrize(
    "said",
    [
        "میزان بازدید: ۲۸۴۱",
        "دفعات بازدید: ۲۸۴۱",
        "(بازدید: ۲۸۴۱)",
        "(۲۸۴۱ بازدید)",
        "۲۸۴۱ بار بازدید شده",
    ],
)
def test_views_by_other_words(said: str) -> None:
    assert read(f"<div><span>{said}</span>{CODE}{HEADLINE}{BODY}</div>").view_count == 2841


def test_a_player_without_an_end_tag() -> None:
    for tag in ('<embed src="/a.swf" width="400">', "<EMBED SRC=/a.swf></EMBED>"):
        text = BODY.replace("</p><p>", f"</p>{tag}<p>")
        assert read(f"{PUBLISHED}{CODE}{HEADLINE}{text}").body == BODY_TEXT


@pytest.mark.parametrize("nothing", ["&zwnj;", "&rlm;", "&nbsp;\u200b"])
def test_what_shows_nothing_is_no_kicker_and_no_lead(nothing: str) -> None:
    parts = f'<div class="rutitr">{nothing}</div>{HEADLINE}<div class="subtitle">{nothing}</div>'
    article = read(f"{CODE}{parts}{BODY}")
    assert (article.kicker, article.lead) == (None, None)


@pytest.mark.parametrize("script", ["", '<script src="/__arcsjs/beacon.js"></script>'])
@pytest.mark.parametrize("name", ["linear_news", "last_news", "latest-news"])
def test_rows_of_news_are_a_listing(name: str, script: str) -> None:
    row = '<div class="{}"><a href="/fa/news/{}/x">تیتر یک خبر از خطوط</a></div>'
    rows = "".join(row.format(name, code) for code in range(33601, 33606))
    assert page_kind(read_page(html(rows + script, ""), LISTING)) is PageKind.LISTING


@pytest.mark.parametrize(
    ("content", "meta"),
    [
        (f'{CODE}<h1 class="title">{TITLE}{BODY}{RELATED}', CANONICAL),
        (f"{RTL}{CODE}{BODY}{RELATED}</div>", f'<meta property="og:title" content="{TITLE}">'),
        (f"{RTL}{CODE}<h2>{TITLE}</h2>{BODY}{RELATED}</div>",
         f'<meta property="og:title" content="{TITLE}">'),
    ],
)  # fmt: skip
def test_an_article_beside_whose_text_other_news_stand(content: str, meta: str) -> None:
    content = content.replace(LAST, f"{LAST}</p><p>{FIRST}</p><p>{LAST}")
    page = read_page(html(content, CANONICAL + meta), URL)
    assert page_kind(page) is PageKind.ARTICLE
    article = read_article(page, "khootoot.ir").article
    assert (article.title, article.body) == (TITLE, f"{BODY_TEXT}\n{BODY_TEXT}")


@pytest.mark.parametrize(
    "notice",
    ["صفحه یافت نشد", "این خبر وجود ندارد", "خبر مورد نظر حذف شده است", "404 Not Found",
     "خبری با این مشخصات یافت نشد", "صفحه مورد درخواست شما یافت نشد"],
)  # fmt: skip
def test_a_notice_is_no_article(notice: str) -> None:
    as_article = f'<h1 class="title">خطا</h1><div class="body">{notice}</div>'
    for content in (as_article, f'<div class="error_container"><p>{notice}</p></div>'):
        assert page_kind(read_page(html(content, ""), URL)) is PageKind.SOFT_404
    missing = f'<h1 class="title">{notice}</h1><div class="body">نشانی را درست بنویسید.</div>'
    assert page_kind(read_page(html(missing, ""), URL)) is PageKind.SOFT_404
    told = f"{PUBLISHED}{CODE}{HEADLINE}<div class='body'><p>پیام «{notice}» دیده شد.</p></div>"
    assert page_kind(read_page(html(told), URL)) is PageKind.ARTICLE


@pytest.mark.parametrize("meta", ["", '<meta property="og:title" content="پایگاه خبری خطوط">'])
@pytest.mark.parametrize(
    ("heading", "notice"),
    [("دسترسی به این خبر امکان‌پذیر نیست", "این محتوا در دسترس نیست."),
     ("سایت در دست تعمیر است", "لطفا دقایقی دیگر مراجعه کنید.")],
)  # fmt: skip
def test_a_notice_by_other_words_is_no_article(heading: str, notice: str, meta: str) -> None:
    said = f'<h1 class="title">{heading}</h1><div class="body"><p>{notice}</p>{{}}</div>'
    assert page_kind(read_page(html(said.format(""), meta), URL)) is PageKind.OTHER
    for content in (said.format(f"<p>{FIRST}</p>" * 3), CODE + said, PUBLISHED + said):
        assert page_kind(read_page(html(content, meta), URL)) is PageKind.ARTICLE
    film = '<video src="/f.mp4"></video>'
    assert page_kind(read_page(html(said.format(film), meta), URL)) is PageKind.VIDEO


@pytest.mark.parametrize(
    "text",
    ["خبر حذف شدن یارانه دهک‌های بالا تکذیب شد.", "خبری وجود ندارد که نشان دهد آب گران شده است.",
     "صفحه حذف شده وزیر ورزش بازگشت."],
)  # fmt: skip
def test_a_short_article_that_begins_like_a_notice(text: str) -> None:
    labels = f"<div>کد خبر: ۳۳۶۱۴ | تاریخ انتشار: {DATE}</div>"
    page = html(f'{labels}<div>{HEADLINE}<div class="body">{text}</div></div>')
    assert page_kind(read_page(page, URL)) is PageKind.ARTICLE


def test_a_home_page_at_an_articles_address_is_none() -> None:
    cards = CARD * 3 + CARD.replace("33701", "33702") + CARD.replace("33701", "33703")
    note = f'<div><h3 class="title">یادداشت سردبیر این پایگاه</h3>{BODY}</div>'
    assert page_kind(read_page(html(cards + note, ""), URL)) is PageKind.LISTING


def test_json_ld_of_another_article_is_not_read() -> None:
    other = STORY[:-1] + ',"url":"/fa/news/33701","keywords":"ارز"}'
    for json in (f'{{"@type":"WebPage","mainEntity":{other}}}', f"[{other},{STORY}]"):
        script = f'<script type="application/ld+json">{json}</script>'
        article = read(f"{CODE}{HEADLINE}{BODY}", CANONICAL + script)
        assert article.tags == ()
        assert bool(article.published_at) == ("[" in json)


@pytest.mark.parametrize(
    "json",
    [f'{{"@type":"WebPage","mainEntity":{STORY}}}', f"//<![CDATA[\n{STORY}\n//]]>"],
)
def test_json_ld_in_other_wrappers(json: str) -> None:
    script = f'<script type="application/ld+json">{json}</script>'
    article = read(f"{CODE}{HEADLINE}{BODY}", CANONICAL + script)
    assert article.published_at == "2023-08-20T18:39:00+03:30"


@pytest.mark.parametrize(
    "content",
    [
        f'{HEADLINE}{LEAD}<div class="news_pdate_c">{DATE}{VIEWS}{BODY}<div class="row-tags">',
        f'{HEADLINE}{PUBLISHED}<div class="subtitle">{LEAD_TEXT}{BODY}<div class="row-tags">',
    ],
)
def test_a_field_left_unclosed_before_the_body(content: str) -> None:
    article = read(f'{content}{TAGS}</div>{RELATED}<div class="footer">x</div>')
    assert (article.lead, article.body) == (LEAD_TEXT, BODY_TEXT)


@pytest.mark.parametrize("name", ['id="commentary"', 'class="shareholders"'])
def test_names_that_begin_like_others(name: str) -> None:
    text = BODY.replace("</p><p>", f"</p><div {name}><p>این نیز متن است.</p></div><p>")
    assert read(f"{CODE}{HEADLINE}{text}").body == f"{FIRST}\nاین نیز متن است.\n{LAST}"


def test_the_name_of_the_site_is_no_title_of_the_page() -> None:
    meta = '<meta property="og:title" content="خطوط"><meta property="og:site_name" content="خطوط">'
    head = f'<h2 class="title">{TITLE}</h2>'
    assert read(f"<div>{head}{CODE}{BODY}</div>", CANONICAL + meta).title == TITLE


@pytest.mark.parametrize("updated", ["(به‌روزرسانی: {})", "- آخرین ویرایش {}", "بروزرسانی: {}"])
def test_a_date_with_that_of_its_update_is_no_text_above_the_lead(updated: str) -> None:
    told = f"تاریخ انتشار: {DATE} {updated.format('۳۰ مرداد ۱۴۰۲ - ۰۹:۰۰')}"
    box = f'<div dir="rtl" style="text-align:justify">{TEXT}</div>'
    article = read(f"<div>{RTL}<div>{told}</div>{VIEWS}{LEAD}{CODE}{HEADLINE}{box}</div></div>")
    assert (article.lead, article.body) == (LEAD_TEXT, BODY_TEXT)
    assert article.published_jalali == "1402-05-29T18:39:00"
