"""Texts pasted from elsewhere with their own blocks and names, and the frames of old templates."""

from __future__ import annotations

from contextlib import suppress

import pytest

from khotoot_crawler.errors import ParseError
from khotoot_crawler.parsers.article import read_article
from khotoot_crawler.parsers.page import read_page
from tests.article_html import DATE, FIRST, LAST, TITLE, URL, article_html
from tests.test_body import BODY, read
from tests.test_bounds_of_text import OTHER, body_with
from tests.test_other_orders import BODY as BLOCK
from tests.test_other_orders import CODE, HEADLINE, PUBLISHED, TAGS, TEXT
from tests.test_other_orders import read as read_content

HIDDEN = '<input type="hidden" name="__VIEWSTATE" value="x">'
NAMED = f'<div class="news-title">{TITLE}</div>'


@pytest.mark.parametrize("title", [HEADLINE, NAMED])
@pytest.mark.parametrize(
    "fields", ["", HIDDEN, "<button>نقشه</button>", "<input name='q'><select><option>همه</select>"]
)
def test_a_form_around_the_article_is_a_frame(title: str, fields: str) -> None:
    form = f'<form id="aspnetForm">{fields}{PUBLISHED}{CODE}{title}{BLOCK}</form>'
    for content in (form, f"<div>{form}</div>"):
        article = read_content(content, meta="")
        assert (article.title, article.body, article.published_raw) == (TITLE, BODY, DATE)


@pytest.mark.parametrize("fields", ["", HIDDEN, "<button>نقشه</button>"])
def test_a_form_around_the_text_is_a_frame(fields: str) -> None:
    form = f'<form runat="server">{fields}{TEXT}</form>'
    assert read(body=f'<div class="body">{form}</div>').body == BODY
    assert read(body=f'<form>{fields}<div class="body">{TEXT}</div></form>').body == BODY
    asking = f"<form>{fields}{body_with('<textarea></textarea>')}</form>"
    assert read(body=asking).body == BODY
    assert read(body=body_with(f"<form>{fields}<p>{FIRST * 2}</p></form>")).body == (
        f"{FIRST}\n{FIRST * 2}\n{LAST}"
    )


@pytest.mark.parametrize(
    "field", ["<textarea></textarea>", "<input name='a'>", "<input type='submit'>"]
)
def test_a_form_to_fill_in_is_no_text(field: str) -> None:
    assert read(body=body_with(f"<form><p>{FIRST * 2}</p>{field}</form>")).body == BODY


def test_a_form_of_comments_is_no_frame() -> None:
    comment = f'<div class="body">{FIRST * 4}</div>'
    assert read(comments=f"<form>{comment}<textarea></textarea></form>").body == BODY


@pytest.mark.parametrize("tag", ["details", "foo", "textarea", "center"])
def test_what_is_named_a_body_in_a_form_and_is_none(tag: str) -> None:
    form = f'<form><{tag} class="body">{FIRST}</{tag}></form>'
    assert read_content(f"<div>{CODE}{HEADLINE}</div>{form}<div>{BLOCK}</div>").body == BODY
    with suppress(ParseError):
        read_content(form)


@pytest.mark.parametrize(
    "time", ['<time datetime="2023-08-20T10:15">۱۰:۱۵</time>', "<time>۱۰:۱۵</time>"]
)
def test_the_hours_of_a_live_report_are_text(time: str) -> None:
    entry = f"<div>{time} <p>{FIRST}</p></div>"
    article = read(body=body_with(entry))
    assert (article.body, article.published_raw) == (f"{FIRST}\n۱۰:۱۵\n{FIRST}\n{LAST}", DATE)
    assert read(body=body_with(entry), date="").published_raw is None


def test_the_days_of_a_report_are_none_of_publication() -> None:
    entries = "".join(
        f"<div><time>{day} تیر ۱۳۹۹ - ۱۰:۱۵</time><p>{FIRST}</p></div>" for day in "۱۲"
    )
    assert read(body=body_with(entries), date="").published_raw is None
    assert read(body=body_with(entries)).published_raw == DATE


