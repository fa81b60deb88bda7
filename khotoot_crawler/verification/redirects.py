"""Where redirects from articles lead: to records whose own address may name no article."""

from __future__ import annotations

from khotoot_crawler.verification.scratch import Scratch

# Of a reading n: a redirect from elsewhere leads to its address, so it may be read as a listing.
LED_FROM_ELSEWHERE = """
EXISTS (SELECT 1 FROM record r JOIN redirect d ON d.leads_to = r.url
    WHERE r.file = n.file AND r.offset = n.offset AND d.code IS NOT n.code)
"""
_MOST = 6  # one more than a crawl follows
_REDIRECTS = """
INSERT INTO redirect SELECT DISTINCT code, url, leads_to FROM record WHERE leads_to IS NOT NULL
"""
_LED = f"""
INSERT INTO led SELECT DISTINCT code, url FROM (
    WITH RECURSIVE chain (code, url, length) AS (
        SELECT code, leads_to, 1 FROM redirect WHERE code IS NOT NULL
        UNION SELECT chain.code, redirect.leads_to, length + 1 FROM chain JOIN redirect
            ON redirect.url = chain.url WHERE redirect.code IS NULL AND length < {_MOST}
    ) SELECT code, url FROM chain
)
"""
_REACHED = """
INSERT INTO reached SELECT file, offset, url, date FROM record
WHERE code IS NULL AND type IN ('response', 'revisit') AND url IN (SELECT url FROM led)
"""
# Read as an article that none of the redirects to it was asked for as, it was not taken for one.
_STRAY = """
DELETE FROM reading WHERE (file, offset) IN (SELECT t.file, t.offset FROM reached t
    WHERE NOT EXISTS (SELECT 1 FROM led WHERE led.code = reading.code AND led.url = t.url))
"""


def follow_redirects(scratch: Scratch) -> None:
    """Tell the scratch database which records were reached from which articles."""
    for statement in (_REDIRECTS, _LED, _REACHED):
        scratch.db.execute(statement)


def forget_strays(scratch: Scratch) -> None:
    """Take back what was read of pages that were not reached as the article they show."""
    scratch.db.execute(_STRAY)
