"""What is known of a site: its articles, which of them are due, and the lines written of them.

Everything here can be made again from the JSONL files, so a commit need not reach the disk at
once (``synchronous=NORMAL``): what a power cut takes from the tail is read back from the lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Literal, NamedTuple

from khotoot_crawler.ranges import ranges_between, ranges_of
from khotoot_crawler.resources import Payload, Resources, Validators
from khotoot_crawler.store import SCHEMA, DamagedError, is_damage, output_error

__all__ = [
    "ASKED",
    "SCHEMA",
    "WAITING",
    "DamagedError",
    "Known",
    "Line",
    "Payload",
    "State",
    "Validators",
    "is_damage",
    "output_error",
]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one article; times in ms since 1970 UTC."""

    code: int
    path: str | None
    status: Literal["new", "archived", "missing", "gone"]
    due_at: int | None
    asked_at: int | None
    published_at: int | None
    absences: int
    failure: str | None


class Line(NamedTuple):
    """A line of articles.jsonl as state remembers it; ``offset`` and ``length`` in bytes.

    ``reread_digest``: the content digest of its record as another version of the parser read it.
    """

    site: str
    code: int
    revision: int
    content_digest: str
    text_digest: bytes | None
    extractor_version: str
    offset: int
    length: int
    sha256: bytes
    reread_version: str | None = None
    reread_digest: str | None = None


_KNOWN = "code, path, status, due_at, asked_at, published_at, absences, failure"
_LINE = (
    "site, code, revision, content_digest, text_digest, extractor_version, offset, length, sha256,"
    " reread_version, reread_digest"
)
_ANY = (0, 2**63 - 1)
WAITING = """
SELECT code FROM article WHERE site=? AND code BETWEEN ? AND ?
    AND status='new' AND failure IS NULL ORDER BY code
"""
ASKED = """
SELECT code FROM article WHERE site=? AND code BETWEEN ? AND ?
    AND NOT (status='new' AND failure IS NULL) ORDER BY code
"""
# The address of an article with its slug: it is the one that pages link to.
_WITH_SLUG = "'/fa/news/*/?*'"


