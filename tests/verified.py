"""An archive of four crawls to hold `scrapy verify` against, and a copy to tamper with."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from khotoot_crawler.archive.members import Member, read_members
from khotoot_crawler.demo.server import SampleSite
from khotoot_crawler.digests import content_digest
from khotoot_crawler.verification.finding import Finding
from khotoot_crawler.verification.verdict import verification
from tests.crawling import crawl
from tests.shared import copy_of

CODES = "codes=33607-33618"
EDITED, GONE, BACK = "33614", "33613", "33610"


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the output of four crawls: articles edited, read again, removed and put back."""
    return copy_of("four-crawls", _crawl, tmp_path_factory)


def _crawl(folder: Path) -> None:
    with SampleSite() as site:

        def go(*more: str) -> None:
            ended = crawl(site.base_url, folder, *more)
            assert ended.code == 0, ended.log

        again = ("-a", f"codes={EDITED},{GONE},{BACK},33611", "-a", "recheck=all")
        go("-a", CODES)
        site.catalogue.edit(EDITED, title="عنوانی دیگر")
        site.catalogue.bump_views("33611", 7)
        site.catalogue.remove(GONE, "http_404")
        site.catalogue.remove(BACK, "soft_404")
        go(*again)
        go(*again)
        site.catalogue.restore(BACK)
        go(*again)
    lines = lines_of(folder, "gone.jsonl")
    assert [(line["news_code"], line["status"]) for line in lines[-1:]] == [(BACK, "back")]
    assert len(lines) == 3


@pytest.fixture
def copy(archive: Path, tmp_path: Path) -> Path:
    """Return a copy to tamper with."""
    return Path(shutil.copytree(archive, tmp_path / "output"))


def findings(folder: Path, jobs: int | None = None) -> list[Finding]:
    with verification(folder, jobs) as verdict:
        return list(verdict.findings())


def places(found: list[Finding]) -> set[tuple[str, int | None]]:
    return {(finding.file, finding.line) for finding in found}


def edit_lines(path: Path, edit: Callable[[list[bytes]], list[bytes]]) -> None:
    path.write_bytes(b"".join(edit(path.read_bytes().splitlines(keepends=True))))


def first_warc(folder: Path) -> Path:
    return min((folder / "warc").iterdir())


def members(path: Path) -> list[Member]:
    with path.open("rb") as file:
        found = list(read_members(file, path, 1 << 30))
    return [member for member in found if isinstance(member, Member)]


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def flip(path: Path, offset: int, bit: int = 1) -> None:
    data = bytearray(path.read_bytes())
    data[offset] ^= bit
    path.write_bytes(data)


def told_of(found: list[Finding], file: str) -> list[Finding]:
    return [finding for finding in found if finding.file == file]


def edited(line: bytes, **fields: object) -> bytes:
    said = {**json.loads(line), **fields}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


OLDER = {"extractor": {"name": "khotoot_crawler", "version": "0"}}


def read_by_an_older_parser(line: bytes, **fields: object) -> bytes:
    """Return the line with what that parser read instead, and the digest of all that."""
    said = {**json.loads(line), **OLDER, **fields}
    names = ("kicker", "title", "lead", "body", "tags", "section", "source", "published_at")
    digest = content_digest(**{name: said[name] for name in names})
    return edited(line, **OLDER, **fields, content_digest=digest)


def sql(folder: Path, statement: str) -> None:
    with sqlite3.connect(folder / "state.sqlite") as db:
        db.execute(statement)
    db.close()


def lines_of(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / name).read_bytes().splitlines()]


def without_line(folder: Path, name: str, number: int) -> None:
    edit_lines(folder / name, lambda lines: [*lines[: number - 1], *lines[number:]])


def without_runs_that_know(folder: Path) -> None:
    """Take the counts of lines out of the run summaries."""
    for path in (folder / "runs").iterdir():
        path.write_text(json.dumps({**json.loads(path.read_bytes()), "counts": {}}))
