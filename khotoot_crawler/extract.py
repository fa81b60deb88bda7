"""One saved page to the line that a crawl would make of it, place in the archive apart."""

from __future__ import annotations

import json
from dataclasses import asdict, fields

from khotoot_crawler.errors import ParseError, UsageError
from khotoot_crawler.items import Article, json_line
from khotoot_crawler.offline import site_of
from khotoot_crawler.parsers.article import Reading, read_article
from khotoot_crawler.parsers.identity import code_of
from khotoot_crawler.parsers.page import Page, read_page
from khotoot_crawler.parsers.page_kind import ARTICLE_KINDS, page_kind
from khotoot_crawler.urls import resolve

FIELDS = tuple(field.name for field in fields(Article))


def clean_address(url: str) -> str:
    """Return an address as a crawl asks for it; raises UsageError where it is none."""
    address = resolve("", url)
    if address is None:
        raise UsageError(f"--url {url}: takes an address such as https://khootoot.ir/fa/news/33614")
    return address


def extract(body: bytes, address: str | None) -> Reading:
    """Read the article on a saved page; without an address by the one the page goes by.

    Raises ParseError, whose text tells the kind of page and why it is not read; UsageError where
    an article tells no address.
    """
    page = read_page(body, address or "")
    kind = page_kind(page)
    if kind not in ARTICLE_KINDS:
        raise ParseError(kind.value)
    if address is None:
        page = Page(_own_address(page), page.utf8, page.root)
    try:
        return read_article(page, site_of(page.url) or "")
    except ParseError as error:
        raise ParseError(f"{kind.value}, {error.field}: {error.reason}") from error


def _own_address(page: Page) -> str:
    """Return the address that a page says it goes by, where that names an article."""
    for named in page.outline.metadata.addresses:
        address = resolve("", named)
        if address is not None and code_of(address):
            return address
    raise UsageError("the page does not say its address: name it with --url")


def as_printed(article: Article, field: str | None) -> bytes:
    """Return the JSON line of an article, or the line of one value of it.

    Strings are plain, ``null`` stands for what the page does not say, lists are JSON.
    """
    if field is None:
        return json_line(article)
    value = asdict(article)[field]
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.encode() + b"\n"
