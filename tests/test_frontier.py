"""What is asked for next."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from khotoot_crawler.arguments import parse_arguments
from khotoot_crawler.recheck import DAY
from khotoot_crawler.spiders.frontier import Frontier
from khotoot_crawler.state import State

SITE = "khootoot.ir"
NOW = 2_000_000_000_000


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    store = State(tmp_path / "state.sqlite")
    yield store
    store.close()


def frontier(state: State, **arguments: str) -> Frontier:
    return Frontier(state, SITE, parse_arguments(arguments), NOW)


def drain(front: Frontier, state: State) -> list[int]:
    """Take and archive everything."""
    taken = []
    while (known := front.next()) is not None:
        taken.append(known.code)
        state.archived(SITE, known.code, asked_at=NOW, published_at=None, due_at=NOW + DAY)
        front.done(known.code)
    return taken


def test_each_article_is_given_out_once(state: State) -> None:
    front = frontier(state)
    assert front.found({1: "/fa/news/1/x", 2: None}) == 2
    first, second = front.next(), front.next()
    assert first is not None
    assert second is not None
    assert (first.code, second.code) == (2, 1)
    assert front.next() is None
    front.found({1: None, 3: None})
    third = front.next()
    assert third is not None
    assert third.code == 3


def test_what_is_known_and_not_due_is_left_alone(state: State) -> None:
    state.archived(SITE, 1, asked_at=0, published_at=None, due_at=NOW + 1)
    state.archived(SITE, 2, asked_at=0, published_at=None, due_at=NOW)
    assert drain(frontier(state), state) == [2]


def test_recheck_none_all_and_an_age(state: State) -> None:
    state.archived(SITE, 1, asked_at=NOW - 10 * DAY, published_at=None, due_at=NOW)
    state.archived(SITE, 2, asked_at=NOW - DAY, published_at=None, due_at=NOW + 1)
    state.discover(SITE, [(3, None)], ask_again=0)
    assert drain(frontier(state, recheck="none"), state) == [3]
    assert drain(frontier(state, recheck="7d"), state) == [1]
    assert drain(Frontier(state, SITE, parse_arguments({"recheck": "all"}), NOW + 1), state) == [
        3,
        2,
        1,
    ]


def test_codes_are_asked_for_and_no_listings(state: State) -> None:
    state.archived(SITE, 5, asked_at=0, published_at=None, due_at=NOW + 1)
    state.discover(SITE, [(99, None)], ask_again=0)
    front = frontier(state, codes="4-6,8")
    assert not front.needs_listings
    assert sorted(drain(front, state)) == [4, 6, 8]


def test_a_million_codes_are_not_listed_at_once(state: State) -> None:
    front = frontier(state, codes="1-1000000")
    assert front.next() is not None
    assert state.counts(SITE) == {"new": 200}


def test_gaps_are_the_codes_between_that_were_never_asked_for(state: State) -> None:
    state.archived(SITE, 3, asked_at=0, published_at=None, due_at=NOW + 1)
    state.absent(SITE, 5, status="missing", asked_at=NOW, due_at=None, absences=0)
    state.archived(SITE, 9, asked_at=0, published_at=None, due_at=NOW + 1)
    assert sorted(drain(frontier(state, codes="gaps"), state)) == [4, 6, 7, 8]


def test_in_a_window_only_what_its_listing_named_is_asked_for(state: State) -> None:
    state.discover(SITE, [(1, None)], ask_again=0)
    front = frontier(state, since="1402-05-01")
    front.found({7: None, 8: None})
    assert sorted(drain(front, state)) == [7, 8]


def test_thousands_pending_are_held_a_few_at_a_time(state: State) -> None:
    front = frontier(state)
    front.found(dict.fromkeys(range(1, 5001)))
    assert len(drain(front, state)) == 5000
