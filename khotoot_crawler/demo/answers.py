"""What the site answers to an address: pages, feeds, files, redirects."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources
from urllib.parse import parse_qsl, unquote

from khotoot_crawler.demo import article_page, feeds, listing_pages
from khotoot_crawler.demo.articles import SampleArticle
from khotoot_crawler.demo.catalogue import Catalogue
from khotoot_crawler.demo.markup import address, encoded, short_path
from khotoot_crawler.demo.pictures import icon, picture

HTML = "text/html; charset=utf-8"
THEME = "/client/themes/fa/main/"
KINDS = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "mp4": "video/mp4",
}
NOTES = {
    "about": "این پایگاه نمونه برای آزمایش خزنده ساخته شده است و خبرهای آن واقعی نیست.",
    "contacts": "نشانی: یزد، خیابان نمونه، کوچهٔ آزمایش. تلفن: ۰۳۵-۰۰۰۰۰۰۰۰",
    "links": "پیوندی ثبت نشده است.",
    "search": "عبارت مورد نظر را بنویسید.",
    "save": "این خبر در فهرست شما ذخیره شد.",
    "send": "نشانی رایانامهٔ دوست خود را بنویسید.",
    "report": "خطای این خبر را بنویسید.",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer before any coding; ``lasting``: it has validators and may be kept."""

    body: bytes
    content_type: str = HTML
    status: int = 200
    location: str | None = None
    lasting: bool = False


def answer(catalogue: Catalogue, target: str, largest_page: int = 100) -> Answer:
    """Answer a request target (path and query, percent-encoded)."""
    raw_path, _, raw_query = target.partition("?")
    path, query = unquote(raw_path), dict(parse_qsl(raw_query))
    match path.strip("/").split("/"):
        case [""] | ["fa"]:
            return _html(listing_pages.home_page(catalogue))
        case ["robots.txt"]:
            return Answer(_file("robots.txt"), "text/plain; charset=utf-8")
        case ["favicon.ico"]:
            return Answer(icon(), "image/x-icon", lasting=True)
        case ["fa", "archive"]:
            return _html(listing_pages.archive_page(catalogue, query, largest_page))
        case ["fa", *rest]:
            return _page(catalogue, rest)
        case [code] if len(code) == 6:
            return _short(catalogue, code)
    return _asset(path)


def _page(catalogue: Catalogue, parts: list[str]) -> Answer:
    match parts:
        case ["news" | "print" as kind, code, *_] | ["amp" as kind, "news", code, *_]:
            return _article(catalogue, kind, code)
        case ["rss"]:
            return _html(listing_pages.feed_index(catalogue))
        case ["rss", service, *rest] if len(rest) < 2:
            return _feed(catalogue, service, *rest)
        case [("tag" | "tags"), _, *rest] if rest:
            number = int(rest[0]) if len(rest) > 1 and rest[0].isdecimal() else 1
            return _html(listing_pages.tag_page(catalogue, rest[-1], number))
        case ["services", service, *rest] if len(rest) < 2:
            page = listing_pages.section_page(catalogue, service, "".join(rest))
            return _html(page) if page else _missing()
        case ["ajax", "services", service, category, number] if number.isdecimal():
            return _html(listing_pages.section_part(catalogue, service, category, int(number)))
        case [note, *_] if note in NOTES:
            return _html(listing_pages.note_page(catalogue, note, NOTES[note]))
    return _missing()


def _article(catalogue: Catalogue, kind: str, code: str) -> Answer:
    article = catalogue.find(code)
    if article is None:
        return _gone(catalogue, code)
    if kind == "print":
        return _html(article_page.print_page(article))
    if kind == "amp":
        return _html(article_page.amp_page(article))
    return _encoded(article, article_page.article_page(catalogue, article))


def _encoded(article: SampleArticle, page: str) -> Answer:
    charset = article.layout.charset
    if charset == "utf-8":
        return _html(page)
    body = page.encode(charset, "xmlcharrefreplace")  # declared by the page alone, as old ones do
    return Answer(body, "text/html")


def _gone(catalogue: Catalogue, code: str) -> Answer:
    how = catalogue.gone(code)
    if how == "redirect":
        return Answer(b"", status=302, location="/")
    status = {"http_404": 404, "http_410": 410}.get(how or "", 200)
    return _html(listing_pages.error_page(catalogue), status)


def _feed(catalogue: Catalogue, service: str, category: str = "") -> Answer:
    if service == "allnews":
        service = ""
    elif service not in {s["id"] for s in catalogue.site["service"]}:
        return _missing()
    text = feeds.feed(catalogue, service, category)
    return Answer(text.encode(), "text/xml; charset=utf-8")


def _short(catalogue: Catalogue, name: str) -> Answer:
    for article in catalogue.live():
        if short_path(article.code) == f"/{name}":
            return Answer(b"", status=301, location=encoded(address(article)))
    return _missing()


def _asset(path: str) -> Answer:
    drawn = picture(path) if path.startswith(("/files/", THEME + "img/")) else None
    if drawn is not None:
        return Answer(*drawn, lasting=True)
    if path == THEME + "img/favicon.ico":
        return Answer(icon(), "image/x-icon", lasting=True)
    kind = path.rpartition(".")[2]
    if path.startswith((THEME, "/files/")) and kind in KINDS:
        name = "film.mp4" if kind == "mp4" else path.rpartition("/")[2]
        body = _file(name)
        if body:
            return Answer(body, KINDS[kind], lasting=True)
    return _missing()


def _file(name: str) -> bytes:
    """Return a bundled file; empty if there is no such."""
    if not re.fullmatch(r"[a-z0-9_]+\.[a-z0-9]+", name):
        return b""
    file = resources.files(__package__) / "assets" / name
    return file.read_bytes() if file.is_file() else b""


def _html(page: str, status: int = 200) -> Answer:
    return Answer(page.encode(), status=status)


def _missing() -> Answer:
    return Answer(b"<html><body><h1>404 Not Found</h1></body></html>\n", "text/html", 404)
