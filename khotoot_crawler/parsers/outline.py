"""Where on a page the article stands: headline, body, and what else is its own."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from lxml.etree import _Element

from khotoot_crawler.parsers import selectors
from khotoot_crawler.parsers.blocks import text_of
from khotoot_crawler.parsers.code_places import CodePlaces
from khotoot_crawler.parsers.date_places import dates_near, is_below_heading
from khotoot_crawler.parsers.forms import unframe
from khotoot_crawler.parsers.headings import is_ending_heading
from khotoot_crawler.parsers.headline import Headlines, only_body
from khotoot_crawler.parsers.identity import Identity, code_of
from khotoot_crawler.parsers.metadata import Metadata, text_value
from khotoot_crawler.parsers.noise import is_foreign
from khotoot_crawler.parsers.prose import follows_text, is_in_sentence
from khotoot_crawler.parsers.trunk import Cards, Trunk, line
from khotoot_crawler.text import fold_space, is_visible, normal_form

if TYPE_CHECKING:
    from khotoot_crawler.parsers.own_lines import OwnLines

_SHORTEST_BODY = 60
_MOST_OWN = 200
_MOST_BODIES = 20
_FRAMES = frozenset({"article", "div", "section", "table", "tbody", "td", "tr"})
_MOST_FRAMES = 5


class Outline:
    """The elements of a page that an article is read from."""

    def __init__(self, root: _Element, url: str) -> None:
        self.root = root
        self.url = url
        self.index = selectors.Index(root)
        unframe(self.index)
        self.metadata = Metadata(self.index)
        self.identity = Identity(root, url, self.metadata)
        self._cards = Cards(self.index)
        self._codes = CodePlaces(self.index, self.identity)
        self._own: dict[tuple[str, ...], list[_Element]] = {}
        self.own_lines: OwnLines | None = None  # once own_lines has read them

    @cached_property
    def news_article(self) -> dict[str, Any]:
        """The article in the page's JSON-LD, keys in small letters; empty where there is none."""
        return next(filter(self._is_own, self.metadata.news_articles), {})

    def _is_own(self, thing: dict[str, Any]) -> bool:
        """Tell whether a thing of the JSON-LD names no other article's address or headline."""
        page = thing.get("mainentityofpage")
        page = page.get("@id") if isinstance(page, dict) else page
        named = [
            code_of(url)
            for url in (thing.get("url"), thing.get("@id"), page)
            if isinstance(url, str)
        ]
        codes = [code for code in named if code]
        if codes:
            return any(code in self.identity.codes for code in codes)
        return self._may_be_headline(text_value(thing.get("headline")) or "")

    def _may_be_headline(self, text: str) -> bool:
        """Tell whether half the words of a headline are those of the page's: editors change it."""
        titles = [*self.metadata.titles, *([text_of(self.title)] if self.title is not None else [])]
        words = set(normal_form(text).split())
        if not text or not titles:
            return True
        known = set(normal_form(" ".join(titles)).split())
        return 2 * len(words & known) >= len(words)

    @cached_property
    def base(self) -> str:
        """The address that relative links start from."""
        hrefs = [element.get("href") for element in self.index.of_head("base")]
        href = next(filter(None, hrefs), "")
        try:
            return urljoin(self.url, href.strip())
        except ValueError:
            return self.url

    @cached_property
    def title(self) -> _Element | None:
        """The headline."""
        return Headlines(self.index, self.metadata, self.identity).find()

    @cached_property
    def body(self) -> _Element | None:
        """The element that holds the text of the article."""
        for selector in (*selectors.BODY, *selectors.BOX):
            candidates = islice(self.index.select((selector,)), _MOST_BODIES)
            found = [element for element in candidates if self._may_be_body(element)]
            if selector in selectors.BOX:
                found = [e for e in found if self._holds_paragraphs(e)]
            if found:
                best = max(found, key=self._nearness) if len(found) > 1 else found[0]
                return self._around_pasted(best)
        alone = self._body_alone()
        if alone is not None:
            return alone
        return (
            self._body_around_title()
            if self.title is not None
            else only_body(self.index, self.identity)
        )

    def _around_pasted(self, body: _Element) -> _Element:
        """Return the body that one by its class came into with its text, or itself."""
        within = {*line(self.title)} if self.title is not None else {body.getparent()}
        around = [e for e in body.iterancestors() if selectors.is_body_for_sure(e)]
        return next((e for e in around if e not in within and self._is_in_text(body, e)), body)

    def _may_be_body(self, element: _Element) -> bool:
        holder = element.getparent()
        if holder is None or element.tag == "body":
            return False
        # Without a headline there is no telling how far the article reaches: look at the holder.
        around = self.title if self.title is not None else holder.getparent()
        ends = [] if around is None else [around]
        return Trunk(self.index, ends, self.identity, self._cards, self._codes).may_bear(element)

    def _body_alone(self) -> _Element | None:
        """Return the one body of a page with a headline, whatever follows it in its branch."""
        bodies = [*islice(self.index.select(selectors.BODY[:1]), 2)]
        if self.title is None or len(bodies) != 1:
            return None
        trunk = Trunk(self.index, [self.title], self.identity, self._cards, self._codes)
        is_own = trunk.leads_to(bodies[0]) and len(text_of(bodies[0])) > _SHORTEST_BODY
        return bodies[0] if is_own else None

    def _holds_paragraphs(self, element: _Element) -> bool:
        heading = next(element.iter("h1", "h2", "h3", "h4", "h5"), None)
        if heading is not None and is_ending_heading(text_of(heading)):
            return False  # the comments
        headline = text_of(self.title) if self.title is not None else ""
        return len(text_of(element)) - len(headline) > _SHORTEST_BODY

    def _nearness(self, element: _Element) -> tuple[int, int]:
        """Prefer what meets the title deepest in the tree, then what has most words of its own."""
        title_line = set(line(self.title)) if self.title is not None else set()
        depth = sum(1 for e in line(element) if e in title_line)
        links = (a for a in element.iter("a") if a.get("href"))  # a mark may be left unclosed
        linked = sum(len(text_of(link)) for link in links)
        return depth, len(text_of(element)) - linked

    def _body_around_title(self) -> _Element | None:
        """Return the nearest element around the title that holds paragraphs."""
        if self.title is None:
            return None
        for ancestor in self.title.iterancestors("div", "article", "section", "main", "td", "body"):
            if sum(len(text_of(p)) for p in ancestor.iter("p")) > _SHORTEST_BODY:
                return ancestor
        return None

    @cached_property
    def box(self) -> _Element | None:
        """The innermost element that holds both title and body."""
        if self.title is None or self.body is None:
            return self.title if self.body is None else self.body
        body_line = set(line(self.body))
        return next((e for e in line(self.title) if e in body_line), None)

    @cached_property
    def trunk(self) -> Trunk:
        """Title and body, and what hangs on them."""
        ends = [end for end in (self.title, self.body) if end is not None]
        if self.body is not None:
            ends += islice(_frames(self.body), _MOST_FRAMES)
        return Trunk(self.index, ends, self.identity, self._cards, self._codes)

    def own(self, names: tuple[str, ...]) -> list[_Element]:
        """Return what the selectors find of the article's own: one selector after the other.

        What the page hides is returned only where it shows none.
        """
        if names not in self._own:
            found = [*islice(filter(self.trunk.owns, self.index.select(names)), _MOST_OWN)]
            shown = [e for e in found if not self.trunk.hides(e)] if len(found) > 1 else found
            self._own[names] = shown or found
        return self._own[names]

    def near(self, names: tuple[str, ...]) -> list[_Element]:
        """Return those of them that stand in the article's box or beside it, not in a side bar."""
        if self.body is None:
            return self.own(names)
        return [e for e in self.own(names) if self.trunk.levels_up(e, self.box) <= 1]

    def own_fields(self, names: tuple[str, ...]) -> list[_Element]:
        """Return those of them that are no words of a sentence of the body."""
        body = self.body
        if body is None:
            return self.own(names)
        return [e for e in self.own(names) if not (self._is_within(e) and is_in_sentence(e, body))]

    def leading(self, names: tuple[str, ...]) -> Iterator[_Element]:
        """Yield those of the article's own that stand before its text, or begin it."""
        for element in filter(self.precedes_body, self.own(names)):
            if not self.is_below_text(element):
                yield element

    def _is_within(self, element: _Element) -> bool:
        return self.body is not None and self.body in element.iterancestors()

    @cached_property
    def _no_text(self) -> set[_Element]:
        """What stands in a body and is no paragraph of it: the fields."""
        names = (*selectors.KICKER, *selectors.LEAD, *selectors.DATE, *selectors.DATE_BEFORE_BODY)
        return {*self.index.select((*names, *selectors.CODE, *selectors.VIEWS, *selectors.BARS))}

    def _is_in_text(self, element: _Element, body: _Element, shortest: int = 1) -> bool:
        return follows_text(element, body, self.title, self._no_text, shortest)

    def is_below_text(self, element: _Element, shortest: int = 1) -> bool:
        """Tell whether an element stands in the body, below a paragraph of so many letters."""
        body = self.body
        if body is None or not self._is_within(element):
            return False
        return self._is_in_text(element, body, shortest)

    @cached_property
    def dates(self) -> list[_Element]:
        """The article's own dates of publication, most certain first."""
        named = self.own_fields(selectors.DATE)
        own = [e for e in named if self.precedes_body(e) or not is_below_heading(e, self)]
        return [*own, *dates_near(self)]

    def precedes_body(self, element: _Element) -> bool:
        """Tell whether an element stands before the text, or holds or starts it."""
        if self.body is None:
            return True
        places = {holder: child for child, holder in pairwise(line(self.body))}
        for child, holder in pairwise(line(element)):
            if holder in places:
                return holder.index(child) <= holder.index(places[holder])
        return element is self.body

    def stands_by_text(self, element: _Element) -> bool:
        """Tell whether an element stands before the text, or after it in the article's box."""
        return self.precedes_body(element) or (self.box is not None and self.box in line(element))

    @cached_property
    def paths(self) -> set[_Element | None]:
        """What holds the steps of a section's path, the home page among them."""
        return {step.getparent() for step in self.index.select(selectors.SECTION)}

    @cached_property
    def lead(self) -> _Element | None:
        """The lead paragraph; what is also named a kicker is that."""
        leads = self.leading(selectors.LEAD)
        return next((e for e in leads if e not in self.kickers and is_visible(text_of(e))), None)

    @cached_property
    def kickers(self) -> frozenset[_Element]:
        """What is named a kicker, the article's or another's."""
        return frozenset(self.index.select(selectors.KICKER))

    @cached_property
    def fields(self) -> frozenset[_Element]:
        """The elements of other fields, which may stand within the body."""
        elements = [self.title, self.lead, *self.dates, *self.leading(selectors.KICKER)]
        counts = [*self.own_fields(selectors.CODE), *self.own_fields(selectors.VIEWS)]
        elements += [element for element in counts if any(map(str.isdigit, text_of(element)))]
        return frozenset(element for element in elements if element is not None)


def _frames(body: _Element) -> Iterator[_Element]:
    """Yield the blocks that a body's text stands in, each within the one before.

    They open it and hold most of it; a field in them is a field in the body.
    """
    frame = body
    while True:
        first = _first_shown(frame)
        if first is None or first.tag not in _FRAMES or is_foreign(first):
            return
        if 2 * len(text_of(first)) <= len(text_of(frame)):
            return
        frame = first
        yield frame


def _first_shown(holder: _Element) -> _Element | None:
    """Return the element that a holder's text begins in, ``None`` where it begins bare."""
    for element in holder if not is_visible(fold_space(holder.text or "")) else ():
        if text_of(element):
            return element
        if is_visible(fold_space(element.tail or "")):
            break
    return None
