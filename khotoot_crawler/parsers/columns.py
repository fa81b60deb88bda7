"""Columns of a page, told by the classes of its grid, or by the cells of a table."""

from __future__ import annotations

import re

from lxml.etree import _Element

_COLUMN = re.compile(r"(?:^|[ _-])col(?:umn)?s?(?=[-_ ]|$)", re.IGNORECASE)
_WIDTH = re.compile(r"(?:^| )col(?:-[a-z]{2,3})?-([1-9][0-9]?)(?= |$)", re.IGNORECASE)
_ROWS = (12, 24, 36)


def is_column(element: _Element) -> bool:
    """Tell whether an element is named as a column, or is a cell."""
    return element.tag == "td" or bool(_COLUMN.search(element.get("class") or ""))


def are_beside(column: _Element, other: _Element) -> bool:
    """Tell whether two columns of a holder stand side by side, by the widths in their classes.

    A row of them is 12, 24 or 36 wide; of the widths for each screen the least is the widest's.
    """
    one, two = _widths(column), _widths(other)
    if not one or not two:
        return True
    least = min(one), min(two)
    if sum(least) in _ROWS and least != (12, 12):  # whole rows, or halves
        return True
    around = (width for holder in column.iterancestors() for width in _widths(holder))
    widest = max(*one, *two, *around)
    return sum(least) <= next((row for row in _ROWS if row >= widest), widest)


def _widths(element: _Element) -> list[int]:
    return [*map(int, _WIDTH.findall(element.get("class") or ""))]
