"""HTTP/1.x connections over asyncio, kept alive in a pool; every byte passes through here.

An ``asyncio.Protocol`` is fed by the transport itself: nothing stands between it and the wire, with
asyncio's own event loop as with uvloop, with Twisted's asyncio reactor as without Twisted.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import defaultdict
from datetime import UTC, datetime
from typing import NamedTuple, cast

from khotoot_crawler.archive.answer import Answer
from khotoot_crawler.archive.http1 import NotHttpError

CONNECT_SECONDS = 30.0
IDLE_SECONDS = 30.0  # servers and firewalls forget idle connections, some without a word
TLS_CLOSE_SECONDS = 3.0


class NoAnswerError(ConnectionError):
    """The connection ended before the header block of an answer was there."""


class Proxy(NamedTuple):
    """A proxy without TLS of its own; ``authorization`` is the Proxy-Authorization value."""

    host: str
    port: int
    authorization: bytes | None = None


class Route(NamedTuple):
    """Where a request goes: requests of equal routes may share a connection."""

    scheme: str
    host: str
    port: int
    proxy: Proxy | None = None
    local_address: tuple[str, int] | None = None


class Connection(asyncio.Protocol):
    """One connection; carries one exchange at a time."""

    def __init__(self, route: Route) -> None:
        self.route = route
        self.transport: asyncio.Transport
        self.peer = ""
        self.certificate: bytes | None = None
        self.started_at = datetime.now(UTC)
        self.latency = 0.0
        self.carried = 0  # exchanges so far
        self.idle_since = 0.0
        loop = asyncio.get_running_loop()
        self.closed: asyncio.Future[None] = loop.create_future()
        self._loop = loop
        self._answer: Answer | None = None
        self._done: asyncio.Future[None] = loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note who answers."""
        self.transport = cast(asyncio.Transport, transport)
        self.peer = str(transport.get_extra_info("peername")[0]).partition("%")[0]
        self.note_tls()

    def note_tls(self) -> None:
        """Note the certificate, once the connection is encrypted."""
        encrypted = self.transport.get_extra_info("ssl_object")
        self.certificate = encrypted.getpeercert(binary_form=True) if encrypted else None

    async def exchange(self, request: bytes, answer: Answer, deadline: float) -> None:
        """Send a request; return when its answer has ended, be it whole or cut.

        ``deadline`` is a time of the event loop. Raises NoAnswerError, TimeoutError or
        NotHttpError where there is no answer to speak of.
        """
        if self.transport.is_closing():
            raise NoAnswerError("the server has closed the connection")
        self._answer = answer
        self._done = self._loop.create_future()
        self.started_at = datetime.now(UTC)
        sent = self._loop.time()
        self.latency = 0.0
        timer = self._loop.call_at(deadline, self._expire)
        self.transport.write(request)
        try:
            await self._done
        finally:
            timer.cancel()
            self._answer = None
            self.carried += 1
            self.latency = (self.latency or self._loop.time()) - sent
            if not self._may_carry_on(answer):
                self._hang_up(answer)

    def _may_carry_on(self, answer: Answer) -> bool:
        unsent = self.transport.get_write_buffer_size()  # answered before it had been asked
        return answer.keep_alive and not unsent and not self.transport.is_closing()

    def _hang_up(self, answer: Answer) -> None:
        if answer.complete and not answer.truncated:
            self.transport.close()
        else:
            self.transport.abort()

    def _expire(self) -> None:
        self._end("time", TimeoutError())

    def _end(self, reason: str | None, error: Exception) -> None:
        """Let the answer stand as far as it came; the error is for an answer without a head."""
        if (answer := self._answer) is not None:
            answer.end("time" if reason == "time" else "disconnect" if reason else None)
            self._settle(None if answer.head is not None else error)

    def _settle(self, error: Exception | None = None) -> None:
        self._answer = None
        if self._done.done():
            return
        if error is None:
            self._done.set_result(None)
        else:
            self._done.set_exception(error)

    def data_received(self, data: bytes) -> None:
        """Feed the answer; bytes that nobody asked for end the connection."""
        answer = self._answer
        if answer is None:
            self.transport.abort()
            return
        try:
            complete = answer.feed(data)
        except NotHttpError as error:
            self._settle(error)
            return
        if not self.latency and answer.head is not None:
            self.latency = self._loop.time()
        if complete:
            self._settle()

    def eof_received(self) -> None:
        """End the answer in good order; the transport then closes by itself."""
        self._end(None, NoAnswerError("the server closed the connection without an answer"))

    def connection_lost(self, exc: Exception | None) -> None:
        """End the answer where it is."""
        self._end("disconnect" if exc else None, NoAnswerError(str(exc or "connection lost")))
        if not self.closed.done():
            self.closed.set_result(None)


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
        """Open a connection; raises OSError, TimeoutError, ssl.SSLError, UnicodeError or, from a
        proxy, NoAnswerError and NotHttpError.
        """
        soonest = min(deadline, asyncio.get_running_loop().time() + CONNECT_SECONDS)
        async with asyncio.timeout_at(soonest):
            if route.proxy is None:
                connection = await self._dial(route, route.host, route.port, route.scheme)
            else:
                connection = await self._dial(route, route.proxy.host, route.proxy.port, "http")
                if route.scheme == "https":
                    await self._tunnel(connection, soonest)
        return connection

    async def _dial(self, route: Route, host: str, port: int, scheme: str) -> Connection:
        loop = asyncio.get_running_loop()
        encrypted = scheme == "https"
        _, connection = await loop.create_connection(
            lambda: Connection(route),
            host,
            port,
            local_addr=route.local_address,
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
        authority = (
            f"[{route.host}]:{route.port}" if ":" in route.host else f"{route.host}:{route.port}"
        )
        lines = [f"CONNECT {authority} HTTP/1.1".encode(), f"Host: {authority}".encode()]
        if route.proxy is not None and route.proxy.authorization is not None:
            lines.append(b"Proxy-Authorization: " + route.proxy.authorization)
        answer = Answer("CONNECT")
        await connection.exchange(b"\r\n".join(lines) + b"\r\n\r\n", answer, deadline)
        if answer.parsed is None or not 200 <= answer.parsed.status < 300:
            connection.transport.abort()
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
        for connection in list(self._open):
            connection.transport.abort()
        await asyncio.gather(*(connection.closed for connection in list(self._open)))
