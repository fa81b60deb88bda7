"""``scrapy parse``: as Scrapy's own, leaving output/ alone."""

from __future__ import annotations

from scrapy.commands import parse


class Command(parse.Command):
    default_settings = {**parse.Command.default_settings, "KHOTOOT_ARCHIVE": False}  # noqa: RUF012
