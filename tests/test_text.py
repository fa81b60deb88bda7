from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khotoot_crawler import text
from khotoot_crawler.text import ascii_digits, fold_space, normal_form, parse_count

# What the rules are about, beside any text at all.
persian = st.text(
    alphabet="كکيیىئأإآا\u0653\u0654\u0655هٔۀ\u200c\u200dـ \u00a0\u2003\n۰۹٠٩5,٬aé\u0301"
)
texts = st.one_of(st.text(), persian)


@pytest.mark.parametrize(
    ("raw", "folded"),
    [
        ("", ""),
        (" \t\r\n\u00a0\u2003\u202f\u3000", ""),
        ("a\u00a0\u00a0b\n\nc", "a b c"),
        (" می\u200cشود ", "می\u200cشود"),
        ("\u200f۵ ", "\u200f۵"),
    ],
)
def test_fold_space(raw: str, folded: str) -> None:
    assert fold_space(raw) == folded


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("كتاب‌هاي", "کتابهای"),
        ("موسى", "موسی"),
        ("مــــهر", "مهر"),
        ("۱۲۳ ٤٥٦", "123 456"),
        ("ا\u200c\u0653", "آ"),
        ("ي\u0654", "ئ"),
        ("e\u0301tat", "état"),
        ("نام\u00a0 ما\n", "نام ما"),
    ],
)
def test_normal_form_makes_equal(one: str, other: str) -> None:
    assert normal_form(one) == normal_form(other)


@pytest.mark.parametrize("word", ["آب", "رئیس", "ۀ", "سؤال", "re\u0301sume\u0301", "۵٫۵"])
def test_normal_form_keeps_what_tells_words_apart(word: str) -> None:
    assert normal_form(word) == ascii_digits(unicodedata.normalize("NFC", word))


@given(texts)
def test_normal_form_is_idempotent(raw: str) -> None:
    once = normal_form(raw)
    assert normal_form(once) == once
    assert unicodedata.is_normalized("NFC", once)


def test_what_is_taken_for_composed_is() -> None:
    """Every pair and triple of the letters and marks that Persian is written in."""
    letters = [chr(n) for n in range(0x21, 0x3000)]
    usual = [letter for letter in letters if text._COMPOSED.fullmatch(f"ه{letter}")]
    assert len(usual) > 150
    pairs = [one + other for one in usual for other in usual]
    marks = [letter for letter in usual if unicodedata.combining(letter)]
    triples = [pair + mark for pair in pairs if pair[1] in marks for mark in marks]
    for word in pairs + triples:
        assert not text._COMPOSED.fullmatch(word) or unicodedata.is_normalized("NFC", word)
    assert text._COMPOSED.fullmatch("خانهٔ ما حتماً")


@given(st.text("سلهیٔاً \n\t\u00a0.۱\u200c", max_size=20))
def test_the_short_road_to_the_normal_form_is_the_long_one(raw: str) -> None:
    composed = unicodedata.normalize("NFC", raw.replace("\u200c", ""))
    assert normal_form(raw) == fold_space(ascii_digits(composed))


@given(texts)
def test_fold_space_is_idempotent(raw: str) -> None:
    assert fold_space(fold_space(raw)) == fold_space(raw)


@given(st.integers(0, 10**18 - 1), st.sampled_from(["۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩", "0123456789"]))
def test_digits(number: int, digits: str) -> None:
    written = "".join(digits[int(digit)] for digit in str(number))
    assert ascii_digits(written) == str(number)
    assert parse_count(written) == number
    assert parse_count(f"تعداد بازدید: {written} نفر") == number


@given(st.integers(1000, 10**15), st.sampled_from("٬,،.٫"))
def test_thousands(number: int, separator: str) -> None:
    assert parse_count(f"{number:,}".replace(",", separator)) == number


@pytest.mark.parametrize(
    ("raw", "count"),
    [
        ("تعداد بازدید: ۱۰۰۳۲۱", 100321),
        ("تعداد بازدید:۱۰۰۳۲۱", 100321),
        ("۵۸۱۶\u00a0بازدید", 5816),
        ("۵۸۱۶بازدید", 5816),
        ("(۵۸۱۶)", 5816),
        ("بازدید - ۵۸۱۶", 5816),
        ("\u200f۱۷۱٬۴۷۳\u200e", 171473),
        ("171,473", 171473),
        ("۱۷۱،۴۷۳", 171473),
        ("171.473", 171473),
        ("5816 views", 5816),
        ("٠", 0),
        ("۵۸۱۶.", 5816),
    ],
)
def test_counts(raw: str, count: int) -> None:
    assert parse_count(raw) == count


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "بازدید",
        "تعداد بازدید: -",
        "-5",
        "−۵",
        "5-6",
        "۵، ۶",
        "۱۷۱ ۴۷۳",
        "۱۷۱\u200c۴۷۳",
        "18:39",
        "1402/05/29",
        "17.5",
        "0.123",
        "1,234,56",
        "1,2345",
        "1,234.567",
        "1234,567",
        "5%",
        "۵٪",
        "1000+",
        "17K",
        "17 K views",
        "1.2M",
        "۱۷ هزار",
        "۱۷هزار بازدید",
        "۲ ميليون",
        "ID33614",
        "9" * 19,
        "9" * 10_000,
    ],
)
def test_what_is_no_single_count(raw: str) -> None:
    assert parse_count(raw) is None


@given(texts)
def test_no_text_raises(raw: str) -> None:
    count = parse_count(raw)
    assert count is None or count >= 0


@pytest.mark.parametrize(
    "piece", ["1 ", "1,", "123,", "\u200c", "a", "ٔ", "\u0301\u0316", "۱۷ هزار "]
)
def test_a_megabyte_is_read_in_time(piece: str) -> None:
    start = time.monotonic()
    parse_count(piece * (1_000_000 // len(piece)))
    assert time.monotonic() - start < 2
