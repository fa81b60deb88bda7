"""The arguments of a crawl (``-a NAME=VALUE``) and of commands, refused in one line."""

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
_LAST_DAY = date(2121, 3, 20)  # of the Jalali 1499, to which the archive is asked for


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


def own_arguments(given: Mapping[str, object]) -> dict[str, str]:
    """Return the arguments as texts, without those that begin with ``_``: scrapyd adds ``_job``.

    A program may give numbers and days as such, and None for nothing.
    """
    named = {name: value for name, value in given.items() if not name.startswith("_")}
    return {name: str(value) for name, value in named.items() if value is not None}


def parse_arguments(arguments: Mapping[str, object]) -> CrawlArguments:
    """Read the arguments; raises UsageError naming the first that is wrong, and what it takes."""
    given = own_arguments(arguments)
    unknown = sorted(set(given) - {"base_url", "since", "until", "codes", "recheck"})
    if unknown:
        raise UsageError(
            f"-a {unknown[0]}: no such argument; there are base_url, since, until, codes, recheck"
        )
    since, until = _day(given, "since"), _day(given, "until")
    if since and until and since > until:
        raise UsageError(f"-a since={given['since']}: later than until={given['until']}")
    codes = given.get("codes")
    if codes is not None and (since or until):
        raise UsageError(f"-a codes={codes}: takes no since or until beside it")
    recheck, after = _recheck(given.get("recheck", "due"))
    return CrawlArguments(
        base_url=_base_url(given.get("base_url")),
        since=since,
        until=until,
        codes=None if codes in (None, "gaps") else _codes(codes),
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
    wrong = f"-a {name}={given[name]}: takes a day such as 1402-05-01 or 2023-07-23"
    try:
        day = parse_day(given[name])
    except DateError as error:
        raise UsageError(f"{wrong} ({error.reason})") from error
    if day > _LAST_DAY:
        raise UsageError(f"{wrong}, up to 1499-12-29")
    return day


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
