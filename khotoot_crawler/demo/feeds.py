"""RSS as the CMS's ``SepehrFeed V1.2`` writes it."""

from __future__ import annotations

from email.utils import format_datetime
from html import escape

from khotoot_crawler.demo.articles import SampleArticle
from khotoot_crawler.demo.catalogue import Catalogue
from khotoot_crawler.demo.markup import address

FEED_LENGTH = 30


def feed(catalogue: Catalogue, service: str = "", category: str = "") -> str:
    """Return the latest articles as RSS 2.0, without guid and not quite in order."""
    found = [
        a for a in catalogue.latest() if service in ("", a.service) and category in ("", a.category)
    ][:FEED_LENGTH]
    items = "\n".join(_item(a) for a in found[1::2] + found[::2])
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0">\n   <channel>\n'
        "      <title>خطوط | پایگاه خبری تحلیلی</title>\n"
        "      <link>https://www.khootoot.ir</link>\n"
        "      <description>آخرین خبرهای پایگاه خبری تحلیلی خطوط</description>\n"
        "      <generator>SepehrFeed V1.2</generator>\n"
        f"{items}\n   </channel>\n</rss>\n"
    )


def _item(article: SampleArticle) -> str:
    at = article.instant
    date = format_datetime(at).partition(", ")[2]  # SepehrFeed leaves the weekday out
    return (
        f"      <item>\n         <title>{escape(article.title)}</title>\n"
        f"         <link>\n            https://www.khootoot.ir{escape(address(article))}\n"
        "         </link>\n"
        f"         <description>{escape(article.lead or '')}</description>\n"
        "         <author>info@khootoot.example</author>\n"
        f"         <pubDate>{date}</pubDate>\n      </item>"
    )
