"""The second road to a field: labels in words, and what values stand behind them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from khotoot_crawler.errors import DateError
from khotoot_crawler.jalali import parse_moment
from khotoot_crawler.parsers.prose import is_date, is_field_line
from khotoot_crawler.text import fold_space

GAP = "¦"  # between inline elements, where a page shows a space
_S = r"[\s\u200c¦]*+"
_END = r"(?=[^\S\n]*+(?:[¦|\n]|\Z))"
_APART = r"(?:^|[¦|•·\n]|\s[-–—]\s)"  # a value or a label begins
_COLON = rf"{_S}[:：]{_S}"
_CODE = re.compile(rf"(?:[کك]د|شناسه|شماره){_S}(?:خبر|مطلب){_S}[:：]?{_S}([^\s¦:：|]+)")
_BIDI_MARKS = "\u200e\u200f "
_WHOLE_CODE = re.compile(r"\d[\d٬,،./-]*+")
# A value that may be no moment: «۳ آبان - ۱۸:۳۹», «دیروز ۱۸:۳۹», «۳ ساعت پیش».
_TIME_OF_DAY = re.compile(
    r"(?=\d|[A-Za-z]|(?:[یي][کك]|دو|سه|چهار|پنج)?[\s\u200c]?شنبه|جمعه|ساعت|امروز|د[یي]روز)"
    r".{0,40}?\d\s?:\s?\d{2}(?!\d)"
    r"|\d{1,3}\s?(?:دق[یي]قه|ساعت|روز|هفته|ماه|سال)\s(?:پ[یي]ش|قبل)(?=\W*\Z)"
)
_DIGITS = r"\d[\d٬,،.٫]*+"
_OTHER_COUNT = rf"{_S}(?:(?:نظر|د[یي]دگاه)(?!\w*{_S}[:：])|دق[یي]قه|ساعت|روز|ماه|ل[ای][یي]?ک|پسند)"
_COUNT = re.compile(rf"\(?{_DIGITS}\)?(?:\s?(?:بار|مرتبه|دفعه|نفر|بازد[یي]د\w*+)\W*)?")
_ROUND_COUNT = re.compile(rf"{_COUNT.pattern}|{_DIGITS}\s?(?:هزار|م[یي]ل[یي]ون)(?:\s\w+)?")
_VIEWS = re.compile(
    rf"(?:(?:تعداد|م[یي]زان|دفعات|شمار){_S}(?:نما[یي]ش|مشاهده|بازد[یي]د)"
    rf"|{_APART}{_S}\(?بازد[یي]د){_S}(?:ها|خبر)?{_S}[:：]"
    # A label without a value of its own takes none but a count from the next line or element.
    rf"(?:[ \u200c]*+([^\s¦|][^\n¦|]*)|{_S}(\(?{_DIGITS}(?!{_OTHER_COUNT})[^\n¦|]*))"
    rf"|{_APART}{_S}\(?({_DIGITS})[ ¦\u200c]*+(?:(?:بار|مرتبه|دفعه)\s)?بازد[یي]د(?:\sشده)?\)?{_END}"
    rf"|{_APART}{_S}(?:تعداد{_S}بازد[یي]د[ \u200c]*+\n?|بازد[یي]د[ \u200c]*+¦){_S}({_DIGITS}){_END}"
    rf"(?!{_S}(?:نظر|د[یي]دگاه))"
)
_COMMENTS = re.compile(r"[-–—•،|\s]+\d[\d٬,]*+\s*+(?:نظر|د[یي]دگاه)\w*+(?!\s*+[:：]).*")
_COMMENTS_FIRST = re.compile(r"\A\s*\d[\d٬,]*+\s*+(?:نظر|د[یي]دگاه)\w*+[-–—•|،,¦\s]*+")
_COUNT_AND_MORE = re.compile(rf"({_DIGITS})\s+(\S.*)")
_DATE = re.compile(rf"(?:تار[یي]خ|زمان){_S}(?:انتشار|درج){_S}(?:خبر|مطلب)?{_S}[:：]?{_S}(\S[^\n]*)")
# Other things are registered, and papers publish, so here a day has to follow.
_REGISTERED = re.compile(
    rf"(?<!\w)(?:(?:تار[یي]خ|زمان){_S}ثبت|(?:منتشر|درج|ثبت){_S}شده){_S}(?:در{_S})?[:：]?{_S}"
    r"((?:\d|(?:[یي][کك]|دو|سه|چهار|پنج)?[\s\u200c]?شنبه|جمعه|ساعت)[^\n]*)"
)
_CHANGE = (
    rf"ب[هـ]?{_S}روز{_S}(?:رسان|شد|آور|کرد)|و[یي]را[یي]ش|تغ[یي][یي]ر|اصلاح|آپد[یي]ت|بازنشر"
    r"|بازب[یي]ن[یي]|(?i:updated?|modified)"
)
_WORD = r"(?!ساعت|تار[یي]خ|انتشار|درج)[^\W\d_]{2,20}+"  # of a label that is no date's own
_NEXT_LABEL = re.compile(
    rf"[|¦]?{_S}(?:(?:[کك]د|شناسه){_S}(?:خبر|مطلب)|(?:تعداد{_S})?بازد[یي]د|(?:تعداد{_S})?نظر"
    rf"|گروه{_S}[:：]|سرو[یي]س{_S}[:：]|تار[یي]خ{_S}\w+{_COLON}"
    rf"|(?:(?:آخر[یي]ن|(?i:last)){_S})?(?:{_CHANGE})|(?<!\w)(?:{_WORD}[\s\u200c]){{0,2}}{_WORD}\s?[:：](?!\d))"
)
_UPDATE = re.compile(rf"\D{{0,30}}?(?:{_CHANGE})[^\d:：]{{0,20}}[:：]?")
_MORE_THAN_DATE = re.compile(r"\d{5}|بازد[یي]د|نظر|[کك]د")
# A code or a count with its label, beside a date.
_COUNTED = re.compile(
    rf"(?:[کك]د|شناسه|شماره){_S}(?:خبر|مطلب){_COLON}{_DIGITS}|(?:تعداد{_S})?بازد[یي]د{_COLON}{_DIGITS}"
)
_PIECE = re.compile(r"[¦|•·]")
_BETWEEN = " -–—|/،,()[]"
_DATE_LABEL = re.compile(r"\s*(?:تار[یي]خ|انتشار|درج)\s*[:：]\s*")
_DATE_LINE = re.compile(r"(?=.*\d)[\s\d:/|\-–،,.آ-یيك\u200c\u200e\u200f]{8,60}")
# What belongs to a date behind its last digit: the day of the week, the half of the day, the zone.
_WORDS_OF_DATE = re.compile(
    rf"(?:[\s\u200c,،()|/.–-]*+(?:(?:[یي][کك]|دو|سه|چهار|پنج)?{_S}شنبه|جمعه|[قب]\W{{0,3}}ظ|صبح|بامداد|عصر"
    rf"|ن[یي]مه{_S}شب|شب|ظهر|غروب|(?:قبل|بعد|پ[یي]ش|پس){_S}از{_S}ظهر|دق[یي]قه|ثان[یي]ه|به{_S}وقت{_S}"
    r"(?:(?:محل[یي]|رسم[یي]|استاندارد|تابستان[یي]|زمستان[یي]|هماهنگ|شرق|غرب|مر[کك]ز|شهر)\s)*"
    r"(?!چاپ|نسخه|ارسال|اشتراک)\w+"
    r"|(?:هجر[یي]\s)?(?:شمس[یي]|خورش[یي]د[یي])|م[یي]لاد[یي]|IR[SD]?T|CES?T|EES?T|[ECMPB]ST|[ECMP]DT|MSK|TRT"
    r"|(?i:[ap]\.?m|utc|gmt|z|asia/tehran|(?:mon|tues|wednes"
    r"|thurs|fri|satur|sun)day))(?!\w))*+[)\]]*+"
)
_COUNT_BESIDE_TIME = re.compile(r"(?<=:\d\d)(?:\s|\s[|•·–-]\s)\d{1,6}\Z")
# «زمان برگزاری: ...», «آخرین نظر: ...»: the words before a colon that are no date's own.
_OTHER_LABEL = re.compile(
    r"\s*(?!(?:تار[یي]خ|زمان)?\s*(?:انتشار|درج)|تار[یي]خ\s*[:：]|ساعت\s*[:：])[^\W\d_][^\d:：]{1,40}[:：](?!\d)"
)
_LABELLED = re.compile(
    rf"(?:{_CODE.pattern}|{_VIEWS.pattern}|{_DATE.pattern}|{_REGISTERED.pattern}).{{0,60}}$"
)
# Who wrote it, with the name: no label of the date that follows.
_BYLINE = re.compile(
    r"(?:نو[یي]سنده|خبرنگار|گزارشگر|مترجم|دب[یي]ر|ع[کك]اس|منبع|گروه|سرو[یي]س|بخش|دسته)\s*[:：]\s*\w"
)
_MOST_PARTS = 20
_MOST_PARTS_OF_A_DATE = 3
LONGEST_LINE = 1_000  # of labels and their values: what is longer is text


def labelled_code(lines: Iterable[str]) -> str | None:
    """Return what the lines call the news code, a number or not."""
    match = _CODE.search(_joined(lines))
    return match[1] if match else None


def labelled_views(lines: Iterable[str]) -> str | None:
    """Return what the lines call the number of visits."""
    match = _VIEWS.search(_joined(lines))
    if match is None:
        return None
    own, beyond, *counts = match.groups()
    value = value_of(_COMMENTS.sub("", next(filter(None, (own, beyond, *counts)))))
    dated = _COUNT_AND_MORE.fullmatch(value or "")
    if dated and is_moment(dated[2]):
        return dated[1]
    is_other = _OTHER_LABEL.match(value or "") or (beyond and not _COUNT.fullmatch(value or ""))
    return None if is_other else value


def labelled_date(lines: Iterable[str]) -> str | None:
    """Return what the lines call the time of publication."""
    text = _joined(lines)
    match = _DATE.search(text) or _REGISTERED.search(text)
    return value_of(match[1]) if match else None


def bare_date(lines: Iterable[str]) -> str | None:
    """Return the line nearest to the text, or what stands in one, that is a date and no more."""
    parts = (part for line in reversed([*lines]) for part in _parts(line))
    return next(filter(is_moment, parts), None)


def says_when(line: str) -> bool:
    """Tell whether a line holds a date, perhaps beside other fields, and nothing else."""
    date = bare_date([line])
    rest = _DATE_LABEL.sub(" ", line.replace(date, " ")).strip(_BETWEEN) if date else line
    return not rest or (rest != line and is_field_line(rest))


def is_labelled(line: str) -> bool:
    """Tell whether a line begins with the label of the code, the date or the visits, and its value.

    A count of comments may stand before it. Sentences begin with the same words, but go on with
    others: «تاریخ انتشار این کتاب ...».
    """
    text = _COMMENTS_FIRST.sub("", line)
    return bool(_LABELLED.match(text)) and _has_value(text)


def _has_value(line: str) -> bool:
    """Tell whether what follows a label in a line is a code, a count or a date."""
    code, views, date = labelled_code([line]), labelled_views([line]), labelled_date([line])
    if (code and _WHOLE_CODE.fullmatch(code)) or (
        views and _ROUND_COUNT.fullmatch(views.lstrip(_BIDI_MARKS))
    ):
        return True
    return date is not None and (is_moment(date) or is_date(date) or bool(_TIME_OF_DAY.match(date)))


def _parts(line: str) -> Iterator[str]:
    """Yield a line, or where it holds more than a date, each element's text, and neighbours'."""
    if not _MORE_THAN_DATE.search(line) and not _BYLINE.search(line):
        label = _DATE_LABEL.match(shown := plain(line))
        yield shown[label.end() :] if label else shown
        return
    pieces = _PIECE.split(_COUNTED.sub(GAP, line))
    texts = [text for text in pieces if text.strip(_BETWEEN)][:_MOST_PARTS]
    for length in range(1, _MOST_PARTS_OF_A_DATE + 1):
        for start in range(len(texts) - length + 1):
            if start and _is_label(texts[start - 1]):
                continue
            part = value_of(GAP.join(texts[start : start + length])) or ""
            yield fold_space(_DATE_LABEL.sub(" ", part)).strip(_BETWEEN)


def _is_label(piece: str) -> bool:
    """Tell whether a piece of a line is the label of the next one, and not of the publication."""
    text = plain(piece).strip(_BETWEEN)
    if not text or any(map(str.isdigit, text)) or _BYLINE.match(text):
        return False
    return is_of_update(text) or bool(_OTHER_LABEL.match(text))


def plain(line: str) -> str:
    """Return a line as the page shows it."""
    return fold_space(line.replace(GAP, " "))


def value_of(text: str) -> str | None:
    """Cut a value off where the next label begins."""
    value = plain(_NEXT_LABEL.split(text[:LONGEST_LINE], 1)[0])
    return value.strip("|-–، ").rstrip("([ ") or None


def without_neighbours(date: str) -> str:
    """Cut a date off behind its last digit, where a tool, a section or a name may follow.

    >>> without_neighbours("۱۴۰۲/۰۵/۲۹ - ۰۶:۳۹ ب.ظ | چاپ")
    '۱۴۰۲/۰۵/۲۹ - ۰۶:۳۹ ب.ظ'
    """
    end = max((n for n, letter in enumerate(date, 1) if letter.isdigit()), default=len(date))
    words = _WORDS_OF_DATE.match(date, end)
    end = words.end() if words else end
    if not any(map(str.isalpha, date[end:])):
        end = len(date)
    if date.count("(", 0, end) > date.count(")", 0, end):  # the day by another calendar
        close = date.find(")", end)
        end = close + 1 if close >= 0 else date.rfind("(", 0, end)
    return _COUNT_BESIDE_TIME.sub("", date[:end])


def _joined(lines: Iterable[str]) -> str:
    return "\n".join(line[:LONGEST_LINE] for line in lines)


def is_of_update(text: str) -> bool:
    """Tell whether a text is labelled as the time of a later change, not of the publication."""
    return bool(_UPDATE.match(text[:LONGEST_LINE]))


def is_moment(line: str) -> bool:
    """Tell whether a line is a day and a time, and neither today's nor that of something else."""
    if not _DATE_LINE.fullmatch(line) or "امروز" in line or is_of_update(line):
        return False
    if _OTHER_LABEL.match(line):
        return False
    try:
        parse_moment(line)
    except DateError:
        return False
    return True


def labelled_parts(lines: Iterable[str]) -> list[str]:
    """Return the parts of lines that have a label: the site's head has none, today's date there."""
    parts = (part.strip() for line in lines for part in line.split(GAP))
    return [part for part in parts if _LABELLED.match(part)]
