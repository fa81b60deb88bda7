"""Forms that are none to fill in, but frames around an article."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from itertools import chain, dropwhile, islice

from lxml.etree import _Element

from khotoot_crawler.parsers import selectors
from khotoot_crawler.parsers.noise import fields_of
from khotoot_crawler.parsers.selectors import is_body_for_sure, is_named

_MOST_BODIES = 60
_MOST_LOOKED_AT = 20_000


def unframe(index: selectors.Index) -> None:
    """Make blocks of the forms that an article stands in: servers of old put all of a page in one.

    That is the form of the headline, and one around the first body below it that asks for nothing
    beside. Comments, which are named bodies as well, come later, and newsletters ask.
    """
    title = next(iter(index.select(selectors.TITLE_IF_MARKED)), None)
    frames = [] if title is None else [*title.iterancestors("form")]
    if _hold_body(index.root.iter("form")):
        first = _first_below(title, index)
        if first is not None:
            frames += [f for f in first.iterancestors("form") if not _asks_beside(first, f)]
    for form in frames:
        form.tag = "div"


def _hold_body(forms: Iterable[_Element]) -> bool:
    """Tell whether a body may stand in forms; to look for all bodies takes a tenth of a page."""
    inner = chain.from_iterable(form.iterdescendants("*") for form in forms)
    return any(
        is_body_for_sure(element) or any(map(partial(is_named, element), selectors.BODY_BY_CLASS))
        for element in islice(inner, _MOST_LOOKED_AT)
    )


def _first_below(title: _Element | None, index: selectors.Index) -> _Element | None:
    """Return the first body below the title, or of the page where none is marked or all above."""
    bodies = {*islice(index.select(selectors.BODY), _MOST_BODIES)}
    below = dropwhile(lambda element: element is not title, index.root.iter())
    return next((e for e in chain(below, index.root.iter()) if e in bodies), None)


def _asks_beside(body: _Element, form: _Element) -> bool:
    return any(body not in field.iterancestors() for field in fields_of(form))
