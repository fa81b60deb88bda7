"""The agency that a text is credited to at its end.

A slash, the word منبع and brackets end other lines as well: verses, captions, «see the film». So

- a slash is followed by an agency that is known, or that says it is one (خبرگزاری، روزنامه، نیوز):
  reporters sign in the same place, and any word may stand there;
- one called by an everyday word (شرق، فردا، جوان) only where a sentence ends, or opens the line;
- منبع begins the line or follows a sentence, or an agency that is known follows it: any name may.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

from khotoot_crawler.text import normal_form

_LAST_LINES = 4
# A credit is never longer: what stands before is not looked at, whatever the length of the line.
_LONGEST_TAIL = 200
_LONGEST_SIGN_OFF = 60
_LONGEST_NAME = 60
_MOST_WORDS = 6
_TRIMMED = " .،؛:*#@-–_()[]«»\"'/|\u200b\u200c\u200e\u200f"

_BROKEN = re.compile(r"[!؟…]|\.(?!\w)")  # by the end of a sentence
_SIGN_OFF = re.compile(
    r"[\W_]*+(?:انتها[یي]|پا[یي]ان)[\s\u200c]*+(?:پ[یي]ام|خبر|گزارش|مطلب)\b(.{0,40})"
)
_OF_A_PICTURE = re.compile(
    r"[\W_]*(?:عکس(?:ها)?|ف[یي]لم|تصو[یي]ر|تصاو[یي]ر|و[یي]د[یي]ئ?و|گراف[یي]ک)[\W_]*"
)
_REPORTER_CODE = re.compile(r"[\W\d_]*+\w{0,2}[\W\d_]*+")  # 17302, *ر/۲۳
_SOURCE = re.compile(
    r"(?P<start>^[\W_]{0,8}|[.!؟…][»”\")\]]?[\s(\[«]{0,4})?(?<!\w)"
    r"منبع(?:[\s\u200c]{0,2}(?:خبر|گزارش|مطلب))?\s{0,3}(?P<mark>[:：/-])\s{0,3}"
    r"(?P<name>[^:：/\n]{3,60})(?:/.{0,40})?$"
)
_BRACKETED = re.compile(r"(?:^|[.!؟…»”])\s{0,3}[(\[]([^()\[\]]{3,60})$")
_FULL_STOP = re.compile(r"[^\W\d_]{2}[»”\")\]\u200c ]{0,3}\.[»”\")\] ]{0,3}$")
_AFTER_STOP = ' .!؟؛:…»”")]\u200c'

_AGENCY = re.compile(
    r"تسنیم|فارس|ایرنا|ایسنا|مهر|ایلنا|ایکنا|ایمنا|برنا|پانا|آنا|شانا|شاتا|شبستان|میزان|موج|دانا"
    r"|رسا|حوزه|شفقنا|تابناک|عصر ?ایران|انتخاب|فرارو|مشرق|جام ?جم|همشهری|خبر ?آنلاین|دنیای ?اقتصاد"
    r"|اعتماد|شرق|کیهان|اطلاعات|جوان|خراسان|قدس|رسالت|ابتکار|باشگاه ?خبرنگاران(?: ?جوان)?"
    r"|صدا ?و ?سیما|خانه ?ملت|الف|ورزش ?سه|سنا|ایبنا|ایتنا|العالم|اسپوتنیک|یورونیوز"
    r"|بی ?بی ?سی|زومیت|دیجیاتو|روزیاتو|برترین ?ها|رکنا|ایانا|وانا|نسیم|فردا|آفتاب|خبر ?فوری"
    r"|اکو ?ایران|ایران ?اکونومیست|شعار ?سال|شبکه ?خبر|نوید ?شاهد|هم ?میهن|کار ?و ?کارگر"
    r"|میراث ?آریا|جماران|پارسینه|صراط|دیده ?بان ?ایران|پیام ?ما|هفت ?صبح|وطن ?امروز|صبح ?نو"
    r"|مردم ?سالاری|آفتاب ?یزد|جمهوری ?اسلامی|جهان ?صنعت|آرمان ?(?:ملی|امروز)|دنیای ?خودرو"
    r"|عصر ?(?:خودرو|ارتباط)|فرهیختگان|ایران ?ورزشی|خبر ?ورزشی|سیاست ?روز|رویترز|آناتولی"
    r"|الجزیره|المیادین|شینهوا|بلومبرگ|دویچه ?وله|دیلی ?میل|گاردین|نیویورک ?تایمز"
    r"|واشنگتن ?پست|سی ?ان ?ان|ریانووستی|نووستی"
)
_SAYS_AGENCY = re.compile(
    r"(?:خبرگزاری|روزنامه|هفته ?نامه|ماهنامه|پایگاه (?:خبری|اطلاع)|باشگاه خبر\S*) .+|.+نیوز"
)
_MAY_SAY_AGENCY = re.compile(r"(?:سایت|شبکه|کانال|پایگاه|روابط ?عمومی) .+|.+(?:آنلاین|پرس)")
# Of the agencies, those whose name is a word of every day, a month or a place.
_EVERYDAY = re.compile(
    r"فارس|مهر|شبستان|میزان|موج|دانا|رسا|حوزه|انتخاب|مشرق|اعتماد|شرق|کیهان|اطلاعات|جوان|خراسان|قدس"
    r"|رسالت|ابتکار|الف|سنا|نسیم|فردا|آفتاب|همشهری|خبر ?فوری|صراط|پیام ?ما|هفت ?صبح|وطن ?امروز"
    r"|صبح ?نو|مردم ?سالاری|جمهوری ?اسلامی|سیاست ?روز|کار ?و ?کارگر|خبر ?ورزشی|ایران ?ورزشی"
)
# After «end of the message» initials and places stand, too: of those names, the large agencies.
_LARGE = ("فارس", "مهر", "میزان")
_VERB_AT_END = re.compile(
    r"(?<!\w)(?:است|هست|نیست|شد|شده|کرد|گفت|داد|بود|دارد|ندارد|داشت|یافت|رسید|گرفت|افزود"
    r"|\w*(?:شود|کند|دهد|رود|گیرد|یابد|باشد|ستند|اند|دند|نند|هند|وند|رند))$"
)
_NEVER_IN_A_NAME = re.compile(
    r"(?<!\S)(?:"
    # what sentences and verses are made of
    r"که|از|به|با|در|را|تا|برای|این|آن|ز|یا|نه|بله|خیر|آری|اما|اگر|چه|چرا|چون|نیز|من|تو|او|وی|خود"
    r"|خودم|اینجا|آنجا|هنوز|دیگر|نامشخص|است|ست|نیست|هستم?|شد|شده|شود|بود|بوده|کرد|کرده|کند|کنید"
    r"|دارد|دارند|ندارد|گفت|داد|باشد|خواهد|باید|شاید|ن?می(?:\S*(?:شود|کند|ند|دهد|رسد|گوید|ید|یم))?"
    r"|ب\S{2,}ید|کلیک"
    # what departments, captions, announcements and bylines begin with
    r"|سرویس|گروه|دبیرخانه|آرشیو|نامعلوم"
    r"|فیلم|فیلمها|عکس|عکسها|تصویر|تصاویر|ویدئو|ویدیو|ویدئوها|ویدیوها|کلیپ|صوت|صوتی|پادکست|گالری"
    r"|آلبوم|اینفوگرافی|اینفوگرافیک|موشنگرافیک|نمودار|جدول|نقشه|سند|فهرست|لیست|جزئیات|جزییات|پایان"
    r"|انتها|انتهای|ادامه|تکمیلی|تکمیل|بیشتر|مشروح|کامل|گزارش|یادداشت|سرمقاله|گفتگو|گفتوگو|مصاحبه"
    r"|زنده|لحظه|فوری|اختصاصی|بهروز|بهروزرسانی|بروزرسانی|ویرایش|اصلاحیه|تکذیبیه|جوابیه|توضیح"
    r"|توضیحات|ترجمه|مترجم|خبرنگار|گزارشگر|عکاس|نویسنده|دبیر|تدوین|تنظیم|تهیه|منبع|منابع|پینوشت"
    r"|پانوشت|پاورقی|آگهی|تبلیغات|تبلیغ|رپورتاژ|لینک|دانلود|مشاهده|نظر|نظرات|کد|شماره|جلد|بخش|قسمت"
    r"|مرتبط|اول|دوم|سوم|چهارم|پنجم|نخست"
    r")(?!\S)"
    # places: reporters write from there
    r"|^(?:تهران|اصفهان|شیراز|تبریز|مشهد|قم|اهواز|کرج|البرز|رشت|گیلان|ساری|مازندران|گرگان|گلستان"
    r"|ارومیه|اردبیل|زنجان|قزوین|سمنان|یزد|کرمان|زاهدان|بندرعباس|هرمزگان|بوشهر|یاسوج|شهرکرد|خرمآباد"
    r"|لرستان|ایلام|کرمانشاه|سنندج|کردستان|همدان|اراک|خوزستان|بجنورد|بیرجند|کاشان|آبادان|مرکزی"
    r"|آذربایجان (?:شرقی|غربی)|خراسان (?:رضوی|شمالی|جنوبی)|سیستان و ?بلوچستان|چهارمحال و ?بختیاری"
    r"|کهگیلویه و ?بویراحمد)$"
    r"|^(?:خبر|اخبار|سیاسی|اقتصادی|ورزشی|فرهنگی|اجتماعی|هنری|علمی|حوادث|جامعه|بینالملل|استانها)$"
    # the commonest given names, which begin a reporter's
    r"|^(?:علی|محمد|محمدرضا|محمدعلی|رضا|علیرضا|حسین|حسن|مهدی|احمد|حمید|سعید|امیر|مجید|سید|سیده"
    r"|مریم|زهرا|فاطمه|زینب|سمیه|لیلا|سارا|نرگس|الهام|معصومه|خانم|آقای|دکتر|مهندس)(?!\S)"
)


def credited_agency(paragraphs: Sequence[str]) -> str | None:
    """Return the agency credited at the end of a text.

    >>> credited_agency(["فرش دستباف برطرف شود./تسنیم"])
    'تسنیم'
    >>> credited_agency(["منبع: ایسنا", "انتهای پیام/ی"])
    'ایسنا'
    """
    for line in islice(reversed(paragraphs), _LAST_LINES):
        line = line.rstrip(_TRIMMED)
        is_short = len(line) <= _LONGEST_SIGN_OFF
        sign_off = _SIGN_OFF.fullmatch(line) if is_short else None
        if sign_off and (agency := _signed(sign_off[1])):
            return agency
        if not sign_off and not (is_short and _REPORTER_CODE.fullmatch(line)):
            return _credit_of(line[-_LONGEST_TAIL:])
    return None


def _signed(text: str) -> str | None:
    """Return the agency after «end of the message»; most often reporters' initials stand there."""
    name = _name(text)
    return name if name and (normal_form(name) in _LARGE or _is_certain(name)) else None


