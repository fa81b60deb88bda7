"""The records that lines of articles.jsonl and gone.jsonl name, and what stands there."""

from __future__ import annotations

from collections.abc import Iterator

from khotoot_crawler.verification.finding import Finding
from khotoot_crawler.verification.folder import Folder
from khotoot_crawler.verification.scratch import Scratch

_POINTERS = """
SELECT l.number, l.file, l.offset, r.type, EXISTS (SELECT 1 FROM damage d
        WHERE d.file = l.file AND l.offset >= d.start AND l.offset < d.stop),
    l.length, r.length, l.id, r.id, l.digest, r.digest, l.date, r.date,
    l.site, coalesce(r.site, l.site), {more}
FROM {table} l LEFT JOIN record r ON r.file = l.file AND r.offset = l.offset
WHERE l.file IS NOT NULL AND l.file NOT IN (SELECT file FROM lost) ORDER BY l.number
"""
# Its record may be one that a redirect from the article led to.
_CODE = """CASE WHEN r.code IS NULL AND EXISTS (SELECT 1 FROM led
    WHERE led.code = l.code AND led.url = r.url) THEN l.code ELSE r.code END"""
_TABLES = {
    "articles.jsonl": ("article", "l.url, r.url", "fetched_url", "fetched_at"),
    "gone.jsonl": ("gone", f"l.code, {_CODE}", "news_code", "observed_at"),
}


def check_pointers(folder: Folder, scratch: Scratch) -> Iterator[Finding]:
    """Tell which lines name a record that is not there, or not what they say."""
    for stream, (table, more, last, date) in _TABLES.items():
        names = ("length", "record_id", "payload_digest", date, "site", last)
        rows = scratch.db.execute(_POINTERS.format(table=table, more=more))
        for number, file, offset, kind, is_damaged, *pairs in rows:
            if file not in folder.warcs:
                continue
            if is_damaged:
                what = "cannot be read"
            elif kind not in ("response", "revisit"):
                what = "is no response" if kind else "does not begin there"
            else:
                what = _contradictions(names, pairs)
            if what:
                yield Finding(
                    "pointer", stream, f"its record warc/{file}@{offset} {what}", None, number
                )


def _contradictions(names: tuple[str, ...], pairs: list[object]) -> str:
    said_and_found = zip(names, pairs[::2], pairs[1::2], strict=True)
    wrong = [f"{name} {found}, not {said}" for name, said, found in said_and_found if said != found]
    return "has " + ", ".join(wrong) if wrong else ""
