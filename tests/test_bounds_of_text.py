"""What of a body is the article's text and what is other news, tools or captions in its midst."""

from __future__ import annotations

import pytest

from tests.article_html import FIRST, LAST, PARTS
from tests.test_body import BODY, layouts, read

SUMMARY = "خلاصه‌ای از خبر دیگر که در همان پیوند و در سطر دوم آن آمده است."

OTHER = '<a href="/fa/news/33701/x">خبری دیگر درباره آرد</a>'


def body_with(inner: str) -> str:
    return f'<div class="body"><p>{FIRST}</p>{inner}<p>{LAST}</p></div>'


@pytest.mark.parametrize(
    "lines",
    [
        f"تیتر خبری دیگر<br>{SUMMARY}",
        f"<b>تیتر خبری دیگر</b><p>{SUMMARY}</p>",
        f"<img src='/files/fa/news/1402/1/1/9.jpg'><div>تیتر</div><div>{SUMMARY}</div>",
    ],
)
@pytest.mark.parametrize("block", ["p", "div"])
def test_a_link_to_other_news_over_several_lines_is_no_text(block: str, lines: str) -> None:
    link = f"<{block}><a href='/fa/news/33701/x'>{lines}</a></{block}>"
    article = read(body=body_with(link))
    assert (article.body, article.images) == (BODY, ())


def test_a_link_left_unclosed_takes_no_text_with_it() -> None:
    unclosed = f"<a href='/fa/news/33701/x'>تیتر خبری دیگر<br>{FIRST * 4}<br>{LAST}"
    assert read(body=f'<div class="body">{unclosed}</div>').body == f"{FIRST * 4}\n{LAST}"


def test_rows_of_links_that_are_the_articles() -> None:
    files = '<a href="/files/1.pdf">جلد نخست</a> <a href="/files/2.pdf">جلد دوم</a>'
    teams = '<a href="/fa/team/1">استقلال</a><td><a href="/fa/team/2">پرسپولیس</a>'
    rows = f"<p>{files}</p><table><tr><td>{teams}</table>"
    lines = "جلد نخست جلد دوم\nاستقلال پرسپولیس"
    assert read(body=body_with(rows)).body == f"{FIRST}\n{lines}\n{LAST}"


@pytest.mark.parametrize(
    "bar",
    [
        '<a href="/fa/print/1">چاپ نسخه</a> <a href="/fa/save/1">نگهداری</a>',
        '<a href="/fa/tag/1/x">نان</a> <a href="/fa/tag/1/y">آرد</a>',
        '<a href="/fa/services/2">اجتماعی</a> » <a href="/fa/services/2/5">نان</a>',
        '<a href="https://t.me/share">تلگرام</a> <a href="https://x.com/share">ایکس</a>',
    ],
)
def test_bars_of_links_in_a_text(bar: str) -> None:
    assert read(body=body_with(f"<div>{bar}</div>")).body == BODY


@pytest.mark.parametrize(
    "name",
    ["overflow-hidden", "row overflow-x-hidden", "market-share", "exchange-rate", "football-player",
     "election-polls", "tools", "vote"],
)  # fmt: skip
def test_a_part_of_the_text_by_a_name_of_tools(name: str) -> None:
    article = read(body=f'<div class="body"><div class="{name}"><p>{FIRST}</p></div>{LAST}</div>')
    assert (article.body, article.page_type) == (BODY, "article")


@pytest.mark.parametrize(
    "name",
    ["menu-food", "today", "related-law", "page-header", "text-box suggestion", "side"],
)
def test_a_part_of_the_text_by_a_name_of_boxes_of_links(name: str) -> None:
    named = f'<div class="{name}"><p>{FIRST}</p>{{}}</div>'
    aside = f'<aside class="{name} quote"><p>{FIRST}</p></aside>'
    assert read(body=body_with(aside)).body == f"{FIRST}\n{FIRST}\n{LAST}"
    assert read(body=body_with(named.format(""))).body == f"{FIRST}\n{FIRST}\n{LAST}"
    for link in (OTHER, '<a href="/fa/services/2">اجتماعی</a>', "<form><input></form>"):
        assert read(body=body_with(named.format(link))).body == BODY
    for other in (f"{name} promo", f"{name} visible-xs"):
        assert read(body=body_with(named.replace(name, other))).body == BODY


