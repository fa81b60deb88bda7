"""The spider of khootoot.ir (پایگاه خبری تحلیلی خطوط)."""

from __future__ import annotations

from khotoot_crawler.spiders.news import NewsSpider


class KhotootSpider(NewsSpider):
    """Archives khootoot.ir."""

    name = "khotoot"
    site_name = "khootoot.ir"
