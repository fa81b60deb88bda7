"""Forms that are none to fill in, but frames around an article."""

from __future__ import annotations

from itertools import chain, dropwhile, islice

from lxml.etree import _Element

from khotoot_crawler.parsers import selectors
from khotoot_crawler.parsers.noise import fields_of

_MOST_BODIES = 60


def unframe(index: selectors.Index) -> None:
    """Make blocks of the forms that an article stands in: servers of old put all of a page in one.

    That is the form of the headline, and one around the first body below it that asks for nothing
    beside. Comments, which are named bodies as well, come later, and newsletters ask.
    """
    title = next(iter(index.select(selectors.TITLE_IF_MARKED)), None)
    frames = [] if title is None else [*title.iterancestors("form")]
    bodies = [*islice(index.select(selectors.BODY), _MOST_BODIES)]
    framed = [body for body in bodies if next(body.iterancestors("form"), None) is not None]
    if framed and (first := _first_below(title, bodies, index.root)) in framed:
        frames += [form for form in first.iterancestors("form") if not _asks_beside(first, form)]
    for form in frames:
        form.tag = "div"


def _first_below(title: _Element | None, bodies: list[_Element], root: _Element) -> _Element:
    """Return the first body below the title, or of the page where none is marked or all above."""
    below = dropwhile(lambda element: element is not title, root.iter())
    return next((e for e in chain(below, root.iter()) if e in bodies), bodies[0])


def _asks_beside(body: _Element, form: _Element) -> bool:
    return any(body not in field.iterancestors() for field in fields_of(form))
