"""What a page says of itself beside its text: canonical address, og: and JSON-LD."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from lxml.etree import _Element

from khotoot_crawler.parsers.selectors import Index
from khotoot_crawler.text import fold_space

_ARTICLE_TYPES = frozenset({"newsarticle", "article", "reportagenewsarticle", "blogposting"})
_SEPARATORS = ("|", "-", "–", "—", "»", "::", "•")
_MOST_JSON = 1024 * 1024
_WRAPPING = re.compile(r"\A\s*(?://\s*)?<!\[CDATA\[|(?://\s*)?\]\]>\s*\Z")


class Metadata:
    """The metadata of a page, read when asked for."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._contents: dict[str, list[str]] = {}

    @cached_property
    def _metas(self) -> dict[str, list[_Element]]:
        """The meta elements by name, property and itemprop: most are never asked for."""
        found: defaultdict[str, list[_Element]] = defaultdict(list)
        for meta in self._index.of_head("meta"):
            for name in {meta.get("property"), meta.get("name"), meta.get("itemprop")}:
                if name:
                    found[name.strip().lower()].append(meta)
        return dict(found)

    def get(self, *names: str) -> str | None:
        """Return the content of the first of these meta elements that has any."""
        return next((content for name in names for content in self.get_all(name)), None)

    def get_all(self, name: str) -> list[str]:
        """Return the contents of all meta elements of a name."""
        if name not in self._contents:
            metas = self._metas.get(name, ())
            contents = (fold_space(meta.get("content") or "") for meta in metas)
            self._contents[name] = [*filter(None, contents)]
        return self._contents[name]

    @cached_property
    def addresses(self) -> list[str]:
        """The addresses the page goes by, the canonical one first."""
        links = [
            link.get("href") or ""
            for link in self._index.of_head("link")
            if "canonical" in (link.get("rel") or "").lower().split()
        ]
        return [*links, *self.get_all("og:url"), *self.get_all("dc.identifier")]

    @cached_property
    def titles(self) -> list[str]:
        """The headline, as each kind of metadata tells it, without the site's name."""
        found = [self.get("og:title"), self.get("dc.title"), self.get("twitter:title")]
        site = self.get("og:site_name")
        return [self._without_site(title) for title in found if title and title != site]

    def _without_site(self, title: str) -> str:
        site = self.get("og:site_name")
        if site and title.endswith(site):
            headline = title.removesuffix(site).rstrip()
            if headline.endswith(_SEPARATORS):
                return headline.rstrip("".join(_SEPARATORS) + " ") or title
        return title

    @cached_property
    def news_articles(self) -> list[dict[str, Any]]:
        """Each NewsArticle of the page's JSON-LD, keys in small letters."""
        found = []
        for thing in self._things():
            types = thing.get("@type")
            types = types if isinstance(types, list) else [types]
            if any(isinstance(kind, str) and kind.lower() in _ARTICLE_TYPES for kind in types):
                found.append({key.lower(): value for key, value in thing.items()})
        return found

    def breadcrumb(self) -> list[tuple[str, str]]:
        """Return (name, address) of the JSON-LD breadcrumb, outermost first."""
        for thing in self._things():
            if thing.get("@type") == "BreadcrumbList":
                items = thing.get("itemListElement")
                return list(_crumbs(items)) if isinstance(items, list) else []
        return []

    def _things(self) -> Iterator[dict[str, Any]]:
        for data in self._json_ld:
            things = data if isinstance(data, list) else [data]
            for thing in things:
                if isinstance(thing, dict):
                    yield thing
                    yield from _inner_things(thing)

    @cached_property
    def _json_ld(self) -> list[Any]:
        found = []
        for script in self._index.of_head("script"):
            if "ld+json" in (script.get("type") or "").lower():
                text = _WRAPPING.sub("", (script.text or "")[:_MOST_JSON])
                try:
                    found.append(json.loads(text, strict=False))
                except (ValueError, RecursionError):
                    continue
        return found


def _inner_things(thing: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name in ("@graph", "mainEntity", "mainEntityOfPage"):
        inner = thing.get(name)
        things = inner if isinstance(inner, list) else [inner]
        yield from (thing for thing in things if isinstance(thing, dict))


def _crumbs(items: list[Any]) -> Iterator[tuple[str, str]]:
    for entry in items:
        if isinstance(entry, dict):
            item = entry.get("item")
            name, address = entry.get("name"), item
            if isinstance(item, dict):
                name, address = item.get("name", name), item.get("@id")
            if isinstance(name, str) and name.strip() and _is_text(name):
                yield fold_space(name), address if isinstance(address, str) else ""


def text_value(value: Any) -> str | None:
    """Return a JSON-LD value as folded text, ``None`` where it is none."""
    return fold_space(value) or None if isinstance(value, str) and _is_text(value) else None


def text_values(value: Any) -> list[str]:
    """Return the texts of a JSON-LD value: of a list, or of a text set apart by commas."""
    values = value if isinstance(value, list) else str(value or "").split(",")
    return [*filter(None, map(text_value, values))]


def _is_text(value: str) -> bool:
    """Tell whether it has UTF-8: JSON may escape one half of a surrogate pair, which has none."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
