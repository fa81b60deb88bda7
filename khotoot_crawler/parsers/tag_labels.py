"""Tags by the word that heads them, where no class names them."""

from __future__ import annotations

import re
from itertools import takewhile

from lxml.etree import _Element

from khotoot_crawler.parsers.addresses import is_tool, leads_nowhere, names_tag
from khotoot_crawler.parsers.blocks import BLOCKS
from khotoot_crawler.parsers.headings import is_ending_heading
from khotoot_crawler.parsers.outline import Outline
from khotoot_crawler.parsers.own_lines import LEVELS_AROUND

_TAGS = re.compile(r"برچسب|[کك]ل[یي]د|تگ")
_MAY_HEAD_TAGS = (
    *("div", "span", "b", "strong", "p", "label", "i", "dt", "td", "th"),
    *("h2", "h3", "h4", "h5"),
)


def labelled_tags(outline: Outline) -> list[_Element]:
    """Return the links in, beside or after the word for tags."""
    for heading in outline.root.iter(*_MAY_HEAD_TAGS):
        text = _heading_text(heading)
        if _TAGS.search(text) and is_ending_heading(text) and _may_head_tags(heading, outline):
            links = list(heading.iter("a")) or _tags_after(heading)
            if not any(map(outline.identity.leads_away, links)):
                return links
    return _tags_in_a_row(outline)


def _heading_text(heading: _Element) -> str:
    """Return the first words of a heading, behind its icon where it has one."""
    text = heading.text or ""
    icon = next(iter(heading), None) if not text.strip() else None
    is_icon = icon is not None and len(icon) == 0 and not (icon.text or "").strip()
    return (icon.tail or "") if icon is not None and is_icon else text


def _may_head_tags(heading: _Element, outline: Outline) -> bool:
    """Tell whether a heading stands near the article: side bars and footers have tags as well."""
    trunk = outline.trunk
    if heading in trunk or not trunk.owns(heading) or trunk.is_in_other_column(heading):
        return False
    return trunk.levels_up(heading, outline.box) <= LEVELS_AROUND


def _tags_in_a_row(outline: Outline) -> list[_Element]:
    """Return the links after the word for tags where that stands bare among the article's text."""
    for element in () if outline.box is None else outline.box.iter():
        word = element.tail or ""
        if element is not outline.box and _TAGS.search(word) and is_ending_heading(word):
            links = list(takewhile(lambda sibling: sibling.tag == "a", element.itersiblings()))
            if not any(map(outline.identity.leads_away, links)):
                return [] if any(map(_is_tool, links)) else links
    return []


def _is_tool(link: _Element) -> bool:
    return is_tool(link.get("href"))


def _may_be_tag(link: _Element) -> bool:
    return leads_nowhere(link.get("href")) or names_tag(link.get("href"))


def _tags_after(heading: _Element) -> list[_Element]:
    """Return the run of links beside a heading, or those of the block after it that are tags.

    Tools, shares and short links follow as well: a block of links is taken for tags only where
    all of them lead to some, a run beside the word only where none is a tool.
    """
    beside: list[_Element] = []
    for element in heading.itersiblings():
        if element.tag == "a":
            beside.append(element)
        elif not beside and next(element.iter("a"), None) is not None:
            return _if_tags(element)
        elif element.tag in BLOCKS and element.tag != "br":
            break
    holder = heading.getparent()
    if beside or holder is None:
        return [] if any(map(_is_tool, beside)) else beside
    following = next(holder.itersiblings(), None)
    return _if_tags(following) if following is not None and len(holder) == 1 else []


def _if_tags(block: _Element) -> list[_Element]:
    links = list(block.iter("a"))
    return links if all(map(_may_be_tag, links)) else []
