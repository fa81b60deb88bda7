"""The text of an article: its paragraphs in order, and what stands among them."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from itertools import islice

from lxml.etree import _Element

from khotoot_crawler.parsers.blocks import BLOCKS, is_styled_as_block, short_text_of, text_of
from khotoot_crawler.parsers.boxes import Box
from khotoot_crawler.parsers.cards import is_card
from khotoot_crawler.parsers.content import Text
from khotoot_crawler.parsers.ending import Ending
from khotoot_crawler.parsers.headings import invites_to_read, is_ending_heading, is_related_heading
from khotoot_crawler.parsers.images import image_of, is_caption
from khotoot_crawler.parsers.labels import is_labelled, says_when
from khotoot_crawler.parsers.noise import text_verdict
from khotoot_crawler.parsers.outline import Outline
from khotoot_crawler.parsers.players import PLAYER_TAGS, is_player
from khotoot_crawler.parsers.prose import is_date, is_field_line
from khotoot_crawler.parsers.sequel import torn_from
from khotoot_crawler.parsers.text_line import Line, has_word, is_number, numbers_a_row
from khotoot_crawler.text import fold_space, is_visible

_SENTENCE_END = (".", "؟", "!", "»", ":")
_HEADINGS = frozenset({"h2", "h3", "h4", "h5"})
_BOLD = ("b", "strong")
_MOST_LOOKED_AT = 8  # elements, from a block on to the bold that is all of it
_SHORTEST_PARAGRAPH = 60
_LONGEST_BUTTON = 40
_AROUND_DATE = " ()[]|-–"
_LONGEST_HEADING = 200  # with the links that it stands before
_ADVERT = re.compile(r"/ads?/redirect")


def read_body(outline: Outline, fields: AbstractSet[_Element], source: bytes) -> Text:
    """Read the article's body; ``fields`` are elements of other fields, which may stand in it.

    ``source`` is the page as it came, which tells whether anything on it was left unclosed.
    """
    if outline.body is None:
        return Text()
    return _Reader(outline, outline.body, fields, source).read()


class _Reader:
    """One walk down a body, from the title on where the body holds it."""

    def __init__(
        self, outline: Outline, body: _Element, fields: AbstractSet[_Element], source: bytes
    ) -> None:
        self.outline, self.body, self.fields, self.source = outline, body, fields, source
        self.text = Text()
        self.line = Line()
        self.ending = Ending(self.text, source)
        self.row: _Element | None = None
        self.box = Box()
        self.on_card = False  # the line before was a link to other news
        self.is_headed = False  # the title stands in the body
        self.block: _Element | None = None  # the line that ends is the last, or all, of it
        self.holder: _Element | None = None  # what that line stands in, if in no block of its own
        self.subhead: str | None = None  # a heading of the text, unless links or the like follow

    def read(self) -> Text:
        self.walk(self.body)
        torn = None if self.ending.is_over else torn_from(self.body, self.source)
        if torn is not None:
            self.read_on(torn)
        self.end_line()
        self.ending.end_if_headed()
        return self.text

    def read_on(self, torn: _Element) -> None:
        """Read what an end tag too many put beside the body, or beside what holds it."""
        self.ending.reads_on = True
        self.line.add(torn.tail)
        for element in torn.itersiblings():
            if not self.pass_by(element):
                self.walk(element)

    def walk(self, root: _Element) -> None:
        self.enter(root)
        walk = [(root, iter(root))]  # a stack: pages nest deeper than Python recurses
        while walk and not self.ending.is_over:
            holder, children = walk[-1]
            for child in children:
                if self.pass_by(child):
                    continue
                self.enter(child)
                if len(child):
                    walk.append((child, iter(child)))
                    break
                self.leave(child)
            else:
                walk.pop()
                self.leave(holder)

    def pass_by(self, element: _Element) -> bool:
        """Tell whether to leave an element out, its tail kept."""
        if _is_block(element):
            self.holder = element.getparent()
            self.end_line()
        if not self.ending.is_over and self.is_out(element):
            self.subhead = None
            self.box.is_filled = self.box.is_filled or element.tag in BLOCKS
            self.line.add("" if self.ending.is_over else element.tail)
            return True
        return self.ending.is_over

    def is_out(self, element: _Element) -> bool:
        """Tell whether an element is no part of the text; ends the text where its sequel begins."""
        if element in self.fields:
            if element is self.outline.title:  # what stands before it is no text of the body
                self.is_headed = True
                self.text.paragraphs.clear()
                self.ending.forget_heading()
                self.line = Line()
            return True
        tag, told = element.tag, text_verdict(element)
        is_end = told.ending or (told.foots_box and self.ending.is_open())
        if is_end and (self.has_text() or _is_full(element)):
            self.end_line()
            self.ending.is_over = True
        self.ending.look_back(element)
        if tag in PLAYER_TAGS and is_player(element) and (tag == "script" or not told.foreign):
            self.text.has_player = True
        if tag == "a":
            is_picture = len(element) > 0 and next(element.iter("img"), None) is not None
            is_linked_card = is_picture and self.outline.identity.leads_away(element)
            return told.apart or is_linked_card or bool(_ADVERT.search(element.get("href") or ""))
        if told.apart and not told.foreign and is_caption(element):
            self.take_pictures(element)
        return told.apart or is_card(element, self.outline.identity, in_box=self.box.is_open)

    def take_pictures(self, caption: _Element) -> None:
        """Take the pictures of a block that is named by its caption, which is theirs."""
        for img in caption.iter("img"):
            self.take_picture(img)

    def take_picture(self, img: _Element) -> None:
        image = None if self.line.is_away else image_of(img, self.outline.base)
        if image:
            self.subhead = None
            self.text.images.append(image)

    def has_text(self) -> bool:
        return bool(self.text.paragraphs) or self.line.has_text()

    def enter(self, element: _Element) -> None:
        tag = element.tag
        if tag == "tr" and self.row is None and _is_one_line(element):
            self.row = element
        elif tag == "a" and "href" in element.keys():  # noqa: SIM118 (an element has no "in" for it)
            identity = self.outline.identity
            is_away, leads_here = identity.leads_away(element), identity.leads_here(element)
            self.line.begin_link(element, is_away=is_away, leads_here=leads_here)
        elif tag == "img":
            self.take_picture(element)
        elif tag == "div" and len(element) == 0 and not element.text:  # a script fills it
            self.subhead = None
        self.line.add(element.text)

    def leave(self, element: _Element) -> None:
        if _is_block(element):
            self.row = None if element is self.row else self.row
            self.block, self.holder = element, element.getparent()
            self.end_line()
            self.block = None
            self.box.leave(element)
        self.line.end_link(element)
        if element is not self.body and not self.ending.is_over:
            self.line.add(element.tail)

    def end_line(self) -> None:
        if self.row is not None:
            self.line.add(" ")
        elif self.line.parts:
            line = self.line
            text = fold_space("".join(line.parts))
            if not text and not line.links:  # white space between two blocks
                line.clear()
                return
            self.line = line.sequel()
            if is_visible(text):
                self.keep(text, line)

    def keep(self, text: str, line: Line) -> None:
        """Keep a line, unless it is a heading of what is no text, or but a link to other news."""
        was_on_card, self.on_card = self.on_card, False
        subhead, self.subhead = self.subhead, None
        if len(text) > _LONGEST_HEADING and not line.links:
            self.add(text, subhead)
            return
        plain = line.plain() if line.links else text
        if is_ending_heading(plain):
            self.ending.head(text, plain, self.block)
        elif line.links and not has_word(plain) and is_ending_heading(text):
            self.on_card = was_on_card  # a button that leads to the comments
        elif line.away and self.is_invitation(plain, line):
            self.text.links_away += 1
            self.on_card = self.box.is_filled = True
            self.ending.end_if_headed()
        elif line.links and not has_word(plain) and self.is_bar(text, line):
            self.on_card = self.box.is_filled = self.box.is_open
            self.ending.end_if_headed()
        elif line.is_pager(text):
            return
        elif is_field_line(text) or self.is_field_below_title(text):
            if not was_on_card:
                self.text.field_lines.append(text)
        elif is_related_heading(plain) or is_related_heading(text):  # or a tool, as a link
            self.head_box(text, line)
            return
        else:
            self.add(text, None if line.links else subhead)
        self.box.is_open = self.box.is_open and self.on_card

    def head_box(self, text: str, line: Line) -> None:
        """Read the heading of a box, which may be one of the text, or a tool."""
        if line.links:
            self.box.is_open = False
            return
        self.box.begin(self.holder)
        if self.block is not None and _is_heading(self.block, text):
            self.subhead = text

    def add(self, text: str, subhead: str | None) -> None:
        """Add a paragraph; what heads one of «print» or «advertising» is no tool and no ad."""
        if subhead and len(text) >= _SHORTEST_PARAGRAPH:
            self.text.paragraphs.append(subhead)
        self.text.paragraphs.append(text)

    def is_field_below_title(self, text: str) -> bool:
        """Tell whether a line between a title in the body and the text is one of its fields."""
        if not self.is_headed or self.text.paragraphs:
            return False
        labels = self.text.field_lines[-1:]
        is_value = bool(labels) and labels[0].endswith(":") and is_number(text)
        return is_value or says_when(text) or is_labelled(text)

    def is_invitation(self, plain: str, line: Line) -> bool:
        """Tell whether a line says nothing beside its links to other news; in a box, their date."""
        words = "" if numbers_a_row(plain) else plain
        if invites_to_read(plain) or not line.has_words(words):
            return True
        return self.box.is_open and is_date(plain.strip(_AROUND_DATE))

    def is_bar(self, text: str, line: Line) -> bool:
        """Tell whether a line of links alone is one of tools or tags, or stands in another box."""
        if self.box.is_open or self.ending.is_below_heading():
            return True
        is_many = line.links > 1 and not text.endswith(_SENTENCE_END)
        return is_many and (line.is_of_bar or self.ending.is_open())


def _is_block(element: _Element) -> bool:
    return element.tag in BLOCKS or is_styled_as_block(element, element.keys())


def _is_heading(block: _Element, text: str) -> bool:
    """Tell whether a line is all of a block that is a heading by its tag, or all in bold."""
    if block.tag in _HEADINGS:
        return True
    first = islice(block.iter(), _MOST_LOOKED_AT)  # blocks within blocks are asked in turn
    return any(e.tag in _BOLD and short_text_of(e, len(text)) == text for e in first)


def _is_full(element: _Element) -> bool:
    """Tell whether an element is a block of comments or tags, not a button that leads there."""
    return len(text_of(element)) > _LONGEST_BUTTON


def _is_one_line(row: _Element) -> bool:
    """Tell whether a table's row is data, not a frame around paragraphs."""
    cells = [cell for cell in row if cell.tag in ("td", "th")]
    return len(cells) > 1 and all(
        sum(1 for _ in cell.iterdescendants("p", "div", "tr", "li")) < 2 for cell in cells
    )
