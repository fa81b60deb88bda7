"""``scrapy extract``: saved pages to JSON lines, without network and archive."""

from __future__ import annotations

import argparse
import sys
from itertools import repeat
from pathlib import Path
from typing import BinaryIO

from scrapy.commands import ScrapyCommand

from khotoot_crawler.errors import OutputError, ParseError, UsageError
from khotoot_crawler.exit_codes import EXIT_INCOMPLETE, EXIT_USAGE, exit_code
from khotoot_crawler.results import standard_output


class Command(ScrapyCommand):
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012

    def syntax(self) -> str:
        return "PAGE.html... [--url URL]... [--field NAME]"

    def short_desc(self) -> str:
        return "Read saved pages: a JSON line for each article"

    def long_desc(self) -> str:
        return (
            "Print a JSON line for each saved page that is an article; tell the kind of any other "
            "on stderr and exit 3. - is standard input."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--url",
            action="append",
            default=[],
            help="address of the page; one for each page, in order (default: the one it names)",
        )
        parser.add_argument("--field", metavar="NAME", help="print only this value")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        try:
            addresses = _check(args, opts)
            with standard_output() as out:
                for name, address in zip(args, addresses, strict=False):
                    self._extract(out, name, address, opts.field)
        except (UsageError, OutputError) as error:
            print(f"scrapy extract: {error}", file=sys.stderr)
            self.exitcode = exit_code(error)

    def _extract(self, out: BinaryIO, name: str, address: str | None, field: str | None) -> None:
        """Print one page; what is wrong with it does not keep the others from being read."""
        from khotoot_crawler.extract import as_printed, extract  # not for every command

        try:
            reading = extract(_read(name), address)
        except ParseError as error:
            print(f"{name}: {error}", file=sys.stderr)
            self.exitcode = self.exitcode or EXIT_INCOMPLETE
        except UsageError as error:
            print(f"scrapy extract: {name}: {error}", file=sys.stderr)
            self.exitcode = EXIT_USAGE
        else:
            for problem in reading.problems:
                print(f"{name}: {problem.field}: {problem.reason}", file=sys.stderr)
            out.write(as_printed(reading.article, field))
            out.flush()


def _check(pages: list[str], opts: argparse.Namespace) -> list[str] | repeat[None]:
    """Return the address of each page, as far as one was given; raises UsageError."""
    from khotoot_crawler.extract import FIELDS, clean_address  # not for every command

    unknown = [word for word in pages if word.startswith("-") and word != "-"]
    if unknown:
        raise UsageError(f"{unknown[0]}: no such option; there are --url and --field")
    if not pages:
        raise UsageError("takes saved pages, or - for standard input")
    if pages.count("-") > 1:
        raise UsageError("-: standard input can be read only once")
    if opts.field is not None and opts.field not in FIELDS:
        raise UsageError(f"--field {opts.field}: no such field; there are {', '.join(FIELDS)}")
    if not opts.url:
        return repeat(None)
    if len(opts.url) != len(pages):
        raise UsageError(
            f"--url: given {len(opts.url)} times for {len(pages)} pages; takes one each"
        )
    return [clean_address(url) for url in opts.url]


def _read(name: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise UsageError(error.strerror or "cannot be read") from error
