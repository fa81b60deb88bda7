"""Cards of other news that stand within a text."""

from __future__ import annotations

from itertools import islice

from lxml.etree import _Element

from khotoot_crawler.parsers.blocks import text_of
from khotoot_crawler.parsers.identity import Identity

_TAGS = frozenset({"article", "div", "li", "section", "table", "td", "ul"})
_HEADINGS = ("h1", "h2", "h3", "h4", "h5")
_LONGEST = 300  # letters beside its links
_MOST_LINKS = 50
_LEVELS = 4


def is_card(element: _Element, identity: Identity) -> bool:
    """Tell whether a block presents another article: its headline or picture, linked."""
    if element.tag not in _TAGS:
        return False
    links = list(islice(element.iter("a"), _MOST_LINKS + 1))
    if len(links) > _MOST_LINKS:
        return False
    away = filter(identity.leads_away, links)
    headlined = any(_is_headline(link) and not _is_in_sentence(link) for link in away)
    holder = element.getparent()
    if not headlined or (holder is not None and len(holder) == 1):
        return False
    linked = sum(len(text_of(link)) for link in links)
    return len(text_of(element)) - linked < _LONGEST


def _is_headline(link: _Element) -> bool:
    if next(link.iter("img", *_HEADINGS), None) is not None:
        return True
    if any(holder.tag in _HEADINGS for holder in islice(link.iterancestors(), _LEVELS)):
        return True
    holder = link.getparent()
    names = f"{link.get('class')} {holder.get('class') if holder is not None else ''}"
    return "title" in names.lower()


def _is_in_sentence(link: _Element) -> bool:
    """Tell whether words stand right before and right after a link; on cards days and counts do."""
    return _has_words(_text_before(link)) and _has_words(link.tail)


def _text_before(link: _Element) -> str | None:
    previous, holder = link.getprevious(), link.getparent()
    if previous is not None:
        return previous.tail
    return None if holder is None else holder.text


def _has_words(text: str | None) -> bool:
    text = text or ""
    return any(map(str.isalpha, text)) and not any(map(str.isdigit, text))
