"""What kind of page an answer is, told from its content."""

from __future__ import annotations

import re
from enum import StrEnum

from lxml.etree import _Element

from khotoot_crawler.parsers import selectors
from khotoot_crawler.parsers.blocks import text_of
from khotoot_crawler.parsers.feed import is_feed
from khotoot_crawler.parsers.identity import code_of
from khotoot_crawler.parsers.labels import (
    bare_date,
    labelled_code,
    labelled_date,
    labelled_views,
)
from khotoot_crawler.parsers.noise import is_foreign, names_news
from khotoot_crawler.parsers.outline import Outline
from khotoot_crawler.parsers.own_lines import own_lines
from khotoot_crawler.parsers.page import Page
from khotoot_crawler.parsers.players import PLAYER_TAGS, is_player
from khotoot_crawler.text import ascii_digits, normal_form


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

CHALLENGE_MARKS = (b"__arcsjs", b"__arcsrc", b"arvanRecaptcha", b"AR_SiteKey")
LONGEST_CHALLENGE = 64 * 1024
# In normal form and without spaces.
_NOT_FOUND = re.compile(
    "(?:صفحه[یٔ]?|صفحۀ|خبر|مطلب)(?:ی?درخواستی|موردنظر|درخواستشده)(?:شما)?(?:در(?:این)?سایت)?"
    "(?:موجودن(?:میباشد|یست)|یافتنشد|پیدانشد|وجودندارد)"
)
# What says so from its first word on, and in its first sentence no more than that.
_MISSING = re.compile(
    "(?:خطای?|متاسفانه|کاربرگرامی|error|the|[\\W\\d_])*(?:این|چنین|هیچ)?(?:"
    "(?:صفحه|خبر|مطلب|محتوا)[یٔا]{0,3}(?:(?:مورد)?(?:نظر|درخواست)ی?(?:شما)?|که.{0,30}?(?:هستید|اید)"
    "|باا?ین(?:مشخصات|کد|شناسه|نشانی|آدرس)|از(?:این)?سایت|دراین(?:سایت|نشانی|آدرس))*"
    "(?:موجودن(?:میباشد|یست)|یافتنشد|پیدانشد|وجودندارد|حذف(?:شده?|گردیده?))(?:است)?"
    "|(?:page)?(?:yourequested)?(?:was)?notfound)(?=\\W|\\Z)",
    re.IGNORECASE,
)
_LONGEST_NOTICE = 250
_LONGEST_GALLERY_TEXT = 900
_LONGEST_FILM_TEXT = 700
_NEWS_OF_A_LISTING = 3
_LISTING = re.compile(
    r"https?://[^/?#]+(?:/(?:fa/?)?|/fa/(?:archive|services|tags?|search|allnews|ajax)(?:/[^?#]*)?)?"
    r"(?:[?#].*)?"
)


def page_kind(page: Page) -> PageKind:
    """Tell what kind of page this is."""
    if page.kind is None:
        page.kind = _kind_of(page)
    return page.kind


def _kind_of(page: Page) -> PageKind:
    if is_feed(page.utf8):
        return PageKind.FEED
    if page.is_crowded:
        return PageKind.LISTING if _lists_news(page) else PageKind.OTHER
    if _is_refused(page):
        return PageKind.CHALLENGE if _is_challenge(page) else PageKind.SOFT_404
    if _is_article(page):
        return _kind_of_article(page)
    if _is_not_found(page):
        return PageKind.SOFT_404
    return PageKind.LISTING if _lists_news(page) else PageKind.OTHER


def _is_refused(page: Page) -> bool:
    """Tell a challenge, or the CMS's page of errors: neither shows a code or a date of its own."""
    if _has_toolbar(page):
        return False
    if _is_challenge(page):
        return not _lists_news(page)
    errors = page.outline.index.select((selectors.NOT_FOUND,))
    return any(map(_says_not_found, map(text_of, errors)))


def _is_article(page: Page) -> bool:
    """Tell whether the page has a headline, and a text or pictures, of its own."""
    if _LISTING.fullmatch(page.url):
        return False
    outline, content = page.outline, page.content
    if outline.title is None and not (outline.identity.is_named or _has_toolbar(page)):
        return False
    if outline.title is None and not outline.metadata.titles:
        return bool(content.paragraphs) and _shows_number(outline.own(selectors.CODE))
    is_listing = content.links_away >= max(_NEWS_OF_A_LISTING, len(content.paragraphs))
    if is_listing and not _is_round_up(page):
        return False
    texts = (
        " ".join(content.paragraphs),
        text_of(outline.title) if outline.title is not None else "",
    )
    if any(map(_is_notice, texts)) and not _has_toolbar(page):
        return False
    if content.paragraphs or _has_gallery(page) or _has_player(page):
        return (bool(outline.identity.codes) and _is_vouched_for(page)) or _has_toolbar(page)
    # Half the page may be missing, but then its code must vouch for the rest: results of a search
    # have a headline and a date as well.
    return outline.title is not None and _has_toolbar(page) and _names_its_code(outline)


