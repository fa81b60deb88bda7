"""The pictures of an article: addresses and captions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from lxml.etree import _Element

from khotoot_crawler.items import Image
from khotoot_crawler.parsers.addresses import last_line
from khotoot_crawler.parsers.blocks import text_of
from khotoot_crawler.parsers.selectors import LONGEST_NAMES
from khotoot_crawler.urls import resolve

# Where lazy loaders keep the address while src holds a placeholder.
_SOURCES = ("data-src", "data-original", "data-lazy-src", "data-lazy", "src")
_DECORATION = re.compile(
    r"^data:|/client/themes/|/files/adv/|/ads?/|\b(?:blank|spacer|pixel|loading|placeholder)\.",
    re.IGNORECASE,
)
_PICTURE_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|bmp)(?=[?#]|\Z)", re.IGNORECASE)
_CAPTION = re.compile(r"(?:^|[-_ ])\w{0,40}caption(?=$| )", re.IGNORECASE)
_TINY = re.compile(r"\s*[0-9](?:px)?\s*")
_CAPTION_TAGS = ("figcaption", "div", "p", "span", "small", "em")
# What may have a caption of its own.
_CAPTIONED = ("audio", "blockquote", "embed", "iframe", "object", "table", "video")
_MOST_BESIDE = 10
_CAPTION_LEVELS = 3  # the elements around a picture that may hold its caption


def image_of(img: _Element, base: str) -> Image | None:
    """Return the picture of an ``img``, ``None`` for what only decorates the page."""
    if any(_TINY.fullmatch(img.get(side) or "") for side in ("width", "height")):
        return None
    for name in _SOURCES:
        source = (img.get(name) or "").strip()
        if source and not _DECORATION.search(source):
            url = resolve(base, source)
            return Image(url=url, caption=_caption(img)) if url else None
    return None


def gallery_images(gallery: _Element, base: str) -> Iterator[Image]:
    """Yield the pictures of a gallery in their order: what each link leads to, or shows."""
    for element in gallery.iter("a", "img"):
        if element.tag == "a":
            image = _linked_image(element, base)
        elif next(element.iterancestors("a"), None) is None:
            image = image_of(element, base)
        else:
            continue
        if image:
            yield image


def _linked_image(link: _Element, base: str) -> Image | None:
    images = (image_of(img, base) for img in link.iter("img"))
    shown = next(filter(None, images), None)
    href = link.get("href") or ""
    url = resolve(base, href) if _PICTURE_FILE.search(last_line(href)) else None
    if url is None:
        return shown
    caption = (shown and shown.caption) or " ".join((link.get("title") or "").split())
    return Image(url=url, caption=caption or None)


def is_caption(element: _Element) -> bool:
    """Tell whether an element is the caption of a picture, by its tag or its name."""
    name = element.get("class")
    return element.tag == "figcaption" or bool(name and _CAPTION.search(name[:LONGEST_NAMES]))


def _caption(img: _Element) -> str | None:
    """Return the caption beside a picture, within the nearest elements that hold no other one."""
    branch = img
    for level, holder in enumerate(img.iterancestors()):
        if level >= _CAPTION_LEVELS or sum(1 for _ in islice(holder.iter("img"), 2)) > 1:
            break
        caption = _next_caption(branch, before=False) or _next_caption(branch, before=True)
        if caption:
            return caption
        if is_caption(holder):
            return text_of(holder) or None
        if holder.tag in ("figure", "body"):
            break
        branch = holder
    return None


def _next_caption(branch: _Element, *, before: bool) -> str | None:
    """Return the caption that stands before or after a picture's branch, no text between."""
    for element in islice(branch.itersiblings(preceding=before), _MOST_BESIDE):
        text = text_of(element)
        if element.tag in _CAPTIONED or next(element.iter(*_CAPTIONED), None) is not None:
            break  # its caption, or it stands there
        if text:
            inner = (e for e in element.iter(*_CAPTION_TAGS) if is_caption(e))
            return next(filter(None, map(text_of, inner)), None)
    return None
