"""The same work on many jobs, in as many processes as there are cores."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from typing import Self, TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")

_AHEAD = 3  # jobs handed out for each process: results do not pile up


class Workers:
    """Processes that live as long as the context; none where there is little to do."""

    def __init__(self, *, busy: bool) -> None:
        count = len(os.sched_getaffinity(0)) if busy else 1
        self._pool = ProcessPoolExecutor(count, initializer=_leave_interrupts) if count > 1 else None
        self._ahead = _AHEAD * count

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def each(self, work: Callable[[Job], Result], jobs: Iterable[Job]) -> Iterator[Result]:
        """Yield the result of each job, in their order; jobs are taken as they are needed."""
        if self._pool is None:
            yield from map(work, jobs)
            return
        pending: deque[Future[Result]] = deque()
        for job in jobs:
            pending.append(self._pool.submit(work, job))
            if len(pending) >= self._ahead:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()


def _leave_interrupts() -> None:
    """Leave Ctrl-C to the process that started this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
