"""What stands on an article's page without being the article, told by its names and words."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from lxml.etree import _Element

from khotoot_crawler.text import fold_space


class Verdict(NamedTuple):
    """What the names of an element tell of it.

    ``foreign``: comments, other news, ads, the site's frame; no field is read here.
    ``apart``: no part of the text around it; tools, captions, players, what is hidden.
    ``ending``: the blocks that follow an article begin; tags, comments, the footer.
    ``tool``: apart for a name that a part of the text may have as well.
    ``links``: either for no name but of boxes and menus, which are nothing but links.
    ``foots_box``: a footer, but that of a box within the text.
    """

    foreign: bool = False
    apart: bool = False
    ending: bool = False
    tool: bool = False
    links: bool = False
    foots_box: bool = False


_FOREIGN_TAGS = frozenset(
    {"datalist", "form", "nav", "noembed", "noframes", "noscript", "script", "select", "style",
     "template", "title"}
)  # fmt: skip
_APART_TAGS = _FOREIGN_TAGS | frozenset(
    {"aside", "audio", "button", "canvas", "dialog", "embed", "figcaption", "iframe", "input",
     "label", "map", "object", "progress", "svg", "textarea", "video"}
)  # fmt: skip
_BOXES = (  # of links, and menus
    r"related\w*|mortabet\w*|similar\w*|suggest\w*|recommend\w*|pishnahad\w*|bargozide\w*"
    r"|(?:more|most|last|latest|hot|linear|other)[-_]?(?:news|view|visit|read|tags?)\w*"
    r"|trending\w*|popular\w*|porbazdid\w*|porbahs\w*|akharin\w*|ticker\w*|zirnevis\w*"
    r"|today\w*|menu\w*|navbar\w*|topbar"
)
_FOREIGN = re.compile(
    r"(?:^| |(?<!with)(?<!has)(?<!no)[-_])(?:"
    r"comm|comment(?!ar|at)\w*|nazar\w*|disqus\w*"
    rf"|{_BOXES}"
    r"|sidebar\w*|side[-_]?(?:box|col|column|news|menu|left|right)"
    r"|ads?|advs?|adv\d+|advert\w*|adsense|banners?|tabligh\w*|sponsor\w*|promo\w*|mediaad\w*"
    r"|(?:site|page|main|top)[-_]?(?:header|footer)|footer\w*|copyright\w*|modal|popup"
    r")(?=$|[-_ ])|(?:^| )(?:header|side|foot)(?=$| )"
)
# Of these names, those of boxes of links. A part of the text may have one in its name as well
# (menu-food, today); ads and comments say as much as it does, so theirs are always believed.
_OF_LINKS = re.compile(
    r"(?:^| |[-_])(?:"
    rf"{_BOXES}"
    r"|side\w*|(?:site|page|main|top)[-_]?header|header"
    r")(?=$|[-_ ])"
)
_PAGE_TAGS = frozenset({"article", "body", "main"})
_OF_ARTICLE = re.compile(r"(?:^| )(?:body|item-text|newsMainBody)(?= |$)")
_OF_PAGE = re.compile(r"(?:^|[-_ ])(?:site|page|main|news)[-_]?footer", re.IGNORECASE)
_OF_SHARING = re.compile("اشتراک|شبکه\\S* اجتماع|بازنشر|[کك]پ[یي]|دنبال [کك]ن")
_FOOTER = re.compile(r"[\w-]{0,40}footer[\w-]*+", re.IGNORECASE)
_UNSEEN = (
    r"visible-(?:xs|ms)|visible-print\S*|sr-only|(?<!overflow[-_])(?<!overflow-[xy]-)hidden|d-none"
)
_APART = re.compile(
    r"(?:^|[-_ ])(?:"
    r"short[-_]?link\w*|news_home_link|send_error\w*|font[-_]?resize\w*|icon_font\w*"
    r"|newsletter\w*|breadcrumb\w*|pager|pagination|print_ico|news_print\w*|print-news|\w{0,40}caption"
    r"|entekhab_lead\d*|news_nav|news_path\w*|news_hits\w*|news_pdate\w*|news_id\w*|fa_date"
    r"|path_bottom_body|instagram-media"
    rf"|lead_image|album_listi|image_set|error_container|read[-_]?more|{_UNSEEN}"
    r")(?=$| )"
)
# Of these words a part of the text may have one in its name as well: market-share, exchange-rate.
_TOOL = re.compile(
    r"(?:^|[-_ ])(?:"
    r"share(?!holder)\w*|sharing|social\w*|tools?|toolbar\w*|rating|rate|likes?"
    r"|polls?(?:[-_]\w+)?|vote|\w{0,40}player|\w{0,40}download\w*"
    r")(?=$| )"
)
_ENDING = re.compile(
    r"(?:^|[-_ ])(?:comm|comment(?!ar|at)\w*|nazar\w*"
    r"|row-tags|tags_title|tags_container|tags_item|tags|tag_items"
    r"|footer\w*)(?=$|[-_ ])"
)
_TEXT_TAGS = frozenset(
    {"a", "b", "blockquote", "em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "i", "p", "small",
     "span", "strong", "td", "th", "u"}
)  # fmt: skip
_APART_IN_TEXT = re.compile(
    r"(?:^|[-_ ])(?:"
    r"share(?!holder)\w*|sharing|social\w*|short[-_]?link\w*|send_error\w*|print_ico|news_print\w*|\w{0,40}caption"
    r"|ads?|advs?|adv_\w+|advert\w*|adsense|tabligh\w*|entekhab_lead\d*|read[-_]?more|toolbar\w*"
    rf"|news_path\w*|path_bottom_body|instagram-media|{_UNSEEN}"
    r")(?=$| )"
)
_PROSE_TAGS = ("b", "blockquote", "br", "div", "em", "li", "p", "section", "span", "strong", "td")
_SENTENCE = 80  # letters
_SHORT_SENTENCE = 60  # longer than what heads a box
_MOST_LOOKED_AT = 200
_MOST_BLOCKS_BETWEEN = 3
_HIDDEN_VERDICT = Verdict(apart=True)
_TOOL_VERDICT = Verdict(apart=True, tool=True)
_NO_VERDICT = Verdict()
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)

_NEWS = re.compile(r"(?:last|latest|linear|other)[-_]?news|akharin", re.IGNORECASE)
_PATH = re.compile(r"breadcrumb|news_path", re.IGNORECASE)


def verdict(element: _Element) -> Verdict:
    """Tell by tag, class, id and style what an element is on an article's page."""
    attributes = element.keys()
    if not attributes:
        return _verdict(element.tag, "")
    told = _verdict(element.tag, names_of(element))
    if told.apart:
        return told
    return _HIDDEN_VERDICT if hides(element, attributes) else told


