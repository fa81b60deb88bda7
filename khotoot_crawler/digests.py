"""Digests by which articles are compared, over the normal form of what they say."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from json.encoder import encode_basestring

from khotoot_crawler.text import normal_form

_MOST_REMEMBERED = 20_000  # letters


def content_digest(
    *,
    kicker: str | None,
    title: str,
    lead: str | None,
    body: str | None,
    tags: Sequence[str],
    section: Sequence[str],
    source: str | None,
    published_at: str | None,
) -> str:
    """Return ``sha256:`` and the hex digest of what an article says; never over its view count."""
    said = (
        *map(_json, (kicker, title, lead, body)),
        _array(map(_json, tags)),
        _array(map(_json, section)),
        _json(source),
        b"null" if published_at is None else _quoted(published_at),
    )
    return "sha256:" + hashlib.sha256(_array(said)).hexdigest()


def text_digest(title: str, body: str | None) -> bytes | None:
    """Return what two articles with the same title and body share; None where there is no body."""
    if body is None:
        return None
    return hashlib.sha256(_array((_json(title), _json(body)))).digest()


def _array(members: Iterable[bytes]) -> bytes:
    """Return a compact JSON array of what is JSON already."""
    return b"[%b]" % b",".join(members)


def _json(text: str | None) -> bytes:
    """Return the normal form of a text as JSON, not ASCII-escaped."""
    if text is None:
        return b"null"
    return _remembered(text) if len(text) <= _MOST_REMEMBERED else _normal(text)


def _normal(text: str) -> bytes:
    return _quoted(normal_form(text))


def _quoted(text: str) -> bytes:
    return encode_basestring(text).encode("utf-8", "replace")


# Both digests are made of title and body, the second once the page's round has come: 1.5% of a
# crawl's CPU.
_remembered = lru_cache(maxsize=128)(_normal)
