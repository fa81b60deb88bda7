"""The articles of the sample site: what each of them says, and in which layout it says so."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from datetime import datetime
from importlib import resources
from typing import Any, Literal

Theme = Literal["new", "classic", "icons"]
Shape = Literal["p", "br", "div", "loose", "unclosed"]
ViewsForm = Literal["plain", "ascii", "separated", "comma"]

_STRONG = re.compile(r"\*\*(.+?)\*\*")
_LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture of an article; ``path`` is its path on the site."""

    path: str
    caption: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How an article's page is laid out; says nothing about its content."""

    theme: Theme = "new"
    shape: Shape = "p"
    noise: tuple[str, ...] = ()  # "lead2", "ad", "script", "empty": put between the paragraphs
    views: ViewsForm = "plain"
    charset: str = "utf-8"
    bare_entities: bool = False  # the tool bar's digits as &#1777 without a semicolon
    nbsp_date: bool = False  # NBSP between the parts of the date
    absolute_images: bool = False  # src with https://www.khootoot.ir before the path
    json_ld: bool = False
    modified: str = "۰/۰۰/۰۰ - ۰۰:۰۰"


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleArticle:
    """One article: the values a crawl should read, the marked-up text, and the layout.

    ``text`` has one block a line: ``## `` a subhead, ``> `` a quotation, ``- `` a list item,
    ``| `` a table row with cells between bars, ``! path | caption`` a picture, anything else a
    paragraph; within a line ``**strong**`` and ``[link](address)``.
    """

    code: str
    title: str
    text: str
    published_raw: str
    published_jalali: str
    published_at: str
    service: str
    category: str
    section: tuple[str, ...]
    page_type: str = "article"
    kicker: str | None = None
    lead: str | None = None
    shown_tags: tuple[str, ...] = ()
    source: str | None = None
    view_count: int | None = None
    lead_image: Picture | None = None
    album: tuple[Picture, ...] = ()
    film: str | None = None
    listed: bool = True
    layout: Layout = field(default_factory=Layout)

    @property
    def instant(self) -> datetime:
        """Return the moment of publication, aware."""
        return datetime.fromisoformat(self.published_at)

    @property
    def blocks(self) -> tuple[str, ...]:
        """Return the lines of the text, marks included."""
        return tuple(line for line in self.text.splitlines() if line.strip())

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """Return the body as a crawl should read it: no marks, no pictures, space folded."""
        return tuple(plain(block) for block in self.blocks if not block.startswith("! "))

    @property
    def tags(self) -> tuple[str, ...]:
        """Return the tags without a leading ``#`` and without a trailing comma."""
        return tuple(tag.lstrip("#").rstrip("، ") for tag in self.shown_tags)

    @property
    def images(self) -> tuple[Picture, ...]:
        """Return the lead picture, then those of the body, then the album."""
        lead = () if self.lead_image is None else (self.lead_image,)
        return lead + tuple(picture(b) for b in self.blocks if b.startswith("! ")) + self.album


def picture(mark: str) -> Picture:
    """Read ``! path | caption``.

    >>> picture("! /files/1.jpg | کارگاه")
    Picture(path='/files/1.jpg', caption='کارگاه')
    """
    path, _, caption = mark.removeprefix("! ").partition(" | ")
    return Picture(path=path.strip(), caption=caption.strip() or None)


def cells(row: str) -> list[str]:
    """Split a table row into its cells.

    >>> cells("| یزد | ۱۲")
    ['یزد', '۱۲']
    """
    return [cell.strip() for cell in row.strip("| ").split("|")]


def plain(block: str) -> str:
    """Return a block's text without its marks.

    >>> plain("- **سیب** [گلاب](/fa/tag/1/x)")
    'سیب گلاب'
    """
    if block.startswith("| "):
        block = " ".join(cells(block))
    block = re.sub(r"^(##|>|-) ", "", block)
    block = _LINK.sub(r"\1", _STRONG.sub(r"\1", block))
    return re.sub(r"[ \t\u00a0]+", " ", block).strip()


def load_articles(site: dict[str, Any]) -> list[SampleArticle]:
    """Read all articles from the package's TOML files; ``site`` is ``load_site()``'s answer."""
    names = {s["id"]: s["name"] for s in site["service"]}
    names |= {c["id"]: c["name"] for s in site["service"] for c in s["categories"]}
    folder = resources.files(__package__) / "news"
    files = sorted(f.name for f in folder.iterdir() if f.name.endswith(".toml"))
    tables = [tomllib.loads((folder / name).read_text(encoding="utf-8")) for name in files]
    return [_article(row, names) for table in tables for row in table["article"]]


def load_site() -> dict[str, Any]:
    """Read the site's own facts: services and categories, removed codes, comments."""
    text = (resources.files(__package__) / "site.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _article(row: dict[str, Any], names: dict[str, str]) -> SampleArticle:
    row = dict(row)
    service, category = row.pop("section")
    section = [names[part] for part in (service, category) if part]
    lead_image = row.pop("lead_image", None)
    layout = row.pop("layout", {})
    layout["noise"] = tuple(layout.get("noise", ()))
    return SampleArticle(
        code=str(row.pop("code")),
        service=service,
        category=category,
        section=tuple(section),
        published_raw=row.pop("date"),
        published_jalali=row.pop("jalali"),
        published_at=row.pop("at"),
        view_count=row.pop("views", None),
        shown_tags=tuple(row.pop("tags", ())),
        text=row.pop("text").strip("\n"),
        lead_image=picture(lead_image) if lead_image else None,
        album=tuple(picture(mark) for mark in row.pop("album", ())),
        layout=Layout(**layout),
        **row,
    )
