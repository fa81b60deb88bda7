"""The archive to JSONL again, without the network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from khotoot_crawler.items import json_line
from khotoot_crawler.order import Order
from khotoot_crawler.progress import Progress
from khotoot_crawler.rereading import (
    Again,
    acknowledged_lines,
    lines_again,
    read_pages,
    record_key,
    said_key,
)
from khotoot_crawler.results import standard_output, whole_file
from khotoot_crawler.revisions import Revisions
from khotoot_crawler.survey import Survey, Walk, walk
from khotoot_crawler.workers import in_order

EXIT_CHANGED = 1
EXIT_INCOMPLETE = 3


def reextract(order: Order, progress: Progress) -> int:
    """Carry out an order and return the exit code; what is met on the way is said.

    Raises UsageError, OutputError.
    """
    order.check()
    output = standard_output() if order.output is None else whole_file(order.output)
    with TemporaryDirectory(prefix="khotoot-") as folder, output as out:
        with Survey.make(Path(folder) / "survey.sqlite", _walks(order, progress)) as survey:
            road = _Lines if order.is_of_lines else _Articles
            return road(order, progress, survey, out).run()


def _walks(order: Order, progress: Progress) -> Iterator[Walk]:
    files = order.files()
    progress.begin("files looked into", len(files))
    walks = in_order(walk, files, max(1, min(order.jobs, len(files))))
    for number, found in enumerate(walks, 1):
        progress.show(number, number)
        yield found


class _Road:
    """What both roads through an archive share."""

    def __init__(self, order: Order, progress: Progress, survey: Survey, out: BinaryIO) -> None:
        self.order = order
        self.progress = progress
        self.survey = survey
        self.out = out
        self.lines = 0
        self.skipped = 0

    def skip(self, reason: str) -> None:
        """Tell what could not be read."""
        self.skipped += 1
        self.progress.say(reason)

    def end(self, told: str) -> None:
        """Tell how it went."""
        skipped = f"; {self.skipped} skipped" if self.skipped else ""
        self.progress.say(f"scrapy reextract: {told}{skipped}")


class _Articles(_Road):
    """Writes the lines that a crawl would have made of the articles in WARC files."""

    def run(self) -> int:
        for damaged in self.survey.damage:
            self.skip(damaged.reason)
        revisions, total = Revisions(), self.survey.count()
        self.progress.begin("pages", total)
        found = read_pages(self.survey.pages(), self.survey.database, jobs=self.order.jobs)
        with closing(found):
            for number, page in enumerate(found, 1):
                if page.trouble:
                    self.skip(page.trouble)
                elif page.article and (line := revisions.line(page.article, page.text_digest)):
                    self.out.write(json_line(line))
                    self.lines += 1
                self.progress.show(number, number)
        self.end(f"{self.lines} lines from {total} pages")
        return EXIT_INCOMPLETE if self.skipped else 0


class _Lines(_Road):
    """Makes the lines of articles.jsonl again, or tells how they would change."""

    def run(self) -> int:
        self._named: set[int] = set()
        self._said: set[int] = set()
        self._changed = Counter[str]()
        self._read_lines()
        self._tell_damage()
        self._list_unnamed()
        if self.order.diff:
            self.progress.clear()
            self.out.write(self._changes().encode() + b"\n")
        self.end(f"{self.lines} lines made again, {self._changed[_LINES]} of them changed")
        if self.skipped:
            return EXIT_INCOMPLETE
        return EXIT_CHANGED if self.order.diff and self._changed else 0

    def _read_lines(self) -> None:
        order = self.order
        self.progress.begin("lines", order.lines.stat().st_size)
        files = frozenset(path.name for path in order.warcs)
        lines = acknowledged_lines(order.lines)
        with closing(lines_again(lines, self.survey.database, jobs=order.jobs, files=files)) as made:
            for again in made:
                self._take(again)
                self.progress.show(again.end, self.lines)

    def _take(self, again: Again) -> None:
        if again.record is not None:
            self._named.add(again.record)
        if again.article is None:
            self.skip(again.trouble or "")
            return
        self.lines += 1
        self._said.add(again.said)
        if again.change is not None:
            self._count(again.change)
        if not self.order.diff:
            self.out.write(again.made)
        elif again.change is not None and again.change.fields:
            self.progress.clear()
            self.out.write(again.change.text.encode() + b"\n")
