"""What stands in an output folder, and whether a crawl is at work in it; nothing is written."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from khotoot_crawler.errors import UsageError
from khotoot_crawler.readable import check_readable

OPEN = ".open"
STREAMS = ("articles.jsonl", "gone.jsonl", "views.jsonl")  # an article's line is written last


@dataclass(frozen=True, slots=True)
class Folder:
    """An output folder as it was when the verification began.

    ``warcs`` are sealed names, ``open`` those that bear ``.open`` as yet; ``ends`` is the size of
    each JSONL file that can be read, up to its last newline while a crawl runs. ``misnamed`` are
    the paths of files that no line can name: their names are not UTF-8.
    """

    path: Path
    running: bool
    warcs: tuple[str, ...]
    open: frozenset[str]
    ends: dict[str, int]
    misnamed: tuple[str, ...] = ()

    def warc(self, name: str) -> Path:
        """Return where a file is under its sealed name."""
        return self.path / "warc" / name

    @property
    def is_running(self) -> bool:
        """Whether a crawl is, or was meanwhile, at work here."""
        return self.running or is_held(self.path) or self.ends != _ends(self.path)


def look_at(path: Path) -> Folder:
    """Return what stands in the folder.

    Raises UsageError where that is no output of a crawl, OutputError where it cannot be read.
    """
    if not path.is_dir():
        raise UsageError(f"{path}: no such folder; takes the output folder of a crawl")
    check_readable(path, path / "warc", path / "runs")
    running = is_held(path)
    ends = _ends(path)  # lines before WARCs: the records of these lines are there by now
    here = [file.name for file in path.glob("warc/*.warc.gz*")]
    found = [name for name in here if shown(name) == name]
    unsealed = {name.removesuffix(OPEN) for name in found if name.endswith(".warc.gz" + OPEN)}
    sealed = {name for name in found if name.endswith(".warc.gz")}
    if not (ends or here or (path / "state.sqlite").exists()):
        raise UsageError(f"{path}: holds no output of a crawl")
    unsealed -= sealed
    return Folder(
        path,
        running,
        warcs=tuple(sorted(sealed | unsealed)),
        open=frozenset(unsealed),
        ends=ends,
        misnamed=tuple(sorted(f"warc/{shown(name)}" for name in here if shown(name) != name)),
    )


def shown(name: str) -> str:
    """Return the name of a file as text; bytes in it that are not UTF-8 are escaped.

    >>> shown("x\\udcff.warc.gz")
    'x\\\\xff.warc.gz'
    """
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def open_file(path: Path) -> BufferedReader:
    """Open a regular file; raises OSError for any other kind, which might never end, or begin."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    return path.open("rb")


@contextmanager
def open_warc(folder: Path, name: str) -> Iterator[BinaryIO]:
    """Open a WARC file, sealed or not: a crawl may seal it meanwhile."""
    for candidate in (name, name + OPEN, name):
        try:
            file = open_file(folder / "warc" / candidate)
        except FileNotFoundError:
            continue
        with file:
            yield file
        return
    raise FileNotFoundError(2, "No such file", name)


def is_held(folder: Path) -> bool:
    """Whether a living crawl holds the folder; its lock is tried only where one is named."""
    try:
        descriptor = os.open(folder / ".lock", os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        if not os.fstat(descriptor).st_size:  # let go of: no starting crawl is to meet our lock
            return False
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _ends(path: Path) -> dict[str, int]:
    files = [path / name for name in STREAMS]
    return {
        file.name: file.stat().st_size
        for file in files
        if file.is_file() and os.access(file, os.R_OK)
    }
