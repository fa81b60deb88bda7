"""What is asked for next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from khotoot_crawler.arguments import parse_arguments
from khotoot_crawler.parsers.page import read_page
from khotoot_crawler.recheck import DAY
from khotoot_crawler.spiders.discovery import Discovery
from khotoot_crawler.spiders.frontier import Frontier
from khotoot_crawler.spiders.walk import ArchiveWalk
from khotoot_crawler.state import State
from khotoot_crawler.urls import Site

SITE = "khootoot.ir"
NOW = 1_700_000_000_000


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
    assert state._db.execute("SELECT count(*) FROM article").fetchone() == (200,)


def test_gaps_are_the_codes_between_that_were_never_asked_for(state: State) -> None:
    state.archived(SITE, 3, asked_at=0, published_at=None, due_at=NOW + 1)
    state.absent(SITE, 5, status="missing", asked_at=NOW, due_at=None, absences=0)
    state.archived(SITE, 9, asked_at=0, published_at=None, due_at=NOW + 1)
    assert sorted(drain(frontier(state, codes="gaps"), state)) == [4, 6, 7, 8]


def test_a_listing_names_the_path_that_is_asked_for_next_time(state: State) -> None:
    front = frontier(state)
    front.found({1: "/fa/news/1/old", 2: None, 3: "/fa/news/3/c"})
    drain(front, state)
    changes = state._db.total_changes
    front.found({1: "/fa/news/1/older"})  # an article's page, written before the headline changed
    assert front.found({3: "/fa/news/3/c"}, is_listing=True) == 0
    assert front.found({1: "/fa/news/1"}, is_listing=True) == 0
    assert state._db.total_changes == changes
    found = {1: "/fa/news/1/new", 2: "/fa/news/2/b", 3: None, 4: None}
    assert front.found(found, is_listing=True) == 1
    assert state._db.total_changes == changes + 3
    paths = {code: known.path for code in found if (known := state.known(SITE, code))}
    assert paths == {1: "/fa/news/1/new", 2: "/fa/news/2/b", 3: "/fa/news/3/c", 4: None}
    assert [known.code for known in state.due(SITE, NOW, 9)] == [4]


def test_a_gone_article_that_a_listing_names_is_asked_for(state: State) -> None:
    for code, asked_at in ((1, NOW - 2 * DAY), (2, NOW - 1)):
        state.absent(SITE, code, status="gone", asked_at=asked_at, due_at=NOW + DAY, absences=2)
    front = frontier(state)
    front.found({1: None, 2: None})  # an old article's page
    assert drain(front, state) == []
    front.found({1: None, 2: None}, is_listing=True)
    assert drain(front, state) == [1]


def test_in_a_window_only_what_its_listing_named_is_asked_for(state: State) -> None:
    state.discover(SITE, [(1, None)], ask_again=0)
    front = frontier(state, since="1402-05-01")
    front.found({7: None, 8: None})
    assert sorted(drain(front, state)) == [7, 8]


def test_thousands_pending_are_held_a_few_at_a_time(state: State) -> None:
    front = frontier(state)
    front.found(dict.fromkeys(range(1, 5001)))
    assert len(drain(front, state)) == 5000


def test_what_may_not_be_asked_for_is_left_to_the_next_run(state: State) -> None:
    """Forbidden articles stay due as they are, and give up their place in front of the queue."""
    front = frontier(state)
    front.found(dict.fromkeys(range(1, 1001)))
    assert given_up(front) == list(range(1000, 0, -1))
    front.found({5: None, 2000: None})
    assert given_up(front) == [2000]
    following = Frontier(state, SITE, parse_arguments({}), NOW + 1000)
    assert len(drain(following, state)) == 1001


def test_what_was_put_off_by_a_clock_ahead_is_asked_for_again(state: State) -> None:
    later = Frontier(state, SITE, parse_arguments({}), NOW + 1000 * DAY)
    later.found({1: None, 2: None})
    state.failed(SITE, 2, reason="HTTP 500", due_at=NOW + 1000 * DAY + 1)
    state.archived(SITE, 3, asked_at=NOW, published_at=None, due_at=NOW + 2000 * DAY)
    assert given_up(later) == [1]
    for code, days in ((4, 1001), (5, 1)):
        due_at = NOW + days * DAY
        state.absent(SITE, code, status="missing", asked_at=NOW, due_at=due_at, absences=1)
    assert drain(frontier(state), state) == [4, 2, 1]


@pytest.mark.parametrize("arguments", [{}, {"recheck": "none"}])
def test_the_work_for_an_article_does_not_grow_with_those_in_front_of_it(
    tmp_path: Path, arguments: dict[str, str]
) -> None:
    """In front: forbidden ones, and archived ones that are due but not to be rechecked."""
    few, many = (steps_each(tmp_path, number, arguments) for number in (300, 6000))
    assert many < 2 * few


def steps_each(folder: Path, number: int, arguments: dict[str, str]) -> float:
    """Return how much work SQLite has with an article that nothing comes of."""
    state = State(folder / f"{number}.sqlite")
    due_at = NOW if arguments else NOW + 1
    with state.transaction():
        for code in range(number):
            state.archived(SITE, code, asked_at=0, published_at=0, due_at=due_at)
    front = frontier(state, **arguments)
    front.found(dict.fromkeys(range(number, 2 * number)))
    steps: list[int] = []
    state._db.set_progress_handler(lambda: steps.append(1), 10)
    assert len(given_up(front)) == number
    state.close()
    return len(steps) / number


def given_up(front: Frontier) -> list[int]:
    """Take everything, of which nothing is ever acknowledged."""
    taken = []
    while (known := front.next()) is not None:
        taken.append(known.code)
        front.done(known.code)
    return taken


def test_an_article_missing_is_told_of_by_the_next_page_that_names_it(state: State) -> None:
    front = frontier(state)
    site = Site(SITE, f"https://{SITE}")
    walk = ArchiveWalk(state, SITE)
    discovery = Discovery(site, state, front, walk, started=NOW, counts=Counter())
    page = read_page(b'<a href="/fa/news/7/x">x</a>', f"https://{SITE}/fa/news/9")
    discovery.seen_on(page, 9)
    known = front.next()
    assert known is not None
    state.absent(SITE, 7, status="missing", asked_at=NOW, due_at=None, absences=0)
    discovery.see_anew()
    front.done(7)
    discovery.seen_on(page, 9)
    again = state.known(SITE, 7)
    assert again is not None
    assert again.due_at == NOW + DAY
