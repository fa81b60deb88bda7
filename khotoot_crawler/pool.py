"""Connections that are kept alive between requests, and how they are made."""

from __future__ import annotations

import asyncio
import ssl
from collections import defaultdict

from khotoot_crawler.archive.answer import Answer
from khotoot_crawler.dial import first_to_answer, places_of
from khotoot_crawler.wire import Connection, NoAnswerError, Route

CONNECT_SECONDS = 30.0
IDLE_SECONDS = 30.0  # servers and firewalls forget idle connections, some without a word
TLS_CLOSE_SECONDS = 3.0


class ConnectionPool:
    """The connections of one download handler; at most ``max_idle`` wait for another request."""

    def __init__(self, tls: ssl.SSLContext, max_idle: int) -> None:
        self._tls = tls
        self._max_idle = max_idle
        self._idle: defaultdict[Route, list[Connection]] = defaultdict(list)
        self._open: set[Connection] = set()

    def reuse(self, route: Route) -> Connection | None:
        """Return a connection that waits, the freshest first."""
        waiting = self._idle[route]
        oldest = asyncio.get_running_loop().time() - IDLE_SECONDS
        while waiting:
            connection = waiting.pop()
            if connection.transport.is_closing():
                continue
            if connection.idle_since >= oldest:
                return connection
            connection.transport.close()
        return None

    def release(self, connection: Connection) -> None:
        """Take a connection back after an exchange."""
        if connection.transport.is_closing():
            return
        waiting = [idle for group in self._idle.values() for idle in group]
        if len(waiting) >= self._max_idle:
            oldest = min(waiting, key=lambda idle: idle.idle_since)
            self._idle[oldest.route].remove(oldest)
            oldest.transport.close()
        connection.idle_since = asyncio.get_running_loop().time()
        self._idle[connection.route].append(connection)

    async def connect(self, route: Route, deadline: float) -> Connection:
        """Open a connection.

        Raises OSError, TimeoutError, ssl.SSLError, UnicodeError or, when a proxy would not do it,
        NoAnswerError or NotHttpError.
        """
        loop = asyncio.get_running_loop()
        seconds = min(deadline - loop.time(), CONNECT_SECONDS)
        try:
            async with asyncio.timeout(seconds):
                return await self._connect(route, loop.time() + seconds)
        except TimeoutError as error:
            raise TimeoutError(f"no connection within {seconds:.1f} seconds") from error

    async def _connect(self, route: Route, deadline: float) -> Connection:
        if route.proxy is None:
            return await self._dial(route, route.host, route.port, route.scheme)
        connection = await self._dial(route, route.proxy.host, route.proxy.port, "http")
        if route.scheme == "https":
            try:
                await self._tunnel(connection, deadline)
            except BaseException:
                connection.transport.abort()
                raise
        return connection

    async def _dial(self, route: Route, host: str, port: int, scheme: str) -> Connection:
        encrypted = scheme == "https"
        connected = await first_to_answer(await places_of(host, port), route.local_address)
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: Connection(route),
            sock=connected,
            ssl=self._tls if encrypted else None,
            server_hostname=host.rstrip(".") if encrypted else None,
            ssl_shutdown_timeout=TLS_CLOSE_SECONDS if encrypted else None,
        )
        self._open.add(connection)
        connection.closed.add_done_callback(lambda _: self._open.discard(connection))
        return connection

    async def _tunnel(self, connection: Connection, deadline: float) -> None:
        """Have the proxy connect us to the server, then speak TLS with the server."""
        route = connection.route
        host = f"[{route.host}]" if ":" in route.host else route.host
        authority = f"{host}:{route.port}"
        lines = [f"CONNECT {authority} HTTP/1.1".encode(), f"Host: {authority}".encode()]
        if route.proxy is not None and route.proxy.authorization is not None:
            lines.append(b"Proxy-Authorization: " + route.proxy.authorization)
        answer = Answer("CONNECT")
        await connection.exchange(b"\r\n".join(lines) + b"\r\n\r\n", answer, deadline)
        if answer.parsed is None or not 200 <= answer.parsed.status < 300:
            status = answer.parsed.status if answer.parsed else "nothing"
            raise NoAnswerError(f"the proxy answered {status} to CONNECT")
        transport = await asyncio.get_running_loop().start_tls(
            connection.transport,
            connection,
            self._tls,
            server_hostname=route.host.rstrip("."),
            ssl_shutdown_timeout=TLS_CLOSE_SECONDS,
        )
        assert transport is not None
        connection.transport = transport
        connection.note_tls()

    async def close(self) -> None:
        """Close every connection and wait until all are closed."""
        closing = [connection.closed for connection in self._open]
        for connection in list(self._open):
            connection.transport.abort()
        if closing:
            await asyncio.wait(closing, timeout=TLS_CLOSE_SECONDS)
