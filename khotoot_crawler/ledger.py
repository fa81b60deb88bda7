"""The one owner of the order in which things become durable (the crash contract).

A page's exchange is written to the open WARC as it is answered. What was read from it waits here:
a thread syncs the WARC, writes the lines and syncs them; then state is told, then whoever waited.
Pages that wait at the same time share one such round.
"""

from __future__ import annotations

import asyncio
import logging
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from khotoot_crawler.archive.exchange import Exchange
from khotoot_crawler.archive.pairs import REVISIT_MIN_BYTES, Original, sha1_digest, target_uri
from khotoot_crawler.archive.writer import WarcWriter
from khotoot_crawler.catchup import note_ends
from khotoot_crawler.comparison import Comparison, ReadAgain
from khotoot_crawler.errors import OutputError
from khotoot_crawler.folder import OutputFolder
from khotoot_crawler.items import Article, WarcPlace
from khotoot_crawler.recheck import RecheckPolicy
from khotoot_crawler.round import Outcome, Resource, Round
from khotoot_crawler.state import Payload, State, Validators, is_damage, output_error
from khotoot_crawler.times import utc_text
from khotoot_crawler.urls import Site

logger = logging.getLogger(__name__)

_CHECKPOINT_EVERY = 200  # rounds
_ROUND_EVERY = 0.05  # seconds: a tenth of a page's CPU went into rounds of two or three pages
_Result = TypeVar("_Result")
_NOT_MODIFIED = re.compile(rb"HTTP/\S+\s+304\b")


@dataclass(frozen=True, slots=True)
class Capture:
    """An exchange as archived: its response (or revisit) record, and the date they bear."""

    place: WarcPlace
    date: str
    holder: Original  # the record that holds the payload: this one, or the one it revisits


