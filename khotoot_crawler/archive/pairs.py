"""WARC/1.1 records (ISO 28500:2017), each as a gzip member of its own, ready to be appended.

Section numbers are those of the WARC 1.1 specification of the IIPC. Bodies are never decoded.
"""

from __future__ import annotations

import base64
import hashlib
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import quote

from khotoot_crawler.archive.exchange import Exchange
from khotoot_crawler.archive.http1 import Head, content_length, parse_head
from khotoot_crawler.archive.members import pack
from khotoot_crawler.times import utc_text

REVISIT_MIN_BYTES = 1024
_PROFILES = "http://netpreserve.org/warc/1.1/revisit/"  # section 6.7
_NOT_MODIFIED = _PROFILES + "server-not-modified"
_IDENTICAL = _PROFILES + "identical-payload-digest"
REVISIT = "warc/revisit"  # what indexes name as the media type of a revisit
_PARAMETERS = re.compile(r"[;\s]")
_ORIGINAL_PREFIX = b"X-Archive-Orig-"
_NO_URI = re.compile(r"[^!#$%&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~]|%(?![0-9A-Fa-f]{2})")
_WARCINFO = {
    "format": "WARC File Format 1.1",
    "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
    "description": "HTTP/1.x as received, but: chunked transfer coding undone (its header renamed"
    " X-Archive-Orig-Transfer-Encoding, a true Content-Length added; a false Content-Length renamed"
    " likewise); interim answers and trailers left out; header lines end in CRLF",
}

_Fields = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Original:
    """The response record that first held a payload; ``date`` is its WARC-Date.

    ``digest``: that of its payload; None where state of before did not keep it.
    """

    record_id: str
    url: str
    date: str
    digest: str | None


class Captured(NamedTuple):
    """What an index says of a response record beside its place; ``digest``: the record's."""

    url: str
    date: str
    mime: str | None
    status: int | None
    digest: str | None


class Pair(NamedTuple):
    """The two records of an exchange, compressed; id and payload digest are the response's."""

    request: bytes
    response: bytes
    record_id: str
    payload_digest: str
    captured: Captured


def new_record_id() -> str:
    """Return a fresh WARC-Record-ID."""
    return f"<urn:uuid:{uuid.uuid4()}>"


def sha1_digest(data: bytes) -> str:
    """Return a digest as WARC writes it: sha1, base 32."""
    return "sha1:" + base64.b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()


def target_uri(url: str) -> str:
    """Return the URL as a legal URI without fragment; characters that no URI has are escaped.

    >>> target_uri("http://h/a b|100%#top")
    'http://h/a%20b%7C100%25'
    """
    url = url.partition("#")[0]
    return _NO_URI.sub(lambda match: quote(match[0], safe=""), url)


def exchange_records(
    exchange: Exchange, original: Original | None, warcinfo_id: str, digest: str | None = None
) -> Pair:
    """Return the request record and the response (or revisit) record of an exchange.

    ``digest``: that of the body, where it is known already.
    """
    request_id, response_id = new_record_id(), new_record_id()
    date, url = utc_text(exchange.started_at), target_uri(exchange.url)
    common = [  # sections 5.4, 5.10, 5.11, 5.17
        ("WARC-Date", date),
        ("WARC-Target-URI", url),
        ("WARC-IP-Address", exchange.ip_address),
        ("WARC-Warcinfo-ID", warcinfo_id),
    ]
    request = _request(exchange, [_linked(request_id, response_id), *common])
    digest = digest or sha1_digest(exchange.body)
    head = parse_head(exchange.head)
    profile = _profile(exchange, head, original)
    # The payload of a 304 is the original's (section 6.7.3).
    named = original.digest if original and profile == _NOT_MODIFIED else digest
    fields = [_linked(response_id, request_id), *common]
    response = _response(exchange, head, profile, original, named, fields)
    mime = REVISIT if profile else media_type(head.values(b"content-type"))
    captured = Captured(url, date, mime, head.status, named)
    return Pair(request, response, response_id, named or digest, captured)


def media_type(values: Sequence[bytes]) -> str | None:
    """Return the media type of the last Content-Type header, without its parameters."""
    value = values[-1].decode("latin-1").strip() if values else ""
    return _PARAMETERS.split(value, maxsplit=1)[0] or None


