"""Links of a page, whatever its kind."""

from __future__ import annotations

from collections.abc import Iterator

from khotoot_crawler.parsers.page import Page
from khotoot_crawler.urls import resolve


def page_links(page: Page) -> Iterator[str]:
    """Yield the addresses a page links to, absolute and percent-encoded, in its order, each once.

    Links within the page (``#top``) and those that ``resolve`` takes for broken are left out.
    """
    base = page.base
    # Menus come twice, for phones: resolving them once saves half the time.
    hrefs = dict.fromkeys(link.get("href", "").strip() for link in page.root.iter("a", "area"))
    addresses = (resolve(base, href) for href in hrefs if href and not href.startswith("#"))
    yield from dict.fromkeys(address for address in addresses if address is not None)
