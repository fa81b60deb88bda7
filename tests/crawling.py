"""Real crawls against real loopback servers, for the tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from khotoot_crawler.demo.catalogue import Catalogue

ROOT = Path(__file__).resolve().parent.parent


def few_articles(one_in: int, *codes: str) -> Catalogue:
    """Return some of the sample site's articles, and those of these codes: for shorter crawls.

    Of listings, which else were most of what there is, only those of the sections that these
    articles are in, and of one tag each of those that are not asked for by code.
    """
    whole = Catalogue.bundled()
    some = {article.code for article in whole.live()[::one_in]} | {*codes}
    articles = [
        whole[code]
        if code in codes
        else replace(whole[code], shown_tags=whole[code].shown_tags[:1])
        for code in sorted(some)
    ]
    used = {place for article in articles for place in (article.service, article.category)}
    services = [
        {**service, "categories": [c for c in service["categories"] if c["id"] in used]}
        for service in whole.site["service"]
        if service["id"] in used
    ]
    return Catalogue(articles, {**whole.site, "service": services}, whole.site["gone"])


@dataclass
class Answer:
    """What a page server says: ``headers`` beside Content-Length and Content-Type."""

    body: bytes = b""
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    cut_at: int | None = None  # send so many bytes of the body, then hang up


Page = Answer | Callable[[Message], Answer]


class PageServer:
    """Serves ``pages`` (path to answer, or to a function of the request's headers) on loopback."""

    def __init__(self, pages: Mapping[str, Page] | None = None) -> None:
        self.pages = dict(pages or {})
        self.asked: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def do_GET(self) -> None:
                server.asked.append(self.path)
                self.answer(server.find(self.path, self.headers))

            def answer(self, answer: Answer) -> None:
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.content_type)
                self.send_header("Content-Length", str(len(answer.body)))
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body[: answer.cut_at])
                self.wfile.flush()
                self.close_connection = answer.cut_at is not None

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.base_url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def find(self, path: str, headers: Message) -> Answer:
        """Return the answer of a path, with or without its query."""
        answer = self.pages.get(path, self.pages.get(path.partition("?")[0]))
        if answer is None:
            return Answer(b"<html><body>not here</body></html>", status=404)
        return answer if isinstance(answer, Answer) else answer(headers)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


@dataclass
class Crawl:
    """A crawl that has ended: its exit code, what it logged and what it wrote."""

    code: int
    log: str
    folder: Path

    def lines(self, name: str) -> list[dict[str, Any]]:
        """Return the lines of one of the JSONL files."""
        path = self.folder / name
        return (
            [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []
        )

    @property
    def articles(self) -> dict[str, dict[str, Any]]:
        """Return the last line of each article, by news code."""
        return {line["news_code"]: line for line in self.lines("articles.jsonl")}

    @property
    def summary(self) -> dict[str, Any]:
        """Return the summary of the last run."""
        runs = sorted((self.folder / "runs").glob("*.json"))
        summary: dict[str, Any] = json.loads(runs[-1].read_bytes())
        return summary


def command(base_url: str, folder: Path, *more: str) -> list[str]:
    """Return the command line of a crawl without delay."""
    return [
        *(sys.executable, "-m", "scrapy", "crawl", "khotoot", "-a", f"base_url={base_url}"),
        *("-s", f"KHOTOOT_OUTPUT={folder}", "-s", "DOWNLOAD_DELAY=0", *more),
    ]


def environment() -> dict[str, str]:
    """Return the environment of a command started anywhere.

    Without what forbids bytecode: each crawl would compile a hundred modules again.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "SCRAPY_SETTINGS_MODULE": "khotoot_crawler.settings"}


def wait_for(words: str, process: subprocess.Popen[str], times: int = 1) -> None:
    """Wait until that was logged so many times."""
    assert process.stderr is not None
    while times:
        times -= words in process.stderr.readline()
        assert process.poll() is None


def crawl(base_url: str, folder: Path, *more: str, timeout: float = 90) -> Crawl:
    """Run the real command to its end."""
    ended = subprocess.run(
        command(base_url, folder, *more),
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    return Crawl(ended.returncode, ended.stderr, folder)
