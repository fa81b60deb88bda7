"""How long ``scrapy verify`` takes: 97 MB of WARC, pages of 52 KB, and the memory it needs.

    python benchmarks/verify.py [MEGABYTES]

The archive is made in a temporary folder, by the ledger as in a crawl. Text of pseudo-words packs
about as well as news does (to a quarter).
"""

from __future__ import annotations

import asyncio
import random
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from khotoot_crawler.archive.exchange import Exchange
from khotoot_crawler.archive.writer import WarcWriter
from khotoot_crawler.ledger import Ledger
from khotoot_crawler.parsers.article import read_article
from khotoot_crawler.parsers.page import read_page
from khotoot_crawler.recheck import RecheckPolicy
from khotoot_crawler.urls import Site

SITE = Site("khootoot.ir", "http://127.0.0.1:8000")
START = datetime(2026, 1, 1, tzinfo=UTC)
_LETTERS = "ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی"
_PARAGRAPHS = 14
_LINKS = 190
_AT_ONCE = 50


def make_archive(folder: Path, megabytes: int) -> int:
    """Write an output folder of that much WARC; return how many articles it has."""
    return asyncio.run(_make_archive(folder, megabytes * 1_000_000))


async def _make_archive(folder: Path, size: int) -> int:
    writer = WarcWriter(
        folder / "warc",
        prefix="bench",
        warcinfo={"software": "khotoot-crawler/0", "isPartOf": SITE.name},
    )
    ledger = Ledger(folder, site=SITE, writer=writer, recheck=RecheckPolicy(), min_free=0)
    ledger.open()
    code = 40_000
    while sum(path.stat().st_size for path in folder.glob("warc/*")) < size:
        await asyncio.gather(*(_archive(ledger, code + n) for n in range(_AT_ONCE)))
        code += _AT_ONCE
    await ledger.close()
    return code - 40_000


async def _archive(ledger: Ledger, code: int) -> None:
    url = f"{SITE.base_url}/fa/news/{code}/x"
    body = page(code).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n"
    request = f"GET /fa/news/{code}/x HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n\r\n"
    moment = START + timedelta(seconds=code)
    capture = ledger.record(
        Exchange(url, moment, "127.0.0.1", request.encode(), head.encode(), body)
    )
    read = read_article(
        read_page(body, url, "text/html"), SITE.name, fetched_at=capture.date, warc=capture.place
    )
    await ledger.acknowledge(read.article)


def page(code: int) -> str:
    """Return an article's page of the CMS, 52 KB of it."""
    rnd = random.Random(code)
    words = ["".join(rnd.choices(_LETTERS, k=rnd.randint(2, 7))) for _ in range(400)]
    paragraphs = "\n".join(
        f"<p style='text-align: justify;'>{' '.join(rnd.choices(words, k=40))}</p>"
        for _ in range(_PARAGRAPHS)
    )
    links = "\n".join(
        f'<li class="news_li"><a class="title_news" target="_blank" href="/fa/news/{code - n}/x" '
        f'title="خبر">{" ".join(rnd.choices(words, k=9))}</a><span>۱۲:۳۰</span></li>'
        for n in range(1, _LINKS)
    )
    return f"""<!DOCTYPE html><html lang="fa"><head><meta charset="utf-8"><title>خبر</title></head>
<body><div class="news_toolbar"><div class="news_id_c">کد خبر: {code}</div>
<div class="news_pdate_c">تاریخ انتشار: ۲۹ مرداد ۱۴۰۲ - ۱۸:۳۹</div>
<div class="news_hits">تعداد بازدید: {rnd.randint(1, 99999)}</div></div>
<h1 class="title">{" ".join(rnd.choices(words, k=7))}</h1><div class="subtitle">لید خبر</div>
<div class="body">{paragraphs}<p>انتهای پیام/تسنیم</p></div>
<div class="tags_title"><a href="/fa/tag/1/x">تعاون</a></div>
<div class="last_news"><ul>{links}</ul></div></body></html>"""


def main() -> None:
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 97
    with TemporaryDirectory() as name:
        folder = Path(name)
        articles = make_archive(folder, megabytes)
        print(f"{articles} articles of {len(page(40_000).encode())} bytes, {megabytes} MB of WARC")
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "scrapy", "verify", folder], check=True)
        took = time.perf_counter() - start
        most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
        print(f"{took:.1f} s, {most:.0f} MB in the largest process")


if __name__ == "__main__":
    main()
