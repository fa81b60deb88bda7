"""One run at a time on an output folder, also against other processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from khotoot_crawler.errors import LockedError
from khotoot_crawler.lock import FolderLock

HOLD = """
import sys, time
from pathlib import Path
from khotoot_crawler.lock import FolderLock
lock = FolderLock(Path(sys.argv[1]))
lock.take("2026-11-22T08:30:00.123Z")
print("held", flush=True)
time.sleep(60)
"""


def hold(folder: Path) -> subprocess.Popen[str]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def test_a_living_holder_is_named_and_a_dead_one_is_succeeded(tmp_path: Path) -> None:
    holder = hold(tmp_path)
    lock = FolderLock(tmp_path)
    with pytest.raises(LockedError, match=rf"pid {holder.pid}, started 2026-11-22T08:30:00.123Z"):
        lock.take("now")
    os.kill(holder.pid, signal.SIGKILL)
    holder.communicate()
    assert lock.take("now") == holder.pid
    lock.release()
    assert FolderLock(tmp_path).take("later") is None


def test_folders_do_not_disturb_each_other(tmp_path: Path) -> None:
    locks = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        locks.append(FolderLock(tmp_path / name))
        assert locks[-1].take("now") is None
    for lock in locks:
        lock.release()


def test_a_lock_file_with_rubbish_in_it_is_taken(tmp_path: Path) -> None:
    (tmp_path / ".lock").write_bytes(b"\x00\xff[1]")
    lock = FolderLock(tmp_path)
    assert lock.take("now") is None
    lock.release()
