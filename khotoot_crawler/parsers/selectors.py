"""The selectors that serve each field, and the index of the page they are looked up in.

A selector is CSS of one or two steps (``.title h1``), each a tag, a class or one of ``_RARE``.
One walk that indexes classes costs a tenth of an XPath for each selector.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, cached_property
from typing import NamedTuple, cast

from lxml import etree
from lxml.etree import _Element

# The CMS's own selectors, most certain first; then what other news sites of Iran (Nastooh) use.
TITLE = ("h1.title", "h1.htag", "h1.htags", ".title h1", ".news-title", ".first-title", "h1")
TITLE_IF_MARKED = TITLE[:-1]  # as one, not only as the heading of something
TITLE_IF_SURE = TITLE[:3]  # also in what is named the site's frame, where there is no other
TITLE_IF_NAMED = (
    ".title",
    "a.title",
)  # of any box: only where metadata or a link to itself confirm it
KICKER = (".rutitr", ".rutitr_body", ".news-rutitr", ".newspage_rutitr", ".kicker")
LEAD = (".subtitle", ".news-subtitle", ".introtext", ".summary")
BODY = ("div.body", "#newsMainBody", ".body", "[itemprop=articleBody]", ".item-text")
BODY_BY_CLASS = (".body", ".item-text")
BOX = ("[direction: rtl]",)
DATE = (".news_pdate_c", ".news_pdate_c_mobile")
DATE_BEFORE_BODY = (".fa_date", ".item-date", "time")  # comments have them too
CODE = (".news_id_c", ".news_id_c_mobile", ".news_id", ".item-code")
VIEWS = (".news_hits", ".news_hits_mobile")
TAGS = (".row-tags a", ".tags_title a", ".tags_container a", "a.tags_item", ".tags a")
TAGS_IF_NAMED = TAGS[3:]  # also in clouds of tags: only where nothing else is said of them
SECTION = (".news_path a", ".news_path_mobile a", ".breadcrumb a")
SECTION_STEPS = (".service_name", ".cat_name")  # links of a path that nothing holds together
LEAD_IMAGE = (".lead_image", ".item-img")
LEAD_IMAGE_LINK = "a.lead_image"
GALLERY = (".album_listi", ".image_set")
# Where the text of an element left unclosed is over, beside the other fields.
BARS = (".news_toolbar", ".news_tools", ".news_path", ".row-tags", ".tags_title", ".tags_container")
NOT_FOUND = ".error_container"

# What themes of sister sites call the same: yjc.ir, iribnews.ir, tabnak.ir, snn.ir and others.
_SAME = {
    "title": (
        "baznashr-title", "h_title_news", "newstitle", "title-news", "title_c", "title_news",
    ),
    "subtitle": (
        "baznashr-subtitle", "content-lead-news", "htags_news_subtitle", "newspage_subtitle",
        "photo_subtitle", "photo-subtitle", "photoshahr-subtitle", "sub_ax", "subtitle-news",
        "subtitle_photo", "video-news-subtitle",
    ),
    "rutitr": ("rutitr-news", "rutitr_photo", "newspretitle"),
    "body": ("baznashr-body",),
    "item-text": ("khabar-matn",),  # around a body, too, which is asked for before
    "news_path": (
        "news_path2", "news-service", "padd-breadcrumb", "path-cover", "path_bottom_body",
    ),
    "service_name": ("newsservicename", "service_name_photo"),
    "cat_name": ("cat_name_photo", "newssubjectname"),
    "tags_title": ("news-tags", "newstags", "tag_items", "tag_items_photo"),
    "tags_item": ("tags_item_photo",),
    "fa_date": (
        "news-pdate", "news-publishdate", "photo-news-publishdate", "photo_pdate", "photo_pub_date",
    ),
    "news_id": ("news-id", "newsid", "number-news"),
    "lead_image": ("parent-lead-img",),
    "album_listi": ("album_content", "col-grid-album-photo", "photo_album_grid"),
}  # fmt: skip
_COMMON_NAME = {other: name for name, others in _SAME.items() for other in others}

_RARE = {
    "#newsMainBody": etree.XPath("//*[@id = 'newsMainBody']"),
    "[itemprop=articleBody]": etree.XPath("//*[@itemprop = 'articleBody']"),
    "[direction: rtl]": etree.XPath("//div[contains(translate(@style, ' ', ''), 'direction:rtl')]"),
}
_ALL = (
    *TITLE, *TITLE_IF_NAMED, *KICKER, *LEAD, *BODY, *DATE, *DATE_BEFORE_BODY, *CODE, *VIEWS,
    *TAGS, *SECTION, *SECTION_STEPS, *LEAD_IMAGE, *GALLERY, *BARS, NOT_FOUND,
)  # fmt: skip
_CLASSES = frozenset(name for selector in _ALL for name in re.findall(r"\.([\w-]+)", selector))
# Of selectors that are a class and no more, a page has but few.
_NOTHING: dict[str, Sequence[_Element]] = {
    selector: () for selector in _ALL if re.fullmatch(r"\.[\w-]+", selector)
}
_MOST_REMEMBERED = 8192
LONGEST_NAMES = 500  # letters of a class attribute that are looked at, and remembered
# Links, icons and the like are most of a page and carry no field: left out of the first index.
_INDEXED = (
    "article", "aside", "b", "blockquote", "caption", "center", "dd", "div", "dl", "dt", "em",
    "figure", "font", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "img", "label", "li",
    "main", "nav", "ol", "p", "section", "small", "span", "strong", "table", "td", "time", "tr",
    "u", "ul",
)  # fmt: skip
_OF_HEADS = ("base", "link", "meta", "script", "title")
_LOOKED_FOR = ("h1", "time")  # by their tags alone
# An element is read for each field that its names ask for: all within such, as often as they nest.
# The pages of news come to a thousand elements, the longest to thirty thousand.
MOST_WITHIN = 200_000
LETTERS_PER_ELEMENT = 16  # read in the time of one
_WITHIN = etree.XPath(f"count(descendant::*) + string-length() div {LETTERS_PER_ELEMENT}")
_STEP = re.compile(r"(?P<tag>[a-z0-9]+)?(?:\.(?P<name>[\w-]+))?")


class _Step(NamedTuple):
    tag: str | None
    name: str | None


@cache
def _steps(selector: str) -> tuple[_Step, ...]:
    matches = map(_STEP.fullmatch, selector.split())
    return tuple(_Step(match["tag"], match["name"]) for match in matches if match)


class _Wanted(dict[str, tuple[str, ...]]):
    """The classes of an attribute that any selector asks for: attributes repeat a lot."""

    def __missing__(self, names: str) -> tuple[str, ...]:
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        looked_at = names[:LONGEST_NAMES]
        named = (_COMMON_NAME.get(name, name) for name in looked_at.lower().split())
        wanted = tuple(dict.fromkeys(name for name in named if name in _CLASSES))
        if names == looked_at:
            self[names] = wanted
        return wanted


_wanted = _Wanted()


def is_named(element: _Element, selector: str) -> bool:
    """Tell whether an element has the class that a selector of one step asks for."""
    names = element.get("class")
    return names is not None and selector.removeprefix(".") in _wanted[names]


def is_body_for_sure(element: _Element) -> bool:
    """Tell whether an element is named a body as no part of a pasted text is."""
    return element.get("id") == "newsMainBody" or element.get("itemprop") == "articleBody"


def _by_class(elements: Iterable[_Element]) -> dict[str, list[_Element]]:
    found: dict[str, list[_Element]] = {}
    for element in elements:
        names = element.get("class")
        if names is not None and (wanted := _wanted[names]):
            for name in wanted:
                found.setdefault(name, []).append(element)
    return found


def _outermost(elements: Iterable[_Element]) -> Iterator[_Element]:
    """Yield, of elements in page order, those that no other of them holds."""
    last = None
    for element in elements:
        if last is None or all(holder is not last for holder in element.iterancestors()):
            last = element
            yield element


class Index:
    """The elements of a page by those of their classes that a selector asks for."""

    def __init__(self, root: _Element) -> None:
        self.root = root
        self._classes = _by_class(root.iter(*_INDEXED))
        # Each is looked up once, some are asked for five times: 2% of what verify takes for a page.
        self._found = _NOTHING | {f".{name}": named for name, named in self._classes.items()}

    def is_tangled(self, size: int) -> bool:
        """Tell whether more stands within the elements that fields are looked for in than is read.

        ``size``: elements and letters that the page has at most; most pages are too small for that.
        """
        named = {element for found in self._classes.values() for element in found}
        named.update(self.root.iter(*_LOOKED_FOR))
        within = 0.0
        for element in named if size * len(named) > MOST_WITHIN else ():
            if len(element) or element.text:
                within += cast("float", _WITHIN(element))
            if within > MOST_WITHIN:
                return True
        return False

    @cached_property
    def _links(self) -> dict[str, list[_Element]]:
        return _by_class(self.root.iter("a"))

    def of_head(self, tag: str) -> list[_Element]:
        """Return the elements of a tag that belongs in a head, wherever they stand."""
        return self._of_heads[tag]

    @cached_property
    def _of_heads(self) -> dict[str, list[_Element]]:
        """One walk for all of them: each takes a hundredth of a page's reading."""
        found: dict[str, list[_Element]] = {tag: [] for tag in _OF_HEADS}
        for element in self.root.iter(*_OF_HEADS):
            found[element.tag].append(element)
        return found

    def select(self, selectors: Iterable[str]) -> Iterator[_Element]:
        """Yield what the selectors find: one selector after the other, each in page order."""
        for selector in selectors:
            if selector not in self._found:
                self._found[selector] = [*self._select(selector)]
            yield from self._found[selector]

    def _select(self, selector: str) -> Iterable[_Element]:
        if selector in _RARE:
            return cast("list[_Element]", _RARE[selector](self.root))
        *outer, last = _steps(selector)
        if not outer:
            return self._step(last)
        holders = _outermost(self._step(outer[0]))
        within = (holder.iterdescendants(last.tag or "*") for holder in holders)
        return (element for elements in within for element in elements)

    def _step(self, step: _Step) -> Iterable[_Element]:
        if step.name is None:
            return self.root.iter(step.tag or "*")
        if step.tag == "a":
            return self._links.get(step.name, ())
        elements = self._classes.get(step.name, ())
        return elements if step.tag is None else [e for e in elements if e.tag == step.tag]
