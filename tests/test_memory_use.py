"""What is pending stays in state: memory does not grow with it."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

from khotoot_crawler.state import State
from tests.crawling import ROOT, PageServer, command, environment

SECONDS_AT_WORK = 2.0


def peak_memory(folder: Path, pending: int) -> int:
    """Return the peak resident size, in KB, of a crawl that has so many articles pending."""
    folder.mkdir()
    state = State(folder / "state.sqlite")
    with state.transaction():
        found = ((code, f"/fa/news/{code}/slug") for code in range(1, pending + 1))
        state.discover("khootoot.ir", found, ask_again=0)
    state.close()
    with PageServer() as server:
        process = subprocess.Popen(
            command(server.base_url, folder), cwd=ROOT, env=environment(), stderr=subprocess.DEVNULL
        )
        while len(server.asked) < 5:
            assert process.poll() is None
            time.sleep(0.02)
        time.sleep(SECONDS_AT_WORK)
        status = Path(f"/proc/{process.pid}/status").read_text()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 128 + signal.SIGTERM
    return int(status.split("VmHWM:")[1].split()[0])


def test_5_000_and_200_000_pending_articles_take_the_same_memory(tmp_path: Path) -> None:
    few, many = peak_memory(tmp_path / "few", 5_000), peak_memory(tmp_path / "many", 200_000)
    assert abs(many - few) < 15_000
