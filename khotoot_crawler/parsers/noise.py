"""What stands on an article's page without being the article, told by its names and words."""

from __future__ import annotations

import re
from functools import lru_cache

from lxml.etree import _Element

from khotoot_crawler.text import normal_form

# Never a place for a field of the article, wherever it stands.
_FOREIGN_TAGS = frozenset({"nav", "form", "noscript", "script", "style", "template", "select"})
_FOREIGN = re.compile(
    r"(?:^|[-_ ])(?:"
    r"comm|comments?\w*|nazar\w*|discuss\w*|disqus"
    r"|\w*related\w*|mortabet\w*|similar\w*|suggest\w*|recommend\w*|pishnahad\w*|bargozide\w*"
    r"|(?:more|most|last|latest|hot|top|linear|other)[-_]?(?:news|view|visit|read|tags?)\w*"
    r"|trending\w*|popular\w*|porbazdid\w*|porbahs\w*|akharin\w*|ticker\w*|zirnevis\w*"
    r"|sidebar\w*|side(?:[-_]?(?:bar|box|col|column|news|menu|left|right))?"
    r"|ads?|advs?|adv\d+|advert\w*|adsense|banners?|tabligh\w*|sponsor\w*|promo\w*|mediaad\w*"
    r"|footer\w*|foot|copyright\w*|menu\w*|navbar\w*|topbar|modal|popup"
    r")(?=$|[-_ ])"
)
# Part of the article's page, but not of its text.
_APART_TAGS = frozenset(
    {"aside", "button", "canvas", "datalist", "dialog", "embed", "figcaption", "footer", "iframe",
     "input", "label", "map", "menu", "object", "progress", "svg", "textarea", "video", "audio"}
)  # fmt: skip
_APART = re.compile(
    r"(?:^|[-_ ])(?:"
    r"share\w*|sharing|social\w*|tools?|toolbar\w*|short[-_]?link\w*|news_home_link|send_error\w*"
    r"|font[-_]?resize\w*|icon_font\w*|rating|rate|likes?|polls?|vote|newsletter\w*|breadcrumb\w*"
    r"|pager|pagination|print_ico|news_print\w*|print-news|caption\w*|entekhab_lead\d*|news_nav"
    r"|news_path\w*|news_hits\w*|news_pdate\w*|news_id\w*|fa_date|lead_image|album_listi|image_set"
    r"|error_container"
    r"|visible-(?:xs|ms|print\w*)|sr-only|hidden|d-none|read[-_]?more|video[-_]?player\w*|player"
    r")(?=$|[ ])"
)
# Where these begin the text is over, even inside a body that was never closed.
_ENDING = re.compile(
    r"(?:^|[-_ ])(?:comm|comments?\w*|nazar\w*|row-tags|tags_title|tags_container|tags_item|tags"
    r"|footer\w*)(?=$|[-_ ])"
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)

_PUNCTUATION = re.compile(r"[\W_]+")
_RELATED_WORDS = frozenset(
    "مطالبمرتبط اخبارمرتبط خبرهایمرتبط خبرمرتبط مرتبط بیشتربخوانید بیشتربخوانیم همچنینبخوانید"
    " اخبارپیشنهادی مطالبپیشنهادی پیشنهادسردبیر اشتراکگذاری اشتراکگذاریخبر لینککوتاه"
    " لینککوتاهخبر اخبارویژه منتخباخبار دراینزمینهبخوانید ازایننویسنده مطالببیشتر"
    " بیشترببینید تبلیغات تبلیغ آگهی ذخیره چاپ نسخهچاپی ارسالبهدوستان گزارشخطا".split()
)
_ENDING_WORDS = frozenset(
    "برچسبها برچسبهایخبر برچسب ارسالنظر ارسالنظرات ارسالدیدگاه نظرشما نظراتشما نظرات نظراتکاربران"
    " دیدگاهها دیدگاهتانرابنویسید نظراتبینندگان پربازدیدها پربازدیدترینها پربازدید پربحثترینها"
    " آخریناخبار تازهترینها پرطرفدارترینعناوین نظردهید".split()
)


def names(element: _Element) -> str:
    """Return the classes and the id of an element in one string."""
    return f"{element.get('class') or ''} {element.get('id') or ''}"


def is_foreign(element: _Element) -> bool:
    """Tell whether an element belongs to comments, other news, ads or the site's frame."""
    return element.tag in _FOREIGN_TAGS or _foreign_names(names(element))


def is_apart(element: _Element) -> bool:
    """Tell whether an element is no part of the text around it."""
    if element.tag in _APART_TAGS or is_foreign(element) or _apart_names(names(element)):
        return True
    style = element.get("style")
    return bool(style and _HIDDEN.search(style)) or element.get("hidden") is not None


def is_ending(element: _Element) -> bool:
    """Tell whether the blocks that follow an article begin here: tags, comments, the footer."""
    return _ending_names(names(element))


def is_related_label(text: str) -> bool:
    """Tell whether the text is the heading of a box of links, tools or ads, and nothing more."""
    return len(text) < 40 and _letters(text) in _RELATED_WORDS


def is_ending_label(text: str) -> bool:
    """Tell whether the text is the heading of the tags, the comments or of other news."""
    return len(text) < 40 and _letters(text) in _ENDING_WORDS


def _letters(text: str) -> str:
    return re.sub(r"\d+", "", _PUNCTUATION.sub("", normal_form(text)))


@lru_cache(maxsize=4096)
def _foreign_names(text: str) -> bool:
    return bool(_FOREIGN.search(text.lower()))


@lru_cache(maxsize=4096)
def _apart_names(text: str) -> bool:
    return bool(_APART.search(text.lower()))


@lru_cache(maxsize=4096)
def _ending_names(text: str) -> bool:
    return bool(_ENDING.search(text.lower()))
