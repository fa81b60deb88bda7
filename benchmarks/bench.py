"""Crawls side by side: ours, wget --warc-file, a naive Scrapy spider, bare Scrapy.

    make bench [ARGS="--quick"]

Whole processes, interleaved, pinned to one core; nginx serves from another. Medians, and ratios
paired by round: what else the machine does changes both sides of a ratio.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench_site import ARTICLES_A_LISTING, nginx, write_site
from contestants import ALL, BARE, NAIVE, OURS, WGET, Contestant, Place

ROOT = Path(__file__).resolve().parents[1]
MEASURED = ROOT / "benchmarks" / "measured.py"


@dataclass(frozen=True, slots=True)
class Run:
    """What one crawl took; ``cpu`` in seconds for 1,000 pages, ``memory`` in MB."""

    pages_a_second: float
    cpu: float
    memory: float


@dataclass(frozen=True, slots=True)
class Target:
    """A ratio of ours to another's; ``gross`` is the bound that --quick fails at."""

    text: str
    of: Callable[[dict[str, Run]], float]
    wanted: float
    gross: float
    is_least: bool  # the figure should be at least as much; else at most

    def is_met(self, figure: float, bound: float) -> bool:
        return figure >= bound if self.is_least else figure <= bound


TARGETS = (
    Target("pages/s, of wget's", lambda r: _speed(r, WGET), 0.7, 0.25, True),
    Target("pages/s, of the naive spider's", lambda r: _speed(r, NAIVE), 1.7, 0.7, True),
    Target("pages/s, of bare Scrapy's", lambda r: _speed(r, BARE), 0.5, 0.2, True),
    Target("CPU a page, of the naive's", lambda r: r["ours"].cpu / r["naive"].cpu, 0.6, 1.3, False),
    Target("peak memory in MB", lambda r: r["ours"].memory, 110, 130, False),
)


def _speed(runs: dict[str, Run], other: Contestant) -> float:
    return runs[OURS.name].pages_a_second / runs[other.name].pages_a_second


def main() -> int:
    args = _arguments()
    if shutil.which("wget") is None:
        raise SystemExit("bench: wget is missing; on Debian: apt-get install wget")
    server_core, crawler_core = _two_cores()
    with TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        targets = write_site(folder / "pages", args.pages)
        with nginx(folder, server_core) as base_url:
            urls = folder / "urls"
            urls.write_text("".join(f"{base_url}{target}\n" for target in targets))
            rounds = []
            for number in range(args.rounds):
                rounds.append(_round(base_url, urls, args.pages, crawler_core))
                _print_round(number, rounds[-1])
    _write(args.json, rounds, args.pages)
    return _verdict(rounds, is_quick=args.quick)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="for CI: exit 1 at gross regressions")
    parser.add_argument("--pages", type=int, help="articles (default 5000, quick 1000)")
    parser.add_argument("--rounds", type=int, help="of each crawler (default 5, quick 2)")
    parser.add_argument("--json", type=Path, default=ROOT / "output" / "bench.json")
    args = parser.parse_args()
    args.pages = args.pages or (1000 if args.quick else 5000)
    args.rounds = args.rounds or (2 if args.quick else 5)
    return args


def _two_cores() -> tuple[int, int]:
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        print("bench: one core alone; server and crawlers share it, so ratios come out narrower")
    return cores[-1], cores[0]


def _round(base_url: str, urls: Path, pages: int, core: int) -> dict[str, Run]:
    return {each.name: _run(each, base_url, urls, pages, core) for each in ALL}


def _run(contestant: Contestant, base_url: str, urls: Path, pages: int, core: int) -> Run:
    with TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        log = folder / "log"
        command = contestant.command(Place(base_url, urls, folder))
        ended = subprocess.run(
            [sys.executable, f"{MEASURED}", f"{core}", f"{log}", *command],
            cwd=contestant.cwd or folder,
            stdout=subprocess.PIPE,
            check=True,
        )
        used = json.loads(ended.stdout)
        got = contestant.articles(folder) if used["exit"] == 0 else 0
        if got != pages:
            print(log.read_text(errors="replace")[-3000:])
            told = f"got {got} of {pages} articles, exit {used['exit']}"
            raise SystemExit(f"bench: {contestant.name} {told}; its log's end stands above")
    asked = _asked(pages)
    return Run(asked / used["seconds"], used["cpu"] / asked * 1000, used["memory"])


def _asked(pages: int) -> int:
    """Return articles and listings; the few feeds and sections are not counted."""
    return pages + -(-pages // ARTICLES_A_LISTING)


def _print_round(number: int, runs: dict[str, Run]) -> None:
    speeds = ", ".join(f"{name} {run.pages_a_second:.0f}" for name, run in runs.items())
    print(f"round {number + 1}: pages/s {speeds}", flush=True)


def _verdict(rounds: list[dict[str, Run]], *, is_quick: bool) -> int:
    print(f"\n{'median':<8} {'pages/s':>8} {'CPU s per 1,000':>16} {'peak MB':>8}")
    for name, run in _medians(rounds).items():
        print(f"{name:<8} {run.pages_a_second:>8.0f} {run.cpu:>16.2f} {run.memory:>8.0f}")
    print(f"\n{'ours, median of the rounds':<34} {'is':>6} {'target':>7}")
    is_gross = False
    for target in TARGETS:
        figure = median(map(target.of, rounds))
        sign, met = "≥" if target.is_least else "≤", target.is_met(figure, target.wanted)
        verdict = "met" if met else "missed"
        print(f"{target.text:<34} {figure:>6.2f} {sign}{target.wanted:>6} {verdict}")
        is_gross |= not target.is_met(figure, target.gross)
    if is_quick and is_gross:
        print("bench: grossly slower than it was")
    return int(is_quick and is_gross)


def _medians(rounds: list[dict[str, Run]]) -> dict[str, Run]:
    medians = {}
    for name in rounds[0]:
        runs = [asdict(each[name]) for each in rounds]
        medians[name] = Run(**{key: median(run[key] for run in runs) for key in runs[0]})
    return medians


def _write(path: Path, rounds: list[dict[str, Run]], pages: int) -> None:
    ratios = {target.text: median(map(target.of, rounds)) for target in TARGETS}
    told = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, Linux {platform.release()}",
        "pages": pages,
        "medians": {name: asdict(run) for name, run in _medians(rounds).items()},
        "ratios": ratios,
        "rounds": [{name: asdict(run) for name, run in each.items()} for each in rounds],
    }
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    raise SystemExit(main())
