"""How an address is asked for: only where it has changed, and where an answer points to."""

from __future__ import annotations

from scrapy.http import Request, Response

from khotoot_crawler.errors import ParseError
from khotoot_crawler.spiders.answer import Redirect
from khotoot_crawler.state import State

_MOST_REDIRECTS = 5


def conditions(state: State, url: str) -> dict[str, str]:
    """Return the headers that ask for a page only if it is not the one held (RFC 9110, 13)."""
    held = state.validators(url)
    if held is None:
        return {}
    told = {"If-None-Match": held.etag, "If-Modified-Since": held.last_modified}
    return {name: value for name, value in told.items() if value is not None}


def follow(response: Response, redirect: Redirect) -> Request:
    """Ask for the address that an answer points to; raises ParseError after five of them."""
    hops = response.meta.get("hops", 0) + 1
    if hops > _MOST_REDIRECTS:
        raise ParseError(f"more than {_MOST_REDIRECTS} redirects", url=response.url)
    assert response.request is not None
    return response.request.replace(url=redirect.url, headers={}, meta={"hops": hops})
