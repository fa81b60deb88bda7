"""The lines against each other and against what the pages show: revisions, views, removals."""

from __future__ import annotations

from collections.abc import Iterator

from khotoot_crawler.parsers.article import EXTRACTOR
from khotoot_crawler.verification.finding import Code, Finding
from khotoot_crawler.verification.folder import Folder
from khotoot_crawler.verification.scratch import Scratch

# The lines of views.jsonl that tell a view count of which there is no record.
VIEWS_OF_NOTHING = """
SELECT number, code, date FROM view v WHERE NOT EXISTS (SELECT 1 FROM record r
    WHERE r.code = v.code AND r.date = v.date AND coalesce(r.site, v.site) = v.site)
-- Or one that a redirect from the article led to.
AND NOT EXISTS (SELECT 1 FROM reached t JOIN led ON led.url = t.url
    WHERE led.code = v.code AND t.date = v.date)
-- A record that the article's line misses as well is told there.
AND NOT EXISTS (SELECT 1 FROM article l WHERE l.code = v.code AND l.date = v.date
    AND l.site = v.site AND NOT EXISTS
    (SELECT 1 FROM record r WHERE r.file = l.file AND r.offset = l.offset))
"""
# Each question: the findings' code and file, what to say of a row, and the query for the rows.
_Question = tuple[Code, str, str, str]

