"""The text of an article and its credit: every shape of body, and nothing beside it."""

from __future__ import annotations

import pytest

from khotoot_crawler.items import Article
from khotoot_crawler.parsers.article import read_article
from khotoot_crawler.parsers.page import read_page
from tests.article_html import FIRST, LAST, LAYOUTS, URL, article_html

BODY = f"{FIRST}\n{LAST}"
layouts = pytest.mark.parametrize("layout", range(len(LAYOUTS)))


def read(layout: int = 0, **parts: str) -> Article:
    page = read_page(article_html(layout, **parts).encode(), URL)
    return read_article(page, "khootoot.ir").article


@layouts
@pytest.mark.parametrize(
    "after",
    [
        '<div class="x"><h4>مطالب مرتبط</h4><ul><li><a href="/fa/news/1/a">یک</a></ul></div>',
        '<div class="share_box">اشتراک گذاری <a href="https://t.me">تلگرام</a></div>',
        '<div class="t"><a href="#">چاپ</a> <a href="#">ارسال به دوستان</a></div>',
        '<div class="x"><a href="/fa/news/2/a"><img src="/i.jpg"></a>'
        '<b><a class="title5" href="/fa/news/2/a">تیتر دیگر</a></b><p>خلاصه خبر دیگر.</p></div>',
        "<footer>کد خبر: 99999</footer><p>نشانی: تهران</p>",
    ],
)
def test_what_follows_in_an_unclosed_body_is_no_text(layout: int, after: str) -> None:
    unclosed = f'<div class="body"><p>{FIRST}</p><p>{LAST}</p>{after}'
    assert read(layout, body=unclosed, tags="", comments="").body == BODY


@layouts
def test_an_empty_unclosed_body_takes_no_text_from_what_follows(layout: int) -> None:
    assert read(layout, body='<div class="body">').body is None


@layouts
@pytest.mark.parametrize(
    ("inner", "paragraphs"),
    [
        ("یک<br>دو<br/><br />سه", "یک|دو|سه"),
        ("<div><div>یک</div><div><br>دو</div></div><div>&nbsp;</div>", "یک|دو"),
        ("<h2>میان‌تیتر</h2><blockquote><p>یک</p><p>دو</p></blockquote>سه", "میان‌تیتر|یک|دو|سه"),
        ("<ul><li>یک<li>د<b>و</b></ul><ol><li><p>سه</p></ol>", "یک|دو|سه"),
        (
            "<table><tr><th>نام<th>شمار</tr><tr><td>نان<td><p>۱۲</p></tr></table>",
            "نام شمار|نان ۱۲",
        ),
        ("<table><tr><td><p>یک</p><p>دو</p></td></tr></table>", "یک|دو"),
        (
            "<p>دستگیری<strong>سارق</strong> و <a href='/fa/tag/1/x'>پلیس</a>،</p>",
            "دستگیریسارق و پلیس،",
        ),
        ("<p>\u200fمی\u200cشود\u200e ك ي ۱2</p><p>\u200f</p>", "\u200fمی\u200cشود\u200e ك ي ۱2"),
        ("<p>&#1777&#1779 &laquo;می&zwnj;شود&raquo; &zwnj &amp;</p>", "۱۳ «می\u200cشود» \u200c &"),
        ("یک<!-- x --> دو<script>سه</script><style>چهار</style>", "یک دو"),
        ("<p>یک</p><p style='display: none'>دو</p><div class='visible-xs'>سه</div>", "یک"),
        ("<p>یک</p><div class='adv_content'>آگهی</div><a href='/fa/ads/redirect/a/1'>x</a>", "یک"),
        ("<p>یک</p><a class='entekhab_lead2' href='/fa/news/1/x'>دیگر</a><p>دو</p>", "یک|دو"),
        ("<p>یک</p><p>بیشتر بخوانید: <a href='/fa/news/1/x'>دیگر</a></p><p>دو</p>", "یک|دو"),
        ("<p>یک</p><p><a href='/fa/news/1/x'>خبر دیگر</a></p><p>دو</p>", "یک|دو"),
        ("<p>یک <a href='/fa/news/1/x'>گزارش پیشین</a> را ببینید</p>", "یک گزارش پیشین را ببینید"),
        ("<figure><img src='/i.jpg'><figcaption>شرح</figcaption></figure><p>یک</p>", "یک"),
        ("<p>یک</p><video src='/f.mp4'>مرورگر شما قدیمی است</video>" + "دراز " * 200, None),
        ("<p>یک</p><p>انتهای پیام/ی</p>", "یک|انتهای پیام/ی"),
        ("<p>نظرات مردم درباره نان</p><p>کد خبر: این عبارت در متن است</p>", None),
    ],
)
def test_body(layout: int, inner: str, paragraphs: str | None) -> None:
    found = read(layout, body=f'<div class="body">{inner}</div>').body
    if paragraphs is None:
        assert found is not None
        assert "مرورگر" not in found
        assert len(found.split("\n")) == 2
    else:
        assert found == paragraphs.replace("|", "\n")


