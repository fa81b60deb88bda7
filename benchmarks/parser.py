"""How many articles a second one core reads: pages of 52 KB, and real ones where present.

    python benchmarks/parser.py [SECONDS]

The page of 52 KB is a golden page, its side bar filled up with cards of other news, about as many
tags and as much text as real pages of the CMS have. The best of many short rounds counts: other
work on the machine only ever makes a round slower.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from lxml import etree

from khotoot_crawler.parsers.article import read_article
from khotoot_crawler.parsers.page import read_page

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = ROOT / "tests" / "pages" / "article" / "33614" / "page.html"
REAL = ROOT.parent / "shared" / "pages"
REAL_PAGES = {
    "bartarinha/news-794928-fragment.html": "http://bartarinha.ir/fa/news/794928/x",
    "irinn/news-499654.html": "http://www.irinn.ir/fa/news/499654",
    "yjc/news-7349926.html": "http://www.yjc.ir/fa/news/7349926",
}
URL = "https://khootoot.ir/fa/news/33614"
SIZE = 52 * 1024
ROUND = 5
CARD = (
    '<div class="linear_news"><h3><a class="title5" href="/fa/news/{0}/تیتر-{0}" title="تیتر {0}">'
    '<i class="fa fa-dot"></i>تیتر خبر شماره {0} در ستون کناری سایت</a></h3></div>\n'
)


def main(seconds: float) -> None:
    page = page_of(SIZE)
    print(f"{'page':<40} {'KB':>5} {'tags':>6} {'lxml ms':>8} {'all ms':>7} {'pages/s':>8}")
    measure("52 KB", page, URL, seconds)
    for name, url in REAL_PAGES.items():
        if (REAL / name).exists():
            measure(name, (REAL / name).read_bytes(), url, seconds)


def page_of(size: int) -> bytes:
    """Return the golden page with cards of other news, filled up with a script to the byte."""
    html = GOLDEN.read_text(encoding="utf-8")
    missing = size - len(html.encode())
    cards = "".join(CARD.format(32_000 + n) for n in range(missing // len(CARD.encode()) * 9 // 10))
    script = "<script>{}</script>".format("x" * (missing - len(cards.encode()) - 17))
    return html.replace('<div class="footer">', f'{cards}{script}<div class="footer">', 1).encode()


def measure(name: str, body: bytes, url: str, seconds: float) -> None:
    tags = sum(1 for _ in read_page(body, url).root.iter())
    parsing = best(lambda: etree.fromstring(body, etree.HTMLParser(encoding="utf-8")), seconds / 4)
    reading = best(lambda: read_article(read_page(body, url), "khootoot.ir"), seconds)
    row = f"{len(body) / 1024:>5.0f} {tags:>6} {parsing * 1000:>8.2f} {reading * 1000:>7.2f}"
    print(f"{name:<40} {row} {1 / reading:>8.0f}")


def best(work: Callable[[], object], seconds: float) -> float:
    fastest = float("inf")
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        start = time.perf_counter()
        for _ in range(ROUND):
            work()
        fastest = min(fastest, (time.perf_counter() - start) / ROUND)
    return fastest


if __name__ == "__main__":
    main(float(sys.argv[1]) if sys.argv[1:] else 3.0)
