"""The fields of an article, a method each: selectors first, then labels, then metadata."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from lxml.etree import _Element

from khotoot_crawler.errors import DateError, ParseError
from khotoot_crawler.jalali import Moment, days_named, jalali_day, parse_moment
from khotoot_crawler.parsers import labels, selectors
from khotoot_crawler.parsers.blocks import text_of, toolbar_text
from khotoot_crawler.parsers.credit import credited_agency
from khotoot_crawler.parsers.identity import code_of
from khotoot_crawler.parsers.metadata import text_value
from khotoot_crawler.parsers.noise import names_of
from khotoot_crawler.parsers.own_lines import OwnLines, own_lines
from khotoot_crawler.parsers.page import Page
from khotoot_crawler.text import ascii_digits, is_visible, normal_form, parse_count

_NUMBER = re.compile(r"(?<![\w.,/-])[0-9]{1,18}(?![\w,/-]|\.[0-9])")
_LABEL = re.compile(r"^[^\d:：]{0,40}[:：]\s*")
_COMMENTS_COUNT = re.compile(  # beside the visits, whose number may stand before its word or after
    r"(?:نظر|د[یي]دگاه)\w*+\s*+[:：]\s*+\d[\d٬,،.٫]*+"
    r"|\d[\d٬,،.٫]*+\s*+(?:نظر|د[یي]دگاه)\w*+(?!\s*+(?:[:：]|\d[\d٬,،.٫]*+(?!\s*+بازد)))"
    r"|(?:نظر|د[یي]دگاه)\w*+\s*+\d[\d٬,،.٫]*+\W*\Z"
)
_TIME = re.compile(
    r"(?:ساعت\s*+(?:(?:انتشار|درج)\s*+)?[:：]?\s*+)?\d{1,2}\s?:\s?\d{2}(?:\s?:\s?\d{2})?"
)
_OF_LENGTH = re.compile(r"duration|length|film|video|audio|sound|media|reading|modat")
_LONGEST_COUNT = 200
_VIEWS_LABEL = re.compile(r"تعداد|بازد[یي]د(?:ها)?|[\W_]+")
_SHORTEST_LEAD = 40
_LONGEST_DATE = 100
_ARABIC_SCRIPT = frozenset({"fa", "ar", "ku", "ckb", "ps", "ur", "az", "ug", "sd", "prs"})


class Fields:
    """The fields of one page; ``problems`` are what it shows but could not be read."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.outline = page.outline
        self.metadata = page.outline.metadata
        self.problems: list[ParseError] = []

    @cached_property
    def title(self) -> str:
        """The headline; raises ParseError where there is none."""
        element = self.outline.title
        title = self._text(element) if element is not None else None
        title = title or next(iter(self.metadata.titles), None)
        title = title or text_value(self.outline.news_article.get("headline"))
        if not title:
            raise ParseError("no title", url=self.page.url, field="title")
        return title

    def kicker(self) -> str | None:
        """Return the line above the headline."""
        found = self.outline.leading(selectors.KICKER)
        texts = (text_of(element, stop=self._others - {element}) for element in found)
        return next(filter(is_visible, texts), None)

    def lead(self) -> str | None:
        """Return the lead paragraph in one line."""
        element = self.outline.lead
        return self._text(element) if element is not None else self._described_lead()

    def _described_lead(self) -> str | None:
        """Return the line before the text that the page's description repeats."""
        description = normal_form(self.metadata.get("og:description", "description") or "")
        if len(description) < _SHORTEST_LEAD:
            return None
        lines = map(labels.plain, self._lines.before)
        return next((line for line in lines if normal_form(line) == description), None)

    def body(self) -> str | None:
        """Return the paragraphs, one a line."""
        return "\n".join(self.page.content.paragraphs) or None

    def source(self) -> str | None:
        """Return the agency credited at the end of the body."""
        return credited_agency(self.page.content.paragraphs)

    def news_code(self) -> str:
        """Return the code shown; raises ParseError where it is none or not the address's."""
        address = self.outline.identity.address_code
        if address is None and self.outline.identity.is_of_other_edition:
            reason = "an article of another edition, whose codes are counted apart"
            raise ParseError(reason, url=self.page.url, field="news_code")
        found = self._shown_code() or self._code_of_metadata() or address
        if found is None:
            raise ParseError("no news code", url=self.page.url, field="news_code")
        if address is not None and found != address:
            reason = f"the page is of article {found}, its address of {address}"
            raise ParseError(reason, url=self.page.url, field="news_code")
        return found

    def _code_of_metadata(self) -> str | None:
        """Return the code of the canonical address; agreeing ones are believed first."""
        named = [code for code in map(code_of, self.metadata.addresses) if code]
        address = self.outline.identity.address_code
        return address if address in named else next(iter(named), None)

    def _shown_code(self) -> str | None:
        shown = [labels.labelled_code([bar]) or bar for bar in self._toolbars(selectors.CODE)]
        shown = shown or [*filter(None, [self._labelled_code()])]
        codes = [code for code in map(_number, shown) if code]
        if shown and not codes:
            self._unreadable("news_code", f"{shown[0]!r} is no news code")
        agreeing = (code for code in codes if code in self.outline.identity.codes)
        return next(agreeing, codes[0] if codes else None)

    def _labelled_code(self) -> str | None:
        before = labels.labelled_code(self._lines.before)
        after = None if before else labels.labelled_code(self._lines.after)
        # A footer may slip in after the text: its code is believed only where it agrees.
        known = self.outline.identity.codes
        agrees = after and (not known or ascii_digits(after) in known)
        return after if agrees else before

    @property
    def published_raw(self) -> str | None:
        """The time of publication as the page shows it."""
        return self._published[0]

    @cached_property
    def _published(self) -> tuple[str | None, Moment | None]:
        """The first text that names a moment, and that; else the first text there is."""
        first = None
        for shown in self._shown_dates():
            moment = _moment(shown)
            raw = labels.without_neighbours(shown) if moment is not None else shown
            raw = raw if raw == shown or _moment(raw) == moment else shown
            first = first or raw
            if moment is not None:
                return (raw, moment) if _may_be_one_day(first, raw, moment) else (first, None)
        return first, None

    def _shown_dates(self) -> Iterator[str]:
        for shown in self._texts(self.outline.dates):
            raw = labels.labelled_date([shown]) or labels.value_of(_LABEL.sub("", shown))
            is_other = "امروز" in shown or labels.is_of_update(shown)
            if raw and not is_other and len(raw) <= _LONGEST_DATE:
                yield raw
        stamps = (element.get("datetime") for element in self.outline.dates)
        yield from self._dates_with_time_beside()
        lines = self._lines
        yield from filter(
            None,
            (
                *stamps,
                labels.labelled_date(lines.before),
                labels.bare_date(lines.before),
                labels.labelled_date(lines.after),
                labels.bare_date(self.page.content.field_lines),
                text_value(self.outline.news_article.get("datepublished")),
                self.metadata.get("article:published_time", "datepublished"),
            ),
        )

    def _dates_with_time_beside(self) -> Iterator[str]:
        for element in self.outline.dates:
            beside = element.getnext()
            is_length = beside is None or _OF_LENGTH.search(names_of(beside).lower())
            time = "" if beside is None or is_length else text_of(beside)
            if _TIME.fullmatch(time):
                yield f"{toolbar_text(element, stop=self._others)} {time}"

    def moment(self) -> Moment | None:
        """Return the time of publication, Jalali and aware."""
        raw, moment = self._published
        if raw is None or moment is not None:
            return moment
        try:
            parse_moment(raw)
            reason = "metadata tells another day"
        except DateError as error:
            reason = error.reason
        self._unreadable("published_at", f"{raw!r}: {reason}")
        return None

    def view_count(self) -> int | None:
        """Return the number of visits."""
        bars = filter(self.outline.stands_by_text, self.outline.own_fields(selectors.VIEWS))
        shown = next(self._texts(bars), None)
        if shown:
            shown = _COMMENTS_COUNT.sub(" ", shown[:_LONGEST_COUNT])
            shown = labels.labelled_views([shown]) or shown
        else:
            lines = self._lines
            shown = labels.labelled_views(lines.before) or labels.labelled_views(lines.after)
            shown = shown or labels.labelled_views(self.page.content.field_lines)
            if shown and ascii_digits(shown) in self.outline.identity.codes:
                return None  # the code stands beside a label of visits without a value
        count = parse_count(shown) if shown else None
        if shown and count is None and _VIEWS_LABEL.sub("", shown):
            self._unreadable("view_count", f"{shown!r} is no count")
        return count

    def language(self) -> str | None:
        """Return the language the page declares, "fa" where its letters say so."""
        declared = self.page.root.get("lang") or self.page.root.get("xml:lang") or ""
        language = declared.replace("_", "-").split("-")[0].strip().lower()
        texts = [self.title, *self.page.content.paragraphs]
        if not any(letter in text for text in texts for letter in "پچژگکی"):
            return language if language.isalpha() else None
        # Themes bought abroad say "en" of Persian pages.
        return language if language in _ARABIC_SCRIPT else "fa"

    @cached_property
    def _lines(self) -> OwnLines:
        return own_lines(self.outline)

    @cached_property
    def _others(self) -> frozenset[_Element]:
        """Where the text of an element left unclosed is over."""
        body = [self.outline.body] if self.outline.body is not None else []
        return self.outline.fields.union(body, self.outline.index.select(selectors.BARS))

    def _text(self, element: _Element) -> str:
        kickers = self.outline.kickers
        return text_of(element, skip=kickers, stop=self._others - kickers)

    def _toolbars(self, names: tuple[str, ...]) -> Iterator[str]:
        return self._texts(self.outline.own(names))

    def _texts(self, elements: Iterable[_Element]) -> Iterator[str]:
        return filter(None, (toolbar_text(e, stop=self._others) for e in elements))

    def _unreadable(self, field: str, reason: str) -> None:
        self.problems.append(ParseError(reason, url=self.page.url, field=field))


def _moment(raw: str) -> Moment | None:
    try:
        return parse_moment(raw)
    except DateError:
        return None


def _may_be_one_day(first: str, raw: str, moment: Moment) -> bool:
    """Tell whether a date that names no moment may be the day of one that does."""
    if first == raw:
        return True
    try:
        days = {jalali_day(day, "-") for day in days_named(first)}
    except DateError:
        return True
    return not days or days == {moment.jalali[:10]}


def _number(text: str) -> str | None:
    """Return the one whole number in a text, as a news code is written."""
    numbers = _NUMBER.findall(ascii_digits(text))
    return str(int(numbers[0])) if len(numbers) == 1 and int(numbers[0]) else None
