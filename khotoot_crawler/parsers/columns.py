"""Columns of a page, told by the classes of its grid, or by the cells of a table."""

from __future__ import annotations

import re
from itertools import islice

from lxml.etree import _Element

_COLUMN = re.compile(r"(?:^|[ _-])col(?:umn)?s?(?=[-_ ]|$)", re.IGNORECASE)
_WIDTH = re.compile(r"(?:^| )col(?:-[a-z]{2,3})?-([1-9][0-9]?)(?= |$)", re.IGNORECASE)
_ROWS = (12, 24, 36)
_MOST_COLUMNS = 40
_MOST_LOOKED_AT = 500


def is_column(element: _Element) -> bool:
    """Tell whether an element is named as a column, or is a cell."""
    return element.tag == "td" or bool(_COLUMN.search(element.get("class") or ""))


def are_beside(column: _Element, other: _Element) -> bool:
    """Tell whether two columns of a holder stand side by side, by the widths in their classes.

    A row of them is 12, 24 or 36 wide, and full; else as wide as the page's widest column at least.
    Of the widths for each screen the least is the widest screen's.
    """
    holder = column.getparent()
    if holder is None or not _widths(column) or not _widths(other):
        return True
    widths = [min(widths) for child in islice(holder, _MOST_COLUMNS) if (widths := _widths(child))]
    if sum(widths) in _ROWS and set(widths) != {_ROWS[0]}:
        return True
    every = column.getroottree().iter("div", "section", "aside", "main", "article")
    widest = max((width for e in islice(every, _MOST_LOOKED_AT) for width in _widths(e)), default=0)
    row = next((row for row in _ROWS if row >= widest), widest)
    return min(_widths(column)) + min(_widths(other)) <= row


def _widths(element: _Element) -> list[int]:
    return [*map(int, _WIDTH.findall(element.get("class") or ""))]
