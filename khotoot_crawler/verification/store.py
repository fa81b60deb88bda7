"""state.sqlite, opened to be read: it is never written, nor anything beside it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from khotoot_crawler.readonly import readonly_address
from khotoot_crawler.store import SCHEMA, missing_columns
from khotoot_crawler.verification.finding import Finding
from khotoot_crawler.verification.folder import Folder
from khotoot_crawler.verification.scratch import Scratch

NAME = "state.sqlite"


@contextmanager
def attached(folder: Folder, scratch: Scratch) -> Iterator[tuple[bool, Finding | None]]:
    """Let the scratch database see the store as ``state``, as it is at this moment.

    Yields whether it does, and if not, what is wrong with the store; None where there is none.
    """
    path = folder.path / NAME
    if not path.exists():
        yield False, None
        return
    if not path.is_file():
        yield False, Finding("state", NAME, "is no regular file")
        return
    with ExitStack() as stack:
        try:
            path.open("rb").close()  # SQLite does not tell why it cannot
            scratch.db.execute("ATTACH ? AS state", (readonly_address(path, stack),))
        except OSError as error:
            yield False, Finding("unreadable", NAME, f"cannot be read: {error.strerror}")
            return
        except (sqlite3.Error, UnicodeDecodeError) as error:
            yield False, Finding("state", NAME, f"cannot be opened: {error}")
            return
        stack.callback(_detach, scratch)
        scratch.db.execute("BEGIN")
        fault = _fault(scratch)
        yield fault is None, fault


def _detach(scratch: Scratch) -> None:
    if scratch.db.in_transaction:
        scratch.db.execute("COMMIT")
    scratch.db.execute("DETACH state")


def _fault(scratch: Scratch) -> Finding | None:
    try:
        (version,) = scratch.db.execute("PRAGMA state.user_version").fetchone()
        if version > SCHEMA:  # an older one is read as it is: the next crawl brings it up
            what = f"was made by a newer version (schema {version}, this one reads {SCHEMA})"
            return Finding("state-version", NAME, what)
        if not version:
            return Finding("state", NAME, "holds nothing")
        (damage,) = scratch.db.execute("PRAGMA state.integrity_check(1)").fetchone()
        if version == SCHEMA and (missing := missing_columns(scratch.db, "state")):
            damage = f"it has no column {min(missing)}"
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # of a broken name in it
        damage = error
    return None if damage == "ok" else Finding("state", NAME, f"is damaged: {damage}")
