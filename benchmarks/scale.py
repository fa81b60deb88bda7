"""What a folder of a million articles costs: at the start, for each article, in memory.

    python benchmarks/scale.py [--quick] [--json FILE]

Real crawls of a loopback server, whose own clock and the crawler's CPU clock are read as requests
come in; an empty folder and the big one in turn, three times.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench_site import FIRST_CODE, make_catalogue
from big_folder import add_pending, make_folder

from khotoot_crawler.archive.exchange import Exchange
from khotoot_crawler.archive.index import extend_index
from khotoot_crawler.archive.writer import WarcWriter
from khotoot_crawler.demo.answers import answer
from khotoot_crawler.demo.markup import persian
from khotoot_crawler.times import now

ROOT = Path(__file__).resolve().parents[1]
_TICKS = os.sysconf("SC_CLK_TCK")
_WARM = 200  # articles before those that are counted


@dataclass
class Watch:
    """What a server saw of the crawl that it serves: a moment, and CPU seconds."""

    pid: int = 0
    first_request: float = 0.0
    start_cpu: float = 0.0
    articles: int = 0
    cpu: dict[int, float] = field(default_factory=dict)

    def request(self, path: str) -> None:
        if not self.first_request:
            self.first_request = time.perf_counter()
            self.start_cpu = _cpu_seconds(self.pid)
        if path.startswith("/fa/news/"):
            self.articles += 1
            if self.articles % 100 == 0 and self.pid:
                self.cpu[self.articles] = _cpu_seconds(self.pid)


@dataclass(frozen=True, slots=True)
class Crawl:
    """``start`` in seconds, wall and CPU; ``article`` in ms of CPU; ``memory`` in MB."""

    start: float
    start_cpu: float
    article: float
    memory: float


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


class Server(ThreadingHTTPServer):
    """Has every article, of the page of one; nothing else."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        catalogue = make_catalogue(20)
        self.page = answer(catalogue, f"/fa/news/{FIRST_CODE + 7}").body
        self.watch = Watch()
        super().__init__(("127.0.0.1", 0), Answering)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def page_of(self, code: str) -> bytes:
        like = str(FIRST_CODE + 7)
        page = self.page.replace(persian(like).encode(), persian(code).encode())
        return page.replace(like.encode(), code.encode())


class Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    server: Server

    def do_GET(self) -> None:
        self.server.watch.request(self.path)
        is_article = self.path.startswith("/fa/news/")
        body = self.server.page_of(self.path.split("/")[3]) if is_article else b"no such page"
        self.send_response(200 if is_article else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


def crawl(server: Server, folder: Path, articles: int) -> Crawl:
    """Crawl until the server was asked for so many articles, then stop it by a signal."""
    server.watch = watch = Watch()
    options = ["-a", f"base_url={server.base_url}", "-s", f"KHOTOOT_OUTPUT={folder}"]
    pace = ["-s", "DOWNLOAD_DELAY=0", "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=16"]
    command = [sys.executable, "-m", "scrapy", "crawl", "khotoot", *options, *pace]
    start = time.perf_counter()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "-s", "KHOTOOT_REQUISITES=none"], cwd=ROOT, stdout=log, stderr=log
        )
        watch.pid = process.pid
        while watch.articles < articles and process.poll() is None:
            time.sleep(0.02)
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            _, _, used = os.wait4(process.pid, 0)
            process.returncode = 0
        else:
            print((folder / "log").read_text(errors="replace")[-2000:])
            raise SystemExit("scale: the crawl ended too early; its log's end stands above")
    last = max(watch.cpu)
    cost = (watch.cpu[last] - watch.cpu[_WARM]) / (last - _WARM) * 1000
    begin = watch.first_request - start
    return Crawl(begin, watch.start_cpu, cost, used.ru_maxrss / 1000)