def _credit_of(line: str) -> str | None:
    source = _SOURCE.search(line)
    if source and (source["start"] is not None or _is_certain(source["name"])):
        name = _name(source["name"])
        return name if name and (source["mark"] in ":：" or _is_known(name)) else None
    if bracketed := _BRACKETED.search(line):
        name = _name(bracketed[1])
        return name if name and _is_known(name) else None
    return _after_slash(line)


def _after_slash(line: str) -> str | None:
    before, slash, after = line.rpartition("/")
    name = _name(after) if slash else None
    if name is None or re.search("[.:：!؟]", name):
        return None
    before = before.rstrip("/ \u200b\u200c\u200e\u200f")
    if _OF_A_PICTURE.fullmatch(before):
        return None
    if not before.strip(_TRIMMED) or _FULL_STOP.search(before):
        return name if _is_known(name) else None
    ends = _VERB_AT_END.search(before.rstrip(_AFTER_STOP))
    return name if _is_certain(name) or (ends and _is_known(name)) else None


def _name(text: str) -> str | None:
    """Return the text as a name, ``None`` for reporters' initials, codes and sentences."""
    name = text.strip(_TRIMMED)
    if len(name) > _LONGEST_NAME or any(map(str.isdigit, name)) or _BROKEN.search(name):
        return None
    words = name.split()
    if len(words) > _MOST_WORDS or max(map(len, words), default=0) <= 2:
        return None
    form = normal_form(name)
    if _NEVER_IN_A_NAME.search(form) and not _AGENCY.fullmatch(form):
        return None
    # Trimming has taken the end of روزنامه «شرق».
    return name + "".join(end for start, end in ("«»", "()") if name.count(start) > name.count(end))


def _is_known(name: str) -> bool:
    """Tell whether a name is one of an agency, or says that it is."""
    return _is_certain(name) or any(
        form.fullmatch(normal_form(name)) for form in (_EVERYDAY, _MAY_SAY_AGENCY)
    )


def _is_certain(name: str) -> bool:
    """Tell whether a name is one of an agency and of nothing else."""
    form = normal_form(name)
    is_agency = _AGENCY.fullmatch(form) or _SAYS_AGENCY.fullmatch(form)
    return bool(is_agency and not _EVERYDAY.fullmatch(form))
