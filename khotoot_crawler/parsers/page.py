"""One parsed page, made once from the bytes of an answer, for live and offline alike."""

from __future__ import annotations

import re
from collections import deque
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree
from parsel import Selector

from khotoot_crawler.errors import ParseError
from khotoot_crawler.parsers.body import read_body
from khotoot_crawler.parsers.charset import decode, without_mark
from khotoot_crawler.parsers.content import Text
from khotoot_crawler.parsers.noise import names_of
from khotoot_crawler.parsers.outline import Outline
from khotoot_crawler.parsers.selectors import LETTERS_PER_ELEMENT

if TYPE_CHECKING:
    from khotoot_crawler.parsers.page_kind import PageKind

# No page of news comes near these; beyond them one costs more than 2 s or 500 MB to read.
MAX_BYTES = 8 * 1024 * 1024
MAX_TAGS = 400_000
MAX_TAGS_OF_ARTICLE = 50_000
MAX_LETTERS_OF_NAMES = 1_000_000
MAX_ELEMENTS_OF_DEEP = 3_000  # nested deeper than libxml2 reads unless told to: 255
MAX_ATTRIBUTES = 256
MAX_ATTRIBUTES_OF_MANY = 64  # where there are more tags than in any article: each is looked into
_LONG = 64 * 1024
# As libxml2 reads them: nothing need stand between two, a name may begin with "=", and a value that
# does not begin with a quote may hold some.
_ATTRIBUTE = rb"""[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+|))?+"""
_LONGEST_NAME = MAX_ATTRIBUTES
_CROWDED_TAG, _CROWDED_TAG_OF_MANY = (
    re.compile(
        rb"<[A-Za-z](?:[^\s/>]{%d}|[^\s/>]*+(?>(?:%b){%d}))" % (_LONGEST_NAME, _ATTRIBUTE, most + 1)
    )
    for most in (MAX_ATTRIBUTES, MAX_ATTRIBUTES_OF_MANY)
)
_MOST_PROBED = 16 * 1024 * 1024  # bytes in all, read for the price of a tree
_SCRIPTS = ("script", "style")
_SCRIPT_END = re.compile(rb"</(?:script|style)\b", re.IGNORECASE)
_PROBE = b"khotoot-probe"
# A page pasted into an article's text ends in its midst for libxml2, but for no browser.
_LAST = re.compile(rb"</(?:body|html)\s*>", re.IGNORECASE)
_ENDS = 2
# An end tag that ends nothing breaks the line for a browser: </br>, </p> between bare texts.
_BREAK = re.compile(
    rb"</br\s*+/?+>|</p\s*+>(?=(?:\s++|&nbsp;|<!--[^>]*+>){0,5}+"
    rb"(?:[^\s<&]|&(?!nbsp;)|<(?:[abiu]|em|font|span|strong)\b))",
    re.IGNORECASE,
)
# Paragraphs in a heading are its text for a browser; libxml2 ends the heading before them.
_TAGS_OF_HEADING = rb"(?:\s|<(?!/?(?:h[1-6]|p)\b)[^<>]*+>)*+"
_HEADING = re.compile(
    rb"<(h[1-6])\b[^<>]*+>%b"
    rb"(?:<p\b(?:(?!</?(?:h[1-6]|p)\b).){0,3000}+</p\s*+>%b)++</\1\s*+>"
    % (_TAGS_OF_HEADING, _TAGS_OF_HEADING),
    re.DOTALL | re.IGNORECASE,
)
_PARAGRAPH_TAG = re.compile(rb"<(/?)p\b", re.IGNORECASE)
# Neither lets a paragraph hold others: what a template names is empty, its text beside it.
_NAMED_PARAGRAPH = re.compile(
    rb"<p\b(?=[^<>]*\bclass=[\"']?[^<>\"']*(?:title|rutitr|lead|body|text)\b)([^<>]*+)>"
    rb"((?:\s*+<(p|div)\b[^<>]*+>(?:(?!</?(?:p|div)\b).)*+</\3\s*+>)++\s*+)</p\s*+>",
    re.DOTALL | re.IGNORECASE,
)
_EMBED = re.compile(rb"<embed\b[^<>]*+>(?!\s*+</embed)", re.IGNORECASE)
_UNENDED = re.compile(rb"&(zwnj|zwj|rlm|lrm)(?![;A-Za-z0-9])")
_INVISIBLE = {
    name: character.encode()
    for name, character in (
        (b"zwnj", "\u200c"), (b"zwj", "\u200d"), (b"rlm", "\u200f"), (b"lrm", "\u200e"),
    )
}  # fmt: skip
# It tells of bytes that are not UTF-8, wherever they stand, so nobody has to decode the page: 5% of
# its reading.
_LIBXML2_TELLS = etree.LIBXML_VERSION >= (2, 14)
_EMPTY = b"<html><body></body></html>"


