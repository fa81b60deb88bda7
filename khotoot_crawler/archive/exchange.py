"""One HTTP exchange as it went over the wire: what capture hands to the archive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

# The signal that hands an exchange over (arguments: ``exchange``, ``request``).
exchange_captured = object()
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
