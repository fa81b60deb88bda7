"""A box of other news in a text: what stands below its heading, no further than its block."""

from __future__ import annotations

from dataclasses import dataclass

from lxml.etree import _Element

from khotoot_crawler.parsers.blocks import BLOCKS


@dataclass(slots=True)
class Box:
    """Whether a walk down a text is in a box: nothing but other news since its heading."""

    is_open: bool = False
    is_filled: bool = False  # other news of it were left out
    _block: _Element | None = None

    def begin(self, holder: _Element | None) -> None:
        """Open a box with a heading that stands in ``holder``."""
        while holder is not None and holder.tag not in BLOCKS:
            holder = holder.getparent()
        self.is_open, self.is_filled, self._block = True, False, holder

    def leave(self, element: _Element) -> None:
        """Leave a block: the box ends with its own, unless that was but the head of it."""
        if element is not self._block:
            return
        if self.is_filled:
            self.is_open, self._block = False, None
        else:
            self._block = element.getparent()
