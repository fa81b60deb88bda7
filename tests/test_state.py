"""The store of what is known: frontier, lines, payloads, versions."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from khotoot_crawler.errors import StateError
from khotoot_crawler.state import SCHEMA, Line, Payload, State
from khotoot_crawler.store import _STEPS

SITE = "khootoot.ir"


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    store = State(tmp_path / "state.sqlite")
    yield store
    store.close()


def line(code: int, *, revision: int = 1, text: bytes | None = b"t") -> Line:
    return Line(SITE, code, revision, f"sha256:{code}:{revision}", text, "1", 0, 10, b"h")


def test_what_is_found_is_due_once_newest_first(state: State) -> None:
    assert state.discover(SITE, [(1, "/a"), (3, None), (2, None)], ask_again=0) == 3
    assert state.discover(SITE, [(3, None)], ask_again=0) == 0
    assert [known.code for known in state.due(SITE, 10, 10)] == [3, 2, 1]
    assert [known.code for known in state.due(SITE, 10, 10, span=(1, 2))] == [2, 1]
    assert state.due("other.ir", 10, 10) == []


def test_an_archived_article_is_due_when_its_time_comes(state: State) -> None:
    state.discover(SITE, [(1, "/a")], ask_again=0)
    state.archived(SITE, 1, asked_at=100, published_at=50, due_at=200)
    assert state.due(SITE, 199, 10) == []
    [known] = state.due(SITE, 200, 10)
    assert (known.status, known.path, known.asked_at) == ("archived", "/a", 100)
    assert state.due(SITE, 200, 10, only_new=True) == []


def test_a_failure_stays_due_for_the_next_run(state: State) -> None:
    state.discover(SITE, [(1, None)], ask_again=0)
    state.failed(SITE, 1, reason="HTTP 500", due_at=100)
    assert state.due(SITE, 99, 10) == []
    [known] = state.due(SITE, 100, 10)
    assert (known.status, known.failure) == ("new", "HTTP 500")


def test_a_missing_code_is_asked_for_again_when_named_anew_later(state: State) -> None:
    state.absent(SITE, 1, status="missing", asked_at=100, due_at=None, absences=0)
    assert state.discover(SITE, [(1, None)], ask_again=100) == 0
    assert state.discover(SITE, [(1, None)], ask_again=101) == 0  # not new, but due
    assert [known.code for known in state.due(SITE, 0, 10)] == [1]


def test_recheck_makes_archived_articles_due_and_no_others(state: State) -> None:
    state.archived(SITE, 1, asked_at=100, published_at=None, due_at=10**15)
    state.archived(SITE, 2, asked_at=300, published_at=None, due_at=10**15)
    state.absent(SITE, 3, status="missing", asked_at=0, due_at=None, absences=0)
    state.archived(SITE, 4, asked_at=500, published_at=None, due_at=10**15)  # a clock ahead
    state.make_due(SITE, asked_before=200, now=400)
    assert [known.code for known in state.due(SITE, 400, 10)] == [4, 1]


def test_gaps_are_ranges_between_known_codes(state: State) -> None:
    assert state.gaps(SITE, 0, 10) == []
    for code in (3, 4, 7, 10, 11):
        state.archived(SITE, code, asked_at=0, published_at=None, due_at=1)
    state.discover(SITE, [(9, None)], ask_again=0)
    assert state.gaps(SITE, 0, 10) == [(5, 6), (8, 9)]
    assert state.gaps(SITE, 7, 10) == [(8, 9)]
    assert state.gaps(SITE, 0, 1) == [(5, 6)]


def test_the_last_revision_and_the_first_with_a_text(state: State) -> None:
    for entry in (line(5), line(3), line(3, revision=2, text=b"u"), line(9, text=None)):
        state.add_line(entry)
    last = state.last_line(SITE, 3)
    assert last is not None
    assert last.revision == 2
    assert state.first_with_text(SITE, b"t", other_than=5) == 3
    assert state.first_with_text(SITE, b"t", other_than=3) == 5
    assert state.first_with_text(SITE, b"u", other_than=3) is None


def test_a_payload_is_known_by_the_record_that_held_it_first(state: State) -> None:
    state.add_payloads([Payload("sha1:A", "<urn:1>", "http://h/", "d1")])
    state.add_payloads([Payload("sha1:A", "<urn:2>", "http://h/2", "d2")])
    assert state.payload("sha1:A") == Payload("sha1:A", "<urn:1>", "http://h/", "d1")
    assert state.payload("sha1:B") is None


def test_a_transaction_is_all_or_nothing(state: State) -> None:
    def broken() -> None:
        with state.transaction():
            state.set_note("a", "1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    assert state.note("a") is None


def test_what_was_committed_is_there_after_a_checkpoint_and_a_reopening(tmp_path: Path) -> None:
    store = State(tmp_path / "state.sqlite")
    store.set_note("a", "1")
    store.checkpoint()
    store.close()
    again = State(tmp_path / "state.sqlite")
    assert again.note("a") == "1"
    again.close()


def test_a_newer_state_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "state.sqlite") as db:
        db.execute(f"PRAGMA user_version={SCHEMA + 1}")
    db.close()
    with pytest.raises(StateError, match="made by a newer khotoot-crawler"):
        State(tmp_path / "state.sqlite")


@pytest.mark.parametrize("version", range(SCHEMA))
def test_an_older_state_is_moved_forward_with_all_it_holds(tmp_path: Path, version: int) -> None:
    path = tmp_path / "state.sqlite"
    with sqlite3.connect(path) as db:
        db.executescript(_STEPS[0])
        for number in range(1, version):
            db.executescript(_STEPS[number])
        db.execute(
            "INSERT INTO article (site, code, status, due_at) VALUES (?, 7, 'new', 0)", [SITE]
        )
        db.execute(
            "INSERT INTO line (site, code, revision, content_digest, text_digest,"
            " extractor_version, offset, length, sha256)"
            " VALUES (?, 5, 1, 'd', x'01', '1', 0, 9, '')",
            [SITE],
        )
        db.execute(
            "INSERT INTO resource (url, due, etag, record_id, record_url, record_date)"
            " VALUES ('http://h/a.css', 1, '\"v1\"', '<urn:1>', 'http://h/a.css', 'd1')"
        )
        db.execute(f"PRAGMA user_version={version}")
    db.close()
    for _ in range(2):
        state = State(path)
        last = state.last_line(SITE, 5)
        assert last is not None
        assert (last.content_digest, last.reread_version) == ("d", None)
        assert [known.code for known in state.due(SITE, 0, 10, only_new=True)] == [7]
        assert state.due_resources("http://h/", 1, 10) == ["http://h/a.css"]
        held = state.validators("http://h/a.css")
        assert held is not None
        assert (held.etag, held.record_date, held.payload_digest) == ('"v1"', "d1", None)
        assert state._db.execute("PRAGMA user_version").fetchone() == (SCHEMA,)
        state.close()


def test_a_failed_resource_waits_for_the_next_run(state: State) -> None:
    state.add_resources(["http://h/a", "http://h/b", "http://i/c"], asked_before=0)
    state.resource_answered("http://h/a", asked_at=100, due=True)
    assert state.due_resources("http://h/", 100, 10) == ["http://h/b"]
    assert sorted(state.due_resources("http://h/", 101, 10)) == ["http://h/a", "http://h/b"]


@pytest.mark.parametrize(
    ("index", "ask"),
    [
        ("article_due", lambda state: state.due(SITE, 1, 1)),
        ("article_new", lambda state: state.due(SITE, 1, 1, only_new=True)),
        ("article_new", lambda state: state.call_back(SITE, 1, second_look=1)),
        (
            "PRIMARY KEY",
            lambda state: state.forget_validators("http://h/1", "http://h/10", but="http://h/1/a"),
        ),
        ("line_text", lambda state: state.first_with_text(SITE, b"t", 1)),
        ("resource_due", lambda state: state.due_resources("http://h/", 1, 1)),
    ],
)
def test_what_is_asked_at_every_page_is_found_by_an_index(
    state: State, index: str, ask: Callable[[State], object]
) -> None:
    asked: list[str] = []
    state._db.set_trace_callback(asked.append)
    ask(state)
    state._db.set_trace_callback(None)
    plans = [
        str(row[3])
        for query in asked
        if not query.startswith(("BEGIN", "COMMIT"))
        for row in state._db.execute(f"EXPLAIN QUERY PLAN {query}")
    ]
    assert len(plans) == 1
    assert f" {index} (" in plans[0]
