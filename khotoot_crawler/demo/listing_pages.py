"""Home, archive, sections, tags and the feed index: pages that name articles."""

from __future__ import annotations

import re
from html import escape
from zlib import crc32

from khotoot_crawler.demo import frame
from khotoot_crawler.demo.articles import SampleArticle
from khotoot_crawler.demo.catalogue import Catalogue
from khotoot_crawler.demo.markup import address, encoded, link, persian, short_path, template

SECTION_PAGE = 10
TAG_PAGE = 5


def home_page(catalogue: Catalogue) -> str:
    """Return the home page: the latest articles, a few of each service, and what else it links."""
    latest = catalogue.latest()
    rows = "\n".join(_home_row(i, a) for i, a in enumerate(latest[:16]))
    boxes = "\n".join(_service_box(s, latest) for s in catalogue.site["service"])
    main = f'<h1 class="hidden">پایگاه خبری تحلیلی خطوط</h1>\n<div class="linear_box">\n{rows}\n'
    main += f"</div>\n{boxes}\n{template('home_links').substitute()}"
    return frame.page(catalogue, "پایگاه خبری تحلیلی خطوط", main, page_id="home")


def _home_row(i: int, article: SampleArticle) -> str:
    slugged, bare = address(article), f"/fa/news/{article.code}"
    forms = (
        slugged,
        f"https://www.khootoot.ir{slugged}",
        f"http://khootoot.ir{bare}",
        f"{slugged}?utm_source=home&utm_medium=box",
        encoded(slugged),
        f"http://www.khootoot.ir{encoded(slugged)}#comments",
        short_path(article.code),
        f"//www.khootoot.ir{slugged}",
    )
    image = article.lead_image
    picture = f'<img src="{image.path}" alt="" width="96" height="54">' if image else ""
    lead = escape(article.lead or "")
    headline = link(forms[i % len(forms)], article.title)
    return f'<div class="home_news">{picture}<h3>{headline}</h3><p>{lead}</p></div>'


def _service_box(service: dict[str, str], latest: tuple[SampleArticle, ...]) -> str:
    rows = frame.listing([a for a in latest if a.service == service["id"]][:4])
    head = link(f"/fa/services/{service['id']}", service["name"], "box_link")
    return f'<div class="box"><div class="box_title">{head}</div>\n{rows}\n</div>'


