"""The spider that a competent person writes in an afternoon: parsel, a feed, warcio.

It follows the archive, reads seven fields and keeps each response in a WARC, but promises nothing:
no syncs, no state, no requests in the archive, no rechecks. What it costs is what ``bench.py``
compares a crawl of ours with. Scrapy's settings are the stock ones but for those in the command.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from scrapy import Request, Spider
from scrapy.http import Response
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter


class NaiveSpider(Spider):
    name = "naive"

    def __init__(self, base_url: str, warc: str) -> None:
        super().__init__()
        self.base_url = base_url
        self.file = Path(warc).open("wb")  # noqa: SIM115  # closed with the spider
        self.writer = WARCWriter(self.file, gzip=True)

    async def start(self) -> AsyncIterator[Request]:
        query = "service_id=-1&sec_id=-1&cat_id=-1&rpp=100&p=1"
        yield Request(f"{self.base_url}/fa/archive?{query}")

    def parse(self, response: Response) -> Iterator[Request]:
        self.keep(response)
        for href in response.css("div.archive_content a::attr(href)").getall():
            yield response.follow(href, self.parse_article)
        for href in response.css("div.pagination a::attr(href)").getall():
            yield response.follow(href)

    def parse_article(self, response: Response) -> dict[str, Any]:
        self.keep(response)
        body = response.css("div.body p *::text, div.body p::text").getall()
        return {
            "url": response.url,
            "title": response.css("h1.title::text, h1 *::text").get(),
            "lead": response.css(".subtitle::text").get(),
            "body": "\n".join(text.strip() for text in body),
            "date": response.css(".news_pdate_c::text").getall(),
            "code": response.css(".news_id_c::text, .news_id::text").getall(),
            "views": response.css(".news_hits::text").getall(),
            "tags": response.css(".row-tags a::text, a.tags_item::text").getall(),
        }

    def keep(self, response: Response) -> None:
        names = [(k.decode(), v.decode()) for k, vs in response.headers.items() for v in vs]
        headers = StatusAndHeaders(f"{response.status} OK", names, protocol="HTTP/1.1")
        record = self.writer.create_warc_record(
            response.url, "response", payload=BytesIO(response.body), http_headers=headers
        )
        self.writer.write_record(record)

    def closed(self, _: str) -> None:
        self.file.close()
