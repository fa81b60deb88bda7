"""The sample site: its truth is sound, its pages show it, and it behaves as SITE.md says."""

from __future__ import annotations

import gzip
import http.client
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from urllib.parse import quote
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from parsel import Selector

from khotoot_crawler.demo import Catalogue, SampleArticle, SampleSite
from khotoot_crawler.demo.articles import Picture
from khotoot_crawler.demo.markup import MONTHS, address, persian, short_path

ARTICLES = Catalogue.bundled().live()
CODES = [article.code for article in ARTICLES]
WEEKDAYS = ("شنبه", "یکشنبه", "دوشنبه", "سه‌شنبه", "چهارشنبه", "پنجشنبه", "جمعه")
NEW_YEARS = {  # 1 Farvardin, from printed calendars: in March on the 20th or 21st
    **dict.fromkeys((1385, 1386, 1389, 1390, 1393, 1394, 1398, 1400, 1401, 1402), 21),
    **dict.fromkeys((1387, 1391, 1395, 1399, 1403), 20),
    1396: 21,
}
TO_ASCII = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩ي", "01234567890123456789ی")


@pytest.fixture
def site() -> Iterator[SampleSite]:
    with SampleSite() as running:
        yield running


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def text(self) -> str:
        return self.body.decode()


def get(site: SampleSite, path: str, method: str = "GET", **headers: str) -> Answer:
    connection = http.client.HTTPConnection(site.base_url.removeprefix("http://"), timeout=10)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, quote(path, safe="/?&=%:"), headers=named)
        return Answer(connection.getresponse())
    finally:
        connection.close()


def folded(text: str) -> str:
    return re.sub(r"[\s\u00a0]+", " ", text).strip()


def article_links(html: str) -> list[str]:
    return re.findall(r'class="title5" href="/fa/news/(\d+)', html)


# The truth


def test_sixty_articles_with_holes_between_the_codes() -> None:
    assert len(ARTICLES) == 60
    assert (CODES[0], CODES[-1]) == ("33560", "33640")
    assert {"33577", "33599"}.isdisjoint(CODES)


@pytest.mark.parametrize("article", ARTICLES, ids=CODES)
def test_dates_agree_with_each_other(article: SampleArticle) -> None:
    year, month, number = map(int, article.published_jalali[:10].split("-"))
    day = date(year + 621, 3, NEW_YEARS[year])
    day += timedelta(days=31 * (month - 1) - max(0, month - 7) + number - 1)
    local = datetime.fromisoformat(f"{day}{article.published_jalali[10:]}")
    assert article.published_at == local.replace(tzinfo=ZoneInfo("Asia/Tehran")).isoformat()
    shown = article.published_raw.translate(TO_ASCII)
    numbers = [int(n) for n in re.findall(r"\d+", shown)]
    assert year in numbers or year % 100 in numbers
    assert number in numbers
    assert MONTHS[month - 1] in shown or month in numbers
    named = re.match(r"\D*شنبه|جمعه", shown)
    assert named is None or named[0].strip() == WEEKDAYS[(day.weekday() + 2) % 7]


def test_both_sides_of_the_summer_time_years() -> None:
    offset = {a.published_jalali[:10]: a.published_at[-6:] for a in ARTICLES}
    assert offset["1385-05-03"] == offset["1386-06-20"] == "+03:30"
    assert offset["1387-01-05"] == offset["1400-06-30"] == offset["1401-06-30"] == "+04:30"
    assert offset["1400-06-31"] == offset["1402-05-29"] == offset["1403-12-30"] == "+03:30"


def test_every_kind_and_layout_occurs() -> None:
    assert Counter(a.page_type for a in ARTICLES) == {"article": 55, "photo": 3, "video": 2}
    assert {a.layout.theme for a in ARTICLES} == {"new", "classic", "icons"}
    assert {a.layout.shape for a in ARTICLES} == {"p", "br", "div", "loose", "unclosed"}
    assert {a.layout.views for a in ARTICLES} == {"plain", "ascii", "separated", "comma"}
    assert {"lead2", "ad", "script", "empty"} == {n for a in ARTICLES for n in a.layout.noise}
    marks = {b.split()[0] for a in ARTICLES for b in a.blocks}
    assert {"##", ">", "-", "|", "!"} <= marks
    for field in ("kicker", "lead", "source", "view_count", "lead_image"):
        assert {getattr(a, field) is None for a in ARTICLES} == {True, False}, field


