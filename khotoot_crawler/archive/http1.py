"""Status line and header lines of HTTP/1.x, read as leniently as browsers do (RFC 9112)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

_STATUS_LINE = re.compile(
    rb"(HTTP(?:/\d+(?:\.\d+)?)?)[ \t]+([1-9]\d\d)(?!\d)[ \t]*([^\r\n]*)", re.I
)
_BLANK_LINE = re.compile(rb"\n\r?\n")


class NotHttpError(ValueError):
    """What came is no HTTP/1.x answer."""


class Field(NamedTuple):
    """A header line: its name as sent, its value without the white space around it."""

    name: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """A status line and header lines, read."""

    version: bytes
    status: int
    reason: bytes
    fields: tuple[Field, ...]

    def values(self, name: bytes) -> list[bytes]:
        """Return the values of a header, whose name is given in lower case."""
        return [value for field, value in self.fields if field.lower() == name]

    def tokens(self, name: bytes) -> list[bytes]:
        """Return the members of a comma-separated header, in lower case."""
        members = b",".join(self.values(name)).lower().split(b",")
        return [token for member in members if (token := member.strip())]


def parse_head(head: bytes) -> Head:
    """Read a status line and header lines; lines without a colon are passed over.

    Raises NotHttpError where the first line is no HTTP status line.
    """
    status_line, _, rest = head.partition(b"\n")
    match = _STATUS_LINE.match(status_line)
    if not match:
        raise NotHttpError(f"no HTTP status line: {status_line[:60]!r}")
    version, status, reason = match.groups()
    return Head(version.upper(), int(status), reason.rstrip(), parse_fields(rest))


def parse_fields(block: bytes) -> tuple[Field, ...]:
    """Read header lines; a line that begins with white space continues the one before it."""
    fields: list[Field] = []
    continued: list[bytes] = []  # the value of the last one, where more lines follow
    for line in block.split(b"\n"):
        if line[:1] in (b" ", b"\t") and fields:
            continued.append(line.strip())
            continue
        name, colon, value = line.partition(b":")
        if colon and (name := name.strip()):
            _continue(fields, continued)
            fields.append(Field(name, value.strip()))
    _continue(fields, continued)
    return tuple(fields)


def _continue(fields: list[Field], lines: list[bytes]) -> None:
    """Add the lines to the value of the last field, and forget them."""
    if lines:
        name, value = fields[-1]
        fields[-1] = Field(name, b" ".join([value, *lines]).strip())
        lines.clear()


def split_message(message: bytes) -> tuple[bytes, bytes] | None:
    """Split a message after its blank line; None where there is none."""
    end = head_end(message, 0)
    return None if end < 0 else (message[:end], message[end:])


def head_end(data: bytes | bytearray, start: int) -> int:
    """Return where the blank line ends, line ends being CRLF or a bare LF; -1 if not in sight."""
    blank = _BLANK_LINE.search(data, start)
    return blank.end() if blank else -1


def content_length(head: Head) -> int | None:
    """Return the body length the header names; None where it is missing, odd or contradictory."""
    named = set(head.tokens(b"content-length"))
    if len(named) != 1:
        return None
    length = named.pop()
    return int(length) if length.isdigit() and len(length) < 19 else None
