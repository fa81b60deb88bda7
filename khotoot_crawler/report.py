"""What a run did and what it could not do, kept while it goes on and written when it ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass

_MOST_LISTED = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A page, or a field of one, that gave nothing to use: why, and what it was."""

    url: str
    reason: str
    news_code: str | None = None
    field: str | None = None


class Report:
    """Counts, and the first thousand pages and fields that failed."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.failures: list[Trouble] = []
        self.problems: list[Trouble] = []

    def failed(self, trouble: Trouble) -> None:
        """A page could not be fetched or parsed; its article stays due."""
        self.counts["pages_failed"] += 1
        if len(self.failures) < _MOST_LISTED:
            self.failures.append(trouble)

    def problem(self, trouble: Trouble) -> None:
        """A field could not be read; the article was archived with null there."""
        self.counts["fields_unreadable"] += 1
        if len(self.problems) < _MOST_LISTED:
            self.problems.append(trouble)

    def as_dict(self, archived: Mapping[str, int]) -> dict[str, object]:
        """Return counts and lists as they stand in ``runs/*.json``; ``archived``: the ledger's."""
        return {
            "counts": dict(sorted({**archived, **self.counts}.items())),
            "failures": [asdict(trouble) for trouble in self.failures],
            "problems": [asdict(trouble) for trouble in self.problems],
        }
