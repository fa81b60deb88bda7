"""Scrapy's other commands leave output/ alone; a crawl from Python archives as the command does."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from khotoot_crawler.demo.server import SampleSite
from tests.crawling import Crawl, environment, few_articles

FROM_PYTHON = """
import sys
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.utils.project import get_project_settings
settings = get_project_settings()
settings.setdict({"KHOTOOT_OUTPUT": sys.argv[2], "DOWNLOAD_DELAY": 0}, priority="cmdline")
process = AsyncCrawlerProcess(settings)
process.crawl("khotoot", base_url=sys.argv[1])
process.start()
"""
# Every command is imported at each start of any: a third of a second, were it all they use.
OTHERS = """
import sys
from scrapy.cmdline import _get_commands_dict
from scrapy.utils.project import get_project_settings
found = _get_commands_dict(get_project_settings(), inproject=True)
assert {"coverage", "crawl", "demo", "extract", "pack", "reextract", "replay", "verify"} < {*found}
ours = ("archive", "folder", "jalali", "ledger", "parsers", "run", "spiders", "state")
print(*(name for name in ours if f"khotoot_crawler.{name}" in sys.modules))
"""


@pytest.fixture(scope="module")
def site() -> Iterator[SampleSite]:
    with SampleSite(few_articles(4, "33614")) as served:
        yield served


def run(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        cwd=cwd,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


PAGE = "{}/fa/news/33614"


@pytest.mark.parametrize(
    "words",
    [
        ["fetch", "--nolog", PAGE],
        ["parse", "--nolog", "--spider", "khotoot", PAGE],
        ["shell", "--nolog", "-c", "response.status", PAGE],
        ["check", "khotoot"],
        ["list"],
    ],
)
def test_other_commands_leave_the_folder_alone(
    site: SampleSite, tmp_path: Path, words: list[str]
) -> None:
    ended = run("-m", "scrapy", *(word.format(site.base_url) for word in words), cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert "Traceback" not in ended.stderr
    assert list(tmp_path.iterdir()) == []
    assert words[0] != "parse" or "'news_code': '33614'" in ended.stdout.replace('"', "'")


def test_a_command_does_not_import_what_others_use(tmp_path: Path) -> None:
    ended = run("-c", OTHERS, cwd=tmp_path)
    assert (ended.stdout, ended.stderr) == ("\n", "")


def test_a_crawl_started_from_python_archives_as_the_command_does(
    site: SampleSite, tmp_path: Path
) -> None:
    ended = run("-c", FROM_PYTHON, site.base_url, str(tmp_path / "output"), cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    crawled = Crawl(0, ended.stderr, tmp_path / "output")
    assert len(crawled.articles) == len(site.catalogue.latest())
    assert crawled.summary["exit_code"] == 0
    assert len(list((crawled.folder / "warc").glob("*.warc.gz"))) == 1
