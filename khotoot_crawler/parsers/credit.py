"""The agency that a text is credited to at its end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

from khotoot_crawler.text import normal_form

_LAST_LINES = 4
_SIGN_OFF = re.compile(r"[\W_]*(?:انتها[یي]|پا[یي]ان)[\s\u200c]*(?:پ[یي]ام|خبر|گزارش)\b.{0,25}")
_REPORTER_CODE = re.compile(r"[\W\d_]*\w{0,2}[\W\d_]*")  # 17302, *ر/۲۳
_NAME = r"([^/\n.:：!؟]{3,40})$"
_SOURCE = re.compile(
    r"(?:^|[\s./(\[«])منبع(?:[\s\u200c]*(?:خبر|گزارش|عکس|مطلب))?\s*[:：/-]\s*([^:：\n]{3,60})$"
)
# After the end of a sentence any name is a credit; after a word only one that is known.
_AFTER_SENTENCE = re.compile(rf"(?:^|[.!؟?»\"”)\]…؛:])[\s\u200b-\u200f]*/{{1,2}}\s*{_NAME}")
_AFTER_WORD = re.compile(rf"[^\s\d/][\s\u200c]*/\s*{_NAME}")
_TRIMMED = " .،؛:*-–_()[]«»\"'/|\u200b\u200c\u200e\u200f"
_LONGEST_NAME = 6  # words

_AGENCY = re.compile(
    r"تسنیم|فارس|ایرنا|ایسنا|مهر|ایلنا|ایکنا|ایمنا|برنا|پانا|آنا|شانا|شاتا|شبستان|میزان|موج|دانا"
    r"|رسا|حوزه|شفقنا|تابناک|عصر ?ایران|انتخاب|فرارو|مشرق|جام ?جم|همشهری|خبر ?آنلاین|دنیای ?اقتصاد"
    r"|اعتماد|شرق|کیهان|اطلاعات|جوان|خراسان|قدس|رسالت|ابتکار|باشگاه ?خبرنگاران(?: ?جوان)?"
    r"|صدا ?و ?سیما|خانه ?ملت|الف|ورزش ?سه|سنا|ایبنا|ایتنا|العالم|رویترز|اسپوتنیک|یورونیوز"
    r"|بی ?بی ?سی|زومیت|دیجیاتو|روزیاتو|برترین ?ها|رکنا|ایانا|وانا|نسیم|فردا|آفتاب|خبر ?فوری"
    r"|اکو ?ایران|ایران ?اکونومیست|شعار ?سال"
)
_SAYS_AGENCY = re.compile(
    r"(?:خبرگزاری|پایگاه|روزنامه|باشگاه|سایت|شبکه|هفته ?نامه|ماهنامه|کانال|روابط ?عمومی)\s.+"
    r"|.*(?:نیوز|آنلاین|پرس)"
)


def credited_agency(paragraphs: Sequence[str]) -> str | None:
    """Return the agency credited at the end of a text.

    >>> credited_agency(["فرش دستباف برطرف شود./تسنیم"])
    'تسنیم'
    >>> credited_agency(["منبع: ایسنا", "انتهای پیام/ی"])
    'ایسنا'
    """
    for line in islice(reversed(paragraphs), _LAST_LINES):
        if not _SIGN_OFF.fullmatch(line) and not _REPORTER_CODE.fullmatch(line):
            return _credit_of(line.rstrip(_TRIMMED))
    return None


def _credit_of(line: str) -> str | None:
    credit = _SOURCE.search(line) or _AFTER_SENTENCE.search(line)
    if credit:
        return _name(credit[1])
    credit = _AFTER_WORD.search(line)
    name = _name(credit[1]) if credit else None
    return name if name and _is_known(name) else None


def _name(text: str) -> str | None:
    """Return the text as a name, ``None`` for reporters' initials, codes and sentences."""
    name = text.strip(_TRIMMED)
    if _SIGN_OFF.match(name) or any(map(str.isdigit, name)):
        return None
    words = name.split()
    return name if len(words) <= _LONGEST_NAME and max(map(len, words), default=0) > 2 else None


def _is_known(name: str) -> bool:
    """Tell whether a name is one of an agency, or says that it is."""
    form = normal_form(name)
    return bool(_AGENCY.fullmatch(form) or _SAYS_AGENCY.fullmatch(form))
