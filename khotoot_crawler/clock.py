"""Times of day in a text, as Iranian news sites print them: ``۱۸:۳۹``, ``۶:۳۹ ب.ظ``, in words."""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple

from khotoot_crawler.errors import DateError

_BEFORE_NOON = r"ق ?\.? ?ظ|(?:قبل|پیش) ?از ?ظهر|صبح|بامداد|a\.?m"
_AFTER_NOON = r"ب ?\.? ?ظ|(?:بعد|پس) ?از ?ظهر|عصر(?! ایران)|p\.?m"  # عصر ایران is a news agency
_NIGHT = "شب"
_VAGUE_HALVES = ("نیمه شب", _NIGHT, "ظهر", "غروب")  # 11 or 23, 1 or 13
_HALF = "|".join((_BEFORE_NOON, _AFTER_NOON, *_VAGUE_HALVES))
_TIME = re.compile(
    rf"(?:(?<!\w)(?P<before>{_HALF})[ |\n،,()-]{{1,6}}(?:ساعت ?:? ?)?)?"
    r"(?<!\d)(?<!\d[:.])(?P<hour>\d{1,2}) ?: ?(?P<minute>\d{2})"
    r"(?: ?: ?(?P<second>\d{2})(?:\.\d{1,9})?)?(?!\d|:\d)"
    r"(?: ?(?P<zone>(?:(?:utc|gmt) ?)?[+-](?:0\d|1[0-4]):?[0-5]\d|(?:utc|gmt)[+-]\d{1,2}|z|utc|gmt)"
    r"(?![\w:]))?"
    rf"(?:(?: ?دقیقه(?!\w))?[ |\n،,()-]{{0,4}}(?P<after>{_HALF})(?!\w)(?=(?P<of> [^\W\d])?))?"
)
_IN_WORDS = re.compile(
    r"(?<!\w)ساعت ?:? ?(\d{1,2}) ?و ?(\d{1,2}) ?دقیقه(?: ?و ?(\d{1,2}) ?ثانیه)?(?!\w)"
    r"(?! ?(?:مانده|(?:قبل|پیش|بعد|پس)(?! ?از ?ظهر)))"  # "at 3, 10 minutes ago" is none
)
# The line break is what _days() leaves of a date.
_DOTTED = re.compile(
    r"(?:(?P<word>(?<!\w)ساعت ?:? ?)|(?P<date>\n)[ |،,-]{0,4}|^)"
    r"(?P<hour>\d\d|[1-9])\.(?P<minute>[0-5]\d)[ |،,-]{0,4}(?P<end>\n|\Z)"
)


class TimeOfDay(NamedTuple):
    """A time on the clock; ``offset`` from UTC where the text names a zone, else Tehran's holds."""

    clock: dt.time
    offset: dt.timedelta | None


def times_of_day(text: str) -> list[TimeOfDay]:
    """Return the times of day in a text, its digits in ASCII, a line break in place of each date.

    Raises DateError for one that is impossible, or of which half of the day nobody can tell.
    """
    text = _IN_WORDS.sub(_in_figures, text)
    found = [*_TIME.finditer(text)] or [*_TIME.finditer(_DOTTED.sub(_with_colon, text))]
    return [TimeOfDay(_clock(match), _offset(match["zone"])) for match in found]


def _in_figures(match: re.Match[str]) -> str:
    return ":".join(number.zfill(2) for number in match.groups() if number)


def _with_colon(match: re.Match[str]) -> str:
    """Return a dotted time with a colon, and as it was where it may be something else."""
    hour, minute = int(match["hour"]), int(match["minute"])
    may_be_day = 1 <= min(hour, minute) <= 12 and max(hour, minute) <= 31
    is_beside_date = match["date"] or match["end"]
    if not match["word"] and (may_be_day or not is_beside_date):
        return match[0]
    return f"{match['word'] or match['date'] or ''} {hour}:{minute:02}{match['end']}"


def _offset(zone: str | None) -> dt.timedelta | None:
    if zone is None:
        return None
    digits = zone.lstrip("utcgmz +-").replace(":", "")
    offset = dt.timedelta(hours=int(digits[:2] or 0), minutes=int(digits[2:] or 0))
    return -offset if "-" in zone else offset


def _clock(match: re.Match[str]) -> dt.time:
    hour, half = int(match["hour"]), match["after"] or match["before"] or ""
    if re.fullmatch(_BEFORE_NOON, half) and hour <= 12:
        hour %= 12
    elif re.fullmatch(_AFTER_NOON, half) and hour >= 1:
        hour = hour % 12 + 12 if hour <= 12 else hour
    elif half == _NIGHT and 6 <= hour <= 11 and not match["of"]:
        hour += 12
    elif half and (1 <= hour <= 12 or half not in _VAGUE_HALVES):
        raise DateError(f"{match[0].strip()}: which half of the day?")
    try:
        return dt.time(hour, int(match["minute"]), int(match["second"] or 0))
    except ValueError:
        raise DateError(f"{match[0].strip()} is no time of day") from None
