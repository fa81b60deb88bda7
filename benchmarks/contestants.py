"""The crawlers that ``bench.py`` compares: how each is started, and what it must have fetched."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from khotoot_crawler.archive.members import Damage
from khotoot_crawler.archive.reader import iter_records

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
CONCURRENCY = 16
_SCRAPY = [sys.executable, "-m", "scrapy"]
_PACE = [
    *("-s", "DOWNLOAD_DELAY=0"),
    *("-s", f"CONCURRENT_REQUESTS_PER_DOMAIN={CONCURRENCY}"),
    *("-s", f"CONCURRENT_REQUESTS={CONCURRENCY}"),
]


@dataclass(frozen=True, slots=True)
class Place:
    """What to crawl: an address, or the file of all URLs there; and a folder to fill."""

    base_url: str
    urls: Path
    folder: Path


@dataclass(frozen=True, slots=True)
class Contestant:
    """One crawler.

    ``articles`` counts what it fetched, by what it left in its folder.
    """

    name: str
    command: Callable[[Place], list[str]]
    articles: Callable[[Path], int]
    cwd: Path | None = None  # its own folder where None: stock settings


def ours(place: Place) -> list[str]:
    options = [
        "-a",
        f"base_url={place.base_url}",
        "-s",
        f"KHOTOOT_OUTPUT={place.folder / 'output'}",
    ]
    return [*_SCRAPY, "crawl", "khotoot", *options, "-s", "KHOTOOT_REQUISITES=none", *_PACE]


def wget(place: Place) -> list[str]:
    files = ["-i", f"{place.urls}", "-O", "/dev/null", f"--warc-file={place.folder / 'wget'}"]
    return ["wget", "-nv", f"--warc-tempdir={place.folder}", *files]


def naive(place: Place) -> list[str]:
    arguments = ["-a", f"base_url={place.base_url}", "-a", f"warc={place.folder / 'naive.warc.gz'}"]
    spider = [f"{HERE / 'naive_spider.py'}", *arguments, "-o", f"{place.folder / 'articles.jsonl'}"]
    return [*_SCRAPY, "runspider", *spider, "-s", "LOG_LEVEL=INFO", *_PACE]


def bare(place: Place) -> list[str]:
    arguments = ["-a", f"urls={place.urls}", "-a", f"counted={place.folder / 'counted'}"]
    spider = [f"{HERE / 'bare_spider.py'}", *arguments]
    return [*_SCRAPY, "runspider", *spider, "-s", "LOG_LEVEL=INFO", *_PACE]


def _lines_and_records(lines: str, warcs: str) -> Callable[[Path], int]:
    def count(folder: Path) -> int:
        with (folder / lines).open("rb") as file:
            return min(sum(1 for _ in file), _records(folder, warcs))

    return count


def _records(folder: Path, warcs: str) -> int:
    """Count the articles' response records of the WARC files that match."""
    records = (
        record
        for path in folder.glob(warcs)
        for record in iter_records(path)
        if not isinstance(record, Damage) and record.type == "response"
    )
    return sum(record.status == 200 and "/fa/news/" in (record.url or "") for record in records)


OURS = Contestant("ours", ours, _lines_and_records("output/articles.jsonl", "output/warc/*"), ROOT)
WGET = Contestant("wget", wget, lambda folder: _records(folder, "wget.warc.gz"))
NAIVE = Contestant("naive", naive, _lines_and_records("articles.jsonl", "naive.warc.gz"))
BARE = Contestant("bare", bare, lambda folder: int((folder / "counted").read_text()))
ALL = (OURS, WGET, NAIVE, BARE)
