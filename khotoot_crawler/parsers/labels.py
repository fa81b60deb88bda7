"""The second road to a field: labels in words, inside the article's own block only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from lxml import etree
from lxml.etree import _Element

from khotoot_crawler.errors import DateError
from khotoot_crawler.jalali import parse_moment
from khotoot_crawler.parsers.blocks import BLOCKS
from khotoot_crawler.parsers.noise import is_ending_heading, verdict
from khotoot_crawler.parsers.outline import Outline, is_home
from khotoot_crawler.text import fold_space

_GAP = "¦"  # between inline elements, where a page shows a space
_S = r"[\s\u200c¦]*"
_COLON = rf"{_S}[:：]{_S}"
_CODE = re.compile(rf"(?:[کك]د|شناسه|شماره){_S}(?:خبر|مطلب){_S}[:：]?{_S}([^\s¦:：|]+)")
_DIGITS = r"\d[\d٬,،.٫]*"
_VIEWS = re.compile(
    rf"(?:تعداد{_S}|^[\s|]*|[¦|]{_S})بازد[یي]د{_S}(?:ها|خبر)?{_COLON}(\S[^\n¦|]*)"
    rf"|(?:^|[¦|]){_S}({_DIGITS})[ ¦\u200c]*بازد[یي]د{_S}(?:$|[¦|])"
    rf"|(?:^|[¦|]){_S}(?:تعداد{_S}بازد[یي]د[ \u200c]*\n?|بازد[یي]د[ \u200c]*¦){_S}({_DIGITS})"
    rf"{_S}(?:$|[¦|])"
    rf"(?!{_S}(?:نظر|د[یي]دگاه))",
    re.MULTILINE,
)
_DATE = re.compile(rf"(?:تار[یي]خ|زمان){_S}(?:انتشار|درج){_S}(?:خبر|مطلب)?{_S}[:：]?{_S}(\S[^\n]*)")
_NEXT_LABEL = re.compile(
    rf"[|¦]?{_S}(?:(?:[کك]د|شناسه){_S}(?:خبر|مطلب)|(?:تعداد{_S})?بازد[یي]د|(?:تعداد{_S})?نظر"
    rf"|گروه{_S}[:：]|سرو[یي]س{_S}[:：]|تار[یي]خ{_S}\w+{_COLON}"
    rf"|(?:آخر[یي]ن{_S})?(?:ب[هـ]?{_S}روز{_S}رسان|و[یي]را[یي]ش|تغ[یي][یي]ر))"
)
_TAGS = re.compile(r"برچسب|[کك]ل[یي]د|تگ")
_TAG_ADDRESS = re.compile(r"^\s*(?:#.*)?$|/(?:tag|key|label|topic|search)|[?&]\w*tag\w*=")
_TOOL_ADDRESS = re.compile(r"\s*(?:/fa/(?:save|print|send|report|amp)\b|/0[0-9A-Za-z]{5}/?\s*$)")
_DATE_LINE = re.compile(r"(?=.*\d)[\s\d:/\-–،,.آ-یيك\u200c]{8,60}")
_LABELLED = re.compile(rf"(?:{_CODE.pattern}|{_VIEWS.pattern}|{_DATE.pattern}).{{0,60}}$")
_HEADINGS = ("h2", "h3", "h4", "h5")
_TEXT = "\0"
_LEVELS_AROUND = 2
_LONGEST_LINE = 1_000


@dataclass(frozen=True, slots=True)
class OwnLines:
    """The short lines of an article's block: what stands before its text, and what after."""

    before: list[str]
    after: list[str]


def own_lines(outline: Outline) -> OwnLines:
    """Return the lines of the article's box and of the toolbars before it, without the body."""
    box = outline.box
    if box is None:
        return OwnLines([], [])
    around: list[str] = []
    inside = box
    for holder in islice(box.iterancestors(), _LEVELS_AROUND):
        for sibling in inside.itersiblings(preceding=True):
            if _is_toolbar(sibling, outline):
                around[:0] = _lines("".join(_pieces(sibling, outline)))
        if holder.tag == "body":
            break
        inside = holder
    before, _, after = "".join(_pieces(box, outline)).partition(_TEXT)
    lines_after = _lines(after)
    if box is outline.body:  # the text itself stands there too
        lines_after = filter(_LABELLED.match, lines_after)
    return OwnLines([*around, *_lines(before)], list(lines_after))


