"""What of Scrapy a crawl is made of."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from scrapy.http import Request, Response
from scrapy.settings import default_settings
from scrapy.spiders import Spider
from scrapy.utils.test import get_crawler

from khotoot_crawler import settings
from khotoot_crawler.logs import LineFormatter

_PAGE = "http://127.0.0.1/"


@pytest.mark.parametrize("name", ["EXTENSIONS_BASE", "DOWNLOADER_MIDDLEWARES_BASE"])
def test_components_are_scrapys_own_at_their_places(name: str) -> None:
    ours, theirs = getattr(settings, name), getattr(default_settings, name)
    assert ours.items() <= theirs.items()


def test_a_crawl_imports_nothing_for_components_it_does_without(tmp_path: Path) -> None:
    unused = {"aiohttp", "tldextract", "khotoot_crawler.verification", "khotoot_crawler.demo"}
    code = (
        "import sys; from scrapy import cmdline\n"
        "try: cmdline.execute(['scrapy', 'crawl', 'khotoot', '-a', 'codes=5',"
        " '-a', 'base_url=http://127.0.0.1:1', '-s', 'RETRY_TIMES=0',"
        f" '-s', 'KHOTOOT_OUTPUT={tmp_path}'])\n"
        "except SystemExit: pass\n"
        f"print(sorted({unused!r} & set(sys.modules)), 'scrapy.core.engine' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.stdout.splitlines()[-1] == "[] True", run.stderr


@pytest.mark.parametrize(("level", "is_told"), [("INFO", False), ("DEBUG", True)])
def test_a_page_is_made_into_a_log_record_only_where_it_is_read(level: str, is_told: bool) -> None:
    formatter = LineFormatter.from_crawler(get_crawler(settings_dict={"LOG_LEVEL": level}))
    told = formatter.crawled(Request(_PAGE), Response(_PAGE), Spider("any"))
    assert (told is not None) is is_told
    assert (formatter.scraped({}, Response(_PAGE), Spider("any")) is not None) is is_told
