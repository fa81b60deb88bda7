from __future__ import annotations

import asyncio
import gc
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trustme
from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    NotSupported,
    ResponseDataLossError,
)
from scrapy.http import Response
from scrapy.statscollectors import MemoryStatsCollector

from khotoot_crawler.archive.exchange import Exchange, exchange_captured
from khotoot_crawler.capture import CaptureDownloadHandler
from khotoot_crawler.errors import OutputError
from khotoot_crawler.outgoing import request_bytes, route_of
from khotoot_crawler.wire import Route
from tests.odd_answers import BODY, CHUNKED, LONG, NO_ANSWER, ODD, OK, Odd, chunked, lengthy
from tests.rawserver import RawServer, Step, raw_server

PLAIN = lengthy(OK).steps
HEADERS = {"User-Agent": "test", "Accept-Encoding": "gzip, br"}


class Captured:
    """A download handler at work, and the exchanges that it handed over."""

    def __init__(self, **settings: Any) -> None:
        self.exchanges: list[Exchange] = []
        self.crawler = Crawler(Spider, settings)
        self.crawler.stats = MemoryStatsCollector(self.crawler)
        self.crawler.signals.connect(self._keep, exchange_captured)
        self.handler: CaptureDownloadHandler

    def _keep(self, exchange: Exchange, request: Request) -> None:
        request.meta["exchange"] = exchange
        self.exchanges.append(exchange)

    def run(self, work: Callable[[], Awaitable[None]]) -> None:
        async def main() -> None:
            self.handler = CaptureDownloadHandler.from_crawler(self.crawler)
            try:
                await work()
            finally:
                await self.handler.close()

        asyncio.run(main())

    async def get(self, url: str, **arguments: Any) -> Response:
        request = Request(url, headers=HEADERS, **arguments)
        return await self.handler.download_request(request)

    async def error(self, url: str, **arguments: Any) -> BaseException:
        [error] = await asyncio.gather(self.get(url, **arguments), return_exceptions=True)
        assert isinstance(error, BaseException)
        return error


@pytest.fixture(scope="module", autouse=True)
def _no_connection_is_left_open() -> Iterator[None]:
    yield
    gc.collect()  # it would warn, and a warning is an error


