"""What an archive page lists for the days asked for, and what else it names.

The site's own filter leaks, and every page links the news of today beside its list: neither is
asked for. Where a list tells no days, an article of another day may be fetched; it is archived as
any other, for its exchange is in the WARC, and it is logged and counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from itertools import islice

from lxml import etree
from lxml.etree import _Element

from khotoot_crawler.arguments import CrawlArguments
from khotoot_crawler.errors import DateError
from khotoot_crawler.jalali import parse_day
from khotoot_crawler.parsers.date_places import is_named_head
from khotoot_crawler.parsers.noise import names_of
from khotoot_crawler.parsers.page import Page
from khotoot_crawler.urls import Site, resolve

_FRAME_TAGS = frozenset({"aside", "header", "footer", "nav"})
_FRAME = re.compile(  # each of an element's names by itself
    r"(?!has[-_]|with[-_])(?:(?:side|menu|ticker|header)[\w-]*|nav(?![-_]?news)[\w-]*"
    r"|(?:[\w-]+[-_])?footer[\w-]*)",
    re.IGNORECASE,
)
_ROW_HEIGHT = 4  # elements around a headline that may hold its day
_LONGEST_DATE = 80
# A label, a weekday, the time of day.
_BESIDE_A_DATE = re.compile(
    r"\A[^\d:]{1,30}:(?!\d)|(?:یک|دو|سه|چهار|پنج)?[\s\u200c]*شنبه|جمعه"
    r"|(?:ساعت)?[\s:]*(?<!\d)\d{1,2}:\d{2}(?::\d{2})?(?!\d)"
)


@dataclass(frozen=True, slots=True)
class Window:
    """Days in Tehran, both included; None leaves that end open."""

    since: date | None
    until: date | None

    def holds(self, day: date) -> bool:
        """Tell whether a day is among them."""
        return (self.since or day) <= day <= (self.until or day)

    def left_out(self, page: Page, site: Site) -> set[int]:
        """Return the codes that an archive page names but does not list for these days.

        The day that stands beside a headline decides; where there is none, the place: what stands
        in side bars, menus, header and footer is left out.
        """
        wanted: set[int] = set()
        others: set[int] = set()
        for link, code in _links(page, site):
            day = _day_beside(link, code, page, site)
            is_wanted = not _is_in_frame(link) if day is None else self.holds(day)
            (wanted if is_wanted else others).add(code)
        return others - wanted


def window_of(arguments: CrawlArguments) -> Window | None:
    """Return the days that a crawl was given; None for all."""
    since, until = arguments.since, arguments.until
    return Window(since, until) if since or until else None


def _links(page: Page, site: Site) -> Iterator[tuple[_Element, int]]:
    for link in page.root.iter("a", "area"):
        if (code := _code_of(link, page, site)) is not None:
            yield link, code


def _code_of(link: _Element, page: Page, site: Site) -> int | None:
    url = resolve(page.base, link.get("href") or "")
    code = None if url is None else site.news_code(url)
    return None if code is None else int(code)


def _is_in_frame(link: _Element) -> bool:
    return any(_is_frame(e) for e in link.iterancestors() if e.tag not in ("body", "html"))


def _is_frame(element: _Element) -> bool:
    names = names_of(element).split()
    return element.tag in _FRAME_TAGS or any(map(_FRAME.fullmatch, names))


def _day_beside(link: _Element, code: int, page: Page, site: Site) -> date | None:
    """Return the one day in the smallest row that holds this article alone and names any."""
    for row in islice(link.iterancestors(), _ROW_HEIGHT):
        if row.tag == "body" or any(
            _code_of(other, page, site) not in (None, code) for other in row.iter("a", "area")
        ):
            return None
        days = {day for text in _texts(row) if (day := _day_of(text)) is not None}
        if days:
            return days.pop() if len(days) == 1 else None
    return None


def _texts(row: _Element) -> Iterator[str]:
    """Yield the texts of a row, but for the head and the frame of the site: today stands there."""
    walk = etree.iterwalk(row, events=("start", "end"))
    for event, element in walk:
        if event == "end":
            yield element.tail or "" if element is not row else ""
        elif element is not row and (_is_frame(element) or is_named_head(element)):
            walk.skip_subtree()
        else:
            yield element.text or ""


def _day_of(text: str) -> date | None:
    """Return the day that a text names; a headline that holds a date is none.

    >>> _day_of("۲۹ مرداد ۱۴۰۲ - ۱۸:۳۹"), _day_of("تاریخ: ۱۴۰۲/۰۵/۲۹"), _day_of("هفته تعاون")
    (datetime.date(2023, 8, 20), datetime.date(2023, 8, 20), None)
    """
    if len(text) > _LONGEST_DATE or not any(map(str.isdigit, text)):
        return None
    with suppress(DateError):
        return parse_day(_BESIDE_A_DATE.sub(" ", text).strip(" -–|،/()[]\xa0\n\t"))
    return None
