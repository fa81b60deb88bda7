"""One run at a time on an output folder."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path

from khotoot_crawler.errors import LockedError


class FolderLock:
    """The kernel's lock on ``.lock``: it goes with the process, so a dead holder holds nothing."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / ".lock"
        self._fd = -1

    def take(self, started: str) -> int | None:
        """Take the lock; return the pid of a holder that died with it, None where none did.

        Raises LockedError, naming the holder, where a living run has it.
        """
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _holder(os.pread(fd, 200, 0))
            os.close(fd)
            raise LockedError(
                f"{self.path.parent}: held by another run (pid {holder.get('pid', 'unknown')}, "
                f"started {holder.get('started', 'unknown')}); wait for it to end"
            ) from None
        self._fd = fd
        holder = _holder(os.pread(fd, 200, 0))
        os.ftruncate(fd, 0)
        os.pwrite(fd, json.dumps({"pid": os.getpid(), "started": started}).encode(), 0)
        return holder.get("pid")

    def release(self) -> None:
        """Let the folder go."""
        if self._fd >= 0:
            os.ftruncate(self._fd, 0)
            os.close(self._fd)
            self._fd = -1


def _holder(text: bytes) -> dict[str, int]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
