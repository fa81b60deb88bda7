"""The page of one article, in the themes that the CMS has had over the years."""

from __future__ import annotations

import json
import re
from html import escape
from urllib.parse import quote

from khotoot_crawler.demo import frame
from khotoot_crawler.demo.articles import SampleArticle
from khotoot_crawler.demo.bodies import AD, body, media, source
from khotoot_crawler.demo.catalogue import Catalogue
from khotoot_crawler.demo.markup import address, persian, short_path, slug, template


def article_page(catalogue: Catalogue, article: SampleArticle) -> str:
    """Return the whole page of an article."""
    layout = article.layout
    main = template(f"article_{layout.theme}").substitute(_fields(catalogue, article))
    if layout.theme == "icons":  # these pages write ZWNJ as an entity, in addresses too
        main = main.replace("\u200c", "&zwnj;")
    return frame.page(
        catalogue,
        article.title,
        main,
        page_id={"article": "news", "photo": "photo", "video": "video"}[article.page_type],
        head=_head(article),
        charset=layout.charset,
    )


def print_page(article: SampleArticle) -> str:
    """Return the print version of an article."""
    main = (
        f'<div class="news_id">کد خبر: {persian(article.code)}</div>\n'
        f'<div class="fa_date">تاریخ انتشار: {escape(article.published_raw)}</div>\n'
        f'<h1 class="title">{escape(article.title)}</h1>\n'
        f'<div class="body">\n{body(article, None)}\n</div>\n<script>window.print();</script>'
    )
    head = '<meta name="robots" content="noindex">\n'
    return template("plain").substitute(
        title=escape(article.title), css="print", head=head, main=main
    )


def amp_page(article: SampleArticle) -> str:
    """Return the AMP version of an article."""
    paragraphs = "\n".join(f"<p>{escape(text)}</p>" for text in article.paragraphs)
    main = f"<h1>{escape(article.title)}</h1>\n{paragraphs}"
    head = f'<link rel="canonical" href="https://www.khootoot.ir{escape(address(article))}">\n'
    return template("plain").substitute(
        title=escape(article.title), css="amp", head=head, main=main
    )


def _fields(catalogue: Catalogue, article: SampleArticle) -> dict[str, str]:
    related = _related(catalogue, article)
    unclosed = article.layout.shape == "unclosed"
    links = _path_links(article)
    kicker = escape(article.kicker or "")
    return {
        "code": _tool_digits(article, persian(article.code)),
        "date": _date(article),
        "views": _views(article),
        "path_links": links,
        "path": f'<div class="news_path">گروه : {links}</div>',
        "kicker": kicker,
        "rutitr": f'<div class="rutitr">{kicker}</div>\n' if kicker else "",
        "title": escape(article.title),
        "lead": escape(article.lead or ""),
        "href": escape(address(article)),
        "lead_image": _lead_image(article),
        "body": body(article, related[0] if related else None),
        "media": media(article),
        "body_end": "" if unclosed else "</div>",
        "box_end": "" if unclosed else "</div>",
        "tags": _tags(article),
        "ad": AD,
        "tools": template("tools").substitute(code=article.code, short=short_path(article.code)),
        "after": _related_box(related),
        "below": _comments(catalogue, article),
    }


def _date(article: SampleArticle) -> str:
    text = _tool_digits(article, escape(article.published_raw))
    return text.replace(" ", "&nbsp;") if article.layout.nbsp_date else text


def _tool_digits(article: SampleArticle, text: str) -> str:
    if not article.layout.bare_entities:
        return text
    return "".join(f"&#{ord(c)}" if "۰" <= c <= "۹" else c for c in text)


def _views(article: SampleArticle) -> str:
    if article.view_count is None:
        return ""
    count = {
        "plain": persian(article.view_count),
        "ascii": str(article.view_count),
        "separated": persian(f"{article.view_count:,}").replace(",", "٬"),
        "comma": f"{article.view_count:,}",
    }[article.layout.views]
    count = _tool_digits(article, count)
    if article.layout.theme == "icons":
        return (
            "<div class='news_nav news_hits'><i class='fa fa-eye'></i><span class='news_nav_title'>"
            f" </span>{count}&nbsp;<span class='hidden-xs'>بازدید</span> </div>"
        )
    label = '<span class="news_nav_title">تعداد بازدید: </span>'
    return f'<div class="news_nav news_hits">{label}{count}</div>'