class Ledger:
    """Owns an output folder during a run.

    Used from one event loop. ``failure`` is set, and ``on_failure`` called once, when something
    could not be written: from then on nothing is acknowledged any more. Where that is our own
    fault, ``defect`` is what broke. ``read_again`` reads a line's record with today's parser;
    without it lines are compared as they stand.
    """

    def __init__(
        self,
        folder: Path,
        *,
        site: Site,
        writer: WarcWriter,
        recheck: RecheckPolicy,
        min_free: int,
        read_again: ReadAgain | None = None,
    ) -> None:
        self.folder = folder
        self.failure: OutputError | None = None
        self.defect: Exception | None = None
        self.on_failure: Callable[[OutputError], None] = lambda _: None
        self.counts: Counter[str] = Counter()
        self._site = site
        self._recheck = recheck
        self._read_again = read_again
        self._writer = writer
        self._output = OutputFolder(folder, min_free=min_free)
        self._waiting: list[tuple[Outcome, asyncio.Future[None]]] = []
        self._payloads: dict[str, Payload] = {}
        self._validators: dict[int | str, Validators] = {}
        self._rounds = 0
        self._indexed = 0  # files that this run has sealed
        self._round_at = 0.0
        self._damage: Exception | None = None  # of state
        self._running: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, "ledger")

    @property
    def state(self) -> State:
        """Return the store of what is known; there while the ledger is open."""
        if self._output.state is None:
            raise OutputError(f"{self.folder}: not open; is pipelines.warc.WarcPipeline enabled?")
        return self._output.state

    @property
    def is_open(self) -> bool:
        """Whether this run holds the folder."""
        return self._output.state is not None

    # -- the run -------------------------------------------------------------

    def open(self) -> list[str]:
        """Take the folder and mend what the run before left; return what was found, a line each.

        Raises LockedError, StateError, UsageError, or OutputError where nothing can be written.
        A damaged state is made again.
        """
        try:
            found = self._output.take()
        except OSError as error:
            raise output_error(error, str(self.folder)) from error
        try:
            state, self._memory, mended = self._output.mend(self._recheck, self._site)
        except (OSError, sqlite3.Error) as error:
            self._let_go()
            raise output_error(error, str(self.folder)) from error
        except BaseException:
            self._let_go()
            raise
        articles = self._output.articles
        self._comparison = Comparison(state, articles, self._read_again, self.counts)
        return found + mended

    async def close(self) -> None:
        """Finish what waits, seal the WARC, bring the index up to it and let the folder go."""
        if not self.is_open:
            return
        try:
            while self._running is not None:
                await self._running
            await self._off_loop(self._writer.seal)
            if self.failure is None:
                with self.state.transaction():
                    self.state.add_payloads(self._payloads.values())
                await self._index_sealed()
        except (OSError, sqlite3.Error) as error:
            self._fail(error)
        finally:
            self._let_go()

    async def _index_sealed(self) -> None:
        """Note what was sealed, and bring the index up to it."""
        self._indexed = self._writer.sealed
        self._output.note_seals(await self._off_loop(self._output.digests_of_sealed))
        kept = dict(self._writer.index_lines)
        self._output.note_index(await self._off_loop(lambda: self._output.finish(kept)))
        for name in kept:
            self._writer.index_lines.pop(name).close()

    def _let_go(self) -> None:
        try:
            if self._damage is not None:
                self._output.set_state_aside(self._damage)
        finally:
            self._writer.drop_index_lines()
            self._output.release()
            self._thread.shutdown(wait=False)

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
            place = self._writer.write(exchange, original=original, digest=digest)
        except (OSError, sqlite3.Error) as error:
            raise self._fail(error) from error
        self.counts["exchanges"] += 1
        date = utc_text(exchange.started_at)
        own = Original(place.record_id, target_uri(exchange.url), date, place.payload_digest)
        if digest is not None and original is None and exchange.truncated is None:
            self._payloads[digest] = Payload(digest, own.record_id, own.url, own.date)
        return Capture(place=place, date=date, holder=original or own)

    def remember(self, page: int | str, validators: Validators) -> None:
        """Keep what a server said of a version, once what was read from it is acknowledged.

        ``page``: the article's code or the requisite's address, as its outcome names it.
        """
        self._validators[page] = validators

    def _original(self, exchange: Exchange, digest: str | None) -> Original | None:
        if _NOT_MODIFIED.match(exchange.head):
            held = self.state.validators(exchange.url)
            if held is None:
                return None
            return Original(held.record_id, held.record_url, held.record_date, held.payload_digest)
        if digest is None or exchange.truncated is not None:
            return None
        known = self._payloads.get(digest) or self.state.payload(digest)
        return None if known is None else Original(known.record_id, known.url, known.date, digest)

    # -- what was read -------------------------------------------------------

    def is_known(self, article: Article) -> bool:
        """Whether the last line of that article says the same."""
        with self.guard():
            last = self.state.last_line(article.site, int(article.news_code))
            return last is not None and self._comparison.is_same(last, article)
        return False

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
                await self._gather()
                await self._run_round()
        except (OSError, sqlite3.Error, OutputError) as error:
            self._fail(error)
        except Exception as error:
            # Its lines may be on the disk by now: told again, they would stand there twice.
            logger.exception("a round of the ledger broke")
            self.defect = error
            self._fail(OutputError(f"a defect, {error!r}; the next run reads the lines back"))
        finally:
            self._running = None
            for _, done in self._waiting:
                if not done.done():
                    done.set_exception(self.failure or OutputError("the ledger was closed"))
            if self.failure:
                self._waiting.clear()

    async def _gather(self) -> None:
        """Wait for more pages to share the next round, where the last one was just now."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, self._round_at + _ROUND_EVERY - loop.time()))
        self._round_at = loop.time()

    async def _run_round(self) -> None:
        batch, self._waiting = self._waiting, []
        lines = Round(self.state, self._memory, self._output.streams, self._comparison)
        ready: list[tuple[Outcome, asyncio.Future[None]]] = []
        payloads = dict(self._payloads)
        try:
            for outcome, done in batch:
                if self._is_taken(lines, outcome, done):
                    ready.append((outcome, done))
            told = (self._validators.pop(_page(outcome), None) for outcome, _ in ready)
            validators = [said for said in told if said is not None]
            await self._off_loop(lambda: self._make_durable(lines))
            self.counts += lines.counts  # whatever becomes of state, the lines are there
            with self.state.transaction():
                self.state.add_payloads(payloads.values())
                self.state.set_validators(validators)
                lines.tell()
                note_ends(self.state, self._output.streams)
        except BaseException:
            waiting = {id(done) for _, done in self._waiting}
            self._waiting += [entry for entry in batch if id(entry[1]) not in waiting]
            raise
        for digest in payloads:
            del self._payloads[digest]
        for _, done in ready:
            if not done.done():
                done.set_result(None)
        if self._writer.sealed > self._indexed:  # a file was full; the first walk takes days
            await self._index_sealed()

    def _is_taken(self, lines: Round, outcome: Outcome, done: asyncio.Future[None]) -> bool:
        """Add an outcome to a round; a defect of one page is told to that page alone."""
        try:
            if lines.add(outcome):
                return True
            self._waiting.append((outcome, done))
        except (OSError, sqlite3.Error):
            raise
        except Exception as error:
            done.set_exception(error)
        return False

    def _make_durable(self, lines: Round) -> None:
        self._output.check_room()
        self._writer.sync()
        lines.append()
        self._rounds += 1
        if self._rounds % _CHECKPOINT_EVERY == 0:
            self.state.checkpoint()

    async def _off_loop(self, work: Callable[[], _Result]) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _fail(self, error: OSError | sqlite3.Error | OutputError) -> OutputError:
        if self.failure is None:
            if is_damage(error):
                self._damage = error
            if not isinstance(error, OutputError):
                error = output_error(error, str(self.folder))
            self.failure = error
            self.on_failure(self.failure)
        return self.failure


def _page(outcome: Outcome) -> int | str:
    if isinstance(outcome, Resource):
        return outcome.url
    return int(outcome.news_code) if isinstance(outcome, Article) else outcome.code
