"""The output folder of a run: whose it is, what the run before left in it, what it holds."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import logging
import shutil
import socket
import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from khotoot_crawler.archive.index import INDEX_NAME, extend_index
from khotoot_crawler.archive.recovery import recover
from khotoot_crawler.archive.sorted_lines import SortedLines
from khotoot_crawler.catchup import catch_up
from khotoot_crawler.durable import sync_folder
from khotoot_crawler.errors import ArchiveError, OutputError, UsageError
from khotoot_crawler.items import article_from_line
from khotoot_crawler.lock import FolderLock
from khotoot_crawler.memory import Memory
from khotoot_crawler.recheck import RecheckPolicy
from khotoot_crawler.state import DamagedError, State, is_damage
from khotoot_crawler.stream import Stream
from khotoot_crawler.times import now, run_id, utc_text
from khotoot_crawler.urls import Site

logger = logging.getLogger(__name__)

_STATE = "state.sqlite"


class OutputFolder:
    """Lock, streams and state of one output folder; usable between ``take`` and ``release``."""

    def __init__(self, path: Path, *, min_free: int) -> None:
        self.path = path
        self.articles = Stream(path / "articles.jsonl")
        self.views = Stream(path / "views.jsonl")
        self.gone = Stream(path / "gone.jsonl")
        self.state: State | None = None
        self._min_free = min_free
        self._lock = FolderLock(path)
        self._sealed: set[str] = set()
        self._indexed: set[str] | None = None

    @property
    def streams(self) -> tuple[Stream, Stream, Stream]:
        """The JSONL files in the order in which state is told of them."""
        return self.articles, self.views, self.gone

    def take(self) -> list[str]:
        """Lock the folder, made where it was not; return what was found, a line each."""
        (self.path / "warc").mkdir(parents=True, exist_ok=True)
        dead = self._lock.take(utc_text(now()))
        return [f"lock of a run that died (pid {dead}): taken over"] if dead else []

    def mend(self, recheck: RecheckPolicy, site: Site) -> tuple[State, Memory, list[str]]:
        """Cut what was not acknowledged and bring state up to the rest.

        Return state, what tells it, and what was found and done, a line each.
        """
        self.check_room()
        (self.path / "runs").mkdir(exist_ok=True)  # a run without a summary would pass for dead
        found = []
        for stream in self.streams:
            if cut := stream.open():
                found.append(f"{stream.path.name}: {cut} bytes after the last newline cut off")
        found += recover(self.path / "warc")
        try:
            state, memory, told = self._open_state(recheck, site)
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            self.set_state_aside(error)
            state, memory, told = self._open_state(recheck, site)
        return state, memory, found + told

    def _open_state(self, recheck: RecheckPolicy, site: Site) -> tuple[State, Memory, list[str]]:
        """Open state and bring it, and the index, up to the files."""
        self.state = State(self.path / _STATE)
        self._note_found(self.state)
        memory = Memory(self.state, recheck)
        told = catch_up(self.state, memory, self.streams)
        self._check_address(self.state, site)
        extend_index(self.path, self._covered())
        self.note_index(self._warcs())
        return self.state, memory, told

    def set_state_aside(self, error: BaseException) -> None:
        """Keep a damaged state under another name: the lines, the truth, make it again."""
        if self.state is not None:
            self.state.close()
            self.state = None
        kept = f"{_STATE}.damaged-{run_id(now())}"
        for part in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                (self.path / f"{_STATE}{part}").rename(self.path / f"{kept}{part}")
        sync_folder(self.path)
        logger.warning(
            "%s: damaged (%s): kept as %s, and made again from the lines at the start of a run; "
            "what had been found but not archived yet has to be found again",
            *(_STATE, error, kept),
        )

    def check_room(self) -> None:
        """Raise OutputError where the disk is about to be full."""
        free = shutil.disk_usage(self.path).free
        if free < self._min_free:
            raise OutputError(
                f"{self.path}: {free // 1_000_000} MB free, fewer than KHOTOOT_MIN_FREE "
                f"({self._min_free // 1_000_000} MB); make room, then run again"
            )

    def digests_of_sealed(self) -> dict[str, str]:
        """Return the sha256 of each file sealed since this was last asked."""
        new = self._warcs() - self._sealed
        self._sealed |= new
        return {name: self._digest(name) for name in new}

    def note_seals(self, digests: dict[str, str]) -> None:
        """Remember what was sealed: no record's digest sees a changed byte of a gzip header."""
        assert self.state is not None
        with self.state.transaction():
            for name, digest in digests.items():
                self.state.set_note(f"sealed:{name}", digest)

    def _note_found(self, state: State) -> None:
        """Remember what a run that died had sealed, or left to be sealed, as it is now.

        Under a name of its own: nobody saw the file between then and now.
        """
        self._sealed = self._warcs()
        with state.transaction():
            for name in self._sealed:
                if state.note(f"sealed:{name}") is None and state.note(f"found:{name}") is None:
                    state.set_note(f"found:{name}", self._digest(name))

    def _digest(self, name: str) -> str:
        with (self.path / "warc" / name).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def finish(self, index_lines: Mapping[str, SortedLines]) -> set[str]:
        """Bring the index up to what was sealed, and the write-ahead log into state's file.

        ``index_lines``: those of files that the writer has kept. Return the files it covers then.
        """
        sealed = self._warcs()
        extend_index(self.path, self._indexed, index_lines, sealed)
        if self.state is not None:
            self.state.checkpoint()
        return sealed

    def note_index(self, covered: set[str]) -> None:
        """Remember which files the index covers: reading a million lines takes a second."""
        assert self.state is not None
        self._indexed = covered
        known = [*_size_and_time(self.path / INDEX_NAME), sorted(self._indexed)]
        self.state.set_note(INDEX_NAME, json.dumps(known))

    def _covered(self) -> set[str] | None:
        """Return the files that the index covers; None where it is another one than was noted."""
        assert self.state is not None
        noted = self.state.json_note(INDEX_NAME, list)
        try:
            size, time, names = noted or (-1, -1, [])
            covered = {str(name) for name in names}
        except (TypeError, ValueError) as error:
            raise DamagedError(f"note {INDEX_NAME} is none") from error
        return covered if (size, time) == _size_and_time(self.path / INDEX_NAME) else None

    def release(self) -> None:
        """Let go of everything as it is; the next start mends it."""
        for stream in self.streams:
            stream.close()
        if self.state is not None:
            self.state.close()
            self.state = None
        self._lock.release()

    def _warcs(self) -> set[str]:
        return {path.name for path in (self.path / "warc").glob("*.warc.gz")}

    def _check_address(self, state: State, site: Site) -> None:
        """Refuse to mix what a loopback server said with what the site says."""
        here = network(site.base_url)
        noted = state.note("network") or self._network_of_first_line()
        if noted is not None and noted != here:
            raise UsageError(
                f"{self.path}: holds pages of a {noted} address, {site.base_url} is a {here} one; "
                "give each a folder of its own (-s KHOTOOT_OUTPUT=...)"
            )
        state.set_note("network", here)

    def _network_of_first_line(self) -> str | None:
        for _, line in self.articles.lines():
            with suppress(ArchiveError):
                return network(article_from_line(line).fetched_url)
        return None


def _size_and_time(path: Path) -> tuple[int, int]:
    stat = path.stat() if path.exists() else None
    return (stat.st_size, stat.st_mtime_ns) if stat else (0, 0)


def network(url: str) -> str:
    """Tell whether an address is on this machine: ``loopback`` or ``public``.

    >>> [network(f"http://{host}/") for host in ("127.1", "[::ffff:127.0.0.1]", "0.0.0.0", "a.ir")]
    ['loopback', 'loopback', 'loopback', 'public']
    """
    host = urlsplit(url).hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "loopback" if host == "localhost" or _is_short_loopback(host) else "public"
    mapped = getattr(address, "ipv4_mapped", None) or address
    return "loopback" if mapped.is_loopback or mapped.is_unspecified else "public"


def _is_short_loopback(host: str) -> bool:
    """Tell whether a host is 127.0.0.1 in fewer or other figures, as the system reads them."""
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host)).is_loopback
    except OSError:
        return False