_ARTICLES: tuple[_Question, ...] = (
    (
        "order",
        "articles.jsonl",
        "names the record that line {} names",
        "SELECT b.number, a.number FROM article a JOIN article b"
        " ON a.file = b.file AND a.offset = b.offset AND a.number < b.number",
    ),
    (
        "order",
        "articles.jsonl",
        "is revision {} of article {}, but its line number {}",
        "SELECT number, revision, code, place FROM (SELECT *, row_number() OVER"
        " (PARTITION BY code, site ORDER BY number) AS place FROM article) WHERE revision <> place",
    ),
    (
        "order",
        "articles.jsonl",
        "says what the line of article {} before it says",
        "SELECT number, code FROM (SELECT number, code, content_digest || version AS said,"
        " lag(content_digest || version) OVER (PARTITION BY code, site ORDER BY number) AS before"
        " FROM article) WHERE said = before",
    ),
    (
        "order",
        "articles.jsonl",
        "duplicate_of is {}, by the lines before it {}",
        "SELECT number, duplicate_of, first FROM (SELECT l.number, l.duplicate_of,"
        " (SELECT min(CAST(o.code AS INTEGER)) FROM text u JOIN article o ON o.number = u.number"
        " WHERE u.digest = t.digest AND u.number < l.number AND o.site = l.site"
        " AND o.code <> l.code) AS first FROM article l LEFT JOIN text t ON t.number = l.number)"
        " WHERE CAST(duplicate_of AS INTEGER) IS NOT first",
    ),
    (
        "view",
        "articles.jsonl",
        "views.jsonl does not tell the view count of article {} at {}",
        "SELECT number, code, date FROM article l WHERE view_count IS NOT NULL AND NOT EXISTS"
        " (SELECT 1 FROM view v WHERE v.code = l.code AND v.date = l.date AND v.site = l.site)"
        " AND NOT EXISTS (SELECT 1 FROM bad_line b WHERE b.code = l.code"
        " AND b.stream = 'views.jsonl')",
    ),
)
_ORDER: tuple[_Question, ...] = (
    (
        "order",
        "articles.jsonl",
        "stands after line {}, but its view count before that line's in views.jsonl",
        # One round of a crawl writes both, in the same order.
        "SELECT number, before FROM (SELECT number, place, lag(place) OVER (ORDER BY number) AS"
        " place_before, lag(number) OVER (ORDER BY number) AS before FROM placed)"
        " WHERE place < place_before",
    ),
)
_VIEWS: tuple[_Question, ...] = (
    (
        "view",
        "views.jsonl",
        "there is no record of article {} at {}",
        # Where a WARC file is lost, these are told with it.
        f"{VIEWS_OF_NOTHING} AND NOT EXISTS (SELECT 1 FROM lost)",
    ),
    (
        "view",
        "views.jsonl",
        "view_count is {}, in its record warc/{}@{} {}",
        # What an older parser read may differ: only since today's was first at work.
        "SELECT v.number, v.view_count, r.file, r.offset, r.view_count FROM view v JOIN reading r"
        " ON r.code = v.code AND r.date = v.date WHERE r.view_count IS NOT v.view_count"
        f" AND v.date >= (SELECT min(date) FROM article WHERE version = '{EXTRACTOR.version}')",
    ),
    (
        "view",
        "views.jsonl",
        "tells what line {} tells",
        "SELECT b.number, a.number FROM view a JOIN view b"
        " ON a.code = b.code AND a.date = b.date AND a.number < b.number",
    ),
)
_GONE: tuple[_Question, ...] = (
    (
        "gone",
        "gone.jsonl",
        "names no record",
        "SELECT number FROM gone WHERE file IS NULL",
    ),
    (
        "gone",
        "gone.jsonl",
        "names the record that line {} names",
        "SELECT b.number, min(a.number) FROM gone a JOIN gone b ON a.code = b.code"
        " AND a.site = b.site AND a.file = b.file AND a.offset = b.offset AND a.number < b.number"
        " GROUP BY b.number",
    ),
    (
        "gone",
        "gone.jsonl",
        "article {} is {}, but the line of it before says the same, or there is none",
        "SELECT number, code, status FROM (SELECT number, code, status, lag(status, 1, 'back') OVER"
        " (PARTITION BY code, site ORDER BY number) AS before FROM gone) WHERE status = before",
    ),
    (
        "gone",
        "gone.jsonl",
        "status {} for reason {} does not fit its record's HTTP {}",
        "SELECT g.number, g.status, g.reason, r.status FROM gone g JOIN record r"
        " ON r.file = g.file AND r.offset = g.offset WHERE NOT CASE"
        " WHEN g.status = 'back' THEN g.reason IS NULL AND r.status = 200"
        " WHEN g.reason = 'http_404' THEN r.status = 404"
        " WHEN g.reason = 'http_410' THEN r.status = 410"
        " WHEN g.reason = 'redirect' THEN r.status BETWEEN 301 AND 308"
        " WHEN g.reason = 'soft_404' THEN r.status = 200 AND NOT EXISTS (SELECT 1 FROM reading n"
        " WHERE n.file = r.file AND n.offset = r.offset AND n.failure IS NULL) ELSE 0 END",
    ),
    (
        "gone",
        "gone.jsonl",
        "article {} was never archived",
        "SELECT number, code FROM gone g WHERE NOT EXISTS"
        " (SELECT 1 FROM article l WHERE l.code = g.code AND l.site = g.site)"
        " AND EXISTS (SELECT 1 FROM article)",  # without any, all of the file is lost: told by it
    ),
)


# The view count of a line of articles.jsonl, by its number in views.jsonl.
_PLACED = """
INSERT INTO placed SELECT number, code, site, place FROM (SELECT number, code, site,
    (SELECT min(v.number) FROM view v WHERE v.code = l.code AND v.date = l.date
        AND v.site = l.site) AS place FROM article l WHERE view_count IS NOT NULL)
WHERE place IS NOT NULL
"""


def check_sequence(folder: Folder, scratch: Scratch) -> Iterator[Finding]:
    """Tell which lines do not agree with the other lines or with what the records show."""
    scratch.db.execute(_PLACED)
    for code, file, what, query in (*_ARTICLES, *_ORDER, *_VIEWS, *_GONE):
        if "views.jsonl" in what and "views.jsonl" not in folder.ends:
            continue
        for number, *row in scratch.db.execute(query + " ORDER BY 1"):
            yield Finding(code, file, what.format(*row), line=number)
