"""The second road to a field: labels in words, inside the article's own block only."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree
from lxml.etree import _Element

from khotoot_crawler.errors import DateError
from khotoot_crawler.jalali import parse_moment
from khotoot_crawler.parsers.body import BLOCKS
from khotoot_crawler.parsers.noise import is_ending, is_ending_label, is_foreign
from khotoot_crawler.parsers.outline import Outline
from khotoot_crawler.text import fold_space

_GAP = "¦"  # between inline elements, where a page shows a space
_S = r"[\s\u200c¦]*"
_COLON = rf"{_S}[:：]{_S}"
_CODE = re.compile(rf"(?:[کك]د|شناسه){_S}(?:خبر|مطلب){_S}[:：]?{_S}([^\s¦:：]+)")
_DIGITS = r"[\d٬,،.٫]*\d"
_VIEWS = re.compile(rf"بازد[یي]د{_S}(?:ها|خبر)?{_COLON}({_DIGITS})|({_DIGITS}){_S}بازد[یي]د(?!\w)")
_DATE = re.compile(rf"تار[یي]خ{_S}(?:انتشار|درج|خبر)(?:{_S}خبر)?{_S}[:：]?{_S}([^\n]+)")
_NEXT_LABEL = re.compile(
    rf"(?:[کك]د|شناسه){_S}خبر|(?:تعداد{_S})?بازد[یي]د|تعداد{_S}نظر|گروه{_S}[:：]|سرو[یي]س{_S}[:：]"
)
_DATE_LINE = re.compile(r"(?=.*\d)[\s\d:/\-–،,.آ-یيك\u200c¦]{8,60}")
_LEVELS = 2
_LONGEST_LINE = 200


def own_lines(outline: Outline) -> list[str]:
    """Return the short lines of text in and beside the article's box, its body left out."""
    box = outline.box
    if box is None:
        return []
    lines = list(_lines(box, outline))
    inside = box
    for ancestor, _ in zip(box.iterancestors(), range(_LEVELS)):
        for sibling in ancestor:
            if sibling is not inside and outline.owns(sibling):
                lines += _lines(sibling, outline)
        inside = ancestor
        if ancestor.tag == "body":
            break
    return [line for line in lines if len(line) <= _LONGEST_LINE]


def labelled_code(lines: list[str]) -> str | None:
    """Return what the lines call the news code, a number or not."""
    match = _CODE.search("\n".join(lines))
    return match[1] if match else None


def labelled_views(lines: list[str]) -> str | None:
    """Return what the lines call the number of visits."""
    match = _VIEWS.search("\n".join(lines))
    return match[1] or match[2] if match else None


def labelled_date(lines: list[str]) -> str | None:
    """Return what the lines call the time of publication, or a line that is nothing but one."""
    match = _DATE.search("\n".join(lines))
    if match:
        value = _NEXT_LABEL.split(match[1])[0]
        return fold_space(value.replace(_GAP, " ")).strip(" |-") or None
    return next((line for line in map(_without_gaps, lines) if _is_date(line)), None)


def _without_gaps(line: str) -> str:
    return fold_space(line.replace(_GAP, " "))


def _is_date(line: str) -> bool:
    if not _DATE_LINE.fullmatch(line):
        return False
    try:
        parse_moment(line)
    except DateError:
        return False
    return True


def _lines(root: _Element, outline: Outline) -> Iterator[str]:
    parts: list[str] = []
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        block = element.tag in BLOCKS
        if event == "start" and _is_passed_by(element, root, outline):
            walk.skip_subtree()
        elif event == "start":
            parts += [*(["\n"] if block else [_GAP]), element.text or ""]
        else:
            tail = element.tail or "" if element is not root else ""
            parts += ["\n" if block else _GAP, tail]
    for line in "".join(parts).split("\n"):
        line = fold_space(line).strip(_GAP + " ")
        if is_ending_label(line):
            return
        if line:
            yield line


def _is_passed_by(element: _Element, root: _Element, outline: Outline) -> bool:
    if element is outline.body and element is not root:
        return True
    return element is outline.title or is_foreign(element) or is_ending(element)
