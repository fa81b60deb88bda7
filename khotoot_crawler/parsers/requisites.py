"""What a page needs to be shown as its readers saw it: images, style sheets, scripts, fonts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from khotoot_crawler.parsers.page import Page
from khotoot_crawler.urls import resolve

_IMAGES = ("src", "data-src", "data-original")  # the latter two where scripts load them late
_SHOWN_LINKS = frozenset({"stylesheet", "icon", "apple-touch-icon", "preload"})
_CSS_URL = re.compile(
    r"""url\(\s*+(?:"([^"\n]*)"|'([^'\n]*)'|([^'"()\s]++))\s*+\)""", re.IGNORECASE
)
_CSS_IMPORT = re.compile(r"""@import\s+(?:"([^"\n]*)"|'([^'\n]*)')""", re.IGNORECASE)
# An address ends at white space or at a comma before it, and what fits it at the next comma: HTML,
# "Parsing a srcset attribute".
_SRCSET = re.compile(r"([^\s,]\S*+)(?:(?<!,)[^,]*+)?")


def page_requisites(page: Page, *, images_only: bool = False) -> list[str]:
    """Return the addresses of what a page is shown with, absolute, each once."""
    found = dict.fromkeys(_images(page))
    if not images_only:
        found |= dict.fromkeys(_others(page))
    return _resolved(page.base, found)


def css_requisites(text: str, url: str) -> list[str]:
    """Return the addresses that a style sheet at ``url`` names by url() and @import.

    >>> css_requisites('@import "a.css"; p { background: url(b.png) }', "http://h/css/x.css")
    ['http://h/css/a.css', 'http://h/css/b.png']
    """
    return _resolved(url, dict.fromkeys(_named_in_css(text)))


def _images(page: Page) -> Iterator[str]:
    for element in page.root.iter("img", "source", "video"):
        if element.tag == "img":
            yield from filter(None, map(element.get, _IMAGES))
        yield from filter(None, (element.get("poster"),))
        for address in _SRCSET.findall(element.get("srcset") or ""):
            yield address.rstrip(",")


def _others(page: Page) -> Iterator[str]:
    for element in page.root.iter("link", "script", "style"):
        if element.tag == "link":
            if _SHOWN_LINKS & set((element.get("rel") or "").lower().split()):
                yield element.get("href") or ""
        elif element.tag == "script":
            yield element.get("src") or ""
        else:
            yield from _named_in_css(element.text or "")
    if b"url(" in page.utf8:
        for style in page.selector.xpath("//@style[contains(., 'url(')]").getall():
            yield from _named_in_css(style)


def _named_in_css(text: str) -> Iterator[str]:
    for pattern in (_CSS_IMPORT, _CSS_URL):
        for match in pattern.finditer(text):
            yield next(filter(None, match.groups()), "")


def _resolved(base: str, references: dict[str, None]) -> list[str]:
    addresses = (resolve(base, reference) for reference in references if reference.strip())
    return list(dict.fromkeys(address for address in addresses if address is not None))
