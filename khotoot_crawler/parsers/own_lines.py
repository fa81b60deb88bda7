"""The short lines of an article's own block, in which labels are looked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree
from lxml.etree import _Element

from khotoot_crawler.parsers.blocks import BLOCKS, text_of
from khotoot_crawler.parsers.date_places import is_named_head
from khotoot_crawler.parsers.headings import is_ending_heading
from khotoot_crawler.parsers.headline import is_home
from khotoot_crawler.parsers.labels import (
    GAP,
    LONGEST_LINE,
    is_labelled,
    is_moment,
    labelled_parts,
)
from khotoot_crawler.parsers.noise import is_comments, is_foreign, verdict
from khotoot_crawler.parsers.outline import Outline
from khotoot_crawler.text import fold_space

LEVELS_AROUND = 2
_STATISTICS = re.compile(r"آمار\s(?:سا[یي]ت|بازد[یي]د)")  # of the site, not of the article
_OF_TABLES = frozenset({"tbody", "tr"})  # between a cell and its table: no levels of their own
_TEXT = "\0"
_SHORTEST_PARAGRAPH = 60


@dataclass(frozen=True, slots=True)
class OwnLines:
    """The short lines of an article's block: what stands before its text, and what after."""

    before: list[str]
    after: list[str]


def own_lines(outline: Outline) -> OwnLines:
    """Return the lines of the article's box and of the toolbars before it, without the body."""
    if outline.own_lines is None:
        outline.own_lines = _own_lines(outline)
    return outline.own_lines


def _own_lines(outline: Outline) -> OwnLines:
    box = outline.box
    if box is None:
        return OwnLines([], [])
    around: list[str] = []
    inside = box
    levels = 0
    for holder in box.iterancestors():
        for sibling in inside.itersiblings(preceding=True):
            if outline.trunk.owns_toolbar(sibling):
                lines = _lines("".join(_pieces(sibling, outline)), is_before=True)
                around[:0] = labelled_parts(lines) if _leads_home(sibling, outline) else lines
        levels += holder.tag not in _OF_TABLES
        if holder.tag == "body" or levels == LEVELS_AROUND:
            break
        inside = holder
    before, _, after = "".join(_pieces(box, outline)).partition(_TEXT)
    lines_after = _lines(after, is_before=box is outline.body)
    if box is outline.body:  # the text itself stands there too
        lines_after = filter(is_labelled, lines_after)
    return OwnLines([*around, *_lines(before, is_before=True)], list(lines_after))


def _lines(text: str, *, is_before: bool) -> Iterator[str]:
    """Yield the short lines of a text up to the blocks that follow an article.

    Before that «۸ نظر» is a button that leads to the comments, no heading of theirs.
    """
    for line in text.split("\n"):
        line = line.strip(f"{GAP} ")
        is_before = is_before and (len(line) < _SHORTEST_PARAGRAPH or is_labelled(line))
        is_button = is_before and any(map(str.isdigit, line))
        if (not is_button and is_ending_heading(line)) or _STATISTICS.match(line):
            return
        if 0 < len(line) <= LONGEST_LINE:
            yield line


def _pieces(root: _Element, outline: Outline) -> Iterator[str]:
    """Yield the text under an element, ``_TEXT`` in the place of the article's own."""
    walk, is_past_text = etree.iterwalk(root, events=("start", "end")), False
    for event, element in walk:
        border = "\n" if element.tag in BLOCKS else GAP
        if event == "end":
            yield border
            yield fold_space(element.tail or "") if element is not root else ""
        elif element is root or not _is_passed_by(element, outline):
            yield border
            yield fold_space(element.text or "")
        else:
            walk.skip_subtree()
            if element is outline.body or (root is outline.body and element is outline.title):
                yield _TEXT
                is_past_text = True
            elif is_past_text and is_comments(element) and not _counts_comments(text_of(element)):
                return  # what follows is the site's


def _counts_comments(text: str) -> bool:
    return any(map(str.isdigit, text)) and is_ending_heading(text)


def _is_passed_by(element: _Element, outline: Outline) -> bool:
    if element is outline.body or element is outline.title or element is outline.lead:
        return True
    if element in outline.kickers:
        return True
    told = verdict(element)
    if told.ending or (told.foreign and is_foreign(element)):
        return True
    if is_named_head(element) and is_moment(text_of(element)):  # today's
        return True
    beside = element not in outline.trunk and element.getparent() in outline.trunk
    return beside and not _is_toolbar(element, outline)


def _is_toolbar(element: _Element, outline: Outline) -> bool:
    """Tell whether an element is a toolbar of the article, not the head of the site."""
    return outline.trunk.owns_toolbar(element) and not _leads_home(element, outline)


def _leads_home(element: _Element, outline: Outline) -> bool:
    """Tell whether an element links to the home page, but as the first step of a path."""
    home = (link for link in element.iter("a") if is_home(link.get("href") or ""))
    return any(link.getparent() not in outline.paths for link in home)