def test_texts_differ_but_for_one_pair() -> None:
    texts = Counter((a.title, a.paragraphs) for a in ARTICLES)
    assert sorted(texts.values()) == [1] * 58 + [2]
    assert all(len(" ".join(a.paragraphs)) > 80 for a in ARTICLES)


def test_a_credited_source_ends_the_text() -> None:
    for article in ARTICLES:
        credit = re.search(r"/(ایسنا|تسنیم|ایرنا)$", article.paragraphs[-1])
        assert (credit[1] if credit else None) == article.source, article.code


def test_the_sample_article() -> None:
    article = Catalogue.bundled()["33614"]
    assert (article.view_count, article.source, article.kicker) == (100321, "تسنیم", None)
    assert article.published_at == "2023-08-20T18:39:00+03:30"
    assert article.tags == ("رفاه و تعاون", "تعاونی", "وزارت تعاون، کار و رفاه اجتماعی")
    assert len(article.paragraphs) == 10
    assert short_path("33614") == "/0008kA"
    assert short_path("7349926") == "/00Uq3C"


# Articles' pages


def test_pages_show_the_truth_and_stay_the_same(site: SampleSite) -> None:
    for article in ARTICLES:
        answer = get(site, address(article))
        page = answer.body.decode(article.layout.charset)
        assert answer.status == 200
        shown = folded(" ".join(Selector(page).css("main ::text").getall()))
        for text in (article.title, article.kicker, article.lead, *article.tags):
            assert folded(text or "") in shown, article.code
        assert persian(article.code) in shown
        assert article.published_raw in shown
        body = "".join(Selector(page).css(".body")[0].css("::text").getall())
        places = [re.sub(r"\s", "", body).find(p.replace(" ", "")) for p in article.paragraphs]
        assert places == sorted(places), article.code
        assert places[0] >= 0, article.code
    assert get(site, "/fa/news/33614").body == get(site, "/fa/news/33614/any-slug").body


def test_the_sample_article_reads_in_the_order_of_the_site(site: SampleSite) -> None:
    page = Selector(get(site, "/fa/news/33614").text)
    text = folded(" ".join(page.css("main ::text").getall()))
    order = ["۲۹ مرداد ۱۴۰۲ - ۱۸:۳۹", "تعداد بازدید: ۱۰۰۳۲۱", "معاون تعاون وزیر", "کد خبر: ۳۳۶۱۴"]
    order += ["اعلام جزئیات", "به گزارش پایگاه", "/تسنیم", "برچسب ها:", "ارسال نظر", "آخرین اخبار"]
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert page.css("div[style='direction: rtl;'] .body").getall()


def test_quirks_in_the_markup(site: SampleSite) -> None:
    classic = get(site, "/fa/news/33579").text
    assert classic.count("۲۱ ارديبهشت ۱۳۹۹ - ۱۸:۵۹") == 2
    assert 'class="news_nav news_id_c_mobile"' in classic
    assert 'content="۱۳۹۹/۰۲/۲۱ - ۱۸:۵۹"' in classic
    assert '"datePublished": "2020-05-10T18:59:09+04:30"' in classic
    assert "<p>&nbsp;</p>" in classic
    assert 'class="entekhab_lead2"' in classic
    assert "۴۴۱۲۰&nbsp;<span class='hidden-xs'>بازدید" in get(site, "/fa/news/33567").text
    assert "۱۷۱٬۴۷۳" in get(site, "/fa/news/33611").text
    assert "51,200" in get(site, "/fa/news/33638").text
    assert "&#1777&#1780&#1776&#1776" in get(site, "/fa/news/33589").text
    assert "&zwnj;" in get(site, "/fa/news/33616").text
    assert "۳۱&nbsp;شهریور" in get(site, "/fa/news/33620").text
    old = get(site, "/fa/news/33560")
    assert old.headers["Content-Type"] == "text/html"
    assert '<meta charset="windows-1256">' in old.body.decode("windows-1256")


