"""One round of the ledger: the lines of several pages, decided in the order they are written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from khotoot_crawler.comparison import Comparison
from khotoot_crawler.digests import text_digest
from khotoot_crawler.items import Article, Gone, ViewSample, WarcPlace, json_line
from khotoot_crawler.memory import Memory
from khotoot_crawler.state import Known, State
from khotoot_crawler.stream import Stream
from khotoot_crawler.times import milliseconds

AbsentReason = Literal["http_404", "http_410", "soft_404", "redirect"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """An article's address answered at ``at`` that there is no such article."""

    site: str
    code: int
    url: str
    reason: AbsentReason
    at: str
    warc: WarcPlace | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """An article's address gave nothing that could be used; ``at`` is when that was known."""

    site: str
    code: int
    reason: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """An article's address answered 304: the page is the one archived before."""

    site: str
    code: int
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A page requisite answered (``kept``), or gave nothing to keep and stays due."""

    url: str
    at: str
    kept: bool


Outcome = Article | Absent | Failed | Unchanged | Resource


class Round:
    """Collects outcomes (add), makes their lines durable (append), then tells state (tell)."""

    def __init__(
        self,
        state: State,
        memory: Memory,
        streams: tuple[Stream, Stream, Stream],
        comparison: Comparison,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._state = state
        self._memory = memory
        self._comparison = comparison
        self._articles, self._views, self._gone = streams
        self._lines: dict[Stream, list[bytes]] = {stream: [] for stream in streams}
        self._article_end = self._articles.end
        self._effects: list[Callable[[], None]] = []
        self._codes: set[tuple[str, int]] = set()
        self._texts: dict[bytes, int] = {}

    def add(self, outcome: Outcome) -> bool:
        """Take an outcome; False where its article is in this round already and has to wait."""
        if isinstance(outcome, Resource):
            self._add_resource(outcome)
            return True
        code = int(outcome.news_code) if isinstance(outcome, Article) else outcome.code
        if (outcome.site, code) in self._codes:
            return False
        self._codes.add((outcome.site, code))
        match outcome:
            case Article():
                self._add_article(outcome, code)
            case Absent():
                self._add_absent(outcome)
            case Unchanged():
                effect = partial(self._memory.answered, outcome.site, code, outcome.at)
                self._then(effect, "not_modified")
            case Failed():
                self._add_failed(outcome)
        return True

    def append(self) -> None:
        """Write the lines and sync them; an article's line is the last word."""
        for stream in (self._views, self._gone, self._articles):
            stream.append(b"".join(self._lines[stream]))

    def tell(self) -> None:
        """Tell state, within the transaction of the caller."""
        for effect in self._effects:
            effect()

    def _then(self, effect: Callable[[], None], count: str) -> None:
        self._effects.append(effect)
        self.counts[count] += 1

    def _add_resource(self, resource: Resource) -> None:
        effect = partial(
            self._state.resource_answered,
            resource.url,
            asked_at=milliseconds(resource.at),
            due=not resource.kept,
        )
        self._then(effect, "requisites" if resource.kept else "requisites_failed")

    def _add_failed(self, failed: Failed) -> None:
        due_at = milliseconds(failed.at)
        effect = partial(
            self._state.failed, failed.site, failed.code, reason=failed.reason, due_at=due_at
        )
        self._then(effect, "failed")

    # -- an article answered -------------------------------------------------

    def _add_article(self, article: Article, code: int) -> None:
        if article.fetched_at is None or article.warc is None:
            raise ValueError(f"{article.fetched_url}: has no record in the archive")
        known = self._state.known(article.site, code)
        last = self._state.last_line(article.site, code)
        # First what may break: a defect of one page leaves none of its lines.
        is_known = last is not None and self._comparison.is_same(last, article)
        if not is_known:
            self._add_revision(article, code, 1 if last is None else last.revision + 1)
        if known is not None and known.status == "gone":
            self._add_back(article)
        if article.view_count is not None:
            self._add_view(article, article.view_count, article.fetched_at)
        if is_known:
            self._then(partial(self._memory.reading, article), "unchanged")

    def _add_revision(self, article: Article, code: int, revision: int) -> None:
        duplicate_of = self._duplicate_of(article, code)
        article = replace(article, revision=revision, duplicate_of=duplicate_of)
        line = json_line(article)
        self._lines[self._articles].append(line)
        self._then(
            partial(self._memory.line, article, self._article_end, line),
            "new" if revision == 1 else "revised",
        )
        self._article_end += len(line)

    def _duplicate_of(self, article: Article, code: int) -> str | None:
        digest = text_digest(article.title, article.body)
        if digest is None:
            return None
        before = self._state.first_with_text(article.site, digest, code)
        here = self._texts.get(digest)
        self._texts[digest] = code if here is None else min(here, code)
        codes = [other for other in (before, here) if other is not None]
        return str(min(codes)) if codes else None

    def _add_view(self, article: Article, views: int, at: str) -> None:
        sample = ViewSample(
            site=article.site, news_code=article.news_code, view_count=views, observed_at=at
        )
        self._lines[self._views].append(json_line(sample))
        self.counts["views"] += 1

    def _add_back(self, article: Article) -> None:
        back = Gone(
            site=article.site,
            news_code=article.news_code,
            url=article.url,
            status="back",
            reason=None,
            observed_at=article.fetched_at or "",
            warc=article.warc,
        )
        self._lines[self._gone].append(json_line(back))
        self._then(partial(self._memory.gone, back), "back")

    # -- an article did not answer -------------------------------------------

    def _add_absent(self, absent: Absent) -> None:
        known = self._state.known(absent.site, absent.code)
        at = milliseconds(absent.at)
        if known is None or known.status in ("new", "missing"):
            self._then(partial(self._memory.missing, absent.site, absent.code, at), "missing")
        elif known.status == "archived" and known.absences == 0:
            self._then(
                partial(self._memory.not_found_once, absent.site, absent.code, at), "not_found_once"
            )
        else:
            self._add_gone(absent, known)

    def _add_gone(self, absent: Absent, known: Known) -> None:
        gone = Gone(
            site=absent.site,
            news_code=str(absent.code),
            url=absent.url,
            status="gone",
            reason=absent.reason,
            observed_at=absent.at,
            warc=absent.warc,
        )
        if known.status == "gone":
            self._then(partial(self._memory.gone, gone), "still_gone")
            return
        self._lines[self._gone].append(json_line(gone))
        self._then(partial(self._memory.gone, gone), "gone")
