"""A host of several addresses is reached by the one that answers."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
import uvloop

from khotoot_crawler.dial import EYEBALLS_SECONDS, Place, first_to_answer, places_of

LOOPS: list[Callable[..., Any]] = [asyncio.run, uvloop.run]
each_loop = pytest.mark.parametrize("run", LOOPS, ids=["asyncio", "uvloop"])


def place(listener: socket.socket) -> Place:
    return (socket.AF_INET, socket.SOCK_STREAM, 0, listener.getsockname())


@contextmanager
def alive() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@contextmanager
def swallowing() -> Iterator[socket.socket]:
    """Listen where nothing more is let in, nor refused: the queue is full."""
    with ExitStack() as kept:
        listener = kept.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):
            client = kept.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        yield listener


def closed() -> Place:
    with alive() as listener:
        return place(listener)


async def reached(places: list[Place], local_address: tuple[str, int] | None = None) -> Any:
    with await first_to_answer(places, local_address) as connected:
        return connected.getpeername()


@each_loop
def test_an_address_that_swallows_everything_holds_up_no_other(run: Callable[..., Any]) -> None:
    with swallowing() as dead, alive() as listener:
        started = time.monotonic()
        assert run(reached([place(dead), place(listener)])) == listener.getsockname()
    assert EYEBALLS_SECONDS <= time.monotonic() - started < 5


@each_loop
def test_an_address_that_refuses_is_passed_over_at_once(run: Callable[..., Any]) -> None:
    with alive() as listener:
        started = time.monotonic()
        assert run(reached([closed(), place(listener)])) == listener.getsockname()
    assert time.monotonic() - started < EYEBALLS_SECONDS


@each_loop
def test_the_first_address_is_the_one_that_is_asked(run: Callable[..., Any]) -> None:
    with alive() as first, alive() as second:
        assert run(reached([place(first), place(second)])) == first.getsockname()
        second.setblocking(False)
        with pytest.raises(BlockingIOError):
            second.accept()


@each_loop
def test_where_no_address_answers_the_first_says_why(run: Callable[..., Any]) -> None:
    broadcast: Place = (socket.AF_INET, socket.SOCK_STREAM, 0, ("255.255.255.255", 9))
    with pytest.raises(ConnectionRefusedError):
        run(reached([closed(), broadcast]))


@each_loop
def test_all_that_was_tried_is_hung_up(run: Callable[..., Any]) -> None:
    """A socket left open would warn, and a warning is an error."""

    async def given_up(dead: Place) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2 * EYEBALLS_SECONDS):
                await first_to_answer([dead, dead, dead])
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    with swallowing() as dead:
        run(given_up(place(dead)))


@each_loop
def test_a_host_by_name_from_an_address_of_ours(run: Callable[..., Any]) -> None:
    async def named(port: int) -> Any:
        return await reached(await places_of("localhost", port), ("127.0.0.1", 0))

    with alive() as listener:
        assert run(named(listener.getsockname()[1])) == listener.getsockname()
