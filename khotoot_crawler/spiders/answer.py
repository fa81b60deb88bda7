"""What an answer says: an article, links, a redirect, an absence; or why it says nothing."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from scrapy.http import Response

from khotoot_crawler.errors import ParseError
from khotoot_crawler.parsers.article import Reading, read_article
from khotoot_crawler.parsers.feed import feed_links
from khotoot_crawler.parsers.listing import page_links
from khotoot_crawler.parsers.page import Page, read_page
from khotoot_crawler.parsers.page_kind import PageKind, page_kind
from khotoot_crawler.round import AbsentReason
from khotoot_crawler.urls import Site, resolve

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ARTICLES = frozenset({PageKind.ARTICLE, PageKind.PHOTO, PageKind.VIDEO})
_ABSENT: dict[int, AbsentReason] = {404: "http_404", 410: "http_410"}
_HOME = frozenset({"", "/", "/fa", "/fa/"})


class ChallengeError(ParseError):
    """A bot challenge instead of the page: stop, it is not circumvented."""


@dataclass(frozen=True, slots=True)
class Redirect:
    """The answer lies at another address of the site."""

    url: str


@dataclass(frozen=True, slots=True)
class NotThere:
    """There is no such article."""

    reason: AbsentReason


def article_answer(response: Response, site: Site) -> Reading | NotThere | Redirect:
    """Tell what the answer to a request for an article says; raises ParseError where nothing."""
    if response.status in _ABSENT:
        return NotThere(_ABSENT[response.status])
    if response.status in _REDIRECTS:
        target = _redirect(response, site)
        return NotThere("redirect") if urlsplit(target.url).path in _HOME else target
    page, kind = _page(response)
    if kind is PageKind.SOFT_404:
        return NotThere("soft_404")
    if kind not in _ARTICLES:
        raise ParseError(f"no article but a page of kind {kind}", url=response.url)
    capture = response.meta.get("capture")
    return read_article(
        page,
        site.name,
        fetched_at=None if capture is None else capture.date,
        warc=None if capture is None else capture.place,
    )


def listing_answer(response: Response, site: Site) -> list[str] | Redirect:
    """Return the links of a feed or a page, none where there is no such listing."""
    if response.status in _ABSENT:
        return []
    if response.status in _REDIRECTS:
        return _redirect(response, site)
    page, kind = _page(response)
    if kind is PageKind.FEED:
        return feed_links(response.body, response.url, _content_type(response))
    return [] if kind is PageKind.SOFT_404 else list(page_links(page))


def _page(response: Response) -> tuple[Page, PageKind]:
    if not response.body:
        raise ParseError(f"empty body, HTTP {response.status}", url=response.url)
    page = read_page(response.body, response.url, _content_type(response))
    kind = page_kind(page)
    if kind is PageKind.CHALLENGE:
        raise ChallengeError("a bot challenge", url=response.url)
    if response.status != 200:
        raise ParseError(f"HTTP {response.status}", url=response.url)
    return page, kind


def _content_type(response: Response) -> str | None:
    value = response.headers.get("Content-Type")
    return None if value is None else value.decode("latin-1")


def _redirect(response: Response, site: Site) -> Redirect:
    location = response.headers.get("Location")
    if location is None:
        raise ParseError("a redirect without Location", url=response.url)
    # Servers send raw UTF-8 there, though the header is ASCII by RFC 9110.
    target = resolve(response.url, location.decode("utf-8", "replace"))
    if target is None:
        raise ParseError("a redirect to nowhere", url=response.url)
    if not site.owns(target):
        raise ParseError(f"a redirect off the site to {target}", url=response.url)
    return Redirect(site.rebase(target))
