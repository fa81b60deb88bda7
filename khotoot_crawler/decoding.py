"""Undo the Content-Encoding of answers, by the rule that holds for records as well.

Scrapy's own middleware takes as much as a body cut short holds; half an article is none.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Self

from scrapy.exceptions import IgnoreRequest
from scrapy.responsetypes import responsetypes

from khotoot_crawler.archive.decoding import decode

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response


class DecodingMiddleware:
    """Gives the spider bodies as their authors wrote them; a broken one fails its request."""

    def __init__(self, max_size: int) -> None:
        self._max_size = max_size

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make the middleware with the bound of all bodies."""
        return cls(crawler.settings.getint("DOWNLOAD_MAXSIZE"))

    def process_response(self, request: Request, response: Response) -> Response:
        """Undo the codings.

        Raises IgnoreRequest where the body of a page is not what they say. Of any other answer
        status and header are what counts, as proxies label their errors falsely: its body is empty.
        """
        values = b",".join(response.headers.getlist("Content-Encoding"))
        codings = [coding.strip().lower() for coding in values.split(b",") if coding.strip()]
        if not codings or request.method == "HEAD" or not response.body:
            return response
        max_size = request.meta.get("download_maxsize", self._max_size)
        try:
            body = decode(response.body, codings, max_size)
        except ValueError as error:
            if response.status == HTTPStatus.OK:
                raise IgnoreRequest(f"{response.url}: {error}") from error
            body = b""
        if body is response.body:  # a coding that nobody knows
            return response
        del response.headers["Content-Encoding"]
        kind = responsetypes.from_args(headers=response.headers, url=response.url, body=body)
        return response.replace(cls=kind, body=body)
