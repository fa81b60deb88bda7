"""Jalali date texts, as Iranian news sites print them, to moments in Asia/Tehran.

The calendar is jdatetime's, the zone and its history tzdata's: summer time up to 1401 (none in
1385 and 1386), local mean time before 1314. Rules for what a text leaves open:

- A date without a time of day names no moment: midnight is never guessed. Nor does a text with
  two dates or times (publication and update), unless they agree.
- The weekday is decoration: it is not read, so a wrong one does not spoil a date.
- A Gregorian date beside the Jalali one must be the same day, or a neighbour (sites render it in
  UTC); alone, or in ISO 8601 and RFC 822 with a zone, it is a moment too. Without a zone the
  time is Tehran's.
- Two-digit years are 1370-1399 (70-99) and 1400-1419 (00-19); others are refused.
- Numbers alone stand year first (1402/05/29), or day first with the year in full (29/05/1402).
- شب is after noon from 6 to 11 (۱۰:۱۵ شب is 22:15); otherwise it is vague, as ظهر, غروب and
  نیمه شب are with any hour that has two readings: such a time names no moment.
- A time is 18:39, or ساعت ۱۸ و ۳۹ دقیقه. 18.39 is one only where no other is written, beside the
  date or after the word ساعت with nothing behind it, and, without that word, only where the
  numbers could not be a month and a day as well.
- An hour that summer time repeated is the first of the two. One that it skipped was printed by a
  clock not yet moved: it keeps the winter offset (zoneinfo's ``fold=0`` both times).
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import TypeVar
from zoneinfo import ZoneInfo

import jdatetime  # type: ignore[import-untyped]

from khotoot_crawler.clock import TimeOfDay, times_of_day
from khotoot_crawler.errors import DateError
from khotoot_crawler.text import ascii_digits

_JALALI_MONTHS = (
    "فروردین|حمل",
    "اردیبهشت|اردی بهشت|ثور",
    "خرداد|جوزا",
    "تیر|سرطان",
    "مرداد|امرداد|اسد",
    "شهریور|شهریر|سنبله",
    "مهر|میزان",
    "ابان|عقرب",
    "اذر|قوس",
    "دی|جدی",
    "بهمن|دلو",
    "اسفند|اسپند|حوت",
)
_GREGORIAN_MONTHS = (
    "january|jan|ژانویه",
    "february|feb|فوریه|فبریه",
    "march|mar|مارس|مارچ",
    "april|apr|اوریل|اپریل",
    "may|مه|می",
    "june|jun|ژوئن|ژوین|جون",
    "july|jul|ژوئیه|ژوییه|ژولای|جولای",
    "august|aug|اوت|اگوست",
    "september|sept|sep|سپتامبر",
    "october|oct|اکتبر",
    "november|nov|نوامبر",
    "december|dec|دسامبر",
)


def _numbered(months: tuple[str, ...]) -> dict[str, int]:
    return {name: n for n, names in enumerate(months, 1) for name in names.split("|")}


_JALALI = _numbered(_JALALI_MONTHS)
_GREGORIAN = _numbered(_GREGORIAN_MONTHS)
_MONTH = rf"(?P<word>{'|'.join(sorted(_JALALI | _GREGORIAN, key=len, reverse=True))})"
_YEAR = r"(?P<year>\d{4}|\d{2}(?! ?:))(?!\d)"
_GAP = r"[ /,،.-]{0,3}"

# The forms of a date, in this order: what one has read, the next does not see.
_DATE = tuple(
    re.compile(form)
    for form in (
        rf"(?<!\d)(?P<day>\d{{1,2}})(?:ام|م)?{_GAP}{_MONTH}(?: ?ماه)?{_GAP}(?:سال )?{_YEAR}",
        rf"(?<!\w){_MONTH}(?: ?ماه)?{_GAP}(?P<day>\d{{1,2}})(?:[a-z]{{2}})?[ ,،]{{1,3}}"
        r"(?P<year>\d{4})(?!\d)",
        r"(?<!\d)(?<!\d[/.:])(?P<year>\d{4}) ?(?P<sep>[/.-]) ?(?P<month>\d{1,2}) ?(?P=sep) ?"
        r"(?P<day>\d{1,2})(?!\d|(?P=sep)(?!\d{1,2}:)\d)",
        r"(?<!\d)(?<!\d[/.:-])(?P<year>\d{2})(?P<sep>[/-])(?P<month>\d{1,2})(?P=sep)"
        r"(?P<day>\d{1,2})(?!\d|(?P=sep)(?!\d{1,2}:)\d)",
        r"(?<!\d)(?<!\d[/.:-])(?P<day>\d{1,2}) ?(?P<sep>[/.-]) ?(?P<month>\d{1,2}) ?(?P=sep) ?"
        r"(?P<year>1[0-6]\d{2})(?!\d|(?P=sep)\d)",
    )
)
_FORMATTING = re.compile("[\u061c\u200b\u200d-\u200f\u202a-\u202e\u2066-\u2069\ufeffـ]+")
_ALIKE = (("ي", "ی"), ("ى", "ی"), ("ك", "ک"), ("آ", "ا"), ("أ", "ا"), ("إ", "ا"))
_ONE_DAY = dt.timedelta(days=1)
_LAST_JALALI = 1700
_EARLIEST, _LATEST = dt.date(1921, 3, 21), dt.date(2121, 3, 20)  # Jalali 1300 to 1499
_LONGEST = 2_000  # white space folded; what is longer is a page, not a date
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment to the second, on two calendars.

    ``jalali``: wall clock in Tehran, ``1402-05-29T18:39:00``; ``at``: ISO 8601 with the offset
    in force there then, ``2023-08-20T18:39:00+03:30``.
    """

    jalali: str
    at: str


