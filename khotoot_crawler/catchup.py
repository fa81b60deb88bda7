"""Bring state up to the JSONL files, the truth, after a crash or where state was lost."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable
from itertools import islice

from khotoot_crawler.errors import ArchiveError
from khotoot_crawler.items import article_from_line, gone_from_line, view_from_line
from khotoot_crawler.memory import Memory
from khotoot_crawler.state import DamagedError, State
from khotoot_crawler.stream import Stream, chained
from khotoot_crawler.times import now, run_id

logger = logging.getLogger(__name__)

_CHUNK = 10_000
# What comes of a line that no crawl wrote: it is no JSON, or has fields of other types or sizes.
_NOT_OURS = (
    *(ArchiveError, ArithmeticError, AttributeError, RecursionError, TypeError, ValueError),
    *(sqlite3.IntegrityError, sqlite3.InterfaceError, sqlite3.ProgrammingError),
)


def note_ends(state: State, streams: tuple[Stream, Stream, Stream]) -> None:
    """Remember in state up to where it knows each file; part of the transaction that told it.

    By its last line a start sees whether the file is still that one; by the chain ``verify`` sees
    whether all its lines are, and stand where they stood.
    """
    for stream in streams:
        known = [stream.end, stream.last_line_digest(), stream.chain]
        state.set_note(stream.path.name, json.dumps(known))


def catch_up(state: State, memory: Memory, streams: tuple[Stream, Stream, Stream]) -> list[str]:
    """Tell state the lines it does not know; return what was found and done, a line each.

    ``streams`` are articles, views and gone, opened, in that order.
    """
    found = []
    starts = [_known_end(state, stream) for stream in streams]
    others = [stream for stream, start in zip(streams, starts, strict=True) if start is None]
    if others:
        _tell_of_loss(state, others)
        found.append("state.sqlite does not fit the JSONL files: made again from their lines")
        with state.transaction():
            state.forget_lines()
        starts = [0, 0, 0]
        for stream in streams:
            stream.chain = ""
    tell: tuple[Callable[[int, bytes], None], ...] = (
        lambda offset, line: memory.line(article_from_line(line), offset, line),
        lambda _, line: memory.view(view_from_line(line)),
        lambda _, line: memory.gone(gone_from_line(line)),
    )
    for stream, start, tell_line in zip(streams, starts, tell, strict=True):
        told = _tell_from(state, stream, start or 0, tell_line)
        if told:
            found.append(f"{stream.path.name}: {told} lines that state.sqlite did not know")
    with state.transaction():
        note_ends(state, streams)
    return found


def _tell_of_loss(state: State, others: list[Stream]) -> None:
    """Keep what state knew of lines that are gone or changed: nothing else remembers them."""
    kept = state.path.with_name(f"{state.path.name}.before-{run_id(now())}")
    state.copy_to(kept)
    for stream in others:
        logger.warning(
            "%s: not what was acknowledged, lines are gone or changed: restore it from a copy, or "
            "look with scrapy verify; what knew them is kept as %s",
            *(stream.path.name, kept.name),
        )


def _known_end(state: State, stream: Stream) -> int | None:
    """Return up to where state knows the file; None where the file is another one by now."""
    note = state.json_note(stream.path.name, list)
    if note is None:
        stream.chain = ""
        return 0
    try:
        end, digest, *chain = note
        end = int(end)
    except (TypeError, ValueError) as error:
        raise DamagedError(f"note {stream.path.name} is none") from error
    if end > stream.end or stream.last_line_digest(end) != digest:
        return None
    stream.chain = chain[0] if chain else _chain_up_to(stream, end)
    return end


def _chain_up_to(stream: Stream, end: int) -> str:
    """Return the chain of the lines before ``end``, where state is of a time that kept none."""
    chain = ""
    for offset, line in stream.lines():
        if offset >= end:
            break
        chain = chained(chain, line)
    return chain


def _tell_from(state: State, stream: Stream, start: int, tell: Callable[[int, bytes], None]) -> int:
    lines = stream.lines(start)
    told = 0
    while chunk := list(islice(lines, _CHUNK)):
        with state.transaction():
            for offset, line in chunk:
                try:
                    tell(offset, line)
                except _NOT_OURS as error:
                    logger.warning("%s@%d: %s", stream.path.name, offset, error)
                stream.chain = chained(stream.chain, line)
        told += len(chunk)
        state.checkpoint()  # or the write-ahead log of a million lines is as large as state
    return told
