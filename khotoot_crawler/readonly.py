"""How a SQLite file is opened so that nothing at all is written beside it."""

from __future__ import annotations

import os
import shutil
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote


def readonly_address(path: Path, stack: ExitStack) -> str:
    """Return a URI that has SQLite write nothing: its read-only mode alone makes a -shm file."""
    log, shared = (path.with_name(path.name + ending) for ending in ("-wal", "-shm"))
    if not log.exists() or not log.stat().st_size:
        return f"file:{_quoted(path)}?immutable=1"
    if not shared.exists():  # files copied while a crawl ran, or after it was killed
        copies = Path(stack.enter_context(TemporaryDirectory()))
        for file in (path, log):
            shutil.copyfile(file, copies / file.name)
        return f"file:{_quoted(copies / path.name)}?mode=ro"
    return f"file:{_quoted(path)}?mode=ro&readonly_shm=1"


def _quoted(path: Path) -> str:
    return quote(os.fsencode(path.absolute()))
