"""``scrapy pack``: one WACZ of the archive."""

from __future__ import annotations

import argparse
import os
import sys

from scrapy.commands import ScrapyCommand

from khotoot_crawler.errors import KhotootError
from khotoot_crawler.exit_codes import EXIT_INCOMPLETE, exit_code
from khotoot_crawler.interrupt import exit_on_signals
from khotoot_crawler.results import standard_output


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
            "article with its text to search in. OUTPUT is KHOTOOT_OUTPUT unless given. Exit "
            "3 where a WARC file is missing or a line damaged that should be in it."
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        # Not for every command.
        from khotoot_crawler.arguments import one_folder
        from khotoot_crawler.packing import pack

        assert self.settings is not None
        exit_on_signals()
        try:
            packed = pack(one_folder(args, self.settings))
            for trouble in packed.troubles():
                print(f"scrapy pack: {trouble}", file=sys.stderr)
                self.exitcode = EXIT_INCOMPLETE
            with standard_output() as out:
                out.write(os.fsencode(f"{packed}\n"))
        except KhotootError as error:
            print(f"scrapy pack: {error}", file=sys.stderr)
            self.exitcode = exit_code(error)