@cache
def tehran() -> ZoneInfo:
    """Return Asia/Tehran from the tzdata package: the machine's own tables may predate 1401."""
    with files("tzdata.zoneinfo.Asia").joinpath("Tehran").open("rb") as table:
        return ZoneInfo.from_file(table, key="Asia/Tehran")


def parse_moment(text: str) -> Moment:
    """Return the one moment a text names; raise ``DateError`` for none, several or an impossible.

    >>> parse_moment("تاریخ انتشار: ۲۹ مرداد ۱۴۰۲ - ۱۸:۳۹")
    Moment(jalali='1402-05-29T18:39:00', at='2023-08-20T18:39:00+03:30')
    """
    jalali, gregorian, rest = _days(text)
    if not all(_EARLIEST <= day <= _LATEST for day in jalali | gregorian):
        raise DateError("a year before 1300 or after 1499")
    wall_day = _only(jalali or gregorian, "date")
    # A time with a zone goes with the Gregorian rendering: near midnight it is another day.
    zoned_day = _only(gregorian or jalali, "date")
    at = _only({_at(wall_day, zoned_day, match) for match in times_of_day(rest)}, "time of day")
    if jalali and gregorian and (at.date() != wall_day or abs(zoned_day - wall_day) > _ONE_DAY):
        raise DateError("its Jalali and Gregorian dates disagree")
    return Moment(f"{jalali_day(at.date(), '-')}T{at:%H:%M:%S}", at.isoformat())


def parse_day(text: str) -> dt.date:
    """Return the day that an argument names: Jalali, or Gregorian when the year is over 1700.

    >>> parse_day("1402-05-29"), parse_day("2023/08/20")
    (datetime.date(2023, 8, 20), datetime.date(2023, 8, 20))
    """
    jalali, gregorian, rest = _days(text)
    if rest.strip(" |\n"):
        raise DateError(f"{text[:40]!r} is not one day, such as 1402-05-29 or 2023-08-20")
    return _only(jalali | gregorian, "date")


