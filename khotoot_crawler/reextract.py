"""The archive to JSONL again, without the network."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from khotoot_crawler.archive.writer import OPEN_SUFFIX
from khotoot_crawler.differences import Changes
from khotoot_crawler.items import Article, json_line
from khotoot_crawler.order import Order
from khotoot_crawler.progress import Progress
from khotoot_crawler.records import record_key, said_key
from khotoot_crawler.rereading import Made, lines_again, read_pages
from khotoot_crawler.results import standard_output, whole_file
from khotoot_crawler.revisions import Revisions
from khotoot_crawler.survey import PagePlace, Survey, Walk, walk
from khotoot_crawler.workers import in_order

EXIT_CHANGED = 1
EXIT_INCOMPLETE = 3


def reextract(order: Order, progress: Progress) -> int:
    """Carry out an order and return the exit code; what is met on the way is said.

    Raises UsageError, OutputError.
    """
    order.check()
    output = standard_output() if order.output is None else whole_file(order.output)
    road = _Lines if order.is_of_lines else _Articles
    with TemporaryDirectory(prefix="khotoot-") as folder, output as out:
        begun = road(order, progress, out)
        with Survey.make(Path(folder) / "survey.sqlite", _walks(order, progress)) as survey:
            return begun.run(survey)


def _walks(order: Order, progress: Progress) -> Iterator[Walk]:
    files = order.files()
    progress.begin("files looked into", len(files))
    walks = in_order(walk, files, max(1, min(order.jobs, len(files))))
    for number, found in enumerate(walks, 1):
        progress.show(number, number)
        yield found


class _Road(ABC):
    """What both roads through an archive share."""

    def __init__(self, order: Order, progress: Progress, out: BinaryIO) -> None:
        self.order = order
        self.progress = progress
        self.out = out
        self.lines = 0
        self.skipped = 0

    @abstractmethod
    def run(self, survey: Survey) -> int:
        """Go down it and return the exit code."""

    def skip(self, reason: str) -> None:
        """Tell what could not be read."""
        self.skipped += 1
        self.progress.say(reason)

    def sum_up(self, told: str) -> None:
        """Tell how it went."""
        skipped = f"; {self.skipped} skipped" if self.skipped else ""
        self.progress.say(f"scrapy reextract: {told}{skipped}")


class _Articles(_Road):
    """Writes the lines that a crawl would have made of the articles in WARC files."""

    def run(self, survey: Survey) -> int:
        for damaged in survey.damage:
            self.skip(damaged.reason)
        revisions, total = Revisions(), survey.count()
        self.progress.begin("pages", total)
        found = read_pages(survey.pages(), survey.database, jobs=self.order.jobs)
        with closing(found):
            for number, page in enumerate(found, 1):
                if page.trouble:
                    self.skip(page.trouble)
                elif page.article and (line := revisions.line(page.article, page.text_digest)):
                    self.out.write(json_line(line))
                    self.lines += 1
                self.progress.show(number, number)
        self.sum_up(f"{self.lines} lines from {total} pages")
        return EXIT_INCOMPLETE if self.skipped else 0


class _Lines(_Road):
    """Makes the lines of articles.jsonl again, or tells how they would change."""

    def __init__(self, order: Order, progress: Progress, out: BinaryIO) -> None:
        super().__init__(order, progress, out)
        # Of a crawl at work: lines that come later may name records that the survey has not seen.
        self.end = order.lines.stat().st_size
        self.named: set[int] = set()
        self.said: set[int] = set()
        self.changes = Changes()

    def run(self, survey: Survey) -> int:
        self._read_lines(survey)
        for damaged in survey.damage:
            is_open = damaged.file.endswith(OPEN_SUFFIX)  # its end is still to be written
            if not is_open and record_key(damaged.file, damaged.offset) not in self.named:
                self.skip(damaged.reason)
        self._list_unnamed(survey)
        if self.order.diff:
            self.progress.clear()
            self.out.write(f"{self.changes} of {self.lines} lines\n".encode())
        else:
            self.sum_up(f"{self.lines} lines made again")
        if self.skipped:
            return EXIT_INCOMPLETE
        return EXIT_CHANGED if self.order.diff and self.changes.lines else 0

    def _read_lines(self, survey: Survey) -> None:
        order = self.order
        self.progress.begin("lines", self.end)
        files = frozenset(path.name for path in order.warcs)
        made = lines_again(
            order.lines, self.end, survey.database, jobs=order.jobs, files=files, diff=order.diff
        )
        with closing(made):
            for again in made:
                if again.record is not None:
                    self.named.add(again.record)
                if again.made is None:
                    self.skip(again.trouble)
                else:
                    self._take(again.made)
                self.progress.show(again.end, self.lines)

    def _take(self, made: Made) -> None:
        self.lines += 1
        self.said.add(made.said)
        if not self.order.diff:
            self.out.write(made.data)
        elif made.change is not None:
            self.changes.add(made.change)
            if made.change.fields:
                self.progress.clear()
                self.out.write(made.change.text.encode() + b"\n")

    def _list_unnamed(self, survey: Survey) -> None:
        """Tell the records of articles that no line names, also where a line says the same."""
        files = {str(path) for path in self.order.warcs}
        places = (
            place
            for place in survey.pages_of_articles()
            if record_key(Path(place.path).name, place.offset) not in self.named
            and (not files or place.path in files)
        )
        total = survey.count(of_articles=True) - len(self.named)
        self.progress.begin("pages without a line", max(0, total))
        with closing(read_pages(places, survey.database, jobs=self.order.jobs)) as found:
            for number, page in enumerate(found, 1):
                if page.is_damage:
                    self.skip(page.trouble)
                elif page.article is not None:
                    self.progress.say(self._unnamed(page.place, page.article))
                self.progress.show(number, number)

    def _unnamed(self, place: PagePlace, article: Article) -> str:
        news = "" if said_key(article) not in self.said else ", which says what a line says"
        return f"no line names {place.path}@{place.offset} {article.fetched_url}{news}"
