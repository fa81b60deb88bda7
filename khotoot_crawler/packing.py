"""The archive of an output folder as one WACZ."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from khotoot_crawler import __version__
from khotoot_crawler.archive.index import INDEX_NAME
from khotoot_crawler.archive.pairs import target_uri
from khotoot_crawler.archive.view import capture_fields, replayable, sealed_view
from khotoot_crawler.archive.wacz import Page, WaczWriter
from khotoot_crawler.archive.writer import OPEN_SUFFIX
from khotoot_crawler.durable import sync_folder
from khotoot_crawler.errors import ArchiveError, OutputError
from khotoot_crawler.items import Article
from khotoot_crawler.latest import Passed, latest_articles
from khotoot_crawler.text import normal_form
from khotoot_crawler.times import now

_OF_A_CRAWL = re.compile(r"(.+?)-\d{17}-")


@dataclass(slots=True)
class Packed:
    """What went into a WACZ, and what of the lines did not (``passed``).

    ``absent`` WARC files are named by lines, but not there.
    """

    path: Path = Path()
    articles: int = 0
    captures: int = 0
    newest: str = ""
    warcs: set[str] = field(default_factory=set)
    sites: set[str] = field(default_factory=set)
    passed: Passed = field(default_factory=Passed)
    absent: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        size = self.path.stat().st_size / 1e6
        told = (
            f"{self.path}: {size:.1f} MB; articles: {self.articles}, captures: {self.captures}, "
            f"WARC files: {len(self.warcs)}"
        )
        why = "their WARC file is not sealed yet" + (", or missing" if self.absent else "")
        if self.passed.older:
            told += f"\n{self.passed.older} articles by an earlier line: {why}"
        if self.passed.left_out:
            told += f"\n{self.passed.left_out} articles left out: {why}"
        return told

    def troubles(self) -> Iterator[str]:
        """Yield what is damaged or missing, a line each."""
        for name in self.absent:
            count = self.passed.elsewhere[name]
            yield f"warc/{name}: missing, {count} lines name it; restore it from a copy, pack again"
        if self.passed.bad_line:
            more = f", and {self.passed.bad_lines - 1} more" if self.passed.bad_lines > 1 else ""
            yield f"{self.passed.bad_line}{more}; scrapy verify tells what to do"


def pack(folder: Path) -> Packed:
    """Write ``NAME-DATE.wacz`` into an output folder; the date is that of the newest capture.

    Sealed files only; an open one is its crawl's. Raises UsageError where there is none,
    ArchiveError where the index is damaged, OutputError where the file cannot be written.
    """
    try:
        with sealed_view(folder) as view, _draft(folder) as draft:
            packed = _write(draft, view, folder)
            draft.flush()
            os.fsync(draft.fileno())
            packed.path = folder / f"{_prefix(packed.warcs)}-{packed.newest}.wacz"
            Path(draft.name).rename(packed.path)
            sync_folder(folder)
    except OSError as error:
        raise OutputError(f"{error.filename or folder}: {error.strerror}") from error
    return packed


@contextmanager
def _draft(folder: Path) -> Iterator[BinaryIO]:
    """Open a file under a name of this process alone, and remove it unless it was renamed.

    The lock tells those that follow that it is no leftover.
    """
    _remove_leftovers(folder)
    path = folder / f".wacz-{os.getpid()}.tmp"
    try:
        with path.open("wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield file
    finally:
        path.unlink(missing_ok=True)


def _remove_leftovers(folder: Path) -> None:
    """Remove what killed runs left, which is as large as the archive."""
    for path in folder.glob(".wacz-*.tmp"):
        with suppress(OSError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()


def _write(file: BinaryIO, view: Path, folder: Path) -> Packed:
    packed = Packed()
    with WaczWriter(file) as writer, (view / INDEX_NAME).open("rb") as lines:
        writer.add_index(replayable(_noted(lines, packed)))
        for name in sorted(packed.warcs):
            if not name.isprintable():  # bytes that are no UTF-8 are not, and a ZIP has no such
                raise ArchiveError("its name is no text: rename it", file=f"warc/{name}")
            writer.add_warc(view / "warc" / name)
        articles = latest_articles(folder, packed.warcs, packed.passed)
        writer.add_pages(_pages(articles, packed))
        files = (path.name for path in (view / "warc").glob("*.warc.gz*"))
        there = {name.removesuffix(OPEN_SUFFIX) for name in files}
        packed.absent = sorted(packed.passed.elsewhere.keys() - there)
        about = {
            "title": ", ".join(sorted(packed.sites)),
            "created": f"{now():%Y-%m-%dT%H:%M:%SZ}",
            "software": f"khotoot-crawler {__version__}",
        }
        writer.finish({name: text for name, text in about.items() if text})
    return packed


def _noted(lines: Iterable[bytes], packed: Packed) -> Iterator[bytes]:
    """Pass index lines on, noting what they tell of the archive."""
    for line in lines:
        packed.warcs.add(capture_fields(line)["filename"])
        packed.captures += 1
        packed.newest = max(packed.newest, line.split(b" ", 2)[1].decode())
        yield line


def _pages(articles: Iterable[Article], packed: Packed) -> Iterator[Page]:
    for article in articles:
        if article.fetched_at is None:
            continue
        packed.articles += 1
        packed.sites.add(article.site)
        yield Page(
            id=f"{article.site}-{article.news_code}",
            url=target_uri(article.fetched_url),
            ts=article.fetched_at,
            title=article.title,
            text=_text(article),
        )


def _text(article: Article) -> str:
    """Return what a search should find the article by: its text in normal form.

    ReplayWeb.page compares whole words, and splits what is typed at a ZWNJ: words that have one
    follow once more, in two.
    """
    parts = [article.kicker, article.title, article.lead, article.body, *article.tags]
    text = " ".join(part for part in parts if part)
    halves = [word.replace("\u200c", " ") for word in text.split() if "\u200c" in word]
    return normal_form(" ".join([text, *halves]))


def _prefix(warcs: Iterable[str]) -> str:
    """Return what the name of the newest WARC file of a crawl begins with: the spider's name.

    >>> _prefix(["khotoot-20261122083000123-00000-host.warc.gz", "other.warc.gz"])
    'khotoot'
    """
    found = (_OF_A_CRAWL.match(name) for name in sorted(warcs, reverse=True))
    return next((match[1] for match in found if match), "archive")
