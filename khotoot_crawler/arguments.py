"""The arguments of a crawl (``-a NAME=VALUE``), read once and refused in one line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from khotoot_crawler.errors import DateError, UsageError
from khotoot_crawler.jalali import parse_day
from khotoot_crawler.recheck import DAY, HOUR
from khotoot_crawler.urls import resolve

_RANGE = re.compile(r"([0-9]{1,18})(?:-([0-9]{1,18}))?")
_AGE = re.compile(r"([0-9]{1,5})([dh])")


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlArguments:
    """What one run is to fetch.

    ``codes``: inclusive ranges, or None for no such limit. ``gaps``: the codes between the
    smallest and the largest held that were never asked for. ``recheck_before``: known articles
    last asked for so many ms ago are due; None leaves it to the policy. ``since`` and ``until``
    are days in Tehran.
    """

    base_url: str | None = None
    since: date | None = None
    until: date | None = None
    codes: tuple[tuple[int, int], ...] | None = None
    gaps: bool = False
    recheck: bool = True
    recheck_after: int | None = None


def own_arguments(given: Mapping[str, str]) -> dict[str, str]:
    """Return the arguments without those that begin with ``_``: scrapyd adds ``_job``."""
    return {name: value for name, value in given.items() if not name.startswith("_")}


def parse_arguments(given: Mapping[str, str]) -> CrawlArguments:
    """Read the arguments; raises UsageError naming the first that is wrong, and what it takes."""
    unknown = sorted(set(own_arguments(given)) - {"base_url", "since", "until", "codes", "recheck"})
    if unknown:
        raise UsageError(
            f"-a {unknown[0]}: no such argument; there are base_url, since, until, codes, recheck"
        )
    since, until = _day(given, "since"), _day(given, "until")
    if since and until and since > until:
        raise UsageError(f"-a since={given['since']}: later than until={given['until']}")
    codes = given.get("codes")
    recheck, after = _recheck(given.get("recheck", "due"))
    return CrawlArguments(
        base_url=_base_url(given.get("base_url")),
        since=since,
        until=until,
        codes=None if codes in (None, "gaps") else _codes(str(codes)),
        gaps=codes == "gaps",
        recheck=recheck,
        recheck_after=after,
    )


def _base_url(text: str | None) -> str | None:
    if text is None:
        return None
    wrong = UsageError(
        f"-a base_url={text}: takes an address without path such as http://127.0.0.1:8000"
    )
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise wrong from None
    if parts.scheme not in ("http", "https") or resolve(text, "/") is None:
        raise wrong
    if parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise wrong
    return f"{parts.scheme}://{parts.netloc}"


def _day(given: Mapping[str, str], name: str) -> date | None:
    if name not in given:
        return None
    try:
        return parse_day(given[name])
    except DateError as error:
        raise UsageError(
            f"-a {name}={given[name]}: takes a day such as 1402-05-01 or 2023-07-23 "
            f"({error.reason})"
        ) from error


def _codes(text: str) -> tuple[tuple[int, int], ...]:
    ranges = []
    for part in text.split(","):
        found = _RANGE.fullmatch(part.strip())
        if found is None:
            raise UsageError(
                f"-a codes={text}: {part.strip()!r} is no news code; "
                "takes codes and ranges such as 33600-33700,33714, or gaps"
            )
        low, high = int(found[1]), int(found[2] or found[1])
        if not low:
            raise UsageError(f"-a codes={text}: {part.strip()}: news codes begin at 1")
        if low > high:
            raise UsageError(f"-a codes={text}: the range {part.strip()} runs backwards")
        ranges.append((low, high))
    return tuple(ranges)


def _recheck(text: str) -> tuple[bool, int | None]:
    if text in ("due", "none"):
        return text == "due", None
    if text == "all":
        return True, 0
    found = _AGE.fullmatch(text)
    if found is None:
        raise UsageError(f"-a recheck={text}: takes due, all, none, or an age such as 7d or 12h")
    return True, int(found[1]) * (DAY if found[2] == "d" else HOUR)


def one_folder(args: Sequence[str], settings: Mapping[str, Any], *options: str) -> Path:
    """Return the output folder that a command is asked about: KHOTOOT_OUTPUT unless named.

    Scrapy leaves options that a command has not (``options``: those it has) among its arguments.
    """
    unknown = [word for word in args if word.startswith("-")]
    if unknown:
        known = " and ".join(options) or "none"
        raise UsageError(f"{unknown[0]}: no such option; takes {known}")
    if len(args) > 1:
        raise UsageError(f"{' '.join(args)}: takes one output folder")
    folder = args[0] if args else settings.get("KHOTOOT_OUTPUT")
    if not folder:
        raise UsageError("-s KHOTOOT_OUTPUT=: takes the output folder of a crawl")
    return Path(folder)


# Kind, least and most of each number: with more, milliseconds would not fit into 64 bits.
_SECONDS = (float, 0, 10**9)
_TIMES = (float, 0, 10**6)
_BYTES = (int, 0, 10**18)
_AT_ONCE = (int, 1, 10_000)
_NUMBERS: dict[str, tuple[type[int] | type[float], int, int]] = {
    "DOWNLOAD_DELAY": _SECONDS,
    "DOWNLOAD_TIMEOUT": _SECONDS,
    "LOGSTATS_INTERVAL": _SECONDS,
    "KHOTOOT_DELAY_JITTER": (float, 0, 1000),
    "KHOTOOT_PATIENCE_BACKOFF": _SECONDS,
    "KHOTOOT_PATIENCE_PAUSE": _SECONDS,
    "KHOTOOT_PATIENCE_FAILURES": (int, 0, 10**9),
    "KHOTOOT_RECHECK_FRACTION": (float, 0, 1000),
    "KHOTOOT_RECHECK_HOURS": _TIMES,
    "KHOTOOT_RECHECK_YOUNG_DAYS": _TIMES,
    "KHOTOOT_RECHECK_OLD_DAYS": _TIMES,
    "KHOTOOT_MIN_FREE": _BYTES,
    "DOWNLOAD_MAXSIZE": _BYTES,
    "RETRY_TIMES": (int, 0, 1000),
    "CONCURRENT_ITEMS": _AT_ONCE,
    "CONCURRENT_REQUESTS": _AT_ONCE,
    "CONCURRENT_REQUESTS_PER_DOMAIN": _AT_ONCE,
}


def check_settings(settings: Mapping[str, Any]) -> None:
    """Refuse a setting that would fail only later; raises UsageError naming it."""
    for name, (kind, least, most) in _NUMBERS.items():
        _check_number(name, settings.get(name), kind, least, most)
    for name in ("KHOTOOT_PROGRESS", "ROBOTSTXT_OBEY"):
        _check_choice(name, str(settings.get(name)).lower(), ("1", "0", "true", "false"))
    _check_choice("KHOTOOT_LOG", settings.get("KHOTOOT_LOG"), ("text", "json"))
    _check_choice(
        "KHOTOOT_REQUISITES", settings.get("KHOTOOT_REQUISITES"), ("all", "images", "none")
    )
    if not settings.get("KHOTOOT_OUTPUT"):
        raise UsageError("-s KHOTOOT_OUTPUT=: takes the folder that everything is written to")
    contact = str(settings.get("KHOTOOT_CONTACT") or "")
    if not contact.isprintable():
        raise UsageError(f"-s KHOTOOT_CONTACT={contact!r}: takes one line, an address to write to")


def _check_choice(name: str, value: Any, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise UsageError(f"-s {name}={value}: takes {' or '.join(choices)}")


def _check_number(
    name: str, value: Any, kind: type[int] | type[float], least: int, most: int
) -> None:
    try:
        if least <= kind(value) <= most:
            return
    except (TypeError, ValueError):
        pass
    raise UsageError(f"-s {name}={value}: takes a number, {least} to {most}")
