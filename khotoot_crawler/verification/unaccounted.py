"""Articles that answered but that no line tells, and no log, and that are not due either."""

from __future__ import annotations

from collections.abc import Iterator

from khotoot_crawler.verification.finding import Finding
from khotoot_crawler.verification.folder import Folder
from khotoot_crawler.verification.redirects import LED_FROM_ELSEWHERE
from khotoot_crawler.verification.scratch import Scratch

_SITE = "coalesce({0}.site, n.site, '') = coalesce(n.site, {0}.site, '')"
# Then no failure of another run accounts for it, nor that it was missing later.
_IS_OWED = "EXISTS (SELECT 1 FROM owed o WHERE o.file = n.file AND o.offset = n.offset)"
_UNTOLD = f"""
SELECT n.file, n.offset, n.code, n.failure FROM reading n
WHERE NOT EXISTS (SELECT 1 FROM article l WHERE l.code = n.code AND {_SITE.format("l")})
    AND ({_IS_OWED} OR NOT EXISTS (SELECT 1 FROM failure f
        WHERE f.code = n.code AND {_SITE.format("f")}))
    AND NOT EXISTS (SELECT 1 FROM bad_line b WHERE b.code = n.code AND b.stream = 'articles.jsonl')
    AND NOT {LED_FROM_ELSEWHERE}
    AND n.file IN (SELECT name FROM own_file)  -- what others archived no crawl was to tell
    {{more}}
ORDER BY n.file, n.offset
"""
# A line that state has but the file has not: told as lost, or written since the file was read.
_STATE = f"""
    AND NOT EXISTS (SELECT 1 FROM state.article a WHERE a.code = CAST(n.code AS INTEGER)
        AND {_SITE.format("a")} AND (a.status = 'new' OR a.status = 'missing' AND NOT {_IS_OWED}))
    AND NOT EXISTS (SELECT 1 FROM state.line s
        WHERE s.code = CAST(n.code AS INTEGER) AND {_SITE.format("s")})
"""


def check_unaccounted(folder: Folder, scratch: Scratch, *, has_state: bool) -> Iterator[Finding]:
    """Tell which article responses nothing accounts for."""
    if "articles.jsonl" not in folder.ends:
        return
    query = _UNTOLD.format(more=_STATE if has_state else "")
    for file, offset, code, failure in scratch.db.execute(query):
        why = f" (it cannot be read: {failure})" if failure else ""
        what = f"no line tells article {code}, which answered here{why}"
        yield Finding("no-line", f"warc/{file}", what, offset)
