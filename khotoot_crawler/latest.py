"""The last line of each article of an output folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from khotoot_crawler.errors import ArchiveError
from khotoot_crawler.items import Article, article_from_line
from khotoot_crawler.stream import Stream


def latest_articles(folder: Path) -> Iterator[Article]:
    """Read the last line of each article, in the order of ``articles.jsonl``, one at a time.

    A line that is none (``verify`` tells it) and one still being written are passed over.
    """
    path = folder / "articles.jsonl"
    if not path.exists():
        return
    offsets = _last_offsets(Stream(path))
    with path.open("rb") as file:
        for offset in sorted(offsets.values()):
            file.seek(offset)
            yield article_from_line(file.readline())


def _last_offsets(stream: Stream) -> dict[tuple[str, str], int]:
    offsets = {}
    for offset, line in stream.lines():
        if line.endswith(b"\n"):
            try:
                article = article_from_line(line)
            except ArchiveError:
                continue
            offsets[article.site, article.news_code] = offset
    return offsets
