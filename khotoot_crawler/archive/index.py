"""index.cdxj: where in which sealed file the captures of a URL are, in the order of SURT keys.

The lines are those that cdxj-indexer writes and pywb searches. The index is derived: it is made
again from the WARC files where it cannot be read, and replaced as a whole.
"""

from __future__ import annotations

import heapq
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryFile
from types import MappingProxyType
from typing import BinaryIO

from khotoot_crawler.archive.members import Damage
from khotoot_crawler.archive.pairs import REVISIT, Captured, media_type, sha1_digest
from khotoot_crawler.archive.reader import iter_records
from khotoot_crawler.archive.record import Record
from khotoot_crawler.archive.sorted_lines import SortedLines
from khotoot_crawler.durable import replaced

INDEX_NAME = "index.cdxj"
_AT_ONCE = 100  # files merged in one go, each open meanwhile
_MOST_SPLICED = 200_000_000  # bytes of WARC, some 10,000 lines: for more a pass over all is less
_BLOCK = 4096
_COPIED = 1 << 20
_PLAIN_PATH = re.compile(
    r"(?P<origin>https?://[^/?#]++/)"
    r"(?P<path>(?:[A-Za-z0-9_-]|%[89A-Fa-f][0-9A-Fa-f])++(?:/(?:[A-Za-z0-9_-]|%[89A-Fa-f][0-9A-Fa-f])++)*+)"
)
_NO_DIGIT = re.compile(r"\D")
_FILENAME = re.compile(rb'^[^ ]+ \d{14,17} \{.*"filename": "([^"]+)"\}\n$')


def extend_index(
    folder: Path,
    indexed: set[str] | None = None,
    written: Mapping[str, SortedLines] = MappingProxyType({}),
    sealed: Collection[str] | None = None,
) -> int:
    """Bring ``index.cdxj`` of an output folder up to its sealed files; return the lines added.

    ``indexed``: the files it covers, where that is known; else all of it is read. ``written``: the
    sorted lines of files, by name, where whoever wrote them kept them; other files are read.
    ``sealed``: the files to cover, where a crawl may seal another meanwhile; else all there are.
    Raises OSError. Damaged parts of a WARC are passed over; ``verify`` tells them.
    """
    index = folder / INDEX_NAME
    paths = sorted((folder / "warc").glob("*.warc.gz"))
    warcs = {path.name: path for path in paths if sealed is None or path.name in sealed}
    indexed = _indexed_files(index) if indexed is None else indexed
    if indexed is None or not indexed <= warcs.keys():
        return _merge(index, None, list(warcs.values()), written)
    new = [path for name, path in warcs.items() if name not in indexed]
    return _add(index, new, written) if new else 0


def index_lines(path: Path) -> list[bytes]:
    """Return the index lines of a WARC file, sorted."""
    records = (item for item in iter_records(path) if not isinstance(item, Damage))
    return sorted(index_line(record) for record in records if _is_capture(record))


def index_line(record: Record) -> bytes:
    """Return the index line of a record."""
    is_revisit = record.type == "revisit"
    content_type = (record.content_type or "").encode("latin-1", "replace")
    captured = Captured(
        url=record.url or "",
        date=record.date or "",
        mime=REVISIT if is_revisit else media_type([content_type]),
        status=record.status,
        digest=record.payload_digest or (None if is_revisit else sha1_digest(record.payload)),
    )
    return capture_line(captured, record.offset, record.length, record.path.name)


def capture_line(captured: Captured, offset: int, length: int, filename: str) -> bytes:
    """Return the line of a capture, as cdxj-indexer writes it; place in bytes of the file."""
    fields = {
        "url": captured.url,
        "mime": captured.mime,
        "status": None if captured.status is None else f"{captured.status}",
        "digest": captured.digest,
        "length": f"{length}",
        "offset": f"{offset}",
        "filename": filename,
    }
    named = {name: value for name, value in fields.items() if value}
    timestamp = _timestamp(captured.date)
    return f"{surt_key(captured.url)} {timestamp} {json.dumps(named)}\n".encode()


