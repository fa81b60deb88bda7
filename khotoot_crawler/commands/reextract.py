"""``scrapy reextract``: the archive to JSONL again, without the network."""

from __future__ import annotations

import argparse
import signal
import sqlite3
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand

from khotoot_crawler.errors import KhotootError, UsageError
from khotoot_crawler.exit_codes import EXIT_OUTPUT, exit_code
from khotoot_crawler.progress import Progress

if TYPE_CHECKING:
    from khotoot_crawler.order import Order


class Command(ScrapyCommand):
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012

    def syntax(self) -> str:
        return "[WARC...] [-o FILE | --diff] [--jobs N]"

    def short_desc(self) -> str:
        return "Make articles.jsonl again from the archive, without the network"

    def long_desc(self) -> str:
        return (
            "Read each line's record in KHOTOOT_OUTPUT again with today's parser, or the articles "
            "of the named WARC files, and write the lines to another file."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        from khotoot_crawler.workers import cores  # not for every command

        super().add_options(parser)
        parser.add_argument("-o", "--output", metavar="FILE", help="default: standard output")
        parser.add_argument(
            "--diff",
            action="store_true",
            help="write nothing, print how the lines would change; exit 1 if any would",
        )
        parser.add_argument(
            "--jobs", metavar="N", default=str(cores()), help="processes (default: all cores)"
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        from khotoot_crawler.reextract import reextract  # not for every command

        signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
        progress = Progress()
        try:
            self.exitcode = reextract(self._order(args, opts), progress)
        except KeyboardInterrupt:
            self.exitcode = 128 + signal.SIGINT
        except sqlite3.Error as error:
            self._fail(progress, f"temporary file: {error}", EXIT_OUTPUT)
        except OSError as error:
            self._fail(progress, f"{error.filename}: {error.strerror}", EXIT_OUTPUT)
        except KhotootError as error:
            self._fail(progress, str(error), exit_code(error))
        finally:
            progress.clear()

    def _order(self, args: list[str], opts: argparse.Namespace) -> Order:
        from khotoot_crawler.order import Order  # not for every command

        assert self.settings is not None
        unknown = [word for word in args if word.startswith("-")]
        if unknown:
            raise UsageError(f"{unknown[0]}: no such option; there are -o, --diff and --jobs")
        if not opts.jobs.isdecimal() or not 0 < int(opts.jobs) <= 1000:
            raise UsageError(f"--jobs {opts.jobs}: takes the number of processes")
        if not self.settings["KHOTOOT_OUTPUT"]:
            raise UsageError("-s KHOTOOT_OUTPUT=: takes the output folder of a crawl")
        return Order(
            folder=Path(self.settings["KHOTOOT_OUTPUT"]),
            warcs=tuple(map(Path, args)),
            output=None if opts.output is None else Path(opts.output),
            diff=opts.diff,
            jobs=int(opts.jobs),
        )

    def _fail(self, progress: Progress, reason: str, code: int) -> None:
        progress.say(f"scrapy reextract: {reason}")
        self.exitcode = code
