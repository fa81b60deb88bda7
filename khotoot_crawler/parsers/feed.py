"""Feeds (RSS 0.9 to 2.0, Atom) and sitemaps (sitemaps.org 0.9): the addresses they list.

Both are read as far as they can be: what stands before the root is cut off (PHP warnings, and a
DTD with its entities), stray ``&`` and ``<`` are mended, an unclosed end is no loss.
"""

from __future__ import annotations

import codecs
import contextlib
import html
import re
import zlib
from dataclasses import dataclass
from html.entities import html5

from lxml import etree

from khotoot_crawler.errors import ParseError
from khotoot_crawler.parsers.charset import decode, without_mark
from khotoot_crawler.urls import LONGEST_LINK, resolve

MOST_BYTES = 52_428_800  # of a gzipped feed or sitemap, unpacked: sitemaps.org allows no more
GZIP = b"\x1f\x8b"
_CHUNK = 1 << 16
_ROOT_WITHIN = 4096  # of what is to be told from other pages
# A sitemap may list 50,000 addresses; what goes on and on is not read on.
MOST_ENTRIES = 100_000
_MOST_ELEMENTS = 500_000
_MOST_OPEN = 256  # elements in each other, as libxml2 reads them of a page
_MOST_MENDS = 100_000  # a text with more stray characters is no XML

# Where each kind of entry keeps its address, first choice first.
_FEED_ENTRIES: dict[str, tuple[str, ...]] = {"item": ("link", "guid"), "entry": ("link",)}
_SITEMAP_ENTRIES: dict[str, tuple[str, ...]] = {"url": ("loc",), "sitemap": ("loc",)}
_FEED_ROOTS = (b"rss", b"RDF", b"feed")
_XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"

_ROOT = re.compile(rb"<(?:[\w.-]+:)?(rss|RDF|feed|urlset|sitemapindex)[\s>/]")
_HTML = re.compile(rb"<!doctype\s+html|<html[\s>]", re.IGNORECASE)
_NOT_XML = bytes(code for code in range(32) if code not in b"\t\n\r")
# HTML's entities are not XML's, a DTD's own are cut off with it; "&b=2", "a < b" are plain text.
_STRAY = re.compile(
    rb"&(?!(?:amp|lt|gt|quot|apos|#[0-9]+|#x[0-9a-fA-F]+);)(?:([A-Za-z][A-Za-z0-9]*;))?"
    rb"|<(?!/?[A-Za-z_]|[!?])"
)
# Emoji as editors that count in UTF-16 write them: two references, neither of them a character.
_HALVES = re.compile(rb"(?:&#(?:0*5[5-7][0-9]{3}|x0*[dD][89a-fA-F][0-9a-fA-F]{2});)+")
_REFERENCE = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]*|#[0-9]+|#[xX][0-9a-fA-F]+);")


@dataclass(frozen=True, slots=True)
class SitemapLinks:
    """What a sitemap lists: ``pages``, and further ``sitemaps`` where it is an index."""

    pages: tuple[str, ...]
    sitemaps: tuple[str, ...]


def is_feed(body: bytes) -> bool:
    """Tell a feed or a sitemap, gzipped or not: their root stands there, and no HTML before it.

    >>> is_feed(b"<b>Warning</b>: line 3<br><rss></rss>"), is_feed(b"<html><body><rss></rss>")
    (True, False)
    """
    head = without_mark(_unpacked(body, _ROOT_WITHIN)[:_ROOT_WITHIN])
    page = _HTML.search(head)
    return _ROOT.search(head, 0, page.start() if page else len(head)) is not None


def feed_links(body: bytes, url: str, content_type: str | None = None) -> list[str]:
    """Return the addresses of a feed's entries, absolute, in its order, each once.

    Raises ``ParseError`` for what is no feed, and for one cut short before its first entry.
    """
    root, links = _read(body, url, content_type)
    if root not in _FEED_ROOTS:
        raise ParseError("a sitemap, not a feed", url=url)
    return [link for _, link in links]


