"""Whether what is named as a field is but a part of the text: its classes are used there too."""

from __future__ import annotations

import re
from collections.abc import Container
from itertools import islice

from lxml.etree import _Element

from khotoot_crawler.errors import DateError
from khotoot_crawler.jalali import days_named
from khotoot_crawler.parsers.blocks import BLOCKS, text_of
from khotoot_crawler.parsers.noise import says_something, verdict
from khotoot_crawler.text import normal_form

_LABEL_WORDS = re.compile(
    r"[\W\d_]+|کد|خبر|مطلب|شناسه|شماره|تعداد|بازد[یي]د|تار[یي]خ|زمان|ساعت|انتشار|درج|نظر(?:ات)?"
)
_S = r"[\s\u200c]*+"
_COUNT = r"\d[\d٬,،.٫]*+"
# With a value, or none but a colon: the value stands in a line of its own.
_COUNTED = re.compile(
    rf"(?:[کك]د|شناسه|شماره){_S}(?:خبر|مطلب){_S}(?:[:：]?{_S}{_COUNT}|[:：])"
    rf"|زمان{_S}مطالعه{_S}[:：]{_S}{_COUNT}{_S}دق[یي]قه"
    rf"|(?:(?:تعداد{_S}بازد[یي]د{_S}[:：]?|بازد[یي]د{_S}[:：]){_S}{_COUNT}|تعداد{_S}بازد[یي]د{_S}[:：])"
)
_DATED = re.compile(
    rf"(?:(?:تار[یي]خ|زمان){_S}(?:انتشار|درج|ثبت)|منتشر{_S}شده(?:{_S}در)?){_S}(?:خبر|مطلب)?{_S}[:：]?"
    r"([^|•·]*)"
)
_UPDATED = re.compile(  # beside the date of publication, often in brackets
    rf"(?:آخر[یي]ن{_S})?(?:ب[هـ]?{_S}روز{_S}رسان[یي]|و[یي]را[یي]ش){_S}[:：]?"
)
_DATE_WORDS = re.compile(  # in normal form
    r"\b(?:(?:یک|دو|سه|چهار|پنج) ?شنبه|شنبه|جمعه|ساعت|فروردین|اردیبهشت|خرداد|تیر|مرداد|شهریور"
    r"|مهر|[آا]بان|[آا]ذر|دی|بهمن|اسفند)\b"
)
_LONGEST_FIELD_LINE = 120
_LONGEST_LABEL = 40
_SHORTEST_TEXT = 60
_MOST_LOOKED_AT = 200


def is_in_sentence(element: _Element, body: _Element) -> bool:
    """Tell whether words that are no label stand beside an element in its block of the body."""
    inner = element
    while inner.tag not in BLOCKS and inner is not body:
        holder = inner.getparent()
        if holder is None:
            break
        words = "".join(filter(None, [holder.text, *(child.tail for child in holder)]))
        if len(words) > _LONGEST_LABEL and not words.isspace():
            words = " ".join(words.split())
        if len(words) > _LONGEST_LABEL or _LABEL_WORDS.sub("", words):
            return True
        inner = holder
    return False


def is_field_line(text: str) -> bool:
    """Tell whether a line names the code, the date or the visits, and says nothing else."""
    if len(text) > _LONGEST_FIELD_LINE:
        return False
    rest = _COUNTED.sub(" ", text)
    dated = _DATED.search(rest)
    if dated is None:
        return rest != text and not any(map(str.isalnum, rest))
    beside = rest[: dated.start()] + rest[dated.end() :]
    return all(map(is_date, _UPDATED.split(dated[1]))) and not any(map(str.isalnum, beside))


def is_date(text: str) -> bool:
    """Tell whether a text is a date, or nothing."""
    words = _DATE_WORDS.sub(" ", normal_form(text))
    if any(map(str.isalpha, words)):
        return False
    try:
        return not any(map(str.isalnum, text)) or bool(days_named(text))
    except DateError:
        return False


def follows_text(
    element: _Element,
    body: _Element,
    title: _Element | None,
    passed: Container[_Element],
    shortest: int = 1,
) -> bool:
    """Tell whether a paragraph of the body stands before an element in it, below the title.

    ``passed``: elements of other fields, which are none; ``shortest``: letters of a paragraph.
    """
    inner = element
    for holder in element.iterancestors():
        for before in islice(inner.itersiblings(preceding=True), _MOST_LOOKED_AT):
            if title is not None and title in before.iter(title.tag):
                return False
            if _is_long(before.tail) or _is_paragraph(before, passed, shortest):
                return True
        if holder is body:
            return _is_long(holder.text)
        inner = holder
    return False


def _is_paragraph(element: _Element, passed: Container[_Element], shortest: int) -> bool:
    if element in passed or verdict(element).apart:
        return False
    text = text_of(element, skip=passed)
    if is_field_line(text):
        return False
    if element.tag in ("p", "blockquote"):
        return len(text) >= shortest
    # A bar of fields may be as long, but no piece of it is.
    return len(text) >= _SHORTEST_TEXT and says_something(element, _SHORTEST_TEXT)


def _is_long(text: str | None) -> bool:
    return text is not None and len(" ".join(text.split())) >= _SHORTEST_TEXT
