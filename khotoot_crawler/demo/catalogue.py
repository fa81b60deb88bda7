"""What the sample site has to show at the moment; tests change it between two crawls."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Literal, Self

from khotoot_crawler.demo.articles import SampleArticle, load_articles, load_site

Gone = Literal["soft_404", "http_404", "http_410", "redirect"]


class Catalogue:
    """The site's articles, editable while it is being served."""

    def __init__(
        self, articles: Iterable[SampleArticle], site: dict[str, Any], gone: dict[str, Gone]
    ) -> None:
        self.site = site
        self._articles = {article.code: article for article in articles}
        self._gone = dict(gone)
        self._lock = threading.RLock()
        self._latest: tuple[SampleArticle, ...] | None = None  # sorted once after each change

    @classmethod
    def bundled(cls) -> Self:
        """Return the catalogue that comes with the package."""
        site = load_site()
        return cls(load_articles(site), site, site["gone"])

    def __getitem__(self, code: str) -> SampleArticle:
        """Return an article, removed or not; ``KeyError`` if there never was one."""
        return self._articles[code]

    def find(self, code: str) -> SampleArticle | None:
        """Return a live article."""
        with self._lock:
            return None if code in self._gone else self._articles.get(code)

    def gone(self, code: str) -> Gone | None:
        """Tell how a removed article answers."""
        return self._gone.get(code)

    def live(self) -> list[SampleArticle]:
        """Return all articles that answer, by code."""
        with self._lock:
            found = [a for code, a in self._articles.items() if code not in self._gone]
        return sorted(found, key=lambda a: int(a.code))

    def latest(self) -> tuple[SampleArticle, ...]:
        """Return the live articles that the site's pages list, newest first."""
        with self._lock:
            if self._latest is None:
                listed = [article for article in self.live() if article.listed]
                listed.sort(key=lambda a: (a.instant, int(a.code)), reverse=True)
                self._latest = tuple(listed)
            return self._latest

    def most_viewed(self) -> list[SampleArticle]:
        """Return the listed articles, most viewed first."""
        return sorted(self.latest(), key=lambda a: a.view_count or 0, reverse=True)

    def add(self, article: SampleArticle) -> None:
        """Publish an article, or put it in place of the one with its code."""
        with self._lock:
            self._articles[article.code] = article
            self._latest = None

    def edit(self, code: str, **changes: Any) -> SampleArticle:
        """Change fields of an article (``title=``, ``text=``, ``view_count=`` …)."""
        with self._lock:
            self.add(replace(self._articles[code], **changes))
            return self._articles[code]

    def bump_views(self, code: str, by: int = 1) -> int:
        """Count some more readers; return the new count."""
        with self._lock:
            count = (self._articles[code].view_count or 0) + by
            self.edit(code, view_count=count)
            return count

    def remove(self, code: str, how: Gone = "soft_404") -> None:
        """Take an article off the site."""
        with self._lock:
            self._gone[code] = how
            self._latest = None

    def restore(self, code: str) -> None:
        """Put a removed article back."""
        with self._lock:
            self._gone.pop(code, None)
            self._latest = None
