"""What an answer says: an article, links, a redirect, an absence; or why it says nothing."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from scrapy.http import Response
from twisted.python.failure import Failure

from khotoot_crawler.errors import ParseError
from khotoot_crawler.pace import StoppedError
from khotoot_crawler.parsers.article import Reading, read_article
from khotoot_crawler.parsers.feed import (
    feed_links,
    is_feed,
    sitemap_links,
    text_sitemap_links,
)
from khotoot_crawler.parsers.listing import page_links
from khotoot_crawler.parsers.page import Page, read_page
from khotoot_crawler.parsers.page_kind import ARTICLE_KINDS, PageKind, page_kind
from khotoot_crawler.patience_middleware import is_challenge
from khotoot_crawler.robots_middleware import ForbiddenError
from khotoot_crawler.round import AbsentReason
from khotoot_crawler.spiders.window import Window
from khotoot_crawler.state import Validators
from khotoot_crawler.urls import Site, location_text, resolve

logger = logging.getLogger(__name__)

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ABSENT: dict[int, AbsentReason] = {404: "http_404", 410: "http_410"}
_HOME = re.compile(
    r"(?:/fa)?(?:/(?:(?:index|default|home)(?:\.(?:php|html?|aspx?|jsp))?/?)?)?", re.IGNORECASE
)
_LIST = re.compile(r"/fa/(?:ajax|archive|services|tags?|search|allnews|rss)(?:/.*)?")
_FEEDS = "/fa/rss"
_HTML_WITHIN = 4096


class OffSiteError(ParseError):
    """The answer lies on another site, where nothing is asked for."""


class NotAskedError(ParseError):
    """The address was not asked: no failure, and it stays due."""

    counted_as = "left_for_the_next_run"


class ForbiddenByRobotsError(NotAskedError):
    """robots.txt forbids the address."""

    counted_as = "forbidden_by_robots"


@dataclass(frozen=True, slots=True)
class Redirect:
    """The answer lies at another address of the site."""

    url: str


@dataclass(frozen=True, slots=True)
class Read:
    """An article, and the page it stands on."""

    reading: Reading
    page: Page


@dataclass(frozen=True, slots=True)
class AsBefore:
    """The page is the one archived before (304)."""


@dataclass(frozen=True, slots=True)
class NotThere:
    """There is no such article."""

    reason: AbsentReason


def article_answer(
    response: Response, site: Site, code: int
) -> Read | AsBefore | NotThere | Redirect:
    """Tell what the answer to a request for that article says; raises ParseError where nothing."""
    if response.status in _ABSENT:
        return NotThere(_ABSENT[response.status])
    if response.status == 304:
        if not _is_conditional(response):
            raise ParseError("HTTP 304 to a request without conditions", url=response.url)
        return AsBefore()
    if response.status in REDIRECTS:
        return _article_redirect(response, site, code)
    page, kind = _page(response)
    if kind is PageKind.SOFT_404:
        return NotThere("soft_404")
    if kind not in ARTICLE_KINDS:
        raise ParseError(f"no article but a page of kind {kind}", url=response.url)
    capture = response.meta.get("capture")
    reading = read_article(
        page,
        site.name,
        fetched_at=None if capture is None else capture.date,
        warc=None if capture is None else capture.place,
    )
    if int(reading.article.news_code) != code:
        raise ParseError(
            f"the page is article {reading.article.news_code}, {code} was asked for",
            url=response.url,
            field="news_code",
        )
    return Read(reading, page)


def _is_conditional(response: Response) -> bool:
    asked = None if response.request is None else response.request.headers
    return asked is not None and ("If-None-Match" in asked or "If-Modified-Since" in asked)


def _article_redirect(response: Response, site: Site, code: int) -> NotThere | Redirect:
    target = redirect_of(response, site)
    # For the reader of a removed article the site has its home page, or the list that it was on.
    if _is_home(target.url) or _LIST.fullmatch(urlsplit(target.url).path):
        return NotThere("redirect")
    named = site.news_code(target.url)
    if named is not None and int(named) != code:
        raise ParseError(f"a redirect to another article, {target.url}", url=response.url)
    if named is not None and not site.is_article_address(target.url):
        raise ParseError(f"a redirect to no page of articles, {target.url}", url=response.url)
    return target


@dataclass(frozen=True, slots=True)
class Links:
    """What a listing names: pages, sitemaps, and codes that are not of the days asked for."""

    pages: list[str]
    sitemaps: tuple[str, ...] = ()
    left_out: frozenset[int] = frozenset()


def listing_answer(
    response: Response,
    site: Site,
    *,
    is_sitemap: bool,
    is_walk: bool = False,
    window: Window | None = None,
) -> Links | Redirect:
    """Return what a feed, page or sitemap names, nothing where there is no such listing."""
    # A walk gives nothing past its end; a sitemap that nobody keeps may be an empty file.
    is_blank = response.status == 200 and not response.body.strip()
    is_source = is_sitemap or _is_feed_address(response.url)
    is_empty = (is_blank and (is_walk or is_sitemap)) or (is_source and response.status == 204)
    is_refused = is_sitemap and response.status in (401, 403, 451)  # not for us, or for nobody
    if response.status in _ABSENT or is_empty or is_refused:
        return Links([])
    if response.status in REDIRECTS:
        return _listing_redirect(response, site, is_source=is_source)
    if response.status == 200 and is_feed(response.body):
        return _feed_answer(response, is_sitemap=is_sitemap)
    page, kind = _page(response)
    if kind is PageKind.SOFT_404:
        return Links([])
    links = list(page_links(page))
    if is_sitemap and not links and not _is_html(response):
        links = text_sitemap_links(response.body)
    if not links and is_source and not _is_html(response):
        raise ParseError("neither a feed nor a page of links", url=response.url)
    left_out = frozenset(window.left_out(page, site)) if window is not None else frozenset()
    return Links(links, left_out=left_out)


def _listing_redirect(response: Response, site: Site, *, is_source: bool) -> Links | Redirect:
    try:
        target = redirect_of(response, site)
    except OffSiteError as error:
        if not is_source:
            raise
        logger.info("%s: nothing is asked for there", error)
        return Links([])
    # The home page stands for feeds and sitemaps that are not there; it is read for itself.
    if is_source and _is_home(target.url):
        return Links([])
    # A tag of one article may lead there at once.
    return Links([target.url]) if site.news_code(target.url) else target


def _feed_answer(response: Response, *, is_sitemap: bool) -> Links:
    body, url, content_type = response.body, response.url, _header(response, "Content-Type")
    if not is_sitemap:
        return Links(feed_links(body, url, content_type))
    named = sitemap_links(body, url, content_type)
    return Links(list(named.pages), tuple(named.sitemaps))


def _is_feed_address(url: str) -> bool:
    return urlsplit(url).path.startswith(_FEEDS)


def _is_html(response: Response) -> bool:
    return b"<html" in response.body[:_HTML_WITHIN].lower()


def _is_home(url: str) -> bool:
    return _HOME.fullmatch(urlsplit(url).path) is not None


def _page(response: Response) -> tuple[Page, PageKind]:
    if not response.body:
        raise ParseError(f"empty body, HTTP {response.status}", url=response.url)
    page = read_page(response.body, response.url, _header(response, "Content-Type"))
    kind = page_kind(page)
    if kind is PageKind.CHALLENGE:
        raise ParseError("a bot challenge instead of the page", url=response.url)
    if response.status != 200:
        raise ParseError(f"HTTP {response.status}", url=response.url)
    return page, kind


def redirect_of(response: Response, site: Site) -> Redirect:
    """Return where on the site an answer points; raises ParseError for anywhere else."""
    location = response.headers.get("Location")
    if location is None:
        raise ParseError("a redirect without Location", url=response.url)
    target = resolve(response.url, location_text(location))
    if target is None:
        raise ParseError("a redirect to nowhere", url=response.url)
    if not site.owns(target):
        raise OffSiteError(f"a redirect off the site to {target}", url=response.url)
    onward = site.onward(response.url, target)
    if onward is None:
        raise ParseError(f"a redirect to itself, {target}", url=response.url)
    return Redirect(onward)


def requisite_answer(response: Response, site: Site) -> str | Redirect | None:
    """Return a style sheet's text; None for anything else that answered, or is not there."""
    if response.status in REDIRECTS:
        return _requisite_redirect(response, site)
    if response.status >= 500 or response.status in (403, 408, 429):
        raise ParseError(f"HTTP {response.status}", url=response.url)
    if is_challenge(response):
        raise ParseError("a bot challenge instead of the file", url=response.url)
    is_css = b"text/css" in (response.headers.get("Content-Type") or b"")
    return response.body.decode("utf-8", "replace") if is_css and response.status == 200 else None


def _requisite_redirect(response: Response, site: Site) -> Redirect | None:
    """Return where on the site it lies; None where it is on a CDN, or the home page stands for it.

    These are answers, and the same in every run.
    """
    try:
        target = redirect_of(response, site)
    except OffSiteError:
        return None
    return None if _is_home(target.url) else target


def validators_of(response: Response) -> Validators | None:
    """Return what the answer says of its version, with the record that holds it."""
    capture = response.meta.get("capture")
    etag, modified = (_header(response, name) for name in ("ETag", "Last-Modified"))
    if capture is None or response.status != 200 or not (etag or modified):
        return None
    held = capture.holder
    record = (held.record_id, held.url, held.date, held.digest)
    return Validators(response.url, etag, modified, *record)


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return None if value is None else value.decode("latin-1")


def error_of(failure: Failure, url: str) -> ParseError:
    """Return why a request gave no answer, as an error of its page."""
    error = failure.value
    if isinstance(error, ForbiddenError):
        return ForbiddenByRobotsError(str(error), url=url)
    if isinstance(error, StoppedError):
        return NotAskedError(str(error), url=url)
    said = str(error).removeprefix(f"{url}: ")
    return ParseError(said or type(error).__name__, url=url)
