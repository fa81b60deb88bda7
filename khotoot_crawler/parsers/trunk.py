"""What hangs on an article's title and body: whether an element beside them is its own.

The CMS uses the same classes for the article and for the cards of other news around it, and its
pages leave elements unclosed, so neither a name nor a nesting tells alone. An element is the
article's own when nothing between it and the article is named as foreign, links to another
article or carries another headline.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from itertools import count, islice, takewhile
from typing import NamedTuple

from lxml.etree import _Element

from khotoot_crawler.parsers import selectors
from khotoot_crawler.parsers.addresses import names_tag
from khotoot_crawler.parsers.blocks import text_of
from khotoot_crawler.parsers.code_places import CodePlaces
from khotoot_crawler.parsers.columns import are_beside, is_column, row_width
from khotoot_crawler.parsers.headings import heads_comments, is_ending_heading, is_related_heading
from khotoot_crawler.parsers.identity import Identity
from khotoot_crawler.parsers.noise import is_foreign, is_hidden

_HEADLINES = ("h1", "h2", "h3", "h4")
_WATCHED = ("a", "form", "nav", *_HEADLINES)
_NEIGHBOUR = re.compile(r"[\W_]*(?:(?:خبر|مطلب)[\s\u200c]*)?(?:قبل|بعد|پ[یي]ش[یي]ن)[یي]?[\W_]*")
_MOST_HEADINGS = 200
_LONGEST_LABEL = 20  # of a box («مشخصات خبر»); headlines are longer, or linked
_SHORTEST_HEADLINE = 10
_LONGEST_BOX_HEADING = 40
_MOST_LINKS_OF_A_TOOLBAR = 40


class _Stem(NamedTuple):
    """The outermost element beside the trunk that holds another.

    Whether one of those that lead there is foreign, and whether one is hidden.
    """

    start: _Element
    foreign: bool
    hidden: bool


class Cards:
    """The headlines on a page: what is named a title and reads like one."""

    def __init__(self, index: selectors.Index) -> None:
        self._index = index

    @cached_property
    def headlines(self) -> dict[_Element, str]:
        """Each with its text; read once, for there is a trunk for each that may be the body."""
        titles = ((e, text_of(e)) for e in self._index.select([".title"]))
        return {element: text for element, text in titles if _reads_as_headline(text)}


class Trunk:
    """The ends, title first, all that holds one of them, and what stands beside those."""

    def __init__(
        self,
        index: selectors.Index,
        ends: Sequence[_Element],
        identity: Identity,
        cards: Cards,
        codes: CodePlaces,
    ) -> None:
        self._index = index
        self._cards = cards
        self._codes = codes
        self._ends = ends
        self._elements = {element for end in ends for element in line(end)}
        self._identity = identity
        self._stems: dict[_Element, _Stem] = {}
        self._bare: dict[_Element, bool] = {}
        self._columns: dict[_Element, list[_Element]] = {}  # of the trunk, by holder
        self._of_others: dict[_Element, tuple[list[_Element], Iterator[_Element]]] = {}
        self._links: dict[_Element, int] = {}

    def __contains__(self, element: object) -> bool:
        return element in self._elements

    def owns(self, element: _Element) -> bool:
        """Tell whether an element is the article's own."""
        if not self._elements or element in self._elements:
            return bool(self._elements)
        stem = self._stem(element)
        if stem.foreign:
            return False
        away = {link for link in element.iter("a") if self._identity.leads_away(link)}
        if element in away or (away and not any(map(str.isalpha, text_of(element, skip=away)))):
            return False  # nothing but a link to other news
        if any(map(self._identity.leads_away, element.iterancestors("a"))):
            return False
        return stem.start is element or self._is_bare_around(stem.start, element, away)

    def _is_bare_around(self, branch: _Element, element: _Element, away: set[_Element]) -> bool:
        inner = away.union(element.iter(*_HEADLINES))
        is_bare = self._is_bare(branch, inner) if inner else self._is_all_bare(branch)
        return is_bare or self._codes.is_beside(element, branch, self._is_all_bare)

    def follows(self, element: _Element) -> bool:
        """Tell whether an element comes after the article with nothing of others between."""
        start, foreign, _ = self._stem(element)
        holder = start.getparent()
        if foreign or holder not in self._elements:
            return False
        for before in start.itersiblings(preceding=True):
            if before in self._elements:
                break
            if is_foreign(before) or not self._is_all_bare(before):
                return False
        else:
            if holder not in self._ends:  # nothing of the article stands before it
                return False
        inside = start.iter(*_WATCHED)
        between = takewhile(lambda inner: element not in inner.iterancestors(), inside)
        return not any(map(self._is_of_other_news, between))

    def levels_up(self, element: _Element, box: _Element | None) -> int:
        """Return how many levels above the article's box an element hangs; 0 within it."""
        holder = self._stem(element).start.getparent()
        levels = enumerate(line(box)) if box is not None else ()
        return next((level for level, around in levels if around is holder), 0)

    def is_in_other_column(self, element: _Element) -> bool:
        """Tell whether an element stands in a column beside the article's, without its code."""
        start = self._stem(element).start
        holder = start.getparent()
        if element in self._elements or holder is None or not is_column(start):
            return False
        if holder not in self._columns:
            self._columns[holder] = [e for e in holder if e in self._elements and is_column(e)]
        columns = self._columns[holder]
        if not any(are_beside(start, column, self._row_width) for column in columns):
            return False
        return start not in self._codes.holders

    @cached_property
    def _row_width(self) -> int:
        return row_width(self._index.root)

    def hides(self, element: _Element) -> bool:
        """Tell whether a branch hides an element."""
        return element not in self._elements and self._stem(element).hidden

    def owns_toolbar(self, element: _Element) -> bool:
        """Tell whether an element is the article's own, and nothing in it another's."""
        return self.owns(element) and (element in self or self._is_all_bare(element))

    def may_bear(self, body: _Element) -> bool:
        """Tell whether a body, whatever it holds, stands where the article's own may."""
        stem = self._stem(body)
        if stem.foreign or stem.start is body:
            return not stem.foreign
        inner = {*body.iter("a", "form", "nav", *_HEADLINES)}
        inner.update(e for e in self._cards.headlines if body in e.iterancestors())
        return self._is_bare(stem.start, inner) and not _is_of_comments(body, stem.start)

    def leads_to(self, body: _Element) -> bool:
        """Tell whether nothing of other news stands before a body, whatever does beside it."""
        start, foreign, _ = self._stem(body)
        if foreign or _is_of_comments(body, start) or self.is_in_other_column(body):
            return False
        if any(map(self._heads_a_box, _before(body, start))):
            return False
        before = [*takewhile(lambda e: e is not body, start.iter())]
        if any(self._is_of_other_news(e) for e in before if e.tag in _WATCHED):
            return False
        return not any(e in self._cards.headlines for e in before)

    def _heads_a_box(self, element: _Element) -> bool:
        """Tell whether an element is, or ends with, the short heading of something else."""
        text = text_of(element)
        is_short = 0 < len(text) < _LONGEST_BOX_HEADING and not any(map(str.isdigit, text))
        return is_short and not any(e in self._fields for e in element.iter())

    @cached_property
    def _fields(self) -> set[_Element]:
        """What is named as a field of an article."""
        names = (*selectors.KICKER, *selectors.LEAD, *selectors.BARS, *selectors.CODE)
        return {*self._index.select((*names, *selectors.DATE, *selectors.VIEWS))}

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
            start, foreign, hidden = stem or (holder, False, False)
            foreign, hidden = foreign or is_foreign(holder), hidden or is_hidden(holder)
            stem = self._stems[holder] = _Stem(start, foreign, hidden)
        return stem or _Stem(element, False, False)

    def _is_all_bare(self, branch: _Element) -> bool:
        if branch not in self._bare:
            self._bare[branch] = self._is_bare(branch, ())
        return self._bare[branch]

    def _is_bare(self, branch: _Element, inner: Collection[_Element]) -> bool:
        """Tell whether a branch has, beside inner elements, no headline or link of other news."""
        if any(element not in inner for element in self._other_headlines.get(branch, ())):
            return False
        if any(element not in inner for element in self._of_other_news_in(branch)):
            return False
        if branch not in self._links:
            self._links[branch] = sum(1 for _ in branch.iter("a"))
        links = self._links[branch] - sum(element.tag == "a" for element in inner)
        return links <= _MOST_LINKS_OF_A_TOOLBAR

    def _of_other_news_in(self, branch: _Element) -> Iterator[_Element]:
        """Yield what in a branch is of other news; looked for once, and no further than asked."""
        if branch not in self._of_others:
            self._of_others[branch] = [], branch.iter(*_WATCHED)
        found, rest = self._of_others[branch]
        for number in count():
            if number == len(found):
                # Made here: kept, it would hold the tree, in a cycle, until garbage is collected.
                found.extend(islice(filter(self._is_of_other_news, rest), 1))
            if number == len(found):
                return
            yield found[number]

    def _is_of_other_news(self, element: _Element) -> bool:
        """Tell whether a link, heading, form or menu is none of the article's own."""
        if element.tag == "a":
            is_away = self._identity.leads_away(element)
            return is_away and not _NEIGHBOUR.fullmatch(text_of(element))
        if element.tag in ("form", "nav"):
            return is_foreign(element)
        return not self._is_own_heading(element)

    def _is_own_heading(self, element: _Element) -> bool:
        text = text_of(element)
        if not text or element in self._field_headings or is_ending_heading(text):
            return True
        if next(element.iter("a"), None) is not None:
            return False
        around = [*element.iterancestors("a")]  # a tag may be written as a heading
        return (
            all(names_tag(a.get("href")) for a in around) if around else len(text) < _LONGEST_LABEL
        )

    @cached_property
    def _field_headings(self) -> set[_Element]:
        """Headings that are, stand in, or hold nothing but, a kicker or a lead."""
        found = [*self._index.select((*selectors.KICKER, *selectors.LEAD))]
        around = ((element, element.getparent()) for element in found)
        holders = {e for inner, e in around if e is not None and _is_heading_of(e, inner)}
        return holders.union(*(element.iter(*_HEADLINES) for element in found))

    @cached_property
    def _other_headlines(self) -> dict[_Element, list[_Element]]:
        """What is named a title and reads like one, by the branch that holds it."""
        own = {text_of(end) for end in self._ends[:1]}
        found: dict[_Element, list[_Element]] = {}
        for element, text in self._cards.headlines.items():
            if element not in self and text not in own:
                found.setdefault(self._stem(element).start, []).append(element)
        return found


