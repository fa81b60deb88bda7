"""Scrapy that only fetches: what its plumbing costs before anything is read or kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from scrapy import Request, Spider
from scrapy.http import Response


class BareSpider(Spider):
    name = "bare"

    def __init__(self, urls: str, counted: str) -> None:
        super().__init__()
        self.urls = Path(urls).read_text(encoding="utf-8").split()
        self.counted = Path(counted)
        self.articles = 0

    async def start(self) -> AsyncIterator[Request]:
        for url in self.urls:
            yield Request(url)

    def parse(self, response: Response) -> None:
        self.articles += "/fa/news/" in response.url

    def closed(self, _: str) -> None:
        self.counted.write_text(f"{self.articles}\n")
