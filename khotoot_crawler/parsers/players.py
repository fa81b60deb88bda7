"""Film on a page: the players this CMS and the film sites of Iran put there."""

from __future__ import annotations

import re
from functools import lru_cache

from lxml.etree import _Element

from khotoot_crawler.parsers.noise import names_of

PLAYER_TAGS = frozenset({"video", "iframe", "embed", "object", "script", "div"})
_FILM_SITES = re.compile(
    r"aparat\.com|telewebion|youtube(?:-nocookie)?\.com/embed|namasha\.com|tamasha\.com",
    re.IGNORECASE,
)
_SOURCES = ("src", "data-src", "data")
_SITES = re.compile(
    rf"{_FILM_SITES.pattern}|/video/|/player|\.(?:mp4|m3u8|webm|flv)\b",
    re.IGNORECASE,
)
_NAMES = re.compile(r"(?:^|[-_ ])(?:\w{2,6}[-_]?)?player\w*(?=$| )|h_iframe-aparat|video-js|plyr")


def is_player(element: _Element) -> bool:
    """Tell whether an element plays a film."""
    tag = element.tag
    if tag == "div":
        return _names_player(names_of(element))
    if tag not in PLAYER_TAGS:
        return False
    source = " ".join(filter(None, map(element.get, _SOURCES)))
    sites = _FILM_SITES if tag == "script" else _SITES
    return tag == "video" or bool(sites.search(source))


@lru_cache(maxsize=4096)
def _names_player(names: str) -> bool:
    return bool(_NAMES.search(names.lower()))
