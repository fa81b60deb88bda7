"""Which article a page is of, and which links on it lead to another."""

from __future__ import annotations

import re
from functools import cached_property
from itertools import takewhile
from urllib.parse import urlsplit

from lxml.etree import _Element

from khotoot_crawler.parsers.metadata import Metadata
from khotoot_crawler.urls import LONGEST_LINK, news_code_of_path

_NASTOOH_ARTICLE = re.compile(r"/news/([1-9][0-9]{0,17})(?:/|$)")
_OTHER_EDITION = re.compile(r"(?:https?://[^/?#]*)?/(?!fa/)[a-z]{2}/(?:amp/)?(?:news|print)/[0-9]")
_MAY_NAME_ARTICLE = re.compile(r"(?:news|print|save|send|report)/+\d|/0[0-9A-Za-z]{5}(?:[/?#]|$)")
_MOST_REMEMBERED = 4096
_BLOCKS = frozenset({"div", "p", "ul", "ol", "table", "section", "article", "form", "aside"})


class Identity:
    """The news codes that a page goes by."""

    def __init__(self, root: _Element, url: str, metadata: Metadata) -> None:
        self._root = root
        self._url = url
        self._metadata = metadata

    @cached_property
    def address_code(self) -> str | None:
        """The news code that the page's address names."""
        return code_of(self._url)

    @property
    def is_of_other_edition(self) -> bool:
        """Whether the page's address is an article's of /en/ or the like."""
        return bool(_OTHER_EDITION.match(self._url))

    @cached_property
    def codes(self) -> list[str]:
        """The news codes that address and metadata name: they tell own links from others."""
        known = [self.address_code] if self.address_code else []
        return [*known, *self._metadata_codes] or self._headline_codes()

    @cached_property
    def _metadata_codes(self) -> list[str]:
        return [*filter(None, map(code_of, self._metadata.addresses))]

    @property
    def is_named(self) -> bool:
        """Whether the page itself names a code that it goes by."""
        return bool(self._metadata_codes or self._headline_codes())

    def _headline_codes(self) -> list[str]:
        linked = {code_of(a.get("href")) for h1 in self._root.iter("h1") for a in h1.iter("a")}
        return [code for code in linked if code] if len(linked - {None}) == 1 else []

    def leads_away(self, link: _Element) -> bool:
        """Tell whether a link leads to another article."""
        code = code_of(link.get("href"))
        return code is not None and code not in self.codes

    def leads_here(self, link: _Element) -> bool:
        """Tell whether a link leads to this article itself, or to a part of it."""
        href = (link.get("href") or "").strip()
        return code_of(href) in self.codes or _bare(href) in self._own_addresses

    @cached_property
    def _own_addresses(self) -> tuple[str, ...]:
        """Address and path of the page, and that of a link to a part of it."""
        address = _bare(self._url)
        return "", address, "/" + address.partition("//")[2].partition("/")[2]

    def is_linked_away(self, element: _Element) -> bool:
        """Tell whether a heading stands in, or holds, a link to another article.

        Of one left unclosed only what stands before the next block counts.
        """
        within = takewhile(lambda e: e is element or e.tag not in _BLOCKS, element.iter())
        links = (*element.iterancestors("a"), *(e for e in within if e.tag == "a"))
        return any(map(self.leads_away, links))


def _bare(address: str) -> str:
    """Return an address without its query and fragment."""
    return address.partition("#")[0].partition("?")[0]


class _Codes(dict[str | None, str | None]):
    """The codes in addresses: the same are asked for several times a page, and page after page."""

    def __missing__(self, href: str | None) -> str | None:
        code = _code_in(href)
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        if href is None or len(href) <= LONGEST_LINK:  # a longer one would stay in memory
            self[href] = code
        return code


# A function around it would take 2% of a page's reading.
code_of = _Codes().__getitem__
"""Return the news code in an address, of this CMS or of its Nastooh neighbours."""


def _code_in(href: str | None) -> str | None:
    if not href or not _MAY_NAME_ARTICLE.search(href):  # urlsplit takes ten times as long
        return None
    try:
        path = urlsplit(href.strip()).path
    except ValueError:
        return None
    path = path if path.startswith("/") else f"/{path}"
    nastooh = _NASTOOH_ARTICLE.match(path)
    return nastooh[1] if nastooh else news_code_of_path(path)
