"""``scrapy coverage``: what is held, what is missing, the gaps exactly; reading only."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khotoot_crawler import coverage as coverage_module
from khotoot_crawler.coverage import Coverage, coverage, months_between
from khotoot_crawler.coverage_table import table
from khotoot_crawler.demo.server import SampleSite
from khotoot_crawler.errors import OutputError, StateError, UsageError
from khotoot_crawler.jalali import jalali_day, parse_day, tehran
from khotoot_crawler.state import SCHEMA, State
from khotoot_crawler.times import milliseconds
from tests.crawling import crawl, few_articles
from tests.scrapy_command import Run, run

__all__ = ["run"]

SITE = "khootoot.ir"


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    store = State(tmp_path / "state.sqlite")
    yield store
    store.close()


def hold(state: State, code: int, published: str | None = None, site: str = SITE) -> None:
    at = None if published is None else milliseconds(published)
    state.archived(site, code, asked_at=1, published_at=at, due_at=2)


def absent(state: State, code: int, status: str) -> None:
    state.absent(SITE, code, status=status, asked_at=1, due_at=None, absences=0)


def snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    return {path.name: (path.stat().st_mtime_ns, path.stat().st_size) for path in folder.iterdir()}


def coverage_in_strides(folder: Path, stride: int) -> Coverage:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coverage_module, "_STRIDE", stride)
        return coverage(folder)


def test_every_known_code_is_of_one_kind(state: State, tmp_path: Path) -> None:
    for code in (10, 11):
        hold(state, code)
    state.failed(SITE, 11, reason="HTTP 500", due_at=1)  # seen again in vain: archived all the same
    hold(state, 14)
    absent(state, 14, "gone")
    absent(state, 12, "missing")
    state.failed(SITE, 16, reason="HTTP 500", due_at=1)
    state.discover(SITE, [(15, None), (20, "/fa/news/20/x")], ask_again=0)
    told = coverage(tmp_path)
    assert (told.archived, told.gone, told.missing, told.failed, told.waiting) == (2, 1, 1, 1, 2)
    assert told.known == 7
    assert told.gaps == [(13, 13), (15, 15), (20, 20)]
    assert told.never_asked == 3
    assert told.undated == 3


@settings(deadline=None, max_examples=40)
@given(
    kinds=st.dictionaries(
        st.integers(1, 40), st.sampled_from(["archived", "missing", "failed", "waiting"])
    ),
    stride=st.integers(1, 41),
)
def test_gaps_are_the_codes_that_were_never_asked_for(
    tmp_path_factory: pytest.TempPathFactory, kinds: dict[int, str], stride: int
) -> None:
    folder = tmp_path_factory.mktemp("gaps")
    store = State(folder / "state.sqlite")
    for code, kind in kinds.items():
        match kind:
            case "archived":
                hold(store, code)
            case "missing":
                absent(store, code, "missing")
            case "failed":
                store.failed(SITE, code, reason="HTTP 500", due_at=1)
            case "waiting":
                store.discover(SITE, [(code, None)], ask_again=0)
    to_ask_for = store.gaps(SITE, 0, 100)
    store.close()
    told = coverage_in_strides(folder, stride)
    assert told.gaps == to_ask_for
    assert told.known == len(kinds)
    held = [code for code, kind in kinds.items() if kind == "archived"]
    waiting = {code for code, kind in kinds.items() if kind == "waiting"}
    between = set(range(min(held), max(held) + 1)) if held else set()
    holes = between - set(kinds) | waiting
    assert {code for low, high in told.gaps for code in range(low, high + 1)} == holes
    assert told.never_asked == len(holes)
    assert all(low <= high for low, high in told.gaps)
    assert told.gaps == sorted(told.gaps)
    shutil.rmtree(folder)


def test_a_wrong_link_does_not_stretch_the_numbering(state: State, tmp_path: Path) -> None:
    for code in (5, 6, 9):
        hold(state, code)
    for code in (1, 10**17):
        absent(state, code, "missing")
    for code in (2, 10**17 + 1):
        state.failed(SITE, code, reason="HTTP 500", due_at=1)
    assert coverage(tmp_path).gaps == [(7, 8)] == state.gaps(SITE, 0, 9)
    state.discover(SITE, [(3, None), (10**17 + 2, None)], ask_again=0)  # forbidden by robots.txt
    gaps = [(3, 3), (7, 8), (10**17 + 2, 10**17 + 2)]
    assert coverage(tmp_path).gaps == gaps == state.gaps(SITE, 0, 9)
    assert state.gaps(SITE, 8, 1) == [(8, 8)]


@settings(deadline=None, max_examples=40)
@given(
    moments=st.lists(st.integers(-(1 << 40), 1 << 42), min_size=1, max_size=20),
    stride=st.integers(1, 21),
)
def test_months_are_those_of_tehran(
    tmp_path_factory: pytest.TempPathFactory, moments: list[int], stride: int
) -> None:
    folder = tmp_path_factory.mktemp("months")
    store = State(folder / "state.sqlite")
    for code, at in enumerate(moments, 1):
        store.archived(SITE, code, asked_at=1, published_at=at, due_at=2)
    store.close()
    days = (dt.datetime.fromtimestamp(at / 1000, tehran()).date() for at in moments)
    months = coverage_in_strides(folder, stride).months
    assert months == Counter(jalali_day(day, "-")[:7] for day in days)
    assert list(months) == sorted(months)
    shutil.rmtree(folder)


@pytest.mark.parametrize("month", ["1300-01", "1313-12", "1356-08", "1401-04", "1402-04"])
def test_months_begin_where_their_first_day_does(month: str) -> None:
    begin = dt.datetime.combine(parse_day(f"{month}-01"), dt.time(), tehran())
    names, begins = coverage_module._calendar()
    assert begins[names.index(month)] == begin.timestamp() * 1000
    assert len(names) == len(begins) == 2400
    assert begins == sorted(begins)


def test_a_month_turns_at_midnight_in_tehran_and_the_gone_count(
    state: State, tmp_path: Path
) -> None:
    hold(state, 1, "2020-08-21T23:59:59+04:30")  # 31 Mordad 1399, summer time
    hold(state, 2, "2020-08-22T00:00:00+04:30")
    hold(state, 3, "2023-08-22T23:59:59+03:30")
    absent(state, 3, "gone")
    hold(state, 4)
    told = coverage(tmp_path)
    assert told.months == {"1399-05": 1, "1399-06": 1, "1402-05": 1}
    assert told.undated == 1


def test_a_crawl_with_holes_told_to_a_program(tmp_path: Path, run: Run) -> None:
    with SampleSite(few_articles(3)) as site:
        ended = crawl(site.base_url, tmp_path)
    before = snapshot(tmp_path)
    told = run("coverage", tmp_path, "--json")
    assert snapshot(tmp_path) == before
    found: dict[str, Any] = json.loads(told.out)
    assert list(found) == [
        *("site", "known", "archived", "missing", "gone", "failed", "waiting"),
        *("never_asked", "gaps", "months", "undated"),
    ]
    assert (found["site"], found["waiting"]) == (SITE, 0)
    assert found["undated"] == found["archived"] - sum(found["months"].values())
    articles = ended.articles
    codes = [int(code) for code in articles]
    assert found["archived"] == len(codes)
    assert found["known"] == len(codes) + found["missing"]
    never = {code for low, high in found["gaps"] for code in range(low, high + 1)}
    assert len(never) == found["never_asked"]
    assert len(never) + found["known"] == max(codes) - min(codes) + 1
    assert not never & set(codes)
    assert told.code == (3 if never else 0)
    dated = (line["published_jalali"] for line in articles.values())
    assert found["months"] == Counter(day[:7] for day in dated if day)


def test_it_reads_beside_a_crawl_and_after_one_that_was_killed(
    state: State, tmp_path: Path, run: Run
) -> None:
    for code in (1, 2):
        hold(state, code)
    before = snapshot(tmp_path)
    assert "state.sqlite-wal" in before
    assert json.loads(run("coverage", tmp_path, "--json").out)["archived"] == 2
    assert snapshot(tmp_path) == before
    copied = tmp_path / "copied"
    copied.mkdir()
    for name in ("state.sqlite", "state.sqlite-wal"):
        shutil.copyfile(tmp_path / name, copied / name)
    assert coverage(copied).archived == 2
    assert sorted(path.name for path in copied.iterdir()) == ["state.sqlite", "state.sqlite-wal"]
    hold(state, 3)  # the writer was not held up
    assert coverage(tmp_path).archived == 3


def test_a_folder_of_one_site_and_of_two(state: State, tmp_path: Path, run: Run) -> None:
    assert coverage(tmp_path).known == 0
    hold(state, 7, site="other.ir")
    assert coverage(tmp_path).site == "other.ir"
    hold(state, 1)
    with pytest.raises(UsageError, match=r"khootoot\.ir and other\.ir; name one with --site"):
        coverage(tmp_path)
    told = run("coverage", tmp_path, "--site", "other.ir")
    assert told.code == 0
    assert told.out.startswith(b"other.ir: 1 codes known")
    with pytest.raises(UsageError, match="--site third"):
        coverage(tmp_path, "third.ir")


def test_nothing_known_has_no_gaps(state: State, tmp_path: Path, run: Run) -> None:
    told = run("coverage", tmp_path)
    assert (told.code, told.out) == (0, b"no code is known yet\n")


def test_the_table(state: State, tmp_path: Path, run: Run) -> None:
    for code in range(1, 11):
        hold(state, code, "2023-08-20T18:39:00+03:30")
    hold(state, 12, "2023-07-01T10:00:00+03:30")
    hold(state, 14, "2023-02-01T10:00:00+03:30")
    hold(state, 1000)
    told = run("coverage", tmp_path, "-s", "DOWNLOAD_DELAY=10", "-s", "KHOTOOT_DELAY_JITTER=0.2")
    assert told.code == 3
    assert told.out.decode().splitlines() == [
        "khootoot.ir: 13 codes known, 987 never asked for",
        "",
        "  archived          13",
        "  gone               0",
        "  missing            0",
        "  failed             0",
        "  waiting            0",
        "",
        "articles by Jalali month of publication",
        "  1401-11            1  ####",
        "  4 months           0",
        "  1402-04            1  ####",
        "  1402-05           10  ########################################",
        "  undated            1",
        "",
        "gaps: 987 codes in 3 ranges",
        "  11",
        "  13",
        "  15-999  (985)",
        "to ask for them (-a codes=gaps) takes about 3 hours 1 minute, at a page every 11 s",
    ]


def test_a_table_names_no_more_gaps_than_fit(state: State, tmp_path: Path) -> None:
    for code in range(1, 101, 2):
        hold(state, code)
    lines = list(table(coverage(tmp_path), 1.0))
    assert lines[-2] == "  and 29 more; --json names them all"
    assert len(lines) < 40


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nowhere"], "no such folder"),
        (["."], "holds no state.sqlite"),
        (["one", "two"], "takes one output folder"),
        ([".", "--colour"], "no such option"),
        ([".", "-s", "DOWNLOAD_DELAY=soon"], "DOWNLOAD_DELAY=soon"),
    ],
)
def test_2_bad_arguments_are_one_line(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch, words: list[str], told: str
) -> None:
    monkeypatch.setenv("SCRAPY_SETTINGS_MODULE", "khotoot_crawler.settings")
    monkeypatch.chdir(tmp_path)
    ended = run("coverage", *words)
    assert (ended.code, ended.out) == (2, b"")
    [line] = ended.err.splitlines()
    assert line.startswith("scrapy coverage: ")
    assert told in line


def test_a_state_that_cannot_be_read_is_one_line(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "state.sqlite"
    path.write_bytes(b"no database, by any means" * 100)
    with pytest.raises(OutputError, match="cannot be read: file is not a database"):
        coverage(tmp_path)
    ended = run("coverage", tmp_path)
    assert ended.code == 5
    assert len(ended.err.splitlines()) == 1
    path.unlink()
    with closing(State(path)) as state:
        hold(state, 10)
        hold(state, 11, "2023-08-20T18:39:00+03:30")
        state._db.execute("UPDATE article SET published_at='soon' WHERE code=11")
    ended = run("coverage", tmp_path)
    assert (ended.code, ended.out) == (5, b"")
    assert ended.err == (
        f"scrapy coverage: {path}: cannot be read: damaged: a published_at is 'soon'\n"
    )
    path.unlink()
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version={SCHEMA + 1}")
    db.close()
    with pytest.raises(StateError, match="newer khotoot-crawler"):
        coverage(tmp_path)
    assert run("coverage", tmp_path).code == 2


def test_a_month_is_between_itself_and_itself() -> None:
    assert months_between("1402-05", "1402-05") == ["1402-05"]