@pytest.mark.parametrize(
    "block",
    [
        '<div class="poll_box"><div>آیا موافقید؟</div><form><input type="radio"></form></div>',
        '<div class="news_share">اشتراک گذاری <a href="https://t.me/share">تلگرام</a></div>',
        '<div class="news-rate">امتیاز شما به این خبر: <b>۴</b></div>',
        '<div class="is-hidden">متن پنهان برای موتور جستجو</div>',
    ],
)
def test_tools_in_a_text(block: str) -> None:
    assert read(body=body_with(block)).body == BODY


@pytest.mark.parametrize(
    "player",
    [
        '<div class="audio_player"><audio src="/a.mp3"></audio></div>',
        '<div class="player"><audio src="/a.mp3"></audio></div>',
        '<div class="voice-player" id="p1"></div>',
    ],
)
def test_a_player_of_sound_makes_no_film(player: str) -> None:
    assert read(body=f'<div class="body">{player}<p>{FIRST}</p></div>').page_type == "article"
    film = f'<div class="body"><div class="video_player"></div><p>{FIRST}</p></div>'
    assert read(body=film).page_type == "video"


@pytest.mark.parametrize(
    "line",
    [
        f"در همین رابطه بخوانید: {OTHER}",
        f"مطلب مرتبط: {OTHER}",
        f"ویدیوی مرتبط: {OTHER}",
        f"بخوانید: {OTHER}",
        f"اینجا ببینید: {OTHER}",
        f"این مطلب را از دست ندهید: {OTHER}",
        f"«{OTHER}» را هم بخوانید.",
        f"۱- {OTHER}",
    ],
)
def test_links_to_other_news_by_any_invitation(line: str) -> None:
    assert read(body=body_with(f"<p>{line}</p>")).body == BODY


def test_an_invitation_to_read_something_else_is_text() -> None:
    line = "<p>بخوانید:</p><p>یک <a href='/fa/news/33701/x'>شعر</a> از سعدی را بخوانید.</p>"
    whole = f"{FIRST}\nبخوانید:\nیک شعر از سعدی را بخوانید.\n{LAST}"
    assert read(body=body_with(line)).body == whole


def test_the_days_of_other_news_in_a_list_of_them() -> None:
    dated = f"<ul><li>{OTHER} (۱۲ مهر ۱۴۰۲)</li><li>{OTHER} - ۱۳ مهر ۱۴۰۲</li></ul>"
    assert read(body=body_with(f"<p>بیشتر بخوانید:</p>{dated}")).body == BODY


@layouts
@pytest.mark.parametrize("block", ["<p>{}</p>", "<p style='text-align: right'>{}</p>", "{}<br>"])
@pytest.mark.parametrize("too_many", ["</div>", "</div></div>"])
def test_an_end_tag_too_many_does_not_end_the_text(layout: int, block: str, too_many: str) -> None:
    ad = f'<div class="adv_content">آگهی</div>{too_many}'
    torn = f'<div class="body">{block.format(FIRST)}{ad}{block.format(LAST)}</div>'
    article = read(layout, body=torn)
    assert (article.body, article.tags) == (BODY, ("نان", "آرد، گندم"))


@layouts
@pytest.mark.parametrize(
    "after",
    [
        "<h4>نظرات</h4><p>علی: خوب بود.</p>",
        f"<h4>آخرین اخبار</h4>{LAST}",
        f'<div class="row-tags">{OTHER * 3}</div>{LAST}',
    ],
)
def test_what_follows_a_text_that_goes_on_beside_its_body(layout: int, after: str) -> None:
    torn = f'<div class="body"><p>{FIRST}</p></div><p>{LAST}</p></div>{after}'
    assert read(layout, body=torn, tags="", comments="").body == BODY


@layouts
def test_what_stands_beside_a_body_is_no_text_of_it(layout: int) -> None:
    body = f'<div class="body"><p>{FIRST}</p><p>{LAST}</p></div><p>این خبر را سه بار خواندند.</p>'
    assert read(layout, body=body).body == BODY
    held = f'<div><div class="body"><p>{FIRST}</p><p>{LAST}</p></div></div><p>یادداشت سایت.</p>'
    for stray in ("", "</div>"):  # one closes what is around that, and nothing of the text
        assert read(layout, body=held, footer=stray).body == BODY


