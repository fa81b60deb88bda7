"""Digests by which articles are compared, over the normal form of what they say."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache

from khotoot_crawler.text import normal_form


def _compact(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _normal(text: str | None) -> str | None:
    if text is None:
        return None
    return _remembered_form(text) if len(text) <= _MOST_REMEMBERED else normal_form(text)


_MOST_REMEMBERED = 100_000  # letters
_remembered_form = lru_cache(maxsize=16)(normal_form)  # both digests are made of title and body


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
    said = [
        _normal(kicker),
        _normal(title),
        _normal(lead),
        _normal(body),
        [normal_form(tag) for tag in tags],
        [normal_form(name) for name in section],
        _normal(source),
        published_at,
    ]
    return "sha256:" + hashlib.sha256(_compact(said)).hexdigest()


def text_digest(title: str, body: str | None) -> bytes | None:
    """Return what two articles with the same title and body share; None where there is no body."""
    if body is None:
        return None
    return hashlib.sha256(_compact([_normal(title), _normal(body)])).digest()
