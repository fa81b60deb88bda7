"""HTTP/1.x connections over asyncio: every byte passes through here.

An ``asyncio.Protocol`` is fed by the transport itself: nothing stands between it and the wire, with
asyncio's own event loop as with uvloop, with Twisted's asyncio reactor as without Twisted.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import NamedTuple, cast

from khotoot_crawler.archive.answer import Answer
from khotoot_crawler.archive.exchange import Truncation
from khotoot_crawler.archive.http1 import NotHttpError


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
        self.idle_since = 0.0
        loop = asyncio.get_running_loop()
        self.closed: asyncio.Future[None] = loop.create_future()
        self._loop = loop
        self._head_at = 0.0
        self._answer: Answer | None = None
        self._done: asyncio.Future[None] = loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note who answers."""
        self.transport = cast(asyncio.Transport, transport)
        address = transport.get_extra_info("peername")  # None: it has hung up already
        self.peer = str(address[0]).partition("%")[0] if address else ""
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
        self._head_at = 0.0
        self.started_at = datetime.now(UTC)
        sent_at = self._loop.time()
        timer = self._loop.call_at(deadline, self._expire)
        self.transport.write(request)
        try:
            await self._done
        finally:
            timer.cancel()
            self._answer = None
            self.latency = (self._head_at or self._loop.time()) - sent_at
            self._hang_up_unless_reusable(answer)

    def _hang_up_unless_reusable(self, answer: Answer) -> None:
        unsent = self.transport.get_write_buffer_size()  # answered before it had been asked
        if unsent or answer.truncated or not answer.complete:
            self.transport.abort()
        elif not answer.keep_alive:
            self.transport.close()

    def _expire(self) -> None:
        self._end("time", TimeoutError())

    def _end(self, reason: Truncation | None, error: Exception) -> None:
        """Let the answer stand as far as it came; the error is for an answer without a head."""
        if (answer := self._answer) is not None:
            answer.end(reason)
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
        if not self._head_at and answer.head is not None:
            self._head_at = self._loop.time()
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