def archive_page(catalogue: Catalogue, query: dict[str, str], largest_page: int) -> str:
    """Return a page of the archive; ``query`` as in the address, unreadable values are ignored."""
    found = [a for a in catalogue.latest() if _in_archive(a, query)]
    size = max(1, min(_number(query, "rpp", 100), largest_page))
    number = max(1, _number(query, "p", 1))
    pages = max(1, -(-len(found) // size))
    rows = frame.listing(found[(number - 1) * size : number * size])
    numbers = (_archive_link(query, n, n == number) for n in range(1, pages + 1))
    main = (
        f'{_archive_form(query)}\n<div class="archive_content">\n{rows}\n</div>\n'
        f'<div class="pagination">{" ".join(numbers)}</div>'
    )
    return frame.page(catalogue, "آرشیو اخبار", main, page_id="archive")


def _in_archive(article: SampleArticle, query: dict[str, str]) -> bool:
    day = article.published_jalali[:10]
    service, category = query.get("service_id", "-1"), query.get("cat_id", "-1")
    return (
        service in ("-1", "0", "", article.service)
        and category in ("-1", "0", "", article.category)
        and (_day(query, "from_date") or day) <= day <= (_day(query, "to_date") or day)
    )


def _day(query: dict[str, str], name: str) -> str | None:
    match = re.fullmatch(r"(\d{4})/(\d{1,2})/(\d{1,2})", query.get(name, ""))
    return f"{match[1]}-{int(match[2]):02}-{int(match[3]):02}" if match else None


def _number(query: dict[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    return int(text) if re.fullmatch(r"\d{1,9}", text) else default


def _archive_link(query: dict[str, str], number: int, current: bool) -> str:
    if current:
        return f'<span class="current">{persian(number)}</span>'
    asked = {"service_id": "-1", "sec_id": "-1", "cat_id": "-1", "rpp": "100"} | query
    asked["p"] = str(number)
    href = "/fa/archive?" + "&".join(f"{name}={value}" for name, value in asked.items())
    return f'<a href="{escape(href)}">{persian(number)}</a>'


def _archive_form(query: dict[str, str]) -> str:
    fields = " ".join(
        f'<input type="text" name="{n}" value="{escape(query.get(n, ""))}" dir="ltr">'
        for n in ("from_date", "to_date")
    )
    return f'<form action="/fa/archive" class="archive_form">{fields} <button>نمایش</button></form>'


def section_page(catalogue: Catalogue, service: str, category: str) -> str | None:
    """Return the first page of a service or category; ``None`` if there is no such."""
    names = _section_names(catalogue, service, category)
    if names is None:
        return None
    path = " » ".join(names)
    main = f'<div class="service_title">{path}</div>\n{_section(catalogue, service, category, 1)}'
    return frame.page(catalogue, names[-1], main, page_id="service")


def section_part(catalogue: Catalogue, service: str, category: str, number: int) -> str:
    """Return a further page of a section: a fragment, empty past the end."""
    return _section(catalogue, service, category, number)


def _section_names(catalogue: Catalogue, service: str, category: str) -> list[str] | None:
    for s in catalogue.site["service"]:
        if s["id"] == service:
            inner = [c["name"] for c in s["categories"] if c["id"] == category]
            return [s["name"], *inner] if inner or not category else None
    return None


def _section(catalogue: Catalogue, service: str, category: str, number: int) -> str:
    wanted = ("", "0", "-1")
    found = [
        a
        for a in catalogue.latest()
        if a.service == service and (category in wanted or a.category == category)
    ]
    return _part(found, number, SECTION_PAGE, f"/fa/ajax/services/{service}/{category or 0}/%d")


def tag_page(catalogue: Catalogue, tag: str, number: int) -> str:
    """Return a page of the articles that carry a tag."""
    found = [a for a in catalogue.latest() if _folded(tag) in map(_folded, a.tags)]
    more = f"/fa/tags/{crc32(tag.encode()) % 9000 + 1000}/%d/{tag}"
    main = (
        f'<h1 class="tag_title">برچسب: {escape(tag)}</h1>\n{_part(found, number, TAG_PAGE, more)}'
    )
    return frame.page(catalogue, tag, main, page_id="tags")


def _folded(tag: str) -> str:
    return tag.replace("ي", "ی").replace("ك", "ک").strip()


def _part(found: list[SampleArticle], number: int, size: int, more: str) -> str:
    rows = frame.listing(found[(number - 1) * size : number * size])
    if number * size >= len(found):
        return rows
    href = escape(more % (number + 1))
    return f'{rows}\n<div class="more_news"><a href="{href}">بیشتر</a></div>'


def feed_index(catalogue: Catalogue) -> str:
    """Return the page that names the feeds."""
    services = catalogue.site["service"]
    names = [("/fa/rss/allnews", "همه خبرها")]
    names += [(f"/fa/rss/{s['id']}", s["name"]) for s in services]
    names += [
        (f"/fa/rss/{s['id']}/{c['id']}", c["name"]) for s in services for c in s["categories"]
    ]
    rows = "\n".join(f'<li><a href="{href}">{name}</a></li>' for href, name in names)
    return frame.page(catalogue, "RSS", f'<ul class="rss_list">\n{rows}\n</ul>', page_id="rss")


def error_page(catalogue: Catalogue) -> str:
    """Return the page that the CMS shows, with status 200, for what it does not have."""
    main = (
        '<div class="error_container"><div class="error_title">خطا</div>'
        "<p>صفحه درخواستی شما موجود نمی باشد</p>"
        '<a href="/">بازگشت به صفحه نخست</a></div>'
    )
    return frame.page(catalogue, "خطا", main, page_id="error")


def note_page(catalogue: Catalogue, title: str, text: str) -> str:
    """Return a page of plain text: about, contacts, the small windows of the tool bar."""
    main = f'<div class="static_page"><h1>{escape(title)}</h1><p>{escape(text)}</p></div>'
    return frame.page(catalogue, title, main, page_id="static")
