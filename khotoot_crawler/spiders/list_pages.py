"""Whether a list goes on: what its pages name that those before them did not."""

from __future__ import annotations

_ENOUGH_EMPTY = 3  # pages in a row that list nothing: a box of the newest may hold a page or two
_ENOUGH_BARREN = 5  # pages in a row that name hardly anything which the walk has not seen
_BARREN = 10  # so many times fewer than the fullest page
_SEEN_BITS = 1 << 24


class ListPages:
    """The pages of a list that were read, one after the other.

    A page is empty where it names nothing, or nothing that the page before or the first did not:
    past its end the CMS shows an empty list, or the last or the first page again. It is barren
    where it is empty, or names hardly anything not seen before: a box of other news may change from
    page to page.
    """

    def __init__(self) -> None:
        self.last_full = 0  # the last page that was not barren
        self.empty = 0  # pages in a row
        self._first: set[int] = set()
        self._before: set[int] = set()
        self._seen = _Seen()
        self._fullest = 0
        self._barren = 0  # pages in a row

    @property
    def have_frame(self) -> bool:
        """Whether a page has shown what may be on each of them."""
        return bool(self._first)

    @property
    def are_over(self) -> bool:
        """Whether so many pages in a row gave nothing that the list has ended."""
        return self._barren >= _ENOUGH_BARREN or self.empty >= _ENOUGH_EMPTY

    def is_empty(self, codes: set[int]) -> bool:
        """Tell whether a page that names these codes is empty."""
        return codes <= self._first | self._before

    def beside_frame(self, codes: set[int]) -> set[int]:
        """Return what the first page, and so the frame of all pages, does not name."""
        return codes - self._first

    def add(self, page: int, codes: set[int]) -> None:
        """Note the page of that number, which names these codes."""
        is_empty = self.is_empty(codes)
        unseen = self._seen.add(codes)
        if self._first:  # the frame is on the first page as well
            self._fullest = max(self._fullest, unseen)
        self.empty = self.empty + 1 if is_empty else 0
        if is_empty or unseen * _BARREN < self._fullest:
            self._barren += 1
        else:
            self._barren, self.last_full = 0, page
        self._first = self._first or codes
        self._before = self._before if is_empty else codes

    def ask_again(self) -> None:
        """Forget the page before: the next one is an earlier one, read once more."""
        self._before, self.empty = set(), 0

    def doubt_end(self) -> None:
        """Forget that pages were barren: the last ones are read once more."""
        self._barren = 0


class _Seen:
    """Codes seen, in a bit each: they are running numbers, so that hardly two share one."""

    def __init__(self) -> None:
        self._bits = bytearray(_SEEN_BITS >> 3)

    def add(self, codes: set[int]) -> int:
        """Note codes; return how many were not seen before."""
        new = 0
        for code in codes:
            place, bit = (code % _SEEN_BITS) >> 3, 1 << (code & 7)
            new += not self._bits[place] & bit
            self._bits[place] |= bit
        return new
