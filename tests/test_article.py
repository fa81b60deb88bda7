"""Each field from every layout, and never from what stands around the article."""

from __future__ import annotations

import gc
import hashlib
import json
import weakref
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khotoot_crawler.digests import text_digest
from khotoot_crawler.errors import ParseError
from khotoot_crawler.items import Article, Image
from khotoot_crawler.parsers.article import Reading, _on_site, read_article
from khotoot_crawler.parsers.page import read_page
from tests.article_html import DATE, FIRST, LAST, LAYOUTS, PARTS, TITLE, URL, article_html

BODY = f"{FIRST}\n{LAST}"
layouts = pytest.mark.parametrize("layout", range(len(LAYOUTS)))


def read(html: str, url: str = URL) -> Reading:
    return read_article(read_page(html.encode(), url), "khootoot.ir")


def field(name: str, layout: int = 0, **parts: str) -> Any:
    return getattr(read(article_html(layout, **parts)).article, name)


@layouts
def test_every_field(layout: int) -> None:
    reading = read(article_html(layout))
    article = reading.article
    assert reading.problems == ()
    assert (article.news_code, article.title, article.kicker) == ("33614", TITLE, None)
    assert (article.lead, article.body, article.source) == ("این لید خبر است.", BODY, "تسنیم")
    assert article.tags == ("نان", "آرد، گندم")
    assert article.section == ("اجتماعی", "نان")
    assert article.published_raw == DATE
    assert article.published_jalali == "1402-05-29T18:39:00"
    assert article.published_at == "2023-08-20T18:39:00+03:30"
    assert (article.view_count, article.images, article.language) == (100321, (), "fa")
    assert (article.page_type, article.url, article.fetched_url) == ("article", URL, URL)


@layouts
@pytest.mark.parametrize(
    ("part", "name", "nothing"),
    [
        ("date", "published_raw", None),
        ("date", "published_at", None),
        ("views", "view_count", None),
        ("lead", "lead", None),
        ("kicker", "kicker", None),
        ("tags", "tags", ()),
        ("path", "section", ()),
    ],
)
def test_what_the_page_does_not_say_is_not_taken_from_around_it(
    layout: int, part: str, name: str, nothing: object
) -> None:
    unclosed = f'<div class="body"><p>{FIRST}</p><p>{LAST}</p>'
    assert field(name, layout, **{part: ""}) == nothing
    assert field(name, layout, **{part: "", "body": unclosed}) == nothing


@layouts
@pytest.mark.parametrize(
    "parts",
    [
        {"body": f'<div class="body"><p>{FIRST}</p><p>{LAST}</p>'},
        {"title": f'<h1 class="title">{TITLE}'},
        {"lead": '<div class="subtitle">این لید خبر است.'},
        {"date": f'<div class="news_pdate_c">{DATE}'},
        {"code": '<div class="news_id_c">کد خبر: ۳۳۶۱۴'},
    ],
    ids=lambda parts: next(iter(parts)),
)
def test_elements_left_unclosed(layout: int, parts: dict[str, str]) -> None:
    article = read(article_html(layout, **parts)).article
    assert (article.title, article.lead, article.body) == (TITLE, "این لید خبر است.", BODY)
    assert (article.published_raw, article.view_count) == (DATE, 100321)
    assert article.tags == ("نان", "آرد، گندم")