PICTURE = '<img src="/files/fa/news/1402/5/29/1.jpg">'


@pytest.mark.parametrize(
    ("inner", "caption"),
    [
        (f'<p>{PICTURE}</p><p class="caption">تالاب</p>', "تالاب"),
        (f'<div><div>{PICTURE}</div><br><span class="img_caption">تالاب</span></div>', "تالاب"),
        (f'<p class="caption">تالاب</p><p>{PICTURE}</p>', "تالاب"),
        (
            f"<p>{PICTURE}</p>{{}}<figure><video></video><figcaption>فیلم</figcaption></figure>",
            None,
        ),
        (f'<p>{PICTURE}</p><div><iframe></iframe><div class="caption">فیلم</div></div>', None),
        (f'<p>{PICTURE}</p><video src="/a.mp4"></video><p class="caption">فیلم</p>', None),
        (f'<p>{PICTURE}</p><p>{SUMMARY}</p><p class="caption">جدول ۱</p><table></table>', None),
        (f"<p>{PICTURE}</p><figure><blockquote>x</blockquote><figcaption>سعدی</figure>", None),
    ],
)
def test_a_caption_is_that_of_the_picture_beside_it(inner: str, caption: str | None) -> None:
    images = read(body=body_with(inner.format(f"<p>{SUMMARY}</p>"))).images
    assert [image.caption for image in images] == [caption]


@pytest.mark.parametrize(
    "section",
    [
        "<h3>نگاهی به <a href='/fa/news/33701/x'>بحران آب</a> در استان</h3><p>سه سال است.</p>",
        "به گفته وی <a class='title_link' href='/fa/news/33701/x'>پسته</a> گران شده است.",
    ],
)
def test_a_part_of_the_text_that_links_to_other_news(section: str) -> None:
    lines = "نگاهی به بحران آب در استان\nسه سال است." if "h3" in section else section[:11]
    assert lines in (read(body=body_with(f"<div>{section}</div>")).body or "")


def test_a_card_with_a_day_and_a_count_beside_its_headline() -> None:
    card = (
        "<div>۱۲ مهر <a class='title' href='/fa/news/33701/x'>پسته</a> ۵ بازدید<p>خلاصه</p></div>"
    )
    assert read(body=body_with(card)).body == BODY


def test_a_card_without_a_heading_or_a_picture() -> None:
    for start, end in (("<div class='box'>", "</div>"), ("<section id='more'>", "</section>")):
        card = f"{start}<b>{OTHER}</b><p>{SUMMARY}</p>{end}"
        assert read(body=body_with(card)).body == BODY
    own = f"<div>{OTHER}<p>بندی از خود خبر.</p></div>"
    assert read(body=body_with(own)).body == f"{FIRST}\nبندی از خود خبر.\n{LAST}"
    own = f"<div class='box'>به گزارش خطوط، {OTHER}</div>"
    assert "به گزارش خطوط" in (read(body=body_with(own)).body or "")


@pytest.mark.parametrize(
    "cards",
    [
        f"<div>{OTHER}<p>{SUMMARY}</p></div><div>{OTHER}<div>{SUMMARY}</div></div>",
        f"<ul><li>{OTHER}<br>{SUMMARY * 4}</li><li>{OTHER}<br>{SUMMARY * 4}</li></ul>",
        f"<section><b>{OTHER}</b><p>{SUMMARY}</p></section>",
    ],
)
@pytest.mark.parametrize("heading", ["<h3>{}</h3>", "<p><strong>{}:</strong></p>", "<div>{}</div>"])
def test_cards_without_a_name_below_the_heading_of_a_box(heading: str, cards: str) -> None:
    box = heading.format("مطالب مرتبط") + cards
    for inner in (box, f"<div>{box}</div>"):
        assert read(body=body_with(inner)).body == BODY


