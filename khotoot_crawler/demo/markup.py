"""Small pieces of the site's HTML: text, digits, addresses, links."""

from __future__ import annotations

import re
from functools import cache
from html import escape
from importlib import resources
from string import Template
from urllib.parse import quote

from khotoot_crawler.demo.articles import SampleArticle

MONTHS = (
    *("فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور"),
    *("مهر", "آبان", "آذر", "دی", "بهمن", "اسفند"),
)
_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
_BASE_62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@cache
def template(name: str) -> Template:
    """Read a page template of the package."""
    file = resources.files(__package__) / "templates" / f"{name}.html"
    return Template(file.read_text(encoding="utf-8"))


def persian(value: object) -> str:
    """Write digits the Persian way.

    >>> persian(33614)
    '۳۳۶۱۴'
    """
    return str(value).translate(_DIGITS)


def slug(title: str) -> str:
    """Return the last part of an article's address; ZWNJ stays, as on the real sites.

    >>> slug("یزد: ۱۲ «خانه» نو")
    'یزد-۱۲-خانه-نو'
    """
    return re.sub(r"[^\w\u200c]+", "-", title).strip("-")


def address(article: SampleArticle) -> str:
    """Return an article's path with its slug, not percent-encoded, as the site writes it."""
    return f"/fa/news/{article.code}/{slug(article.title)}"


def encoded(path: str) -> str:
    """Percent-encode a path.

    >>> encoded("/fa/news/1/آب")
    '/fa/news/1/%D8%A2%D8%A8'
    """
    return quote(path, safe="/:?&=#%")


def short_path(code: str) -> str:
    """Return the short link of a code.

    >>> short_path("33614")
    '/0008kA'
    """
    number, digits = int(code), ""
    while number:
        number, rest = divmod(number, 62)
        digits = _BASE_62[rest] + digits
    return "/" + digits.rjust(6, "0")


def inline(text: str) -> str:
    """Turn ``**strong**`` and ``[link](address)`` into HTML."""
    text = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", escape(text))
    return re.sub(r"\[([^\]]+)\]\(([^)]+)\)", r'<a href="\2" target="_blank">\1</a>', text)


def link(href: str, text: str, css: str = "title5") -> str:
    """Return an anchor."""
    return f'<a class="{css}" href="{escape(href)}" title="{escape(text)}">{escape(text)}</a>'


def day(article: SampleArticle) -> str:
    """Return the day as listings show it.

    The Jalali date, whatever form the article's own page has: ``۲۹ مرداد ۱۴۰۲``.
    """
    year, month, number = article.published_jalali[:10].split("-")
    return persian(f"{int(number)} {MONTHS[int(month) - 1]} {year}")