def text_verdict(element: _Element) -> Verdict:
    """Tell what an element within a text is: a paragraph or a word has any name it likes.

    Only what is hidden, an ad, a caption or a tool is left out of those; and of blocks named as
    tools those that say nothing, of those named as boxes of links those that have any.
    """
    told = verdict(element)
    if not told.apart:
        return told
    if element.tag == "form" and _is_frame(element):
        return _verdict("div", names_of(element))
    if told.ending and foots_box(element):  # ends no text, but may be hidden or a tool
        names = _FOOTER.sub(" ", names_of(element))
        told = _HIDDEN_VERDICT if is_hidden(element) else _verdict("div", names)
        told = told._replace(ending=False, foots_box=not _is_quoted(element))
    if element.tag in _TEXT_TAGS and told is not _HIDDEN_VERDICT:
        is_apart = _APART_IN_TEXT.search(names_of(element).lower()) is not None
        return Verdict(apart=is_apart and not (told.tool and _is_named_paragraph(element)))
    if told.links and next(element.iter("a", "form"), None) is None:
        return _NO_VERDICT if says_something(element, _SHORT_SENTENCE) else told
    return _NO_VERDICT if told.tool and says_something(element) else told


def _is_named_paragraph(element: _Element) -> bool:
    """Tell whether a paragraph says something though it is named as a tool."""
    if element.tag not in ("blockquote", "p") or not says_something(element):
        return False
    return not any(
        _OF_SHARING.search(str(text)) for text in islice(element.itertext(), _MOST_LOOKED_AT)
    )


def foots_box(footer: _Element) -> bool:
    """Tell whether a footer is that of a quotation or of a box in the midst of a text."""
    holder, before = footer.getparent(), footer.getprevious()
    names = names_of(footer)
    if holder is None or not (footer.tag == "footer" or _FOOTER.search(names)):
        return False
    if _is_quoted(footer):
        return True
    if holder.tag in _PAGE_TAGS or _OF_ARTICLE.search(names_of(holder)) or _OF_PAGE.search(names):
        return False
    is_last = before is not None and footer.getnext() is None and _is_sentence(before)
    return is_last and _goes_on(holder) and next(footer.iter("a"), None) is None