def _is_vouched_for(page: Page) -> bool:
    """Tell whether more than its address says that a page is an article, and no notice."""
    outline = page.outline
    metadata, title, body, index = outline.metadata, outline.title, outline.body, outline.index
    if outline.identity.is_named or outline.news_article:
        return True
    if not _is_short_note(page):
        if metadata.titles or (
            title is not None and title in index.select(selectors.TITLE_IF_SURE)
        ):
            return True
        # Notes on home pages have a body and some heading.
        is_headed = title is not None and title in index.select(selectors.TITLE)
        if is_headed and body is not None and body in index.select(selectors.BODY):
            return True
    lines = own_lines(outline)
    words = [*lines.before, *lines.after]
    return any(told(words) for told in (labelled_code, labelled_views, labelled_date, bare_date))


def _is_short_note(page: Page) -> bool:
    """Tell whether a page says little and shows nothing: so do notices, by whatever words.

    None has a picture of its own or calls itself an article.
    """
    if sum(map(len, page.content.paragraphs)) >= _LONGEST_NOTICE or page.content.images:
        return False
    if page.outline.metadata.get("og:type") == "article" or _has_lead_image(page):
        return False
    return not _has_gallery(page) and not _has_player(page)


def _has_lead_image(page: Page) -> bool:
    leads = page.outline.own((*selectors.LEAD_IMAGE, selectors.LEAD_IMAGE_LINK))
    return any(next(e.iter("img"), None) is not None for e in leads)


def _is_round_up(page: Page) -> bool:
    """Tell whether a page full of links is an article of links: it shows its address's code."""
    code = page.outline.identity.address_code
    shown = "".join(map(text_of, page.outline.own(selectors.CODE)))
    shown = shown or _labelled_code(page.outline) or ""
    return code is not None and code in ascii_digits(shown)


def _names_its_code(outline: Outline) -> bool:
    if outline.identity.is_named or _shows_number(outline.own(selectors.CODE)):
        return True
    code, known = ascii_digits(_labelled_code(outline) or ""), outline.identity.codes
    return code in known if known else code.isdigit()  # a form for a search has the label as well


def _labelled_code(outline: Outline) -> str | None:
    lines = own_lines(outline)
    return labelled_code([*lines.before, *lines.after])


def _has_toolbar(page: Page) -> bool:
    """Tell whether the page shows a code or a date of its own."""
    return _shows_number([*page.outline.own(selectors.CODE), *page.outline.dates])


def _shows_number(elements: list[_Element]) -> bool:
    return any(map(str.isdigit, "".join(map(text_of, elements))))


def _kind_of_article(page: Page) -> PageKind:
    letters = sum(map(len, page.content.paragraphs))
    if letters < _LONGEST_GALLERY_TEXT and _has_gallery(page):
        return PageKind.PHOTO
    if letters < _LONGEST_FILM_TEXT and _has_player(page):
        return PageKind.VIDEO
    return PageKind.ARTICLE


def _has_gallery(page: Page) -> bool:
    galleries = page.outline.near(selectors.GALLERY)
    return any(next(e.iter("img", "a"), None) is not None for e in galleries)


def _has_player(page: Page) -> bool:
    if page.content.has_player:
        return True
    outline = page.outline
    if outline.box is None or outline.box is outline.body:
        return False
    players = filter(is_player, outline.box.iter(*PLAYER_TAGS))
    return any(_stands_outside(e, outline.body) and _owns_player(outline, e) for e in players)


def _stands_outside(element: _Element, holder: _Element | None) -> bool:
    return all(ancestor is not holder for ancestor in element.iterancestors())


def _owns_player(outline: Outline, player: _Element) -> bool:
    holder = player.getparent() if player.tag == "script" else player
    return holder is not None and outline.trunk.owns(holder)


def _is_challenge(page: Page) -> bool:
    is_short = len(page.utf8) < LONGEST_CHALLENGE
    return is_short and any(map(page.utf8.__contains__, CHALLENGE_MARKS))


def _is_not_found(page: Page) -> bool:
    title, body = page.outline.title, next(page.root.iter("body"), None)
    places = [*page.outline.index.select([selectors.NOT_FOUND]), title, body]
    texts = (text_of(place) for place in places if place is not None)
    return _is_notice(" ".join(page.content.paragraphs)) or any(map(_is_notice, texts))


def _is_notice(text: str) -> bool:
    """Tell whether a text is but the notice of a missing page, not an article that quotes it."""
    return len(text) < _LONGEST_NOTICE and _says_not_found(text)


def _says_not_found(text: str) -> bool:
    letters = normal_form(text).replace(" ", "")
    return bool(_NOT_FOUND.search(letters) or _MISSING.match(letters))


def _is_aside(link: _Element, is_listing: bool) -> bool:
    """Tell whether a link stands aside from a page's own; a list of news is a listing's own."""
    holders = filter(is_foreign, link.iterancestors())
    return any(not (is_listing and names_news(holder)) for holder in holders)


def _lists_news(page: Page) -> bool:
    is_listing = bool(_LISTING.fullmatch(page.url))
    needed = 1 if is_listing else _NEWS_OF_A_LISTING
    listed: set[str] = set()
    for link in page.root.iter("a"):
        code = code_of(link.get("href"))
        if code and code not in listed and not _is_aside(link, is_listing):
            listed.add(code)
            if len(listed) >= needed:
                return True
    return False