@pytest.mark.parametrize("names", ['class="body"', 'class="body" id="x"', 'itemprop="articleBody"'])
def test_a_body_pasted_into_one_named_by_its_id(names: str) -> None:
    pasted = f"<p>{FIRST}</p><div {names}><p>{FIRST}</p></div><p>{LAST}</p>"
    for name in ('id="newsMainBody"', 'class="item-text" itemprop="articleBody"'):
        body = read(body=f"<div {name}>{pasted}</div>").body
        assert body == f"{FIRST}\n{FIRST}\n{LAST}"


def test_a_frame_by_the_id_of_bodies_around_title_and_body() -> None:
    content = f'<div id="newsMainBody">{CODE}{HEADLINE}{BLOCK}<p>{FIRST}</p></div>'
    assert read_content(content).body == BODY


@pytest.mark.parametrize(
    "frame", ["<table><tr><td>{}</td></tr></table>", "<div><div>{}</div></div>"]
)
def test_names_of_headlines_in_a_framed_text(frame: str) -> None:
    inner = f'<p class="title">آنچه در روستاها گذشت</p><p>{FIRST}</p><p>بیشتر بخوانید: {OTHER}</p>'
    content = f"<div>{CODE}{HEADLINE}</div>{frame.format(body_with(inner))}"
    beside = f"<div style='direction: rtl;'><b>خبرها</b> {FIRST * 2}</div>"
    expected = f"{FIRST}\nآنچه در روستاها گذشت\n{FIRST}\n{LAST}"
    assert read_content(content + beside).body == expected


def test_labels_beside_the_table_around_an_article() -> None:
    bar = f"<ul><li>تاریخ انتشار: {DATE}</li><li>تعداد بازدید: ۲۸۴۱</li></ul>"
    table = f"<table><tbody><tr><td>{HEADLINE}{BLOCK}</td></tr></tbody></table>"
    meta = '<meta property="article:published_time" content="۱۳۸۹/۰۱/۰۱ - ۰۰:۰۱">'
    article = read_content(f"<main>{bar}{table}</main>", meta)
    assert (article.published_raw, article.view_count) == (DATE, 2841)


def test_a_running_line_is_a_block() -> None:
    assert read(body=f'<div class="body"><marquee>{FIRST}</marquee>{LAST}</div>').body == BODY


def test_the_page_in_one_form_with_comments() -> None:
    page = (
        article_html()
        .replace("<body>", f"<body><form>{HIDDEN}")
        .replace("</body>", "</form></body>")
    )
    article = read_article(read_page(page.encode(), URL), "khootoot.ir").article
    assert (article.title, article.body) == (TITLE, BODY)


def test_a_mark_left_unclosed_is_no_link() -> None:
    inner = f'<a name="top"><p>{FIRST}</p><div class="body">{FIRST}</div><p>{LAST}</p>'
    assert read(body=f'<div class="body">{inner}</div>').body == f"{FIRST}\n{FIRST}\n{LAST}"


@pytest.mark.parametrize("href", ["#comments", "/fa/news/33614/x#comments"])
def test_a_button_of_comments_before_the_date_in_a_bar_below_the_text(href: str) -> None:
    button = f'<div class="news_comments"><a href="{href}">۸ نظر</a></div>'
    bar = f'<div class="news_toolbar">{button}{PUBLISHED}</div>'
    assert read_content(f"<div>{CODE}{HEADLINE}{BLOCK}{bar}</div>").published_raw == DATE
    comments = f"<div><div>۸ نظر</div><div>علی {PUBLISHED}</div></div>"
    assert read_content(f"<div>{CODE}{HEADLINE}{BLOCK}{comments}</div>").published_raw is None


@pytest.mark.parametrize(
    "end", ["</br>", "</BR >", "<br></br>", "</br></br>", "</p>", "</p><!-- x -->\n"]
)
@pytest.mark.parametrize(
    "first", ["{}", "<p><span>{}</span>", "<p><div>{}</div>", "<p><h4>{}</h4>{}"]
)
@pytest.mark.parametrize("last", ["{}", "<b>{}</b>", "&nbsp;{}", "&#8207;{}"])
def test_end_tags_that_end_nothing_break_the_line(end: str, first: str, last: str) -> None:
    count = first.count("{}")
    inner = first.format(*[FIRST] * count) + end + last.format(LAST)
    body = read(body=f'<div class="body">{inner}</div>').body
    assert body is not None
    assert body.replace("\u200f", "").split("\n") == [*[FIRST] * count, LAST]


