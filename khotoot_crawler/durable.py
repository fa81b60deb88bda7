"""Names and small files that outlive a power cut."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def sync_folder(folder: Path) -> None:
    """Make renames and new names in a folder durable."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


@contextmanager
def replaced(path: Path, draft: Path | None = None) -> Iterator[BinaryIO]:
    """Give a file to write, which takes that name when it is whole and durable.

    Nobody ever sees a part of it, and nothing is left of one that does not come so far: a full disk
    has better use for the room. Two processes that may write the same file name a ``draft`` each.
    """
    draft = draft or path.with_name(path.name + ".tmp")
    try:
        with draft.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
