"""A disagreement between what an output folder holds and what it says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

_COPY = "restore the file from a copy"
_WARC = f"{_COPY}; without one leave it as it is, its other records stand"
_LINES = f"{_COPY}, or make its lines again with scrapy reextract"
_INDEX = "delete index.cdxj: the next crawl makes it again from the WARC files"
_STATE = "move state.sqlite away: the next crawl makes it again from the JSONL files"
_CRAWL = "run scrapy crawl khotoot: it mends what a run before left behind"

Code = Literal[
    "unreadable", "name", "missing", "left-open", "sealed",
    "gzip", "record", "digest", "warcinfo", "pair", "revisit", "record-id",
    "form", "order", "lost", "pointer", "reading", "view", "gone", "no-line", "untold",
    "index", "index-missing",
    "state", "state-version", "state-line", "state-behind", "state-article", "state-payload", "run",
]  # fmt: skip
_DO: dict[Code, str] = {
    "unreadable": "look at its permissions and at the disk",
    "name": "take it away, or give it the name that it had",
    "missing": _COPY,
    "left-open": _CRAWL,
    "sealed": _COPY,
    "gzip": _WARC,
    "record": _WARC,
    "digest": _WARC,
    "warcinfo": _WARC,
    "pair": _WARC,
    "revisit": "restore the WARC file of the record it refers to from a copy",
    "record-id": "take away the file that was put there twice",
    "form": _LINES,
    "order": _LINES,
    "lost": "restore the JSONL files from a copy if there is one; then delete this file",
    "pointer": "restore from a copy whichever of the two files was changed, and delete neither",
    "reading": f"{_LINES}; where the parser was changed, raise the version of its EXTRACTOR",
    "view": "restore views.jsonl from a copy",
    "gone": "restore gone.jsonl from a copy",
    "no-line": "ask for it again with scrapy crawl khotoot -a codes=CODE",
    "untold": "restore articles.jsonl from a copy; scrapy reextract WARC tells what it said",
    "index": _INDEX,
    "index-missing": "run scrapy crawl khotoot: it brings the index up to the WARC files",
    "state": _STATE,
    "state-version": f"upgrade khotoot-crawler, or {_STATE}",
    "state-line": f"restore it from a copy; where all other checks hold, {_STATE}",
    "state-behind": "run scrapy crawl khotoot: it tells state what it does not know",
    "state-article": _STATE,
    "state-payload": _STATE,
    "run": f"{_COPY}; nothing depends on it",
}
assert _DO.keys() == set(get_args(Code))


@dataclass(frozen=True, slots=True)
class Finding:
    """One disagreement: what it is, in which file (seen from the output folder), where, what to do.

    ``offset`` counts bytes from 0, ``line`` lines from 1; neither: the file as a whole.
    """

    code: Code
    file: str
    what: str
    offset: int | None = None
    line: int | None = None

    @property
    def do(self) -> str:
        """Return what to do about it."""
        return _DO[self.code]

    def __str__(self) -> str:
        place = self.file
        if self.offset is not None:
            place += f"@{self.offset}"
        if self.line is not None:
            place += f":{self.line}"
        return f"{place}: {self.what} ({self.code}); {self.do}"

    def as_dict(self) -> dict[str, str | int]:
        """Return the finding as ``--json`` tells it."""
        place = {"offset": self.offset, "line": self.line}
        return {
            "code": self.code,
            "file": self.file,
            **{name: number for name, number in place.items() if number is not None},
            "what": self.what,
            "do": self.do,
        }