@pytest.mark.parametrize("word", ["تبلیغات", "چاپ", "بیشتر بدانید"])
@pytest.mark.parametrize(
    "block", ["<h3>{}</h3>", "<p><strong>{}</strong></p>", "<div><b>{}</b></div>"]
)
def test_a_heading_of_the_text_by_a_word_of_boxes(block: str, word: str) -> None:
    heading = block.format(word)
    body = f'<div class="body"><p>{FIRST}</p>{heading}<p>{FIRST}</p></div>'
    assert read(body=body).body == f"{FIRST}\n{word}\n{FIRST}"
    for box in (f"<p>{OTHER}</p>", '<div class="adv_content">x</div>', "<div></div>", PICTURE):
        assert read(body=body.replace(heading, heading + box)).body == f"{FIRST}\n{FIRST}"


@pytest.mark.parametrize(
    "heading", ["<h4>{}</h4>", "<div><h4>{}</h4></div>", "<header>{}</header>"]
)
def test_a_box_of_other_news_ends_where_its_block_does(heading: str) -> None:
    box = f"<div>{heading.format('مطالب مرتبط')}<div>{OTHER}</div></div>"
    file = '<p><a href="/files/1.pdf">متن کامل بخشنامه</a></p>'
    assert read(body=body_with(box + file)).body == f"{FIRST}\nمتن کامل بخشنامه\n{LAST}"
    outside = '<p><a href="https://example.ir/1">خبر سایتی دیگر</a></p>' * 2
    assert read(body=body_with(box.replace("</div></div>", f"</div>{outside}</div>"))).body == BODY


def test_a_footer_of_a_quotation_ends_no_text() -> None:
    quote = f"<blockquote><p>{FIRST}</p><footer>یک کشاورز</footer></blockquote>"
    assert read(body=body_with(quote)).body == f"{FIRST}\n{FIRST}\nیک کشاورز\n{LAST}"


@pytest.mark.parametrize("name", ["class='blockquote-footer'", "class='footer name'"])
def test_a_footer_of_a_quotation_may_be_named_as_one(name: str) -> None:
    quote = f"<blockquote><p>{FIRST}</p><footer {name}>یک کشاورز</footer></blockquote>"
    assert read(body=body_with(quote)).body == f"{FIRST}\n{FIRST}\nیک کشاورز\n{LAST}"


@pytest.mark.parametrize(
    "name",
    ["hidden", 'style="display:none"', 'class="d-none"', 'class="ads"', 'class="share comments"'],
)
@pytest.mark.parametrize("holder", ["blockquote", "figure"])
def test_a_footer_within_a_text_may_be_hidden_or_a_tool(holder: str, name: str) -> None:
    quote = f"<{holder}><p>{FIRST}</p><footer {name}>اشتراک</footer></{holder}>"
    assert read(body=body_with(quote)).body == f"{FIRST}\n{FIRST}\n{LAST}"


@pytest.mark.parametrize("words", ["صفحه: {}", "{}", "« قبلی {} بعدی »", "صفحات ({})"])
def test_the_numbers_of_a_texts_pages_are_no_text(words: str) -> None:
    pages = " ".join(f'<a href="/fa/news/33614/x?page={n}">{n}</a>' for n in range(1, 4))
    assert read(body=body_with(f"<div>{words.format(pages)}</div>")).body == BODY
    two = '<div>صفحه: ۱ <a href="?page=2">۲</a></div>'
    assert read(body=body_with(two)).body == BODY
    told = f"<p>صفحه {pages} از این دفتر</p>"
    assert "از این دفتر" in (read(body=body_with(told)).body or "")


@pytest.mark.parametrize(
    ("links", "line"),
    [
        (
            "<table><tr><td><a href='/files/1.pdf'>۱۴۰۱</a></td>"
            "<td><a href='/files/2.pdf'>۱۴۰۲</a></td></tr></table>",
            "۱۴۰۱ ۱۴۰۲",
        ),
        (
            "<p><a href='tel:1'>۰۲۱-۸۸۷۷</a> - <a href='tel:2'>۰۲۱-۸۸۷۸</a></p>",
            "۰۲۱-۸۸۷۷ - ۰۲۱-۸۸۷۸",
        ),
        ("<p><a href='/files/1.pdf'>صفحه ۱</a></p>", "صفحه ۱"),
        ("<p><a href='/fa/team/1'>۳</a> - <a href='/fa/team/2'>۱</a></p>", "۳ - ۱"),
        ("<p><a href='?page=2'>۳</a> - <a href='/fa/team/2'>۱</a></p>", "۳ - ۱"),
    ],
)
def test_numbers_that_lead_elsewhere_are_no_pages_of_the_text(links: str, line: str) -> None:
    assert read(body=body_with(links)).body == f"{FIRST}\n{line}\n{LAST}"


