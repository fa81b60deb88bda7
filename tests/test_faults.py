"""A crawl of a site with holes, traps and faults: whole, polite, and known to be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.crawling import Crawl, crawl
from tests.faulty_site import Fault, FaultySite
from tests.scrapy_command import Run, run

__all__ = ["run"]

DELAY = 0.004


@pytest.fixture(scope="module")
def site() -> Iterator[FaultySite]:
    """Serve 150 articles; the faults that cost a second are rare."""
    faults: tuple[Fault, ...] = ("busy", "error", "reset", "short") * 12 + (
        "hang",
        "retry_after",
        "busy_for",
    )
    with FaultySite(150, faults=faults, tags=12) as served:
        yield served


@pytest.fixture(scope="module")
def crawled(site: FaultySite, tmp_path_factory: pytest.TempPathFactory) -> Crawl:
    return crawl(
        site.base_url,
        tmp_path_factory.mktemp("faults") / "output",
        *("-s", f"DOWNLOAD_DELAY={DELAY}", "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=2"),
        *("-s", "DOWNLOAD_TIMEOUT=0.5", "-s", "KHOTOOT_PATIENCE_BACKOFF=0.01"),
    )


def test_one_run_archives_every_live_article(site: FaultySite, crawled: Crawl) -> None:
    assert crawled.code == 0, crawled.log
    assert set(crawled.articles) == set(map(str, site.live))
    assert len(crawled.lines("articles.jsonl")) == 150
    faults = sum(visit.fault is not None for visit in site.visits)
    assert faults > len(site.visits) / 8


def test_it_never_asks_faster_than_allowed(site: FaultySite, crawled: Crawl) -> None:
    assert crawled.code == 0
    assert site.shortest_interval(over=10) > DELAY * 0.8  # two processes hardly agree on one
    assert site.impatient(0.05) == []
    assert site.most_at_once <= 2


def test_it_is_led_astray_by_no_trap(site: FaultySite, crawled: Crawl) -> None:
    assert crawled.code == 0
    asked = {visit.path for visit in site.visits}
    for path in ("/fa/login", "/fa/search", "/fa/print", "/fa/send", "/fa/services/1?"):
        assert not any(visited.startswith(path) for visited in asked)
    assert sum("/services/" in path for path in asked) < 15
    assert sum("/archive" in path for path in asked) < 6


def test_coverage_tells_the_holes_exactly(site: FaultySite, crawled: Crawl, run: Run) -> None:
    told = run("coverage", crawled.folder, "--json")
    found: dict[str, Any] = json.loads(told.out)
    assert told.code == 3
    assert found["gaps"] == site.gaps
    assert (found["archived"], found["missing"]) == (150, len(site.dead))
    assert found["never_asked"] == len(site.holes)
    assert found["failed"] == found["gone"] == 0


def test_what_is_in_the_gaps_can_be_asked_for(site: FaultySite, crawled: Crawl, run: Run) -> None:
    site.visits.clear()
    more = ("-a", "codes=gaps", "-s", "DOWNLOAD_TIMEOUT=0.5", "-s", "KHOTOOT_PATIENCE_BACKOFF=0.01")
    ended = crawl(site.base_url, crawled.folder, *more)
    assert ended.code == 0, ended.log
    asked = {int(path.split("/")[3]) for visit in site.visits if "/news/" in (path := visit.path)}
    assert asked == set(site.holes)
    assert run("coverage", crawled.folder).code == 0