@pytest.mark.parametrize(
    "style", ['style="display:block"', 'style="color:red;DISPLAY : block;"', 'class="mt-2 d-block"']
)
@pytest.mark.parametrize("tag", ["span", "b", "a"])
def test_what_is_styled_as_a_block_is_one(tag: str, style: str) -> None:
    block = f"<{tag} {style}>{{}}</{tag}>"
    inner = block.format(FIRST) + block.format(LAST)
    assert read(body=f'<div class="body"><p>{inner}</p></div>').body == BODY
    words = TITLE.split(" ", 1)
    title = f'<h1 class="title">{block.format(words[0])}<i>{words[1]}</i></h1>'
    assert read_content(f"<div>{CODE}{title}{BLOCK}</div>").title == TITLE


def test_what_is_styled_inline_is_no_block() -> None:
    inner = FIRST.replace("خبر", '<b style="display:inline-block">خبر</b>')
    assert read(body=f'<div class="body"><p>{inner}</p><p>{LAST}</p></div>').body == BODY


@pytest.mark.parametrize("tag", ["datalist", "noembed", "noframes"])
def test_what_no_browser_shows_is_no_text(tag: str) -> None:
    unshown = f"<{tag}><option>{FIRST}</option></{tag}>"
    assert read(body=body_with(unshown)).body == BODY
    title = f'<h1 class="title">{TITLE}{unshown}</h1>'
    assert read_content(f"<div>{CODE}{title}{BLOCK}</div>").title == TITLE


@pytest.mark.parametrize("name", ["social", "share"])
def test_a_paragraph_with_the_name_of_a_tool(name: str) -> None:
    named = f'<p class="{name}">{{}}</p>'
    assert read(body=body_with(named.format(FIRST))).body == f"{FIRST}\n{FIRST}\n{LAST}"
    assert read(body=body_with(named.format("در تلگرام ببینید"))).body == BODY


@pytest.mark.parametrize(
    "box",
    [
        "<div><p>{}</p><footer>{}</footer></div>",
        '<div class="c"><div class="x"><p>{}</p></div><div class="card-footer">{}</div></div>',
        '<blockquote><p>{}</p><div class="blockquote-footer">{}</div></blockquote>',
    ],
)
def test_the_footer_of_a_box_in_a_text(box: str) -> None:
    said = read(body=body_with(box.format(FIRST, "سعدی"))).body
    assert said == f"{FIRST}\n{FIRST}\nسعدی\n{LAST}"
    table = f'<h5 class="x">پس از آن</h5><table><tr><td>{FIRST}</td></tr></table>'
    said = read(body=body_with(box.format(FIRST, "سعدی") + table)).body
    assert said == f"{FIRST}\n{FIRST}\nسعدی\nپس از آن\n{FIRST}\n{LAST}"


def test_the_footer_of_a_box_proves_no_heading_of_comments() -> None:
    box = f'<blockquote><p>{FIRST}</p><div class="blockquote-footer">سعدی</div></blockquote>'
    said = read(body=body_with(f"<p><b>دیدگاه</b></p><p>{FIRST}</p>{box}")).body
    assert said == f"{FIRST}\nدیدگاه\n{FIRST}\n{FIRST}\nسعدی\n{LAST}"


def test_the_sites_footer_in_a_body_left_unclosed() -> None:
    for footer in ("<footer>نشانی: تهران</footer>", '<div class="page-footer">نشانی: تهران</div>'):
        unclosed = f'<div class="body"><p>{FIRST}</p><p>{LAST}</p><div><p>{FIRST}</p>{footer}</div>'
        assert "نشانی" not in (read(body=unclosed, tags="", comments="").body or "")


def test_a_date_below_the_text_in_two_elements_is_one() -> None:
    bar = f'<div class="fa_date"><time>{DATE}</time></div>'
    content = f"<article>{HEADLINE}{BLOCK}<div>{bar}<span>کد خبر: ۳۳۶۱۴</span></div></article>"
    assert read_content(content).published_raw == DATE
    others = f"<article>{HEADLINE}{BLOCK}<div>{bar}</div><div>{bar}</div></article>"
    assert read_content(others).published_raw is None


