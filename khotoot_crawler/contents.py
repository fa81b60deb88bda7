"""What an archive holds, and the pages of links that a replay of it opens with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template

_ROWS = 500  # on a page
_PAGE = Template("""\
<!DOCTYPE html>
<html lang="fa" dir="rtl">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>بایگانی $site</title>
<style>
body { max-width: 60em; margin: 2em auto; padding: 0 1em; font: 1em/1.9 Tahoma, sans-serif; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: start; padding: .2em .6em; border-bottom: 1px solid #ddd; }
time, .code { white-space: nowrap; color: #555; }
nav > * { margin-inline-end: 1.5em; }
</style>
</head>
<body>
<h1>بایگانی <bdi>$site</bdi></h1>
<nav><span>$count خبر</span><a href="$search">جستجوی نشانی</a>$links</nav>
<table>
<thead><tr><th>تاریخ انتشار</th><th>عنوان</th><th>کد خبر</th></tr></thead>
<tbody>
$rows
</tbody>
</table>
<nav>$links</nav>
</body>
</html>
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An archived article: its Jalali time, empty where unknown, and its path in the replay."""

    code: str
    title: str
    published: str
    path: str


def write_contents(folder: Path, entries: Sequence[Entry], *, site: str, search: str) -> None:
    """Write the pages where pywb looks for its own, the first as its home page; newest first.

    ``search`` is the path of pywb's form to look an address up.
    """
    (folder / "templates").mkdir()
    (folder / "static").mkdir()
    newest = sorted(entries, key=lambda entry: entry.published, reverse=True)
    pages = max(1, -(-len(newest) // _ROWS))
    for number in range(pages):
        text = _PAGE.substitute(
            site=_escaped(site),
            count=len(newest),
            search=_escaped(search),
            links=_links(number, pages),
            rows="\n".join(map(_row, newest[number * _ROWS : (number + 1) * _ROWS])),
        )
        place = "templates/index.html" if number == 0 else f"static/{_name(number)}"
        (folder / place).write_text(text, encoding="utf-8")


def _row(entry: Entry) -> str:
    published = entry.published[:16].replace("-", "/").replace("T", " ")
    return (
        f'<tr><td><time dir="ltr">{_escaped(published)}</time></td>'
        f'<td><a href="{_escaped(entry.path)}">{_escaped(entry.title)}</a></td>'
        f'<td class="code">{_escaped(entry.code)}</td></tr>'
    )


def _links(number: int, pages: int) -> str:
    newer = f'<a rel="prev" href="{_place(number - 1)}">تازه‌تر</a>' if number else ""
    older = f'<a rel="next" href="{_place(number + 1)}">قدیمی‌تر</a>' if number + 1 < pages else ""
    return newer + older


def _place(number: int) -> str:
    return f"/static/{_name(number)}" if number else "/"


def _name(number: int) -> str:
    return f"contents-{number + 1}.html"


def _escaped(text: str) -> str:
    """Escape for HTML, and for Jinja, as pywb takes its home page for a template."""
    return escape(text).replace("{", "&#123;")
