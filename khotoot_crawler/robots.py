"""robots.txt as sites really write it (RFC 9309), and where it may be followed to."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import zlib
from urllib.parse import urlsplit

from protego import Protego

from khotoot_crawler.urls import Site

PRODUCT = "khotoot-crawler"  # the product token that robots.txt is searched for
_MOST_READ = 512 * 1024  # RFC 9309, 2.5: at least 500 KiB
_GZIP = b"\x1f\x8b"
# Protego knows six spellings of Disallow.
_RULE = re.compile(r"(?i)allow|d[is]+al+[oa]w|diasllow")
_BEYOND_PREFIX = re.compile(r"[*$%]")  # wildcards, ends, escapes
_ESCAPED_LETTER = re.compile(r"%[89A-Fa-f]")
# Protego takes a version, or a comment, for a part of the token.
_AGENT = re.compile(
    r"\s*+(?:user[- ]?agent\s*+(?P<colon>:)|user(?:-|\s*+)agent\s)(?P<name>[^#]*)", re.IGNORECASE
)
_OTHER = "other"
_VERSION = re.compile(rf"(?im)^([ \t]*user-agent[ \t]*:[ \t]*{PRODUCT})[ \t/][^\r\n]*")


class Rules:
    """What a robots.txt says to this crawler; ``crawl_delay`` in seconds, 0 for none."""

    def __init__(self, text: str) -> None:
        self._parsed = Protego.parse(text)
        self._are_plain = text.isascii() and not any(map(_reaches_on, text.splitlines()))
        self.crawl_delay = float(self._parsed.crawl_delay(PRODUCT) or 0)
        self.sitemaps = [*self._parsed.sitemaps]

    def allow(self, url: str) -> bool:
        """Tell whether a URL may be fetched.

        No plain rule reaches beyond the first letter that is not ASCII: to undo the escapes of
        Persian slugs took 1.5% of a crawl's CPU.
        """
        url = _ESCAPED_LETTER.split(url, maxsplit=1)[0] if self._are_plain else url
        return bool(self._parsed.can_fetch(url, PRODUCT))


def _reaches_on(line: str) -> bool:
    """Tell whether a line is a rule that is more than the beginning of a path."""
    rule = _RULE.search(line)
    return rule is not None and _BEYOND_PREFIX.search(line, rule.end()) is not None


def robots_rules(body: bytes) -> Rules:
    """Return the rules in a robots.txt, whatever it was saved with; none in what is no such file.

    >>> robots_rules(b"User-agent: *\\nDisallow: /a").allow("http://h/a")
    False
    """
    if body.startswith(_GZIP):
        body = _unpacked(body)
    if len(body) > _MOST_READ:  # half a line would forbid more than the whole one
        body = body[: max(body.rfind(b"\n", 0, _MOST_READ), body.rfind(b"\r", 0, _MOST_READ), 0)]
    text = _VERSION.sub(r"\1", body.decode(_encoding(body), "replace"))
    return Rules("\n".join(map(_one_name_for_others, text.splitlines())))


def _one_name_for_others(line: str) -> str:
    """Return a line, but for that of another crawler one name: Protego keeps each one's rules.

    >>> _one_name_for_others("User-agent: Khotoot"), _one_name_for_others("user agent Bingbot # ?")
    ('User-agent: Khotoot', 'User-agent: other')
    """
    agent = _AGENT.match(line)
    name = agent["name"].strip().lower() if agent else ""
    if not agent or not name or "*" in name or name in PRODUCT:
        return line
    _, colon, rest = name.partition(":")
    is_agent = agent["colon"] or not colon or rest[:1].strip()  # as Protego reads it
    return f"User-agent: {_OTHER}" if is_agent else line


def _unpacked(body: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(body, _MOST_READ + 1)
    except zlib.error:
        return b""


def _encoding(body: bytes) -> str:
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\0" in body[:2]:
        return "utf-16-be" if body[:1] == b"\0" else "utf-16-le"
    return "utf-8-sig"


async def next_address(site: Site, url: str, target: str) -> str | None:
    """Return where a redirect of robots.txt from ``url`` is followed to; None where it is not.

    Other hosts than the site's are asked as well (RFC 9309, 2.3.1.2), but a public site sends
    nobody into this machine or its network, and one on loopback nobody out of it.
    """
    if site.owns(target):
        return site.onward(url, target)
    here, there = await asyncio.gather(_reach(url), _reach(target))
    return target if here is not None and here == there else None


async def _reach(url: str) -> str | None:
    """Tell how far the host of an address is: ``public``, ``private`` or ``loopback``.

    None for a name that has no address, and for one that has addresses of several kinds.
    """
    parts = urlsplit(url)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(parts.hostname, parts.port or 80)
    except (OSError, UnicodeError, ValueError):
        return None
    kinds = {_kind(str(address[0])) for *_, address in found}
    return kinds.pop() if len(kinds) == 1 else None


def _kind(text: str) -> str:
    """Tell the kind of one IP address.

    >>> [_kind(text) for text in ("127.9.9.9", "::ffff:10.0.0.1", "169.254.169.254", "1.1.1.1")]
    ['loopback', 'private', 'private', 'public']
    """
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address.sixtofour or address
    if address.is_loopback:
        return "loopback"
    return "public" if address.is_global and not address.is_multicast else "private"