def text_sitemap_links(body: bytes) -> list[str]:
    """Return the addresses of a sitemap that is a text, one a line; nothing for any other text.

    >>> text_sitemap_links(b"http://h/a\\r\\nhttp://h/b\\n"), text_sitemap_links(b"http://h/a\\nno")
    (['http://h/a', 'http://h/b'], [])
    """
    text = without_mark(body).decode("utf-8", "replace")
    lines = [line for line in map(str.strip, text.splitlines()) if line]
    if not all(line.startswith(("http://", "https://")) and " " not in line for line in lines):
        return []
    return [*filter(None, (resolve(line, line) for line in lines[:MOST_ENTRIES]))]


def sitemap_links(body: bytes, url: str, content_type: str | None = None) -> SitemapLinks:
    """Return what a sitemap, gzipped or not, or a feed in its stead, lists.

    Raises ``ParseError`` as ``feed_links`` does.
    """
    _, links = _read(body, url, content_type)
    return SitemapLinks(
        pages=tuple(link for entry, link in links if entry != "sitemap"),
        sitemaps=tuple(link for entry, link in links if entry == "sitemap"),
    )


def _read(body: bytes, url: str, content_type: str | None) -> tuple[bytes, list[tuple[str, str]]]:
    """Return the name of the root element, and kind and address of each entry."""
    text = _utf8(_unpacked(body), content_type)
    root = _ROOT.search(text)
    if root is None or _HTML.search(text, 0, root.start()):
        raise ParseError("neither a feed nor a sitemap", url=url)
    entries = _Entries(url, _FEED_ENTRIES if root[1] in _FEED_ROOTS else _SITEMAP_ENTRIES)
    _parse(text, root.start(), entries)
    if not entries.links and not entries.complete:
        raise ParseError("cut short before its first entry", url=url)
    return root[1], list(dict.fromkeys(entries.links))


