"""What kind of page an answer is, told from its content."""

from __future__ import annotations

import re
from enum import StrEnum

from khotoot_crawler.parsers import selectors
from khotoot_crawler.parsers.noise import is_foreign
from khotoot_crawler.parsers.outline import code_of, text_of
from khotoot_crawler.parsers.page import Page
from khotoot_crawler.text import normal_form


class PageKind(StrEnum):
    """The kinds of page; the first three are read as articles."""

    ARTICLE = "article"
    PHOTO = "photo"
    VIDEO = "video"
    LISTING = "listing"
    FEED = "feed"
    SOFT_404 = "soft_404"
    CHALLENGE = "challenge"
    OTHER = "other"


ARTICLE_KINDS = frozenset({PageKind.ARTICLE, PageKind.PHOTO, PageKind.VIDEO})

_FEED = re.compile(
    r"\s*(?:<\?xml[^>]*>|<!--.*?-->|<!DOCTYPE\s+(?!html)[^>]*>|<\?[^>]*\?>|\s+)*"
    r"<(?:\w+:)?(?:rss|feed|rdf|urlset|sitemapindex)[\s>]",
    re.IGNORECASE | re.DOTALL,
)
_FEED_WITHIN = 4096
_CHALLENGE = ("__arcsjs", "__arcsrc", "arvanRecaptcha", "AR_SiteKey")
_CHALLENGE_SIZE = 64 * 1024
_NOT_FOUND = re.compile(
    "صفحه(?:ی)?(?:درخواستی|موردنظر)(?:شما)?(?:موجودنمیباشد|موجودنیست|یافتنشد|پیدانشد|وجودندارد)"
    "|(?:خبر|مطلب)(?:درخواستی|موردنظر)(?:شما)?(?:موجودنمیباشد|موجودنیست|یافتنشد|پیدانشد|وجودندارد)"
)
_NOTICE = 300  # letters; a longer text is no bare notice
_GALLERY_TEXT = 900
_PLAYER_TEXT = 700
_PLAYER = re.compile(r"aparat\.com|youtube\.com/embed|telewebion|/video/|player", re.IGNORECASE)
_LISTED = 3
_LISTING_ADDRESS = re.compile(r"^https?://[^/]+(?:/(?:fa/?)?(?:[?#]|$)|/fa/(?:archive|services|tags?|search|allnews)\b)")


def page_kind(page: Page) -> PageKind:
    """Tell what kind of page this is."""
    if _FEED.match(page.text[:_FEED_WITHIN]):
        return PageKind.FEED
    if _is_article(page):
        return _article_kind(page)
    if _is_challenge(page):
        return PageKind.CHALLENGE
    if _is_not_found(page):
        return PageKind.SOFT_404
    return PageKind.LISTING if _lists_news(page) else PageKind.OTHER


def _is_article(page: Page) -> bool:
    """Tell whether the page has a headline and a text, or pictures, of its own."""
    outline = page.outline
    if outline.title is None and not outline.metadata.titles:
        return False
    content = page.content
    if content.links_away >= max(_LISTED, len(content.paragraphs)):
        return False
    if _is_notice(page):
        return False
    if content.paragraphs:
        return _is_marked(page)
    if any(True for _ in outline.own(selectors.GALLERY)) or _has_player(page):
        return _is_marked(page)
    # Half the page may be missing, but then the toolbar must vouch for the rest.
    return outline.title is not None and any(True for _ in outline.own(selectors.CODE))


def _is_marked(page: Page) -> bool:
    """Tell whether the page says which article it is."""
    outline = page.outline
    return outline.code is not None or any(
        True for _ in outline.own((*selectors.CODE, *selectors.DATE))
    )


def _article_kind(page: Page) -> PageKind:
    length = sum(map(len, page.content.paragraphs))
    if length < _GALLERY_TEXT and any(True for _ in page.outline.own(selectors.GALLERY)):
        return PageKind.PHOTO
    if length < _PLAYER_TEXT and _has_player(page):
        return PageKind.VIDEO
    return PageKind.ARTICLE


def _has_player(page: Page) -> bool:
    box = page.outline.box
    if box is None:
        return False
    for element in box.iter("video", "iframe", "embed", "object", "div"):
        if element.tag == "video":
            return True
        if element.tag == "div":
            name = f"{element.get('class') or ''} {element.get('id') or ''}"
            if "player" in name.lower() or "aparat" in name.lower():
                return True
        elif _PLAYER.search(element.get("src") or element.get("data") or ""):
            return True
    return False


def _is_challenge(page: Page) -> bool:
    return len(page.text) < _CHALLENGE_SIZE and any(map(page.text.__contains__, _CHALLENGE))


def _is_notice(page: Page) -> bool:
    """Tell whether what stands in the body's place is but the notice of a missing page."""
    text = " ".join(page.content.paragraphs)
    return len(text) < _NOTICE and _says_not_found(text)


def _is_not_found(page: Page) -> bool:
    for element in page.outline.index.by_class("error_container"):
        if len(text_of(element)) < 4 * _NOTICE:
            return True
    if _is_notice(page):
        return True
    body = next(page.root.iter("body"), None)
    if body is None or not _says_not_found(page.text):
        return False
    return len(text_of(body)) < 2 * _NOTICE


def _says_not_found(text: str) -> bool:
    return bool(_NOT_FOUND.search(normal_form(text).replace(" ", "")))


def _lists_news(page: Page) -> bool:
    needed = 1 if _LISTING_ADDRESS.match(page.url) else _LISTED
    listed: set[str] = set()
    for link in page.root.iter("a"):
        code = code_of(link.get("href"))
        if code and code not in listed and not any(map(is_foreign, link.iterancestors())):
            listed.add(code)
            if len(listed) >= needed:
                return True
    return False
