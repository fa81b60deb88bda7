"""The crawl's arguments: what they take, and the one line that refuses the rest."""

from __future__ import annotations

from datetime import date

import pytest

from khotoot_crawler.arguments import CrawlArguments, parse_arguments
from khotoot_crawler.errors import UsageError
from khotoot_crawler.recheck import DAY, HOUR
from khotoot_crawler.spiders.khotoot import KhotootSpider


def test_nothing_given_means_all_that_is_new_or_due() -> None:
    assert parse_arguments({}) == CrawlArguments(recheck=True)


def test_what_scrapyd_adds_is_passed_over() -> None:
    assert parse_arguments({"_job": "6487ec79", "codes": "7"}).codes == ((7, 7),)
    assert KhotootSpider(_job="6487ec79", codes="7").given == {"codes": "7"}


def test_each_argument_is_read() -> None:
    given = {"base_url": "http://127.0.0.1:8000/", "codes": "33600-33700, 33714"}
    args = parse_arguments(given)
    assert args.base_url == "http://127.0.0.1:8000"
    assert args.codes == ((33600, 33700), (33714, 33714))
    assert parse_arguments({"codes": "gaps"}).gaps


def test_a_program_gives_arguments_as_it_likes() -> None:
    given = {"codes": 33600, "since": None, "base_url": None}
    assert parse_arguments(given).codes == ((33600, 33600),)
    assert KhotootSpider(codes=33600, since=None).given == {"codes": "33600"}
    assert parse_arguments({"since": date(2023, 7, 23)}).since == date(2023, 7, 23)


def test_days_are_jalali_or_gregorian() -> None:
    jalali = parse_arguments({"since": "1402-05-01", "until": "1402/05/31"})
    gregorian = parse_arguments({"since": "2023-07-23", "until": "2023-08-22"})
    assert (jalali.since, jalali.until) == (date(2023, 7, 23), date(2023, 8, 22))
    assert (gregorian.since, gregorian.until) == (jalali.since, jalali.until)


@pytest.mark.parametrize(
    ("text", "recheck", "after"),
    [
        ("due", True, None),
        ("none", False, None),
        ("all", True, 0),
        ("7d", True, 7 * DAY),
        ("2h", True, 2 * HOUR),
    ],
)
def test_recheck(text: str, recheck: bool, after: int | None) -> None:
    args = parse_arguments({"recheck": text})
    assert (args.recheck, args.recheck_after) == (recheck, after)


@pytest.mark.parametrize(
    "given",
    [
        {"base_url": "127.0.0.1:8000"},
        {"base_url": "ftp://127.0.0.1"},
        {"base_url": "http://127.0.0.1:8000/fa"},
        {"base_url": "http://127.0.0.1:99999"},
        {"base_url": "http://[::1"},
        {"base_url": "http://a b"},
        {"base_url": "http://a\\b"},
        {"since": "yesterday"},
        {"until": "1402-07-31"},
        {"since": "1402-05-02", "until": "1402-05-01"},
        {"codes": "a"},
        {"codes": "5-3"},
        {"codes": ""},
        {"codes": "1-"},
        {"recheck": "often"},
        {"recheck": "-1d"},
        {"speed": "high"},
        {"until": "9999-12-31"},
        {"codes": "5", "since": "1402-05-01"},
    ],
)
def test_a_wrong_argument_is_refused_in_one_line_that_names_it(given: dict[str, str]) -> None:
    with pytest.raises(UsageError) as caught:
        parse_arguments(given)
    assert str(caught.value).startswith(f"-a {next(iter(given))}")
    assert "\n" not in str(caught.value)
