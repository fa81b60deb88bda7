"""Which readings of articles are lines of their own: as a crawl decides, over an archive alone."""

from __future__ import annotations

from dataclasses import replace

from khotoot_crawler.items import Article


class Revisions:
    """Takes readings in the order of their dates; memory grows with the number of articles."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, int], tuple[int, str]] = {}
        self._with_text: dict[tuple[str, bytes], tuple[int, ...]] = {}

    def line(self, article: Article, text_digest: bytes | None) -> Article | None:
        """Return the reading as the line it makes; None where its article says what it said."""
        code = int(article.news_code)
        revision, said = self._last.get((article.site, code), (0, None))
        if said == article.content_digest:
            return None
        self._last[article.site, code] = revision + 1, article.content_digest
        first = self._first_with_text(article.site, code, text_digest)
        duplicate_of = None if first is None else str(first)
        return replace(article, revision=revision + 1, duplicate_of=duplicate_of)

    def _first_with_text(self, site: str, code: int, text_digest: bytes | None) -> int | None:
        """Return the smallest code of another article with that text, and remember this one."""
        if text_digest is None:
            return None
        before = self._with_text.get((site, text_digest), ())
        # The two smallest are enough: one of them is another article's.
        self._with_text[site, text_digest] = tuple(sorted({*before, code})[:2])
        return min((other for other in before if other != code), default=None)
