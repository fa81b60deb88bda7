"""What runs that finished owe for the articles they had: a line of what each said, a view count.

State remembers lines that are gone; this needs no state. It asks only where the crawl is known to
have taken a page for an article: by today's parser, in a run that ended well, was asked for it as
that article and does not say that it failed. What a dead run left is no debt.
"""

from __future__ import annotations

from collections.abc import Iterator

from khotoot_crawler.verification.finding import Code, Finding
from khotoot_crawler.verification.folder import Folder
from khotoot_crawler.verification.redirects import LED_FROM_ELSEWHERE
from khotoot_crawler.verification.scratch import Scratch

# A run has one parser: today's where it read a line by it, or came after such a run; but not
# where another parser was at work later.
_OTHERS = "SELECT coalesce(max(date), '') FROM article WHERE NOT is_todays"
_SINCE = f"SELECT min(date) FROM article WHERE is_todays AND date > ({_OTHERS})"
_RUN = "SELECT max(started) FROM run WHERE site = n.site AND started <= n.date"
_OWED = f"""
INSERT INTO owed SELECT n.file, n.offset, n.site, n.code, n.date, n.view_count, n.digest,
    (SELECT min(number) FROM view v WHERE v.code = n.code AND v.date = n.date AND v.site = n.site)
FROM reading n WHERE n.failure IS NULL
    AND n.file IN (SELECT name FROM own_file)
    AND EXISTS (SELECT 1 FROM run r WHERE r.site = n.site AND r.started = ({_RUN})
        AND r.ended >= n.date AND r.exit_code IN (0, 3) AND r.unlisted <= 0
        AND r.started > ({_OTHERS}) AND r.ended >= ({_SINCE}))
    AND NOT EXISTS (SELECT 1 FROM failure f
        WHERE f.code = n.code AND f.site = n.site AND f.started = ({_RUN}))
    AND NOT {LED_FROM_ELSEWHERE}
"""
_NO_BAD_LINE = """
NOT EXISTS (SELECT 1 FROM bad_line b WHERE b.stream = '{}' AND (b.code = o.code OR b.code IS NULL))
"""
# Else that is told, and no more.
_HAS_LINE = "EXISTS (SELECT 1 FROM article h WHERE h.code = o.code AND h.site = o.site)"
_VIEWS = f"""
SELECT o.file, o.offset, o.code FROM owed o WHERE o.view_count IS NOT NULL AND o.view IS NULL
    AND {_HAS_LINE} AND {_NO_BAD_LINE.format("views.jsonl")} AND NOT EXISTS (SELECT 1 FROM article l
        WHERE l.code = o.code AND l.date = o.date AND l.site = o.site)  -- told there
ORDER BY o.file, o.offset
"""
# Its article's last line then says the same, or does as today's parser reads that line's record.
# What was last then is told by the order of view counts: a clock may go back.
_REVISIONS = f"""
SELECT o.file, o.offset, o.code, min(o.date) FROM owed o
WHERE {_HAS_LINE} AND {_NO_BAD_LINE.format("articles.jsonl")}
    AND NOT EXISTS (SELECT 1 FROM article l WHERE l.code = o.code AND l.site = o.site
        AND (l.content_digest = o.digest OR EXISTS (SELECT 1 FROM reading m
            WHERE m.file = l.file AND m.offset = l.offset AND m.digest = o.digest))
        AND NOT EXISTS (SELECT 1 FROM placed p WHERE p.code = o.code AND p.site = o.site
            AND CASE WHEN p.number = l.number THEN p.place > o.view
                ELSE p.number > l.number AND p.place <= o.view END))
    {{more}}
GROUP BY o.site, o.code, o.digest ORDER BY o.file, o.offset
"""
# A line that state has but the file has not is told as lost.
_STATE = """
AND NOT EXISTS (SELECT 1 FROM state.line s
    WHERE s.site = o.site AND s.code = CAST(o.code AS INTEGER) AND NOT EXISTS (SELECT 1
        FROM article l WHERE l.site = s.site AND l.code = o.code AND l.revision = s.revision))
"""
_LINES: dict[str, tuple[Code, str]] = {
    "articles.jsonl": ("order", "article"),
    "views.jsonl": ("view", "view"),
    "gone.jsonl": ("gone", "gone"),
}


def note_debts(scratch: Scratch) -> None:
    """Have the scratch database know which readings are owed for."""
    scratch.db.execute(_OWED)


def check_debts(folder: Folder, scratch: Scratch, *, has_state: bool) -> Iterator[Finding]:
    """Tell of articles that have lines which of their readings, and view counts, no line tells."""
    if "articles.jsonl" in folder.ends:
        query = _REVISIONS.format(more=_STATE if has_state else "")
        for file, offset, code, _ in scratch.db.execute(query):
            what = f"no line tells what article {code} said here, though it has others"
            yield Finding("untold", f"warc/{file}", what, offset)
    if "views.jsonl" in folder.ends:
        for file, offset, code in scratch.db.execute(_VIEWS):
            what = f"does not tell the view count of article {code} that warc/{file}@{offset} shows"
            yield Finding("view", "views.jsonl", what)


def check_counts(folder: Folder, scratch: Scratch) -> Iterator[Finding]:
    """Tell which files have fewer lines than the runs wrote, where nothing else tells of it.

    They may have more: a run that died counted nothing.
    """
    for stream, (code, table) in _LINES.items():
        written = f"coalesce(sum({table}{'' if table == 'gone' else 's'}), 0)"
        (due,) = scratch.db.execute(f"SELECT {written} FROM run").fetchone()
        bad = "SELECT count(*) FROM bad_line WHERE stream = ?"
        count = scratch.count(table) + scratch.db.execute(bad, (stream,)).fetchone()[0]
        told = scratch.db.execute("SELECT 1 FROM finding WHERE file = ?", (stream,)).fetchone()
        if stream in folder.ends and count < due and told is None:
            what = f"has {count} lines, but the runs told of in runs/ wrote {due}"
            yield Finding(code, stream, what)
