"""One HTTP exchange as it went over the wire: what capture hands to the archive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

Truncation = Literal["disconnect", "length", "time"]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer.

    ``started_at`` is aware, UTC, taken as the request was sent. ``request`` is what was sent.
    ``head`` is the status line and the header lines as received, with the blank line; interim
    answers (1xx) and trailers are no part of it. ``body`` has its transfer coding undone and its
    Content-Encoding kept; ``truncated`` says why it is not whole.
    """

    url: str
    started_at: datetime
    ip_address: str
    request: bytes
    head: bytes
    body: bytes
    truncated: Truncation | None = None


def warc_date(moment: datetime) -> str:
    """Return an aware moment as WARC-Date and ``fetched_at`` write it: UTC, to the millisecond.

    >>> warc_date(datetime(2026, 11, 22, 8, 30, 0, 123999, tzinfo=UTC))
    '2026-11-22T08:30:00.123Z'
    """
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