@layouts
@pytest.mark.parametrize(
    ("parts", "name", "value"),
    [
        ({"kicker": '<h3 class="rutitr">گزارش خطوط؛</h3>'}, "kicker", "گزارش خطوط؛"),
        (
            {
                "kicker": "",
                "title": f'<h1 class="title"><span class="rutitr">پیش</span> {TITLE}</h1>',
            },
            "title",
            TITLE,
        ),
        ({"title": f'<div class="title"><h1>{TITLE}</h1></div>'}, "title", TITLE),
        ({"title": f'<h1 class="Htags">{TITLE[:20]}<br>{TITLE[20:]}</h1>'}, "title", None),
        ({"header": '<h1 style="display:none">خطوط | پایگاه خبری</h1>'}, "title", TITLE),
        ({"lead": '<div class="subtitle"><h2>یک</h2><p>دو</p></div>'}, "lead", "یک دو"),
        (
            {"views": '<div class="news_hits"><i></i>۱۷۱٬۴۷۳&nbsp;<b>بازدید</b></div>'},
            "view_count",
            171473,
        ),
        ({"views": '<div class="news_hits">171,473</div>'}, "view_count", 171473),
        ({"views": '<div class="news_hits">تعداد بازدید: </div>'}, "view_count", None),
        ({"views": "<div>تعداد بازدید : <b>۹۸۷</b></div>"}, "view_count", 987),
        ({"code": "<div><span>كد خبر :</span><span>۳۳۶۱۴</span></div>"}, "news_code", "33614"),
        ({"code": ""}, "news_code", "33614"),
        ({"date": f"<span>تاریخ انتشار:</span> <b>{DATE}</b>"}, "published_raw", DATE),
        (
            {"date": '<div class="news_pdate_c"><i>۲۹ مرداد ۱۴۰۲</i><i>۱۸:۳۹</i></div>'},
            "published_raw",
            "۲۹ مرداد ۱۴۰۲ ۱۸:۳۹",
        ),
        (
            {"date": f'<div class="news_pdate_c">تاریخ انتشار: {DATE} | کد خبر: ۳۳۶۱۴</div>'},
            "published_raw",
            DATE,
        ),
        (
            {"date": f'<div class="visible-xs news_pdate_c_mobile">{DATE}</div>'},
            "published_raw",
            DATE,
        ),
        (
            {
                "tags": '<div class="tags_container"><h3>برچسب‌ها</h3>'
                '<a class="tags_item" href="/t">نان،</a></div>'
            },
            "tags",
            ("نان",),
        ),
        (
            {"tags": '<div><b>برچسب ها :</b> <a href="/t">نان</a> <a href="/u">#آرد</a></div>'},
            "tags",
            ("نان", "آرد"),
        ),
        (
            {
                "tags": '<div class="row-tags visible-xs"><a href="/t">نان</a></div>'
                '<div class="row-tags"><a href="/t">نان</a></div>'
            },
            "tags",
            ("نان",),
        ),
        (
            {
                "path": '<div class="news_path">گروه: <a href="/fa">خانه</a> / '
                '<a href="/fa/x">نان »</a></div>'
            },
            "section",
            ("نان",),
        ),
        (
            {"date": f'<div class="news_pdate_c">{DATE} | ویرایش: ۱۴۰۲/۰۶/۰۱ ۱۰:۰۰</div>'},
            "published_raw",
            DATE,
        ),
        ({"date": f"<div>زمان انتشار: {DATE}</div>"}, "published_raw", DATE),
        (
            {"tags": '<div>کلیدواژه‌ها: <a href="/t">نان</a>، <a href="/u">آرد</a></div>'},
            "tags",
            ("نان", "آرد"),
        ),
        ({"lang": "en"}, "language", "fa"),
        ({"lang": ""}, "language", "fa"),
        ({"lang": "fa-IR"}, "language", "fa"),
    ],
)
def test_fields(layout: int, parts: dict[str, str], name: str, value: object) -> None:
    found = field(name, layout, **parts)
    assert found == (f"{TITLE[:20]} {TITLE[20:]}" if value is None and name == "title" else value)


