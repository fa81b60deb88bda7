"""The whole verification: every file is read once, then each is held against the others."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from khotoot_crawler.verification.finding import Finding
from khotoot_crawler.verification.folder import OPEN, Folder, look_at, open_warc, shown
from khotoot_crawler.verification.index import check_index
from khotoot_crawler.verification.lines import read_streams, read_texts
from khotoot_crawler.verification.links import check_links
from khotoot_crawler.verification.lost import check_lost
from khotoot_crawler.verification.owed import check_counts, check_debts, note_debts
from khotoot_crawler.verification.pointers import check_pointers
from khotoot_crawler.verification.remembered import check_memory
from khotoot_crawler.verification.runs import read_runs
from khotoot_crawler.verification.scratch import Scratch
from khotoot_crawler.verification.seals import Sealed, check_seals, read_seals
from khotoot_crawler.verification.sequence import check_sequence
from khotoot_crawler.verification.store import NAME, attached
from khotoot_crawler.verification.unaccounted import check_unaccounted
from khotoot_crawler.verification.warcs import read_warcs
from khotoot_crawler.workers import cores

_WORTH_WORKERS = 3_000_000  # bytes; below that, starting processes takes longer than reading
_COUNTED = {
    "records": "record",
    "articles": "article",
    "views": "view",
    "gone": "gone",
    "index_lines": "indexed",
    "pages_read_again": "reading",
}
# What comes of asking a state whose schema or rows nobody wrote so.
_UNUSABLE = (sqlite3.DatabaseError, ValueError, TypeError, LookupError)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was read (``checked``), what was not (``notes``), and what disagrees."""

    checked: dict[str, int]
    notes: tuple[str, ...]
    scratch: Scratch

    @property
    def count(self) -> int:
        """Return how many disagreements there are."""
        return self.scratch.count("finding")

    def findings(self) -> Iterator[Finding]:
        """Return what disagrees, as long as the verification's context lasts."""
        return self.scratch.findings()


@contextmanager
def verification(path: Path, jobs: int | None = None) -> Iterator[Verdict]:
    """Read an output folder and hold all in it against each other, in so many processes.

    Raises UsageError where there is no output of a crawl.
    """
    folder = look_at(path)
    if jobs is None:
        jobs = cores() if _size(folder) > _WORTH_WORKERS else 1
    with Scratch() as scratch:
        read_streams(folder, scratch, jobs)
        read_warcs(folder, scratch, jobs)
        read_texts(folder, scratch, jobs)
        scratch.tell(read_runs(folder, scratch))
        notes = _compare(folder, scratch, jobs)
        counts = {name: scratch.count(table) for name, table in _COUNTED.items()}
        yield Verdict({"warc_files": len(folder.warcs), **counts}, notes, scratch)


def _size(folder: Folder) -> int:
    size = sum(folder.ends.values())
    for name in folder.warcs:
        with suppress(OSError), open_warc(folder.path, name) as file:  # told where it is read
            size += os.fstat(file.fileno()).st_size
    return size


def _compare(folder: Folder, scratch: Scratch, jobs: int) -> tuple[str, ...]:
    """Make the findings; return what could not be compared, and why."""
    notes = []
    with attached(folder, scratch) as (has_state, fault):
        running = folder.is_running  # after state was opened: it is of this moment
        if running:
            notes.append("a crawl is at work here: what it has not finished is not checked")
        if not has_state and fault is None:
            notes.append(f"{NAME} is not there: what it would remember is not checked")
        sealed = Sealed()
        if has_state:
            sealed, fault = _seals(folder, scratch, jobs)
        _compare_files(folder, scratch, sealed, running=running)
        if has_state:
            fault = _compare_state(folder, scratch, running=running) or fault
        scratch.tell(check_seals(folder, scratch, sealed, jobs))
        if fault is not None and not running:
            scratch.tell([fault])
        note_debts(scratch)
        fault = _compare_debts(folder, scratch, has_state=has_state and fault is None)
        if not running:
            scratch.tell([fault] if fault is not None else [])
            scratch.tell(check_counts(folder, scratch))
    return tuple(notes)


def _compare_files(folder: Folder, scratch: Scratch, sealed: Sealed, *, running: bool) -> None:
    for path in folder.misnamed:
        scratch.tell([Finding("name", path, "its name is not UTF-8: no line can name it")])
    if not running:
        scratch.tell(_left_open(folder))
    scratch.tell(_lost_lines(folder))
    scratch.tell(check_index(folder, scratch, running=running))
    scratch.tell(check_lost(folder, scratch, sealed.names, running=running))
    scratch.tell(check_links(folder, scratch))
    scratch.tell(check_pointers(folder, scratch))
    scratch.tell(check_sequence(folder, scratch))


def _lost_lines(folder: Folder) -> Iterator[Finding]:
    for path in sorted(folder.path.glob("state.sqlite.before-*")):
        what = "knew of lines that a crawl found gone or changed when it started"
        yield Finding("lost", shown(path.name), what)


def _left_open(folder: Folder) -> Iterator[Finding]:
    for path in sorted(folder.path.glob(f"warc/*.warc.gz{OPEN}")):
        what = "is still open, but no crawl holds the folder: a run died"
        yield Finding("left-open", f"warc/{shown(path.name)}", what)


def _seals(folder: Folder, scratch: Scratch, jobs: int) -> tuple[Sealed, Finding | None]:
    """Return what state sealed, or why that cannot be told."""
    try:
        return read_seals(folder, scratch, jobs), None
    except _UNUSABLE as error:
        return Sealed(), _unusable(error)


def _compare_state(folder: Folder, scratch: Scratch, *, running: bool) -> Finding | None:
    """Compare what state remembers; return why it cannot be asked, where that is so."""
    try:
        scratch.tell(check_memory(folder, scratch, running=running))
    except _UNUSABLE as error:
        return _unusable(error)
    return None


def _compare_debts(folder: Folder, scratch: Scratch, *, has_state: bool) -> Finding | None:
    """Tell what no line accounts for, as far as state can be asked; return why it cannot be.

    Of a state that is behind the checks before this have not asked all.
    """
    fault = None
    for check in (check_unaccounted, check_debts):
        try:
            scratch.tell(check(folder, scratch, has_state=has_state))
        except _UNUSABLE as error:
            if not has_state:
                raise
            has_state, fault = False, _unusable(error)
            scratch.tell(check(folder, scratch, has_state=False))
    return fault


def _unusable(error: Exception) -> Finding:
    return Finding("state", NAME, f"cannot be read: {error}")