def test_an_unclosed_body_holds_what_comes_after(site: SampleSite) -> None:
    page = Selector(get(site, "/fa/news/33622").text)
    assert page.css(".body .tags_container, .body .news-related, .body form").getall()


def test_print_amp_and_short_link(site: SampleSite) -> None:
    for path in ("/fa/print/33614", "/fa/amp/news/33614"):
        assert "هوشمندسازی فعالیت های بخش تعاون" in get(site, path).text
    short = get(site, "/0008kA")
    assert (short.status, short.body) == (301, b"")
    assert short.headers["Location"].startswith("/fa/news/33614/%D8%A7")
    assert get(site, "/0008kD").status == 404


def test_what_is_not_there(site: SampleSite) -> None:
    for path in ("/fa/news/33599", "/fa/news/33599/x", "/fa/news/1", "/fa/news/abc"):
        answer = get(site, path)
        assert answer.status == 200
        assert "error_container" in answer.text
        assert "صفحه درخواستی شما موجود نمی باشد" in answer.text
    removed = get(site, "/fa/news/33577")
    assert (removed.status, removed.headers["Location"]) == (302, "/")
    for path in (
        "/sitemap.xml",
        "/nothing",
        "/fa/nothing",
        "/fa/services/99",
        "/fa/rss/99",
        "/../x",
    ):
        assert get(site, path).status == 404, path


# Listings and feeds


def test_home_page_links_in_every_form(site: SampleSite) -> None:
    hrefs = Selector(get(site, "/").text).css("a::attr(href)").getall()
    forms = (
        r"/fa/news/\d+/\D",
        r"https://www\.khootoot\.ir/fa/news/\d+/",
        r"http://khootoot\.ir/fa/news/\d+$",
        r"//www\.khootoot\.ir/fa/news/",
        r".*\?utm_source=",
        r".*/%D[0-9A-F]",
        r".*#comments$",
        r"/0008\w\w$",
        r"/fa/print/33614",
        r"/fa/save/33614",
        r"/fa/send/33614",
        r".*/fa/amp/news/33614",
        r"/files/fa/news/1402/5/29/",
        r"http://rasanak\.example/fa/news/",
        r"javascript:",
    )
    for form in forms:
        assert any(re.match(form, href) for href in hrefs), form


def test_every_own_link_of_the_home_page_answers(site: SampleSite) -> None:
    hrefs = Selector(get(site, "/").text).css("a::attr(href), link::attr(href), img::attr(src)")
    own = {href.split("#")[0] for href in hrefs.getall() if re.match(r"/[^/]|/$", href)}
    missing = {href for href in own if get(site, href).status >= 400}
    assert missing == {"/fa/polls/archive", "/fa/ads/redirect/a/12"}


def test_archive_is_newest_first_and_ends_with_an_empty_page() -> None:
    with SampleSite(largest_page=25) as site:
        pages = [get(site, f"/fa/archive?service_id=-1&rpp=100&p={n}").text for n in (1, 2, 3, 4)]
        found = [article_links(_main(page)) for page in pages]
        assert [len(codes) for codes in found] == [25, 25, 10, 0]
        assert [c for codes in found for c in codes] == [a.code for a in site.catalogue.latest()]
        assert article_links(pages[3])  # the side bar goes on naming the latest
        assert "p=3" in pages[0]
        assert len(article_links(_main(get(site, "/fa/archive").text))) == 25


def _main(page: str) -> str:
    content = Selector(page).css(".archive_content").get()
    assert content is not None
    return content


def test_archive_window_and_section(site: SampleSite) -> None:
    window = "/fa/archive?from_date=1402/05/01&to_date=1402/6/4&p=1"
    assert article_links(_main(get(site, window).text)) == ["33616", "33611", "33615", "33614"]
    photos = "/fa/archive?service_id=8&cat_id=81&rpp=2"
    assert article_links(_main(get(site, photos).text)) == ["33633", "33608"]
    assert len(article_links(_main(get(site, "/fa/archive?from_date=x&p=0&rpp=-1").text))) == 60