@pytest.fixture(scope="module")
def odd_server() -> Iterator[RawServer]:
    scripts = {f"/{name}": odd.steps for name, odd in ODD.items()}
    with raw_server(scripts | {f"/{name}": steps for name, steps in NO_ANSWER.items()}) as server:
        yield server


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def tls_server(authority: trustme.CA) -> Iterator[RawServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    scripts = {f"/{name}": odd.steps for name, odd in ODD.items()}
    with raw_server(scripts, context) as server:
        yield server


# -- bytes -------------------------------------------------------------------


def assert_captured(exchange: Exchange, name: str, odd: Odd, server: RawServer) -> None:
    assert exchange.url == f"{server.url}/{name}"
    assert exchange.head == odd.head
    assert exchange.body == odd.body
    assert exchange.truncated == odd.truncated
    assert exchange.ip_address == "127.0.0.1"
    assert exchange.request in server.requests
    assert exchange.started_at.tzinfo is UTC


def test_there_are_odd_answers_enough() -> None:
    assert len(ODD) >= 50


@pytest.mark.parametrize("name", ODD)
def test_an_exchange_is_what_went_over_the_wire(name: str, odd_server: RawServer) -> None:
    odd = ODD[name]
    captured = Captured(DOWNLOAD_FAIL_ON_DATALOSS=False)
    responses: list[Response] = []

    async def work() -> None:
        responses.append(await captured.get(f"{odd_server.url}/{name}", method=odd.method))

    captured.run(work)
    [exchange], [response] = captured.exchanges, responses
    assert_captured(exchange, name, odd, odd_server)
    assert response.body == odd.body
    assert response.flags == (["dataloss"] if odd.truncated else [])
    assert response.ip_address is not None
    assert captured.crawler.stats is not None
    assert captured.crawler.stats.get_value("capture/exchanges") == 1


def fetch_all(server: RawServer, times: int, **settings: Any) -> Captured:
    """Fetch every odd answer several times, 16 at once."""
    captured = Captured(DOWNLOAD_FAIL_ON_DATALOSS=False, CONCURRENT_REQUESTS=16, **settings)
    names = list(ODD) * times

    async def worker() -> None:
        while names:
            name = names.pop()
            response = await captured.get(f"{server.url}/{name}", method=ODD[name].method)
            assert response.body == ODD[name].body

    async def work() -> None:
        await asyncio.gather(*(worker() for _ in range(16)))

    captured.run(work)
    assert len(captured.exchanges) == times * len(ODD)
    for exchange in captured.exchanges:
        name = exchange.url.rpartition("/")[2]
        assert_captured(exchange, name, ODD[name], server)
    return captured


def test_sixteen_connections_at_once(odd_server: RawServer) -> None:
    before = odd_server.connections
    fetch_all(odd_server, 5)
    opened = odd_server.connections - before
    assert opened < 5 * len(ODD) * 0.8  # the rest went over connections kept alive


def test_sixteen_connections_at_once_over_tls(tls_server: RawServer) -> None:
    fetch_all(tls_server, 2)


def test_status_and_headers_reach_scrapy(odd_server: RawServer) -> None:
    captured = Captured()

    async def work() -> None:
        request = Request(f"{odd_server.url}/cookies")
        response = await captured.handler.download_request(request)
        assert response.status == 200
        assert response.headers.getlist("Set-Cookie") == [b"a=1", b"b=2", b"c=3"]
        assert response.protocol == "HTTP/1.1"
        assert response.certificate is None
        assert 0 < request.meta["download_latency"] < 5
        assert (await captured.get(f"{odd_server.url}/false-reason")).status == 404
        assert (await captured.get(f"{odd_server.url}/folded")).headers["X-Folded"] == (
            b"one two three"
        )

    captured.run(work)


@pytest.mark.parametrize("name", NO_ANSWER)
def test_what_is_no_answer_is_no_exchange(name: str, odd_server: RawServer) -> None:
    captured = Captured()

    async def work() -> None:
        error = await captured.error(f"{odd_server.url}/{name}")
        assert isinstance(error, DownloadFailedError)
        assert str(error).startswith(f"{odd_server.url}/{name}: ")

    captured.run(work)
    assert not captured.exchanges


# -- requests ----------------------------------------------------------------


def sent(url: str, **arguments: Any) -> bytes:
    """Return the request bytes that a server gets."""
    received: list[bytes] = []

    def script(request: bytes) -> list[Step]:
        received.append(request)
        return [lengthy(OK).head + BODY]

    class AnyPath(dict[str, Any]):
        def __missing__(self, key: str) -> Any:
            return script

    captured = Captured()
    with raw_server({}) as server:
        server.scripts = AnyPath()

        async def work() -> None:
            await captured.get(url.replace("HOST", f"127.0.0.1:{server.port}"), **arguments)

        captured.run(work)
        [request] = received
        assert captured.exchanges[0].request == request
        return request.replace(f":{server.port}".encode(), b":PORT")


def test_a_request_as_it_is_sent() -> None:
    assert sent("http://HOST/fa/news/1?a=%D8%A7&b#top") == (
        b"GET /fa/news/1?a=%D8%A7&b HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nUser-Agent: test\r\n"
        b"Accept-Encoding: gzip, br\r\nConnection: keep-alive\r\n\r\n"
    )


def test_a_request_body_has_its_length() -> None:
    assert sent("http://HOST/", method="POST", body=b"a=1").endswith(
        b"Content-Length: 3\r\nConnection: keep-alive\r\n\r\na=1"
    )
    assert b"Content-Length: 0\r\n" in sent("http://HOST/", method="POST")


def test_request_targets() -> None:
    assert sent("http://HOST").startswith(b"GET / HTTP/1.1\r\n")
    assert sent("http://HOST?q").startswith(b"GET /?q HTTP/1.1\r\n")
    assert sent("http://user:secret@HOST/a").startswith(b"GET /a HTTP/1.1\r\nHost: 127.0.0.1:PORT")


def test_a_verbatim_url_is_sent_as_it_is_but_for_what_no_request_line_holds() -> None:
    request = Request("http://h/a b/./|\u200c?%zz", meta={"verbatim_url": True})
    assert request_bytes(request, Route("http", "h", 80)).startswith(
        b"GET /a%20b/./|%E2%80%8C?%zz HTTP/1.1\r\nHost: h\r\n"
    )


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://[::1]:8000/", b"[::1]:8000"),
        ("http://[::1]/", b"[::1]"),
        ("https://example.com:443/", b"example.com"),
        ("http://example.com:443/", b"example.com:443"),
        ("http://خطوط.ir/", "خطوط.ir".encode("idna")),
    ],
)
def test_host_headers(url: str, host: bytes) -> None:
    request = Request(url)
    assert b"\r\nHost: " + host + b"\r\n" in request_bytes(request, route_of(request))


