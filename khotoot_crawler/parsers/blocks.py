"""Text of elements as a browser would show it: blocks apart, inline tags seamless."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence

from lxml import etree
from lxml.etree import _Element

from khotoot_crawler.parsers.noise import hides
from khotoot_crawler.text import fold_space

BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "br", "caption", "center", "dd", "details", "dir",
     "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3",
     "h4", "h5", "h6", "header", "hr", "legend", "li", "main", "marquee", "ol", "p", "pre",
     "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"}
)  # fmt: skip
_SHOWN_AS_BLOCK = re.compile(r"display\s*:\s*block", re.IGNORECASE)
_FLOATS = re.compile(r"float\s*:\s*(?:left|right)", re.IGNORECASE)
_BLOCK_CLASS = "d-block"  # of Bootstrap
_UNSHOWN = frozenset(
    {"button", "datalist", "noembed", "noframes", "noscript", "script", "style", "svg", "template",
     "title"}
)  # fmt: skip
_LONG_PIECE = 4_000
_MOST_PIECES = 4_000
_NONE: frozenset[_Element] = frozenset()


def is_styled_as_block(element: _Element, attributes: Sequence[str | bytes]) -> bool:
    """Tell whether an element stands in lines of its own by its style or class, not its tag.

    Links are told by where they lead, a picture breaks no line, nor does a letter that floats.
    """
    if element.tag == "img" or (element.tag == "a" and "href" in attributes):
        return False
    if "style" in attributes:
        style = element.get("style", "")
        if _SHOWN_AS_BLOCK.search(style):
            return not _FLOATS.search(style)
    return "class" in attributes and _BLOCK_CLASS in element.get("class", "").split()


def text_of(
    element: _Element, *, skip: Container[_Element] = _NONE, stop: Container[_Element] = _NONE
) -> str:
    """Return the text of an element in one line.

    What ``skip`` holds is left out; at an element of ``stop`` the text is over: it stands inside
    only because this one was never closed.
    """
    if len(element) == 0:
        return fold_space(element.text or "")
    return fold_space("".join(_pieces(element, skip, stop)))


def short_text_of(
    element: _Element,
    longest: int,
    *,
    skip: Container[_Element] = _NONE,
    stop: Container[_Element] = _NONE,
) -> str | None:
    """Return the text of an element in one line, or None as soon as it is longer.

    Blocks within blocks are asked for theirs in turn: each would read all that is below it.
    """
    pieces, letters = [], 0
    for number, piece in enumerate(_pieces(element, skip, stop)):
        letters += len(fold_space(piece[:_LONG_PIECE]))
        if letters > longest or number > _MOST_PIECES:
            return None
        pieces.append(piece)
    text = fold_space("".join(pieces))
    return text if len(text) <= longest else None


def begins_with(element: _Element, inner: _Element) -> bool:
    """Tell whether an element shows no text before an inner one."""
    return not any(map(str.strip, _pieces(element, _NONE, {inner})))


def toolbar_text(element: _Element, *, stop: Container[_Element] = _NONE) -> str:
    """Return the text of a toolbar in one line, words of neighbouring elements never glued.

    ``<b>۲۹ مرداد ۱۴۰۲</b><i>۱۸:۳۹</i>`` is set apart by a style sheet, not by a space.
    """
    text = ""
    for piece in _pieces(element, _NONE, stop):
        glued = text[-1:].isalnum() and piece[:1].isalnum()
        text += f" {piece}" if glued else piece
    return fold_space(text)


def _pieces(
    element: _Element, skip: Container[_Element], stop: Container[_Element]
) -> Iterator[str]:
    walk = etree.iterwalk(element, events=("start", "end"))
    styled: list[_Element] = []
    for event, inner in walk:
        tag = inner.tag
        if event == "end":
            if tag in BLOCKS or (styled and inner in styled):
                yield " "
            yield (inner.tail or "") if inner is not element else ""
            continue
        attributes = inner.keys()
        if tag in BLOCKS:
            yield " "
        elif attributes and is_styled_as_block(inner, attributes):
            styled.append(inner)
            yield " "
        is_root = inner is element
        if not is_root and inner in stop:
            return
        is_hidden = bool(attributes) and not is_root and hides(inner, attributes)
        if is_hidden or tag in _UNSHOWN or inner in skip:
            walk.skip_subtree()
        else:
            yield inner.text or ""
