"""``scrapy fetch``: as Scrapy's own, leaving output/ alone."""

from __future__ import annotations

from scrapy.commands import fetch


class Command(fetch.Command):
    default_settings = {**fetch.Command.default_settings, "KHOTOOT_ARCHIVE": False}  # noqa: RUF012