def test_header_values_cannot_smuggle_lines() -> None:
    request = Request("http://h/", headers={"X": "a\r\nY: b"})
    assert b"X: a Y: b\r\n" in request_bytes(request, Route("http", "h", 80))


# -- connections -------------------------------------------------------------


def test_a_connection_is_kept_alive(odd_server: RawServer) -> None:
    captured = Captured()
    before = odd_server.connections

    async def work() -> None:
        for _ in range(5):
            await captured.get(f"{odd_server.url}/plain")

    captured.run(work)
    assert odd_server.connections - before == 1


def test_a_connection_that_the_server_closed_meanwhile_is_not_used_again() -> None:
    with raw_server({"/": [*PLAIN, 0.05, "close"]}) as server:
        captured = Captured()

        async def work() -> None:
            await captured.get(server.url)
            await asyncio.sleep(0.2)
            await captured.get(server.url)

        captured.run(work)
        assert (server.connections, server.served["/"]) == (2, 2)


def stale_server() -> tuple[Callable[[bytes], list[Step]], list[bytes]]:
    """Return a script that hangs up on the second request of the first connection."""
    requests: list[bytes] = []

    def script(request: bytes) -> list[Step]:
        requests.append(request)
        return ["close"] if len(requests) == 2 else [lengthy(OK).head + BODY]

    return script, requests


def test_a_request_that_a_stale_connection_swallowed_is_sent_again() -> None:
    script, requests = stale_server()
    with raw_server({"/": script}) as server:
        captured = Captured()

        async def work() -> None:
            await captured.get(server.url)
            await captured.get(server.url)

        captured.run(work)
        assert (len(requests), server.connections) == (3, 2)
    assert len(captured.exchanges) == 2  # what was not answered is no exchange


def test_a_request_that_may_not_be_repeated_is_not_sent_again() -> None:
    script, requests = stale_server()
    with raw_server({"/": script}) as server:
        captured = Captured()

        async def work() -> None:
            await captured.get(server.url)
            error = await captured.error(server.url, method="POST", body=b"x")
            assert isinstance(error, DownloadFailedError)

        captured.run(work)
        assert len(requests) == 2


def test_unasked_bytes_end_an_idle_connection() -> None:
    with raw_server({"/": [*PLAIN, 0.05, b"HTTP/1.1 408 Timeout\r\n\r\n"]}) as server:
        captured = Captured()

        async def work() -> None:
            await captured.get(server.url)
            await asyncio.sleep(0.2)
            assert (await captured.get(server.url)).status == 200

        captured.run(work)
        assert server.connections == 2


def test_idle_connections_are_bounded() -> None:
    with raw_server({"/": [*PLAIN[:1]]}) as server:
        captured = Captured(CONCURRENT_REQUESTS=2)

        async def work() -> None:
            await asyncio.gather(*(captured.get(server.url) for _ in range(6)))
            await asyncio.sleep(0.1)
            idle = [c for group in captured.handler._pool._idle.values() for c in group]
            assert len([c for c in idle if not c.transport.is_closing()]) == 2
            assert len(captured.handler._pool._open) == 2

        captured.run(work)


def test_an_answer_that_comes_before_the_request_is_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        captured = Captured()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"

        async def work() -> None:
            fetching = asyncio.ensure_future(
                captured.get(url, method="PUT", body=b"x" * 30_000_000)
            )
            loop = asyncio.get_running_loop()
            listener.setblocking(False)
            connection, _ = await loop.sock_accept(listener)
            await loop.sock_recv(connection, 100)
            await loop.sock_sendall(connection, b"HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n")
            assert (await fetching).status == 413
            assert not captured.handler._pool._idle[route_of(Request(url))]
            connection.close()

        captured.run(work)


# -- what goes wrong ---------------------------------------------------------


@pytest.mark.parametrize("name", ["cut", "cut-by-reset", "chunks-cut", "chunks-broken"])
def test_a_short_body_is_archived_and_then_an_error(name: str, odd_server: RawServer) -> None:
    captured = Captured()

    async def work() -> None:
        error = await captured.error(f"{odd_server.url}/{name}")
        assert isinstance(error, ResponseDataLossError)

    captured.run(work)
    assert [exchange.truncated for exchange in captured.exchanges] == ["disconnect"]


