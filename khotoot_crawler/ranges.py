"""Ranges of whole numbers, ends included: news codes, lines of a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, pairwise

Range = tuple[int, int]


def ranges_of(numbers: Iterable[int]) -> Iterator[Range]:
    """Yield the ranges that ascending numbers are of.

    >>> list(ranges_of([3, 4, 6]))
    [(3, 4), (6, 6)]
    """
    low = high = None
    for number in numbers:
        if low is None or high is None or number != high + 1:
            if low is not None and high is not None:
                yield low, high
            low = number
        high = number
    if low is not None and high is not None:
        yield low, high


def ranges_between(numbers: Iterable[int], low: int, high: int) -> Iterator[Range]:
    """Yield the ranges from ``low`` to ``high`` that ascending numbers, all of these, leave out.

    >>> list(ranges_between([3, 4, 6], 2, 9))
    [(2, 2), (5, 5), (7, 9)]
    """
    borders = chain([low - 1], numbers, [high + 1])
    return ((left + 1, right - 1) for left, right in pairwise(borders) if right > left + 1)
