"""Where a field ends and the next one begins: a value is never taken from its neighbour."""

from __future__ import annotations

import pytest

from tests.test_other_orders import BODY, CODE, HEADLINE, read


@pytest.mark.parametrize(
    "bar",
    [
        "<div>تعداد بازدید:</div><div>زمان مطالعه: ۳ دقیقه</div>",
        "<div>تعداد بازدید:</div><div>۳ دقیقه مطالعه</div>",
        "<div>تعداد بازدید:</div><div><b>۵</b> نظر</div>",
        "<span>بازدید:</span> <b></b> <span>لایک: ۲</span>",
        "<ul><li>بازدید: <li>۲ پسندیدم</ul>",
        "<div>بازدید: امتیاز: ۴</div>",
    ],
)
def test_a_label_of_visits_without_a_value_takes_none(bar: str) -> None:
    assert read(f"<div>{bar}</div>{CODE}{HEADLINE}{BODY}").view_count is None


@pytest.mark.parametrize(
    "bar",
    [
        "<div>تعداد بازدید:</div><div>۲۸۴۱</div><div>۳ نظر</div>",
        "<table><tr><td>بازدید</td><td>:</td><td>۲۸۴۱ بار</td></tr></table>",
        "<span>بازدید:</span> <b>۲۸۴۱</b> <b>نظرات: ۳</b>",
        "<dl><dt>بازدید:<dd>۲۸۴۱ نفر</dl>",
    ],
)
def test_a_count_of_visits_beside_its_label(bar: str) -> None:
    assert read(f"<div>{bar}</div>{CODE}{HEADLINE}{BODY}").view_count == 2841
