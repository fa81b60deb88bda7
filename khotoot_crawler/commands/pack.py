"""``scrapy pack``: one WACZ of the archive."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from scrapy.commands import ScrapyCommand

from khotoot_crawler.errors import KhotootError, UsageError
from khotoot_crawler.interrupt import exit_code, exit_on_signals


class Command(ScrapyCommand):
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012

    def syntax(self) -> str:
        return "[OUTPUT]"

    def short_desc(self) -> str:
        return "Pack the archive into one WACZ, for ReplayWeb.page and others"

    def long_desc(self) -> str:
        return (
            "Write OUTPUT/NAME-DATE.wacz: the sealed WARC files, their index, and a page for each "
            "article with its text to search in. OUTPUT is KHOTOOT_OUTPUT unless given."
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        from khotoot_crawler.packing import pack  # not for every command

        assert self.settings is not None
        exit_on_signals()
        try:
            if len(args) > 1:
                raise UsageError(f"{' '.join(args)}: takes one output folder")
            print(pack(Path(args[0] if args else self.settings["KHOTOOT_OUTPUT"])))
        except KhotootError as error:
            print(f"scrapy pack: {error}", file=sys.stderr)
            self.exitcode = exit_code(error)
