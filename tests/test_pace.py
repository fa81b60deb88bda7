"""The delay between requests is never undercut."""

from __future__ import annotations

import asyncio
from itertools import pairwise

from khotoot_crawler.pace import Pace


async def sent(pace: Pace, number: int) -> list[float]:
    times: list[float] = []

    async def one() -> None:
        await pace.turn()
        times.append(asyncio.get_running_loop().time())

    await asyncio.gather(*(one() for _ in range(number)))
    return times


def test_requests_at_once_go_a_delay_apart_and_jitter_only_adds() -> None:
    times = asyncio.run(sent(Pace(0.05, 0.5), 8))
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert min(gaps) >= 0.049
    assert max(gaps) < 0.2


def test_without_a_delay_nothing_waits() -> None:
    times = asyncio.run(sent(Pace(0, 0.5), 100))
    assert times[-1] - times[0] < 0.05
