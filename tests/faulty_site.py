"""A site with holes in its numbering, traps without end, and faults on one request in five.

What it answers depends on its seed and on how often an address was asked for, on nothing else. It
notes when each request came and went, so that manners can be judged where they are felt.
"""

from __future__ import annotations

import os
import random
import socket
import struct
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, Self

from khotoot_crawler.urls import short_path
from tests.test_crawl_bad_input import page

Fault = Literal["retry_after", "busy", "busy_for", "error", "reset", "short", "hang"]
FAULTS: tuple[Fault, ...] = ("retry_after", "busy", "busy_for", "error", "reset", "short", "hang")
_FIRST_CODE = 30_001
_A_PAGE = 100
_HIDDEN = ("tag", "sitemap", "neighbour", "section")  # the only place that names some articles
SECONDS = "1"  # of every Retry-After


@dataclass
class Visit:
    """One request: when it came, when it was done with, what was done to it."""

    path: str
    came: float
    went: float = 0.0
    fault: Fault | None = None


class FaultySite:
    """Serves so many articles on loopback; ``share`` of all requests go wrong."""

    def __init__(
        self,
        articles: int,
        *,
        seed: int = 1402,
        share: float = 0.2,
        faults: tuple[Fault, ...] = FAULTS,
        tags: int | None = None,
    ) -> None:
        self.visits: list[Visit] = []
        self.most_at_once = 0
        self._share, self._faults, self._seed, self._tags = share, faults, seed, tags
        self._number(articles, random.Random(seed))
        self._asked: dict[str, int] = {}
        self._at_once = 0
        self._lock = threading.Lock()
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def do_GET(self) -> None:
                visit = site.came(self.path)
                try:
                    self.answer(visit)
                finally:
                    site.went(visit)

            def answer(self, visit: Visit) -> None:
                if visit.fault == "hang":
                    self.connection.recv(1)  # until the client hangs up
                    self.close_connection = True
                elif visit.fault == "reset":
                    option = struct.pack("ii", 1, 0)
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, option)
                    os.close(self.connection.detach())
                    self.close_connection = True
                else:
                    self.say(visit.fault, *site.page(visit))

            def say(self, fault: Fault | None, status: int, kind: str, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Location" if status == 302 else "Content-Type", kind)
                if fault in ("retry_after", "busy_for"):
                    self.send_header("Retry-After", SECONDS)
                self.end_headers()
                self.wfile.write(body[: len(body) // 2] if fault == "short" else body)
                self.wfile.flush()
                self.close_connection = fault == "short"

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.base_url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _number(self, articles: int, chance: random.Random) -> None:
        """Give out the codes: articles, holes that nothing names, and dead links."""
        self.hidden: dict[int, str] = {}
        self.listed: list[int] = []
        self.dead: list[int] = []
        self.holes: list[int] = []
        code = _FIRST_CODE
        while len(self.live) < articles:
            if self.live and chance.random() < 0.12:
                hole = range(code, code + chance.randint(1, 9))
                (self.dead if chance.random() < 0.3 else self.holes).extend(hole)
                code = hole.stop
            if self.listed and chance.random() < 0.05:
                where = chance.choice(_HIDDEN)
                has_neighbour = self.listed[-1] == code - 1
                self.hidden[code] = where if has_neighbour or where != "neighbour" else "tag"
            else:
                self.listed.append(code)
            code += 1

    @property
    def live(self) -> list[int]:
        """The codes of all articles, wherever they are named."""
        return sorted([*self.listed, *self.hidden])

    @property
    def gaps(self) -> list[list[int]]:
        """The holes as ranges, ends included."""
        ranges: list[list[int]] = []
        for code in self.holes:
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
        return ranges

    # -- who comes and goes ----------------------------------------------------

    def came(self, path: str) -> Visit:
        """Note a request, and decide what befalls it."""
        with self._lock:
            before = self._asked.get(path, 0)
            self._asked[path] = before + 1
            chance = random.Random(f"{self._seed} {path} {before}")
            fault = chance.choice(self._faults) if chance.random() < self._share else None
            visit = Visit(path, time.monotonic(), fault=fault)
            self.visits.append(visit)
            if fault != "hang":  # nobody knows when the client gave up on it
                self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            return visit

    def went(self, visit: Visit) -> None:
        """Note that a request is done with."""
        with self._lock:
            visit.went = time.monotonic()
            if visit.fault != "hang":
                self._at_once -= 1

    def shortest_interval(self, over: int = 1) -> float:
        """Return the seconds from one request to the next, on average over so many in a row."""
        came = [visit.came for visit in self.visits]
        return (
            min(later - earlier for earlier, later in zip(came, came[over:], strict=False)) / over
        )

    def impatient(self, under_way: float) -> list[Visit]:
        """Return what came within a Retry-After, later than what was under way can have."""
        pauses = [visit.went for visit in self.visits if visit.fault in ("retry_after", "busy_for")]
        return [
            visit
            for visit in self.visits
            if any(under_way < visit.came - pause < float(SECONDS) - 0.02 for pause in pauses)
        ]

    # -- what they are told ----------------------------------------------------

    def page(self, visit: Visit) -> tuple[int, str, bytes]:
        """Return status, content type (or where a redirect leads) and body."""
        if visit.fault in ("retry_after", "busy", "busy_for", "error"):
            status = {"retry_after": 429, "error": 500}.get(visit.fault or "", 503)
            return status, "text/html", b"<html><body>busy</body></html>"
        path, _, query = visit.path.partition("?")
        match path.strip("/").split("/"):
            case ["robots.txt"]:
                return 200, "text/plain", b"User-agent: *\nDisallow: /fa/search\n"
            case ["sitemap.xml"]:
                return 200, "application/xml", self._sitemap()
            case ["fa", "news", code, *_] if code.isdecimal():
                return self._article(int(code), query)
            case _:
                links = self._links_on(path, query)
                return (404 if links is None else 200), "text/html", (links or "no").encode()

    def _article(self, code: int, query: str) -> tuple[int, str, bytes]:
        if code not in self.hidden and code not in self.listed:
            if code % 3 == 0:
                return 302, "/", b""
            text = "صفحه درخواستی شما موجود نمی باشد" if code % 3 == 1 else "no such page"
            said = f'<div class="error_container">{text}</div>'.encode()
            return (200 if code % 3 == 1 else 404), "text/html", said
        if code % 40 == 0 and not query:
            return 302, f"/fa/news/{code}?sid={self._asked[f'/fa/news/{code}']}", b""
        neighbours = [other for other in (code - 1, code + 1) if other in self.hidden]
        named = [short_path(str(n)) for n in neighbours if self.hidden[n] == "neighbour"]
        body = f"<p>متن خبر شماره {code} برای آزمون نوشته شده است.</p>" + _anchors(
            [*named, *_traps(code), f"/fa/news/{code}/x?sid={code}{code}"]
        )
        return 200, "text/html; charset=utf-8", page(code, body=body)

    def _links_on(self, path: str, query: str) -> str | None:
        match path.strip("/").split("/"):
            case [""]:
                return _anchors([*_traps(1), *self._named("tag", "/fa/tags/1/1/x")])
            case ["fa", "rss", *_]:
                return _anchors(["/fa/services/1", "/fa/rss?a=1"])
            case ["fa", "archive"]:
                number = int(dict(pair.split("=") for pair in query.split("&")).get("p", "1"))
                newest = sorted([*self.listed, *self.dead], reverse=True)
                codes = newest[(number - 1) * _A_PAGE : number * _A_PAGE]
                box = random.Random(number).choices(self.listed, k=5)
                return _anchors([f"/fa/news/{code}" for code in [*codes, *box]] + _traps(number))
            case ["fa", "services", *deeper]:
                again = path.rstrip("/") + "/1"
                return _anchors([again, path + f"?p={len(deeper)}", *self._codes("section")])
            case ["fa", "tags", number, *_]:
                more = [int(number) * 2, int(number) * 2 + 1]
                more = [n for n in more if self._tags is None or n <= self._tags]
                return _anchors([*(f"/fa/tags/{n}/1/x" for n in more), *self._codes("tag")])
        return None

    def _named(self, kind: str, path: str) -> list[str]:
        return [path] if kind in self.hidden.values() else []

    def _codes(self, kind: str) -> list[str]:
        return [f"/fa/news/{code}" for code, where in self.hidden.items() if where == kind]

    def _sitemap(self) -> bytes:
        urls = "".join(f"<url><loc>{path}</loc></url>" for path in self._codes("sitemap"))
        return f"<urlset>{urls}</urlset>".encode()


def _anchors(hrefs: list[str]) -> str:
    return "".join(f'<a href="{href}">x</a>' for href in hrefs)


def _traps(number: int) -> list[str]:
    """Return links into an endless calendar, a growing query, a session, a path without end."""
    day = f"{1402 + number}/01/01"
    return [
        f"/fa/archive?service_id=-1&from_date={day}&to_date={day}&p={number + 1}",
        f"/fa/services/1?{'&a=1' * (number % 50)}",
        f"/fa/search?q={number}",
        f"/fa/login;jsessionid={number:032x}",
        f"/fa/services/{'1/' * (number % 30)}",
        f"/fa/print/{_FIRST_CODE}",
        f"/fa/send/{_FIRST_CODE}",
        "http://elsewhere.example/fa/news/30002",
    ]
