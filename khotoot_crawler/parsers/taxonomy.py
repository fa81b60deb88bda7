"""Where an article belongs: its tags and the path of its sections."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice, takewhile

from lxml.etree import _Element

from khotoot_crawler.parsers import selectors
from khotoot_crawler.parsers.addresses import is_tool, lists_news, names_tag
from khotoot_crawler.parsers.blocks import text_of
from khotoot_crawler.parsers.headings import is_ending_heading, is_related_heading
from khotoot_crawler.parsers.headline import is_home
from khotoot_crawler.parsers.identity import code_of
from khotoot_crawler.parsers.metadata import Metadata, text_values
from khotoot_crawler.parsers.noise import is_foreign
from khotoot_crawler.parsers.outline import Outline
from khotoot_crawler.parsers.tag_labels import labelled_tags
from khotoot_crawler.parsers.trunk import line
from khotoot_crawler.text import fold_space

_HOME_NAME = re.compile(r"صفحه[ \u200c]?(?:نخست|اصل[یي]|اول)|خانه|home", re.IGNORECASE)
_TAGS_LABEL = re.compile(
    r"(?:برچسب|تگ|کل[یي]د[ \u200c]?واژه|کلمات[ \u200c]?کل[یي]د[یي])[ \u200c]?(?:ها)?\W*"
)
_ALL_TAGS = re.compile(r"داغ|پرکاربرد|پربازد[یي]د|محبوب|همه|مهم|سا[یي]ت")  # of the site, of the day
_TAGS_WORD = re.compile(r"برچسب|تگ|کل[یي]د")
_HEADINGS = frozenset({"h2", "h3", "h4", "h5"})
_LONGEST_HEADING = 40
_MOST_ROWS = 20
_AROUND_STEPS = " »«›‹>/\\|:"


def tags_of(outline: Outline) -> tuple[str, ...]:
    """Return the tags as shown, one a link, without a leading # or a trailing comma."""
    shown = map(text_of, _tag_links(outline))
    return tuple(_clean_tags(shown)) or tuple(_clean_tags(_metadata_tags(outline)))


def _tag_links(outline: Outline) -> list[_Element]:
    for selector in selectors.TAGS:
        find = outline.near if selector in selectors.TAGS_IF_NAMED else outline.own
        links = find((selector,)) or _tags_below(outline, selector)
        rows = {link.getparent() for link in links}
        foreign = {row for row in rows if row is None or _is_other_row(row, selector, outline)}
        own = _without_tools([link for link in links if link.getparent() not in foreign])
        if own:
            return own
    return labelled_tags(outline)


def _without_tools(links: list[_Element]) -> list[_Element]:
    """Return the links but those that print, share or shorten: an unclosed row holds them, too.

    Where the address of one is a tag's, none leads elsewhere, such as to a tab of other news.
    """
    are_named = any(names_tag(link.get("href")) for link in links)
    return [link for link in links if not _may_be_tool(link, are_named)]


def _may_be_tool(link: _Element, are_named: bool) -> bool:
    href = link.get("href")
    if names_tag(href):
        return False
    leads_elsewhere = are_named and bool(href and href.strip("# "))
    text = text_of(link)
    return leads_elsewhere or is_tool(href) or is_related_heading(text) or is_ending_heading(text)


def _is_under_other_heading(row: _Element, outline: Outline) -> bool:
    """Tell whether the heading right above a row, in a box of their own, is of other tags."""
    if row in outline.trunk:
        return False
    for holder in takewhile(lambda holder: holder not in outline.trunk, line(row)):
        above = holder.getprevious()
        if above is not None and above not in outline.trunk:
            text = text_of(above)
            names = len(text) < _LONGEST_HEADING and _TAGS_WORD.search(text)
            return bool(names) and not is_ending_heading(text)
    return False


def _tags_below(outline: Outline, selector: str) -> list[_Element]:
    """Return the links of a row of tags right below the text, whatever its holder holds beside.

    A row left unclosed holds the comments as well.
    """
    row, _, link = selector.partition(" ")
    rows = islice(outline.index.select((row,)), _MOST_ROWS) if link else ()
    below = next(filter(outline.trunk.follows, rows), None)
    if below is None or outline.trunk.is_in_other_column(below):
        return []
    links = (e for e in below.iter(link) if not outline.identity.leads_away(e))
    return [e for e in links if not any(map(is_foreign, _between(e, below)))]


