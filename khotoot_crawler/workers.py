"""Work spread over processes, its results in the order of the tasks."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from khotoot_crawler.errors import KhotootError

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")
_AHEAD = 4  # tasks under way or waiting for each process: enough that none is ever idle


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))


def in_order(
    work: Callable[[_Task], _Result], tasks: Iterable[_Task], jobs: int
) -> Generator[_Result, None, None]:
    """Yield the result of each task in turn; no more are taken than the processes need.

    With one job all is done in this process. Raises what ``work`` raises, and KhotootError where
    a process was killed.
    """
    if jobs == 1:
        yield from map(work, tasks)
        return
    pool = ProcessPoolExecutor(jobs, initializer=_begin)
    waiting: deque[Future[_Result]] = deque()
    try:
        for task in tasks:
            waiting.append(pool.submit(work, task))
            if len(waiting) > _AHEAD * jobs:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool as error:
        raise KhotootError("a worker process was killed; try fewer --jobs") from error
    finally:
        pool.shutdown(cancel_futures=True)


def _begin() -> None:
    """Leave signals to the parent, and end when it does, however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
