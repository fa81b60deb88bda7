"""Ledgers, what they are given, and what they leave in a folder."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from khotoot_crawler.archive.exchange import Exchange
from khotoot_crawler.archive.writer import WarcWriter
from khotoot_crawler.digests import content_digest
from khotoot_crawler.items import Article, Extractor
from khotoot_crawler.ledger import Ledger
from khotoot_crawler.recheck import RecheckPolicy
from khotoot_crawler.round import Absent
from khotoot_crawler.times import utc_text
from khotoot_crawler.urls import Site

SITE = Site("khootoot.ir", "http://127.0.0.1:8000")
START = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


def ledger_of(
    folder: Path, *, base_url: str = SITE.base_url, min_free: int = 0, max_size: int = 10**9
) -> Ledger:
    return Ledger(
        folder,
        site=replace(SITE, base_url=base_url),
        writer=WarcWriter(folder / "warc", prefix="khotoot", warcinfo={}, max_size=max_size),
        recheck=RecheckPolicy(),
        min_free=min_free,
    )


def run(
    folder: Path, work: Callable[[Ledger], Awaitable[object]], **options: Any
) -> tuple[Ledger, list[str]]:
    """Open a ledger, do the work, close it; return it and what its start found."""

    async def whole() -> tuple[Ledger, list[str]]:
        ledger = ledger_of(folder, **options)
        found = ledger.open()
        try:
            await work(ledger)
        finally:
            await ledger.close()
        return ledger, found

    return asyncio.run(whole())


async def nothing(_: Ledger) -> None:
    pass


def article(
    ledger: Ledger, code: int, *, at: datetime = START, body: str = "متن", views: int | None = 5
) -> Article:
    """Return a reading of an article whose exchange the ledger has recorded."""
    url = f"{SITE.base_url}/fa/news/{code}"
    capture = ledger.record(exchange(url, at))
    said: dict[str, Any] = {
        "kicker": None, "title": f"خبر {code}", "lead": None, "body": body, "tags": (),
        "section": (), "source": None, "published_at": "2023-08-20T18:39:00+03:30",
    }  # fmt: skip
    return Article(
        **said,
        site=SITE.name,
        news_code=str(code),
        url=SITE.canonical(str(code)),
        fetched_url=url,
        page_type="article",
        view_count=views,
        content_digest=content_digest(**said),
        fetched_at=capture.date,
        warc=capture.place,
        extractor=Extractor(name="test", version="1"),
    )


def exchange(url: str, at: datetime, body: bytes = b"<html>") -> Exchange:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
    return Exchange(url, at, "127.0.0.1", b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", head, body)


def absent(code: int, at: datetime) -> Absent:
    url = SITE.canonical(str(code))
    return Absent(site=SITE.name, code=code, url=url, reason="http_404", at=utc_text(at), warc=None)


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / name).read_bytes().splitlines()]


def archived(tmp_path: Path, count: int = 3) -> None:
    async def archive(ledger: Ledger) -> None:
        for code in range(1, count + 1):
            await ledger.acknowledge(article(ledger, code))

    run(tmp_path, archive)


def known_codes(folder: Path) -> list[int]:
    with sqlite3.connect(folder / "state.sqlite") as db:
        rows = db.execute("SELECT code FROM article WHERE status='archived' ORDER BY code")
        codes = [code for (code,) in rows]
    db.close()
    return codes