@layouts
@pytest.mark.parametrize(
    ("part", "meta", "name", "value"),
    [
        (
            "date",
            '<meta property="article:published_time" content="۱۴۰۲/۰۵/۲۹ - ۱۸:۳۹">',
            "published_jalali",
            "1402-05-29T18:39:00",
        ),
        (
            "date",
            '<script type="application/ld+json">[{"@type":"NewsArticle",'
            '"datePublished":"2023-08-20T15:09:07Z"}]</script>',
            "published_jalali",
            "1402-05-29T18:39:07",
        ),
        (
            "tags",
            '<meta property="article:tag" content="نان , آرد، گندم">',
            "tags",
            ("نان", "آرد، گندم"),
        ),
        (
            "path",
            '<meta property="article:section" content="اجتماعی &gt; نان">',
            "section",
            ("اجتماعی", "نان"),
        ),
        ("title", f'<meta property="og:title" content="{TITLE}">', "title", TITLE),
    ],
)
def test_metadata_is_the_last_road(
    layout: int, part: str, meta: str, name: str, value: object
) -> None:
    canonical = f'<link rel=canonical href="{URL}">'
    assert field(name, layout, **{part: "", "meta": canonical + meta}) == value


def test_a_lead_without_its_class_is_known_by_the_description() -> None:
    lead = "رئیس اتحادیه نانوایان از افزایش ده‌درصدی سهمیه آرد نانوایی‌های روستایی خبر داد."
    described = (
        f'<meta property="og:description" content="{lead}"><link rel=canonical href="{URL}">'
    )
    assert field("lead", lead=f"<div>{lead}</div>", meta=described) == lead
    assert field("lead", lead=f"<div>{lead}</div>") is None
    assert field("lead", lead="", meta=described) is None


@layouts
def test_images_lead_first_then_body_then_gallery(layout: int) -> None:
    lead = (
        '<div class="lead_image"><img src="/files/fa/news/1.jpg"><p class="caption">شرح</p></div>'
    )
    inner = (
        f'<p>{FIRST}</p><figure><img src="data:image/gif;base64,R0" data-src="//c.ir/می‌شود.jpg">'
        '<figcaption>تالار</figcaption></figure><img src="/x.gif" width="1"><p>تمام.</p>'
    )
    found = field("images", layout, lead=lead, body=f'<div class="body">{inner}</div>')
    assert found == (
        Image(url="https://khootoot.ir/files/fa/news/1.jpg", caption="شرح"),
        Image(url="https://c.ir/%D9%85%DB%8C%E2%80%8C%D8%B4%D9%88%D8%AF.jpg", caption="تالار"),
    )


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        ({"date": '<div class="news_pdate_c">۳۱ مهر ۱۴۰۲ - ۱۰:۰۰</div>'}, "published_at"),
        ({"views": '<div class="news_hits">تعداد بازدید: ۱۷ هزار</div>'}, "view_count"),
        ({"code": '<div class="news_id_c">کد خبر: نامشخص</div>'}, "news_code"),
    ],
)
def test_what_cannot_be_read_is_null_and_told(parts: dict[str, str], problem: str) -> None:
    reading = read(article_html(0, **parts))
    assert [error.field for error in reading.problems] == [problem]
    assert all(error.url == URL for error in reading.problems)
    assert reading.article.news_code == "33614"


def test_an_unreadable_date_keeps_its_text() -> None:
    article = read(article_html(date='<div class="news_pdate_c">۳۱ مهر ۱۴۰۲ - ۱۰:۰۰</div>')).article
    assert article.published_raw == "۳۱ مهر ۱۴۰۲ - ۱۰:۰۰"
    assert (article.published_jalali, article.published_at) == (None, None)


@pytest.mark.parametrize(
    ("url", "parts", "name"),
    [
        ("https://khootoot.ir/fa/news/33613", {}, "news_code"),
        ("https://khootoot.ir/fa/news/33613", {"code": ""}, "news_code"),
        (URL, {"code": '<div class="news_id_c">کد خبر: ۳۳۶۱۳</div>'}, "news_code"),
        (
            "https://khootoot.ir/saved",
            {"code": "", "meta": "", "title": f"<h1>{TITLE}</h1>"},
            "news_code",
        ),
        (URL, {"title": '<h1 class="title"></h1>', "body": "", "tags": ""}, None),
    ],
)
def test_refused(url: str, parts: dict[str, str], name: str | None) -> None:
    with pytest.raises(ParseError) as caught:
        read(article_html(0, **parts), url)
    assert (caught.value.url, caught.value.field) == (url, name)


