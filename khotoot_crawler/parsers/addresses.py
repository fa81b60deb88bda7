"""What a link is for, told by its address: a tag, a tool of the page, or something to read."""

from __future__ import annotations

import re

_SITE = r"(?:https?:)?(?://[^/?#]*)?"
_TAG = re.compile(r"/(?:tag|key|label|topic|search)|[?&](?=\w*+=)\w*?tag", re.IGNORECASE)
_TOOL = re.compile(
    rf"{_SITE}/fa/(?:save|print|send|report|amp)\b|{_SITE}/0[0-9A-Za-z]{{5}}/?$"
    r"|(?:mailto|javascript|whatsapp|tg|sms|viber):"
    r"|(?:https?:)?//(?:[\w-]{1,63}\.){0,20}(?:t\.me|telegram\.(?:me|org)|facebook\.com|twitter\.com|x\.com"
    r"|linkedin\.com|whatsapp\.com|wa\.me|instagram\.com|pinterest\.com|plus\.google\.com"
    r"|eitaa\.(?:com|ir)|ba?le\.(?:ir|ai)|rubika\.ir|splus\.ir|soroush-app\.ir|igap\.net|gap\.im"
    r"|cloob\.com|facenama\.com)(?:[/?#]|$)",
    re.IGNORECASE,
)
_FILM_OR_SOUND = re.compile(r"\.(?:mp[34]|m4a|flv|3gp|webm|ogg|wav)(?=[?#]|\Z)", re.IGNORECASE)
_LIST = re.compile(r"/(?:rss|feed|archive)\b", re.IGNORECASE)


def last_line(href: str) -> str:
    """Return the last line of an address: what stands before a line break is no name of a file."""
    return href[href.rfind("\n") + 1 :]


def names_tag(href: str | None) -> bool:
    """Tell whether an address is one of a tag's own page."""
    return bool(href and _TAG.search(href))


def leads_nowhere(href: str | None) -> bool:
    """Tell whether a link stays on its page: what it does, a script tells."""
    return not href or not href.strip() or href.strip().startswith("#")


def is_tool(href: str | None) -> bool:
    """Tell whether an address prints, saves, sends, shares or shortens a page."""
    return bool(href and _TOOL.match(href.strip()))


def lists_news(href: str | None) -> bool:
    """Tell whether an address is one of a feed or of the archive."""
    return bool(href and _LIST.search(href))


def is_of_bar(href: str | None) -> bool:
    """Tell whether an address is one that bars of links have.

    Those of tools, tags, sections and the home page, and of a player's files.
    """
    if href is None or leads_nowhere(href) or is_tool(href) or names_tag(href):
        return True
    if _FILM_OR_SOUND.search(last_line(href)):
        return True
    return "/services/" in href or href.strip() in ("/", "/fa", "/fa/")
