"""Where a page shows the article's code: what stands beside it, bare of other news, is its own.

A toolbar may share its holder with other news; a card of these never shows a code.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from itertools import islice, takewhile

from lxml.etree import _Element

from khotoot_crawler.parsers import selectors
from khotoot_crawler.parsers.blocks import text_of
from khotoot_crawler.parsers.identity import Identity
from khotoot_crawler.text import ascii_digits

_NUMBER = re.compile(r"[0-9]+")
_MOST_CODES = 200
_MOST_OWN_CODES = 5
_WIDEST_TOOLBAR = 40  # fields, with all that stands between them


class CodePlaces:
    """The places of a page's own code, found once: each that may be the body has a trunk."""

    def __init__(self, index: selectors.Index, identity: Identity) -> None:
        self._index = index
        self._identity = identity

    @cached_property
    def holders(self) -> set[_Element]:
        """The elements that show the code, and all that holds one."""
        codes = set(self._identity.codes)
        found = islice(self._index.select(selectors.CODE), _MOST_CODES)
        own = (e for e in found if codes.intersection(_NUMBER.findall(ascii_digits(text_of(e)))))
        shown = islice(own, _MOST_OWN_CODES)
        return {holder for code in shown for holder in (code, *code.iterancestors())}

    def is_beside(
        self, element: _Element, branch: _Element, is_bare: Callable[[_Element], bool]
    ) -> bool:
        """Tell whether, within a branch, only what is bare stands from an element to the code."""
        if element in self.holders:
            return is_bare(element)
        inner = element
        for holder in element.iterancestors():
            if holder in self.holders:
                return self._is_reached(inner, is_bare, before=True) or self._is_reached(
                    inner, is_bare, before=False
                )
            if holder is branch:
                break
            inner = holder
        return False

    def _is_reached(
        self, element: _Element, is_bare: Callable[[_Element], bool], *, before: bool
    ) -> bool:
        """Tell whether the code stands some bare siblings before or after an element."""
        siblings = islice(element.itersiblings(preceding=before), _WIDEST_TOOLBAR)
        bare = takewhile(is_bare, siblings)
        return is_bare(element) and any(e in self.holders for e in bare)
