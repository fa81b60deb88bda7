"""The delay between requests is never undercut."""

from __future__ import annotations

import asyncio
import random
from itertools import pairwise

from khotoot_crawler.pace import LONGEST_PAUSE, Pace


async def sent(pace: Pace, number: int, connecting: float = 0) -> list[float]:
    times: list[float] = []

    async def one() -> None:
        async with pace.turn():
            await asyncio.sleep(connecting)
            times.append(asyncio.get_running_loop().time())

    await asyncio.gather(*(one() for _ in range(number)))
    return times


def test_requests_at_once_go_a_delay_apart_and_jitter_only_adds() -> None:
    times = asyncio.run(sent(Pace(0.05, 0.5), 8))
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert min(gaps) >= 0.049
    assert max(gaps) < 0.2


def test_the_delay_counts_from_when_a_request_was_sent() -> None:
    """However long its connection took: the next one may find one that is open."""
    times = asyncio.run(sent(Pace(0.05, 0), 4, connecting=0.04))
    assert min(later - earlier for earlier, later in pairwise(times)) >= 0.089


def test_without_a_delay_nothing_waits() -> None:
    times = asyncio.run(sent(Pace(0, 0.5), 100))
    assert times[-1] - times[0] < 0.05


def test_the_delay_follows_the_site_and_does_not_run_away() -> None:
    """With one failure in five it stays near the floor, with one in two it grows."""
    for share, least, most in ((0.0, 1, 1), (0.2, 1, 3), (0.5, 10, 60)):
        pace, chance, delays = Pace(1, 0), random.Random(5), []
        for _ in range(2000):
            if chance.random() < share:
                pace.ill()
            else:
                pace.well(0.1)
            delays.append(pace.delay)
        assert least <= sum(delays) / len(delays) <= most
        assert min(delays) >= 1


def test_a_crawl_delay_holds_until_robots_txt_says_otherwise() -> None:
    pace = Pace(1, 0)
    for told, kept in ((10.0, 10), (1e9, 60), (0.5, 1), (float("inf"), 60), (0, 1), (-3, 1)):
        pace.keep_crawl_delay(told)
        assert pace.floor == kept
        assert pace.delay >= kept


def test_a_crawl_delay_counts_from_the_request_before_it_was_known() -> None:
    async def gap() -> float:
        pace = Pace(0, 0)
        [first] = await sent(pace, 1)
        pace.keep_crawl_delay(0.1)
        [second] = await sent(pace, 1)
        return second - first

    assert asyncio.run(gap()) >= 0.099


def test_no_pause_is_longer_than_an_hour() -> None:
    async def left() -> float:
        pace = Pace(0, 0)
        pace.pushed_back(10.0**9)
        pace.pushed_back(0)
        return pace._free_at - asyncio.get_running_loop().time()

    assert LONGEST_PAUSE - 1 < asyncio.run(left()) <= LONGEST_PAUSE