def test_sections_go_on_by_ajax(site: SampleSite) -> None:
    page = get(site, "/fa/services/2").text
    assert "اقتصاد" in page
    codes = [a.code for a in site.catalogue.latest() if a.service == "4"]
    assert article_links(get(site, "/fa/ajax/services/4/0/1").text) == codes
    assert get(site, "/fa/ajax/services/4/0/2").body == b""
    listed = article_links(get(site, "/fa/ajax/services/8/82/1").text)
    assert listed == ["33624", "33592"]


def test_tags(site: SampleSite) -> None:
    page = get(site, "/fa/tag/1/فوتبال").text
    assert {"33567", "33604", "33635"} <= set(article_links(page))
    assert get(site, "/fa/tags/1201/2/فوتبال").status == 200


@pytest.mark.parametrize("path", ["/fa/rss/allnews", "/fa/rss/6", "/fa/rss/6/61"])
def test_feeds_have_the_shape_of_sepehrfeed(site: SampleSite, path: str) -> None:
    answer = get(site, path)
    assert answer.headers["Content-Type"].startswith("text/xml")
    channel = ElementTree.fromstring(answer.body)[0]
    items = channel.findall("item")
    links = [item.findtext("link", "") for item in items]
    codes = [int(re.findall(r"/fa/news/(\d+)/", link)[0]) for link in links]
    assert channel.findtext("generator") == "SepehrFeed V1.2"
    assert all("\n" in link for link in links)
    assert channel.find(".//guid") is None
    for item in items:
        assert datetime.strptime(item.findtext("pubDate", ""), "%d %b %Y %H:%M:%S %z").tzinfo
    assert len(codes) < 3 or codes not in (sorted(codes), sorted(codes, reverse=True))


def test_feed_index_names_the_feeds(site: SampleSite) -> None:
    page = get(site, "/fa/rss").text
    assert {"/fa/rss/allnews", "/fa/rss/3", "/fa/rss/3/34"} <= set(
        re.findall(r'href="(/fa/rss/[^"]+)"', page)
    )


def test_robots(site: SampleSite) -> None:
    text = get(site, "/robots.txt").text
    assert "Disallow: /fa/search" in text
    assert "crawl-delay" not in text.lower()
    assert "sitemap" not in text.lower()


# HTTP


def test_pages_are_packed_when_asked_for(site: SampleSite) -> None:
    plain = get(site, "/fa/news/33614")
    packed = get(site, "/fa/news/33614", Accept_Encoding="gzip, deflate, br, zstd")
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert int(packed.headers["Content-Length"]) == len(packed.body) < len(plain.body)
    assert gzip.decompress(packed.body) == plain.body


def test_head_and_keep_alive(site: SampleSite) -> None:
    connection = http.client.HTTPConnection(site.base_url.removeprefix("http://"), timeout=10)
    connection.request("HEAD", "/fa/news/33614")
    head = Answer(connection.getresponse())
    socket = connection.sock
    connection.request("GET", "/fa/news/33614")
    full = Answer(connection.getresponse())
    assert connection.sock is socket
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == full.headers["Content-Length"] == str(len(full.body))
    connection.close()


@pytest.mark.parametrize(
    ("path", "kind", "start"),
    [
        ("/files/fa/news/1399/2/21/33579_741.jpg", "image/jpeg", b"\xff\xd8\xff"),
        ("/files/fa/news/1401/2/10/33601_415.png", "image/png", b"\x89PNG\r\n"),
        ("/client/themes/fa/main/img/logo.svg", "image/svg+xml", b"<svg"),
        ("/favicon.ico", "image/x-icon", b"\0\0\1\0"),
        ("/client/themes/fa/main/css/style_1204.css", "text/css; charset=utf-8", b"@import url("),
        ("/client/themes/fa/main/js/news_1204.js", "text/javascript; charset=utf-8", b"//"),
        ("/files/fa/news/1400/5/8/33592_701.mp4", "video/mp4", b"\0\0\0"),
    ],
)
def test_files_have_validators(site: SampleSite, path: str, kind: str, start: bytes) -> None:
    answer = get(site, path)
    assert (answer.status, answer.headers["Content-Type"]) == (200, kind)
    assert answer.body.startswith(start)
    known = get(site, path, If_None_Match=answer.headers["ETag"])
    assert (known.status, known.body) == (304, b"")
    since = answer.headers["Last-Modified"]
    assert get(site, path, If_Modified_Since=since).status == 304
    assert get(site, path, If_Modified_Since="no date").status == 200
    assert get(site, path, If_None_Match='"other"', If_Modified_Since=since).status == 200


