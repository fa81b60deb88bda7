"""The one owner of the order in which things become durable (the crash contract).

A page's exchange is written to the open WARC as it is answered. What was read from it waits here:
a thread syncs the WARC, writes the lines and syncs them; then state is told, then whoever waited.
Pages that wait at the same time share one such round.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from khotoot_crawler.archive.exchange import Exchange
from khotoot_crawler.archive.index import extend_index
from khotoot_crawler.archive.pairs import REVISIT_MIN_BYTES, Original, sha1_digest, target_uri
from khotoot_crawler.archive.recovery import recover
from khotoot_crawler.archive.writer import WarcWriter
from khotoot_crawler.catchup import catch_up, note_ends
from khotoot_crawler.errors import OutputError, UsageError
from khotoot_crawler.items import Article, WarcPlace, article_from_line
from khotoot_crawler.lock import FolderLock
from khotoot_crawler.memory import Memory
from khotoot_crawler.recheck import RecheckPolicy
from khotoot_crawler.round import Outcome, Round
from khotoot_crawler.state import Payload, State, Validators, output_error
from khotoot_crawler.stream import Stream
from khotoot_crawler.times import now, utc_text
from khotoot_crawler.urls import Site

_CHECKPOINT_EVERY = 200  # rounds
_NOT_MODIFIED = re.compile(rb"HTTP/\S+\s+304\b")


@dataclass(frozen=True, slots=True)
class Capture:
    """An exchange as archived: its response (or revisit) record, and the date they bear."""

    place: WarcPlace
    date: str
    holder: Original  # the record that holds the payload: this one, or the one it revisits


class Ledger:
    """Owns an output folder during a run: its lock, its files, its state.

    Used from one event loop. ``failure`` is set, and ``on_failure`` called once, when something
    could not be written: from then on nothing is acknowledged any more.
    """

    def __init__(
        self, folder: Path, *, site: Site, writer: WarcWriter, recheck: RecheckPolicy, min_free: int
    ) -> None:
        self.folder = folder
        self.site = site
        self.failure: OutputError | None = None
        self.on_failure: Callable[[OutputError], None] = lambda _: None
        self.counts: Counter[str] = Counter()
        self._min_free = min_free
        self._recheck = recheck
        self._writer = writer
        self._lock = FolderLock(folder)
        self._articles = Stream(folder / "articles.jsonl")
        self._views = Stream(folder / "views.jsonl")
        self._gone = Stream(folder / "gone.jsonl")
        self._waiting: list[tuple[Outcome, asyncio.Future[None]]] = []
        self._payloads: dict[str, Payload] = {}
        self._validators: dict[str, Validators] = {}
        self._rounds = 0
        self._running: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, "ledger")
        self._state: State | None = None

    @property
    def _streams(self) -> tuple[Stream, Stream, Stream]:
        return self._articles, self._views, self._gone

    @property
    def state(self) -> State:
        """Return the store of what is known; there while the ledger is open."""
        if self._state is None:
            raise OutputError(f"{self.folder}: not open")
        return self._state

    @property
    def is_open(self) -> bool:
        """Whether this run holds the folder."""
        return self._state is not None

    # -- the run -------------------------------------------------------------

    def open(self) -> list[str]:
        """Take the folder and mend what the run before left; return what was found, a line each.

        Raises LockedError, StateError, or OutputError where the folder cannot be written.
        """
        try:
            (self.folder / "warc").mkdir(parents=True, exist_ok=True)
            dead = self._lock.take(utc_text(now()))
        except OSError as error:
            raise output_error(error, str(self.folder)) from error
        try:
            found = [f"lock of a run that died (pid {dead}): taken over"] if dead else []
            return found + self._mend()
        except (OSError, sqlite3.Error) as error:
            self.abandon()
            raise output_error(error, str(self.folder)) from error
        except BaseException:
            self.abandon()
            raise

    def _mend(self) -> list[str]:
        self._check_room()
        found = []
        for stream in self._streams:
            if cut := stream.open():
                found.append(f"{stream.path.name}: {cut} bytes after the last newline cut off")
        found += recover(self.folder / "warc")
        self._state = State(self.folder / "state.sqlite")
        self._memory = Memory(self._state, self._recheck)
        found += catch_up(self._state, self._memory, self._streams)
        self._check_address(self._state)
        extend_index(self.folder)
        return found

    def _check_address(self, state: State) -> None:
        """Refuse to mix what a loopback server said with what the site says."""
        here = _network(self.site.base_url)
        noted = state.note("network") or self._network_of_first_line()
        if noted is not None and noted != here:
            raise UsageError(
                f"{self.folder}: holds pages of a {noted} address, {self.site.base_url} is a "
                f"{here} one; give each a folder of its own (-s KHOTOOT_OUTPUT=...)"
            )
        state.set_note("network", here)

    def _network_of_first_line(self) -> str | None:
        for _, line in self._articles.lines():
            return _network(article_from_line(line).fetched_url)
        return None

    async def close(self) -> None:
        """Finish what waits, seal the WARC, bring the index up to it and let the folder go."""
        if self._state is None:
            return
        while self._running is not None:
            await self._running
        try:
            await self._off_loop(self._writer.seal)
            if self.failure is None:
                with self.state.transaction():
                    self.state.add_payloads(self._payloads.values())
                    self.state.set_validators(self._validators.values())
                await self._off_loop(self._index)
        except (OSError, sqlite3.Error) as error:
            self._fail(error)
        finally:
            self.abandon()

    def _index(self) -> None:
        extend_index(self.folder)
        self.state.checkpoint()

    def abandon(self) -> None:
        """Let go of everything as it is; the next start mends it."""
        for stream in self._streams:
            stream.close()
        if self._state is not None:
            self._state.close()
            self._state = None
        self._thread.shutdown(wait=False)
        self._lock.release()

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Take a failed write to state for what it is: the end of the run, not a defect."""
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            self._fail(error)

    # -- the archive ---------------------------------------------------------

    def record(self, exchange: Exchange) -> Capture:
        """Write an exchange to the open WARC; raises OutputError where it cannot be."""
        if self.failure is not None:
            raise self.failure
        digest = sha1_digest(exchange.body) if len(exchange.body) >= REVISIT_MIN_BYTES else None
        try:
            original = self._original(exchange, digest)
            place = self._writer.write(exchange, original=original)
        except (OSError, sqlite3.Error) as error:
            raise self._fail(error) from error
        self.counts["exchanges"] += 1
        date = utc_text(exchange.started_at)
        own = Original(place.record_id, target_uri(exchange.url), date)
        if digest is not None and original is None and exchange.truncated is None:
            self._payloads[digest] = Payload(digest, own.record_id, own.url, own.date)
        return Capture(place=place, date=date, holder=original or own)

    def remember(self, validators: Validators) -> None:
        """Keep what a server said of a version, once its record is durable."""
        self._validators[validators.url] = validators

    def _original(self, exchange: Exchange, digest: str | None) -> Original | None:
        if _NOT_MODIFIED.match(exchange.head):
            held = self.state.validators(exchange.url)
            if held is None:
                return None
            return Original(held.record_id, held.record_url, held.record_date)
        if digest is None or exchange.truncated is not None:
            return None
        known = self._payloads.get(digest) or self.state.payload(digest)
        return None if known is None else Original(known.record_id, known.url, known.date)

    # -- what was read -------------------------------------------------------

    def is_known(self, article: Article) -> bool:
        """Whether the last line of that article says the same."""
        last = self.state.last_line(article.site, int(article.news_code))
        return last is not None and last.content_digest == article.content_digest

    async def acknowledge(self, outcome: Outcome) -> None:
        """Return once what was read is durable; raises OutputError where it is not."""
        if self.failure is not None:
            raise self.failure
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((outcome, done))
        if self._running is None:
            self._running = asyncio.ensure_future(self._run_rounds())
        await done

    async def _run_rounds(self) -> None:
        try:
            while self._waiting and self.failure is None:
                await self._run_round()
        except (OSError, sqlite3.Error, OutputError) as error:
            self._fail(error)
        finally:
            self._running = None
            for _, done in self._waiting:
                if not done.done():
                    done.set_exception(self.failure or OutputError("the ledger was closed"))
            if self.failure:
                self._waiting.clear()

    async def _run_round(self) -> None:
        batch, self._waiting = self._waiting, []
        lines = Round(self.state, self._memory, self._streams)
        ready: list[tuple[Outcome, asyncio.Future[None]]] = []
        for outcome, done in batch:
            (ready if lines.add(outcome) else self._waiting).append((outcome, done))
        payloads = dict(self._payloads)
        validators, self._validators = self._validators, {}
        try:
            await self._off_loop(lambda: self._make_durable(lines))
            with self.state.transaction():
                self.state.add_payloads(payloads.values())
                self.state.set_validators(validators.values())
                lines.tell()
                note_ends(self.state, self._streams)
        except BaseException:
            self._waiting = ready + self._waiting
            raise
        for digest in payloads:
            del self._payloads[digest]
        self.counts += lines.counts
        for _, done in ready:
            if not done.done():
                done.set_result(None)

    def _make_durable(self, lines: Round) -> None:
        self._check_room()
        self._writer.sync()
        lines.append()
        self._rounds += 1
        if self._rounds % _CHECKPOINT_EVERY == 0:
            self.state.checkpoint()

    def _check_room(self) -> None:
        free = shutil.disk_usage(self.folder).free
        if free < self._min_free:
            raise OutputError(
                f"{self.folder}: {free // 1_000_000} MB free, fewer than KHOTOOT_MIN_FREE "
                f"({self._min_free // 1_000_000} MB); make room, then run again"
            )

    async def _off_loop(self, work: Callable[[], object]) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _fail(self, error: OSError | sqlite3.Error | OutputError) -> OutputError:
        if self.failure is None:
            if not isinstance(error, OutputError):
                error = output_error(error, str(self.folder))
            self.failure = error
            self.on_failure(self.failure)
        return self.failure


def _network(url: str) -> str:
    host = urlsplit(url).hostname or ""
    try:
        is_loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = host == "localhost"
    return "loopback" if is_loopback else "public"
