"""Download handler that keeps each HTTP exchange byte for byte.

Scrapy's own handlers re-case and reorder headers and drop the reason phrase, so this one frames
HTTP/1.1 itself (``archive/http1.py``) on the documented ``BaseDownloadHandler`` interface.

Before a response is returned, or an error raised for an answer that was cut short, the exchange is
handed over by the signal ``exchange_captured`` (arguments: ``exchange``, ``request``). Whatever a
receiver raises is raised as the download's own error: a page that could not be archived never
reaches a parser. An answer that never came, or is no HTTP, is no exchange.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    NotConfigured,
    ResponseDataLossError,
)
from scrapy.http import Headers
from scrapy.responsetypes import responsetypes
from scrapy.utils.asyncio import is_asyncio_available
from twisted.python.failure import Failure

from khotoot_crawler.archive.answer import Answer
from khotoot_crawler.archive.exchange import Exchange, exchange_captured
from khotoot_crawler.archive.http1 import NotHttpError
from khotoot_crawler.errors import KhotootError
from khotoot_crawler.outgoing import request_bytes, route_of
from khotoot_crawler.pool import ConnectionPool
from khotoot_crawler.tls import tls_context
from khotoot_crawler.wire import Connection, NoAnswerError, Route

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})  # RFC 9110, 9.2.2


class CaptureDownloadHandler(BaseDownloadHandler):
    """Fetch over HTTP/1.1 and hand each exchange over; one instance for http, one for https."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        if not is_asyncio_available():
            raise NotConfigured("capture needs asyncio: leave TWISTED_REACTOR as it is")
        settings = crawler.settings
        self._max_size = settings.getint("DOWNLOAD_MAXSIZE")
        self._timeout = settings.getfloat("DOWNLOAD_TIMEOUT")
        self._fail_on_dataloss = settings.getbool("DOWNLOAD_FAIL_ON_DATALOSS")
        self._bind_address = settings.get("DOWNLOAD_BIND_ADDRESS")
        max_idle = settings.getint("CONCURRENT_REQUESTS") or 100
        self._pool = ConnectionPool(tls_context(settings), max_idle)

    async def download_request(self, request: Request) -> Response:
        """Fetch one request, when it is its turn."""
        route = route_of(request, self._bind_address)
        message = request_bytes(request, route)
        timeout = float(request.meta.get("download_timeout") or self._timeout)
        answer = Answer(request.method, request.meta.get("download_maxsize", self._max_size))
        with scrapy_errors(request.url, timeout):
            connection = await self._exchange(request, route, message, answer, timeout)
        request.meta["download_latency"] = connection.latency
        self._pool.release(connection)
        if route.proxy is not None:  # its password is not for the archive
            message = request_bytes(request, route, for_archive=True)
        self._hand_over(request, message, connection, answer)
        return self._response(request, connection, answer)

    async def close(self) -> None:
        """Close the connections."""
        await self._pool.close()

    async def _exchange(
        self, request: Request, route: Route, message: bytes, answer: Answer, timeout: float
    ) -> Connection:
        """Send the request when it is its turn; return the connection that has answered it."""
        async with self._turn(request):
            deadline = asyncio.get_running_loop().time() + timeout
            kept = self._pool.reuse(route)
            connection = kept or await self._pool.connect(route, deadline)
        try:
            await connection.exchange(message, answer, deadline)
        except NoAnswerError:  # the server may have closed what was kept just as we sent
            if kept is None or answer.begun or request.method not in _REPEATABLE:
                raise
        else:
            return connection
        async with self._turn(request):
            deadline = asyncio.get_running_loop().time() + timeout
            connection = await self._pool.connect(route, deadline)
        await connection.exchange(message, answer, deadline)
        return connection

    def _turn(self, request: Request) -> AbstractAsyncContextManager[None]:
        """Wait until the request may be sent; where no pace is set, at once."""
        pace = getattr(self.crawler.spider, "pace", None)
        is_probe = bool(request.meta.get("is_probe"))
        return nullcontext() if pace is None else pace.turn(is_probe=is_probe)

    def _hand_over(
        self, request: Request, message: bytes, connection: Connection, answer: Answer
    ) -> None:
        assert answer.head is not None
        exchange = Exchange(
            url=request.url,
            started_at=connection.started_at,
            ip_address=connection.peer,
            request=message,
            head=answer.head,
            body=answer.body,
            truncated=answer.truncated,
        )
        if self.crawler.stats is not None:
            self.crawler.stats.inc_value("capture/exchanges")
        results = self.crawler.signals.send_catch_log(
            exchange_captured,
            exchange=exchange,
            request=request,
            dont_log=(OSError, KhotootError),  # raised below, and told where they are caught
        )
        for _, result in results:
            if isinstance(result, Failure):
                result.raiseException()

    def _response(self, request: Request, connection: Connection, answer: Answer) -> Response:
        """Return the response, or raise what Scrapy expects of one that was cut short."""
        parsed = answer.parsed
        assert parsed is not None
        flags = []
        if answer.truncated == "length":
            raise DownloadCancelledError(f"{request.url}: more than {len(answer.body)} bytes")
        if answer.truncated == "time":
            raise DownloadTimeoutError(f"{request.url}: timed out within the body")
        if answer.truncated:
            if request.meta.get("download_fail_on_dataloss", self._fail_on_dataloss):
                raise ResponseDataLossError(f"{request.url}: connection lost within the body")
            flags.append("dataloss")
        headers = Headers(parsed.fields)
        response_class = responsetypes.from_args(headers, request.url, body=answer.body)
        return response_class(
            request.url,
            status=parsed.status,
            headers=headers,
            body=answer.body,
            flags=flags,
            certificate=connection.certificate,
            ip_address=ipaddress.ip_address(connection.peer),
            protocol=parsed.version.decode(),
        )


@contextmanager
def scrapy_errors(url: str, timeout: float) -> Iterator[None]:
    """Raise what goes wrong on the wire as the exceptions that Scrapy retries."""
    try:
        yield
    except TimeoutError as error:
        reason = str(error) or f"no answer within {timeout:g} seconds"
        raise DownloadTimeoutError(f"{url}: {reason}") from error
    except (socket.gaierror, UnicodeError) as error:
        raise CannotResolveHostError(f"{url}: {error}") from error
    except (ConnectionResetError, NoAnswerError, NotHttpError, ssl.SSLError) as error:
        raise DownloadFailedError(f"{url}: {str(error) or 'connection reset'}") from error
    except OSError as error:
        raise DownloadConnectionRefusedError(f"{url}: {error}") from error
