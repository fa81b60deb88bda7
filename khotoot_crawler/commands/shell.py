"""``scrapy shell``: as Scrapy's own, leaving output/ alone."""

from __future__ import annotations

from scrapy.commands import shell


class Command(shell.Command):
    default_settings = {**shell.Command.default_settings, "KHOTOOT_ARCHIVE": False}  # noqa: RUF012
