"""An archive of the sample site from two crawls, of which the second finds little changed."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from khotoot_crawler.demo.server import SampleSite
from tests.crawling import Crawl, crawl, few_articles
from tests.shared import copy_of

CODE = "33627"  # has a picture
TITLE = "بايگاني چوپان‌هاي ايلام"  # with Arabic ي and ك, and ZWNJ
OWN_NAME = "33601"  # its page names its picture by https://www.khootoot.ir
LEAD_PICTURE = "/files/fa/news/1402/11/22/33627_320.jpg"


@dataclass(frozen=True)
class Archive:
    """An output folder; ``served`` holds what the site answered at the addresses in ``lines``."""

    folder: Path
    base_url: str
    lines: dict[str, dict[str, Any]]  # the last of each article, by code
    served: dict[str, bytes]

    @property
    def index(self) -> list[tuple[str, str, dict[str, str]]]:
        """Return the index: key, timestamp and fields of each capture."""
        parts = [line.split(" ", 2) for line in self.index_text.splitlines()]
        return [(key, timestamp, json.loads(fields)) for key, timestamp, fields in parts]

    @property
    def index_text(self) -> str:
        return (self.folder / "index.cdxj").read_text()


def tool(name: str) -> Path:
    """Return a program that stands beside Python, or skip: ``make consumers`` brings them all."""
    path = Path(sys.executable).with_name(name)
    if not path.exists():
        pytest.skip(f"{name} is not installed here; `make consumers` runs this test")
    return path


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """Give the archive, the same to all modules: to be read, not changed."""
    made = copy_of("two-crawls", _crawl, tmp_path_factory)
    folder = made / "output"
    told = json.loads((made / "served.json").read_bytes())
    served = {url: text.encode("latin-1") for url, text in told["served"].items()}
    return Archive(folder, told["base_url"], Crawl(0, "", folder).articles, served)


def _crawl(made: Path) -> None:
    with SampleSite(few_articles(4, CODE, OWN_NAME)) as site:
        site.catalogue.edit(CODE, title=TITLE, text="اين بايگاني را كتابداران ساختند.")
        assert crawl(site.base_url, made / "output").code == 0
        site.catalogue.edit(CODE, text="اين بايگاني را كتابداران مي‌سازند.")
        found = crawl(site.base_url, made / "output", "-a", "recheck=all")
        assert found.code == 0
        urls = (line["fetched_url"] for line in found.articles.values())
        served = {url: _asked(url).decode("latin-1") for url in urls}  # any bytes
    told = {"base_url": site.base_url, "served": served}
    (made / "served.json").write_text(json.dumps(told))


def _asked(url: str) -> bytes:
    with urlopen(url) as answer:
        body: bytes = answer.read()
    return body