def _parse(text: bytes, start: int, entries: _Entries) -> None:
    parser = etree.XMLParser(
        target=entries,  # type: ignore[arg-type]  # the stubs ask for comment(), lxml does not
        encoding="utf-8",
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    mends = 0
    try:
        while start < len(text) and mends < _MOST_MENDS:
            end = text.rfind(b">", start, start + _CHUNK) + 1 or start + _CHUNK
            chunk = _HALVES.sub(_joined, text[start:end].translate(None, _NOT_XML))
            chunk, count = _STRAY.subn(_mended, chunk)
            parser.feed(chunk)
            start, mends = end, mends + count
        parser.close()
    except (etree.XMLSyntaxError, _EnoughError):
        entries.close()  # beyond mending: what was read until here is kept


class _EnoughError(Exception):
    """More than any feed has."""


class _Entries:
    """Parser target: keeps addresses and no tree, so that memory stays flat."""

    def __init__(self, base: str, wanted: dict[str, tuple[str, ...]]) -> None:
        self.links: list[tuple[str, str]] = []
        self.complete = False
        self._wanted = wanted
        self._open = [("", base)]  # names of the open elements, each with its xml:base
        self._text: list[str] | None = None  # of an element that holds an address
        self._found: dict[str, str] = {}
        self._elements = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Open an element; Atom's links stand in its attributes."""
        self._elements += 1
        if self._elements > _MOST_ELEMENTS or len(self._open) > _MOST_OPEN:
            raise _EnoughError
        name = tag[tag.rfind("}") + 1 :].rpartition(":")[2]
        parent, base = self._open[-1]
        if name in self._wanted:
            self._take(parent)  # an entry that was not closed
        if attributes and _XML_BASE in attributes:
            base = resolve(base, attributes[_XML_BASE]) or base
        self._open.append((name, base))
        self._text = [] if name in self._wanted.get(parent, ()) else None
        if self._text is None or not attributes:
            return
        if attributes.get("isPermaLink") == "false":
            self._text = None
        elif attributes.get("rel", "alternate") == "alternate":
            self._note(name, attributes.get("href", ""), base)

    def data(self, text: str) -> None:
        """Collect the text of an element that holds an address."""
        if self._text is not None:
            self._text.append(text)

    def end(self, _tag: str) -> None:
        """Close an element: note its address, or the entry that it ends."""
        name, base = self._open.pop()
        if self._text is not None:
            self._note(name, "".join(self._text), base)
            self._text = None
        self._take(name)
        self.complete = len(self._open) == 1

    def close(self) -> None:
        """End the document, and the entry that it may have been cut off in."""
        with contextlib.suppress(_EnoughError):
            for name, _ in reversed(self._open):
                self._take(name)

    def _note(self, name: str, href: str, base: str) -> None:
        if not href or len(href) > LONGEST_LINK or name in self._found:
            return
        href = "".join(line.strip() for line in href.splitlines())
        href = _REFERENCE.sub(lambda match: html.unescape(match[0]), href)
        if name == "guid" and not href.startswith(("http://", "https://")):
            return
        address = resolve(base, href) if href else None
        if address is not None:
            self._found[name] = address

    def _take(self, entry: str) -> None:
        if entry not in self._wanted:
            return
        for name in self._wanted[entry]:
            if name in self._found:
                self.links.append((entry, self._found[name]))
                break
        self._found.clear()
        if len(self.links) >= MOST_ENTRIES:
            raise _EnoughError


def _mended(match: re.Match[bytes]) -> bytes:
    """Return a stray & or < as XML takes it.

    >>> _STRAY.sub(_mended, b"a&b=2 &zwnj; &lol9; &amp; 1 < 2")
    b'a&amp;b=2 &#8204; &amp;lol9; &amp; 1 &lt; 2'
    """
    if match[0] == b"<":
        return b"&lt;"
    letters = html5.get(match[1].decode()) if match[1] else None
    if letters is None:
        return b"&amp;" + match[0][1:]
    return "".join(f"&#{ord(letter)};" for letter in letters).encode()


def _joined(match: re.Match[bytes]) -> bytes:
    """Return what halves of surrogate pairs stand for, U+FFFD where the other half is missing.

    >>> _HALVES.sub(_joined, b"&#55357;&#xDE0A;&#xd83d; &#57344;").decode()
    '\U0001f60a\ufffd \ue000'
    """
    references = match[0].split(b";")[:-1]
    codes = (int(r[-4:], 16) if r[2:3] == b"x" else int(r[-5:]) for r in references)
    halves = "".join(map(chr, codes)).encode("utf-16-le", "surrogatepass")
    return halves.decode("utf-16-le", "replace").encode()


def _unpacked(body: bytes, most: int = MOST_BYTES) -> bytes:
    """Undo gzip, told by its magic, up to so many bytes; a torn end is no loss."""
    if not body.startswith(GZIP):
        return body
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    unpacked = bytearray()
    with contextlib.suppress(zlib.error):
        for start in range(0, len(body), _CHUNK):
            room = most - len(unpacked)
            if room <= 0 or unpacker.eof:
                break
            unpacked += unpacker.decompress(body[start : start + _CHUNK], room)
    return bytes(unpacked)


def _is_utf8(body: bytes) -> bool:
    """Tell whether it is UTF-8, by pieces: the text of 100 MB may take 400."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(body), _CHUNK):
            decoder.decode(body[start : start + _CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _utf8(body: bytes, content_type: str | None) -> bytes:
    """Return the text as UTF-8, whatever it came in, up to its last whole tag."""
    body = body[: body.rfind(b">") + 1]  # a torn letter at the end would belie UTF-8
    if body.startswith(codecs.BOM_UTF8):
        body = body[len(codecs.BOM_UTF8) :]
    # Persian in UTF-16 can be all ASCII bytes.
    is_plain = b"\0" not in body[:4] and (body.isascii() or _is_utf8(body))
    return body if is_plain else decode(body, content_type).encode(errors="replace")
