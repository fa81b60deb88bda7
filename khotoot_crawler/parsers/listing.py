"""Links of a page, whatever its kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from khotoot_crawler.parsers.page import Page
from khotoot_crawler.urls import resolve

_FEEDS = frozenset({"application/rss+xml", "application/atom+xml"})
_ROOTED = ("/", "http://", "https://")


def page_links(page: Page) -> Iterator[str]:
    """Yield the addresses a page links to, absolute and percent-encoded, in its order, each once.

    Links within the page (``#top``) and those that ``resolve`` takes for broken are left out.
    """
    return absolute_links(page, _hrefs(page))


def fresh_hrefs(page: Page, seen: set[int]) -> list[str]:
    """Return the links of a page, as they stand, that no earlier page left in ``seen`` as hashes.

    Menus and side bars are on every page: to resolve them again costs more than to parse it.
    """
    hrefs = _hrefs(page)
    if page.base != page.url:  # the same words lead elsewhere
        return hrefs
    fresh = [href for href in hrefs if hash(href) not in seen]
    seen.update(hash(href) for href in fresh if href.startswith(_ROOTED))
    return fresh


def absolute_links(page: Page, hrefs: Iterable[str]) -> Iterator[str]:
    """Yield the addresses that links on a page lead to, as ``page_links`` does."""
    base = page.base
    stripped = (href.strip() for href in hrefs)
    addresses = (resolve(base, href) for href in stripped if href and not href.startswith("#"))
    yield from dict.fromkeys(address for address in addresses if address is not None)


def _hrefs(page: Page) -> list[str]:
    """Return the links of a page, and its feeds, each once: menus come twice, for phones."""
    links = [link.get("href") for link in page.root.iter("a", "area")]
    links += [
        link.get("href")
        for link in page.outline.index.of_head("link")
        if (link.get("type") or "").strip().lower() in _FEEDS
    ]
    return [href for href in dict.fromkeys(links) if href]
