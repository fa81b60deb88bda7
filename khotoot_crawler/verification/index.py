"""index.cdxj against the records: each capture told once, to the byte, and in order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from khotoot_crawler.verification.finding import Finding
from khotoot_crawler.verification.folder import Folder
from khotoot_crawler.verification.scratch import Scratch

_NAME = "index.cdxj"
_NOT_INDEXED = """
SELECT r.file, r.offset, r.url FROM record r WHERE r.cdx IS NOT NULL AND r.file IN
    (SELECT file FROM indexed) AND NOT EXISTS
    (SELECT 1 FROM indexed i WHERE i.file = r.file AND i.offset = r.offset)
ORDER BY r.file, r.offset
"""
_FILES_NOT_INDEXED = """
SELECT file, count(*) FROM record WHERE cdx IS NOT NULL
    AND file NOT IN (SELECT file FROM indexed) GROUP BY file
"""


def check_index(folder: Folder, scratch: Scratch, *, running: bool) -> Iterator[Finding]:
    """Tell where the index and the sealed files differ; it is behind while a crawl runs."""
    path = folder.path / _NAME
    lines = 0
    if path.exists():
        for finding in _lines(folder, scratch, running=running):
            yield finding
    elif not running:
        yield Finding("index-missing", _NAME, "is not there")
        return
    for file, offset, url in scratch.db.execute(_NOT_INDEXED):
        if file not in folder.open:
            yield Finding("index", _NAME, f"does not tell of warc/{file}@{offset} ({url})")
    for file, count in scratch.db.execute(_FILES_NOT_INDEXED):
        if file not in folder.open and not running:
            what = f"tells none of the {count} captures of warc/{file}"
            yield Finding("index-missing", _NAME, what)
