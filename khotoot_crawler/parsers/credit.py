"""The agency that a text is credited to at its end."""

from __future__ import annotations

import re
from collections.abc import Sequence

from khotoot_crawler.text import normal_form

_LINES = 4
_SIGN_OFF = re.compile(r"[\W_]*(?:انتهای\s*(?:پیام|خبر)|پایان\s*(?:پیام|خبر))[\s\S]{0,25}")
_NUMBER = re.compile(r"[\W\d_]*")
_SOURCE = re.compile(r"(?:^|[\s./(\[«])منبع(?:\s*(?:خبر|گزارش|عکس|مطلب))?\s*[:：]\s*([^:：\n]{2,60})$")
# After the end of a sentence any name is a credit; after a word only one that is known.
_AFTER_SENTENCE = re.compile(r"(?:^|[.!؟?»\"”)\]…؛:])[\s\u200b-\u200f]*/[\s\u200b-\u200f]*([^/\n]{2,40})$")
_AFTER_WORD = re.compile(r"[^\s\d/]\s*/\s*([^/\n]{2,40})$")
_TRIMMED = " .،؛:*-–()[]«»\"'/|\u200b\u200e\u200f\u200c"
_AGENCIES = frozenset(
    normal_form(name).replace(" ", "")
    for name in """
    تسنیم,فارس,ایرنا,ایسنا,مهر,ایلنا,ایکنا,ایمنا,برنا,پانا,آنا,شانا,شاتا,شبستان,میزان,موج,دانا,رسا,حوزه,
    شفقنا,شعار سال,تابناک,عصر ایران,انتخاب,فرارو,مشرق,مشرق نیوز,رجانیوز,جام جم,جام نیوز,همشهری,
    همشهری آنلاین,خبرآنلاین,خبر آنلاین,تجارت نیوز,اقتصادنیوز,اقتصاد آنلاین,دنیای اقتصاد,دنیای‌اقتصاد,
    اعتماد,شرق,کیهان,اطلاعات,ایران,جوان,وطن امروز,خراسان,قدس,رسالت,آرمان,ابتکار,باشگاه خبرنگاران,
    باشگاه خبرنگاران جوان,صدا و سیما,صداوسیما,خبرگزاری صدا و سیما,خانه ملت,الف,نود,ورزش سه,بورس نیوز,
    سنا,سبا,ایبنا,ایتنا,ایسکانیوز,دفاع پرس,سپاه نیوز,العالم,پرس تی وی,رویترز,اسپوتنیک,یورونیوز,بی بی سی,
    زومیت,دیجیاتو,روزیاتو,برترینها,نامه نیوز,صراط,جهان نیوز,بهار نیوز,خبر فوری,خبرفوری,رکنا,ایانا,وانا,
    نسیم,نسیم آنلاین,قدس آنلاین,فردا,فردانیوز,مهرنیوز,آفتاب,آفتاب نیوز,عصر خبر,اکو ایران,اکوایران,ایران اکونومیست
    """.replace("\n", "").split(",")
    if name.strip()
)
_AGENCY_WORD = re.compile(
    r"^(?:خبرگزاری|پایگاه|روزنامه|باشگاه|سایت|شبکه|هفته\s?نامه|ماهنامه|کانال|مرکز|روابط عمومی)\s"
    r"|(?:نیوز|آنلاین|پرس|خبر)$"
)


def credited_agency(paragraphs: Sequence[str]) -> str | None:
    """Return the agency credited at the end of a text.

    >>> credited_agency(["فرش دستباف برطرف شود./تسنیم"]), credited_agency(["انتهای پیام/ی"])
    ('تسنیم', None)
    """
    for line in list(reversed(paragraphs))[:_LINES]:
        agency = _agency_of_line(line)
        if agency:
            return agency
        if not _SIGN_OFF.fullmatch(line) and not _NUMBER.fullmatch(line):
            return None
    return None


def _agency_of_line(line: str) -> str | None:
    if _SIGN_OFF.fullmatch(line):
        return None
    line = line.rstrip(_TRIMMED)
    source = _SOURCE.search(line) or _AFTER_SENTENCE.search(line)
    if source:
        return _name(source[1])
    after_word = _AFTER_WORD.search(line)
    name = _name(after_word[1]) if after_word else None
    return name if name and is_agency(name) else None


def _name(text: str) -> str | None:
    name = text.strip(_TRIMMED)
    letters = sum(map(str.isalpha, name))
    if letters < 3 or len(name.split()) > 6 or any(map(str.isdigit, name)) or _SIGN_OFF.match(name):
        return None
    return name if "." not in name else None


def is_agency(name: str) -> bool:
    """Tell whether a name is known as an agency, or says that it is one."""
    return normal_form(name).replace(" ", "") in _AGENCIES or bool(_AGENCY_WORD.search(name))
