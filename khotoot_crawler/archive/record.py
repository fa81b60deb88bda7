"""A WARC record as read: its headers, the HTTP message in it, its payload."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from khotoot_crawler.archive.answer import Answer
from khotoot_crawler.archive.decoding import decode
from khotoot_crawler.archive.http1 import (
    Field,
    Head,
    NotHttpError,
    parse_fields,
    parse_head,
    split_message,
)
from khotoot_crawler.errors import ArchiveError

MAX_HEADER = 256 * 1024
MAX_CONTENT = 256 * 1024 * 1024
_VERSION = re.compile(rb"WARC/\d+\.\d+\r?\n")


class Reference(NamedTuple):
    """The record a revisit refers to: its address and WARC-Date, and its id where it is given."""

    url: str | None
    date: str | None
    record_id: str | None


@dataclass(frozen=True)
class Record:
    """A WARC record; ``length`` counts the bytes it takes in its file.

    ``original`` is the record that holds the payload of a revisit, once ``resolve`` has found it.
    """

    path: Path
    offset: int
    length: int
    version: str
    headers: tuple[tuple[str, str], ...]
    block: bytes
    original: Record | None = None

    @cached_property
    def named(self) -> dict[str, str]:
        """Return the WARC headers by their names in lower case; of two alike the first."""
        return {name.lower(): value for name, value in reversed(self.headers)}

    def get(self, name: str) -> str | None:
        """Return a WARC header, whatever the case of its name."""
        return self.named.get(name.lower())

    @cached_property
    def type(self) -> str:
        """Return WARC-Type in lower case."""
        return (self.get("WARC-Type") or "").lower()

    @property
    def record_id(self) -> str | None:
        """Return WARC-Record-ID with its angle brackets."""
        return self.get("WARC-Record-ID")

    @property
    def date(self) -> str | None:
        """Return WARC-Date."""
        return self.get("WARC-Date")

    @property
    def url(self) -> str | None:
        """Return WARC-Target-URI, without the angle brackets that WARC/1.0 writers put there."""
        uri = self.get("WARC-Target-URI")
        return uri.removeprefix("<").removesuffix(">") if uri else None

    @property
    def payload_digest(self) -> str | None:
        """Return WARC-Payload-Digest."""
        return self.get("WARC-Payload-Digest")

    @property
    def refers_to(self) -> Reference:
        """Return what a revisit refers to."""
        uri = self.get("WARC-Refers-To-Target-URI")
        url = uri.removeprefix("<").removesuffix(">") if uri else None
        return Reference(url, self.get("WARC-Refers-To-Date"), self.get("WARC-Refers-To"))

    @cached_property
    def _message(self) -> tuple[bytes, bytes] | None:
        """Return the HTTP message as head and body; None where the block is none."""
        content_type = (self.get("Content-Type") or "").lower()
        if self.type not in ("request", "response", "revisit"):
            return None
        if not content_type.startswith("application/http"):
            return None
        return split_message(self.block) or (self.block, b"")

    @cached_property
    def http(self) -> Head | None:
        """Return the HTTP status line and headers of a response or revisit."""
        if self._message is None or self.type == "request":
            return None
        try:
            return parse_head(self._message[0])
        except NotHttpError:
            return None

    @property
    def status(self) -> int | None:
        """Return the HTTP status."""
        return self.http.status if self.http else None

    @property
    def http_headers(self) -> tuple[Field, ...]:
        """Return the HTTP headers, in order."""
        if self._message is not None and self.type == "request":
            return parse_fields(self._message[0].partition(b"\n")[2])
        return self.http.fields if self.http else ()

    @cached_property
    def payload(self) -> bytes:
        """Return the body without its transfer coding, with its Content-Encoding."""
        if self.original is not None:
            return self.original.payload
        if self._message is None:
            return self.block
        body = self._message[1]
        if self.http is None or b"chunked" not in self.http.tokens(b"transfer-encoding"):
            return body
        plain = _without_chunks(self.block)
        return body if plain is None else plain

    @property
    def content_type(self) -> str | None:
        """Return the media type of the payload, parameters and all."""
        if self._message is None:
            return self.get("Content-Type")
        values = [value for name, value in self.http_headers if name.lower() == b"content-type"]
        return values[-1].decode("latin-1") if values else None

    def content(self, max_size: int = MAX_CONTENT) -> bytes:
        """Return the payload without its Content-Encoding.

        Raises ArchiveError where it is not what its headers say, or over ``max_size`` bytes.
        """
        codings = self._codings
        if self.original is not None and not codings:  # not every tool keeps a revisit's header
            codings = self.original._codings
        try:
            return decode(self.payload, codings, max_size)
        except ValueError as error:
            raise self.damage(str(error)) from error

    @property
    def _codings(self) -> list[bytes]:
        return self.http.tokens(b"content-encoding") if self.http else []

    def damage(self, reason: str) -> ArchiveError:
        """Return an error that names this record's place."""
        return ArchiveError(reason, file=str(self.path), offset=self.offset)


def resolve(record: Record, lookup: Callable[[Reference], Record | None]) -> Record:
    """Return a revisit with the payload it refers to; any other record as it is.

    ``lookup`` finds the record by URL and date, or else by its id. Raises ArchiveError where it
    finds none, or one with another payload.
    """
    if record.type != "revisit":
        return record
    original = lookup(record.refers_to)
    if original is None or original.type == "revisit":
        raise record.damage(f"refers to a record that is not there: {record.refers_to.url}")
    named, found = record.payload_digest, original.payload_digest
    if named and found and named.lower() != found.lower():
        raise record.damage(f"refers to a record with another payload: {record.refers_to.url}")
    return replace(record, original=original)


def _without_chunks(message: bytes) -> bytes | None:
    answer = Answer("GET")
    with suppress(NotHttpError):
        answer.feed(message)
        answer.end()
    return answer.body if answer.complete else None


def parse_header(data: bytes, start: int = 0) -> tuple[tuple[tuple[str, str], ...], int, int]:
    """Read a record's header; return its fields, and where its block begins and ends.

    The first field is ("", version). Raises ValueError.
    """
    if not _VERSION.match(data, start, start + 16):
        raise ValueError(f"no WARC record, but {data[start : start + 20]!r}")
    split = split_message(data[start : start + MAX_HEADER])
    if split is None:
        raise ValueError("record header has no end")
    version, _, rest = split[0].partition(b"\n")
    headers = [("", version.strip().decode("ascii"))]
    for name, value in parse_fields(rest):
        headers.append((name.decode("utf-8", "replace"), value.decode("utf-8", "replace")))
    length = next((value for name, value in headers if name.lower() == "content-length"), "")
    if not (length.isascii() and length.isdigit()):
        raise ValueError(f"Content-Length of the record is {length!r}")
    begin = start + len(split[0])
    return tuple(headers), begin, begin + int(length)
