"""Which article to ask for next: what state says is due, a bounded number at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from khotoot_crawler.arguments import CrawlArguments
from khotoot_crawler.recheck import DAY, SECOND_LOOK
from khotoot_crawler.state import Known, State
from khotoot_crawler.times import now_ms

_CHUNK = 200
_ASK_MISSING_AGAIN = DAY  # a code once missing is asked for again when a page still names it then

Span = tuple[int, int]


class Frontier:
    """Gives out the articles due at the start of a run, each once; ``started`` in ms."""

    def __init__(self, state: State, site: str, arguments: CrawlArguments, started: int) -> None:
        self.in_flight: set[int] = set()
        self._given_up: list[int] = []
        self._state = state
        self._site = site
        self._started = started
        self._only_new = not arguments.recheck
        self._ready: deque[Known] = deque()
        self._named: deque[int] | None = deque() if arguments.since or arguments.until else None
        self._spans = _spans(state, site, arguments)
        after = arguments.recheck_after
        self._asked_before = None if after is None else started - after
        if self._asked_before is not None and self._named is None and not arguments.gaps:
            self._make_due(arguments.codes or (None,), self._asked_before)
        state.call_back(site, started, second_look=max(SECOND_LOOK, _ASK_MISSING_AGAIN))

    def _make_due(self, spans: Iterable[Span | None], asked_before: int) -> None:
        with self._state.transaction():
            for span in spans:
                self._state.make_due(self._site, asked_before=asked_before, now=now_ms(), span=span)

    @property
    def is_windowed(self) -> bool:
        """Whether only what the archive lists for some days is asked for."""
        return self._named is not None

    @property
    def needs_listings(self) -> bool:
        """Whether codes are to be looked for; not where they are given."""
        return self._spans is None

    def found(self, links: dict[int, str | None], *, is_listing: bool = False) -> int:
        """Remember the articles a page names, code and path; return how many were new.

        A listing names articles as they are now, while an old article names them as they were.
        """
        if self._spans is not None:
            return 0
        if self._named is not None:
            self._named.extend(links)
        # Asked for too early, or a glitch: not forgotten where no page names it a day later.
        new = self._discover(links.items(), ask_later=_ASK_MISSING_AGAIN)
        if is_listing and new < len(links):
            with self._state.transaction():
                self._state.renew_paths(self._site, links.items())
                self._state.call_again(
                    self._site, links, asked_before=self._started - _ASK_MISSING_AGAIN
                )
        return new

    def next(self) -> Known | None:
        """Take the next article due; None where there is none just now."""
        if not self._ready:
            self._leave_to_the_next_run()
            self._ready.extend(known for known in self._due() if known.code not in self.in_flight)
        if not self._ready:
            return None
        known = self._ready.popleft()
        self.in_flight.add(known.code)
        return known

    def done(self, code: int) -> None:
        """Nothing of the article is under way any more.

        One that is still due then was never acknowledged (a defect, a pipeline that dropped it):
        it is left to the next run, or this one would ask for it for ever.
        """
        self.in_flight.discard(code)
        known = self._state.known(self._site, code)
        if known and known.due_at is not None and known.due_at <= self._started:
            self._given_up.append(code)

    def _leave_to_the_next_run(self) -> None:
        if self._given_up:
            with self._state.transaction():
                self._state.put_off(self._site, self._given_up, self._started + 1)
            self._given_up.clear()

    def _due(self) -> list[Known]:
        if self._spans is not None:
            return self._due_in_spans(self._spans)
        if self._named is not None:
            return self._due_of_named(self._named)
        return self._query(None)

    def _due_in_spans(self, spans: Iterator[Span]) -> list[Known]:
        for low, high in spans:
            self._discover((code, None) for code in range(low, high + 1))
            if due := self._query((low, high)):
                return due
        return []

    def _due_of_named(self, named: deque[int]) -> list[Known]:
        while named:
            code = named.popleft()
            if self._asked_before is not None:
                self._make_due([(code, code)], self._asked_before)
            if due := self._query((code, code)):
                return due
        return []

    def _query(self, span: Span | None) -> list[Known]:
        return self._state.due(
            self._site,
            self._started,
            _CHUNK + len(self.in_flight),
            span=span,
            only_new=self._only_new,
        )

    def _discover(self, links: Iterable[tuple[int, str | None]], ask_later: int = 0) -> int:
        found = list(links)
        if not found:  # most pages name nothing new: no transaction for that
            return 0
        with self._state.transaction():
            return self._state.discover(
                self._site,
                found,
                ask_again=self._started - _ASK_MISSING_AGAIN,
                ask_later=ask_later,
            )


def _spans(state: State, site: str, arguments: CrawlArguments) -> Iterator[Span] | None:
    if arguments.gaps:
        return _in_chunks(_gaps(state, site))
    if arguments.codes is not None:
        return _in_chunks(arguments.codes)
    return None


def _gaps(state: State, site: str) -> Iterator[Span]:
    after = 0
    while ranges := state.gaps(site, after, _CHUNK):
        yield from ranges
        after = ranges[-1][1] + 1


def _in_chunks(spans: Iterable[Span]) -> Iterator[Span]:
    """Cut spans so that a range of a million codes never stands in memory.

    >>> list(_in_chunks([(1, 450)]))
    [(1, 200), (201, 400), (401, 450)]
    """
    for low, high in spans:
        for start in range(low, high + 1, _CHUNK):
            yield start, min(start + _CHUNK - 1, high)
