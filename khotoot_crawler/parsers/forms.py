"""Forms that are none to fill in, but frames around an article."""

from __future__ import annotations

from itertools import islice

from lxml.etree import _Element

from khotoot_crawler.parsers import selectors
from khotoot_crawler.parsers.noise import fields_of

_MOST_ENDS = 60


def unframe(index: selectors.Index) -> None:
    """Make blocks of the forms that an article stands in: servers of old put all of a page in one.

    One that holds comments, which are named bodies as well, has no headline.
    """
    bodies = next(filter(None, ([*index.select((name,))] for name in selectors.BODY)), [])
    for body in islice(bodies, _MOST_ENDS):
        for form in body.iterancestors("form"):
            if not _asks_beside(body, form) or _holds_headline(form, index):
                form.tag = "div"


def _asks_beside(body: _Element, form: _Element) -> bool:
    return any(body not in field.iterancestors() for field in fields_of(form))


def _holds_headline(form: _Element, index: selectors.Index) -> bool:
    titles = islice(index.select(selectors.TITLE_IF_MARKED), _MOST_ENDS)
    return any(form in title.iterancestors("form") for title in titles)
