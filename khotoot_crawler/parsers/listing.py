"""Links of a page, whatever its kind."""

from __future__ import annotations

from collections.abc import Iterator

from khotoot_crawler.parsers.page import Page
from khotoot_crawler.urls import resolve


def page_links(page: Page, seen: set[int] | None = None) -> Iterator[str]:
    """Yield the addresses a page links to, absolute and percent-encoded, in its order, each once.

    Links within the page (``#top``) and those that ``resolve`` takes for broken are left out; so
    are those of menus and side bars that an earlier page had and left in ``seen``, as hashes.
    """
    base = page.base
    # Menus come twice, for phones: resolving them once saves half the time.
    hrefs = dict.fromkeys(link.get("href", "").strip() for link in page.root.iter("a", "area"))
    if seen is not None and base == page.url:
        fresh = [href for href in hrefs if hash(href) not in seen]
        seen.update(hash(href) for href in fresh if href.startswith("/"))
        hrefs = dict.fromkeys(fresh)
    addresses = (resolve(base, href) for href in hrefs if href and not href.startswith("#"))
    yield from dict.fromkeys(address for address in addresses if address is not None)
