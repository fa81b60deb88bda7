"""The archive of an output folder as one WACZ."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from khotoot_crawler import __version__
from khotoot_crawler.archive.index import INDEX_NAME
from khotoot_crawler.archive.pairs import target_uri
from khotoot_crawler.archive.view import capture_fields, replayable, sealed_view
from khotoot_crawler.archive.wacz import Page, WaczWriter
from khotoot_crawler.durable import sync_folder
from khotoot_crawler.errors import OutputError
from khotoot_crawler.items import Article
from khotoot_crawler.latest import latest_articles
from khotoot_crawler.text import normal_form
from khotoot_crawler.times import now


@dataclass(slots=True)
class Packed:
    """What went into a WACZ; ``unsealed`` articles stayed out: their WARC file is still open."""

    path: Path = Path()
    articles: int = 0
    unsealed: int = 0
    captures: int = 0
    newest: str = ""
    warcs: set[str] = field(default_factory=set)
    sites: set[str] = field(default_factory=set)

    def __str__(self) -> str:
        size = self.path.stat().st_size / 1e6
        told = (
            f"{self.path}: {size:.1f} MB; articles: {self.articles}, captures: {self.captures}, "
            f"WARC files: {len(self.warcs)}"
        )
        if self.unsealed:
            told += f"\n{self.unsealed} articles left out: their WARC file is not sealed yet"
        return told


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
    """Open a file under a name of this process alone, and remove it unless it was renamed."""
    path = folder / f".wacz-{os.getpid()}.tmp"
    try:
        with path.open("wb") as file:
            yield file
    finally:
        path.unlink(missing_ok=True)


def _write(file: BinaryIO, view: Path, folder: Path) -> Packed:
    packed = Packed()
    with WaczWriter(file) as writer, (view / INDEX_NAME).open("rb") as lines:
        writer.add_index(replayable(_noted(lines, packed)))
        for name in sorted(packed.warcs):
            writer.add_warc(view / "warc" / name)
        writer.add_pages(_pages(latest_articles(folder), packed))
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
        if article.fetched_at is None or article.warc is None:
            continue
        if article.warc.filename not in packed.warcs:
            packed.unsealed += 1
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
    """Return what the names of the WARC files begin with: the spider's name."""
    match = re.match(r"(.+?)-\d{17}-", max(warcs))
    return match[1] if match else "archive"