@pytest.mark.parametrize("tag", ["h1", "H2", "h3"])
@pytest.mark.parametrize("inner", ["<p>{}</p>", "\n<b></b><P dir=RTL><span>{}</span></P>"])
def test_paragraphs_in_a_heading_are_its_text(tag: str, inner: str) -> None:
    lead = f'<{tag} class="subtitle">{inner}</{tag}>'.format(FIRST)
    title = f'<h1 class="title">{inner}</h1>'.format(TITLE)
    article = read(title=title, lead=lead)
    assert (article.title, article.lead, article.body) == (TITLE, FIRST, BODY)


@pytest.mark.parametrize("inner", ["<p>{}</p>", "<div>{}</div>", "<p>&nbsp;</p><p dir=rtl>{}</p>"])
def test_a_named_paragraph_holds_the_blocks_written_into_it(inner: str) -> None:
    named = f'<p class="{{}}">{inner}</p>'
    lead, kicker = (named.format(name, FIRST) for name in ("subtitle", "rutitr"))
    article = read(lead=lead, kicker=kicker)
    assert (article.lead, article.kicker, article.body) == (FIRST, FIRST, BODY)
    text = f'<p class="body"><p>{FIRST}</p><p>{LAST}</p></p>'
    assert read(body=text).body == BODY
    assert read(body=body_with(f"<p></p><p>{FIRST}</p></p>")).body == f"{FIRST}\n{FIRST}\n{LAST}"


@pytest.mark.parametrize(
    "part", ["<h2 class=s>", "<p class=a><p>", "<p class=b><div></div>", "</p><!--"]
)
def test_ends_are_mended_in_bounded_time(part: str) -> None:
    with suppress(ParseError):  # nested too deep
        read_page(f"{part * 100_000}</br>".encode(), URL)


def test_headings_around_tags_are_no_other_news() -> None:
    links = '<a href="/fa/tag/1/x"><div>نان</div></a><a href="/fa/tag/1/y"><h4>آرد</h4></a>'
    assert read(tags=f'<div class="row-tags">{links}</div>').tags == ("نان", "آرد")


SAID = "نظر کاربران درباره این خبر این است که باید سهمیه آرد روستاها بیش از این افزایش یابد."
AWAY = '<a style="display:block" href="/fa/news/33701/x">خبری دیگر درباره آرد</a>'
TOOLS = '<a style="display:block" href="https://t.me/share">تلگرام</a>'


@pytest.mark.parametrize(
    "inner",
    [
        f"<p>{FIRST}</p>{AWAY}<p>{LAST}</p>",
        f"{AWAY}<p>{FIRST}</p><p>{LAST}</p>",
        f"<p>{FIRST}</p><p>بیشتر بخوانید: {AWAY}</p><p>{LAST}</p>",
        f"{TEXT}<div>{TOOLS}{TOOLS}</div>",
        f'{TEXT}<p class="share">{SAID} با دوستان خود به اشتراک بگذارید</p>',
        f"{TEXT}<form><p>{SAID}</p><button>عضویت</button></form>",
    ],
)
def test_what_is_still_no_text(inner: str) -> None:
    article = read(body=f'<div class="body">{inner}</div>')
    assert (article.body, article.source) == (BODY, "تسنیم")


@pytest.mark.parametrize(
    "after",
    [
        f'<form><div class="body">{SAID * 2}<textarea></textarea></div></form>',
        f'<form><div class="body"><p>{SAID}</p><input name="email"></div></form>',
        f'<form>{HIDDEN}<div class="body">{SAID * 2}</div><textarea></textarea></form>',
        f'</p><a href="https://t.me/share">تلگرام</a><div><p>{SAID}</p></div></div>',
        f'<br><a href="https://t.me/share">تلگرام</a><div><p>{SAID}</p></div></div>',
    ],
)
@pytest.mark.parametrize("name", ['class="body"', 'class="item-text"'])
def test_what_follows_a_body_is_none_of_it(after: str, name: str) -> None:
    content = f"<div><div>{CODE}{PUBLISHED}{HEADLINE}<div {name}>{TEXT}</div>{after}</div></div>"
    assert read_content(content).body == BODY


@pytest.mark.parametrize(
    "around",
    [
        '<div class="body">{}<div class="news-footer">چاپ - ارسال</div></div><p>&nbsp;</p>',
        "<article>{}<footer>چاپ - ارسال</footer></article><section>" + SAID + "</section>",
        '<div id="newsMainBody"><div class="body">{}</div><h3>نظرات</h3><p>' + SAID + "</p></div>",
        '<div itemprop="articleBody"><div class="body">{}</div><div>رای شما</div></div>',
    ],
)
def test_what_stands_beside_a_text_in_its_holder(around: str) -> None:
    content = f"<div>{CODE}{HEADLINE}{around.format(TEXT)}</div>"
    assert read_content(content).body == BODY


