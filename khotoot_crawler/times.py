"""UTC moments: as the files write them, and as milliseconds since 1970."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_text(moment: datetime) -> str:
    """Return an aware moment in UTC to the millisecond.

    >>> utc_text(datetime(2026, 11, 22, 8, 30, 0, 123999, UTC))
    '2026-11-22T08:30:00.123Z'
    """
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def milliseconds(text: str) -> int:
    """Return an ISO 8601 moment with its zone as milliseconds since 1970.

    >>> milliseconds("1970-01-01T00:00:01.500Z")
    1500
    """
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def now() -> datetime:
    """Return this moment, to the millisecond that the files can hold."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def now_ms() -> int:
    """Return this moment as milliseconds since 1970."""
    return round(now().timestamp() * 1000)


def run_id(moment: datetime) -> str:
    """Return the 17 digits that name a run and its files.

    >>> run_id(datetime(2026, 11, 22, 8, 30, 0, 123000, UTC))
    '20261122083000123'
    """
    return f"{moment:%Y%m%d%H%M%S}{moment.microsecond // 1000:03d}"
