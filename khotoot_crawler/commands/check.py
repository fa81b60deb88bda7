"""``scrapy check``: as Scrapy's own, leaving output/ alone."""

from __future__ import annotations

from scrapy.commands import check


class Command(check.Command):
    default_settings = {**check.Command.default_settings, "KHOTOOT_ARCHIVE": False}  # noqa: RUF012
