"""Whether a text is over where a heading says so: «نظرات» may head comments, or a paragraph."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml.etree import _Element

from khotoot_crawler.parsers.headings import heads_comments
from khotoot_crawler.parsers.noise import foots_box, names_of, verdict
from khotoot_crawler.text import fold_space, is_visible

_PARAGRAPHS = frozenset({"b", "blockquote", "br", "h2", "h3", "ol", "p", "strong", "ul"})
_MOST_ENDS_TOO_MANY = 3
_FORM = ("form", "input", "textarea")
_UNSEEN = frozenset({"noscript", "script", "style", "template"})
# What is never closed reaches to the end: looked for once, not at each of its beginnings.
_BLOCK_ENDS = re.compile(
    rb"<!--(?:.*?-->|.*)|<(script|style)\b(?:.*?</\1|.*)|<(?P<end>/?)div\b",
    re.DOTALL | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Sequel:
    """What may follow a text: its heading, and how much was read before that."""

    heading: str
    paragraphs: int
    images: int
    field_lines: int

    def is_next(self, paragraphs: int) -> bool:
        """Tell whether nothing but the heading was read since, of so many paragraphs in all."""
        return paragraphs == self.paragraphs + 1

    def is_followed_by(self, heading: str, paragraphs: int) -> bool:
        """Tell whether the next such heading shows that the text was over."""
        both = heads_comments(self.heading) and heads_comments(heading)
        return both or self.is_next(paragraphs)

    def is_proved_by(self, element: _Element, paragraphs: int) -> bool:
        """Tell whether an element shows that the text was over.

        Other news and tags stand right below their heading; a form may come after the comments.
        """
        told = verdict(element)
        if told.ending and foots_box(element):
            return False
        if self.is_next(paragraphs):
            return (told.foreign or told.ending) and element.tag not in _UNSEEN
        if not heads_comments(self.heading):
            return False
        return (told.foreign and told.ending) or next(element.iter(*_FORM), None) is not None


def is_unclosed(source: bytes) -> bool:
    """Tell whether a page leaves a block open: its body then holds all that follows it."""
    return _open_blocks(source) > 0


def torn_from(body: _Element, source: bytes) -> _Element | None:
    """Return the element beside which a text goes on where end tags too many closed its body.

    The first of them closed the body in its midst, the others what holds it.
    """
    inner: _Element | None = body
    for too_many in range(1, _MOST_ENDS_TOO_MANY + 1):
        if inner is None or inner.tag in ("body", "html"):
            return None
        following = inner.getnext()
        while following is not None and following.tag == "br" and not _has_tail(following):
            following = following.getnext()
        if _has_tail(inner) or _is_paragraph(following):
            return inner if _closes_too_many(source, too_many) else None
        if following is not None:
            return None
        inner = inner.getparent()
    return None


def _closes_too_many(source: bytes, blocks: int) -> bool:
    # The latter looks into scripts and comments and takes a fifth of a page's reading.
    is_likely = source.count(b"</div") - source.count(b"<div") >= blocks
    return is_likely and _open_blocks(source) <= -blocks


def _has_tail(element: _Element) -> bool:
    return is_visible(fold_space(element.tail or ""))


def _is_paragraph(element: _Element | None) -> bool:
    return element is not None and element.tag in _PARAGRAPHS and not names_of(element)


def _open_blocks(source: bytes) -> int:
    """Return how many blocks a page leaves open; less than 0 where it closes more than it opens."""
    ends = [match["end"] for match in _BLOCK_ENDS.finditer(source)]
    return ends.count(b"") - ends.count(b"/")