def warcinfo_record(record_id: str, filename: str, fields: Mapping[str, str]) -> bytes:
    """Return the record that opens a file (section 6.2)."""
    named = {**_WARCINFO, **fields}
    lines = [f"{name}: {' '.join(value.split())}\r\n" for name, value in named.items()]
    header = [
        ("WARC-Record-ID", record_id),
        ("WARC-Date", utc_text(datetime.now(UTC))),
        ("WARC-Filename", filename),
        ("Content-Type", "application/warc-fields"),
    ]
    return _record("warcinfo", header, "".join(lines).encode())


def _linked(own_id: str, other_id: str) -> tuple[str, str]:
    """Return WARC-Record-ID and WARC-Concurrent-To (sections 5.2 and 5.7) as one field."""
    return "WARC-Record-ID", f"{own_id}\r\nWARC-Concurrent-To: {other_id}"


def _request(exchange: Exchange, fields: _Fields) -> bytes:
    body = exchange.request.partition(b"\r\n\r\n")[2]
    fields += [
        ("WARC-Payload-Digest", sha1_digest(body)),
        ("Content-Type", "application/http;msgtype=request"),
    ]
    return _record("request", fields, exchange.request)


def _response(
    exchange: Exchange,
    head: Head,
    profile: str | None,
    original: Original | None,
    digest: str | None,
    fields: _Fields,
) -> bytes:
    block = _stored_head(exchange, head)
    if profile is None or original is None:
        block += exchange.body
        if exchange.truncated:
            fields.append(("WARC-Truncated", exchange.truncated))
    else:
        fields += _revisit_fields(profile, original)
    if digest is not None:
        fields.append(("WARC-Payload-Digest", digest))
    fields.append(("Content-Type", "application/http;msgtype=response"))
    return _record("revisit" if profile else "response", fields, block)


def _profile(exchange: Exchange, head: Head, original: Original | None) -> str | None:
    """Return the profile of a revisit; None for a response.

    A cut answer stays a response: how much of it came is itself evidence.
    """
    if original is None or exchange.truncated:
        return None
    if head.status == 304:
        return _NOT_MODIFIED
    return _IDENTICAL if len(exchange.body) >= REVISIT_MIN_BYTES else None


def _revisit_fields(profile: str, original: Original) -> _Fields:
    """Return what a revisit says of the record it refers to (section 6.7)."""
    fields = [
        ("WARC-Profile", profile),
        ("WARC-Refers-To", original.record_id),
        ("WARC-Refers-To-Target-URI", target_uri(original.url)),
        ("WARC-Refers-To-Date", original.date),
    ]
    if profile == _IDENTICAL:
        fields.append(("WARC-Truncated", "length"))
    return fields


def _stored_head(exchange: Exchange, head: Head) -> bytes:
    """Return the header block as it is archived; see ``description`` in the warcinfo record."""
    raw = exchange.head
    renamed = _false_framing(exchange, head)
    if not renamed and raw.count(b"\n") == raw.count(b"\r\n"):
        return raw
    lines = [line.removesuffix(b"\r") for line in raw.split(b"\n")]
    while not lines[-1]:
        lines.pop()
    for number, line in enumerate(lines):
        if line.partition(b":")[0].strip().lower() in renamed:
            lines[number] = _ORIGINAL_PREFIX + line
    if renamed and not _is_bodiless(exchange, head):
        lines.append(b"Content-Length: %d" % len(exchange.body))
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _false_framing(exchange: Exchange, head: Head) -> set[bytes]:
    """Name the headers that would mislead a reader about the body as it is stored."""
    false: set[bytes] = set()
    if any(b"chunked" in value.lower() for value in head.values(b"transfer-encoding")):
        false.add(b"transfer-encoding")
    may_differ = head.status == 304 or (exchange.truncated and not false)
    named = head.tokens(b"content-length")
    if not may_differ and named and content_length(head) != len(exchange.body):
        false.add(b"content-length")
    return false


def _is_bodiless(exchange: Exchange, head: Head) -> bool:
    return head.status in (204, 304) or exchange.request.startswith(b"HEAD ")


def _record(record_type: str, fields: _Fields, block: bytes) -> bytes:
    """Return a record as its own gzip member; the same bytes for the same fields and block."""
    lines = [f"WARC/1.1\r\nWARC-Type: {record_type}"]
    lines += [f"{name}: {value}" for name, value in fields]
    lines.append(f"WARC-Block-Digest: {sha1_digest(block)}\r\nContent-Length: {len(block)}\r\n\r\n")
    return pack(b"".join(("\r\n".join(lines).encode(), block, b"\r\n\r\n")))
