"""Where on a page the article stands: headline, body, and what else is its own."""

from __future__ import annotations

import re
from functools import cached_property
from itertools import islice, pairwise
from urllib.parse import urljoin

from lxml.etree import _Element

from khotoot_crawler.parsers import selectors
from khotoot_crawler.parsers.blocks import text_of
from khotoot_crawler.parsers.identity import Identity, code_of
from khotoot_crawler.parsers.metadata import Metadata
from khotoot_crawler.parsers.noise import is_ending_heading, is_foreign
from khotoot_crawler.parsers.trunk import Trunk, line
from khotoot_crawler.text import normal_form

_HOME = re.compile(r"(?:https?://[^/?#]+/?|/)(?:fa/?)?(?:index\.\w+)?(?:[?#].*)?")
_SHORTEST_HEADLINE = 10
_SHORTEST_BODY = 60
_MOST_CANDIDATES = 60  # a page of that many bodies or headlines is no article


class Outline:
    """The elements of a page that an article is read from."""

    def __init__(self, root: _Element, url: str) -> None:
        self.root = root
        self.url = url
        self.index = selectors.Index(root)
        self.metadata = Metadata(root)
        self.identity = Identity(root, url, self.metadata)
        self._own: dict[tuple[str, ...], list[_Element]] = {}

    @cached_property
    def base(self) -> str:
        """The address that relative links start from."""
        hrefs = [element.get("href") for element in self.root.iter("base")]
        href = next(filter(None, hrefs), "")
        try:
            return urljoin(self.url, href.strip())
        except ValueError:
            return self.url

    @cached_property
    def title(self) -> _Element | None:
        """The headline: one that metadata repeats or that links home, else the first."""
        first = None
        for selector in (*selectors.TITLE, *selectors.TITLE_IF_NAMED):
            for element in islice(self.index.select((selector,)), _MOST_CANDIDATES):
                text = text_of(element)
                if not text or self.identity.is_linked_away(element):
                    continue
                if self._links_home(element) or self._is_named(text):
                    return element
                if first is None and selector in selectors.TITLE and not _stands_foreign(element):
                    first = element
        return first

    def _is_named(self, text: str) -> bool:
        form = normal_form(text)
        return len(form) >= _SHORTEST_HEADLINE and any(form in name for name in self._names)

    @cached_property
    def _names(self) -> list[str]:
        window_title = next(self.root.iter("title"), None)
        titles = [text_of(window_title)] if window_title is not None else []
        return [normal_form(title) for title in [*self.metadata.titles, *titles]]

    def _links_home(self, element: _Element) -> bool:
        links = [*element.iter("a"), *element.iterancestors("a")]
        return any(code_of(a.get("href")) in self.identity.codes for a in links)

    @cached_property
    def body(self) -> _Element | None:
        """The element that holds the text of the article."""
        for selector in (*selectors.BODY, *selectors.BOX):
            candidates = islice(self.index.select((selector,)), _MOST_CANDIDATES)
            found = [element for element in candidates if self._may_be_body(element)]
            if selector in selectors.BOX:
                found = [e for e in found if self._holds_paragraphs(e)]
            if found:
                return max(found, key=self._nearness) if len(found) > 1 else found[0]
        return self._body_around_title()

    def _may_be_body(self, element: _Element) -> bool:
        holder = element.getparent()
        if holder is None or element.tag == "body":
            return False
        # Without a headline there is no telling how far the article reaches: look at the holder.
        around = self.title if self.title is not None else holder.getparent()
        ends = [] if around is None else [around]
        return Trunk(self.index, ends, self.identity).may_bear(element)

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
        linked = sum(len(text_of(a)) for a in element.iter("a"))
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
        return Trunk(self.index, ends, self.identity)

    def own(self, names: tuple[str, ...]) -> list[_Element]:
        """Return what the selectors find of the article's own: one selector after the other."""
        if names not in self._own:
            self._own[names] = list(filter(self.trunk.owns, self.index.select(names)))
        return self._own[names]

    @cached_property
    def dates(self) -> list[_Element]:
        """The article's own dates of publication."""
        generic = filter(self.precedes_body, self.own(selectors.DATE_BEFORE_BODY))
        return [*self.own(selectors.DATE), *generic]

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
        kickers = set(self.index.select(selectors.KICKER))
        leads = filter(self.precedes_body, self.own(selectors.LEAD))
        return next((e for e in leads if e not in kickers and text_of(e)), None)

    @cached_property
    def fields(self) -> frozenset[_Element]:
        """The elements of other fields, which may stand within the body."""
        fields = (selectors.KICKER, selectors.CODE, selectors.VIEWS)
        elements = [self.title, self.lead, *self.dates]
        elements += [element for names in fields for element in self.own(names)]
        return frozenset(element for element in elements if element is not None)


def _stands_foreign(element: _Element) -> bool:
    return any(map(is_foreign, line(element)))


def is_home(href: str) -> bool:
    """Tell whether an address is the home page's."""
    return bool(href and _HOME.fullmatch(href.strip()))