class State(Resources):
    """The store; every method is one short statement or one short transaction."""

    # -- frontier ------------------------------------------------------------

    def discover(
        self,
        site: str,
        found: Iterable[tuple[int, str | None]],
        *,
        ask_again: int,
        ask_later: int = 0,
    ) -> int:
        """Add codes not yet known, due at once; return how many were not known.

        A code once found missing becomes due again when it is named anew, if it was last asked
        for before ``ask_again`` (ms); else ``ask_later`` ms after that, where it is not 0.
        """
        rows = [(site, code, path, ask_again, ask_later) for code, path in found]
        self._db.executemany(
            "UPDATE article SET path=?3,"
            " due_at=CASE WHEN asked_at < ?4 THEN 0 ELSE asked_at + ?5 END"
            " WHERE site=?1 AND code=?2"
            " AND status='missing' AND due_at IS NULL AND (asked_at < ?4 OR ?5)",
            rows,
        )
        before = self._db.total_changes
        self._db.executemany(
            "INSERT INTO article (site, code, path, status, due_at) VALUES (?, ?, ?, 'new', 0)"
            " ON CONFLICT DO NOTHING",
            [row[:3] for row in rows],
        )
        return self._db.total_changes - before

    def call_again(self, site: str, codes: Iterable[int], *, asked_before: int) -> None:
        """Make gone articles due that a listing names: they may be back."""
        self._db.executemany(
            "UPDATE article SET due_at=0"
            " WHERE site=?1 AND code=?2 AND status='gone' AND due_at>0 AND asked_at<?3",
            [(site, code, asked_before) for code in codes],
        )

    def renew_paths(self, site: str, found: Iterable[tuple[int, str | None]]) -> None:
        """Ask for known articles, when they are due, under the path that a listing names now.

        The slug changes with the headline, and a server may refuse the old one. A path without
        slug takes no other's place: feeds leave it out, and it would change with every listing.
        """
        self._db.executemany(
            "UPDATE article SET path=?3 WHERE site=?1 AND code=?2 AND path IS NOT ?3"
            f" AND ?3 GLOB {_WITH_SLUG}",
            [(site, code, path) for code, path in found if path is not None],
        )

    def due(
        self,
        site: str,
        before: int,
        limit: int,
        *,
        span: tuple[int, int] | None = None,
        only_new: bool = False,
    ) -> list[Known]:
        """Return what is due at ``before`` (ms): never fetched first, newest code first.

        ``span``: only these codes, ends included. ``only_new``: not what was archived before.
        """
        new = " AND status IN ('new', 'missing')" if only_new else ""
        # The plus keeps SQLite from walking all that is due to find the few codes of a span.
        within = " AND due_at<=?" if span is None else " AND +due_at<=? AND code BETWEEN ? AND ?"
        rows = self._db.execute(
            f"SELECT {_KNOWN} FROM article WHERE site=?{within}{new}"
            " ORDER BY due_at, code DESC LIMIT ?",
            (site, before, *(span or ()), limit),
        )
        return [Known(*row) for row in rows]

    def gaps(self, site: str, after: int, limit: int) -> list[tuple[int, int]]:
        """Return ranges of codes never asked for, ends included, from ``after`` upwards.

        They lie between the smallest and the largest code that an article was held of; beyond them
        only what was named and not asked for yet. A link to code 10^17, be it dead, broken or
        forbidden, is no reason to ask for all below it.
        """
        held = "SELECT code FROM article WHERE site=? AND status IN ('archived', 'gone')"
        (low,) = self._db.execute(f"{held} ORDER BY code LIMIT 1", (site,)).fetchone() or (1,)
        (high,) = self._db.execute(f"{held} ORDER BY code DESC LIMIT 1", (site,)).fetchone() or (0,)
        start = max(low, after)
        between = ranges_between(self._codes(ASKED, site, start, high), start, high)
        below = self._codes(WAITING, site, after, low - 1)
        above = self._codes(WAITING, site, max(after, high + 1), _ANY[1])
        return list(islice(chain(ranges_of(below), between, ranges_of(above)), limit))

    def _codes(self, query: str, site: str, low: int, high: int) -> Iterator[int]:
        return (code for (code,) in self._db.execute(query, (site, low, high)))

    def make_due(
        self, site: str, *, asked_before: int, now: int, span: tuple[int, int] | None = None
    ) -> None:
        """Make archived articles due that were last asked for before that time (ms).

        Those that a run with its clock ahead asked for after ``now`` are due, too.
        """
        low, high = span or _ANY
        self._db.execute(
            "UPDATE article SET due_at=1 WHERE site=? AND status IN ('archived', 'gone')"
            " AND (asked_at<? OR asked_at>?) AND code BETWEEN ? AND ?",
            (site, asked_before, now, low, high),
        )

    def put_off(self, site: str, codes: Iterable[int], until: int) -> None:
        """Leave articles that are due to a run that starts at ``until`` (ms) or later."""
        self._db.executemany(
            "UPDATE article SET due_at=?3 WHERE site=?1 AND code=?2 AND due_at<?3",
            [(site, code, until) for code in codes],
        )

    def call_back(self, site: str, now: int, *, second_look: int) -> None:
        """Make due what was never archived and was put off by a run whose clock was ahead.

        A code found missing is put off by no more than ``second_look`` ms.
        """
        self._db.execute(
            "UPDATE article SET due_at=0 WHERE site=? AND due_at>? AND status IN ('new', 'missing')"
            " AND (status='new' OR due_at>?)",
            (site, now, now + second_look),
        )

    def known(self, site: str, code: int) -> Known | None:
        """Return what is known of an article."""
        row = self._db.execute(
            f"SELECT {_KNOWN} FROM article WHERE site=? AND code=?", (site, code)
        ).fetchone()
        return None if row is None else Known(*row)

    def archived(
        self, site: str, code: int, *, asked_at: int, published_at: int | None, due_at: int
    ) -> None:
        """An article answered: it is archived, and due again at ``due_at``."""
        self._db.execute(
            "INSERT INTO article (site, code, status, due_at, asked_at, published_at)"
            " VALUES (?1,?2,'archived',?3,?4,?5) ON CONFLICT DO UPDATE SET status='archived',"
            " due_at=?3, asked_at=?4, published_at=?5, absences=0, failure=NULL",
            (site, code, due_at, asked_at, published_at),
        )

    def absent(
        self, site: str, code: int, *, status: str, asked_at: int, due_at: int | None, absences: int
    ) -> None:
        """An address answered that there is no such article."""
        self._db.execute(
            "INSERT INTO article (site, code, status, due_at, asked_at, absences)"
            " VALUES (?1,?2,?3,?4,?5,?6) ON CONFLICT DO UPDATE SET status=?3,"
            " due_at=?4, asked_at=?5, absences=?6, failure=NULL",
            (site, code, status, due_at, asked_at, absences),
        )

    def failed(self, site: str, code: int, *, reason: str, due_at: int) -> None:
        """No answer that could be used: the article stays due, from the next run on."""
        self._db.execute(
            "INSERT INTO article (site, code, status, due_at, failure) VALUES (?1,?2,'new',?3,?4)"
            " ON CONFLICT DO UPDATE SET due_at=?3, failure=?4",
            (site, code, due_at, reason),
        )

    # -- lines ---------------------------------------------------------------

    def last_line(self, site: str, code: int) -> Line | None:
        """Return the latest revision that was written."""
        row = self._db.execute(
            f"SELECT {_LINE} FROM line WHERE site=? AND code=? ORDER BY revision DESC LIMIT 1",
            (site, code),
        ).fetchone()
        return None if row is None else Line(*row)

    def first_with_text(self, site: str, text_digest: bytes, other_than: int) -> int | None:
        """Return the smallest code of another article with that title and body."""
        row = self._db.execute(
            "SELECT min(code) FROM line WHERE site=? AND text_digest=? AND code<>?",
            (site, text_digest, other_than),
        ).fetchone()
        return None if row is None or row[0] is None else int(row[0])

    def add_line(self, line: Line) -> None:
        """Remember a line of articles.jsonl."""
        self._db.execute(
            f"INSERT OR REPLACE INTO line ({_LINE}) VALUES (?,?,?,?,?,?,?,?,?,?,?)", line
        )

    def line_reread(self, line: Line, version: str, digest: str) -> None:
        """Remember what that version of the parser makes of a line's record."""
        self._db.execute(
            "UPDATE line SET reread_version=?, reread_digest=?"
            " WHERE site=? AND code=? AND revision=?",
            (version, digest, line.site, line.code, line.revision),
        )

    def forget_lines(self) -> None:
        """Take back all that lines told: what was archived is due until they are read again."""
        self._db.execute("DELETE FROM line")
        # Or a 304 would stand for a version whose line is lost.
        self._db.execute("UPDATE resource SET etag=NULL, last_modified=NULL, record_id=NULL")
        self._db.execute(
            "UPDATE article SET status='new', due_at=0 WHERE status IN ('archived', 'gone')"
        )
