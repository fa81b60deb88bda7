"""The body of an article in each of the shapes that the CMS's editors leave behind."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import groupby

from khotoot_crawler.demo.articles import Layout, Picture, SampleArticle, cells, picture
from khotoot_crawler.demo.markup import address, inline

AD = (
    '<div class="adv_content"><a rel="nofollow" href="/fa/ads/redirect/a/77" target="_blank">'
    '<img class="img-adv" src="/files/adv/77_410.png" alt="تبلیغ" width="468" height="60"></a>'
    "<span>آگهی: فروش ویژهٔ فرش دستباف</span></div>"
)
SCRIPT = '<script>var hit = {"کد خبر": 99999, "تعداد بازدید": 1}; window.hits = hit;</script>'
EMPTY = "<p>&nbsp;</p>"


def body(article: SampleArticle, related: SampleArticle | None) -> str:
    """Return what stands inside ``div.body``."""
    layout = article.layout
    pieces = list(_pieces(article.blocks, layout))
    for at, kind in enumerate(layout.noise, start=1):
        pieces.insert(min(2 * at - 1, len(pieces)), _noise(kind, related))
    return _join(pieces, layout)


def media(article: SampleArticle) -> str:
    """Return the album and the film of an article."""
    return _album(article) + _film(article)


def source(shown: Picture, layout: Layout) -> str:
    """Return the address of a picture as its page writes it."""
    return escape(f"https://www.khootoot.ir{shown.path}" if layout.absolute_images else shown.path)


def _figure(shown: Picture, layout: Layout) -> str:
    src = source(shown, layout)
    image = f'<img class="image_btn" src="{src}" alt="" width="320" height="180">'
    if shown.caption is None:
        return f'<p style="text-align: center;">{image}</p>'
    return f"<figure>{image}<figcaption>{escape(shown.caption)}</figcaption></figure>"


def _mark(block: str) -> str:
    mark = block.split(" ", 1)[0]
    return mark if mark in {"##", ">", "-", "|", "!"} else ""


def _pieces(blocks: tuple[str, ...], layout: Layout) -> Iterator[str]:
    for mark, group in groupby(blocks, key=_mark):
        lines = list(group)
        if mark == "-":
            yield "<ul>" + "".join(f"<li>{inline(x[2:])}</li>" for x in lines) + "</ul>"
        elif mark == "|":
            yield _table(lines)
        else:
            yield from (_block(mark, line, layout) for line in lines)


def _table(rows: list[str]) -> str:
    html = ("".join(f"<td>{inline(cell)}</td>" for cell in cells(row)) for row in rows)
    inner = "\n".join(f"<tr>{row}</tr>" for row in html)
    return f'<table class="table" border="1" cellpadding="4"><tbody>\n{inner}\n</tbody></table>'


def _block(mark: str, line: str, layout: Layout) -> str:
    if mark == "!":
        return _figure(picture(line), layout)
    if mark == ">":
        return f"<blockquote>{inline(line[2:])}</blockquote>"
    if mark == "##":
        return f"<h3>{inline(line[3:])}</h3>"
    return _paragraph(inline(line), layout)


def _paragraph(html: str, layout: Layout) -> str:
    if layout.shape == "br":
        return html
    if layout.shape == "loose":
        return f"<p>{html}</p>"
    if layout.shape == "div":
        return f'<div dir="rtl"><div style="text-align: justify;">{html}</div></div>'
    if layout.theme == "icons":
        return f"<p style='text-align: right;'><span style='font-size: 12pt;'>{html}</span></p>"
    return f'<p style="text-align: justify;">{html}</p>'


def _join(pieces: list[str], layout: Layout) -> str:
    if layout.shape == "br":
        return "<br />\n<br />\n&nbsp;".join(pieces)
    if layout.shape == "loose":  # the first paragraph straight in the body, the others in <p>
        pieces = [pieces[0].removeprefix("<p>").removesuffix("</p>"), *pieces[1:]]
    return "\n".join(pieces)


def _noise(kind: str, related: SampleArticle | None) -> str:
    if kind == "lead2" and related is not None:
        href, title = escape(address(related)), escape(related.title)
        return f'<a class="entekhab_lead2" href="{href}" target="_blank">بیشتر بخوانید: {title}</a>'
    return {"ad": AD, "script": SCRIPT, "empty": EMPTY, "lead2": ""}[kind]


def _album(article: SampleArticle) -> str:
    if not article.album:
        return ""
    items = (
        f'<div class="album_listi"><a href="{escape(p.path)}" title="{escape(p.caption or "")}" '
        f'rel="lightbox"><img src="{escape(_thumbnail(p.path))}" '
        f'alt="{escape(p.caption or "")}" width="160" height="90"></a></div>'
        for p in article.album
    )
    return '<div class="album_list">\n' + "\n".join(items) + "\n</div>\n"


def _thumbnail(path: str) -> str:
    stem, _, kind = path.rpartition(".")
    return f"{stem}_thumb.{kind}"  # the same picture: smaller on a real site


def _film(article: SampleArticle) -> str:
    if article.film is None:
        return ""
    return (
        '<div class="video_box"><video class="video-js" controls preload="none" width="320" '
        f'height="180"><source src="{escape(article.film)}" type="video/mp4"></video>'
        f'<a class="video_download" href="{escape(article.film)}">دانلود فیلم</a></div>\n'
    )
