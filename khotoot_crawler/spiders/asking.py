"""How an address is asked for: only where it has changed, and where an answer points to."""

from __future__ import annotations

from collections.abc import Mapping

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


def follow(
    response: Response,
    redirect: Redirect,
    *,
    headers: Mapping[str, str] | None = None,
    is_bare: bool = False,
) -> Request:
    """Ask for the address that an answer points to; raises ParseError after five of them.

    ``headers``: the conditions of that address. ``is_bare``: it is the article's without a slug,
    or was so on the way there.
    """
    hops = 0 if is_bare else response.meta.get("hops", 0) + 1
    if hops > _MOST_REDIRECTS:
        raise ParseError(f"more than {_MOST_REDIRECTS} redirects", url=response.url)
    assert response.request is not None
    meta = {"hops": hops, "is_bare": is_bare or response.meta.get("is_bare", False)}
    return response.request.replace(url=redirect.url, headers=dict(headers or {}), meta=meta)
