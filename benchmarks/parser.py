"""How many articles a second one core reads: pages of 52 KB, and real ones where present.

    python benchmarks/parser.py [SECONDS]

The page of 52 KB is a golden page, its side bar filled up with cards of other news, about as many
tags and as much text as real pages of the CMS have. The best of many short rounds counts: other
work on the machine only ever makes a round slower. On the same page, for machines differ, stand
parsel with the seven selectors of ``naive_spider.py``, and bare lxml with the same compiled.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from lxml import etree
from parsel import Selector
from parsel.csstranslator import HTMLTranslator

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
SELECTORS = (
    "h1.title::text, h1 *::text",
    ".subtitle::text",
    "div.body p *::text, div.body p::text",
    ".news_pdate_c::text",
    ".news_id_c::text, .news_id::text",
    ".news_hits::text",
    ".row-tags a::text, a.tags_item::text",
)
XPATHS = [etree.XPath(HTMLTranslator().css_to_xpath(css)) for css in SELECTORS]
ROUND = 5
CARD = (
    '<div class="linear_news"><h3><a class="title5" href="/fa/news/{0}/تیتر-{0}" title="تیتر {0}">'
    '<i class="fa fa-dot"></i>تیتر خبر شماره {0} در ستون کناری سایت</a></h3></div>\n'
)


def main(seconds: float) -> None:
    page = page_of(SIZE)
    rates = "".join(f"{name:>8}" for name in ("ours", "tree", "parsel", "xpath"))
    print(f"{'pages a second':<40} {'KB':>5} {'tags':>6} {rates}")
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
    ours = best(lambda: read_article(read_page(body, url), "khootoot.ir"), seconds)
    others = (best(work, seconds / 3) for work in (_tree(body), _parsel(body), _xpath(body)))
    rates = "".join(f"{1 / took:>8.0f}" for took in (ours, *others))
    print(f"{name:<40} {len(body) / 1024:>5.0f} {tags:>6} {rates}")


def _tree(body: bytes) -> Callable[[], etree._Element]:
    return lambda: etree.fromstring(body, etree.HTMLParser(encoding="utf-8"))


def _parsel(body: bytes) -> Callable[[], object]:
    def read() -> object:
        selector = Selector(text=body.decode())
        return [selector.css(css).getall() for css in SELECTORS]

    return read


def _xpath(body: bytes) -> Callable[[], object]:
    tree = _tree(body)

    def read() -> object:
        root = tree()
        return [xpath(root) for xpath in XPATHS]

    return read


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
