"""Which heading of a page is the headline of its article."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import islice, takewhile

from lxml.etree import _Element

from khotoot_crawler.parsers import selectors
from khotoot_crawler.parsers.blocks import text_of
from khotoot_crawler.parsers.headings import is_ending_heading
from khotoot_crawler.parsers.identity import Identity, code_of
from khotoot_crawler.parsers.metadata import Metadata
from khotoot_crawler.parsers.noise import is_foreign
from khotoot_crawler.parsers.trunk import line
from khotoot_crawler.text import normal_form

_HOME = re.compile(r"(?:https?://[^/?#]+/?|/)(?:fa/?)?(?:index\.\w+)?(?:[?#].*)?")
_SHORTEST_HEADLINE = 10
_SHORTEST_TEXT = 200  # of a body that stands alone; summaries on cards are shorter
_HALF = 0.5
_MOST_ABOVE = 8
_MOST_CANDIDATES = 60  # a page of that many headlines is no article


class Headlines:
    """The headings of a page that may be its headline."""

    def __init__(self, index: selectors.Index, metadata: Metadata, identity: Identity) -> None:
        self._index = index
        self._metadata = metadata
        self._identity = identity

    def find(self) -> _Element | None:
        """Return the one that metadata repeats or that links to its page, else the first."""
        named: list[_Element] = []
        firsts: dict[bool, _Element] = {}  # by whether they stand in what is named as foreign
        for selector, element, text in self._candidates():
            if named and selector in selectors.TITLE_IF_NAMED:
                break
            if self._links_itself(element):
                return element
            share = self._share_of_name(text)
            if share > _HALF and selector in selectors.TITLE_IF_MARKED:
                return element
            if share:
                named.append(element)
            elif selector in selectors.TITLE:
                is_foreign = _stands_foreign(element)
                if not is_foreign or selector in selectors.TITLE_IF_SURE:
                    firsts.setdefault(is_foreign, element)
        if named:
            return self._nearest_to_text(named, firsts.get(False))
        return firsts[False] if False in firsts else self._unsure(firsts.get(True))

    def _candidates(self) -> Iterator[tuple[str, _Element, str]]:
        """Yield the headings that are neither the site's nor other news', with their text."""
        for selector in (*selectors.TITLE, *selectors.TITLE_IF_NAMED):
            for element in islice(self._index.select((selector,)), _MOST_CANDIDATES):
                text = text_of(element)
                if text and not self._is_odd(element, text):
                    yield selector, element, text

    def _unsure(self, spare: _Element | None) -> _Element | None:
        """Return the heading in what is named as foreign, or the one right above the body."""
        # A frame around all may be named as a side bar is; so is a box of other news.
        if self._holds_all(spare):
            return spare
        beside = self._beside_body()
        return spare if beside is None and not self._metadata.titles else beside

    def _share_of_name(self, text: str) -> float:
        """Return how much of what metadata or the window's title say a text is; 0 for nothing."""
        form = normal_form(text)
        if len(form) < _SHORTEST_HEADLINE:
            return float(form in self._names)
        return max((len(form) / len(name) for name in self._names if form in name), default=0)

    def _nearest_to_text(self, named: list[_Element], first: _Element | None) -> _Element:
        """Return of the headings that a name holds, and of others, the one that heads the text.

        The site's name is a part of the window's title, too, or all of it.
        """
        others = [e for e in (first, self._beside_body()) if e is not None]
        rivals = list(dict.fromkeys([*named, *others]))
        if len(rivals) == 1:
            return rivals[0]
        bodies = islice(self._index.select(selectors.BODY), _MOST_CANDIDATES)
        body = max(bodies, key=lambda e: len(text_of(e)), default=None)
        around = set(line(body)) if body is not None else set()
        return max(rivals, key=lambda rival: sum(e in around for e in line(rival)))

    def _is_of_site(self, element: _Element, text: str) -> bool:
        """Tell whether a headline is the site's name."""
        within = (link for link in element.iter("a") if text_of(link) == text)
        links = [*within, *element.iterancestors("a")]
        names = self._metadata.get_all("og:site_name")
        return text in names or any(is_home(link.get("href") or "") for link in links)

    def _holds_all(self, title: _Element | None) -> bool:
        """Tell whether all that is named as foreign around a headline holds a body as well."""
        if title is None:
            return False
        bodies = islice(self._index.select(selectors.BODY), _MOST_CANDIDATES)
        holders = {holder for body in bodies for holder in body.iterancestors()}
        return all(holder in holders for holder in title.iterancestors() if is_foreign(holder))

    def _beside_body(self) -> _Element | None:
        """Return the heading right above the one body that there is."""
        body = only_body(self._index, self._identity)
        above = () if body is None else body.itersiblings(preceding=True)
        for element in islice(above, _MOST_ABOVE):
            names = (element.get("class") or "").lower().split()
            if element.tag in ("h1", "h2", "h3") or "title" in names:
                text = text_of(element)
                is_headline = len(text) >= _SHORTEST_HEADLINE and not is_ending_heading(text)
                return element if is_headline and not self._is_odd(element, text) else None
        return None

    def _is_odd(self, element: _Element, text: str) -> bool:
        return self._is_of_site(element, text) or self._identity.is_linked_away(element)

    @cached_property
    def _names(self) -> list[str]:
        window_titles = map(text_of, self._index.of_head("title")[:1])
        return [*map(normal_form, (*self._metadata.titles, *window_titles))]

    def _links_itself(self, element: _Element) -> bool:
        links = [*element.iter("a"), *element.iterancestors("a")]
        return any(code_of(a.get("href")) in self._identity.codes for a in links)


def only_body(index: selectors.Index, identity: Identity) -> _Element | None:
    """Return the one body of a page without a headline, whatever stands beside it."""
    bodies = [*islice(index.select(selectors.BODY[:1]), _MOST_CANDIDATES)]
    is_alone = len(bodies) == 1 and len(text_of(bodies[0])) > _SHORTEST_TEXT
    own = [e for e in bodies if not (_stands_foreign(e) or _is_on_card(e, identity, is_alone))]
    return own[0] if len(own) == 1 else None


def _is_on_card(body: _Element, identity: Identity, is_alone: bool) -> bool:
    """Tell whether a link to another article stands right beside a body; before it, if alone."""
    holder = body.getparent()
    links = [] if holder is None or holder.tag == "body" else holder.iter("a")
    if is_alone and holder is not None:
        links = takewhile(lambda e: e is not body, holder.iter("a", body.tag))
    return any(identity.leads_away(a) and body not in a.iterancestors() for a in links)


def _stands_foreign(element: _Element) -> bool:
    return any(is_foreign(e) for e in line(element) if e.tag not in ("body", "html"))


def is_home(href: str) -> bool:
    """Tell whether an address is the home page's."""
    return bool(href and _HOME.fullmatch(href.strip()))
