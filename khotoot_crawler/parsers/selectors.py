"""The selectors that serve each field, and an index of the page to look them up in.

A selector is CSS of one or two steps (``.title h1``), each a tag, a class, an id or an attribute,
all in small letters. One walk that indexes classes costs a tenth of an XPath for each selector.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache, cached_property
from typing import NamedTuple

from lxml.etree import _Element

# The CMS's own selectors, most certain first; then what other news sites of Iran (Nastooh) use.
TITLE = ("h1.title", "h1.htag", "h1.htags", ".title h1", ".news-title", ".first-title", "h1")
KICKER = (".rutitr", ".rutitr_body", ".news-rutitr", ".newspage_rutitr", ".kicker")
LEAD = (".subtitle", ".news-subtitle", ".introtext", ".summary")
BODY = ("div.body", "#newsmainbody", "[itemprop=articlebody]", ".item-text")
BOX = ("[style=direction:rtl]",)
DATE = (".news_pdate_c", ".news_pdate_c_mobile", ".fa_date", ".item-date")
CODE = (".news_id_c", ".news_id_c_mobile", ".news_id", ".item-code")
VIEWS = (".news_hits", ".news_hits_mobile")
TAGS = (".row-tags a", ".tags_title a", ".tags_container a", "a.tags_item", ".tags a")
SECTION = (".news_path a", ".news_path_mobile a", ".breadcrumb a", "[itemprop=articlesection]")
LEAD_IMAGE = (".lead_image", ".item-img")
GALLERY = (".album_listi a", ".image_set a")

_STEP = re.compile(r"([a-z0-9]+)?(\.[\w-]+|#[\w-]+|\[[^\]]+\])?")
_SPACE = re.compile(r"\s+")


class Step(NamedTuple):
    """One step of a selector: ``.class``, ``#id`` or ``[name=value]`` (or ""), and a tag."""

    key: str
    tag: str | None


@cache
def _steps(selector: str) -> tuple[Step, ...]:
    matches = [_STEP.fullmatch(step) for step in selector.split()]
    return tuple(Step(match[2] or "", match[1]) for match in matches if match)


class Index:
    """The elements of a page by class, id and the few attributes that selectors ask for."""

    def __init__(self, root: _Element) -> None:
        self.root = root
        classes: defaultdict[str, list[_Element]] = defaultdict(list)
        for element in root.iter("*"):
            names = element.get("class")
            if names:
                for name in names.lower().split():
                    classes[name].append(element)
        self._classes = dict(classes)

    @cached_property
    def _attributes(self) -> dict[str, list[_Element]]:
        """Ids and attributes; most pages are read without them."""
        found: defaultdict[str, list[_Element]] = defaultdict(list)
        for element in self.root.iter("*"):
            for name, value in element.items():
                if name == "id":
                    found[f"#{value.strip().lower()}"].append(element)
                elif name == "itemprop":
                    found[f"[itemprop={value.strip().lower()}]"].append(element)
                elif name == "style" and "direction:rtl" in _SPACE.sub("", value.lower()):
                    found["[style=direction:rtl]"].append(element)
        return dict(found)

    def by_class(self, name: str) -> Sequence[_Element]:
        """Return the elements of a class, in page order."""
        return self._classes.get(name, ())

    def select(self, selectors: Sequence[str]) -> Iterator[_Element]:
        """Yield what the selectors find: one selector after the other, each in page order."""
        for selector in selectors:
            yield from self.select_one(selector)

    def select_one(self, selector: str) -> Iterator[_Element]:
        """Yield what one selector finds, in page order."""
        *outer, last = _steps(selector)
        if not outer:
            yield from self._step(last)
            return
        for ancestor in self._step(outer[0]):
            for element in ancestor.iterdescendants(last.tag or "*"):
                if not last.key or element in self._step(Step(last.key, None)):
                    yield element

    def _step(self, step: Step) -> Iterator[_Element]:
        if not step.key:
            return self.root.iter(step.tag or "*")
        if step.key[0] == ".":
            elements = self.by_class(step.key[1:])
        else:
            elements = self._attributes.get(step.key, ())
        return (e for e in elements if step.tag is None or e.tag == step.tag)