def _is_quoted(footer: _Element) -> bool:
    """Tell whether a footer names whom the words above it are of."""
    holder = footer.getparent()
    return holder is not None and holder.tag in ("blockquote", "figure")


def _goes_on(box: _Element) -> bool:
    """Tell whether a bare paragraph follows a box, or soon a sentence."""
    following = box.getnext()
    if following is not None and following.tag == "p" and not names_of(following):
        return says_something(following, 1)
    after = islice(box.itersiblings(), _MOST_BLOCKS_BETWEEN)
    return any(_is_sentence(block) and not verdict(block).apart for block in after)


def _is_sentence(block: _Element) -> bool:
    return says_something(block, _SHORT_SENTENCE)


def says_something(block: _Element, letters: int = _SENTENCE) -> bool:
    """Tell whether a block holds a sentence, as bars of tools, votes and players never do."""
    if block.text and len(fold_space(block.text)) >= letters:
        return True
    for element in islice(block.iterdescendants(*_PROSE_TAGS), _MOST_LOOKED_AT):
        if any(text and len(fold_space(text)) >= letters for text in (element.text, element.tail)):
            return True
    return False


def _is_frame(form: _Element) -> bool:
    """Tell whether a form came with a text, pasted from a page that is all one form."""
    is_asking = next(fields_of(form), None) is not None or _ends_with_button(form)
    return not is_asking and says_something(form)


def _ends_with_button(form: _Element) -> bool:
    """Tell whether a button stands last in a form, as what sends it does."""
    last = deque(form.iter(), maxlen=1)[0]
    return last.tag == "button" or next(last.iterancestors("button"), None) is not None


def fields_of(form: _Element) -> Iterator[_Element]:
    """Yield what a form asks to be filled in."""
    for field in form.iter("input", "textarea", "select"):
        if field.tag != "input" or field.get("type", "").lower() != "hidden":
            yield field


def names_of(element: _Element) -> str:
    """Return the classes and the id of an element, what is too long for names cut off."""
    class_, id_ = element.get("class"), element.get("id")
    return f"{class_[:500] if class_ else ''} {id_[:100] if id_ else ''}" if class_ or id_ else ""


def hides(element: _Element, attributes: Sequence[str | bytes]) -> bool:
    """Tell whether an element of such attributes says itself that it is not shown."""
    return "hidden" in attributes or (
        "style" in attributes and bool(_HIDDEN.search(element.get("style", "")))
    )


@lru_cache(maxsize=8192)
def _verdict(tag: str, names: str) -> Verdict:
    names = names.lower()
    foreign = tag in _FOREIGN_TAGS or bool(_FOREIGN.search(names))
    ending = tag == "footer" or bool(_ENDING.search(names))
    is_aside = tag == "aside"
    apart = (tag in _APART_TAGS and not is_aside) or bool(_APART.search(names))
    if foreign or ending or apart or is_aside:
        others = _OF_LINKS.sub(" ", names) if foreign else names
        may_link = is_aside or others != names
        links = may_link and not (apart or ending or _FOREIGN.search(others))
        return Verdict(foreign, True, ending, links=links)
    return _TOOL_VERDICT if _TOOL.search(names) else _NO_VERDICT


def is_foreign(element: _Element) -> bool:
    """Tell whether an element belongs to comments, other news, ads or the site's frame."""
    if not _verdict(element.tag, names_of(element)).foreign:
        return False
    return not _is_path(element) and not _heads_article(element)


def names_news(element: _Element) -> bool:
    """Tell whether an element is named as a list of news."""
    return bool(_NEWS.search(names_of(element)))


def _heads_article(element: _Element) -> bool:
    """Tell whether what is called a header is an article's own, by where it stands."""
    holder, names = element.getparent(), names_of(element).lower().split()
    if holder is None or holder.tag != "article" or "header" not in names:
        return False
    others = " ".join(name for name in names if name != "header")
    return not _verdict(element.tag, others).foreign


def _is_path(element: _Element) -> bool:
    """Tell whether a menu is the path of sections that leads to a page."""
    if element.tag != "nav":
        return False
    inner = next(iter(element), None)
    names = [element.get("aria-label") or "", names_of(element)]
    names += [] if inner is None else [names_of(inner)]
    return any(map(_PATH.search, names))


def is_comments(element: _Element) -> bool:
    """Tell whether an element holds comments, or is the site's footer."""
    told = verdict(element)
    return told.foreign and told.ending


def is_hidden(element: _Element) -> bool:
    """Tell whether an element says itself that it is not shown."""
    return hides(element, element.keys())