def _path_links(article: SampleArticle) -> str:
    places = [f"/fa/services/{article.service}"]
    if article.category:
        places.append(f"/fa/services/{article.service}/{article.category}")
    links = [f'<a href="{p}">{n}</a>' for p, n in zip(places, article.section, strict=True)]
    if article.layout.theme == "icons":
        links.insert(0, '<a href="/">صفحه نخست</a>')
    return ' <span class="bolet_news_path">»</span> '.join(links)


def _lead_image(article: SampleArticle) -> str:
    shown = article.lead_image
    if shown is None:
        return ""
    caption = f'<div class="image_caption">{escape(shown.caption)}</div>' if shown.caption else ""
    src = source(shown, article.layout)
    larger = re.sub(r"\.(\w+)$", r"_2x.\1", src)
    image = f'<img class="lead_image" src="{src}" srcset="{larger} 2x" alt="" width="640">'
    return f'<div class="lead_image_box">{image}{caption}</div>\n'


def _tags(article: SampleArticle) -> str:
    css = "" if article.layout.theme == "new" else ' class="tags_item"'
    anchors = (
        f'<a{css} href="/fa/tag/1/{escape(tag)}">{escape(shown)}</a>'
        for tag, shown in zip(article.tags, article.shown_tags, strict=True)
    )
    return (" " if article.layout.theme == "new" else "\n ، \n").join(anchors)


def _related(catalogue: Catalogue, article: SampleArticle) -> list[SampleArticle]:
    others = (a for a in catalogue.latest() if a.code != article.code)
    return [a for a in others if a.service == article.service][:4]


def _related_box(related: list[SampleArticle]) -> str:
    rows = frame.listing(related)
    return f'<div class="news-related"><div class="box_title">خبرهای مرتبط</div>\n{rows}\n</div>'


def _comments(catalogue: Catalogue, article: SampleArticle) -> str:
    pool = catalogue.site["comments"]
    start = int(article.code) * 7 % len(pool)
    shown = [pool[start], pool[(start + 3) % len(pool)]]
    html = "\n".join(
        f'<div class="comment_item"><span class="comment_name">{c["name"]}</span> '
        f'<span class="comment_date">{c["date"]}</span><p class="comm_text">{c["text"]}</p></div>'
        for c in shown
    )
    return template("comments").substitute(
        comments=html,
        href=escape(address(article)),
        latest=frame.listing(catalogue.latest()[:5]),
    )


def _head(article: SampleArticle) -> str:
    y, m, d = article.published_jalali[:10].split("-")
    shown = article.lead_image or next(iter(article.images), None)
    return template("article_head").substitute(
        lead=escape(article.lead or ""),
        keywords=escape("،".join(article.tags)),
        title=escape(article.title),
        code=article.code,
        image=f"https://www.khootoot.ir{shown.path}" if shown else "",
        section=escape(article.section[-1]),
        article_tags=escape(" , ".join(article.tags)),
        published=persian(f"{y}/{m}/{d} - {article.published_jalali[11:16]}"),
        modified=article.layout.modified,
        href=quote(f"/fa/news/{article.code}/{slug(article.title)}"),
        json_ld=_json_ld(article) if article.layout.json_ld else "",
    )


def _json_ld(article: SampleArticle) -> str:
    at = article.published_at
    exact = f"{at[:17]}{int(article.code) % 59 + 1:02}{at[19:]}"  # the page shows no seconds
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headLine": article.title,
        "articleBody": article.lead or "",
        "datePublished": exact,
        "dateModified": exact,
        "keywords": ",".join(article.tags),
        "url": f"http://www.khootoot.ir/fa/news/{article.code}",
        "publisher": {"@type": "Organization", "foundingDate": "2006-03-21T00:00:00+03:30"},
    }
    return f'<script type="application/ld+json">\n{json.dumps(data, indent=1)}\n</script>'
