"""The pictures of an article: addresses and captions."""

from __future__ import annotations

import re

from lxml.etree import _Element

from khotoot_crawler.items import Image
from khotoot_crawler.text import fold_space
from khotoot_crawler.urls import resolve

# Where lazy loaders keep the address while src holds a placeholder.
_LAZY = ("data-src", "data-original", "data-lazy-src", "data-lazy", "data-url")
_DECORATION = re.compile(
    r"/client/themes/|/files/adv/|/ads?/|\b(?:blank|spacer|pixel|loading|placeholder)\b",
    re.IGNORECASE,
)
_PICTURE_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|bmp)(?:[?#].*)?\Z", re.IGNORECASE)
_CAPTION = re.compile(r"(?:^|[-_ ])caption\w*(?=$|[-_ ])")
_TINY = re.compile(r"\s*[0-9](?:px)?\s*")


def image_of(img: _Element, base: str) -> Image | None:
    """Return the picture of an ``img``, its caption from the figure around it."""
    if any(_TINY.fullmatch(img.get(side) or "") for side in ("width", "height")):
        return None
    sources = [img.get(name) for name in (*_LAZY, "src")]
    for source in sources:
        if source and not source.startswith("data:") and not _DECORATION.search(source):
            url = resolve(base, source)
            return Image(url=url, caption=_caption(img)) if url else None
    return None


def linked_image(link: _Element, base: str) -> Image | None:
    """Return the picture a gallery's link leads to, or the one it shows."""
    shown = next((image for img in link.iter("img") if (image := image_of(img, base))), None)
    href = link.get("href") or ""
    if not _PICTURE_FILE.search(href):
        return shown
    url = resolve(base, href)
    caption = fold_space(link.get("title") or "") or (shown.caption if shown else None)
    return Image(url=url, caption=caption or None) if url else shown


def _caption(img: _Element) -> str | None:
    for depth, around in enumerate(img.iterancestors()):
        if around.tag == "figure" or depth < 2:
            for element in around.iter("figcaption", "div", "p", "span", "small", "em"):
                if element.tag == "figcaption" or is_caption(element):
                    return fold_space("".join(element.itertext())) or None
        if around.tag == "figure" or depth > 3:
            break
    return None


def is_caption(element: _Element) -> bool:
    """Tell whether an element is named as the caption of a picture."""
    name = element.get("class")
    return bool(name and _CAPTION.search(name.lower()))
