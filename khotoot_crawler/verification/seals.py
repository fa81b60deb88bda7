"""WARC files against the digests that state took of them as they were sealed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from khotoot_crawler.verification.finding import Finding
from khotoot_crawler.verification.folder import Folder
from khotoot_crawler.verification.scratch import Scratch
from khotoot_crawler.workers import in_order

_KEY = "sealed:"


def check_seals(folder: Folder, scratch: Scratch, jobs: int) -> Iterator[Finding]:
    """Tell which sealed files have changed in a way nothing else has shown, or are gone."""
    query = "SELECT substr(key, ?), value FROM state.note WHERE substr(key, 1, ?) = ? ORDER BY key"
    notes = scratch.db.execute(query, (len(_KEY) + 1, len(_KEY), _KEY)).fetchall()
    there = [(folder.warc(name), digest) for name, digest in notes if folder.warc(name).exists()]
    changed = in_order(_is_changed, there, jobs)
    for (path, _), is_changed in zip(there, changed, strict=True):
        if is_changed and not _is_told(scratch, path.name):
            what = "its bytes are not those that were sealed, though its records read the same"
            yield Finding("sealed", f"warc/{path.name}", what)
    for name, _ in notes:
        if not folder.warc(name).exists() and not _is_told(scratch, name):
            yield Finding("missing", f"warc/{name}", "was sealed, but is not there")


def _is_told(scratch: Scratch, name: str) -> bool:
    query = "SELECT 1 FROM finding WHERE file=? AND code IN ('gzip', 'record', 'missing')"
    return scratch.db.execute(query, (f"warc/{name}",)).fetchone() is not None


def _is_changed(sealed: tuple[Path, str]) -> bool:
    path, digest = sealed
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() != digest
    except OSError:  # told where its records were read
        return False
