"""A server of raw bytes: what a path answers is written down byte by byte."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Literal

Step = bytes | float | Literal["close", "reset", "half-close"]
"""Bytes to send, seconds to wait, or a way to end the connection."""

Script = Sequence[Step] | Callable[[bytes], Sequence[Step]]


class RawServer:
    """Answers on loopback by script, keeps every byte that it was sent."""

    def __init__(self, scripts: Mapping[str, Script], tls: ssl.SSLContext | None = None) -> None:
        self.scripts = dict(scripts)
        self.requests: list[bytes] = []
        self.connections = 0
        self.served: Counter[str] = Counter()
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._closing = threading.Event()
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._closing.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join(5)
        for connection in self._sockets:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            self._sockets.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError):
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
            while request := _read_request(connection):
                self.requests.append(request)
                path = request.split(b" ", 2)[1].decode("ascii")
                script = self.scripts[path]
                self.served[path] += 1
                if not self._play(connection, script(request) if callable(script) else script):
                    break
        connection.close()

    def _play(self, connection: socket.socket, steps: Sequence[Step]) -> bool:
        """Do what the script says; return whether the connection is still there."""
        for step in steps:
            if isinstance(step, bytes):
                connection.sendall(step)
            elif isinstance(step, float):
                self._closing.wait(step)
            elif step == "half-close":
                connection.shutdown(socket.SHUT_WR)
            else:
                if step == "reset":
                    linger = struct.pack("ii", 1, 0)
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                return False
        return True


def _read_request(connection: socket.socket) -> bytes:
    request = b""
    while b"\r\n\r\n" not in request:
        if not (piece := connection.recv(65536)):
            return b""
        request += piece
        if not request[:1].isalpha():  # no HTTP: a TLS handshake, for one
            return b""
    head, _, body = request.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            while len(body) < int(value):
                body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


@contextmanager
def raw_server(
    scripts: Mapping[str, Script], tls: ssl.SSLContext | None = None
) -> Iterator[RawServer]:
    server = RawServer(scripts, tls)
    try:
        yield server
    finally:
        server.close()
