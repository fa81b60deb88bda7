"""What can go wrong, and what the caller should do about it.

KhotootError
├── UsageError          an argument or a setting is wrong
├── ParseError          a page could not be read
│   └── DateError       a date text names no moment
├── ArchiveError        a WARC, a JSONL file or the index is damaged
└── OutputError         the output folder cannot be used
    ├── LockedError     another run holds it
    └── StateError      state.sqlite was made by a newer version
"""

from __future__ import annotations


class KhotootError(Exception):
    """Base of all errors raised on purpose; its text is one line a person can act on."""


class UsageError(KhotootError):
    """An argument or setting is wrong: print the text, exit 2, write nothing."""


class ParseError(KhotootError):
    """A page, or one field of it, could not be read: count it, log it, leave the page due.

    ``url`` is the page's address, ``field`` the field of the item (``None``: the whole page).
    """

    def __init__(self, reason: str, *, url: str | None = None, field: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.url = url
        self.field = field

    def __str__(self) -> str:
        where = " ".join(part for part in (self.url, self.field) if part)
        return f"{where}: {self.reason}" if where else self.reason


class DateError(ParseError):
    """A date text is no date, or one that never was: keep the raw text, leave the rest null."""


class ArchiveError(KhotootError):
    """An archive file is damaged; ``offset`` is the first byte that cannot be read."""

    def __init__(self, reason: str, *, file: str | None = None, offset: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.file = file
        self.offset = offset

    def __str__(self) -> str:
        if self.file is None:
            return self.reason
        place = self.file if self.offset is None else f"{self.file}@{self.offset}"
        return f"{place}: {self.reason}"


class OutputError(KhotootError):
    """The output folder cannot be written: stop at once, exit 5."""


class LockedError(OutputError):
    """Another run holds the output folder: exit 75, try again later."""


class StateError(OutputError):
    """state.sqlite was made by a newer version: exit 2, do as the text says."""
