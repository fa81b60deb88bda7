"""The crawl's arguments: what they take, and the one line that refuses the rest."""

from __future__ import annotations

from datetime import date

import pytest
from scrapy.settings import Settings

from khotoot_crawler import settings as defaults
from khotoot_crawler.arguments import (
    _NUMBERS,
    CrawlArguments,
    check_settings,
    parse_arguments,
)
from khotoot_crawler.errors import UsageError
from khotoot_crawler.recheck import DAY, HOUR
from khotoot_crawler.spiders.khotoot import KhotootSpider
from khotoot_crawler.spiders.outfit import recheck_policy

NOW = 2_000_000_000_000


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
    ],
)
def test_a_wrong_argument_is_refused_in_one_line_that_names_it(given: dict[str, str]) -> None:
    with pytest.raises(UsageError) as caught:
        parse_arguments(given)
    assert str(caught.value).startswith(f"-a {next(iter(given))}")
    assert "\n" not in str(caught.value)


NUMBERS = [
    name
    for name, value in vars(defaults).items()
    if name.startswith("KHOTOOT_") and type(value) in (int, float)
]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DOWNLOAD_DELAY", "fast"),
        ("DOWNLOAD_DELAY", "-1"),
        ("KHOTOOT_MIN_FREE", "1.5"),
        ("KHOTOOT_OUTPUT", ""),
        ("KHOTOOT_CONTACT", "a@b.example\nX-Injected: 1"),
        ("ROBOTSTXT_OBEY", "maybe"),
        ("RETRY_TIMES", "often"),
        *((name, value) for name in NUMBERS for value in ("inf", "nan", "-1", "", "1e400", "ten")),
        ("KHOTOOT_LOG", "xml"),
    ],
)
def test_a_wrong_setting_is_refused(name: str, value: str) -> None:
    settings = {key: value for key, value in vars(defaults).items() if key.isupper()}
    settings["LOGSTATS_INTERVAL"] = 60
    check_settings(settings)
    with pytest.raises(UsageError, match=f"^-s {name}=.*: takes "):
        check_settings({**settings, name: value})


def test_the_largest_settings_are_within_what_state_can_hold() -> None:
    settings = Settings()
    settings.setmodule(defaults)
    for name in NUMBERS:
        if name.startswith("KHOTOOT_RECHECK"):
            settings.set(name, _NUMBERS[name][2])
    check_settings(settings)
    policy = recheck_policy(settings)
    for age in (0, 10**6 * DAY, 10**9 * DAY):
        assert policy.next_due(NOW, NOW - age) < 2**63
