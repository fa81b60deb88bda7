"""Whether an article says what its last line says: a changed parser is not a changed article."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Callable

from khotoot_crawler.errors import ArchiveError, ParseError
from khotoot_crawler.items import Article, article_from_line
from khotoot_crawler.state import Line, State
from khotoot_crawler.stream import Stream

logger = logging.getLogger(__name__)

# Gives the content digest of a line's record as today's parser reads it.
ReadAgain = Callable[[Article], str]


class Comparison:
    """Compares an article with its last line, by the same version of the parser.

    ``counts`` is told how many lines had to be read again, and how many could not be.
    """

    def __init__(
        self, state: State, articles: Stream, read_again: ReadAgain | None, counts: Counter[str]
    ) -> None:
        self._state = state
        self._articles = articles
        self._read_again = read_again
        self._counts = counts

    def is_same(self, last: Line, article: Article) -> bool:
        """Whether the article says what its last line says, or would say if it was read today."""
        version = article.extractor.version
        if last.content_digest == article.content_digest:
            return True
        if last.extractor_version == version or self._read_again is None:
            return False
        if last.reread_version == version:
            return last.reread_digest == article.content_digest
        digest = self._reread(last, self._read_again)
        self._state.line_reread(last, version, digest)
        return digest == article.content_digest

    def _reread(self, last: Line, read_again: ReadAgain) -> str:
        """Return today's digest of a line's record; the line's own where it cannot be read."""
        try:
            digest = read_again(self._line(last))
        except (ArchiveError, ParseError) as error:
            where = f"{self._articles.path.name}@{last.offset} ({last.code})"
            logger.warning("%s cannot be read again, compared as it stands: %s", where, error)
            self._counts["lines_not_reread"] += 1
            return last.content_digest
        self._counts["lines_reread"] += 1
        return digest

    def _line(self, last: Line) -> Article:
        _, line = next(self._articles.lines(last.offset), (0, b""))
        if hashlib.sha256(line).digest() != last.sha256:
            raise ArchiveError("not the line that state.sqlite remembers")
        return article_from_line(line)
