"""One parsed page, made once from the bytes of an answer, for live and offline alike."""

from __future__ import annotations

import re
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from lxml import etree
from parsel import Selector

from khotoot_crawler.errors import ParseError
from khotoot_crawler.parsers.body import Text, read_body
from khotoot_crawler.parsers.charset import decode_twice
from khotoot_crawler.parsers.outline import Outline

if TYPE_CHECKING:
    from khotoot_crawler.parsers.page_kind import PageKind

# No page of news comes near these; beyond them one costs more than 2 s or 500 MB to read.
MAX_BYTES = 8 * 1024 * 1024
MAX_TAGS = 400_000
MAX_TAGS_OF_ARTICLE = 50_000
MAX_ELEMENTS_OF_DEEP = 3_000  # nested deeper than libxml2 reads unless told to: 255
MAX_ATTRIBUTES = 256
_LONG = 64 * 1024
_SHORTEST_TAG = 3
_ATTRIBUTE = r"""[\s/]++[^\s/>=]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"']*+))?+"""
_CROWDED_TAG = re.compile(rf"<[A-Za-z][^\s/>]{{0,60}}+(?>(?:{_ATTRIBUTE}){{{MAX_ATTRIBUTES + 1}}})")
_UNENDED = re.compile(r"&(zwnj|zwj|rlm|lrm)(?![;A-Za-z0-9])")
_INVISIBLE = {"zwnj": "\u200c", "zwj": "\u200d", "rlm": "\u200f", "lrm": "\u200e"}
_EMPTY = b"<html><body></body></html>"


def _parser(*, is_deep: bool) -> etree.HTMLParser:
    return etree.HTMLParser(
        encoding="utf-8",
        remove_comments=True,
        remove_pis=True,
        huge_tree=is_deep,
        collect_ids=False,
    )


# One for all pages, and no table of ids: an eighth less time than a new one for each page.
_PARSER, _DEEP_PARSER = _parser(is_deep=False), _parser(is_deep=True)


class Page:
    """A page as text and as a tree; ``url`` is the address that answered.

    ``is_crowded``: whether it has more tags than any article: its links are read, and nothing else.
    """

    def __init__(self, url: str, text: str, root: etree._Element, *, is_crowded: bool) -> None:
        self.url = url
        self.text = text
        self.root = root
        self.is_crowded = is_crowded
        self.kind: PageKind | None = None  # once page_kind has told it

    @cached_property
    def selector(self) -> Selector:
        """The tree as parsel sees it, over the same nodes."""
        return Selector(root=self.root, type="html")

    @cached_property
    def outline(self) -> Outline:
        """Where on the page the article stands."""
        return Outline(self.root, self.url)

    @cached_property
    def content(self) -> Text:
        """The text of the article and the pictures in it."""
        return read_body(self.outline, self.outline.fields, self.text)

    @cached_property
    def base(self) -> str:
        """The address that relative links start from."""
        return self.outline.base


def read_page(body: bytes, url: str, content_type: str | None = None) -> Page:
    """Parse the bytes of an answer, its Content-Encoding undone.

    Raises ParseError for a page too big or too twisted to be read in bounded time.
    """
    if len(body) > MAX_BYTES:
        raise ParseError(f"{len(body)} bytes, more than {MAX_BYTES} are not read", url=url)
    text, utf8 = decode_twice(body, content_type)
    _refuse_bombs(text, url)
    if b"\0" in utf8 or _UNENDED.search(text):  # in bytes ten times as soon told as in letters
        text = _mend(text)
        utf8 = text.encode("utf-8", "replace")
    return Page(url, text, _tree(utf8, url), is_crowded=_is_crowded(text))


def _is_crowded(text: str) -> bool:
    is_long = len(text) > MAX_TAGS_OF_ARTICLE * _SHORTEST_TAG  # counting takes as long as decoding
    return is_long and text.count("<") > MAX_TAGS_OF_ARTICLE


def _mend(text: str) -> str:
    """Take out what libxml2 stumbles over: NUL bytes, and names it knows only with a semicolon."""
    return _UNENDED.sub(lambda match: _INVISIBLE[match[1]], text.replace("\0", ""))


def _refuse_bombs(text: str, url: str) -> None:
    """Refuse what libxml2 needs time or memory out of proportion for."""
    if len(text) < _LONG:
        return
    if text.count("<") > MAX_TAGS:
        raise ParseError(f"more than {MAX_TAGS} tags", url=url)
    if _CROWDED_TAG.search(text):  # quadratic in the attributes of one tag
        raise ParseError(f"a tag of more than {MAX_ATTRIBUTES} attributes", url=url)


def _tree(utf8: bytes, url: str) -> etree._Element:
    root = _parsed(utf8, _PARSER, url)
    if not _is_cut(_PARSER):
        return root
    root = _parsed(utf8, _DEEP_PARSER, url)
    # What looks at each element and all above it takes the product of both in time.
    is_many = sum(1 for _ in islice(root.iter(), MAX_ELEMENTS_OF_DEEP + 1)) > MAX_ELEMENTS_OF_DEEP
    if is_many or _is_cut(_DEEP_PARSER):
        raise ParseError("nested too deep", url=url)
    return root


def _parsed(utf8: bytes, parser: etree.HTMLParser, url: str) -> etree._Element:
    try:
        root = etree.fromstring(utf8 or _EMPTY, parser)
    except etree.LxmlError as error:
        raise ParseError(f"no HTML: {error}", url=url) from error
    # White space and comments alone make no tree at all.
    return etree.fromstring(_EMPTY, parser) if root is None else root


def _is_cut(parser: etree.HTMLParser) -> bool:
    """Tell whether libxml2 left off within the page that it parsed last."""
    return any(entry.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in parser.error_log)
