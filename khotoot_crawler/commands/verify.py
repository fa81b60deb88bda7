"""``scrapy verify``: hold JSONL, WARC, index and state against each other."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from scrapy.commands import ScrapyCommand

from khotoot_crawler.errors import UsageError
from khotoot_crawler.verification.verdict import Verdict, verification


class Command(ScrapyCommand):
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012

    def syntax(self) -> str:
        return "[OUTPUT] [--json]"

    def short_desc(self) -> str:
        return "Check that JSONL, WARC, index and state agree; exit 1 where they do not"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", help="tell it to a program")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        try:
            with verification(self._folder(args)) as verdict:
                for piece in _as_json(verdict) if opts.json else _as_text(verdict):
                    print(piece)
                self.exitcode = 1 if verdict.count else 0
        except UsageError as error:
            print(f"scrapy verify: {error}", file=sys.stderr)
            self.exitcode = 2
        except KeyboardInterrupt:
            self.exitcode = 130

    def _folder(self, args: list[str]) -> Path:
        if len(args) > 1:
            raise UsageError(f"{' '.join(args)}: takes one output folder")
        assert self.settings is not None
        return Path(args[0] if args else self.settings["KHOTOOT_OUTPUT"])


def _as_text(verdict: Verdict) -> Iterator[str]:
    yield from map(str, verdict.findings())
    yield from verdict.notes
    counts = ", ".join(
        f"{count} {name.replace('_', ' ')}" for name, count in verdict.checked.items()
    )
    found = verdict.count
    yield f"{'all agrees' if not found else f'{found} disagreements'}: {counts}"


def _as_json(verdict: Verdict) -> Iterator[str]:
    """Yield one object piece by piece: there may be a million findings."""
    opening = {"ok": not verdict.count, "checked": verdict.checked, "notes": verdict.notes}
    yield json.dumps(opening, ensure_ascii=False)[:-1] + ', "findings": ['
    comma = ""
    for finding in verdict.findings():
        yield comma + json.dumps(finding.as_dict(), ensure_ascii=False)
        comma = ","
    yield "]}"
