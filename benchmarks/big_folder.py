"""An output folder as years of crawls leave it, without the years: state, index, sealed files.

python benchmarks/big_folder.py FOLDER ARTICLES
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from khotoot_crawler.archive.members import pack
from khotoot_crawler.state import State

SITE = "khootoot.ir"
FIRST_ARCHIVED = 1_000_000
_FILES = 50
_YEAR = 365 * 86_400_000
_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i+1 FROM n WHERE i < {count}-1) "
# As a crawl of a server with validators leaves them: a row of each kind for each article.
_ARTICLES = _NUMBERS + (
    "INSERT INTO article (site, code, path, status, due_at, asked_at, published_at)"
    " SELECT '{site}', {first}+i, '/fa/news/'||({first}+i)||'/slug-of-the-article', 'archived',"
    " {now}+{year}+i, {now}-i, {now}-i*400000 FROM n"
)
_LINES = _NUMBERS + (
    "INSERT INTO line (site, code, revision, content_digest, text_digest, extractor_version,"
    " offset, length, sha256) SELECT '{site}', {first}+i, 1, 'sha256:'||hex(randomblob(32)),"
    " randomblob(32), '1', i*6000, 6000, randomblob(32) FROM n"
)
_PAYLOADS = _NUMBERS + (
    "INSERT INTO payload SELECT 'sha1:'||hex(randomblob(16)), '<urn:uuid:'||hex(randomblob(16))"
    "||'>', 'https://{site}/fa/news/'||({first}+i)||'/slug', '2026-01-01T00:00:00.000Z' FROM n"
)
_RESOURCES = _NUMBERS + (
    "INSERT INTO resource (url, asked_at, etag, record_id, record_url, record_date)"
    " SELECT 'https://{site}/fa/news/'||({first}+i)||'/slug', {now}, hex(randomblob(8)),"
    " '<urn:uuid:'||hex(randomblob(16))||'>', 'https://{site}/fa/news/'||({first}+i)||'/slug',"
    " '2026-01-01T00:00:00.000Z' FROM n"
)


def make_folder(folder: Path, archived: int) -> None:
    """Make an output folder that knows so many archived articles."""
    (folder / "warc").mkdir(parents=True)
    State(folder / "state.sqlite").close()
    if not archived:
        return
    now = int(time.time() * 1000)
    told = {"count": archived, "site": SITE, "first": FIRST_ARCHIVED, "now": now, "year": _YEAR}
    with sqlite3.connect(folder / "state.sqlite") as db:
        for statement in (_ARTICLES, _LINES, _PAYLOADS, _RESOURCES):
            db.execute(statement.format(**told))
        # The archive was walked to its end.
        walked = json.dumps({"whole": True, "top": [FIRST_ARCHIVED + archived], "end": 3})
        db.execute("INSERT INTO note VALUES (?, ?)", (f"walk:{SITE}", walked))
    db.close()
    for number in range(_FILES):
        (folder / "warc" / _file(number)).write_bytes(pack(b"WARC/1.1\r\n\r\n\r\n\r\n"))
    with (folder / "index.cdxj").open("w", encoding="utf-8") as index:
        index.writelines(_index_lines(archived))


def _file(number: int) -> str:
    return f"khotoot-202601010000{number:05d}-00000-host.warc.gz"


def _index_lines(count: int) -> Iterator[str]:
    """Yield the lines in their order: all codes have seven digits."""
    for n in range(count):
        code = FIRST_ARCHIVED + n
        yield (
            f"ir,khootoot)/fa/news/{code}/slug-of-the-article 20260101000000 "
            f'{{"url": "https://{SITE}/fa/news/{code}/slug-of-the-article", "mime": "text/html", '
            f'"status": "200", "digest": "sha1:{code:032d}", "length": "12000", '
            f'"offset": "{n // _FILES * 12000}", "filename": "{_file(n % _FILES)}"}}\n'
        )


def add_pending(folder: Path, first: int, count: int) -> None:
    """Make so many articles due that were never fetched."""
    state = State(folder / "state.sqlite")
    with state.transaction():
        found = ((code, f"/fa/news/{code}/x") for code in range(first, first + count))
        state.discover(SITE, found, ask_again=0)
    state.checkpoint()
    state.close()


if __name__ == "__main__":
    make_folder(Path(sys.argv[1]), int(sys.argv[2]))
