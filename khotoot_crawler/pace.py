"""How fast a site is asked: one clock for all connections, where requests are sent."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable


class Pace:
    """Lets a request go ``delay`` seconds after the one before, and up to ``jitter`` of that later.

    Jitter only adds, so that the delay is a promise.
    """

    def __init__(
        self, delay: float, jitter: float, *, chance: Callable[[], float] = random.random
    ) -> None:
        self.delay = delay
        self._jitter = jitter
        self._chance = chance
        self._free_at = 0.0

    async def turn(self) -> None:
        """Wait for this request's turn."""
        if not self.delay:
            return
        now = asyncio.get_running_loop().time()
        at = max(now, self._free_at)
        self._free_at = at + self.delay * (1 + self._jitter * self._chance())
        if at > now:
            await asyncio.sleep(at - now)