def _between(element: _Element, holder: _Element) -> Iterable[_Element]:
    return takewhile(lambda around: around is not holder, element.iterancestors())


def _is_other_row(holder: _Element, selector: str, outline: Outline) -> bool:
    """Tell whether what stands beside links heads something else than the article's tags.

    What the CMS calls a row of tags is one by any words but these; another's has to say so.
    """
    if outline.trunk.is_in_other_column(holder) or _is_under_other_heading(holder, outline):
        return True
    headings = (text_of(e) for e in holder if e.tag in _HEADINGS)
    text = "".join(filter(None, (holder.text, *headings, *(e.tail for e in holder))))
    if selector in selectors.TAGS_IF_NAMED or _ALL_TAGS.search(text):
        return any(map(str.isalnum, text)) and not is_ending_heading(text)
    return is_related_heading(text)


def _metadata_tags(outline: Outline) -> list[str]:
    tags = outline.metadata.get_all("article:tag")
    if len(tags) == 1:
        return tags[0].split(" , " if " , " in tags[0] else ",")
    return tags or text_values(outline.news_article.get("keywords"))


def _clean_tags(texts: Iterable[str]) -> Iterator[str]:
    cleaned = (fold_space(text).strip("،,؛ ").lstrip("# ") for text in texts)
    yield from dict.fromkeys(tag for tag in cleaned if tag and not _TAGS_LABEL.fullmatch(tag))


def section_of(outline: Outline) -> tuple[str, ...]:
    """Return the path of sections, outermost first, without the home page."""
    for selector in selectors.SECTION:
        for steps in _rows(outline, selector):
            if path := _path((text_of(step), step.get("href")) for step in steps):
                return path
    named = outline.metadata.get("article:section") or ""
    return (
        _path(_breadcrumb(outline.metadata))
        or _path((fold_space(step), None) for step in named.split(">"))
        or tuple(text_values(outline.news_article.get("articlesection")))
        or _path((text_of(step), step.get("href")) for step in _named_steps(outline))
    )


def _named_steps(outline: Outline) -> Iterator[_Element]:
    """Yield the first own step of each name in the article's box, or before it."""
    box = outline.box
    holders = [] if box is None else [box, *box.itersiblings(preceding=True)]
    links = [e for holder in holders for e in holder.iter("a") if e.get("class")]
    for selector in selectors.SECTION_STEPS:
        named = (e for e in links if selectors.is_named(e, selector) and outline.trunk.owns(e))
        yield from islice(named, 1)


def _breadcrumb(metadata: Metadata) -> list[tuple[str, str]]:
    """Return the steps of the metadata's path but the page itself: it alone needs no address."""
    steps = metadata.breadcrumb()
    *sections, last = steps or [("", "")]
    is_page = not last[1] and any(address for _, address in sections)
    return sections if is_page else steps


def _rows(outline: Outline, selector: str) -> Iterable[list[_Element]]:
    """Return the steps of each path that a page tells: there is one for phones, too."""
    holders = set(outline.index.select(selector.split()[:1]))
    # What is never closed reaches over the article's other parts.
    others = outline.fields.union(outline.index.select(selectors.BARS), [outline.body])
    rows: dict[_Element, list[_Element]] = {}
    for step in outline.own((selector,)):
        around = (element for element in line(step) if element in holders or element in others)
        holder = next(around, None)
        if holder in holders:
            rows.setdefault(holder, []).append(step)
    return rows.values()


def _path(steps: Iterable[tuple[str, str | None]]) -> tuple[str, ...]:
    cleaned = ((text.strip(_AROUND_STEPS), (href or "").strip()) for text, href in steps)
    return tuple(text for text, href in cleaned if text and _may_be_section(text, href))


def _may_be_section(text: str, href: str) -> bool:
    return not (_leads_home(text, href) or is_tool(href) or lists_news(href))


def _leads_home(text: str, href: str) -> bool:
    """Tell whether a step of a path is the home page or the article itself."""
    return bool(_HOME_NAME.fullmatch(text)) or is_home(href) or code_of(href) is not None
