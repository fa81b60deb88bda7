"""The walk through the archive listing: to its end once, then only as far as there is news."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from khotoot_crawler.spiders.walk import ArchiveWalk
from khotoot_crawler.state import State

SITE = "khootoot.ir"
SIDE_BAR = {900, 901}


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    store = State(tmp_path / "state.sqlite")
    yield store
    store.close()


def page_of(walk: ArchiveWalk) -> int:
    return int(walk.next_path().rpartition("p=")[2])


def walk_pages(
    walk: ArchiveWalk, pages: list[set[int]], known: set[int], past_end: set[int]
) -> list[int]:
    """Answer the walk from a listing; return the pages it asked for."""
    asked = []
    while not walk.ended:
        number = page_of(walk)
        asked.append(number)
        codes = (pages[number - 1] if number <= len(pages) else past_end) | SIDE_BAR
        new = len(codes - known)
        known |= codes
        walk.read(codes, new)
    return asked


PAGES = [{9, 8}, {7, 6}, {5, 4}, {3, 2}, {1}]


@pytest.mark.parametrize("past_end", [set(), PAGES[-1], PAGES[0]], ids=["empty", "last", "first"])
def test_a_first_walk_goes_to_the_end_however_the_end_looks(
    state: State, past_end: set[int]
) -> None:
    known: set[int] = set()
    asked = walk_pages(ArchiveWalk(state, SITE), PAGES, known, past_end)
    assert asked == [1, 2, 3, 4, 5, 6, 7, 8, 3, 4, 5, 6, 7]
    again = walk_pages(ArchiveWalk(state, SITE), PAGES, known, past_end)
    assert again == [1, 2, 3, 4, 5, 6, 7, 8]  # the end is there once more
    assert walk_pages(ArchiveWalk(state, SITE), PAGES, known, past_end) == [1, 2]


def walked(state: State, pages: list[set[int]]) -> set[int]:
    """Walk through a listing until its end is believed; return the codes known then."""
    known: set[int] = set()
    for _ in range(2):
        walk_pages(ArchiveWalk(state, SITE), pages, known, set())
    return known


def test_a_later_walk_stops_after_two_pages_without_news(state: State) -> None:
    known = walked(state, PAGES)
    assert walk_pages(ArchiveWalk(state, SITE), PAGES, known, set()) == [1, 2]
    assert walk_pages(ArchiveWalk(state, SITE), [{11, 10}, *PAGES], known, set()) == [1, 2, 3]


def test_a_later_walk_that_found_nothing_but_empty_pages_is_made_good(state: State) -> None:
    known = walked(state, PAGES)
    news = [{19, 18}, {17, 16}, {15, 14}, *PAGES]
    broken = news[:1] + [set[int]()] * 7
    walk_pages(ArchiveWalk(state, SITE), broken, known, set())
    walk_pages(ArchiveWalk(state, SITE), news, known, set())
    assert known >= set().union(*news)


def test_what_feeds_have_named_is_no_reason_to_stop(state: State) -> None:
    known = walked(state, PAGES)
    news = [{19, 18}, {17, 16}, {15, 14}, {13, 12}, *PAGES]
    known |= {19, 18, 17, 16}
    assert walk_pages(ArchiveWalk(state, SITE), news, known, set()) == [1, 2, 3, 4, 5, 6]
    assert known >= set().union(*news)


@pytest.mark.parametrize("hiccup", [set(), {9, 8}, {7, 6}], ids=["blank", "first", "before"])
@pytest.mark.parametrize("times", [1, 4], ids=["once", "all run"])
def test_a_hiccup_amid_the_list_is_not_its_end(state: State, hiccup: set[int], times: int) -> None:
    known: set[int] = set()
    for run in range(3):
        walk = ArchiveWalk(state, SITE)
        left = times if run == 0 else 0
        while not walk.ended:
            number = page_of(walk)
            codes = PAGES[number - 1] if number <= len(PAGES) else set()
            if number in (3, 4) and left:
                left, codes = left - (times > 1 or not hiccup or number == 3), hiccup
            walk.read(codes | SIDE_BAR, len(codes - known))
            known |= codes
    assert known == set().union(*PAGES)
    assert "walked before" in ArchiveWalk(state, SITE).plan


def test_a_frame_that_names_more_than_the_list_does_not_end_it(state: State) -> None:
    pages = [{1000 - 8 * number - n for n in range(8)} for number in range(20)]
    frame = set(range(2000, 2090))
    known: set[int] = set()
    walk = ArchiveWalk(state, SITE)
    while not walk.ended:
        number = page_of(walk)
        codes = (pages[number - 1] if number <= len(pages) else set()) | frame
        walk.read(codes, len(codes - known))
        known |= codes
    assert known >= set().union(*pages)


def test_a_window_is_walked_through_by_each_run(state: State) -> None:
    known: set[int] = set()
    for _ in range(3):
        walk = ArchiveWalk(state, SITE, since=date(2023, 7, 23))
        assert {1, 2, 3, 4, 5, 6} <= set(walk_pages(walk, PAGES, known, set()))


def test_a_first_walk_that_was_stopped_goes_on_where_it_was(state: State) -> None:
    first = ArchiveWalk(state, SITE)
    for number in (1, 2, 3):
        assert page_of(first) == number
        first.read(PAGES[number - 1] | SIDE_BAR, 2)
    again = ArchiveWalk(state, SITE)
    assert "on from page 3" in again.plan
    assert walk_pages(again, PAGES, {9, 8, 7, 6, 5, 4} | SIDE_BAR, set()) == [
        *[1, 2, 3, 4, 5, 6, 7, 8],
        *[3, 4, 5, 6, 7],
    ]


def broken_runs(state: State, front: set[int]) -> set[int]:
    """Walk twice through a listing of which nothing but its first page can be seen."""
    for _ in range(2):
        walk_pages(ArchiveWalk(state, SITE), [front], set(), front)
    return front | SIDE_BAR


@pytest.mark.parametrize("front", [set(), {9, 8}], ids=["blank", "the first page again"])
def test_runs_that_see_no_list_do_not_end_a_walk_that_came_further(
    state: State, front: set[int], caplog: pytest.LogCaptureFixture
) -> None:
    first = ArchiveWalk(state, SITE)
    for number in (1, 2, 3, 4):
        assert page_of(first) == number
        first.read(PAGES[number - 1] | SIDE_BAR, 2)
    broken_runs(state, front)
    assert "the next run looks again" in caplog.text
    known = set().union(*PAGES[:4]) | SIDE_BAR
    assert 5 in walk_pages(ArchiveWalk(state, SITE), PAGES, known, set())


def test_a_list_that_two_broken_runs_called_whole_is_walked_to_its_end(state: State) -> None:
    pages = [{100 - 2 * n, 99 - 2 * n} for n in range(20)]
    known = broken_runs(state, pages[0])
    assert "walked before" in ArchiveWalk(state, SITE).plan
    stopped = ArchiveWalk(state, SITE)
    for number in (1, 2, 3):
        page_of(stopped)
        stopped.read(pages[number - 1] | SIDE_BAR, len(pages[number - 1] - known))
        known |= pages[number - 1]
    walk_pages(ArchiveWalk(state, SITE), pages, known, set())
    assert known >= set().union(*pages)


def test_a_list_with_the_oldest_first_may_grow_by_many_pages(
    state: State, caplog: pytest.LogCaptureFixture
) -> None:
    pages = [{2 * n, 2 * n + 1} for n in range(1, 31)]
    known: set[int] = set()
    for length in (10, 10, 20, 30, 30):  # pages of the list, at each run
        walk_pages(ArchiveWalk(state, SITE), pages[:length], known, set())
        assert known >= set().union(*pages[:length])
    assert not caplog.records
    assert walk_pages(ArchiveWalk(state, SITE), pages, known, set())[-1] == 33  # asked once


def test_a_list_with_the_oldest_first_that_became_shorter_is_doubted_once(
    state: State, caplog: pytest.LogCaptureFixture
) -> None:
    pages = [{2 * n, 2 * n + 1} for n in range(1, 31)]
    known = walked(state, pages)
    for doubts in (1, 1, 1):
        walk_pages(ArchiveWalk(state, SITE), pages[:20], known, set())
        assert len(caplog.records) == doubts
    walk_pages(ArchiveWalk(state, SITE), pages[:10], known, set())
    assert len(caplog.records) == 2  # another end, another doubt
    walk_pages(ArchiveWalk(state, SITE), pages[:9], known, set())
    assert len(caplog.records) == 2  # a page more or less is the same end
    walk_pages(ArchiveWalk(state, SITE), pages, known, set())
    walk_pages(ArchiveWalk(state, SITE), [*pages, {99}], known, set())
    assert 99 in known


def test_news_cut_short_beyond_an_earlier_end_is_read_by_the_next_run(state: State) -> None:
    known = walked(state, PAGES)
    news = [{200 - 2 * n, 199 - 2 * n} for n in range(30)]
    walk_pages(ArchiveWalk(state, SITE), news[:15], known, set())  # the rest is not shown
    walk_pages(ArchiveWalk(state, SITE), [*news, *PAGES], known, set())
    assert known >= set().union(*news)


def test_articles_withdrawn_between_two_runs_hide_no_others(state: State) -> None:
    first = ArchiveWalk(state, SITE)
    known: set[int] = set()
    for number in (1, 2, 3):
        page_of(first)
        first.read(PAGES[number - 1] | SIDE_BAR, 2)
        known |= PAGES[number - 1]
    shifted = [{9, 8}, {7, 5}, {4, 3}, {2, 1}]  # without 6
    walk_pages(ArchiveWalk(state, SITE), shifted, known, set())
    assert known >= set().union(*shifted)


def test_articles_withdrawn_during_a_first_walk_hide_no_others(state: State) -> None:
    codes = list(range(200, 0, -1))
    known: set[int] = set()
    for run in range(2):
        walk = ArchiveWalk(state, SITE)
        while not walk.ended:
            number = page_of(walk)
            if run == 0 and number == 10 and 199 in codes:
                codes.remove(199)  # all below move up: 182 is on a page that was read
            listed = set(codes[2 * number - 2 : 2 * number]) | SIDE_BAR
            walk.read(listed, len(listed - known))
            known |= listed
        assert (182 in known) is (run == 1)
    assert known >= set(codes)
    assert walk_pages(ArchiveWalk(state, SITE), [{200, 198}, {197, 196}], known, set()) == [1, 2]


def test_what_came_since_a_first_walk_was_stopped_is_read_first(state: State) -> None:
    first = ArchiveWalk(state, SITE)
    for number in (1, 2, 3):
        assert page_of(first) == number
        first.read(PAGES[number - 1] | SIDE_BAR, 2)
    news = [{19, 18}, {17, 16}, *PAGES]
    known = {9, 8, 7, 6, 5, 4}
    asked = walk_pages(ArchiveWalk(state, SITE), news, known, set())
    assert asked[:4] == [1, 2, 3, 4]
    assert known >= set().union(*news)


def test_a_later_walk_that_was_stopped_is_made_good(state: State) -> None:
    known = walked(state, PAGES)
    news = [{19, 18}, {17, 16}, {15, 14}, {13, 12}, *PAGES]
    stopped = ArchiveWalk(state, SITE)
    for number in (1, 2, 3):
        page_of(stopped)
        stopped.read(news[number - 1], 2)
        known |= news[number - 1]
    assert 4 in walk_pages(ArchiveWalk(state, SITE), news, known, set())
    assert known >= set().union(*news)


def test_a_page_that_fails_is_asked_for_again_by_the_next_run(state: State) -> None:
    walk = ArchiveWalk(state, SITE)
    page_of(walk)
    walk.read(PAGES[0], 2)
    assert page_of(walk) == 2
    walk.failed()
    known = set(PAGES[0])
    assert walk_pages(walk, PAGES, known, set())[:4] == [3, 4, 5, 6]
    assert walk_pages(ArchiveWalk(state, SITE), PAGES, known, set())[:3] == [1, 2, 3]


def test_a_listing_that_keeps_failing_is_given_up(state: State) -> None:
    walk = ArchiveWalk(state, SITE)
    for _ in range(3):
        page_of(walk)
        walk.failed()
    assert walk.ended


def test_boxes_that_are_now_old_and_now_new_do_not_go_on_for_ever(state: State) -> None:
    pages = [{1000 - 8 * number - n for n in range(8)} for number in range(40)]
    chance = random.Random(5)
    everything = sorted(set().union(*pages))
    walk = ArchiveWalk(state, SITE)
    asked = 0
    while not walk.ended:
        number = page_of(walk)
        asked += 1
        listed = pages[number - 1] if number <= len(pages) else set()
        of = sorted(pages[0]) if number % 2 else everything
        walk.read(listed | set(chance.choices(of, k=5)), 1)
    assert asked < 60


def test_a_window_is_asked_for_in_jalali_days(state: State) -> None:
    walk = ArchiveWalk(state, SITE, since=date(2023, 7, 23), until=date(2023, 8, 22))
    assert "from_date=1402/05/01&to_date=1402/05/31&p=1" in walk.next_path()


def test_a_page_that_stays_blank_is_asked_for_again_by_the_next_run(state: State) -> None:
    walk = ArchiveWalk(state, SITE)
    asked = []
    while not walk.ended:
        number = page_of(walk)
        asked.append(number)
        codes = PAGES[number - 1] if number in (1, 3, 4, 5) else set()
        walk.read(codes, len(codes))
    assert asked[:6] == [1, 2, 3, 2, 3, 4]
    assert "on from page 2" in ArchiveWalk(state, SITE).plan


def test_a_box_of_the_newest_that_holds_pages_of_the_list_does_not_end_it(state: State) -> None:
    pages = [{100 - 8 * number - n for n in range(8)} for number in range(12)]
    box = set().union(*pages[:3])
    known: set[int] = set()
    for _ in range(2):
        walk = ArchiveWalk(state, SITE)
        while not walk.ended:
            number = page_of(walk)
            codes = box | (pages[number - 1] if number <= len(pages) else set())
            walk.read(codes, len(codes - known))
            known |= codes
    assert known == set().union(*pages)
    assert "walked before" in ArchiveWalk(state, SITE).plan


def test_a_box_that_changes_from_page_to_page_is_no_list(state: State) -> None:
    """Past the end, and on every page, stand some articles drawn from all, and an invented one."""
    walk = ArchiveWalk(state, SITE)
    chance = random.Random(3)
    asked = 0
    while not walk.ended:
        number = page_of(walk)
        asked += 1
        listed = range(10_000 - 100 * number, 10_100 - 100 * number) if number <= 30 else ()
        walk.read({*listed, *chance.choices(range(7_000, 10_000), k=8), 20_000 + number}, 1)
    assert 30 < asked < 45
