"""What the single steps of a page cost: WARC record, line, digests, parser, start of a command.

    python benchmarks/micro.py [SECONDS]

The best of many short rounds counts: other work on the machine only ever makes a round slower.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from io import BytesIO
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import bench_site
import parser
from bench_site import FIRST_CODE, make_catalogue
from big_folder import add_pending, make_folder
from parser import URL, best
from scale import Server, crawl
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from khotoot_crawler.archive.exchange import Exchange
from khotoot_crawler.archive.pairs import exchange_records, new_record_id
from khotoot_crawler.digests import content_digest
from khotoot_crawler.items import Article, WarcPlace, json_line
from khotoot_crawler.parsers.article import read_article
from khotoot_crawler.parsers.page import read_page
from khotoot_crawler.times import now

_ORIGIN = "http://127.0.0.1:8000"


def main(seconds: float) -> None:
    catalogue = make_catalogue(200)
    code = FIRST_CODE + 7
    body = bench_site.page_of(catalogue, catalogue[str(code)])
    article = read_article(
        read_page(body, f"{_ORIGIN}/fa/news/{code}/x", "text/html"),
        "khootoot.ir",
        fetched_at="2026-01-01T00:00:00.000Z",
        warc=WarcPlace(
            filename="khotoot-20260101000000000-00000-host.warc.gz",
            offset=1,
            length=12_345,
            record_id=new_record_id(),
            payload_digest="sha1:" + 32 * "A",
        ),
    ).article
    ours, theirs = best(_our_record(body), seconds), best(_warcio_record(body), seconds)
    _tell("WARC: request and response, a second", 1 / ours)
    _tell("WARC: warcio's response alone, a second", 1 / theirs)
    _tell("WARC: ours, of warcio's rate (at least 8)", theirs / ours)
    _tell("JSONL line, µs (under 60)", best(lambda: json_line(article), seconds) * 1e6)
    _tell("content digest, µs", best(_digesting(article), seconds) * 1e6)
    url = f"{_ORIGIN}/fa/news/{code}/x"
    _tell("parser, these pages a second", 1 / best(_reading(body, url), seconds))
    golden = parser.page_of(parser.SIZE)
    _tell("parser, golden pages a second (at least 800)", 1 / best(_reading(golden, URL), seconds))
    _tell("scrapy crawl, s to its first request", _start())


def _tell(what: str, figure: float) -> None:
    print(f"{what:<44} {figure:>10.2f}")


def _reading(body: bytes, url: str) -> Callable[[], object]:
    return lambda: read_article(read_page(body, url), "khootoot.ir")


def _our_record(body: bytes) -> Callable[[], object]:
    exchange = Exchange(
        url=URL,
        started_at=now(),
        ip_address="127.0.0.1",
        request=b"GET /fa/news/33614 HTTP/1.1\r\nHost: khootoot.ir\r\nAccept: text/html\r\n\r\n",
        head=b"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html\r\n"
        b"Content-Length: %d\r\n\r\n" % len(body),
        body=body,
    )
    return lambda: exchange_records(exchange, None, new_record_id())


def _warcio_record(body: bytes) -> Callable[[], object]:
    names = [("Server", "nginx"), ("Content-Type", "text/html"), ("Content-Length", f"{len(body)}")]

    def write() -> None:
        writer = WARCWriter(BytesIO(), gzip=True)
        headers = StatusAndHeaders("200 OK", names, protocol="HTTP/1.1")
        record = writer.create_warc_record(
            URL, "response", payload=BytesIO(body), http_headers=headers
        )
        writer.write_record(record)

    return write


def _digesting(article: Article) -> Callable[[], object]:
    numbers = count()
    return lambda: _digest(article, f"{article.body} {next(numbers)}")  # none is remembered


def _digest(article: Article, body: str) -> str:
    return content_digest(
        kicker=article.kicker,
        title=article.title,
        lead=article.lead,
        body=body,
        tags=article.tags,
        section=article.section,
        source=article.source,
        published_at=article.published_at,
    )


def _start() -> float:
    server = Server()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    seconds = []
    for _ in range(3):
        with TemporaryDirectory() as folder:
            make_folder(Path(folder) / "output", 0)
            add_pending(Path(folder) / "output", FIRST_CODE, 1000)
            seconds.append(crawl(server, Path(folder) / "output", 300).start)
    server.shutdown()
    return min(seconds)


if __name__ == "__main__":
    main(float(sys.argv[1]) if sys.argv[1:] else 2.0)
