"""Columns of a page, told by the classes of its grid, or by the cells of a table."""

from __future__ import annotations

import re
from itertools import islice

from lxml.etree import _Element

_COLUMN = re.compile(r"(?:^|[ _-])col(?:umn)?s?(?=[-_ ]|$)", re.IGNORECASE)
_WIDTH = re.compile(r"(?:^| )col(?:-[a-z]{2,3})?-([1-9][0-9]?)(?= |$)", re.IGNORECASE)
_ROWS = (12, 24, 36)
_MOST_COLUMNS = 40
_MOST_LOOKED_AT = 2_000


def is_column(element: _Element) -> bool:
    """Tell whether an element is named as a column, or is a cell."""
    return element.tag == "td" or bool(_COLUMN.search(element.get("class") or ""))


def are_beside(column: _Element, other: _Element, row: int) -> bool:
    """Tell whether two columns of a holder stand side by side, by the widths in their classes.

    A row of them is full, or else as wide as ``row_width`` says. Of the widths for each screen the
    least is the widest screen's.
    """
    holder = column.getparent()
    if holder is None or not _widths(column) or not _widths(other):
        return True
    columns = map(_widths, islice(holder, _MOST_COLUMNS))
    widths = [min(widths) for widths in columns if widths]
    if sum(widths) in _ROWS and set(widths) != {_ROWS[0]}:
        return True
    return min(_widths(column)) + min(_widths(other)) <= row


def row_width(root: _Element) -> int:
    """Return how wide a row of a page is: 12, 24 or 36, its widest column at least."""
    elements = islice(root.iter("div", "section", "aside", "main", "article"), _MOST_LOOKED_AT)
    widest = max((width for element in elements for width in _widths(element)), default=0)
    return next((row for row in _ROWS if row >= widest), widest)


def _widths(element: _Element) -> list[int]:
    return [*map(int, _WIDTH.findall(element.get("class") or ""))]
