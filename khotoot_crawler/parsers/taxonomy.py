"""Where an article belongs: its tags and the path of its sections."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lxml.etree import _Element

from khotoot_crawler.parsers import labels, selectors
from khotoot_crawler.parsers.blocks import text_of
from khotoot_crawler.parsers.headline import is_home
from khotoot_crawler.parsers.identity import code_of
from khotoot_crawler.parsers.metadata import Metadata, text_values
from khotoot_crawler.parsers.noise import is_ending_heading
from khotoot_crawler.parsers.outline import Outline
from khotoot_crawler.text import fold_space

_HOME_NAME = re.compile(r"صفحه[ \u200c]?(?:نخست|اصل[یي]|اول)|خانه|home", re.IGNORECASE)
_TAGS_LABEL = re.compile(r"برچسب[ \u200c]?(?:ها)?\W*")
_AROUND_STEPS = " »«›‹>/\\|:"


def tags_of(outline: Outline) -> tuple[str, ...]:
    """Return the tags as shown, one a link, without a leading # or a trailing comma."""
    shown = map(text_of, _tag_links(outline))
    return tuple(_clean_tags(shown)) or tuple(_clean_tags(_metadata_tags(outline.metadata)))


def _tag_links(outline: Outline) -> list[_Element]:
    for selector in selectors.TAGS:
        links = outline.own((selector,))
        foreign = {e for e in {link.getparent() for link in links} if not _holds_tags(e)}
        own = [link for link in links if link.getparent() not in foreign]
        if own:
            return own
    return labels.labelled_tags(outline)


def _holds_tags(holder: _Element | None) -> bool:
    """Tell whether what stands beside the links is a heading of tags, or nothing."""
    words = [holder.text, *(e.tail for e in holder)] if holder is not None else []
    text = "".join(filter(None, words))
    return not any(map(str.isalnum, text)) or is_ending_heading(text)


def _metadata_tags(metadata: Metadata) -> list[str]:
    tags = metadata.get_all("article:tag")
    if len(tags) == 1:
        return tags[0].split(" , " if " , " in tags[0] else ",")
    return tags or text_values(metadata.news_article.get("keywords"))


def _clean_tags(texts: Iterable[str]) -> Iterator[str]:
    cleaned = (fold_space(text).strip("،,؛ ").lstrip("# ") for text in texts)
    yield from dict.fromkeys(tag for tag in cleaned if tag and not _TAGS_LABEL.fullmatch(tag))


def section_of(outline: Outline) -> tuple[str, ...]:
    """Return the path of sections, outermost first, without the home page."""
    for selector in selectors.SECTION:
        path = _path((text_of(e), e.get("href")) for e in outline.own((selector,)))
        if path:
            return path
    named = outline.metadata.get("article:section") or ""
    return (
        _path(outline.metadata.breadcrumb())
        or tuple(filter(None, map(fold_space, named.split(">"))))
        or tuple(text_values(outline.metadata.news_article.get("articlesection")))
    )


def _path(steps: Iterable[tuple[str, str | None]]) -> tuple[str, ...]:
    cleaned = ((text.strip(_AROUND_STEPS), (href or "").strip()) for text, href in steps)
    return tuple(text for text, href in cleaned if text and not _leads_home(text, href))


def _leads_home(text: str, href: str) -> bool:
    """Tell whether a step of a path is the home page or the article itself."""
    return bool(_HOME_NAME.fullmatch(text)) or is_home(href) or code_of(href) is not None
