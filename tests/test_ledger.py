"""The ledger: what is acknowledged, in what order, and what a start makes of a crash."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from khotoot_crawler.archive import index, sorted_lines
from khotoot_crawler.archive.sorted_lines import SortedLines
from khotoot_crawler.errors import LockedError, OutputError, StateError, UsageError
from khotoot_crawler.ledger import Ledger
from khotoot_crawler.recheck import DAY, HOUR, RecheckPolicy
from khotoot_crawler.round import Failed
from khotoot_crawler.times import milliseconds, utc_text
from tests.ledgers import (
    SITE,
    START,
    absent,
    archived,
    article,
    exchange,
    known_codes,
    ledger_of,
    lines,
    nothing,
    run,
)


def test_a_run_indexes_what_it_wrote_without_reading_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def one(ledger: Ledger) -> None:
        await ledger.acknowledge(article(ledger, 1))
        monkeypatch.setattr(index, "iter_records", lambda path: pytest.fail(f"read {path}"))

    run(tmp_path, one)
    [warc] = (tmp_path / "warc").iterdir()
    monkeypatch.undo()
    assert (tmp_path / "index.cdxj").read_bytes() == b"".join(index.index_lines(warc))


def test_the_index_follows_the_files_while_a_run_goes_on(tmp_path: Path) -> None:
    indexed = []

    async def many(ledger: Ledger) -> None:
        for code in range(1, 6):
            await ledger.acknowledge(article(ledger, code))
            text = (tmp_path / "index.cdxj").read_text()
            indexed.append(text.count("\n"))

    run(tmp_path, many, max_size=1)
    # A file is sealed by the page after it, and in the index before the round after that.
    assert all(count in (code - 1, code - 2, 0) for code, count in enumerate(indexed, 1))
    assert indexed[-1] >= 3
    assert (tmp_path / "index.cdxj").read_text().count("\n") == 5
    with sqlite3.connect(tmp_path / "state.sqlite") as db:
        [sealed] = db.execute("SELECT count(*) FROM note WHERE key LIKE 'sealed:%'").fetchone()
    assert sealed == 5


# -- what is told --------------------------------------------------------------


def test_an_article_is_told_once_and_its_views_each_time(tmp_path: Path) -> None:
    async def twice(ledger: Ledger) -> None:
        await ledger.acknowledge(article(ledger, 1))
        again = article(ledger, 1, at=START + timedelta(hours=1), views=9)
        assert ledger.is_known(again)
        await ledger.acknowledge(again)

    ledger, _ = run(tmp_path, twice)
    assert [line["revision"] for line in lines(tmp_path, "articles.jsonl")] == [1]
    assert [line["view_count"] for line in lines(tmp_path, "views.jsonl")] == [5, 9]
    assert (ledger.counts["new"], ledger.counts["unchanged"]) == (1, 1)


def test_a_changed_text_is_a_revision_and_the_line_before_stays(tmp_path: Path) -> None:
    async def first(ledger: Ledger) -> None:
        await ledger.acknowledge(article(ledger, 1))

    async def second(ledger: Ledger) -> None:
        await ledger.acknowledge(article(ledger, 1, body="متن نو", at=START + timedelta(days=1)))

    run(tmp_path, first)
    before = (tmp_path / "articles.jsonl").read_bytes()
    run(tmp_path, second)
    assert (tmp_path / "articles.jsonl").read_bytes().startswith(before)
    assert [line["revision"] for line in lines(tmp_path, "articles.jsonl")] == [1, 2]


def test_a_duplicate_names_the_smallest_code_before_it_within_a_round_too(tmp_path: Path) -> None:
    async def many(ledger: Ledger) -> None:
        same = [replace(article(ledger, code), title="یک خبر") for code in (7, 5, 9)]
        await asyncio.gather(*map(ledger.acknowledge, same))
        await ledger.acknowledge(replace(article(ledger, 3), title="یک  خبر"))
        await ledger.acknowledge(replace(article(ledger, 4), title="يك خبر"))

    run(tmp_path, many)
    told = {line["news_code"]: line["duplicate_of"] for line in lines(tmp_path, "articles.jsonl")}
    assert told == {"7": None, "5": "7", "9": "5", "3": "5", "4": "3"}


def test_articles_without_a_body_are_no_duplicates(tmp_path: Path) -> None:
    async def photos(ledger: Ledger) -> None:
        for code in (1, 2):
            await ledger.acknowledge(replace(article(ledger, code), title="عکس", body=None))

    run(tmp_path, photos)
    assert [line["duplicate_of"] for line in lines(tmp_path, "articles.jsonl")] == [None, None]


def test_the_same_article_twice_at_once_is_one_line(tmp_path: Path) -> None:
    async def both(ledger: Ledger) -> None:
        one, two = article(ledger, 1), article(ledger, 1)
        await asyncio.gather(ledger.acknowledge(one), ledger.acknowledge(two))

    run(tmp_path, both)
    assert len(lines(tmp_path, "articles.jsonl")) == 1


def test_a_removal_is_told_by_its_second_run_and_a_return_at_once(tmp_path: Path) -> None:
    days = [START + timedelta(days=n) for n in range(6)]

    async def archive(ledger: Ledger) -> None:
        await ledger.acknowledge(article(ledger, 1))

    def missing(day: datetime) -> Callable[[Ledger], Awaitable[None]]:
        return lambda ledger: ledger.acknowledge(absent(1, day))

    async def back(ledger: Ledger) -> None:
        await ledger.acknowledge(article(ledger, 1, at=days[4]))

    run(tmp_path, archive)
    run(tmp_path, missing(days[1]))
    assert lines(tmp_path, "gone.jsonl") == []
    run(tmp_path, missing(days[2]))
    run(tmp_path, missing(days[3]))
    run(tmp_path, back)
    told = [(line["status"], line["reason"]) for line in lines(tmp_path, "gone.jsonl")]
    assert told == [("gone", "http_404"), ("back", None)]
    assert len(lines(tmp_path, "articles.jsonl")) == 1


def test_one_absence_between_two_answers_is_not_told(tmp_path: Path) -> None:
    async def on_and_off(ledger: Ledger) -> None:
        await ledger.acknowledge(article(ledger, 1))
        await ledger.acknowledge(absent(1, START + timedelta(days=1)))
        await ledger.acknowledge(article(ledger, 1, at=START + timedelta(days=2)))
        await ledger.acknowledge(absent(1, START + timedelta(days=3)))

    run(tmp_path, on_and_off)
    assert lines(tmp_path, "gone.jsonl") == []


def test_a_code_that_never_was_is_missing_and_no_line(tmp_path: Path) -> None:
    async def ask(ledger: Ledger) -> None:
        await ledger.acknowledge(absent(8, START))
        known = ledger.state.known(SITE.name, 8)
        assert known is not None
        assert (known.status, known.due_at) == ("missing", None)

    run(tmp_path, ask)
    assert lines(tmp_path, "articles.jsonl") == lines(tmp_path, "gone.jsonl") == []


def test_a_code_that_a_page_links_to_is_missing_after_a_second_look(tmp_path: Path) -> None:
    days = [START + timedelta(days=n) for n in range(3)]
    due = []

    async def ask(ledger: Ledger) -> None:
        ledger.state.discover(SITE.name, [(8, "/fa/news/8/slug")], ask_again=0)
        for day in days[:2]:
            await ledger.acknowledge(absent(8, day))
            at = milliseconds(utc_text(day))
            for hours in (1, 24):
                due.append(bool(ledger.state.due(SITE.name, at + hours * HOUR, 10)))

    run(tmp_path, ask)
    assert due == [False, True, False, False]
    assert lines(tmp_path, "gone.jsonl") == []


def test_a_failure_stays_due(tmp_path: Path) -> None:
    async def ask(ledger: Ledger) -> None:
        failed = Failed(site=SITE.name, code=8, reason="HTTP 500", at=utc_text(START))
        await ledger.acknowledge(failed)
        [known] = ledger.state.due(SITE.name, milliseconds(utc_text(START)), 10)
        assert (known.code, known.failure) == (8, "HTTP 500")

    run(tmp_path, ask)


def test_a_payload_seen_before_is_a_revisit_also_in_a_later_run(tmp_path: Path) -> None:
    async def fetch(ledger: Ledger) -> None:
        picture = b"x" * 2000
        for n in range(2):
            ledger.record(exchange(f"{SITE.base_url}/{n}.jpg", START, picture))

    for _ in range(2):
        run(tmp_path, fetch)
    index = (tmp_path / "index.cdxj").read_text()
    assert index.count("warc/revisit") == 3


# -- what a start makes of a crash ----------------------------------------------


def test_a_torn_line_is_cut(tmp_path: Path) -> None:
    archived(tmp_path)
    whole = (tmp_path / "articles.jsonl").read_bytes()
    (tmp_path / "articles.jsonl").write_bytes(whole + b'{"schema_version":1,"si')
    _, found = run(tmp_path, nothing)
    assert found == ["articles.jsonl: 23 bytes after the last newline cut off"]
    assert (tmp_path / "articles.jsonl").read_bytes() == whole


def test_lost_state_is_made_again_from_the_lines(tmp_path: Path) -> None:
    archived(tmp_path)
    for path in tmp_path.glob("state.sqlite*"):
        path.unlink()
    _, found = run(tmp_path, nothing)
    assert "articles.jsonl: 3 lines that state.sqlite did not know" in found
    assert known_codes(tmp_path) == [1, 2, 3]


def test_state_behind_the_lines_catches_up(tmp_path: Path) -> None:
    archived(tmp_path, 2)
    kept = (tmp_path / "state.sqlite").read_bytes()
    archived(tmp_path, 4)
    (tmp_path / "state.sqlite").write_bytes(kept)
    _, found = run(tmp_path, nothing)
    assert "articles.jsonl: 2 lines that state.sqlite did not know" in found
    assert known_codes(tmp_path) == [1, 2, 3, 4]


def test_state_ahead_of_the_lines_takes_back_what_they_do_not_say(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    archived(tmp_path)
    whole = (tmp_path / "articles.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "articles.jsonl").write_bytes(b"".join(whole[:2]))
    _, found = run(tmp_path, nothing)
    assert found[0] == "state.sqlite does not fit the JSONL files: made again from their lines"
    assert known_codes(tmp_path) == [1, 2]
    [told] = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert told.startswith("articles.jsonl: not what was acknowledged, lines are gone or changed")
    [kept] = tmp_path.glob("state.sqlite.before-*")
    with sqlite3.connect(kept) as db:
        assert db.execute("SELECT count(*) FROM line").fetchone() == (3,)


def test_a_rebuilt_state_remembers_what_is_gone(tmp_path: Path) -> None:
    archived(tmp_path)

    async def twice_missing(ledger: Ledger) -> None:
        for day in (1, 2):
            await ledger.acknowledge(absent(2, START + timedelta(days=day)))

    run(tmp_path, twice_missing)
    for path in tmp_path.glob("state.sqlite*"):
        path.unlink()

    async def back(ledger: Ledger) -> None:
        await ledger.acknowledge(article(ledger, 2, at=START + timedelta(days=9)))

    run(tmp_path, back)
    assert [line["status"] for line in lines(tmp_path, "gone.jsonl")] == ["gone", "back"]


# -- what it refuses ------------------------------------------------------------


def test_a_folder_is_held_by_one_run(tmp_path: Path) -> None:
    async def second(_: Ledger) -> None:
        with pytest.raises(LockedError):
            ledger_of(tmp_path).open()

    run(tmp_path, second)
    run(tmp_path, nothing)


def test_public_and_loopback_pages_do_not_mix_even_when_state_is_lost(tmp_path: Path) -> None:
    archived(tmp_path, 1)
    for path in tmp_path.glob("state.sqlite*"):
        path.unlink()
    with pytest.raises(UsageError, match="holds pages of a loopback address"):
        run(tmp_path, nothing, base_url="https://khootoot.ir")
    run(tmp_path, nothing, base_url="http://localhost:9")


def test_a_newer_state_is_refused(tmp_path: Path) -> None:
    archived(tmp_path, 1)
    with sqlite3.connect(tmp_path / "state.sqlite") as db:
        db.execute("PRAGMA user_version=99")
    db.close()
    with pytest.raises(StateError):
        run(tmp_path, nothing)


def test_too_little_room_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="KHOTOOT_MIN_FREE"):
        run(tmp_path, nothing, min_free=10**18)
    assert not list(tmp_path.rglob("*.warc*"))


def test_after_a_failed_write_nothing_is_acknowledged(tmp_path: Path) -> None:
    async def fail(ledger: Ledger) -> None:
        told: list[OutputError] = []
        ledger.on_failure = told.append
        await ledger.acknowledge(article(ledger, 1))
        later = [article(ledger, code) for code in (2, 3)]
        ledger._output.articles.close()
        for entry in later:
            with pytest.raises(OutputError):
                await ledger.acknowledge(entry)
        assert len(told) == 1

    run(tmp_path, fail)
    assert [line["news_code"] for line in lines(tmp_path, "articles.jsonl")] == ["1"]
    assert known_codes(tmp_path) == [1]


@pytest.mark.parametrize("fails", [False, True])
def test_no_file_of_index_lines_outlives_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    made: list[SortedLines] = []
    add = SortedLines.add

    def noted(self: SortedLines, line: bytes) -> None:
        made.append(self)
        add(self, line)

    async def work(ledger: Ledger) -> None:
        for code in (1, 2):
            await ledger.acknowledge(article(ledger, code))
        if fails:
            entry = article(ledger, 3)
            ledger._output.articles.close()
            with pytest.raises(OutputError):
                await ledger.acknowledge(entry)

    monkeypatch.setattr(sorted_lines, "_IN_MEMORY", 1)
    monkeypatch.setattr(SortedLines, "add", noted)
    run(tmp_path, work)
    assert len(made[0]._aside) == 2 + fails
    assert all(file.closed for file in made[0]._aside)


def test_a_disk_too_full_for_index_lines_ends_the_run_and_lets_the_folder_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_: Path) -> BinaryIO:
        return Path("/dev/full").open("r+b")

    async def work(ledger: Ledger) -> None:
        await ledger.acknowledge(article(ledger, 1))
        monkeypatch.setattr(sorted_lines, "_IN_MEMORY", 1)
        monkeypatch.setattr(sorted_lines, "TemporaryFile", full)
        with pytest.raises(OutputError, match="No space left on device"):
            article(ledger, 2)

    ledger, _ = run(tmp_path, work)
    assert ledger.failure is not None
    assert not ledger.is_open
    monkeypatch.undo()
    archived(tmp_path)
    assert [line["news_code"] for line in lines(tmp_path, "articles.jsonl")] == ["1", "2", "3"]


def test_after_a_defect_no_line_is_written_twice(tmp_path: Path) -> None:
    async def work(ledger: Ledger) -> None:
        odd = replace(article(ledger, 1), published_at="yesterday")  # no parser says so
        told = await asyncio.gather(
            *(ledger.acknowledge(one) for one in (odd, article(ledger, 2))), return_exceptions=True
        )
        assert [type(error) for error in told] == [OutputError, OutputError]
        with pytest.raises(OutputError, match="a defect"):
            await ledger.acknowledge(article(ledger, 3))

    ledger, _ = run(tmp_path, work)
    assert isinstance(ledger.defect, ValueError)
    _, found = run(tmp_path, nothing)
    assert "articles.jsonl: 2 lines that state.sqlite did not know" in found
    assert known_codes(tmp_path) == [2]
    assert [line["news_code"] for line in lines(tmp_path, "articles.jsonl")] == ["1", "2"]


def test_an_article_without_a_record_is_refused_alone(tmp_path: Path) -> None:
    async def work(ledger: Ledger) -> None:
        told = await asyncio.gather(
            ledger.acknowledge(replace(article(ledger, 1), warc=None)),
            ledger.acknowledge(article(ledger, 2)),
            return_exceptions=True,
        )
        assert isinstance(told[0], ValueError)
        assert told[1] is None

    ledger, _ = run(tmp_path, work)
    assert ledger.failure is None
    assert [line["news_code"] for line in lines(tmp_path, "articles.jsonl")] == ["2"]


def test_recheck_policy() -> None:
    policy = RecheckPolicy()
    assert policy.next_due(HOUR, 0) == 2 * HOUR
    assert policy.next_due(10 * DAY, 0) == 12 * DAY
    assert policy.next_due(31 * DAY, 0) == 31 * DAY + 180 * DAY
    assert policy.next_due(0, None) == 180 * DAY
    assert policy.next_due(0, 2 * HOUR) == HOUR  # clocks differ
    assert policy.next_due(0, 10_000 * DAY) == 180 * DAY  # a year that was mistyped


@pytest.mark.parametrize(
    "spoil",
    [
        lambda line: b"rubbish\n",
        lambda line: b"null\n",
        lambda line: b"\xff\xfe\n",
        lambda line: line.replace(b'"site":"khootoot.ir"', b'"site":null'),
        lambda line: line.replace(b'"site":"khootoot.ir"', b'"site":[]'),
        lambda line: line.replace(b'"news_code":"2"', b'"news_code":"x"'),
        lambda line: line.replace(b'"revision":1', b'"revision":%d' % 10**30),
        lambda line: line.replace(b'+03:30"', b'+03:30 or so"'),
    ],
)
def test_a_line_that_no_crawl_wrote_is_named_and_left_alone(
    tmp_path: Path, spoil: Callable[[bytes], bytes], caplog: pytest.LogCaptureFixture
) -> None:
    archived(tmp_path)
    path = tmp_path / "articles.jsonl"
    first, second, third = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first + spoil(second) + third)
    (tmp_path / "state.sqlite").unlink()
    run(tmp_path, nothing)
    assert f"articles.jsonl@{len(first)}: " in caplog.text
    assert known_codes(tmp_path) == [1, 3]


# -- the order in which things become durable -----------------------------------


def test_records_are_synced_before_their_lines_and_lines_before_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Watch the real calls: who writes and syncs which file, and when state commits."""
    order: list[str] = []

    def name(descriptor: int) -> str:
        return Path(f"/proc/self/fd/{descriptor}").readlink().name

    def watched(call: Callable[..., Any], what: str) -> Callable[..., Any]:
        def watch(descriptor: int, *args: Any) -> Any:
            order.append(f"{what} {name(descriptor)}")
            return call(descriptor, *args)

        return watch

    async def archive(ledger: Ledger) -> None:
        for call in ("write", "fdatasync"):
            monkeypatch.setattr(os, call, watched(getattr(os, call), call))
        ledger.state._db.set_trace_callback(
            lambda sql: order.append("commit state") if sql == "COMMIT" else None
        )
        await ledger.acknowledge(article(ledger, 1))
        ledger.state._db.set_trace_callback(None)
        monkeypatch.undo()

    run(tmp_path, archive)
    warc = next((tmp_path / "warc").iterdir()).name + ".open"
    steps = [step for step in order if not step.startswith("write " + warc)]
    assert order.index(f"write {warc}") < order.index(f"fdatasync {warc}")
    assert steps == [
        f"fdatasync {warc}",
        "write views.jsonl",
        "fdatasync views.jsonl",
        "write articles.jsonl",
        "fdatasync articles.jsonl",
        "commit state",
    ]
