"""Where on a page the article stands: headline, body, and what else is its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import islice, pairwise
from urllib.parse import urljoin

from lxml.etree import _Element

from khotoot_crawler.parsers import selectors
from khotoot_crawler.parsers.blocks import text_of
from khotoot_crawler.parsers.identity import Identity, code_of
from khotoot_crawler.parsers.metadata import Metadata
from khotoot_crawler.parsers.noise import is_ending_heading, is_foreign
from khotoot_crawler.parsers.prose import follows_text, is_in_sentence
from khotoot_crawler.parsers.trunk import Trunk, line
from khotoot_crawler.text import normal_form

_HOME = re.compile(r"(?:https?://[^/?#]+/?|/)(?:fa/?)?(?:index\.\w+)?(?:[?#].*)?")
_SHORTEST_HEADLINE = 10
_SHORTEST_BODY = 60
_MOST_OWN = 200
_MOST_ABOVE = 8
_MOST_CANDIDATES = 60  # a page of that many headlines is no article
_MOST_BODIES = 20


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
        """The headline: one that metadata repeats or that links to its page, else the first."""
        firsts: dict[bool, _Element] = {}
        for selector in (*selectors.TITLE, *selectors.TITLE_IF_NAMED):
            for element in islice(self.index.select((selector,)), _MOST_CANDIDATES):
                text = text_of(element)
                if not text or self._is_of_site(element, text):
                    continue
                if self.identity.is_linked_away(element):
                    continue
                if self._links_itself(element) or self._is_named(text):
                    return element
                is_sure = selector in selectors.TITLE_IF_SURE
                if selector in selectors.TITLE and (is_sure or not _stands_foreign(element)):
                    firsts.setdefault(_stands_foreign(element), element)
        if False in firsts:
            return firsts[False]
        # A frame around all may be named as a side bar is; so is a box of other news.
        spare = firsts.get(True)
        if self._holds_all(spare):
            return spare
        beside = self._beside_body()
        return spare if beside is None and not self.metadata.titles else beside

    def _is_named(self, text: str) -> bool:
        form = normal_form(text)
        if len(form) < _SHORTEST_HEADLINE:
            return form in self._names
        return any(form in name for name in self._names)

    def _is_of_site(self, element: _Element, text: str) -> bool:
        """Tell whether a headline is the site's name."""
        within = (link for link in element.iter("a") if text_of(link) == text)
        links = [*within, *element.iterancestors("a")]
        names = self.metadata.get_all("og:site_name")
        return text in names or any(is_home(link.get("href") or "") for link in links)

    def _holds_all(self, title: _Element | None) -> bool:
        """Tell whether all that is named as foreign around a headline holds a body as well."""
        if title is None:
            return False
        bodies = islice(self.index.select(selectors.BODY), _MOST_CANDIDATES)
        holders = {holder for body in bodies for holder in body.iterancestors()}
        return all(holder in holders for holder in title.iterancestors() if is_foreign(holder))

    def _beside_body(self) -> _Element | None:
        """Return the heading right above the one body that there is."""
        body = self._only_body()
        above = () if body is None else body.itersiblings(preceding=True)
        for element in islice(above, _MOST_ABOVE):
            names = (element.get("class") or "").lower().split()
            if element.tag in ("h1", "h2", "h3") or "title" in names:
                text = text_of(element)
                is_headline = len(text) >= _SHORTEST_HEADLINE and not is_ending_heading(text)
                return element if is_headline and not self._is_odd(element, text) else None
        return None

    def _is_odd(self, element: _Element, text: str) -> bool:
        return self._is_of_site(element, text) or self.identity.is_linked_away(element)

    @cached_property
    def _names(self) -> list[str]:
        window_title = next(self.root.iter("title"), None)
        titles = [text_of(window_title)] if window_title is not None else []
        return [normal_form(title) for title in [*self.metadata.titles, *titles]]

    def _links_itself(self, element: _Element) -> bool:
        links = [*element.iter("a"), *element.iterancestors("a")]
        return any(code_of(a.get("href")) in self.identity.codes for a in links)

    @cached_property
    def body(self) -> _Element | None:
        """The element that holds the text of the article."""
        for selector in (*selectors.BODY, *selectors.BOX):
            candidates = islice(self.index.select((selector,)), _MOST_BODIES)
            found = [element for element in candidates if self._may_be_body(element)]
            if selector in selectors.BOX:
                found = [e for e in found if self._holds_paragraphs(e)]
            if found:
                return max(found, key=self._nearness) if len(found) > 1 else found[0]
        return self._body_around_title() if self.title is not None else self._only_body()

    def _only_body(self) -> _Element | None:
        """Return the one body of a page without a headline, whatever stands beside it."""
        bodies = islice(self.index.select(selectors.BODY[:1]), _MOST_CANDIDATES)
        own = [e for e in bodies if not (_stands_foreign(e) or self._is_on_card(e))]
        return own[0] if len(own) == 1 else None

    def _is_on_card(self, body: _Element) -> bool:
        """Tell whether a link to another article stands right beside a body."""
        holder = body.getparent()
        links = [] if holder is None or holder.tag == "body" else holder.iter("a")
        return any(self.identity.leads_away(a) and body not in a.iterancestors() for a in links)

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
            found = filter(self.trunk.owns, self.index.select(names))
            self._own[names] = list(islice(found, _MOST_OWN))
        return self._own[names]

    def own_fields(self, names: tuple[str, ...]) -> list[_Element]:
        """Return those of them that are no words of a sentence of the body."""
        body = self.body
        if body is None:
            return self.own(names)
        return [e for e in self.own(names) if not (self._is_within(e) and is_in_sentence(e, body))]

    def leading(self, names: tuple[str, ...]) -> Iterator[_Element]:
        """Yield those of the article's own that stand before its text, or begin it."""
        body = self.body
        for element in filter(self.precedes_body, self.own(names)):
            is_within = body is not None and self._is_within(element)
            if not (body is not None and is_within and self._follows_text(element, body)):
                yield element

    def _is_within(self, element: _Element) -> bool:
        return self.body is not None and self.body in element.iterancestors()

    def _follows_text(self, element: _Element, body: _Element) -> bool:
        names = (*selectors.KICKER, *selectors.LEAD, *selectors.DATE, *selectors.DATE_BEFORE_BODY)
        others = (*names, *selectors.CODE, *selectors.VIEWS, *selectors.BARS)
        return follows_text(element, body, self.title, set(self.index.select(others)))

    @cached_property
    def dates(self) -> list[_Element]:
        """The article's own dates of publication."""
        generic = filter(self.precedes_body, self.own_fields(selectors.DATE_BEFORE_BODY))
        return [*self.own_fields(selectors.DATE), *generic]

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
        leads = self.leading(selectors.LEAD)
        return next((e for e in leads if e not in kickers and text_of(e)), None)

    @cached_property
    def fields(self) -> frozenset[_Element]:
        """The elements of other fields, which may stand within the body."""
        elements = [self.title, self.lead, *self.dates, *self.leading(selectors.KICKER)]
        counts = [*self.own_fields(selectors.CODE), *self.own_fields(selectors.VIEWS)]
        elements += [element for element in counts if any(map(str.isdigit, text_of(element)))]
        return frozenset(element for element in elements if element is not None)


def _stands_foreign(element: _Element) -> bool:
    return any(is_foreign(e) for e in line(element) if e.tag not in ("body", "html"))


def is_home(href: str) -> bool:
    """Tell whether an address is the home page's."""
    return bool(href and _HOME.fullmatch(href.strip()))
