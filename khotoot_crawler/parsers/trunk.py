"""What hangs on an article's title and body: whether an element beside them is its own.

The CMS uses the same classes for the article and for the cards of other news around it, and its
pages leave elements unclosed, so neither a name nor a nesting tells alone. An element is the
article's own when nothing between it and the article is named as foreign, links to another
article or carries another headline.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from lxml.etree import _Element

from khotoot_crawler.parsers import selectors
from khotoot_crawler.parsers.blocks import text_of
from khotoot_crawler.parsers.identity import Identity
from khotoot_crawler.parsers.noise import is_ending_heading, is_foreign, is_related_heading

_HEADLINES = ("h1", "h2", "h3", "h4")
_SHORTEST_HEADLINE = 10
_MOST_LINKS_OF_A_TOOLBAR = 40


class _Stem(NamedTuple):
    """The outermost element beside the trunk that holds another, and whether any is foreign."""

    start: _Element
    foreign: bool


class Trunk:
    """The ends, title first, all that holds one of them, and what stands beside those."""

    def __init__(
        self,
        index: selectors.Index,
        ends: Sequence[_Element],
        identity: Identity,
    ) -> None:
        self._index = index
        self._ends = ends
        self._elements = {element for end in ends for element in line(end)}
        self._identity = identity
        self._stems: dict[_Element, _Stem] = {}
        self._bare: dict[_Element, bool] = {}

    def __contains__(self, element: object) -> bool:
        return element in self._elements

    def owns(self, element: _Element) -> bool:
        """Tell whether an element is the article's own."""
        if not self._elements or element in self._elements:
            return bool(self._elements)
        stem = self._stem(element)
        if stem.foreign:
            return False
        if stem.start is element:
            links = [*element.iterancestors("a"), *element.iter("a")]
            return not any(map(self._identity.leads_away, links))
        inner = set(element.iter(*_HEADLINES))
        if inner:
            return self._is_bare(stem.start, inner)
        if stem.start not in self._bare:
            self._bare[stem.start] = self._is_bare(stem.start, inner)
        return self._bare[stem.start]

    def owns_toolbar(self, element: _Element) -> bool:
        """Tell whether an element is the article's own, and nothing in it another's."""
        return self.owns(element) and (element in self or self._is_bare(element, ()))

    def may_bear(self, body: _Element) -> bool:
        """Tell whether a body, whatever it holds, stands where the article's own may."""
        stem = self._stem(body)
        if stem.foreign or stem.start is body:
            return not stem.foreign
        return self._is_bare(stem.start, set(body.iter("a", "form", "nav", *_HEADLINES)))

    def _stem(self, element: _Element) -> _Stem:
        """Return what leads from the trunk to an element."""
        path: list[_Element] = []
        stem = None
        for holder in line(element):
            stem = self._stems.get(holder)
            if stem or holder in self._elements or holder.tag in ("body", "html"):
                break
            path.append(holder)
        for holder in reversed(path):
            start, foreign = stem or (holder, False)
            stem = self._stems[holder] = _Stem(start, foreign or is_foreign(holder))
        return stem or _Stem(element, False)

    def _is_bare(self, branch: _Element, inner: Container[_Element]) -> bool:
        """Tell whether a branch has, beside inner elements, no headline or link of other news."""
        if branch in self._other_headlines:
            return False
        links = 0
        for element in branch.iter("a", "form", "nav", *_HEADLINES):
            if element in inner:
                continue
            if element.tag == "a":
                links += 1
                if links > _MOST_LINKS_OF_A_TOOLBAR or self._identity.leads_away(element):
                    return False
            elif element.tag in ("form", "nav") or not self._is_own_heading(element):
                return False
        return True

    def _is_own_heading(self, element: _Element) -> bool:
        text = text_of(element)
        return not text or element in self._field_headings or is_ending_heading(text)

    @cached_property
    def _field_headings(self) -> set[_Element]:
        """Headings that are, or stand in, a kicker or a lead."""
        found = self._index.select((*selectors.KICKER, *selectors.LEAD))
        return {heading for element in found for heading in element.iter(*_HEADLINES)}

    @cached_property
    def _other_headlines(self) -> set[_Element]:
        """Branches that hold what is named a title and reads like one."""
        own = {text_of(end) for end in self._ends[:1]}
        titles = (e for e in self._index.select([".title"]) if e not in self)
        others = (e for e in titles if _reads_as_headline(text_of(e)) and text_of(e) not in own)
        return {self._stem(element).start for element in others}


def line(element: _Element) -> Iterator[_Element]:
    """Yield an element and all that holds it, from the inside out."""
    yield element
    yield from element.iterancestors()


def _reads_as_headline(text: str) -> bool:
    """Tell a headline from a label ("کد خبر:") and from the heading of a box."""
    if len(text) < _SHORTEST_HEADLINE or text.endswith((":", "：")):
        return False
    return not is_ending_heading(text) and not is_related_heading(text)
