"""The text of an article: its paragraphs in order, and the pictures that stand among them."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from lxml import etree
from lxml.etree import _Element

from khotoot_crawler.items import Image
from khotoot_crawler.parsers.images import image_of
from khotoot_crawler.parsers.noise import is_apart, is_ending, is_ending_label, is_related_label
from khotoot_crawler.parsers.outline import Outline
from khotoot_crawler.text import fold_space

BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "br", "caption", "center", "dd", "details", "dir",
     "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3",
     "h4", "h5", "h6", "header", "hr", "legend", "li", "main", "ol", "p", "pre", "section",
     "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"}
)  # fmt: skip
_CELLS = ("td", "th")
_INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\xad "
_ADVERT = re.compile(r"/ads?/redirect")
_FIELD_LINE = re.compile(
    r"[\W_]*(?:کد\s*خبر|شناسه\s*خبر|تعداد\s*بازدید|تاریخ\s*انتشار|بازدید)\s*[:：]?[\s\d:/\-–،.٬,]*"
)
_LEADING_LABEL = re.compile(r"([^:：]{2,30})[:：]")
_MOSTLY = 0.9


@dataclass(slots=True)
class Text:
    """What a body holds: paragraphs, pictures, and how many lines were links to other articles."""

    paragraphs: list[str] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    links_away: int = 0


@dataclass(slots=True)
class _Line:
    """A paragraph in the making, and how much of it stands in links."""

    parts: list[str] = field(default_factory=list)
    linked: int = 0
    away: int = 0


def read_body(outline: Outline, fields: AbstractSet[_Element]) -> Text:
    """Read the article's body; ``fields`` are elements of other fields, which may stand in it."""
    text = Text()
    if outline.body is not None:
        _Reader(outline, outline.body, fields, text).read()
    return text


class _Reader:
    """One walk down a body, from the title on where the body holds it."""

    def __init__(
        self, outline: Outline, body: _Element, fields: AbstractSet[_Element], text: Text
    ) -> None:
        self.outline, self.body, self.fields, self.text = outline, body, fields, text
        self.line = _Line()
        self.link: _Element | None = None
        self.row: _Element | None = None
        self.ended = False

    def read(self) -> None:
        walk = etree.iterwalk(self.body, events=("start", "end"))
        for event, element in walk:
            if event == "end":
                self.leave(element)
            elif element is self.body or not self.is_out(element):
                self.enter(element)
            else:
                walk.skip_subtree()
                self.pass_by(element)
            if self.ended:
                return
        self.end_line()

    def is_out(self, element: _Element) -> bool:
        if element in self.fields or is_apart(element) or is_ending(element):
            return True
        return element.tag == "a" and bool(_ADVERT.search(element.get("href") or ""))

    def pass_by(self, element: _Element) -> None:
        if element is self.outline.title:  # what stands before the title is no text of the body
            self.text.paragraphs.clear()
            self.line = _Line()
        elif is_ending(element) and self.text.paragraphs:
            self.end_line()
            self.ended = True

    def enter(self, element: _Element) -> None:
        if element.tag in BLOCKS:
            self.end_line()
            if element.tag == "tr" and self.row is None and _is_one_line(element):
                self.row = element
        elif element.tag == "a" and self.link is None:
            self.link = element
        elif element.tag == "img":
            image = image_of(element, self.outline.base)
            if image:
                self.text.images.append(image)
        self.add(element.text)

    def leave(self, element: _Element) -> None:
        if element is self.row:
            self.row = None
        if element is self.link:
            self.link = None
        if element.tag in BLOCKS:
            self.end_line()
        if element is not self.body:
            self.add(element.tail)

    def add(self, text: str | None) -> None:
        if text:
            self.line.parts.append(text)
            if self.link is not None:
                length = len(text.strip())
                self.line.linked += length
                self.line.away += length if self.outline.leads_away(self.link) else 0

    def end_line(self) -> None:
        if self.row is not None:
            self.line.parts.append(" ")
            return
        line, self.line = self.line, _Line()
        if not line.parts:
            return
        text = fold_space("".join(line.parts))
        if not text.strip(_INVISIBLE) or _FIELD_LINE.fullmatch(text) or is_related_label(text):
            return
        if self.ends_here(text, line):
            self.ended = bool(self.text.paragraphs)
        elif self.leads_off(text, line):
            self.text.links_away += 1
        else:
            self.text.paragraphs.append(text)

    def ends_here(self, text: str, line: _Line) -> bool:
        label = _LEADING_LABEL.match(text)
        if label and line.linked > (len(text) - label.end()) / 2:
            return is_ending_label(label[1])
        return is_ending_label(text)

    def leads_off(self, text: str, line: _Line) -> bool:
        """Tell whether a line is but a link to another article."""
        label = _LEADING_LABEL.match(text)
        if label and line.away and is_related_label(label[1]):
            return True
        return line.away >= _MOSTLY * len(text.strip(" -–•»«>.:|"))  and line.away > 0


def _is_one_line(row: _Element) -> bool:
    """Tell whether a table's row is data, not a frame around paragraphs."""
    cells = [cell for cell in row if cell.tag in _CELLS]
    return len(cells) > 1 and all(
        sum(1 for _ in cell.iterdescendants("p", "div", "tr")) < 2 for cell in cells
    )
