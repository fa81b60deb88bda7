"""The lines of the JSONL streams, one class a stream; fields stand in the order of the schema."""

from __future__ import annotations

import json
import reprlib
from dataclasses import dataclass
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from khotoot_crawler.errors import ArchiveError

SCHEMA_VERSION = 1

_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture of an article; ``url`` is absolute."""

    url: str
    caption: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WarcPlace:
    """Where a record stands: ``offset`` and ``length`` in bytes of the compressed file."""

    filename: str
    offset: int
    length: int
    record_id: str
    payload_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Extractor:
    """The parser that read a page."""

    name: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One reading of an article; see ``schema/article-v1.json`` for each field.

    ``fetched_at`` and ``warc`` are null only when a page was read from a file, outside a crawl.
    """

    schema_version: int = SCHEMA_VERSION
    site: str
    news_code: str
    revision: int = 1
    url: str
    fetched_url: str
    page_type: str
    title: str
    kicker: str | None = None
    lead: str | None = None
    body: str | None = None
    tags: tuple[str, ...] = ()
    section: tuple[str, ...] = ()
    source: str | None = None
    published_raw: str | None = None
    published_jalali: str | None = None
    published_at: str | None = None
    view_count: int | None = None
    images: tuple[Image, ...] = ()
    language: str | None = None
    content_digest: str
    duplicate_of: str | None = None
    fetched_at: str | None = None
    warc: WarcPlace | None = None
    extractor: Extractor


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewSample:
    """A view count as read at one moment."""

    schema_version: int = SCHEMA_VERSION
    site: str
    news_code: str
    view_count: int
    observed_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """An archived article was found removed (``gone``), or answered again (``back``)."""

    schema_version: int = SCHEMA_VERSION
    site: str
    news_code: str
    url: str
    status: str
    reason: str | None
    observed_at: str
    warc: WarcPlace | None


Item = Article | ViewSample | Gone


def json_line(item: Item) -> bytes:
    """Return the item as its JSONL line, newline included."""
    return _ENCODER.encode(item).encode() + b"\n"


def _as_dict(item: Any) -> dict[str, Any]:
    """Return an item's fields in their order; ``asdict`` copies them deep, at twice the time."""
    return {name: getattr(item, name) for name in item.__slots__}


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_as_dict)


def article_from_line(line: bytes) -> Article:
    """Read an article's line back; raises ArchiveError where it is not one."""
    try:
        fields = _fields(line)
        for name in ("tags", "section"):
            fields[name] = tuple(_listed(fields, name, str))
        images = _listed(fields, "images", dict)
        fields["images"] = tuple(_made(Image, image, "images.") for image in images)
        fields["extractor"] = _made(Extractor, fields["extractor"], "extractor.")
        return _made(Article, _with_place(fields))
    except _NOT_A_LINE as error:
        raise ArchiveError(f"not a line of articles.jsonl: {error}") from error


def view_from_line(line: bytes) -> ViewSample:
    """Read a view count's line back; raises ArchiveError where it is not one."""
    try:
        return _made(ViewSample, _fields(line))
    except _NOT_A_LINE as error:
        raise ArchiveError(f"not a line of views.jsonl: {error}") from error


def gone_from_line(line: bytes) -> Gone:
    """Read a removal's line back; raises ArchiveError where it is not one."""
    try:
        return _made(Gone, _with_place(_fields(line)))
    except _NOT_A_LINE as error:
        raise ArchiveError(f"not a line of gone.jsonl: {error}") from error


_NOT_A_LINE = (ValueError, TypeError, KeyError, RecursionError)
_LARGEST = 2**63 - 1  # SQLite takes no more, and nothing here counts so far


def _kinds(cls: type) -> dict[str, frozenset[object]]:
    """Return the types that each field of a class may have."""
    hints = get_type_hints(cls).items()
    return {
        name: frozenset(get_origin(kind) or kind for kind in _alternatives(hint))
        for name, hint in hints
    }


def _alternatives(hint: object) -> tuple[object, ...]:
    return get_args(hint) if isinstance(hint, UnionType) else (hint,)


_KINDS: dict[type, dict[str, frozenset[object]]] = {
    cls: _kinds(cls) for cls in (Image, WarcPlace, Extractor, Article, ViewSample, Gone)
}


def _fields(line: bytes) -> dict[str, Any]:
    text = line.decode()
    fields: dict[str, Any] = json.loads(text)
    if "\\u" in text:
        json.dumps(fields, ensure_ascii=False).encode()  # half of a surrogate pair has no UTF-8
    return fields


def _listed(fields: dict[str, Any], name: str, kind: type) -> list[Any]:
    value = fields[name]
    if type(value) is not list or any(type(item) is not kind for item in value):
        raise ValueError(_odd(name, value))
    return value


def _made(cls: type[_Made], fields: dict[str, Any], within: str = "") -> _Made:
    """Make what a line tells of; raises ValueError naming the first field of another type."""
    if type(fields) is not dict:
        raise ValueError(_odd(within[:-1] or "it", fields))
    made = cls(**fields)
    for name, kinds in _KINDS[cls].items():
        value = getattr(made, name)
        kind = type(value)
        if kind not in kinds or (kind is int and not 0 <= value <= _LARGEST):
            raise ValueError(_odd(within + name, value))
    return made


def _odd(name: str, value: object) -> str:
    return f"{name} is {reprlib.repr(value)}"


def _with_place(fields: dict[str, Any]) -> dict[str, Any]:
    if fields["warc"] is not None:
        fields["warc"] = _made(WarcPlace, fields["warc"], "warc.")
    return fields
