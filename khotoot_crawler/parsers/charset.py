"""Bytes to text by one rule, live and offline alike.

A byte order mark decides. Else bytes that read as UTF-8 are UTF-8, whatever was declared:
windows-1256 Persian never reads so. Else a declared Arabic charset (HTTP before meta), else
UTF-8 with a few torn characters (more of them where it is declared), and last windows-1256, which
Persian pages were written in before UTF-8, declared or not.
"""

from __future__ import annotations

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HTTP_CHARSET = re.compile(r"charset\s*+=\s*+[\"']?\s*+([\w.:-]+)", re.IGNORECASE)
_META_CHARSET = re.compile(
    rb"<(?:meta\b[^>]{0,400}?\bcharset|\?xml\b[^>]{0,200}?\bencoding)\s*+=\s*+[\"']?\s*+([\w.:-]+)",
    re.IGNORECASE,
)
_META_WITHIN = 4096
_ARABIC_CHARSETS = frozenset({"cp1256", "iso8859-6"})
_LEGACY = "cp1256"
_BROKEN = "\ufffd"
# UTF-8 with a torn character now and then still has many common letters for each.
_COMMON_LETTERS = "اینرم"
_LETTERS_PER_BROKEN = 10


def decode(body: bytes, content_type: str | None = None) -> str:
    """Return the text of a page; never fails, what cannot be read becomes U+FFFD.

    >>> decode("سلام".encode("cp1256"), "text/html; charset=utf-8")
    'سلام'
    """
    text = _decode_marked(body)
    if text is not None:
        return text
    try:
        return body.decode()
    except UnicodeDecodeError:
        return _decode_legacy(body, content_type)


def without_mark(body: bytes) -> bytes:
    """Return in UTF-8 what a byte order mark, or the bytes of UTF-16, tell the encoding of.

    All else is returned as it came.
    """
    text = _decode_marked(body)
    return body if text is None else text.encode("utf-8", "replace")


def _decode_marked(body: bytes) -> str | None:
    """Return the text of what begins with a byte order mark, or as UTF-16 does without its own."""
    for bom, name in _BOMS:
        if body.startswith(bom):
            return body[len(bom) :].decode(name, "replace")
    if body[:4].count(0) == 2:  # "<h" in UTF-16 without its mark
        return body.decode("utf-16-le" if body[1:2] == b"\0" else "utf-16-be", "replace")
    return None


def _decode_legacy(body: bytes, content_type: str | None) -> str:
    declared = _declared(body, content_type)
    if declared in _ARABIC_CHARSETS:
        return body.decode(declared, "replace")
    text = body.decode("utf-8", "replace")
    letters = sum(map(text.count, _COMMON_LETTERS))
    needed = 1 if declared == "utf-8" else _LETTERS_PER_BROKEN
    if letters >= needed * text.count(_BROKEN):
        return text
    return body.decode(_LEGACY, "replace")


def _declared(body: bytes, content_type: str | None) -> str:
    """Return Python's name of the declared charset; empty where there is none it knows."""
    over_http = _HTTP_CHARSET.search(content_type or "")
    in_page = _META_CHARSET.search(body[:_META_WITHIN])
    names = [over_http[1]] if over_http else []
    names += [in_page[1].decode("ascii", "replace")] if in_page else []
    for name in names:
        try:
            return codecs.lookup(name).name
        except LookupError:
            continue
    return ""
