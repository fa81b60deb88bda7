"""What ``reextract --diff`` shows of two texts."""

from __future__ import annotations

import pytest

from khotoot_crawler.differences import word_diff


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("", "آمد", "{+آمد+}"),
        ("یک دو سه", "یک سه", "یک [-دو -]سه"),
        ("یک دو", "یک دو سه", "یک دو{+ سه+}"),
        ("می\u200cشود", "می شود", "[-می\\u200cشود-]{+می شود+}"),
        ("یک\xa0دو", "یک دو", "یک[-\\xa0-]{+ +}دو"),
        ("یک\ndo", "یک do", "یک[-\\n-]{+ +}do"),
        ("\x1b[31m یک", "\x1b[31m دو", "\\x1b[31m [-یک-]{+دو+}"),
        ("ب " * 4000, "پ " * 4000, f"[-{'ب ' * 4000}-]{{+{'پ ' * 4000}+}}"),
    ],
)
def test_words_are_compared_one_by_one(old: str, new: str, shown: str) -> None:
    assert word_diff(old, new) == shown
