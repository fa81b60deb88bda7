"""Film on a page: the players this CMS and the film sites of Iran put there."""

from __future__ import annotations

import re
from functools import lru_cache

from lxml.etree import _Element

from khotoot_crawler.parsers.noise import names_of, says_something

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
_OF_SOUND = re.compile(r"audio|sound|voice|music|podcast|mp3|radio")
_NAMES = re.compile(r"(?:^|[-_ ])(?:\w{2,6}[-_]?)?player\w*(?=$| )|h_iframe-aparat|video-js|plyr")


def is_player(element: _Element) -> bool:
    """Tell whether an element plays a film."""
    tag = element.tag
    if tag == "div":
        is_named = _names_player(names_of(element))
        return is_named and not _plays_sound(element) and not says_something(element)
    if tag not in PLAYER_TAGS:
        return False
    source = " ".join(filter(None, map(element.get, _SOURCES)))
    sites = _FILM_SITES if tag == "script" else _SITES
    return tag == "video" or bool(sites.search(source))


def _plays_sound(player: _Element) -> bool:
    has_sound = next(player.iter("audio"), None) is not None
    return has_sound and next(player.iter("video"), None) is None


@lru_cache(maxsize=4096)
def _names_player(names: str) -> bool:
    names = names.lower()
    return bool(_NAMES.search(names)) and not _OF_SOUND.search(names)