@pytest.mark.parametrize(
    "url",
    [
        "http://www.khootoot.ir/fa/news/33614/سهمیه-آرد?utm_source=x#comments",
        "https://khootoot.ir/0008kA",
        "http://127.0.0.1:8000/fa/news/33614",
    ],
)
def test_url_is_canonical_whatever_was_fetched(url: str) -> None:
    article = read(article_html(), url).article
    assert (article.url, article.fetched_url) == (URL, url)


OTHER_CARD = (
    '<div class="x"><div class="title">خبر دیگری درباره آب</div><div class="rutitr">دیگر</div>'
    '<div class="subtitle">لید دیگر</div><div class="news_pdate_c">۱ مهر ۱۴۰۲ - ۱۰:۰۰</div>'
    '<div class="news_hits">۵</div></div>'
)
NEXT_ARTICLE = (
    '<div><div class="news_pdate_c">۱ مهر ۱۴۰۲ - ۱۰:۰۰</div><div class="news_hits">۵</div>'
    '<h1 class="title"><a href="/fa/news/33650/x">خبر بعدی این سایت</a></h1>'
    f'<div class="subtitle">لید دیگر</div><div class="body"><p>{FIRST * 9}</p></div></div>'
)


@layouts
@pytest.mark.parametrize("around", [OTHER_CARD, NEXT_ARTICLE])
def test_another_article_beside_it_lends_nothing(layout: int, around: str) -> None:
    missing = {"date": "", "views": "", "lead": "", "kicker": ""}
    article = read(article_html(layout, side=around, **missing)).article
    assert (article.title, article.body) == (TITLE, BODY)
    assert (article.published_raw, article.view_count) == (None, None)
    assert (article.lead, article.kicker) == (None, None)


BEFORE_BODY = ("path", "date", "views", "lead", "code", "kicker", "title")


@settings(deadline=None, max_examples=40)
@given(st.permutations(BEFORE_BODY), st.sampled_from(["{}", "<div>{}</div>"]), st.booleans())
def test_the_order_of_parts_does_not_matter(order: list[str], wrapper: str, closed: bool) -> None:
    before = "".join(wrapper.format(PARTS[name]) for name in order)
    unclosed = f'<div class="body"><p>{FIRST}</p><p>{LAST}</p>'
    parts = dict.fromkeys(BEFORE_BODY, "")
    html = article_html(1, **parts | {"body": before + (PARTS["body"] if closed else unclosed)})
    assert read(html).article.content_digest == read(article_html()).article.content_digest


