"""Words that head what follows a text, or a box in it: other news, tools, comments, tags."""

from __future__ import annotations

import re
from functools import lru_cache

from khotoot_crawler.text import fold_space, normal_form

# As they compare: letters only, in normal form.
_RELATED_HEADING = re.compile(
    r"(?:(?:مطالب|مطلب|اخبار|خبرهای|خبر|گزارش(?:های)?|فیلم(?:های)?|وید[یئ]و(?:ی|های)?|لینک(?:های)?"
    r"|عکس(?:های)?|تصاویر|پیوندهای|عناوین)?مرتبط(?:بااین(?:خبر|مطلب|موضوع))?"
    r"|(?:مطالب|اخبار|خبرهای|فیلمهای|وید[یئ]وهای)(?:پیشنهادی|مشابه)"
    r"|پیشنهاد(?:سردبیر|ویژه|مطالعه|ما(?:بهشما)?)|در(?:همین|این)(?:زمینه|باره|رابطه)"
    r"|(?:در(?:این|همین)?(?:زمینه|باره|رابطه)|همچنین|حتما|بیشتر|این(?:خبر|مطلب|مطالب|گزارش)?راهم)+"
    r"(?:بخوانید|ببینید|بدانید)|خواندنیهایبیشتر|(?:برای)?مطالعهبیشتر"
    r"|(?:مطالب|خبرهای)بیشتر|سایر(?:اخبار|خبرها|مطالب|عناوین)|(?:اخبار|خبرهای|مطالب)دیگر"
    r"|دیگر(?:اخبار|خبرها|مطالب)|از(?:سراسروب|دیگررسانهها)"
    r"|پرب(?:ازدید|حث|یننده)ترین(?:اخبار|(?:پست|خبر|مطلب)(?:های)?)(?:همینیکساعتاخیر|روز|هفته)?"
    r"|اخبارروز|وبگردی"
    r"|اخبارویژه|منتخباخبار|ازایننویسنده|اشتراکگذاری(?:خبر|مطلب)?|(?:این(?:خبر|مطلب)را)?بهاشتراکبگذارید"
    r"|(?:کپی)?لینککوتاه(?:خبر)?|کپیلینک|تبلیغات?(?:متنی)?|آگهی"
    r"|(?:دانلود|دریافت)(?:فایل)?(?:فیلم|ویدیو|ویدئو|کلیپ|صوت|صوتی|عکس|عکسها)?|کد(?:فیلم|ویدیو|ویدئو)"
    r"|ذخیره|چاپ(?:خبر)?|پرینت|نسخهچاپی|ارسال(?:به|برای)دوستان|گزارشخطا|اندازهفونت)"
)
# Beside a link to other news; alone they may stand in any text.
_INVITATION = re.compile(
    r"(?:این(?:جا|خبر|مطلب|گزارش)?|را|هم|نیز|همچنین|پیشتر)*(?:بخوانید|ببینید|بشنوید|بدانید)"
    r"|این(?:خبر|مطلب|گزارش)راازدستندهید"
)
_COMMENTS_HEADING = re.compile(
    r"(?:ارسال|ثبت|افزودن|درج)(?:نظرات|نظر|دیدگاه)"
    r"|(?:آخرین)?(?:نظر(?:ات|ها)?|دیدگاه(?:ها)?)ی?(?:شما|کاربران|بینندگان|خوانندگان|مخاطبان|ارسالی)?"
    r"|(?:نظر(?:ات)?|دیدگاه)(?:خود|تان)?(?:را)?(?:بدهید|دهید|بنویسید|ثبتکنید|ارسالکنید)"
)
_ENDING_HEADING = re.compile(
    r"برچسب(?:ها)?(?:ی?خبر)?|پرب(?:ازدید|حث|یننده)(?:ها|ترین(?:ها|خبرها|عناوین)?)?|کلیدواژه(?:ها)?"
    rf"|کلماتکلیدی|تگها|(?:آخرین|تازهترین)(?:اخبار|خبرها|عناوین)?|تازهترینها|{_COMMENTS_HEADING.pattern}"
)
_COPYRIGHT = re.compile(
    r"\s*(?:کل[یي]ه|تمام[یي]?)\s+حقوق\s(?:(?=.{0,100}(?:سا[یي]ت|پا[یي]گاه|خبرگزار[یي]|پورتال|رسانه))"
    r".{0,60}(?:محفوظ|متعلق|معنو[یي])|.{0,40}محفوظ(?:\s*(?:است|م[یي][\s\u200c]?باشد))?\W*\Z)"
)
_NO_LETTER = re.compile(r"[\W\d_]+")
_LONGEST_HEADING = 40


def is_related_heading(text: str) -> bool:
    """Tell whether the text is the heading of a box of links, tools or ads, and nothing more."""
    return bool(_RELATED_HEADING.fullmatch(_letters(text)))


def invites_to_read(text: str) -> bool:
    """Tell whether the words beside a link to other news only ask to follow it."""
    letters = _letters(text)
    return bool(_RELATED_HEADING.fullmatch(letters) or _INVITATION.fullmatch(letters))


def is_ending_heading(text: str) -> bool:
    """Tell whether the text is the heading of the tags, the comments or of other news."""
    return bool(_ENDING_HEADING.fullmatch(_letters(text)) or _COPYRIGHT.match(text))


def heads_comments(heading: str) -> bool:
    """Tell whether a heading is one of comments, or of the form for them."""
    return bool(_COMMENTS_HEADING.fullmatch(_letters(heading)))


def _letters(text: str) -> str:
    """Return the letters of a heading in normal form; nothing for what is longer than one."""
    if len(text) > _LONGEST_HEADING:  # by its indentation, perhaps
        text = fold_space(text)
    return "" if len(text) > _LONGEST_HEADING else _letters_of_heading(text)


@lru_cache(maxsize=256)  # asked of a line up to three times; a hundredth of a page's reading
def _letters_of_heading(text: str) -> str:
    return _NO_LETTER.sub("", normal_form(text))