def test_dataloss_can_be_accepted_for_one_request(odd_server: RawServer) -> None:
    captured = Captured()

    async def work() -> None:
        meta = {"download_fail_on_dataloss": False}
        assert (await captured.get(f"{odd_server.url}/cut", meta=meta)).flags == ["dataloss"]

    captured.run(work)


@pytest.mark.parametrize(
    "steps", [[LONG + BODY, 5.0], [CHUNKED + chunked(BODY), 5.0], [OK + b"\r\n" + BODY, 5.0]]
)
def test_a_body_that_takes_too_long_is_cut(steps: list[Step]) -> None:
    finished = steps[0] == CHUNKED + chunked(BODY)
    with raw_server({"/": steps}) as server:
        captured = Captured(DOWNLOAD_TIMEOUT=0.2)

        async def work() -> None:
            if finished:  # only the line end after the last chunk never came
                assert (await captured.get(server.url)).body == BODY
            else:
                assert isinstance(await captured.error(server.url), DownloadTimeoutError)

        captured.run(work)
    [exchange] = captured.exchanges
    assert (exchange.body, exchange.truncated) == (BODY, None if finished else "time")


def test_an_answer_that_does_not_come_in_time_is_none() -> None:
    with raw_server({"/": [5.0], "/half": [OK, 5.0]}) as server:
        captured = Captured()

        async def work() -> None:
            meta = {"download_timeout": 0.2}
            for path in ("/", "/half"):
                error = await captured.error(server.url + path, meta=meta)
                assert isinstance(error, DownloadTimeoutError)

        captured.run(work)
    assert not captured.exchanges


@pytest.mark.parametrize("name", ["large", "chunked", "http-1.0"])
def test_a_body_over_the_maximum_is_cut(name: str, odd_server: RawServer) -> None:
    captured = Captured(DOWNLOAD_MAXSIZE=1000)

    async def work() -> None:
        error = await captured.error(f"{odd_server.url}/{name}")
        assert isinstance(error, DownloadCancelledError)
        assert "1000 bytes" in str(error)
        meta = {"download_maxsize": 0}
        assert len((await captured.get(f"{odd_server.url}/{name}", meta=meta)).body) > 1000

    captured.run(work)
    cut, whole = captured.exchanges
    assert (cut.body, cut.truncated) == (ODD[name].body[:1000], "length")
    assert whole.truncated is None


def test_connections_that_cannot_be_made() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    captured = Captured()

    async def work() -> None:
        refused = await captured.error(f"http://127.0.0.1:{port}/")
        assert isinstance(refused, DownloadConnectionRefusedError)
        for host in ("no-such-host.invalid", "a" * 70 + ".invalid"):
            unknown = await captured.error(f"http://{host}/")
            assert isinstance(unknown, CannotResolveHostError), unknown
        assert isinstance(await captured.error("http:///path"), NotSupported)

    captured.run(work)


def test_tls_to_a_server_that_speaks_plain_http(odd_server: RawServer) -> None:
    captured = Captured()

    async def work() -> None:
        error = await captured.error(f"https://127.0.0.1:{odd_server.port}/plain")
        assert isinstance(error, DownloadFailedError)

    captured.run(work)


# -- TLS ---------------------------------------------------------------------