_MOST_TOLD = 99  # errors: libxml2 counts no further
_MENDED = {"body", "br", "h1", "html", "p"}


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


class _Errors(NamedTuple):
    """What libxml2 found wrong with a page: kinds, and end tags that end nothing, by name."""

    types: set[int]
    stray_ends: set[str]


class Page:
    """A page in UTF-8 and as a tree; ``url`` is the address that answered.

    ``is_crowded``: whether it has more tags, or names of them, than any article, or they nest as in
    none: its links are read, and nothing else.
    """

    def __init__(self, url: str, utf8: bytes, root: etree._Element) -> None:
        self.url = url
        self.utf8 = utf8
        self.root = root
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
    def is_crowded(self) -> bool:
        """Whether to read it as an article would cost too much."""
        size = len(self.utf8)
        if size < _LONG:
            return False
        tags = self.utf8.count(b"<")
        if tags > MAX_TAGS_OF_ARTICLE:
            return True
        if size > MAX_LETTERS_OF_NAMES and self._letters_of_names > MAX_LETTERS_OF_NAMES:
            return True
        return self.outline.index.is_tangled(tags + size // LETTERS_PER_ELEMENT)

    @property
    def _letters_of_names(self) -> int:
        """How much there is of classes and ids; what comes again is looked at once."""
        return sum(map(len, set(map(names_of, self.root.iter("*")))))

    @cached_property
    def content(self) -> Text:
        """The text of the article and the pictures in it."""
        return read_body(self.outline, self.outline.fields, self.utf8)

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
    utf8 = _mended(without_mark(body))
    _refuse_bombs(utf8, url)
    root, errors = _tree(utf8, url)
    if not _is_utf8(utf8, errors):
        utf8 = decode(utf8, content_type).encode()
        root, errors = _tree(utf8, url)
    if errors.stray_ends and (mended := _ends_mended(utf8, errors.stray_ends)) != utf8:
        utf8 = mended
        root, _ = _tree(utf8, url)
    return Page(url, utf8, root)


def _ends_mended(utf8: bytes, stray: set[str]) -> bytes:
    """Mend the end tags that say more, or less, to a browser than to libxml2.

    ``stray``: the tags of which libxml2 found an end and no beginning.
    """
    if stray & {"body", "html"} and len(_LAST.findall(utf8)) > _ENDS:
        utf8 = _LAST.sub(b"", utf8)
    if any(tag[:1] == "h" and tag[1:].isdigit() for tag in stray):
        utf8 = _HEADING.sub(lambda match: _PARAGRAPH_TAG.sub(rb"<\1div", match[0]), utf8)
    if "p" in stray:
        utf8 = _NAMED_PARAGRAPH.sub(rb"<div\1>\2</div>", utf8)
    return _BREAK.sub(rb"\g<0><br>", utf8) if stray & {"br", "p"} else utf8


def _mended(utf8: bytes) -> bytes:
    """Mend what libxml2 stumbles over.

    NUL bytes, names that it knows only with a semicolon, and players of old that have no end tag.
    """
    if b"\0" in utf8:
        utf8 = utf8.replace(b"\0", b"")
    if utf8.rfind(b"mbed") >= 0 or utf8.rfind(b"MBED") >= 0:  # in half the time of "in"
        utf8 = _EMBED.sub(rb"\g<0></embed>", utf8)
    return _UNENDED.sub(lambda match: _INVISIBLE[match[1]], utf8)


def _refuse_bombs(utf8: bytes, url: str) -> None:
    """Refuse what libxml2 needs time or memory out of proportion for."""
    if len(utf8) < _LONG:
        return
    if utf8.count(b"<") > MAX_TAGS:
        raise ParseError(f"more than {MAX_TAGS} tags", url=url)
    if _has_crowded_tag(utf8, url):  # quadratic in the attributes of one tag
        raise ParseError(
            f"a tag of more than {MAX_ATTRIBUTES} attributes, or of a name as long", url=url
        )


def _has_crowded_tag(utf8: bytes, url: str) -> bool:
    """Tell whether a tag has too many attributes; what only looks so in a script is none."""
    is_many = utf8.count(b"<") > MAX_TAGS_OF_ARTICLE
    form = _CROWDED_TAG_OF_MANY if is_many else _CROWDED_TAG
    start = probed = 0
    while (crowded := form.search(utf8, start)) is not None:
        start = crowded.start()
        probed += start
        root, _ = _tree(utf8[:start] + b"<%b>" % _PROBE, url)
        if probed > _MOST_PROBED or root.find(f".//{_PROBE.decode()}") is not None:
            return True
        start += 1
        if _ends_in_script(root):
            end = _SCRIPT_END.search(utf8, start)
            start = len(utf8) if end is None else end.start()
    return False


def _ends_in_script(root: etree._Element) -> bool:
    """Tell whether the probe at the end of a page is words of a script."""
    scripts = deque(root.iter(*_SCRIPTS), maxlen=1)
    return any((script.text or "").endswith(f"<{_PROBE.decode()}>") for script in scripts)


def _tree(utf8: bytes, url: str) -> tuple[etree._Element, _Errors]:
    """Return the tree of a page, and what errors libxml2 found in it."""
    root, errors = _parsed(utf8, _PARSER, url)
    if not _is_cut(errors):
        return root, errors
    root, errors = _parsed(utf8, _DEEP_PARSER, url)
    # What looks at each element and all above it takes the product of both in time.
    is_many = sum(1 for _ in islice(root.iter(), MAX_ELEMENTS_OF_DEEP + 1)) > MAX_ELEMENTS_OF_DEEP
    if is_many or _is_cut(errors):
        raise ParseError("nested too deep", url=url)
    return root, errors


def _parsed(utf8: bytes, parser: etree.HTMLParser, url: str) -> tuple[etree._Element, _Errors]:
    try:
        root = etree.fromstring(utf8 or _EMPTY, parser)
    except etree.LxmlError as error:
        raise ParseError(f"no HTML: {error}", url=url) from error
    log = [*parser.error_log]
    mismatches = (entry for entry in log if entry.type == etree.ErrorTypes.ERR_TAG_NAME_MISMATCH)
    stray = {entry.message.rpartition(" ")[2].lower() for entry in mismatches}
    if len(log) >= _MOST_TOLD:
        stray |= _MENDED
    errors = _Errors({entry.type for entry in log}, stray)
    # White space and comments alone make no tree at all.
    return etree.fromstring(_EMPTY, parser) if root is None else root, errors


def _is_cut(errors: _Errors) -> bool:
    """Tell whether libxml2 left off within a page."""
    return etree.ErrorTypes.ERR_RESOURCE_LIMIT in errors.types


def _is_utf8(utf8: bytes, errors: _Errors) -> bool:
    if _LIBXML2_TELLS:
        return etree.ErrorTypes.ERR_INVALID_ENCODING not in errors.types
    try:
        utf8.decode()
    except UnicodeDecodeError:
        return False
    return True
