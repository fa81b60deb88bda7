"""A line of a text in the making: what stands in it, and what of that in links."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml.etree import _Element

from khotoot_crawler.parsers.addresses import is_of_bar
from khotoot_crawler.parsers.blocks import text_of

_PAGER = re.compile(r"(?:صفح(?:ه|ات)|بعد[یي]?|قبل[یي]?|[\W\d_])+")
_NUMBER = re.compile(r"\d[\d٬,،.]*")
_NUMBER_OF_A_ROW = re.compile(r"[\W_]*\d{1,2}[\W_]*")
_LONGEST_LINK = 400  # letters, of a headline with its summary; what is longer was left unclosed


@dataclass(slots=True)
class Line:
    """Pieces of text: all of them, those in links to other news, and those in other links."""

    parts: list[str] = field(default_factory=list)
    away: list[str] = field(default_factory=list)
    linked: list[str] = field(default_factory=list)
    links: int = 0
    leads_on: bool = False  # one of the links leads elsewhere than to the page's own article
    is_of_bar: bool = False  # one of the links has an address that bars have
    _link: _Element | None = None
    _in_link: list[str] | None = None
    _goes_on: bool | None = None  # whether the link is one in the next line, too; told once

    def sequel(self) -> Line:
        """Return the next line: a link may go on in it."""
        line = Line(_link=self._link)
        if self._link is not None and self._in_link is not None:
            line._in_link = line.away if self._in_link is self.away else line.linked
            line._goes_on = self._goes_on
            if line._goes_on is None:
                line._goes_on = len(text_of(self._link)) < _LONGEST_LINK
            line.links = int(line._goes_on)
            line.leads_on = self.leads_on
        return line

    def clear(self) -> None:
        """Become the next line, where this one has but white space, and began no link."""
        self.parts.clear()
        self.away.clear()
        self.linked.clear()

    def add(self, text: str | None) -> None:
        """Add a piece of text, where there is any."""
        if text:
            self.parts.append(text)
            if self._in_link is not None:
                self._in_link.append(text)

    def begin_link(self, element: _Element, *, is_away: bool, leads_here: bool) -> None:
        """Enter a link; one within another is part of that."""
        if self._link is None:
            self._link = element
            self._in_link = self.away if is_away else self.linked
            self.links += 1
            self.leads_on = self.leads_on or not leads_here
            self.is_of_bar = self.is_of_bar or is_of_bar(element.get("href"))

    def end_link(self, element: _Element) -> None:
        """Leave an element, which may be the link."""
        if element is self._link:
            self._link = self._in_link = self._goes_on = None

    @property
    def is_away(self) -> bool:
        """Whether it stands in a link to other news at this moment."""
        return self._in_link is self.away

    def has_text(self) -> bool:
        """Tell whether anything but white space stands in it."""
        return any(map(str.strip, self.parts))

    def plain(self) -> str:
        """Return what stands outside of links."""
        linked = {*self.away, *self.linked}
        return "".join(part for part in self.parts if part not in linked)

    def has_words(self, plain: str) -> bool:
        """Tell whether it says anything but in links to other news; ``plain`` is outside of all."""
        return has_word(plain) or any(map(str.strip, self.linked))

    def is_pager(self, text: str) -> bool:
        """Tell whether all of it, ``text``, but leads to other pages of the same article."""
        if not self.links or self.leads_on or not _PAGER.fullmatch(text):
            return False
        return self.links > 1 or any(map(str.isalpha, text))


def is_number(text: str) -> bool:
    """Tell whether a text is a number, its thousands set apart or not."""
    return bool(_NUMBER.fullmatch(text))


def numbers_a_row(text: str) -> bool:
    """Tell whether a text is but the number of a row in a list: «۱-»."""
    return bool(_NUMBER_OF_A_ROW.fullmatch(text))


def has_word(text: str) -> bool:
    """Tell whether a text has a letter or a digit."""
    return any(map(str.isalnum, text))
