"""A page of the CMS whose every part a test may replace."""

from __future__ import annotations

URL = "https://khootoot.ir/fa/news/33614"
FIRST = "به گزارش خطوط، نخستین بند این خبر درباره‌ نانوایی‌های روستایی است و چیزی کم ندارد."
LAST = "وی در پایان گفت: بازرسان هر هفته دو نوبت سر می‌زنند./تسنیم"
TITLE = "سهمیه آرد نانوایی‌های روستایی افزایش می‌یابد"
DATE = "۲۹ مرداد ۱۴۰۲ - ۱۸:۳۹"

PARTS = {
    "lang": "fa",
    "window": "خطوط",
    "meta": f'<link rel="canonical" href="{URL}">',
    "header": '<div class="header"><div class="fa_date">امروز: جمعه ۳ شهریور ۱۴۰۲ - ۱۲:۰۰</div>'
    '<ul class="menu"><li><a href="/fa/services/2">اجتماعی</a></li></ul></div>',
    "date": f'<div class="news_nav news_pdate_c">{DATE}</div>',
    "views": '<div class="news_nav news_hits">تعداد بازدید: ۱۰۰۳۲۱</div>',
    "path": '<div class="news_path"><a href="/">صفحه نخست</a> » '
    '<a href="/fa/services/2">اجتماعی</a> » <a href="/fa/services/2/5">نان</a></div>',
    "kicker": '<div class="rutitr"></div>',
    "title": f'<h1 class="title"><a href="/fa/news/33614/سهمیه-آرد">{TITLE}</a></h1>',
    "lead": '<div class="subtitle">این لید خبر است.</div>',
    "code": '<div class="news_nav news_id_c"><span>کد خبر: </span>۳۳۶۱۴</div>',
    "body": f'<div class="body"><p>{FIRST}</p><p>&nbsp;</p><p>{LAST}</p></div>',
    "tags": '<div class="row-tags">برچسب ها: <a href="/fa/tag/1/نان">نان</a>'
    ' <a href="/fa/tag/1/x">#آرد، گندم</a>،</div>',
    "comments": '<div class="comments"><h3>نظرات بینندگان</h3><div class="comm_item">'
    '<span class="comm_info_date">۳۰ مرداد ۱۴۰۲ - ۱۰:۰۰</span><div class="body">کد خبر: ۱۱۱</div>'
    '</div></div><form action="/fa/news/33614"><label>نام:</label><textarea></textarea></form>',
    "side": '<div class="col-md-4"><div class="box"><div class="title">آخرین اخبار</div>'
    '<div class="item"><a href="/fa/news/33615/x"><img src="/files/fa/news/1402/5/29/9.jpg"></a>'
    '<div class="rutitr">روتیتر خبر دیگر</div>'
    '<div class="title"><a href="/fa/news/33615/x">خبر دیگری درباره آب</a></div>'
    '<div class="subtitle">لید خبر دیگر</div><div class="news_pdate_c">۱ فروردین ۱۴۰۲ - ۰۱:۰۱</div>'
    '<div class="news_hits">تعداد بازدید: ۷۷۷</div><div class="news_id_c">کد خبر: ۳۳۶۱۵</div>'
    '<div class="body">متن خبر دیگر که از متن این خبر هم درازتر است و باز ادامه دارد تا پارسر را'
    " گول بزند، اما نباید خوانده شود؛ نه یک واژه، نه یک بند، نه حتی یک نقطه از آن.</div></div>"
    '<div class="tags_title">برچسب های داغ: <a href="/fa/tag/1/داغ">داغ</a></div></div></div>',
    "footer": '<div class="footer"><div>کد خبر: 99999</div><div>تعداد بازدید: 1</div>'
    '<a href="/fa/about">درباره ما</a> کلیه حقوق محفوظ است</div>',
}

_FRAME = """<!DOCTYPE html>
<html lang="{lang}"><head><meta charset="utf-8"><title>{window}</title>{meta}</head>
<body>{header}{content}{footer}</body></html>"""
# The article beside its toolbar; nothing but one row of siblings; the side bar first, in a table.
LAYOUTS = (
    '<div class="container"><div class="col-md-8"><div class="toolbar">{date}{views}{path}</div>'
    "<div style='direction: rtl;'>{lead}{code}{kicker}{title}{body}{tags}</div>{comments}</div>"
    "{side}</div>",
    "{path}{date}{views}{lead}{code}{kicker}{title}{body}{tags}{comments}{side}",
    "<table><tr><td>{side}</td><td><div class='news'>{kicker}{title}{lead}{path}{date}{code}{views}"
    "{body}{tags}</div>{comments}</td></tr></table>",
)


def article_html(layout: int = 0, **parts: str) -> str:
    """Return the page in one of LAYOUTS, some of its PARTS replaced."""
    parts = {**PARTS, **parts}
    return _FRAME.format(content=LAYOUTS[layout].format(**parts), **parts)