def digest_of(article: Article) -> str:
    """The content digest as DESIGN section 4 tells it, by other means than the parser's."""

    def form(text: str) -> str:
        for letters, plain in (("يى", "ی"), ("ك", "ک"), ("\u200cـ", "")):
            for letter in letters:
                text = text.replace(letter, plain)
        return " ".join(text.translate({0x06F0 + n: str(n) for n in range(10)}).split())

    values = [article.kicker, article.title, article.lead, article.body, list(article.tags)]
    values += [list(article.section), article.source, article.published_at]
    forms = [
        [form(text) for text in value] if isinstance(value, list) else value and form(value)
        for value in values
    ]
    text = json.dumps(forms, ensure_ascii=False, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def test_content_digest() -> None:
    article = read(article_html()).article
    assert article.content_digest == digest_of(article)


def test_content_digest_is_of_the_normal_form_and_not_of_the_views() -> None:
    plain = field("content_digest")
    assert plain == field("content_digest", views='<div class="news_hits">۵</div>')
    other_letters = article_html().replace("‌", "").replace("ی", "ي").replace("ک", "ك")
    assert read(other_letters).article.content_digest == plain
    assert plain != field("content_digest", lead="")


def test_text_digest_is_of_title_and_body() -> None:
    one = read(article_html()).article
    html = article_html(lead="", code="", meta="").replace("33614", "33620")
    other = read(html, URL[:-2] + "20").article
    assert text_digest(one.title, one.body) == text_digest(other.title, other.body)
    bare = read(article_html(body='<div class="body"></div>')).article
    assert text_digest(bare.title, bare.body) is None


@pytest.mark.parametrize(
    "after",
    [
        '<div class="tags_title">برچسب ها: </div><div><a href="/fa/save/33614">ذخیره</a></div>',
        '<div>برچسب ها: </div><div class="short_link"><a href="/0008kA">/0008kA</a></div>',
        '<div class="tags_title">برچسب ها: </div><div>منبع: <a href="https://a.ir">الف</a></div>',
    ],
)
def test_links_after_a_label_without_tags_are_no_tags(after: str) -> None:
    page = f"""<html><body><div class="box"><div class="news_id_c">کد خبر: ۳۳۶۱۴</div>
    <h1 class="title">تیتر این خبر آزمایشی</h1><div class="body"><p>متن این خبر برای آزمون نوشته
    شده است.</p></div>{after}</div></body></html>"""
    assert read(page).article.tags == ()


def test_images_of_a_mirror_are_told_by_their_address_on_the_site() -> None:
    html = article_html(body='<div class="body"><p>متن این خبر</p><img src="/files/a.jpg"></div>')
    images = read(html, "http://127.0.0.1:8000/fa/news/33614").article.images
    assert "https://khootoot.ir/files/a.jpg" in [image.url for image in images]
    assert not [image for image in images if "127.0.0.1" in image.url]


def test_a_page_address_that_is_none_changes_no_image() -> None:
    assert _on_site("http://h/a.jpg", "http://[::1", "khootoot.ir") == "http://h/a.jpg"


@layouts
@pytest.mark.parametrize(
    "views",
    [
        "<dl><dt>تعداد بازدید</dt><dd>۱۰۰۳۲۱</dd></dl>",
        "<table><tr><td>تعداد بازدید</td><td>۱۰۰٬۳۲۱</td></tr></table>",
        "<div><span>تعداد بازدید</span><b>100,321</b></div>",
        '<div class="news_hits"><i class="eye"></i> ۱۰۰۳۲۱ <i class="comm"></i> ۸ نظر</div>',
    ],
)
def test_views_beside_their_label(layout: int, views: str) -> None:
    assert field("view_count", layout, views=views) == 100321


@layouts
@pytest.mark.parametrize(
    "views",
    [
        "<div>۵۸۱۶</div><div>بازدید</div><div>۸</div><div>نظر</div>",
        "<div>تعداد بازدید</div><div>—</div>",
        "<div><b>—</b> بازدید <b>۸</b> نظر</div>",
        "<table><tr><td>بازدید</td></tr></table>",
    ],
)
def test_no_number_but_the_views_is_taken_for_them(layout: int, views: str) -> None:
    assert field("view_count", layout, views=views) in (None, 5816)


@layouts
def test_a_box_after_the_text_gives_no_kicker_lead_or_views(layout: int) -> None:
    box = '<div class="w"><div class="rutitr">روتیتر</div><div class="subtitle">لید</div></div>'
    article = read(article_html(layout, comments=box, kicker="", lead="")).article
    assert (article.kicker, article.lead) == (None, None)
    after = '<div class="w"><div class="news_hits">۵</div></div>'
    assert field("view_count", 0, comments=after, views="") is None


def test_a_page_read_is_freed_without_the_cycle_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        page = read_page(article_html().encode(), URL)
        watched = weakref.ref(page.outline)
        read_article(page, "khootoot.ir")
        del page
        assert watched() is None
    finally:
        gc.enable()
