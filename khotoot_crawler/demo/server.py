"""The sample site on a port of this machine."""

from __future__ import annotations

import gzip
import socket
import sys
import threading
from email.utils import formatdate, parsedate_to_datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from types import TracebackType
from typing import Any, Self

from khotoot_crawler.demo.answers import Answer, answer
from khotoot_crawler.demo.catalogue import Catalogue

LAST_MODIFIED = 1_735_689_600.0  # of style sheets and pictures: 2025-01-01, whenever they were made
IDLE_SECONDS = 30
SMALLEST_GZIP = 256


class SampleSite:
    """Serve the sample site on loopback, from a thread, while the context lasts.

    ``catalogue`` may be edited between and during crawls; ``requests`` lists what was asked, as
    ``"GET /fa/archive?p=1"``; ``largest_page`` caps the archive's ``rpp``.
    """

    def __init__(
        self,
        catalogue: Catalogue | None = None,
        *,
        port: int = 0,
        largest_page: int = 100,
    ) -> None:
        self.catalogue = catalogue or Catalogue.bundled()
        self.largest_page = largest_page
        self.requests: list[str] = []
        self._server = _Server(("127.0.0.1", port), self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="sample-site", daemon=True
        )

    @property
    def base_url(self) -> str:
        """Return the site's address, without a trailing slash."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    """Knows its open connections, so that closing the site ends them."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, place: tuple[str, int], site: SampleSite) -> None:
        self.site = site
        self._open: set[socket.socket] = set()
        super().__init__(place, _Connection)

    def server_bind(self) -> None:
        """Bind without asking DNS for the machine's name, as ``HTTPServer`` does."""
        TCPServer.server_bind(self)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start a thread for a connection."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget a connection that ended."""
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report defects; a client that goes away is no event."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    def close(self) -> None:
        """Stop listening and hang up."""
        self.server_close()
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # its thread was quicker


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = IDLE_SECONDS
    wbufsize = -1  # head and body leave in one piece
    server: _Server

    def do_GET(self) -> None:
        """Answer a GET."""
        self._answer()

    def do_HEAD(self) -> None:
        """Answer a HEAD."""
        self._answer()

    def version_string(self) -> str:
        """Return the Server header."""
        return "khotoot-sample-site"

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""

    def _answer(self) -> None:
        site = self.server.site
        site.requests.append(f"{self.command} {self.path}")
        found = answer(site.catalogue, self.path, site.largest_page)
        tag = f'"{sha256(found.body).hexdigest()[:16]}"'
        if found.lasting and self._is_known(tag):
            self._send(Answer(b"", found.content_type, 304, lasting=True), tag)
        else:
            self._send(found, tag)

    def _is_known(self, tag: str) -> bool:
        """Compare the request's validators; If-None-Match goes first (RFC 9110, 13.2.2)."""
        tags = self.headers.get("If-None-Match")
        if tags is not None:
            return tags.strip() == "*" or tag in tags.replace("W/", "").replace(" ", "").split(",")
        since = self.headers.get("If-Modified-Since")
        try:
            return since is not None and parsedate_to_datetime(since).timestamp() >= LAST_MODIFIED
        except ValueError:
            return False

    def _send(self, found: Answer, tag: str) -> None:
        is_text = not found.content_type.startswith(("image/", "video/"))
        body, is_packed = found.body, False
        if is_text and len(body) >= SMALLEST_GZIP and self._takes_gzip():
            body, is_packed = gzip.compress(body, 6, mtime=0), True
        self.send_response(found.status)
        self.send_header("Content-Type", found.content_type)
        if found.status != 304:
            self.send_header("Content-Length", str(len(body)))
        if is_packed:
            self.send_header("Content-Encoding", "gzip")
        if is_text:
            self.send_header("Vary", "Accept-Encoding")
        if found.lasting:
            self.send_header("ETag", f"W/{tag}" if is_text else tag)
            self.send_header("Last-Modified", formatdate(LAST_MODIFIED, usegmt=True))
            self.send_header("Cache-Control", "public, max-age=86400")
        if found.location is not None:
            self.send_header("Location", found.location)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _takes_gzip(self) -> bool:
        return "gzip" in self.headers.get("Accept-Encoding", "")
