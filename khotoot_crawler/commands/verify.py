"""``scrapy verify``: hold JSONL, WARC, index and state against each other."""

from __future__ import annotations

import argparse
import json
import signal
import sqlite3
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand

from khotoot_crawler.errors import KhotootError
from khotoot_crawler.exit_codes import EXIT_OUTPUT, exit_code
from khotoot_crawler.results import standard_output

if TYPE_CHECKING:
    from khotoot_crawler.verification.verdict import Verdict

EXIT_DISAGREEMENT = 1


class Command(ScrapyCommand):
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012

    def syntax(self) -> str:
        return "[OUTPUT] [--json]"

    def short_desc(self) -> str:
        return "Check that JSONL, WARC, index and state agree; exit 1 where they do not"

    def long_desc(self) -> str:
        return (
            "Read all of OUTPUT (KHOTOOT_OUTPUT unless given) and tell each disagreement: where, "
            "what, and what to do. It writes nothing, and may run beside a crawl."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", help="tell it to a program")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        # Not for every command.
        from khotoot_crawler.arguments import one_folder
        from khotoot_crawler.verification.verdict import verification

        assert self.settings is not None
        try:
            folder = one_folder(args, self.settings, "--json")
            with verification(folder) as verdict, standard_output() as out:
                for line in _as_json(verdict) if opts.json else _as_text(verdict):
                    out.write(f"{line}\n".encode())
                self.exitcode = EXIT_DISAGREEMENT if verdict.count else 0
        except KhotootError as error:
            self._fail(str(error), exit_code(error))
        except sqlite3.Error as error:
            self._fail(f"temporary file: {error}", EXIT_OUTPUT)
        except KeyboardInterrupt:
            self.exitcode = 128 + signal.SIGINT

    def _fail(self, reason: str, code: int) -> None:
        print(f"scrapy verify: {reason}", file=sys.stderr)
        self.exitcode = code


def _as_text(verdict: Verdict) -> Iterator[str]:
    yield from map(str, verdict.findings())
    yield from verdict.notes
    counts = [f"{count} {name.replace('_', ' ')}" for name, count in verdict.checked.items()]
    found = verdict.count
    told = f"{found} disagreement{'s' * (found > 1)}" if found else "all agrees"
    yield f"{told}: {', '.join(counts)}"


def _as_json(verdict: Verdict) -> Iterator[str]:
    """Yield one object in pieces: there may be a million findings."""
    opening = {"ok": not verdict.count, "checked": verdict.checked, "notes": verdict.notes}
    yield json.dumps(opening, ensure_ascii=False)[:-1] + ', "findings": ['
    comma = ""
    for finding in verdict.findings():
        yield comma + json.dumps(finding.as_dict(), ensure_ascii=False)
        comma = ","
    yield "]}"
