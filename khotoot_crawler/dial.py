"""A socket to the first of a host's addresses that answers (RFC 8305, "happy eyeballs").

Not left to the event loop: uvloop tries one address after another, each for as long as the system
does, so that a host whose first address swallows what is sent to it could not be reached at all.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Iterable

EYEBALLS_SECONDS = 0.25  # then the next address is tried as well

Place = tuple[int, int, int, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]]
"""Family, kind and protocol of a socket, and the address that it connects to."""


async def places_of(host: str, port: int) -> list[Place]:
    """Return the addresses of a host; raises OSError and UnicodeError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, kind, protocol, address) for family, kind, protocol, _, address in found]


async def first_to_answer(
    places: Iterable[Place], local_address: tuple[str, int] | None = None
) -> socket.socket:
    """Return a socket that is connected; raises the OSError of the first place where none is."""
    waiting = deque(places)
    trying: set[asyncio.Task[socket.socket]] = set()
    errors: list[BaseException] = []
    try:
        while waiting or trying:
            if waiting:
                trying.add(asyncio.ensure_future(_connected(waiting.popleft(), local_address)))
            done, _ = await asyncio.wait(
                trying,
                timeout=EYEBALLS_SECONDS if waiting else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for attempt in done:
                trying.remove(attempt)
                if (error := attempt.exception()) is None:
                    return attempt.result()
                errors.append(error)
    finally:
        for attempt in trying:
            attempt.cancel()
            attempt.add_done_callback(_hang_up)
    raise errors[0] if errors else OSError("no address")


def _hang_up(attempt: asyncio.Task[socket.socket]) -> None:
    """Close what was connected all the same, when another address had answered already."""
    if not attempt.cancelled() and attempt.exception() is None:
        attempt.result().close()


async def _connected(place: Place, local_address: tuple[str, int] | None) -> socket.socket:
    family, kind, protocol, address = place
    connecting = socket.socket(family, kind, protocol)
    try:
        connecting.setblocking(False)
        if local_address is not None:
            connecting.bind(local_address)
        await asyncio.get_running_loop().sock_connect(connecting, address)
    except BaseException:
        connecting.close()
        raise
    return connecting