def labelled_code(lines: Iterable[str]) -> str | None:
    """Return what the lines call the news code, a number or not."""
    match = _CODE.search("\n".join(lines))
    return match[1] if match else None


def labelled_views(lines: Iterable[str]) -> str | None:
    """Return what the lines call the number of visits."""
    match = _VIEWS.search("\n".join(lines))
    if match is None:
        return None
    return value_of(match[1] or match[2] or match[3])


def labelled_date(lines: Iterable[str]) -> str | None:
    """Return what the lines call the time of publication."""
    match = _DATE.search("\n".join(lines))
    return value_of(match[1]) if match else None


def bare_date(lines: Iterable[str]) -> str | None:
    """Return the line nearest to the text that is a date and nothing more."""
    return next(filter(_is_date, map(plain, reversed([*lines]))), None)


def plain(line: str) -> str:
    """Return a line as the page shows it."""
    return fold_space(line.replace(_GAP, " "))


def labelled_tags(outline: Outline) -> list[_Element]:
    """Return the links in, beside or after the word for tags."""
    for heading in outline.root.iter("div", "span", "b", "strong", "p", "label", "i", *_HEADINGS):
        text = heading.text or next((e.tail for e in heading if e.tail and e.tail.strip()), "")
        if _TAGS.search(text) and is_ending_heading(text) and outline.trunk.owns(heading):
            links = list(heading.iter("a")) or _tags_after(heading)
            if not any(map(outline.identity.leads_away, links)):
                return links
    return []


def _tags_after(heading: _Element) -> list[_Element]:
    """Return the run of links beside a heading, or those of the block after it that are tags.

    Tools, shares and short links follow as well: a block of links is taken for tags only where
    all of them lead to some, a run beside the word only where none is a tool.
    """
    beside: list[_Element] = []
    for element in heading.itersiblings():
        if element.tag == "a":
            beside.append(element)
        elif not beside and next(element.iter("a"), None) is not None:
            return _if_tags(element)
        elif element.tag in BLOCKS and element.tag != "br":
            break
    holder = heading.getparent()
    if beside or holder is None:
        is_tool = any(_TOOL_ADDRESS.match(link.get("href") or "") for link in beside)
        return [] if is_tool else beside
    following = next(holder.itersiblings(), None)
    return _if_tags(following) if following is not None and len(holder) == 1 else []


def _if_tags(block: _Element) -> list[_Element]:
    links = list(block.iter("a"))
    return links if all(_TAG_ADDRESS.search(link.get("href") or "") for link in links) else []


def value_of(text: str) -> str | None:
    """Cut a value off where the next label begins."""
    return plain(_NEXT_LABEL.split(text, 1)[0]).strip("|-–، ") or None


def _is_date(line: str) -> bool:
    if not _DATE_LINE.fullmatch(line) or "امروز" in line:
        return False
    try:
        parse_moment(line)
    except DateError:
        return False
    return True


def _lines(text: str) -> Iterator[str]:
    """Yield the short lines of a text up to the blocks that follow an article."""
    for line in text.split("\n"):
        line = line.strip(f"{_GAP} ")
        if is_ending_heading(line):
            return
        if 0 < len(line) <= _LONGEST_LINE:
            yield line


def _pieces(root: _Element, outline: Outline) -> Iterator[str]:
    """Yield the text under an element, ``_TEXT`` in the place of the article's own."""
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        border = "\n" if element.tag in BLOCKS else _GAP
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


def _is_passed_by(element: _Element, outline: Outline) -> bool:
    if element is outline.body or element is outline.title or element is outline.lead:
        return True
    told = verdict(element)
    if told.foreign or told.ending:
        return True
    beside = element not in outline.trunk and element.getparent() in outline.trunk
    return beside and not _is_toolbar(element, outline)


def _is_toolbar(element: _Element, outline: Outline) -> bool:
    """Tell whether an element is a toolbar of the article, not the head of the site."""
    if not outline.trunk.owns_toolbar(element):
        return False
    home = (link for link in element.iter("a") if is_home(link.get("href") or ""))
    return all(link.getparent() in outline.paths for link in home)
