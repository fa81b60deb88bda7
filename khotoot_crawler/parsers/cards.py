"""Cards of other news that stand within a text."""

from __future__ import annotations

from itertools import islice

from lxml.etree import _Element

from khotoot_crawler.parsers.blocks import BLOCKS, begins_with, short_text_of
from khotoot_crawler.parsers.identity import Identity
from khotoot_crawler.parsers.noise import names_of
from khotoot_crawler.text import fold_space

_TAGS = frozenset({"article", "div", "dl", "li", "section", "table", "td", "ul"})
_HEADINGS = ("h1", "h2", "h3", "h4", "h5")
_LONGEST = 300  # letters beside its links
_SENTENCE = 60
_LONGEST_HEADING = 40
_SENTENCE_END = (".", "؟", "!", "»")
_MOST_LINKS = 50
_LEVELS = 4
_LONGEST_LINK = 2_000  # what is longer was left unclosed


def is_card(element: _Element, identity: Identity, *, in_box: bool = False) -> bool:
    """Tell whether a block presents another article: its headline or picture, linked.

    One that a template names, or that stands below the heading of a box, may do so without
    either: a link is all of its first line.
    """
    if element.tag not in _TAGS:
        return False
    links = list(islice(element.iter("a"), _MOST_LINKS + 1))
    if len(links) > _MOST_LINKS:
        return False
    away = [link for link in links if identity.leads_away(link)]
    holder = element.getparent()
    if not away or (holder is not None and len(holder) == 1):
        return False
    is_named = bool(names_of(element))
    if is_named and _is_headed_box(element, links, away):
        return True
    is_headed = (in_box or is_named) and _is_first_line(away[0], element)
    if not is_headed and all(_is_in_sentence(e) or not _is_headline(e) for e in away):
        return False
    if _begins_with_sentence(element, away[0]):
        return False
    linked = [short_text_of(link, _LONGEST_LINK) for link in links]
    if None in linked:
        return False
    letters = sum(map(len, filter(None, linked)))
    return short_text_of(element, letters + _LONGEST - 1) is not None


def _is_headed_box(block: _Element, links: list[_Element], away: list[_Element]) -> bool:
    """Tell whether a block is a short heading, whatever it says, above links to other news."""
    head = next((e for e in block if short_text_of(e, _LONGEST_HEADING) != ""), None)
    if len(away) != len(links) or head is None or head.tag not in BLOCKS:
        return False
    text = short_text_of(head, _LONGEST_HEADING)
    if text is None or text.endswith(_SENTENCE_END):
        return False
    return short_text_of(block, len(text), skip=set(links)) == text


def _begins_with_sentence(block: _Element, link: _Element) -> bool:
    """Tell whether a block is a text that holds a card after its first sentence."""
    if short_text_of(block, _SENTENCE - 1, stop={link}) is not None:
        return False
    pieces = (fold_space(str(text)) for text in block.itertext())
    return len(next(filter(None, pieces), "")) >= _SENTENCE


def _is_headline(link: _Element) -> bool:
    if next(link.iter("img", *_HEADINGS), None) is not None:
        return True
    if any(holder.tag in _HEADINGS for holder in islice(link.iterancestors(), _LEVELS)):
        return True
    holder = link.getparent()
    names = f"{link.get('class')} {holder.get('class') if holder is not None else ''}"
    return "title" in names.lower()


def _is_first_line(link: _Element, block: _Element) -> bool:
    """Tell whether a link stands alone in the first line of a block."""
    following = link.getnext()
    is_last = following is None or following.tag in BLOCKS
    return is_last and not (link.tail or "").strip() and begins_with(block, link)


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
