"""When an article that is known is looked at again."""

from __future__ import annotations

from dataclasses import dataclass

HOUR = 3_600_000
DAY = 24 * HOUR
SECOND_LOOK = DAY  # at a linked article that was not there, before it is taken for missing


@dataclass(frozen=True, slots=True, kw_only=True)
class RecheckPolicy:
    """Young articles change and are read; old ones hardly. Times in milliseconds."""

    least: int = HOUR
    fraction: float = 0.2
    young: int = 30 * DAY
    old_every: int = 180 * DAY

    def next_due(self, asked_at: int, published_at: int | None) -> int:
        """Return when to ask again an article published then and asked for now.

        >>> RecheckPolicy().next_due(10 * DAY, published_at=0) == 12 * DAY
        True
        """
        # A date to come is a slip: no article is news every hour until it is there.
        age = self.young + 1 if published_at is None else abs(asked_at - published_at)
        if age > self.young:
            return asked_at + self.old_every
        return asked_at + max(self.least, int(age * self.fraction))
