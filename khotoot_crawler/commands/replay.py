"""``scrapy replay``: browse the archive on loopback."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from scrapy.commands import ScrapyCommand

from khotoot_crawler.errors import KhotootError, UsageError
from khotoot_crawler.exit_codes import EXIT_DEFECT, exit_code
from khotoot_crawler.interrupt import exit_on_signals
from khotoot_crawler.results import standard_output
from khotoot_crawler.text import ascii_digits


class Command(ScrapyCommand):
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012

    def syntax(self) -> str:
        return "[OUTPUT] [--port N] [--code CODE]"

    def short_desc(self) -> str:
        return "Browse the archive on loopback, with pywb"

    def long_desc(self) -> str:
        return (
            "Serve the sealed WARC files of OUTPUT (KHOTOOT_OUTPUT unless given) until Ctrl-C, "
            "opening with a list of the articles. Needs the extra: "
            "pip install 'khotoot-crawler[replay]'"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--port", default="8080", help="port of 127.0.0.1 (0: any free one)")
        parser.add_argument("--code", help="print the address of the article with this news code")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        from khotoot_crawler.arguments import one_folder  # not for every command

        assert self.settings is not None
        exit_on_signals()
        try:
            folder = one_folder(args, self.settings, "--port", "--code")
            self._serve(folder, _port(opts.port), _code(opts.code))
        except KhotootError as error:
            print(f"scrapy replay: {error}", file=sys.stderr)
            self.exitcode = exit_code(error)

    def _serve(self, folder: Path, port: int, code: str | None) -> None:
        from khotoot_crawler.replay import replayed  # not for every command

        with replayed(folder, port=port, code=code) as replay:
            with standard_output() as out:
                out.write(os.fsencode(f"{folder} is served at {replay.home} until Ctrl-C\n"))
                if replay.article:
                    out.write(f"{replay.article}\n".encode())
            last = replay.wait()
        print(f"scrapy replay: pywb ended by itself: {last}", file=sys.stderr)
        self.exitcode = EXIT_DEFECT


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) < 65536):
        raise UsageError(f"--port {text}: takes a number from 0 to 65535")
    return int(text)


def _code(text: str | None) -> str | None:
    code = text and ascii_digits(text)
    if code and not (code.isascii() and code.isdigit()):
        raise UsageError(f"--code {text}: takes a news code, such as 33614")
    return code
