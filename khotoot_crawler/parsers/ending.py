"""Where a text that is being read ends: at a heading, once what stands below proves it right."""

from __future__ import annotations

from functools import cached_property

from lxml.etree import _Element

from khotoot_crawler.parsers.content import Text
from khotoot_crawler.parsers.sequel import Sequel, is_unclosed


class Ending:
    """The end of a text; ``is_over`` once it is found, and ``text`` cut there.

    ``source`` is the page as it came. ``reads_on``: what is read stands beside the body.
    """

    def __init__(self, text: Text, source: bytes) -> None:
        self.is_over = False
        self.reads_on = False
        self._text = text
        self._source = source
        self._sequel: Sequel | None = None

    def head(self, heading: str, plain: str, block: _Element | None) -> None:
        """Read the heading of what follows an article, or of a part of this one.

        ``plain``: its words beside links; ``block``: what holds nothing but the heading.
        """
        paragraphs = self._text.paragraphs
        if not paragraphs:
            self.is_over = not any(map(str.isdigit, plain))  # "۸ نظر" in a toolbar ends nothing
        elif plain != heading or (self.is_open() and not _is_of_editor(block)):
            self.is_over = True
        elif self._sequel and self._sequel.is_followed_by(heading, len(paragraphs)):
            self._cut()
        else:
            counts = len(paragraphs), len(self._text.images), len(self._text.field_lines)
            self._sequel = Sequel(heading, *counts)
            paragraphs.append(heading)

    def forget_heading(self) -> None:
        """Begin anew: what was read stands before the text."""
        self._sequel = None

    def is_open(self) -> bool:
        """Tell whether what follows an article may be read as its text."""
        return self.reads_on or self._is_unclosed

    def is_below_heading(self) -> bool:
        """Tell whether the line before was a heading that may have ended the text."""
        return self._sequel is not None and self._sequel.is_next(len(self._text.paragraphs))

    def end_if_headed(self) -> None:
        """End the text if nothing but links, or nothing at all, stands below such a heading."""
        if self.is_below_heading():
            self._cut()

    def look_back(self, element: _Element) -> None:
        """End the text where a heading ended it, if an element proves that heading right."""
        if self._sequel and self._sequel.is_proved_by(element, len(self._text.paragraphs)):
            self._cut()

    @cached_property
    def _is_unclosed(self) -> bool:
        """Whether the page leaves a block open; to know it, all of it is searched."""
        return is_unclosed(self._source)

    def _cut(self) -> None:
        """End the text at its last heading."""
        if self._sequel:
            del self._text.paragraphs[self._sequel.paragraphs :]
            del self._text.images[self._sequel.images :]
            del self._text.field_lines[self._sequel.field_lines :]
        self._sequel, self.is_over = None, True


def _is_of_editor(block: _Element | None) -> bool:
    """Tell whether a line is all of a bare paragraph: templates name theirs."""
    return block is not None and block.tag == "p" and not block.keys()