def surt_key(url: str) -> str:
    """Return the key of a URL, as pywb makes it; the URL itself where it has none.

    The library looks at each part of a URL again and again, 2% of a crawl's CPU: where a path is
    but letters, digits and escaped letters of other scripts, it is only asked for the origin.
    """
    plain = _PLAIN_PATH.fullmatch(url)
    if plain is None:
        return _surt(url)
    return _surt_of_origin(plain["origin"]) + plain["path"].lower()


@lru_cache(maxsize=64)
def _surt_of_origin(origin: str) -> str:
    return _surt(origin)


def _surt(url: str) -> str:
    import surt  # type: ignore[import-untyped]  # takes a fifth of a second: not for every command

    try:
        return str(surt.surt(url))
    except Exception:  # the library raises whatever it stumbles on; cdxj-indexer does the same
        return url.replace(" ", "%20")


def _is_capture(record: Record) -> bool:
    if not record.url or len(_timestamp(record.date or "")) != 14:
        return False
    if record.type in ("resource", "metadata"):
        return record.get("Content-Type") != "application/warc-fields"
    return record.type in ("response", "revisit")


def _timestamp(date: str) -> str:
    return _NO_DIGIT.sub("", date.partition(".")[0])[:14]


def _indexed_files(index: Path) -> set[str] | None:
    """Return the files an index covers; None where it is missing, damaged or out of order."""
    if not index.exists():
        return None
    names: set[bytes] = set()
    before = b""
    with index.open("rb") as file:
        for line in file:
            match = _FILENAME.match(line)
            if not match or line < before:
                return None
            names.add(match[1])
            before = line
    return {name.decode() for name in names}


def _add(index: Path, warcs: list[Path], written: Mapping[str, SortedLines]) -> int:
    """Add the lines of these files to an index; return how many they are.

    A day's news among a million lines: these are copied in blocks, not looked at one by one:
    0.05 s of CPU for 322 MB, 0.7 s merged.
    """
    if len(warcs) > _AT_ONCE or sum(path.stat().st_size for path in warcs) > _MOST_SPLICED:
        return _merge(index, index, warcs, written)
    lines = [_lines(path, written) for path in warcs]
    with index.open("rb") as known:
        _replace(index, _spliced(known, index.stat().st_size, heapq.merge(*lines)))
    return sum(map(len, lines))


def _spliced(known: BinaryIO, size: int, lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield a sorted file with sorted lines in their places."""
    at = 0
    for line in lines:
        place = _place(known, at, size, line)
        yield from _blocks(known, at, place)
        yield line
        at = place
    yield from _blocks(known, at, size)


def _place(known: BinaryIO, low: int, high: int, line: bytes) -> int:
    """Return where a line belongs between two places of a sorted file, both begins of lines."""
    while high - low > _BLOCK:
        known.seek((low + high) // 2)
        known.readline()
        middle = known.tell()
        if middle >= high:  # lines as long as that are no use to bisect
            break
        if known.readline() < line:
            low = middle
        else:
            high = middle
    known.seek(low)
    while low < high and (found := known.readline()) < line:
        low += len(found)
    return low


def _blocks(known: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    known.seek(start)
    while start < end:
        block = known.read(min(_COPIED, end - start))
        yield block
        start += len(block)


def _lines(path: Path, written: Mapping[str, SortedLines]) -> list[bytes] | SortedLines:
    return written[path.name] if path.name in written else index_lines(path)


def _merge(
    index: Path, known: Path | None, warcs: list[Path], written: Mapping[str, SortedLines]
) -> int:
    """Write the lines of these files and the known ones as the index; return how many are new."""
    added = 0
    for start in range(0, max(len(warcs), 1), _AT_ONCE):
        with ExitStack() as stack:
            runs: list[Iterable[bytes]] = []
            if known is not None:
                runs.append(stack.enter_context(known.open("rb")))
            for path in warcs[start : start + _AT_ONCE]:
                lines = _lines(path, written)
                added += len(lines)
                runs.append(_set_aside(lines, stack.enter_context(TemporaryFile())))
            _replace(index, heapq.merge(*runs))
        known = index
    return added


def _set_aside(lines: Iterable[bytes], file: BinaryIO) -> BinaryIO:
    file.writelines(lines)
    file.seek(0)
    return file


def _replace(path: Path, lines: Iterator[bytes]) -> None:
    with replaced(path) as file:
        file.writelines(lines)
