"""Dates by names that are not the article's alone: clocks and comments have them too."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING

from lxml.etree import _Element

from khotoot_crawler.errors import DateError
from khotoot_crawler.jalali import days_named
from khotoot_crawler.parsers import selectors
from khotoot_crawler.parsers.blocks import text_of
from khotoot_crawler.parsers.headings import is_ending_heading
from khotoot_crawler.parsers.noise import names_of
from khotoot_crawler.parsers.trunk import line

if TYPE_CHECKING:
    from khotoot_crawler.parsers.outline import Outline

_MOST_LEVELS_UP = 2
_SHORTEST_PARAGRAPH = 60
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_HEAD = re.compile(r"(?:^| )(?:top|head|masthead|clock|today|now)")


def dates_near(outline: Outline) -> list[_Element]:
    """Return the dates that may be an article's, the nearest to it first.

    Those before the text; after it one that stands alone in the article's box, for comments are
    dated there by the same name, and within it what is news by the hour.
    """
    before: list[tuple[int, _Element]] = []
    inside: list[_Element] = []
    after: list[_Element] = []
    for element in dict.fromkeys(outline.own_fields(selectors.DATE_BEFORE_BODY)):
        levels = outline.trunk.levels_up(element, outline.box)
        if outline.precedes_body(element):
            if outline.is_below_text(element, _SHORTEST_PARAGRAPH):  # not a name or a place alone
                inside += [element] if _names_day(element) else []
            elif not _is_clock(element, levels, outline):
                before.append((levels, element))
        elif not levels and not is_below_heading(element, outline):
            after.append(element)
    if len(alone := _outermost(inside)) == 1:
        before.append((0, alone[0]))
    nearest = [element for _, element in sorted(before, key=lambda found: found[0])]
    alone = _outermost(after)
    return nearest + alone if len(alone) == 1 else nearest


def _outermost(elements: list[_Element]) -> list[_Element]:
    return [e for e in elements if not any(holder in elements for holder in e.iterancestors())]


def _names_day(element: _Element) -> bool:
    """Tell whether an element names a day; hours within a text are news by the hour."""
    text = text_of(element)
    if element.get("datetime") and any(map(str.isalpha, text)):
        return True
    try:
        return bool(days_named(text))
    except DateError:
        return False


def is_below_heading(element: _Element, outline: Outline) -> bool:
    """Tell whether the heading of comments or of other news stands between text and date."""
    for holder in takewhile(lambda holder: holder not in outline.trunk, line(element)):
        before = takewhile(lambda e: e not in outline.trunk, holder.itersiblings(preceding=True))
        if any(is_ending_heading(text_of(e)) and not _is_button(e) for e in before):
            return True
    return False


def _is_button(element: _Element) -> bool:
    """Tell whether what reads like a heading of comments counts them, and leads there: «۸ نظر»."""
    if element.tag in _HEADINGS or next(element.iter(*_HEADINGS), None) is not None:
        return False
    is_count = any(map(str.isdigit, text_of(element)))
    return is_count and any("#" in (link.get("href") or "") for link in element.iter("a"))


def _is_clock(element: _Element, levels: int, outline: Outline) -> bool:
    """Tell whether a date so many levels above the article's box is today's, in the site's head."""
    path = [*takewhile(lambda holder: holder not in outline.trunk, line(element))]
    holder = path[-1].getparent() if path else None
    if outline.body is None or holder is None:
        return False
    bars = outline.index.select((*selectors.CODE, *selectors.VIEWS, *selectors.BARS))
    if any(path[-1] in line(bar) for bar in bars):
        return False  # a toolbar of the article
    is_top = holder.tag == "body"
    if levels and (levels > _MOST_LEVELS_UP or is_top):
        return True
    return any(map(is_named_head, path)) and (levels > 0 or is_top)


def is_named_head(element: _Element) -> bool:
    """Tell whether an element is named as the head of a page."""
    return element.tag == "header" or bool(_HEAD.search(names_of(element).lower()))
