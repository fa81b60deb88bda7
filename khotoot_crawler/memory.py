"""What each line means for state: told once, for a line just written and for one read back."""

from __future__ import annotations

import hashlib

from khotoot_crawler.digests import text_digest
from khotoot_crawler.items import Article, Gone, ViewSample
from khotoot_crawler.recheck import SECOND_LOOK, RecheckPolicy
from khotoot_crawler.state import Line, State
from khotoot_crawler.times import milliseconds


class Memory:
    """Tells state what has been acknowledged."""

    def __init__(self, state: State, recheck: RecheckPolicy) -> None:
        self._state = state
        self._recheck = recheck

    def line(self, article: Article, offset: int, line: bytes) -> None:
        """A revision stands in articles.jsonl."""
        self._state.add_line(
            Line(
                site=article.site,
                code=int(article.news_code),
                revision=article.revision,
                content_digest=article.content_digest,
                text_digest=text_digest(article.title, article.body),
                extractor_version=article.extractor.version,
                offset=offset,
                length=len(line),
                sha256=hashlib.sha256(line).digest(),
            )
        )
        self.reading(article)

    def reading(self, article: Article) -> None:
        """An article answered, whether it had changed or not."""
        self._forget_older_versions(article)
        published = article.published_at
        self._answered(
            article.site,
            int(article.news_code),
            asked_at=milliseconds(article.fetched_at or ""),
            published_at=None if published is None else milliseconds(published),
        )

    def _forget_older_versions(self, article: Article) -> None:
        """What another address of an article once answered is the article no longer.

        A headline that is changed back brings its old address back, and a 304 there would pass for
        the revision that stands in the last line.
        """
        before, address, _ = article.fetched_url.partition(f"/fa/news/{article.news_code}")
        if address:  # "0" follows "/": up to it no address is one of a longer code
            first = before + address
            self._state.forget_validators(first, f"{first}0", but=article.fetched_url)

    def view(self, sample: ViewSample) -> None:
        """A view count was read, so its article answered then."""
        known = self._state.known(sample.site, int(sample.news_code))
        asked_at = milliseconds(sample.observed_at)
        if known is None or known.status != "archived" or (known.asked_at or 0) >= asked_at:
            return
        self._answered(sample.site, known.code, asked_at=asked_at, published_at=known.published_at)

    def answered(self, site: str, code: int, at: str) -> None:
        """An article answered that it is as it was."""
        known = self._state.known(site, code)
        published = known.published_at if known else None
        self._answered(site, code, asked_at=milliseconds(at), published_at=published)

    def gone(self, gone: Gone) -> None:
        """An article was told to be gone, or back."""
        asked_at = milliseconds(gone.observed_at)
        code = int(gone.news_code)
        if gone.status == "gone":
            self._state.absent(
                gone.site,
                code,
                status="gone",
                asked_at=asked_at,
                due_at=self._recheck.next_due(asked_at, None),
                absences=2,
            )
            return
        self.answered(gone.site, code, gone.observed_at)

    def missing(self, site: str, code: int, asked_at: int) -> None:
        """No article was ever seen under that code.

        Where a page links to it that may be an hour of the site's trouble: a second look a day
        later is the last, until a page names the code anew.
        """
        known = self._state.known(site, code)
        absences = 1 + (known.absences if known else 0)
        is_linked = known is not None and known.path is not None
        due_at = asked_at + SECOND_LOOK if is_linked and absences == 1 else None
        self._state.absent(
            site,
            code,
            status="missing",
            asked_at=asked_at,
            due_at=due_at,
            absences=absences,
        )

    def not_found_once(self, site: str, code: int, asked_at: int) -> None:
        """An archived article did not answer; a second run has to see that before it is told."""
        self._state.absent(
            site,
            code,
            status="archived",
            asked_at=asked_at,
            due_at=asked_at + self._recheck.least,
            absences=1,
        )

    def _answered(self, site: str, code: int, *, asked_at: int, published_at: int | None) -> None:
        self._state.archived(
            site,
            code,
            asked_at=asked_at,
            published_at=published_at,
            due_at=self._recheck.next_due(asked_at, published_at),
        )
