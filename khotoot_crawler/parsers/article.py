"""An article's page to its line, field by field: selectors, labels, metadata, in this order."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from khotoot_crawler.errors import DateError, ParseError
from khotoot_crawler.items import Article, Extractor, Image, WarcPlace
from khotoot_crawler.jalali import Moment, parse_moment
from khotoot_crawler.parsers import labels, selectors
from khotoot_crawler.parsers.credit import credited_agency
from khotoot_crawler.parsers.images import image_of, linked_image
from khotoot_crawler.parsers.metadata import text_value
from khotoot_crawler.parsers.outline import code_of, text_of
from khotoot_crawler.parsers.page import Page
from khotoot_crawler.parsers.page_kind import ARTICLE_KINDS, page_kind
from khotoot_crawler.text import ascii_digits, fold_space, normal_form, parse_count
from khotoot_crawler.urls import Site

EXTRACTOR = Extractor(name="khotoot_crawler", version="1")

_LABEL = re.compile(r"^[^\d:：]{0,40}[:：]\s*(?=\S)")
_HOME_NAMES = frozenset({"صفحه نخست", "صفحه اصلی", "صفحه اول", "خانه", "خانه خبر", "home"})
_HOME_PATH = re.compile(r"(?:https?://[^/]+)?/?(?:fa/?)?(?:index\.\w+)?(?:[?#].*)?")
_TAG_LABEL = re.compile(r"برچسب[\s\u200c]?(?:ها|های خبر)?\s*[:：]?")
_CODE = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Reading:
    """An article, and the fields that its page shows but that could not be read."""

    article: Article
    problems: tuple[ParseError, ...]


def read_article(
    page: Page, site: str, *, fetched_at: str | None = None, warc: WarcPlace | None = None
) -> Reading:
    """Read the article on a page.

    Raises ParseError where the page is none, or has no title, no news code, or the code of
    another article than its address names.
    """
    kind = page_kind(page)
    if kind not in ARTICLE_KINDS:
        raise ParseError(f"no article but {kind.value}", url=page.url)
    fields = _Fields(page)
    code, title, moment = fields.news_code(), fields.title(), fields.moment()
    kicker, lead, body = fields.kicker(), fields.lead(), fields.body()
    tags, section, source = fields.tags(), fields.section(), fields.source()
    published_at = moment.at if moment else None
    article = Article(
        site=site,
        news_code=code,
        url=Site(site, f"https://{site}").canonical(code),
        fetched_url=page.url,
        page_type=kind.value,
        title=title,
        kicker=kicker,
        lead=lead,
        body=body,
        tags=tags,
        section=section,
        source=source,
        published_raw=fields.published_raw,
        published_jalali=moment.jalali if moment else None,
        published_at=published_at,
        view_count=fields.view_count(),
        images=fields.images(),
        language=fields.language(),
        content_digest=_digest([kicker, title, lead, body, tags, section, source, published_at]),
        fetched_at=fetched_at,
        warc=warc,
        extractor=EXTRACTOR,
    )
    return Reading(article, tuple(fields.problems))


def text_digest(article: Article) -> bytes | None:
    """Return what two articles of one title and body share; ``None`` without a body."""
    if article.body is None:
        return None
    return hashlib.sha256(_compact([article.title, article.body])).digest()


def _digest(values: Iterable[str | tuple[str, ...] | None]) -> str:
    return f"sha256:{hashlib.sha256(_compact(values)).hexdigest()}"


def _compact(values: Iterable[str | tuple[str, ...] | None]) -> bytes:
    forms = [
        [normal_form(text) for text in value]
        if isinstance(value, tuple)
        else value and normal_form(value)
        for value in values
    ]
    text = json.dumps(forms, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


class _Fields:
    """The fields of one page; a method a field."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.outline = page.outline
        self.metadata = page.outline.metadata
        self.problems: list[ParseError] = []

    def _first(self, names: tuple[str, ...]) -> str | None:
        texts = (fold_space(text_of(e)) for e in self.outline.own(names))
        return next(filter(None, texts), None)

    @cached_property
    def _lines(self) -> list[str]:
        return labels.own_lines(self.outline)

    def _unreadable(self, field: str, reason: str) -> None:
        self.problems.append(ParseError(reason, url=self.page.url, field=field))

    def title(self) -> str:
        element = self.outline.title
        title = text_of(element) if element is not None else None
        title = title or next(iter(self.metadata.titles), None)
        title = title or text_value(self.metadata.news_article.get("headline"))
        if not title:
            raise ParseError("no title", url=self.page.url, field="title")
        return title

    def news_code(self) -> str:
        shown = self._shown_code()
        expected = self.outline.code
        if shown is None and expected is None:
            raise ParseError("no news code", url=self.page.url, field="news_code")
        address = self.outline.address_code
        found = shown or expected or ""
        if address is not None and found != address:
            reason = f"the page is of article {found}, its address of {address}"
            raise ParseError(reason, url=self.page.url, field="news_code")
        return found

    def _shown_code(self) -> str | None:
        shown = self._first(selectors.CODE)
        shown = _LABEL.sub("", shown) if shown else labels.labelled_code(self._lines)
        if not shown:
            return None
        digits = _CODE.fullmatch(ascii_digits(shown).strip())
        if digits is None or not int(digits[0]):
            self._unreadable("news_code", f"{shown!r} is no news code")
            return None
        return str(int(digits[0]))

    def kicker(self) -> str | None:
        return self._first(selectors.KICKER)

    def lead(self) -> str | None:
        element = self.outline.lead
        return text_of(element) if element is not None else None

    def body(self) -> str | None:
        return "\n".join(self.page.content.paragraphs) or None

    def source(self) -> str | None:
        return credited_agency(self.page.content.paragraphs)

    def tags(self) -> tuple[str, ...]:
        for name in selectors.TAGS:
            tags = [text_of(e) for e in self.outline.own((name,))]
            if tags:
                return tuple(_clean_tags(tags))
        return tuple(_clean_tags(self._metadata_tags()))

    def _metadata_tags(self) -> list[str]:
        tags = self.metadata.get_all("article:tag")
        if len(tags) == 1:
            return tags[0].split(" , " if " , " in tags[0] else ",")
        return tags

    def section(self) -> tuple[str, ...]:
        for name in selectors.SECTION:
            found = [(text_of(e), e.get("href") or "") for e in self.outline.own((name,))]
            path = tuple(text for text, href in found if self._is_section(text, href))
            if path:
                return path
        crumbs = self.metadata.breadcrumb()
        path = tuple(text for text, href in crumbs if self._is_section(text, href))
        if path:
            return path
        section = self.metadata.get("article:section")
        return tuple(filter(None, map(fold_space, section.split(">")))) if section else ()

    def _is_section(self, text: str, href: str) -> bool:
        if not text or normal_form(text).lower() in _HOME_NAMES or code_of(href):
            return False
        return not (href and _HOME_PATH.fullmatch(href.strip()))

    @cached_property
    def published_raw(self) -> str | None:
        shown = self._first(selectors.DATE)
        if shown:
            return _LABEL.sub("", shown) or None
        shown = labels.labelled_date(self._lines)
        shown = shown or text_value(self.metadata.news_article.get("datepublished"))
        return shown or self.metadata.get("article:published_time", "datepublished")

    def moment(self) -> Moment | None:
        if self.published_raw is None:
            return None
        try:
            return parse_moment(self.published_raw)
        except DateError as error:
            self._unreadable("published_at", f"{self.published_raw!r}: {error.reason}")
            return None

    def view_count(self) -> int | None:
        shown = self._first(selectors.VIEWS)
        shown = shown or labels.labelled_views(self._lines)
        count = parse_count(shown) if shown else None
        if shown and count is None and any(map(str.isdigit, shown)):
            self._unreadable("view_count", f"{shown!r} is no count")
        return count

    def images(self) -> tuple[Image, ...]:
        found = {image.url: image for image in reversed(list(self._images()))}
        return tuple(reversed(found.values()))

    def _images(self) -> Iterator[Image]:
        base = self.outline.base
        for element in self.outline.own(selectors.LEAD_IMAGE):
            pictures = (image_of(img, base) for img in element.iter("img"))
            yield from filter(None, pictures)
        yield from self.page.content.images
        for link in self.outline.own(selectors.GALLERY):
            image = linked_image(link, base)
            if image:
                yield image

    def language(self) -> str | None:
        html = next(self.page.root.iter("html"), None)
        lang = (html.get("lang") or "").split("-")[0].strip().lower() if html is not None else ""
        text = " ".join([*self.page.content.paragraphs[:5], self.title()])
        if any(letter in text for letter in "پچژگکی"):
            return lang if lang in _ARABIC_SCRIPT else "fa"
        return lang or None


_ARABIC_SCRIPT = frozenset({"fa", "ar", "ku", "ckb", "ps", "ur", "az", "ug", "sd", "prs"})


def _clean_tags(texts: Iterable[str]) -> Iterator[str]:
    cleaned = (fold_space(text).strip("،,؛ ").lstrip("#").strip() for text in texts)
    yield from dict.fromkeys(tag for tag in cleaned if tag and not _TAG_LABEL.fullmatch(tag))
