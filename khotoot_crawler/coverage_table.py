"""Coverage as a person reads it in a terminal: counts, a bar a month, the gaps."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from khotoot_crawler.coverage import Coverage, months_between

_BAR = 40
_MOST_GAPS = 20
_COUNTED = ("archived", "gone", "missing", "failed", "waiting")


def table(covered: Coverage, delay: float) -> Iterator[str]:
    """Yield the lines; ``delay`` is the seconds from one polite request to the next."""
    if covered.site is None:
        yield "no code is known yet"
        return
    yield f"{covered.site}: {covered.known:,} codes known, {covered.never_asked:,} never asked for"
    yield ""
    for name in _COUNTED:
        yield f"  {name:<9}{getattr(covered, name):>11,}"
    yield ""
    yield from _months(covered)
    yield from _gaps(covered, delay)


def _months(covered: Coverage) -> Iterator[str]:
    """Yield a line a month, and one for a row of months without any article."""
    if covered.months:
        yield "articles by Jalali month of publication"
        most = max(covered.months.values())
        months = months_between(min(covered.months), max(covered.months))
        for has_any, some in groupby(months, covered.months.__contains__):
            if has_any:
                for month in some:
                    count = covered.months[month]
                    yield f"  {month:<9}{count:>11,}  {'#' * max(1, _BAR * count // most)}"
            else:
                empty = list(some)
                yield f"  {empty[0] if len(empty) == 1 else f'{len(empty)} months':<9}{0:>11}"
    if covered.undated:
        yield f"  {'undated':<9}{covered.undated:>11,}"
    if covered.months or covered.undated:
        yield ""


def _gaps(covered: Coverage, delay: float) -> Iterator[str]:
    if not covered.gaps:
        yield "no gaps"
        return
    yield f"gaps: {covered.never_asked:,} codes in {len(covered.gaps):,} ranges"
    for low, high in covered.gaps[:_MOST_GAPS]:
        yield f"  {low}" if low == high else f"  {low}-{high}  ({high - low + 1:,})"
    if (more := len(covered.gaps) - _MOST_GAPS) > 0:
        yield f"  and {more:,} more; --json names them all"
    length = in_words(covered.never_asked * delay)
    yield f"to ask for them (-a codes=gaps) takes {length}, at a page every {delay:g} s"


def in_words(seconds: float) -> str:
    """Return a length of time as a person would say it, in its two largest units.

    >>> in_words(40), in_words(3700), in_words(90_000), in_words(7_777_777)
    ('less than a minute', 'about 1 hour 2 minutes', 'about 1 day 1 hour', 'about 90 days')
    """
    if seconds < 60:
        return "less than a minute"
    minutes = round(seconds / 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    units = ((days, "day"), (hours if days < 10 else 0, "hour"), (0 if days else minutes, "minute"))
    told = [f"{count:,} {unit}{'' if count == 1 else 's'}" for count, unit in units if count]
    return f"about {' '.join(told)}"
