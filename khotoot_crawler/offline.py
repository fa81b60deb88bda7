"""Pages that do not come over the network: saved files and WARC records, read as a live answer."""

from __future__ import annotations

from urllib.parse import urlsplit

from khotoot_crawler.archive.record import Record
from khotoot_crawler.errors import ArchiveError, ParseError
from khotoot_crawler.parsers.page import MAX_BYTES, Page, read_page


def site_of(url: str) -> str | None:
    """Return the site that an address is on: its host, without ``www.``; None without a host.

    >>> site_of("https://www.khootoot.ir/fa/news/33614")
    'khootoot.ir'
    """
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:  # unclosed IPv6 brackets
        return None
    return host.rstrip(".").removeprefix("www.") or None


def record_page(record: Record, url: str) -> Page:
    """Parse the page in a response record, or in a revisit with its original.

    Raises ParseError where the crawl would fail: also where the answer is cut short, or is not
    what its Content-Encoding says.
    """
    held = record.original or record
    cut = held.get("WARC-Truncated")
    if cut:
        raise ParseError(f"cut short ({cut})", url=url)
    try:
        body = record.content(MAX_BYTES)
    except ArchiveError as error:
        raise ParseError(error.reason, url=url) from error
    return read_page(body, url, record.content_type if record.http else held.content_type)
