"""The settings of a crawl: what they take, and the one line that refuses the rest."""

from __future__ import annotations

import re

import pytest
from scrapy.settings import Settings

from khotoot_crawler import settings as defaults
from khotoot_crawler.errors import UsageError
from khotoot_crawler.recheck import DAY
from khotoot_crawler.setting_checks import _NUMBERS, check_parts, check_settings
from khotoot_crawler.spiders.outfit import recheck_policy

_DEDUPE = "pipelines.dedupe.DedupePipeline"
NOW = 2_000_000_000_000
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
        ("USER_AGENT", "crawler\nX-Injected: 1"),
        ("ROBOTSTXT_OBEY", "maybe"),
        ("RETRY_TIMES", "often"),
        *((name, value) for name in NUMBERS for value in ("inf", "nan", "-1", "", "1e400", "ten")),
        ("KHOTOOT_LOG", "xml"),
        ("CLOSESPIDER_TIMEOUT", "1h"),
        ("CLOSESPIDER_ITEMCOUNT", "abc"),
        ("MEMUSAGE_LIMIT_MB", "x"),
        ("MEMUSAGE_ENABLED", "x"),
        ("STATS_DUMP", "x"),
        ("LOG_LEVEL", "FOO"),
        ("LOG_FILE", "/nowhere/crawl.log"),
        ("LOG_FILE", "/tmp"),
        ("DOWNLOAD_TLS_MIN_VERSION", "foo"),
        ("DOWNLOAD_VERIFY_CERTIFICATES", "maybe"),
        ("DOWNLOADER_CLIENT_TLS_CIPHERS", "foo"),
        ("SCHEDULER", ""),
        ("STATS_CLASS", "sys.nothing"),
        ("ASYNCIO_EVENT_LOOP", "x"),
        ("EXTENSIONS", '{"khotoot_crawler.run.Run": 0, "nowhere.Extension": 1}'),
        ("ITEM_PIPELINES", '{"pipelines.warc.WarcPipeline": "first"}'),
    ],
)
def test_a_wrong_setting_is_refused(name: str, value: str) -> None:
    settings = Settings()
    settings.setmodule(defaults)
    check_settings(settings)
    settings.set(name, value)
    with pytest.raises(UsageError, match=f"^-s {name}=.*: takes "):
        check_settings(settings)


@pytest.mark.parametrize(
    ("name", "value", "taken"),
    [
        ("ITEM_PIPELINES", "{}", "pipelines.warc.WarcPipeline as well"),
        ("ITEM_PIPELINES", "[]", "pipelines.warc.WarcPipeline as well"),
        ("ITEM_PIPELINES", {**defaults.ITEM_PIPELINES, _DEDUPE: None}, f"{_DEDUPE} as well"),
        ("EXTENSIONS", "{}", "khotoot_crawler.run.Run as well"),
        ("DOWNLOADER_MIDDLEWARES", "{}", "khotoot_crawler.robots_middleware"),
        ("DOWNLOAD_HANDLERS", "{}", "khotoot_crawler.capture.CaptureDownloadHandler for http"),
        (
            "DOWNLOAD_HANDLERS",
            {**defaults.DOWNLOAD_HANDLERS, "https": "scrapy.core.downloader.handlers.http.H"},
            "khotoot_crawler.capture.CaptureDownloadHandler for https",
        ),
        ("KHOTOOT_ARCHIVE", "0", "1 or true"),
    ],
)
def test_a_setting_that_leaves_out_what_a_crawl_needs(name: str, value: object, taken: str) -> None:
    settings = Settings()
    settings.setmodule(defaults)
    check_parts(settings)
    settings.set(name, value, priority="cmdline")
    check_settings(settings)
    with pytest.raises(UsageError, match=f"^-s {name}=.*: takes {re.escape(taken)}"):
        check_parts(settings)


def test_other_parts_beside_those_that_a_crawl_needs() -> None:
    settings = Settings()
    settings.setmodule(defaults)
    settings.set("ITEM_PIPELINES", {**defaults.ITEM_PIPELINES, "scrapy.Item": 5}, "cmdline")
    settings.set("EXTENSIONS", {"khotoot_crawler.run.Run": 0}, "cmdline")
    settings.set("STATS_CLASS", "scrapy.statscollectors.DummyStatsCollector", "cmdline")
    check_settings(settings)
    check_parts(settings)


def test_what_logging_knows_is_a_level() -> None:
    settings = Settings()
    settings.setmodule(defaults)
    settings.set("LOG_LEVEL", "WARN")
    check_settings(settings)


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
