"""Ranges of news codes, ends included."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, pairwise

Range = tuple[int, int]


def ranges_of(codes: Iterable[int]) -> Iterator[Range]:
    """Yield the ranges that ascending codes are of.

    >>> list(ranges_of([3, 4, 6]))
    [(3, 4), (6, 6)]
    """
    low = high = None
    for code in codes:
        if low is None or high is None or code != high + 1:
            if low is not None and high is not None:
                yield low, high
            low = code
        high = code
    if low is not None and high is not None:
        yield low, high


def ranges_between(codes: Iterable[int], low: int, high: int) -> Iterator[Range]:
    """Yield the ranges from ``low`` to ``high`` that ascending codes, all of these, leave out.

    >>> list(ranges_between([3, 4, 6], 2, 9))
    [(2, 2), (5, 5), (7, 9)]
    """
    borders = chain([low - 1], codes, [high + 1])
    return ((left + 1, right - 1) for left, right in pairwise(borders) if right > left + 1)
