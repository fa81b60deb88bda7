"""Where on a page the article stands, and what else on the page is its own.

The CMS uses the same classes for the article and for the cards of other news around it, and its
pages leave elements unclosed, so neither a name nor a nesting tells alone. A place is the
article's own when nothing between it and the article's box is named as foreign, links to
another article or carries another headline.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from urllib.parse import urljoin, urlsplit

from lxml.etree import _Element

from khotoot_crawler.parsers import selectors
from khotoot_crawler.parsers.metadata import Metadata
from khotoot_crawler.parsers.noise import is_ending_label, is_foreign
from khotoot_crawler.text import fold_space, normal_form
from khotoot_crawler.urls import news_code_of_path

_OTHER_CMS_ARTICLE = re.compile(r"(?:^|/)news/(\d{1,18})(?:[/?#]|$)")
_HEADLINES = frozenset({"h1", "h2", "h3", "h4"})
_FIELD_NAMES = re.compile(r"(?:^|[-_ ])(?:rutitr\w*|subtitle|kicker|htag\w*|introtext)(?=$|[ ])")
_MOST_LINKS_OF_A_TOOLBAR = 30
_ITEM_LINKS = 3


def text_of(element: _Element) -> str:
    """Return the text of an element, white space folded."""
    return fold_space("".join(element.itertext()))


class Outline:
    """The elements of a page that an article is read from."""

    def __init__(self, root: _Element, url: str) -> None:
        self.root = root
        self.url = url
        self.index = selectors.Index(root)
        self.metadata = Metadata(root)

    @cached_property
    def base(self) -> str:
        """The address that relative links start from."""
        for element in self.root.iter("base"):
            href = element.get("href")
            if href:
                try:
                    return urljoin(self.url, href.strip())
                except ValueError:
                    break
        return self.url

    @cached_property
    def address_code(self) -> str | None:
        """The news code that the page's address names."""
        return code_of(self.url)

    @cached_property
    def code(self) -> str | None:
        """The news code by address or metadata: what tells own links from others."""
        codes = (code_of(url) for url in self.metadata.addresses)
        return self.address_code or next(filter(None, codes), None)

    @cached_property
    def title(self) -> _Element | None:
        """The headline of the article."""
        candidates = [e for e in self.index.select(selectors.TITLE) if self._may_be_title(e)]
        named = {normal_form(title) for title in self.metadata.titles}
        for element in candidates:
            if normal_form(text_of(element)) in named or self._links_home(element):
                return element
        near = [e for e in candidates if not any(map(is_foreign, _with_ancestors(e)))]
        return near[0] if near else None

    def _may_be_title(self, element: _Element) -> bool:
        return not self.is_linked_away(element) and bool(text_of(element))

    def _links_home(self, element: _Element) -> bool:
        links = [*element.iter("a"), *element.iterancestors("a")]
        return self.code is not None and any(code_of(a.get("href")) == self.code for a in links)

    @cached_property
    def body(self) -> _Element | None:
        """The element that holds the text of the article."""
        for selector in (*selectors.BODY, *selectors.BOX):
            candidates = [e for e in self.index.select_one(selector) if self._may_be_body(e)]
            if candidates:
                return max(candidates, key=self._nearness)
        return self._body_around_title()

    def _may_be_body(self, element: _Element) -> bool:
        return not any(map(is_foreign, self._branch(element, self.title)))

    def _nearness(self, element: _Element) -> tuple[int, int]:
        meeting = _meeting(element, self.title) if self.title is not None else None
        depth = sum(1 for _ in meeting.iterancestors()) if meeting is not None else 0
        return depth, len("".join(element.itertext()))

    def _body_around_title(self) -> _Element | None:
        """Return the nearest element around the title that holds paragraphs."""
        if self.title is None:
            return None
        for ancestor in self.title.iterancestors("div", "article", "section", "main", "td"):
            if sum(len(text_of(p)) for p in ancestor.iter("p")) > 80:
                return ancestor
        return None

    @cached_property
    def box(self) -> _Element | None:
        """The innermost element that holds both title and body."""
        if self.title is None or self.body is None:
            return self.title if self.body is None else self.body
        return _meeting(self.title, self.body)

    @cached_property
    def lead(self) -> _Element | None:
        """The lead paragraph; what is also named a kicker is that."""
        for element in self.own(selectors.LEAD):
            if "kicker" not in (element.get("class") or "").lower() and text_of(element):
                return element
        return None

    @cached_property
    def fields(self) -> frozenset[_Element]:
        """The elements of other fields, which may stand within the body."""
        names = (*selectors.KICKER, *selectors.DATE, *selectors.CODE, *selectors.VIEWS)
        elements = [self.title, self.lead, *self.own(names)]
        return frozenset(element for element in elements if element is not None)

    def own(self, names: Sequence[str], *, bare: bool = True) -> Iterator[_Element]:
        """Yield what the selectors find of the article's own."""
        return (e for e in self.index.select(names) if self.owns(e, bare=bare))

    def owns(self, element: _Element, *, bare: bool = True) -> bool:
        """Tell whether an element is the article's own."""
        if self.box is None:
            return False
        branch = self._branch(element, self.box)
        if any(map(is_foreign, branch)):
            return False
        return not bare or not branch or self._is_bare(branch[-1])

    def _branch(self, element: _Element, trunk: _Element | None) -> list[_Element]:
        """Return an element and its ancestors up to the first that also holds the trunk."""
        shared = set(_with_ancestors(trunk)) if trunk is not None else set()
        branch = []
        for ancestor in _with_ancestors(element):
            if ancestor in shared or ancestor.tag in ("body", "html"):
                break
            branch.append(ancestor)
        return branch

    def _is_bare(self, branch: _Element) -> bool:
        """Tell whether a branch has no headline and no link to another article."""
        links = 0
        for element in branch.iter("a", "form", "nav", *_HEADLINES):
            if element.tag == "a":
                links += 1
                if links > _MOST_LINKS_OF_A_TOOLBAR or self.leads_away(element):
                    return False
            elif element.tag in _HEADLINES:
                if not self._is_field_heading(element):
                    return False
            else:
                return False
        return True

    def _is_field_heading(self, element: _Element) -> bool:
        if element is self.title or _FIELD_NAMES.search((element.get("class") or "").lower()):
            return True
        return is_ending_label(text_of(element))

    def leads_away(self, link: _Element) -> bool:
        """Tell whether a link leads to another article."""
        code = code_of(link.get("href"))
        return code is not None and code != self.code

    def is_linked_away(self, element: _Element) -> bool:
        """Tell whether an element stands in, or holds, a link to another article."""
        if any(self.leads_away(a) for a in element.iterancestors("a")):
            return True
        return any(self.leads_away(a) for a in element.iter("a"))


def code_of(href: str | None) -> str | None:
    """Return the news code in an address, of this CMS or of its Nastooh neighbours."""
    if not href or "/" not in href:
        return None
    try:
        path = urlsplit(href.strip()).path
    except ValueError:
        return None
    code = news_code_of_path(path)
    if code is None and "/files/" not in path:
        match = _OTHER_CMS_ARTICLE.search(path)
        code = match[1] if match and "/fa/" not in path else None
    return code


def _with_ancestors(element: _Element) -> Iterator[_Element]:
    yield element
    yield from element.iterancestors()


def _meeting(one: _Element, other: _Element) -> _Element | None:
    shared = set(_with_ancestors(other))
    return next((e for e in _with_ancestors(one) if e in shared), None)
