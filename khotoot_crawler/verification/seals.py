"""The bytes of sealed WARC files that no check sum in them covers.

State took a digest of each file as it was sealed; where that holds, every byte does. The members
of all other files, those included that a run found after another had died, are held against what
packing their data again gives.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from khotoot_crawler.verification.finding import Finding
from khotoot_crawler.verification.folder import Folder, open_file, open_warc
from khotoot_crawler.verification.members import stray_byte, unpack
from khotoot_crawler.verification.scratch import Scratch
from khotoot_crawler.workers import in_order

_NOTES = """
SELECT substr(key, 1, instr(key, ':')), substr(key, instr(key, ':') + 1), value FROM state.note
WHERE key LIKE 'sealed:%' OR key LIKE 'found:%' ORDER BY key
"""
_MEMBERS = "SELECT offset, length FROM record WHERE file=? ORDER BY offset"
_AT_ONCE = 200  # members a task


class Sealed(NamedTuple):
    """The files of which state has a digest; of ``changed`` it is another one by now.

    ``proven``: they are as the run that wrote them left them.
    """

    names: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    proven: frozenset[str] = frozenset()


class _Members(NamedTuple):
    folder: Path
    name: str
    places: list[tuple[int, int]]


def read_seals(folder: Folder, scratch: Scratch, jobs: int) -> Sealed:
    """Hold the sealed files against the digests that state has of them."""
    notes = scratch.db.execute(_NOTES).fetchall()
    there = [(folder.warc(name), digest) for _, name, digest in notes if folder.warc(name).exists()]
    are_changed = in_order(_is_changed, there, jobs)
    changed = {path.name for (path, _), is_so in zip(there, are_changed, strict=True) if is_so}
    return Sealed(
        names=frozenset(name for _, name, _ in notes),
        changed=frozenset(changed),
        proven=frozenset(name for kind, name, _ in notes if kind == "sealed:") - changed,
    )


def _is_changed(sealed: tuple[Path, str]) -> bool:
    path, digest = sealed
    try:
        with open_file(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest() != digest
    except OSError:  # told where its records were read
        return False


def check_seals(folder: Folder, scratch: Scratch, sealed: Sealed, jobs: int) -> Iterator[Finding]:
    """Tell which files have changed in a way that no record shows."""
    members = _unproven(folder, scratch, sealed.proven)
    for found in in_order(_strays, members, jobs):
        yield from found
    for name in sorted(sealed.changed):
        if not _is_told(scratch, name):
            yield Finding("sealed", f"warc/{name}", _change(scratch, name))


def _unproven(folder: Folder, scratch: Scratch, proven: frozenset[str]) -> Iterator[_Members]:
    """Yield the members of the files that this project wrote and no digest speaks for."""
    for (name,) in scratch.db.execute("SELECT name FROM own_file ORDER BY name"):
        if name not in proven:
            places = scratch.db.execute(_MEMBERS, (name,))
            while some := list(islice(places, _AT_ONCE)):
                yield _Members(folder.path, name, some)


def _strays(members: _Members) -> list[Finding]:
    """Tell which members were changed though they unpack as before; runs in another process."""
    found = []
    # What cannot be read, or unpacked, by now was told when it was read.
    with suppress(OSError, ValueError), open_warc(members.folder, members.name) as file:
        for offset, length in members.places:
            raw = os.pread(file.fileno(), length, offset)
            stray = stray_byte(raw, unpack(raw))
            if stray is not None:
                what = "a byte was changed that no check sum covers"
                found.append(Finding("gzip", f"warc/{members.name}", what, offset + stray))
    return found


def _change(scratch: Scratch, name: str) -> str:
    """Tell how a file changed of which no member is bad: it may be cut between two of them."""
    named = "SELECT 1 FROM finding WHERE code IN ('index', 'pointer') AND instr(what, ?)"
    others = scratch.db.execute(named, (f"warc/{name}@",)).fetchone() is not None
    what = "its bytes are not those that were sealed; the records that are there are whole"
    return f"{what}, but not all are where lines name them" if others else what


def _is_told(scratch: Scratch, name: str) -> bool:
    query = "SELECT 1 FROM finding WHERE file=? AND code IN ('gzip', 'record')"
    return scratch.db.execute(query, (f"warc/{name}",)).fetchone() is not None