def _is_heading_of(holder: _Element, inner: _Element) -> bool:
    return holder.tag in _HEADLINES and text_of(holder) == text_of(inner)


def _is_of_comments(body: _Element, branch: _Element) -> bool:
    """Tell whether a heading of comments stands before a body in its branch.

    One that a link to them stands beside is a button.
    """
    inside = islice(branch.iter(*_HEADLINES, body.tag), _MOST_HEADINGS)
    before = takewhile(lambda e: e is not body, inside)
    headings = (e for e in before if e.tag in _HEADLINES and heads_comments(text_of(e)))
    return any(not _is_button(heading.getnext()) for heading in headings)


def _is_button(element: _Element | None) -> bool:
    return element is not None and (element.get("href") or "").startswith("#")


def _before(body: _Element, branch: _Element) -> Iterator[_Element]:
    """Yield what stands beside a body, or what holds it, before it within a branch."""
    for inner in line(body):
        if inner is branch:
            return
        yield from inner.itersiblings(preceding=True)


def line(element: _Element) -> Iterator[_Element]:
    """Yield an element and all that holds it, from the inside out."""
    yield element
    yield from element.iterancestors()


def _reads_as_headline(text: str) -> bool:
    """Tell a headline from a label ("کد خبر:") and from the heading of a box."""
    if len(text) < _SHORTEST_HEADLINE or text.endswith((":", "：")):
        return False
    return not is_ending_heading(text) and not is_related_heading(text)