def test_the_sites_footer_in_a_wrapper_of_a_body_left_unclosed() -> None:
    wrapper = (
        f'<div><div>{SAID}</div><div class="foot-footer">نشانی: تهران</div></div><p>{SAID}</p>'
    )
    unclosed = f'<div class="body"><p>{FIRST}</p><p>{LAST}</p>{wrapper}'
    assert "نشانی" not in (read(body=unclosed, tags="", comments="").body or "")


@pytest.mark.parametrize("name", ["tags", "comments", "caption", "hidden"])
def test_blocks_in_a_paragraph_of_another_name_are_text(name: str) -> None:
    inner = f'<p class="{name}"><div>{SAID}</div></p>'
    assert read(body=body_with(inner)).body == f"{FIRST}\n{SAID}\n{LAST}"


def test_a_paragraph_left_open_in_a_heading() -> None:
    related = '<h2><p>مطالب مرتبط</h2><ul><li><a href="/fa/news/33615/x">خبری از آب</a></ul>'
    assert read(tags=f"{related}<div class=row-tags>{TAGS}</div>").tags == ("آب", "گیلان")


@pytest.mark.parametrize("told", [DATE, "۲۳ بهمن ۱۳۸۹ - ۰۹:۰۵- 12 February 2011", "۲۹ مرداد ۱۴۰۲"])
def test_the_date_below_the_first_lines_of_a_body(told: str) -> None:
    strip = '<div class="strip"><div class="fa_date">جمعه ۳ شهریور ۱۴۰۲ - ۱۲:۰۰</div></div>'
    body = f'<div class="body"><p>{SAID}</p><div class="fa_date">{told}</div>{TEXT}</div>'
    article = read_content(f"<div>{strip}<div>{CODE}{HEADLINE}{body}</div></div>")
    assert (article.published_raw, article.body) == (told, f"{SAID}\n{BODY}")


@pytest.mark.parametrize("line", ["", '<p class="byline">نویسنده: علی</p>'])
def test_the_date_above_a_text_with_another_in_it(line: str) -> None:
    content = f"<h1>{TITLE}</h1>{line}<time>{DATE}</time>{TEXT}<time>۳۰ مرداد ۱۴۰۲ - ۰۹:۰۰</time>"
    assert read_content(f"<article>{content}</article>", meta="").published_raw == DATE


@pytest.mark.parametrize(
    "heading",
    [
        '<h3><a href="#comments">نظرات (۱)</a></h3>',
        '<div><a href="#form">ارسال نظر</a></div>',
        '<div><a href="#tab1">آخرین اخبار</a></div>',
    ],
)
def test_a_date_below_a_heading_that_leads_there_is_a_comments(heading: str) -> None:
    comment = f"<div>علی <time>۳۰ مرداد ۱۴۰۲ - ۱۰:۰۰</time><p>{SAID}</p></div>"
    content = f"<div>{CODE}{HEADLINE}{BLOCK}{heading}{comment}</div>"
    assert read_content(content).published_raw is None


def test_a_pasted_page_below_a_hundred_faults() -> None:
    pasted = f"<html><body><p>{FIRST}</p></body></html>"
    body = f'<div class="body">{pasted}<p>{LAST}</p></div>'
    assert read(header="</span>" * 120, body=body).body == BODY


@pytest.mark.parametrize("style", ["float:right;display:block", "display:block; float: left"])
def test_a_letter_that_floats_breaks_no_word(style: str) -> None:
    first = f'<p><span style="{style}">{FIRST[0]}</span>{FIRST[1:]}</p>'
    assert read(body=f'<div class="body">{first}<p>{LAST}</p></div>').body == BODY


def test_a_box_headed_by_a_tag_is_other_news() -> None:
    box = (
        '<div class="box"><div class="title"><a href="/fa/tag/1/x">پرونده ویژه آب و نان</a></div>'
        '<div class="rutitr">روتیتر</div><div class="subtitle">لید دیگر</div></div>'
    )
    article = read_content(f"<div>{CODE}{HEADLINE}{BLOCK}</div>{box}")
    assert article.kicker is article.lead is None