def days_named(text: str) -> set[dt.date]:
    """Return the days that a text names: those on the Jalali calendar, where it names any.

    >>> sorted(days_named("۲۹ مرداد ۱۴۰۲، به‌روز شده: ۳۰ مرداد ۱۴۰۲ - ۱۱:۳۰"))
    [datetime.date(2023, 8, 20), datetime.date(2023, 8, 21)]
    """
    jalali, gregorian, _ = _days(text)
    return jalali or gregorian


def jalali_day(day: dt.date, separator: str = "/") -> str:
    """Return a Gregorian day on the Jalali calendar, as the site's archive writes it.

    >>> jalali_day(dt.date(2023, 8, 20))
    '1402/05/29'
    """
    return separator.join(_jalali_parts(day))


@lru_cache(maxsize=1024)  # a crawl goes down the archive day by day, some dozens of news each
def _jalali_parts(day: dt.date) -> tuple[str, str, str]:
    jalali = jdatetime.date.fromgregorian(date=day)
    return f"{jalali.year:04}", f"{jalali.month:02}", f"{jalali.day:02}"


@lru_cache(maxsize=1024)
def _gregorian_day(year: int, month: int, day: int) -> dt.date:
    date: dt.date = jdatetime.date(year, month, day).togregorian()
    return date


def _days(text: str) -> tuple[set[dt.date], set[dt.date], str]:
    """Return the days of the Jalali dates, of the Gregorian ones, and the text without them."""
    rest = _plain(text)
    jalali: set[dt.date] = set()
    gregorian: set[dt.date] = set()

    def take(match: re.Match[str]) -> str:
        is_jalali, day = _day(match.groupdict())
        (jalali if is_jalali else gregorian).add(day)
        return "\n"

    for form in _DATE:
        rest = form.sub(take, rest)
    return jalali, gregorian, rest


def _plain(text: str) -> str:
    # NFC last: it takes quadratic time over a run of combining marks.
    text = " ".join(_FORMATTING.sub("", text).replace("\u200c", " ").split())
    if len(text) > _LONGEST:
        raise DateError("too long for a date")
    text = unicodedata.normalize("NFC", text).lower()
    for letter, plain in _ALIKE:
        text = text.replace(letter, plain)
    # One by one, in six times as long, are left those of other scripts alone.
    return re.sub(r"[^\D0-9]", lambda digit: str(int(digit[0])), ascii_digits(text))


def _day(parts: dict[str, str | None]) -> tuple[bool, dt.date]:
    """Return whether the date is Jalali, and its day."""
    word, day = parts.get("word"), int(parts["day"] or 0)
    is_gregorian = word in _GREGORIAN
    year = _full_year(parts["year"] or "", is_gregorian)
    if word is None:
        is_gregorian = year > _LAST_JALALI
        month = int(parts["month"] or 0)
    else:
        month = _GREGORIAN[word] if is_gregorian else _JALALI[word]
    if is_gregorian != (year > _LAST_JALALI):
        raise DateError(f"year {year} is of the other calendar")
    try:
        if is_gregorian:
            return False, dt.date(year, month, day)
        return True, _gregorian_day(year, month, day)
    except ValueError:
        raise DateError(f"{year}-{month:02}-{day:02} never was") from None


def _full_year(digits: str, is_gregorian: bool) -> int:
    year = int(digits)
    if len(digits) == 4:
        return year
    if is_gregorian or 19 < year < 70:
        raise DateError(f"year {digits} could be of any century")
    return year + (1300 if year >= 70 else 1400)


def _at(wall_day: dt.date, zoned_day: dt.date, time: TimeOfDay) -> dt.datetime:
    """Return the moment of a time of day, in Tehran."""
    if time.offset is None:
        return dt.datetime.combine(wall_day, time.clock, tehran())
    zone = dt.timezone(time.offset)
    return dt.datetime.combine(zoned_day, time.clock, zone).astimezone(tehran())


def _only(values: set[_T], what: str) -> _T:
    if len(values) != 1:
        raise DateError(f"more than one {what}" if values else f"no {what}")
    return next(iter(values))
