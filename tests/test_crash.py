"""kill -9 after random numbers of lines: nothing acknowledged is lost, nothing is told twice.

``make crash`` does it twenty times over 400 articles; here it is a few kills, from the same seed.
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.crawling import ROOT, command, crawl, environment
from tests.faulty_site import FaultySite

KILLS = int(os.environ.get("KHOTOOT_KILLS", "2"))
ARTICLES = max(60, 20 * KILLS)
MOST = ARTICLES // KILLS - 1  # lines of one crawl, so that the last has some left to write
BARE = ("-s", "KHOTOOT_REQUISITES=none")
SLOWLY = ("-s", "DOWNLOAD_DELAY=0.03", *BARE)


def lines_in(folder: Path) -> int:
    path = folder / "articles.jsonl"
    return path.read_bytes().count(b"\n") if path.exists() else 0


def kill(base_url: str, folder: Path, lines: int) -> bool:
    """Start a crawl and kill it after so many lines; False where it had ended by then."""
    wanted = lines_in(folder) + lines
    process = subprocess.Popen(
        command(base_url, folder, *SLOWLY),
        cwd=ROOT,
        env=environment(),
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while lines_in(folder) < wanted and process.poll() is None:
        time.sleep(0.005)
    was_alive = process.poll() is None
    if was_alive:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return was_alive


def acknowledged(folder: Path) -> dict[str, bytes]:
    """Return what no crash may change: whole lines, and the digests of sealed files."""
    found = {}
    for path in folder.glob("*.jsonl"):
        data = path.read_bytes()
        found[path.name] = data[: data.rfind(b"\n") + 1]
    for path in folder.glob("warc/*.warc.gz"):
        found[path.name] = hashlib.sha256(path.read_bytes()).digest()
    return found


def test_kills_after_random_numbers_of_lines(tmp_path: Path) -> None:
    chance = random.Random(1402)
    kills = 0
    with FaultySite(ARTICLES, share=0.0) as site:
        for _ in range(KILLS):
            before = acknowledged(tmp_path)
            kills += kill(site.base_url, tmp_path, chance.randint(1, MOST))
            after = acknowledged(tmp_path)
            assert all(after[name].startswith(data) for name, data in before.items())
        before = acknowledged(tmp_path)
        ended = crawl(site.base_url, tmp_path, *BARE, timeout=300)
    assert kills > 0
    assert ended.code == 0, ended.log
    after = acknowledged(tmp_path)
    assert all(after[name].startswith(data) for name, data in before.items())
    lines = ended.lines("articles.jsonl")
    assert sorted(line["news_code"] for line in lines) == sorted(map(str, site.live))
    verified = subprocess.run(
        [sys.executable, "-m", "scrapy", "verify", tmp_path],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert verified.returncode == 0, verified.stdout + verified.stderr