def test_a_certificate_nobody_vouches_for(
    tls_server: RawServer, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lenient, strict = Captured(), Captured(DOWNLOAD_VERIFY_CERTIFICATES=True)

    async def accepts() -> None:
        response = await lenient.get(f"{tls_server.url}/plain")
        assert isinstance(response.certificate, bytes)

    async def refuses() -> None:
        error = await strict.error(f"{tls_server.url}/plain")
        assert isinstance(error, DownloadFailedError)
        assert "certificate" in str(error).lower()

    lenient.run(accepts)
    strict.run(refuses)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    trusting = Captured(DOWNLOAD_VERIFY_CERTIFICATES=True)

    async def trusts() -> None:
        assert (await trusting.get(f"{tls_server.url}/plain")).status == 200
        named = tls_server.url.replace("127.0.0.1", "localhost")
        assert (await trusting.get(f"{named}/plain")).status == 200

    trusting.run(trusts)


def test_tls_versions_follow_the_settings(tls_server: RawServer) -> None:
    captured = Captured(DOWNLOAD_TLS_MAX_VERSION="TLSv1.2", DOWNLOAD_TLS_MIN_VERSION="TLSv1.2")

    async def work() -> None:
        await captured.get(f"{tls_server.url}/plain")
        [connection] = captured.handler._pool._open
        assert connection.transport.get_extra_info("ssl_object").version() == "TLSv1.2"

    captured.run(work)


# -- proxies -----------------------------------------------------------------


def test_http_through_a_proxy() -> None:
    seen: list[bytes] = []

    def script(request: bytes) -> list[Step]:
        seen.append(request)
        return [*PLAIN]

    with raw_server({"http://example.com/a?b": script}) as proxy:
        captured = Captured()

        async def work() -> None:
            request = Request(
                "http://example.com/a?b",
                headers={"Proxy-Authorization": "Basic c2VjcmV0"},
                meta={"proxy": proxy.url},
            )
            assert (await captured.handler.download_request(request)).status == 200

        captured.run(work)
    assert b"Proxy-Authorization: Basic c2VjcmV0\r\n" in seen[0]
    [exchange] = captured.exchanges
    assert exchange.request == seen[0].replace(b"Proxy-Authorization: Basic c2VjcmV0\r\n", b"")
    assert exchange.request.startswith(b"GET http://example.com/a?b HTTP/1.1\r\n")


async def _tunnel_to(port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve CONNECT as a proxy does."""
    request = await reader.readuntil(b"\r\n\r\n")
    if b"Proxy-Authorization: Basic c2VjcmV0\r\n" not in request:
        writer.write(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n")
        writer.close()
        return
    inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"HTTP/1.0 200 Connected\r\n\r\n")

    async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            target.write(data)
        target.close()

    await asyncio.gather(pump(reader, inner_writer), pump(inner_reader, writer))


def test_https_through_a_proxy(tls_server: RawServer) -> None:
    captured = Captured()

    async def work() -> None:
        proxy = await asyncio.start_server(
            lambda r, w: _tunnel_to(tls_server.port, r, w), "127.0.0.1", 0
        )
        meta = {"proxy": f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}"}
        url = f"https://localhost:{tls_server.port}/plain"
        for _ in range(2):
            response = await captured.handler.download_request(
                Request(url, headers={"Proxy-Authorization": "Basic c2VjcmV0"}, meta=dict(meta))
            )
            assert response.status == 200
            assert isinstance(response.certificate, bytes)
        error = await captured.error(url, meta=dict(meta))
        assert isinstance(error, DownloadFailedError)
        assert "407" in str(error)
        await captured.handler.close()
        proxy.close()

    captured.run(work)
    assert all(b"Proxy" not in exchange.request for exchange in captured.exchanges)
    assert len(captured.exchanges) == 2


def test_other_proxies_are_refused_in_a_line() -> None:
    captured = Captured()

    async def work() -> None:
        for proxy in ("https://proxy:3128", "socks5://proxy"):
            error = await captured.error("http://example.com/", meta={"proxy": proxy})
            assert isinstance(error, NotSupported)
            assert proxy in str(error)

    captured.run(work)


# -- the archive -------------------------------------------------------------


def test_a_page_that_cannot_be_archived_reaches_no_parser(
    odd_server: RawServer, caplog: pytest.LogCaptureFixture
) -> None:
    captured = Captured()
    disk_full = OutputError("disk full")

    def fail(exchange: Exchange) -> None:
        raise disk_full

    captured.crawler.signals.connect(fail, exchange_captured)

    async def work() -> None:
        for name in ("plain", "cut"):
            assert await captured.error(f"{odd_server.url}/{name}") is disk_full

    captured.run(work)
    assert not caplog.records


def test_without_an_archive_it_just_works(odd_server: RawServer) -> None:
    captured = Captured()
    captured.crawler.signals.disconnect(captured._keep, exchange_captured)

    async def work() -> None:
        assert (await captured.get(f"{odd_server.url}/plain")).body == BODY

    captured.run(work)
    assert not captured.exchanges


def test_an_exchange_begins_when_it_is_sent() -> None:
    with raw_server({"/": [0.2, *PLAIN]}) as server:
        captured = Captured()
        asked: list[datetime] = []

        async def work() -> None:
            asked.append(datetime.now(UTC))
            await captured.get(server.url)

        captured.run(work)
    assert 0 <= (captured.exchanges[0].started_at - asked[0]).total_seconds() < 0.15