@pytest.mark.parametrize("name", ["", ' class="news_text"'])
def test_a_short_text_that_holds_a_card_is_none(name: str) -> None:
    card = f'<div class="c"><a href="/fa/news/33701/x"><img src="/i.jpg"></a>{OTHER}</div>'
    text = f"<div{name}><p>{FIRST}</p>{card}<p>{LAST}</p></div>"
    article = read(body=f'<div class="body"><p>{FIRST}</p>{text}</div>')
    assert (article.body, article.images) == (f"{FIRST}\n{BODY}", ())


@pytest.mark.parametrize("block", ["{}<br>{}", "<p>{}</p>{}", "<div>{}</div>{}", "<p>{}{}</p>"])
def test_a_card_that_is_a_link_is_no_text_of_the_line_it_stands_in(block: str) -> None:
    card = '<a href="/fa/news/33701/x"><img src="/i.jpg"><span>خبری دیگر درباره آرد</span></a>'
    text = block.format(FIRST, f"{card}{LAST}")
    expected = f"{FIRST}{LAST}" if "{}{}" in block else BODY
    article = read(body=f'<div class="body">{text}</div>')
    assert (article.body, article.images) == (expected, ())


@pytest.mark.parametrize(
    "line",
    [
        "تاریخ انتشار این کتاب سال گذشته بود و ناشر آن هنوز نامعلوم است.",
        "زمان انتشار نتایج کنکور سراسری سال ۱۴۰۲ فردا اعلام می‌شود",
        "شماره خبر ما این است و متن از همین‌جا آغاز می‌شود",
        "بازدید: رئیس‌جمهور از کارخانه",
        "بازدید: ۲ وزیر از کارخانه",
    ],
)
def test_a_first_sentence_below_the_title_may_begin_like_a_label(line: str) -> None:
    body = f'<div class="body">{PARTS["title"]}<p>{line}</p><p>{FIRST}</p></div>'
    assert read(title="", body=body).body == f"{line}\n{FIRST}"


@pytest.mark.parametrize(
    "line",
    [
        "کد خبر ۳۳۶۱۴",
        "کد خبر: ۳۳۶۱۴ گروه: ورزشی",
        "بازدید: ۲۸۴۱ بار",
        "بازدید: ۱۷ هزار",
        "زمان انتشار: ۱۸:۳۹",
        "تعداد بازدید:&lrm; ۴۳۲۱",
        "تاریخ انتشار: ۳ ساعت پیش",
        "تاریخ انتشار: ۳ آبان - ۰۸:۴۵",
        "تاریخ انتشار: <span>۳ آبان ۱۴۰۲</span><span>۰۸:۴۵</span>",
        "تاریخ انتشار: دیروز ۰۸:۴۵",
        "تاریخ انتشار: Wed 25 October 2023 08:45",
        "تاریخ انتشار: ۲۹ مرداد ۱۴۰۲ - ۱۸:۳۹ ب.ظ",
        "۵ نظر | بازدید: ۱۲",
    ],
)
def test_a_field_below_the_title_is_no_text(line: str) -> None:
    body = f'<div class="body">{PARTS["title"]}<p>{line}</p><p>{FIRST}</p></div>'
    assert read(title="", body=body).body == FIRST


@pytest.mark.parametrize("words", ["{}", "<blockquote>{}</blockquote>", "<em>{}</em>"])
@pytest.mark.parametrize("box", ["aside", "article class='related-law'"])
def test_a_box_in_a_text_may_say_something_in_any_way(box: str, words: str) -> None:
    told = f"<{box}>{words.format(FIRST)}</{box.split()[0]}>"
    assert read(body=body_with(told)).body == f"{FIRST}\n{FIRST}\n{LAST}"
