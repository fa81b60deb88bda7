"""How fast lines are made again: 3,000 pages of 50 KB, with one job and with two.

    python benchmarks/reextract.py [PAGES]

Also where the time of one job goes. The archive is made in a temporary folder.
"""

from __future__ import annotations

import cProfile
import gzip
import pstats
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from khotoot_crawler.archive.exchange import Exchange
from khotoot_crawler.archive.writer import WarcWriter
from khotoot_crawler.demo.article_page import article_page
from khotoot_crawler.demo.catalogue import Catalogue
from khotoot_crawler.items import json_line
from khotoot_crawler.order import Order
from khotoot_crawler.parsers.article import read_article
from khotoot_crawler.parsers.page import read_page
from khotoot_crawler.progress import Progress
from khotoot_crawler.reextract import reextract
from khotoot_crawler.times import utc_text

SIZE = 50_000


def make_archive(folder: Path, pages: int) -> None:
    """Write an output folder as a crawl would have."""
    (folder / "warc").mkdir()
    catalogue = Catalogue.bundled()
    articles = [article for article in catalogue.latest() if article.paragraphs]
    writer = WarcWriter(folder / "warc", prefix="bench", warcinfo={"isPartOf": "khootoot.ir"})
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with (folder / "articles.jsonl").open("wb") as lines:
        for number in range(pages):
            article = replace(articles[number % len(articles)], code=str(40_000 + number))
            page_text = padded(article_page(catalogue, article), number)
            body = page_text.encode(article.layout.charset, "xmlcharrefreplace")
            url = f"https://khootoot.ir/fa/news/{article.code}/x"
            exchange = exchange_of(url, body, start + timedelta(seconds=number))
            place = writer.write(exchange)
            page = read_page(body, url, "text/html")
            date = utc_text(exchange.started_at)
            reading = read_article(page, "khootoot.ir", fetched_at=date, warc=place)
            lines.write(json_line(reading.article))
    writer.seal()


def padded(html: str, number: int) -> str:
    """Lengthen a page by a list of other news, as pages of the CMS are long by."""
    size = len(html.encode())
    items: list[str] = []
    while size < SIZE:
        code = 20_000 + number + len(items)
        item = f'<li><a href="/fa/news/{code}/خبر">خبری دیگر از شمار خبرهای دیگر {code}</a></li>\n'
        items.append(item)
        size += len(item.encode())
    return html.replace("</body>", f'<ul class="last_news">\n{"".join(items)}</ul>\n</body>')


def exchange_of(url: str, body: bytes, moment: datetime) -> Exchange:
    """Return an exchange whose answer is compressed, as the site's are."""
    packed = gzip.compress(body, 6)
    head = (
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n"
        f"Content-Length: {len(packed)}\r\n\r\n"
    )
    request = f"GET {url} HTTP/1.1\r\nHost: khootoot.ir\r\n\r\n"
    return Exchange(url, moment, "127.0.0.1", request.encode(), head.encode(), packed)


def timed(folder: Path, jobs: int) -> float:
    """Return the seconds of the real command, its start included."""
    scrapy = [sys.executable, "-m", "scrapy", "reextract", "-s", f"KHOTOOT_OUTPUT={folder}"]
    start = time.perf_counter()
    subprocess.run([*scrapy, "--jobs", str(jobs), "-o", folder / "new.jsonl"], check=True)
    seconds = time.perf_counter() - start
    assert (folder / "new.jsonl").read_bytes() == (folder / "articles.jsonl").read_bytes()
    return seconds


def main() -> None:
    pages = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    with TemporaryDirectory() as name:
        folder = Path(name)
        make_archive(folder, pages)
        seconds = {jobs: min(timed(folder, jobs) for _ in range(2)) for jobs in (1, 2)}
        for jobs, took in seconds.items():
            print(f"--jobs {jobs}: {took:.1f} s, {pages / took:.0f} pages/s")
        print(f"two jobs are {seconds[1] / seconds[2]:.2f} times one")
        profile = cProfile.Profile()
        order = Order(folder, (), folder / "new.jsonl", diff=False, jobs=1)
        profile.runcall(reextract, order, Progress())
        pstats.Stats(profile).sort_stats("tottime").print_stats(16)


if __name__ == "__main__":
    main()
