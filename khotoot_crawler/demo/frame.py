"""What surrounds every page: head, menus, ticker, side bars, footer."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from khotoot_crawler.demo.articles import SampleArticle
from khotoot_crawler.demo.catalogue import Catalogue
from khotoot_crawler.demo.markup import address, day, link, persian, template


def page(
    catalogue: Catalogue,
    title: str,
    main: str,
    *,
    page_id: str,
    head: str = "",
    charset: str = "utf-8",
) -> str:
    """Put the frame around a page's main column."""
    latest = catalogue.latest()
    ticker = (f'<li class="news-item">{link(address(a), a.title)}</li>' for a in latest[:4])
    return template("page").substitute(
        charset=charset,
        title=escape(title),
        head=head,
        page_id=page_id,
        today=catalogue.site["today"],
        menu=_menu(catalogue),
        ticker="\n".join(ticker),
        main=main,
        side=_side(catalogue, latest),
    )


def listing(articles: Iterable[SampleArticle]) -> str:
    """Return a list of headlines with their days."""
    rows = (
        f'<div class="linear_news">{link(address(a), a.title)} '
        f'<span class="linear_date">{day(a)}</span></div>'
        for a in articles
    )
    return "\n".join(rows)


def _menu(catalogue: Catalogue) -> str:
    return "\n".join(_menu_entry(service) for service in catalogue.site["service"])


def _menu_entry(service: dict[str, object]) -> str:
    categories = service["categories"]
    assert isinstance(categories, list)
    inner = "".join(
        f'<li><a href="/fa/services/{service["id"]}/{c["id"]}">{c["name"]}</a></li>'
        for c in categories
    )
    head = f'<a id="service_{service["id"]}" href="/fa/services/{service["id"]}">'
    return (
        f'<li class="nav_link">{head}{service["name"]}</a><ul class="ul_cat_nav">{inner}</ul></li>'
    )


def _side(catalogue: Catalogue, latest: tuple[SampleArticle, ...]) -> str:
    viewed = "\n".join(
        f'<li>{link(address(a), a.title)} <span class="side_code">کد خبر: {persian(a.code)}</span> '
        f'<span class="side_hits">تعداد بازدید: {persian(a.view_count or 0)}</span></li>'
        for a in catalogue.most_viewed()[:5]
    )
    recent = "\n".join(
        f'<li>{link(address(a), a.title)} <span class="fa_time">تاریخ انتشار: {day(a)}</span></li>'
        for a in latest[:7]
    )
    return (
        f'<div class="box"><div class="box_title">پربازدیدترین</div><ul>\n{viewed}\n</ul></div>\n'
        f'<div class="box"><div class="box_title">آخرین اخبار</div><ul>\n{recent}\n</ul></div>\n'
        '<div class="box adv"><a rel="nofollow" href="/fa/ads/redirect/a/12">'
        '<img src="/files/adv/12_903.png" alt="تبلیغ" width="240" height="120"></a></div>'
    )
