"""How long a server asks to be left alone."""

from __future__ import annotations

import time
from datetime import UTC
from email.utils import parsedate_to_datetime

from scrapy.http import Headers


def retry_after(headers: Headers) -> float | None:
    """Return the seconds that Retry-After asks for (RFC 9110, 10.2.3).

    A date counts from the server's own Date, where it tells one: clocks differ.
    """
    value = _told(headers, "Retry-After")
    if value.isdecimal():
        return float(value)
    until, now = _moment(value), _moment(_told(headers, "Date"))
    return None if until is None else max(0.0, until - (time.time() if now is None else now))


def _moment(text: str) -> float | None:
    """Return the seconds since 1970 of an HTTP date, in GMT where it names no zone."""
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _told(headers: Headers, name: str) -> str:
    return (headers.get(name) or b"").decode("latin-1").strip()
