"""``scrapy coverage``: what is known of the site's codes, and which were never asked for."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand

from khotoot_crawler.errors import KhotootError
from khotoot_crawler.exit_codes import EXIT_INCOMPLETE, exit_code
from khotoot_crawler.results import standard_output

if TYPE_CHECKING:
    from khotoot_crawler.coverage import Coverage


class Command(ScrapyCommand):
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012

    def syntax(self) -> str:
        return "[OUTPUT] [--json] [--site SITE]"

    def short_desc(self) -> str:
        return "Count codes archived, gone, missing, never asked for; exit 3 where there are gaps"

    def long_desc(self) -> str:
        return (
            "Tell what OUTPUT (KHOTOOT_OUTPUT unless given) holds by Jalali month, and which codes "
            "were never asked for. It reads only, and may run beside a crawl."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", help="tell it to a program")
        parser.add_argument("--site", metavar="SITE", help="where the folder holds several")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        from khotoot_crawler.coverage import coverage  # not for every command

        try:
            covered = coverage(self._folder(args), opts.site)
            told = json.dumps(covered.as_dict()) if opts.json else self._table(covered)
            with standard_output() as out:
                out.write(f"{told}\n".encode())
            self.exitcode = EXIT_INCOMPLETE if covered.gaps else 0
        except KhotootError as error:
            print(f"scrapy coverage: {error}", file=sys.stderr)
            self.exitcode = exit_code(error)
        except KeyboardInterrupt:
            self.exitcode = 130

    def _folder(self, args: list[str]) -> Path:
        # Not for every command.
        from khotoot_crawler.arguments import one_folder
        from khotoot_crawler.setting_checks import check_settings

        assert self.settings is not None
        check_settings(self.settings)
        return one_folder(args, self.settings, "--json", "--site")

    def _table(self, covered: Coverage) -> str:
        from khotoot_crawler.coverage_table import table

        assert self.settings is not None
        jitter = self.settings.getfloat("KHOTOOT_DELAY_JITTER") / 2  # on average
        return "\n".join(table(covered, self.settings.getfloat("DOWNLOAD_DELAY") * (1 + jitter)))
