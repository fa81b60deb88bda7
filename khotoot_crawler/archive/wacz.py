"""WACZ 1.1.1 (specs.webrecorder.net/wacz/1.1.1): WARC files, index and page list in one ZIP.

Written as a stream: memory holds one block of the index, one page or a megabyte of a WARC.
"""

from __future__ import annotations

import json
import os
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from itertools import chain, count, islice
from pathlib import Path
from typing import BinaryIO, Self
from zipfile import ZIP64_LIMIT, ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

VERSION = "1.1.1"
_CHUNK = 1 << 20
_BLOCK_LINES = 1024  # index lines in a gzip member: what a reader fetches for one address
_INDEX = "index.cdx.gz"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same archive makes the same bytes, whenever it is packed
_PAGES_HEADER = {"format": "json-pages-1.0", "id": "pages", "title": "All Pages", "hasText": True}
_NO_NAME = re.compile(r"[^-a-z0-9._]")

Resource = dict[str, str | int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An entry of the page list.

    ``url`` is the address as archived, ``ts`` the capture's moment (RFC 3339), ``text`` what a
    full-text search finds the page by.
    """

    id: str
    url: str
    ts: str
    title: str
    text: str


class WaczWriter:
    """Write a WACZ into a seekable file: its parts, then ``finish``, within one context."""

    def __init__(self, file: BinaryIO) -> None:
        self._package = ZipFile(file, "w")
        self._resources: list[Resource] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._package.fp = None  # a file given up is not to be ended when this is collected

    def add_index(self, lines: Iterable[bytes]) -> None:
        """Add sorted CDXJ lines, in blocks with a second index over them.

        ReplayWeb.page reads a plain CDXJ file whole, and of a compressed one the blocks it needs.
        """
        blocks: list[bytes] = []
        self._add(f"indexes/{_INDEX}", _compressed_blocks(lines, blocks), ZIP_STORED)
        self._add("indexes/index.idx", blocks, ZIP_DEFLATED)

    def add_warc(self, path: Path) -> None:
        """Add a WARC file, uncompressed, so that its records can be read by offset."""
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            pieces = iter(lambda: file.read(_CHUNK), b"")
            self._add(f"archive/{path.name}", pieces, ZIP_STORED, size)

    def add_pages(self, pages: Iterable[Page]) -> None:
        """Add the page list."""
        self._add("pages/pages.jsonl", _page_lines(pages), ZIP_DEFLATED)

    def finish(self, about: Mapping[str, str]) -> None:
        """Add the manifest and its digest, and end the file; ``about``: title, created..."""
        manifest = {
            "profile": "data-package",
            "wacz_version": VERSION,
            **about,
            "resources": self._resources,
        }
        data = _json(manifest, indent=2)
        digest = {"path": "datapackage.json", "hash": f"sha256:{sha256(data).hexdigest()}"}
        self._add("datapackage.json", [data], ZIP_DEFLATED)
        self._add("datapackage-digest.json", [_json(digest, indent=2)], ZIP_DEFLATED)
        self._package.close()

    def _add(
        self, path: str, pieces: Iterable[bytes], compression: int, expected_size: int = 0
    ) -> None:
        entry = ZipInfo(path, _EPOCH)
        entry.compress_type = compression
        entry.external_attr = 0o644 << 16
        digest, size = sha256(), 0
        # ReplayWeb.page looks for the local ZIP64 field only where the central one is there too.
        is_large = expected_size > ZIP64_LIMIT
        with self._package.open(entry, "w", force_zip64=is_large) as file:
            for piece in pieces:
                file.write(piece)
                digest.update(piece)
                size += len(piece)
        fixity = f"sha256:{digest.hexdigest()}"
        self._resources.append(
            {"name": self._name(path), "path": path, "hash": fixity, "bytes": size}
        )

    def _name(self, path: str) -> str:
        """Return the name of a part in a data package: no capitals, and no other part's."""
        name = _NO_NAME.sub("-", path.rpartition("/")[2].lower())
        taken = {resource["name"] for resource in self._resources}
        alike = (f"{number}-{name}" for number in count(2))
        return next(each for each in chain([name], alike) if each not in taken)


def _compressed_blocks(lines: Iterable[bytes], blocks: list[bytes]) -> Iterator[bytes]:
    """Yield the lines as gzip members, and list them in ``blocks`` as cdxj-indexer does."""
    blocks.append(b"!meta 0 " + _json({"format": "cdxj-gzip-1.0", "filename": _INDEX}))
    rest, offset = iter(lines), 0
    while block := list(islice(rest, _BLOCK_LINES)):
        member = zlib.compress(b"".join(block), 9, wbits=31)
        place = {"offset": offset, "length": len(member)}
        place_and_digest = {**place, "digest": f"sha256:{sha256(member).hexdigest()}"}
        blocks.append(block[0].partition(b" {")[0] + b" " + _json(place_and_digest))
        offset += len(member)
        yield member


def _page_lines(pages: Iterable[Page]) -> Iterator[bytes]:
    yield _json(_PAGES_HEADER)
    for page in pages:
        yield _json(asdict(page))


def _json(value: object, indent: int | None = None) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=indent).encode() + b"\n"
