"""Close what a crashed run left open: the WARC files still called ``.open``."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from khotoot_crawler.archive.members import Damage, Member, read_members
from khotoot_crawler.archive.record import parse_header
from khotoot_crawler.archive.writer import OPEN_SUFFIX
from khotoot_crawler.durable import sync_folder

_KEEP = 64 * 1024  # of a record: its header, to see what it is


def recover(folder: Path) -> list[str]:
    """Cut each left-over file after its last whole pair and seal it; return a line for each.

    A file without a pair is deleted: nothing in it was ever acknowledged. Damage before the last
    whole pair stays where it is, for the pairs after it may have been acknowledged, and their
    offsets must hold. Raises OSError.
    """
    lines = [_recover_file(path) for path in sorted(folder.glob(f"*.warc.gz{OPEN_SUFFIX}"))]
    if lines:
        sync_folder(folder)
    return lines


@dataclass(slots=True)
class _Found:
    """What a left-over file holds: its whole pairs, and where the last one ends."""

    pairs: int = 0
    end: int = 0
    damage: list[Damage] = field(default_factory=list)


def _recover_file(path: Path) -> str:
    found = _whole_pairs(path)
    size = path.stat().st_size
    if not found.pairs:
        path.unlink()
        return f"{path.name}: no whole request/response pair in {size} bytes: deleted"
    with path.open("r+b") as file:
        file.truncate(found.end)
        os.fsync(file.fileno())
    sealed = _seal(path)
    told = [f"{path.name}: sealed as {sealed.name} with {found.pairs} pairs"]
    if size > found.end:
        told.append(f"{size - found.end} bytes after the last whole pair cut off")
    told += [f"damaged at {d.offset}: {d.reason}" for d in found.damage if d.offset < found.end]
    return "; ".join(told)


def _seal(path: Path) -> Path:
    """Give the file its sealed name, or one like it where that is taken, and return it."""
    sealed = path.with_name(path.name.removesuffix(OPEN_SUFFIX))
    stem, number = sealed.name.removesuffix(".warc.gz"), 0
    while sealed.exists():
        number += 1
        sealed = path.with_name(f"{stem}-{number}.warc.gz")
    return path.rename(sealed)


def _whole_pairs(path: Path) -> _Found:
    found = _Found()
    before: dict[str, str] = {}
    with path.open("rb", buffering=0) as file:
        for member in read_members(file, path, _KEEP):
            if isinstance(member, Damage):
                found.damage.append(member)
                before = {}
                continue
            headers = _header(member)
            if _is_answer_to(before, headers):
                found.pairs += 1
                found.end = member.offset + member.length
            before = headers
    return found


def _header(member: Member) -> dict[str, str]:
    """Return the header of a record, names in lower case; nothing where it is not whole."""
    try:
        headers, _, end = parse_header(member.data)
    except ValueError:
        return {}
    if member.size != end + len(b"\r\n\r\n"):
        return {}
    return {name.lower(): value for name, value in headers}


def _is_answer_to(request: dict[str, str], answer: dict[str, str]) -> bool:
    return (
        request.get("warc-type") == "request"
        and answer.get("warc-type") in ("response", "revisit")
        and answer.get("warc-concurrent-to") == request.get("warc-record-id")
    )