def test_style_sheet_leads_to_more_files(site: SampleSite) -> None:
    folder = "/client/themes/fa/main/css/"
    css = get(site, f"{folder}style_1204.css").text
    names = re.findall(r'(?:@import |url\()"([^"]+)"|@import url\("([^"]+)', css)
    found = {a or b for a, b in names}
    assert found == {"layout_1204.css", "print_1204.css", "../img/paper.png"}
    for name in ("layout_1204.css", "print_1204.css"):
        assert get(site, folder + name).status == 200
    assert get(site, "/client/themes/fa/main/img/paper.png").body.startswith(b"\x89PNG")


def test_all_pictures_of_the_articles_are_there(site: SampleSite) -> None:
    pictures = {picture.path for article in ARTICLES for picture in article.images}
    assert len(pictures) > 30
    assert {get(site, path).status for path in pictures} == {200}


def test_leaving_the_site_hangs_up() -> None:
    with SampleSite() as site:
        connection = http.client.HTTPConnection(site.base_url.removeprefix("http://"), timeout=10)
        connection.request("GET", "/robots.txt")
        assert Answer(connection.getresponse()).status == 200
    assert connection.sock is not None
    assert connection.sock.recv(1) == b""
    connection.close()
    assert site.requests == ["GET /robots.txt"]


# Change


def test_edit_and_views(site: SampleSite) -> None:
    before = get(site, "/fa/news/33616").body
    site.catalogue.edit("33616", title="کلوچهٔ لاهیجان", kicker=None)
    assert "کلوچهٔ لاهیجان" in get(site, "/fa/news/33616").text
    assert "/fa/news/33616/کلوچه-لاهیجان" in get(site, "/fa/archive").text
    assert site.catalogue.bump_views("33614", by=9) == 100330
    assert persian(100330) in get(site, "/fa/news/33614").text
    assert get(site, "/fa/news/33616").body != before


@pytest.mark.parametrize(
    ("how", "status"), [("soft_404", 200), ("http_404", 404), ("http_410", 410), ("redirect", 302)]
)
def test_remove_and_restore(site: SampleSite, how: str, status: int) -> None:
    site.catalogue.remove("33616", how)  # type: ignore[arg-type]
    assert get(site, "/fa/news/33616").status == status
    assert "33616" not in article_links(get(site, "/fa/archive").text)
    site.catalogue.restore("33616")
    assert "فومن" in get(site, "/fa/news/33616").text


def test_add_an_article_that_no_page_names(site: SampleSite) -> None:
    picture = Picture(path="/files/fa/news/1403/12/30/33641_001.png", caption="نمونه")
    known = site.catalogue["33640"]
    site.catalogue.add(replace(known, code="33641", lead_image=picture, listed=False))
    assert "33641_001.png" in get(site, "/fa/news/33641").text
    assert "33641" not in get(site, "/fa/archive").text
    assert len(site.catalogue.live()) == 61
    assert len(Catalogue.bundled().live()) == 60


# The command


def test_module_serves_until_interrupted() -> None:
    command = [sys.executable, "-m", "khotoot_crawler.demo", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.readline() + process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    assert re.search(r"60 articles at http://127\.0\.0\.1:\d+/ until Ctrl-C", said)
    assert re.search(r"scrapy crawl khotoot -a base_url=http://127\.0\.0\.1:\d+", said)


def test_module_refuses_a_port_in_use(site: SampleSite) -> None:
    port = site.base_url.rpartition(":")[2]
    command = [sys.executable, "-m", "khotoot_crawler.demo", "--port", port]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert done.stderr.startswith(f"port {port} cannot be used: ")
    assert done.stderr.count("\n") == 1