def coverage_seconds(folder: Path) -> tuple[float, float]:
    """Return the seconds that ``scrapy coverage`` takes, wall and CPU."""
    start, used = time.perf_counter(), _cpu_of_ended()
    command = [sys.executable, "-m", "scrapy", "coverage", f"{folder}"]
    ended = subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    if ended.returncode not in (0, 3):  # 3: some codes were never asked for
        raise SystemExit(f"scale: scrapy coverage ended with {ended.returncode}")
    return time.perf_counter() - start, _cpu_of_ended() - used


def _cpu_of_ended() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def index_update(folder: Path) -> tuple[float, int]:
    """Seal one more file of ten exchanges; return seconds of the update and bytes of the index."""
    writer = WarcWriter(folder / "warc", prefix="new", warcinfo={})
    for number in range(10):
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"
        url = f"https://khootoot.ir/fa/news/{number + 1}/new"
        writer.write(Exchange(url, now(), "127.0.0.1", b"GET / HTTP/1.1\r\n\r\n", head, b"news"))
    writer.seal()
    start = time.perf_counter()
    extend_index(folder)
    return time.perf_counter() - start, (folder / "index.cdxj").stat().st_size


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the size, one round")
    parser.add_argument("--json", type=Path, default=ROOT / "output" / "scale.json")
    args = parser.parse_args()
    scale, rounds = (10, 1) if args.quick else (1, 3)
    server = Server()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with TemporaryDirectory(prefix="scale-") as name:
        figures = _measure(server, Path(name), scale, rounds)
    server.shutdown()
    for what, figure in figures.items():
        print(f"{what:<58} {figure:>10.2f}")
    args.json.parent.mkdir(exist_ok=True)
    args.json.write_text(json.dumps(figures, indent=1) + "\n")


def _measure(server: Server, folder: Path, scale: int, rounds: int) -> dict[str, float]:
    archived, wanted = 1_000_000 // scale, 1200
    empty, big = folder / "empty", folder / "big"
    make_folder(big, archived)
    make_folder(empty, 0)
    small_runs: list[Crawl] = []
    big_runs: list[Crawl] = []
    for number in range(rounds):
        for target, runs in ((empty, small_runs), (big, big_runs)):
            add_pending(target, FIRST_CODE + number * 2 * wanted, 2 * wanted)
            runs.append(crawl(server, target, wanted))
    memory = {}
    for pending in (5_000, 200_000 // scale):
        make_folder(folder / f"{pending}", 0)
        add_pending(folder / f"{pending}", FIRST_CODE, pending)
        memory[pending] = crawl(server, folder / f"{pending}", wanted).memory
        shutil.rmtree(folder / f"{pending}")
    coverages = [coverage_seconds(big) for _ in range(rounds)]
    seconds, size = index_update(big)
    few, many = memory.values()
    pairs = zip(big_runs, small_runs, strict=True)
    return {
        "articles known": archived,
        "start to first request, empty folder, s": median(r.start for r in small_runs),
        "start to first request, s (under 2)": median(r.start for r in big_runs),
        "the same in CPU, empty folder, s": median(r.start_cpu for r in small_runs),
        "the same in CPU, s": median(r.start_cpu for r in big_runs),
        "CPU an article, empty folder, ms": median(r.article for r in small_runs),
        "CPU an article, ms": median(r.article for r in big_runs),
        "CPU an article, of the empty folder's (within 1.1)": median(
            b.article / s.article for b, s in pairs
        ),
        "peak memory, empty folder, MB": median(r.memory for r in small_runs),
        "peak memory, MB": median(r.memory for r in big_runs),
        "coverage, s (under 3)": median(wall for wall, _ in coverages),
        "coverage in CPU, s": median(cpu for _, cpu in coverages),
        "index update by ten captures, s": seconds,
        "index, MB": size / 1e6,
        "peak memory with 5,000 pending, MB": few,
        f"more with {200_000 // scale:,} pending, MB (at most 15)": many - few,
    }


if __name__ == "__main__":
    main()