@pytest.mark.parametrize(
    ("end", "agency"),
    [
        ("تمام شد./تسنیم", "تسنیم"),
        ("تمام شد. /ایرنا", "ایرنا"),
        ("تمام شد/ فارس", "فارس"),
        ("تمام شد.</p><p>/خبرآنلاین", "خبرآنلاین"),
        ("تمام شد.</p><p>منبع: ایسنا", "ایسنا"),
        ("تمام شد.</p><p>منبع : <a href='https://x.ir'>خبرگزاری مهر</a>", "خبرگزاری مهر"),
        ("تمام شد.</p><p>(منبع: ایسنا)</p><p>انتهای پیام/", "ایسنا"),
        ("تمام شد.</p><p>/پایگاه خبری دریا</p><p>17302", "پایگاه خبری دریا"),
        ("تمام شد.</p><p>انتهای پیام", None),
        ("تمام شد.</p><p>انتهای پیام/ی", None),
        ("تمام شد.</p><p>انتهای پیام/ تسنیم", "تسنیم"),
        ("تمام شد./ی", None),
        ("تمام شد./۱۰۲", None),
        ("با سرعت ۲۰ کیلومتر/ساعت", None),
        ("منبع: ایسنا</p><p>و این بند پس از آن آمده است.", None),
    ],
)
def test_source(end: str, agency: str | None) -> None:
    text = f'<div class="body"><p>{FIRST}</p><p>{end}</p></div>'
    assert read(body=text).source == agency


@layouts
@pytest.mark.parametrize("heading", ["آخرین اخبار", "نظرات:", "برچسب ها:", "ارسال نظر", "نظر شما"])
def test_a_heading_of_the_text_ends_nothing(layout: int, heading: str) -> None:
    body = f'<div class="body"><p>{FIRST}</p><h3>{heading}</h3><p>بندی دیگر.</p><p>{LAST}</p></div>'
    assert read(layout, body=body).body == f"{FIRST}\n{heading}\nبندی دیگر.\n{LAST}"


@layouts
@pytest.mark.parametrize(
    "after",
    [
        '<h3>آخرین اخبار</h3><ul><li><a href="/fa/news/1/a">یک خبر دیگر</a></ul>',
        '<h3>آخرین اخبار</h3><div class="related"><p>خبر</p></div>',
        '<p>برچسب ها:</p><p><a href="/fa/tag/1/x">نان</a></p>',
        '<p>برچسب ها:</p><a href="/fa/tag/1/x">نان</a> <a href="/fa/tag/1/y">آرد</a>',
        "<h3>نظرات</h3><p>علی: بسیار خوب بود.</p><form><textarea></textarea></form>",
        '<h3>نظرات</h3><p>علی: بسیار خوب بود.</p><div class="comment"><p>نادرست است.</p></div>',
        "<h3>نظر شما</h3><p>یک.</p><h3>ارسال نظر</h3>",
        "<h3>نظرات</h3>",
        '<img src="/a.jpg" width="500"><h3>نظرات</h3><img src="/b.jpg"><form></form>',
    ],
)
def test_a_heading_ends_the_text_of_a_closed_body_with_what_it_heads(
    layout: int, after: str
) -> None:
    article = read(layout, body=f'<div class="body"><p>{FIRST}</p><p>{LAST}</p>{after}</div>')
    assert article.body == BODY
    assert [image.url[-5:] for image in article.images] == ["a.jpg"] * after.count("a.jpg")


@layouts
@pytest.mark.parametrize("heading", ["آخرین اخبار:", "نظر شما؟", "<strong>نظرات</strong>"])
def test_a_paragraph_in_an_unclosed_body_ends_it_where_others_follow(
    layout: int, heading: str
) -> None:
    text = f"<p>{FIRST}</p><p>{heading}</p><p>{LAST}</p>"
    plain = heading.replace("<strong>", "").replace("</strong>", "")
    unclosed = read(layout, body=f'<div class="body">{text}')
    assert unclosed.body == f"{FIRST}\n{plain}\n{LAST}"
    news = '<ul><li><a href="/fa/news/1/a">یک خبر دیگر</a></ul>'
    followed = f'<div class="body"><p>{FIRST}</p><p>{LAST}</p><p>{heading}</p>{news}'
    assert read(layout, body=followed, tags="", comments="").body == BODY


@layouts
def test_what_is_left_out_parts_the_lines_around_it(layout: int) -> None:
    ad = '<div class="adv_content">آگهی</div>'
    body = f'<div class="body">{FIRST}{ad}{LAST}</div>'
    assert read(layout, body=body).body == BODY


@layouts
def test_rights_in_a_text_are_no_copyright(layout: int) -> None:
    law = "تمام حقوق کارگران باید تا پایان ماه پرداخت شود."
    body = f'<div class="body"><p>{law}</p><p>{FIRST}</p></div>'
    assert read(layout, body=body).body == f"{law}\n{FIRST}"
    notice = "کلیه حقوق این سایت محفوظ است."
    assert read(layout, body=f'<div class="body"><p>{FIRST}</p><p>{notice}</p>').body == FIRST
