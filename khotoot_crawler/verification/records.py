"""One WARC record, read to the letter of WARC/1.1 (ISO 28500:2017), not leniently."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

# Takes a fifth of a second: here, and not in each process that reads records.
import surt  # type: ignore[import-untyped]

from khotoot_crawler.archive.pairs import target_uri
from khotoot_crawler.archive.record import Record
from khotoot_crawler.urls import Site, news_code_of_path, resolve

_END = b"\r\n\r\n"
_VERSIONS = (b"WARC/1.0", b"WARC/1.1")
_FIELD_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_LINE_BREAK = re.compile(r"[\r\n]")
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z")
_ID = re.compile(r"<[A-Za-z][\w+.-]*:[^<>\s]+>")
_PROFILE = re.compile(
    r"http://netpreserve\.org/warc/1\.[01]/revisit/(?:identical-payload-digest|server-not-modified)"
)
_REPEATABLE = {"warc-concurrent-to", "warc-protocol"}
_MANDATORY = ("warc-type", "warc-record-id", "warc-date", "content-length")
_OF_AN_EXCHANGE = ("warc-ip-address", "warc-warcinfo-id", "warc-block-digest")
_OF_A_REVISIT = ("warc-refers-to-target-uri", "warc-refers-to-date")
_MESSAGE = {"request": "request", "response": "response", "revisit": "response"}
EXCHANGED = frozenset(_MESSAGE)
_HOME = frozenset({"", "/", "/fa", "/fa/"})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


def parse_record(data: bytes, path: Path, offset: int, length: int) -> Record:
    """Read the one record of a member; raises ValueError where it is not one, or more than one."""
    end = data.find(_END)
    if end < 0:
        raise ValueError(f"no WARC record, but {data[:20]!r}")
    version, _, fields = data[:end].partition(b"\r\n")
    if version not in _VERSIONS:
        raise ValueError(f"no WARC record, but {version[:20]!r}")
    # A UnicodeDecodeError is a ValueError.
    headers = tuple(map(_field, fields.decode("utf-8").split("\r\n")))
    sizes = [value for name, value in headers if name.lower() == "content-length"]
    if len(sizes) != 1 or not re.fullmatch("[0-9]{1,18}", sizes[0]):
        raise ValueError(f"Content-Length of the record is {sizes}")
    begin = end + len(_END)
    stop = begin + int(sizes[0])
    if data[stop:] != _END:
        raise ValueError(
            f"Content-Length is {sizes[0]}, but the record does not end in two CRLF there: "
            f"{len(data) - stop} bytes follow"
        )
    return Record(path, offset, length, version.decode(), headers, data[begin:stop])


def _field(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not _FIELD_NAME.fullmatch(name) or _LINE_BREAK.search(value):
        raise ValueError(f"no header line: {line[:40]!r}")
    return name, value.strip(" \t")


def faults(record: Record, *, is_own: bool = True) -> Iterator[str]:
    """Tell what is wrong with a record's header, but for digests.

    ``is_own``: this project wrote its file, and has told more than WARC/1.1 asks for.
    """
    named = record.named
    if len(named) < len(record.headers):
        counts = Counter(name.lower() for name, _ in record.headers)
        for name in counts.keys() - _REPEATABLE:
            if counts[name] > 1:
                yield f"{name} stands there {counts[name]} times"
    kind = named.get("warc-type", "").lower()
    yield from (
        f"{name} is missing" for name in _needed(kind, named, is_own) if not named.get(name)
    )
    if not _ID.fullmatch(named.get("warc-record-id", "")):
        yield f"WARC-Record-ID is {named.get('warc-record-id')}"
    if not _is_date(named.get("warc-date", "")):
        yield f"WARC-Date is {named.get('warc-date')}"
    if is_own and kind in EXCHANGED:
        yield from _own_faults(record, kind, named)


def _own_faults(record: Record, kind: str, named: dict[str, str]) -> Iterator[str]:
    content_type = named.get("content-type", "").replace(" ", "").lower()
    if content_type != f"application/http;msgtype={_MESSAGE[kind]}":
        yield f"Content-Type is {content_type}"
    if kind == "revisit" and not _PROFILE.fullmatch(named.get("warc-profile", "")):
        yield f"WARC-Profile is {named.get('warc-profile')}"
    if kind != "request" and record.status is None:
        yield "its block begins with no HTTP status line"


def _needed(kind: str, named: dict[str, str], is_own: bool) -> Iterator[str]:
    yield from _MANDATORY
    if kind in EXCHANGED:
        yield "warc-target-uri"
    if kind == "revisit":
        yield "warc-profile"
    if is_own and kind in EXCHANGED:
        yield from _OF_AN_EXCHANGE
    if is_own and kind == "revisit":
        yield from _OF_A_REVISIT
    if (is_own and kind == "response") or named.get("warc-profile", "").endswith("-digest"):
        yield "warc-payload-digest"


def _is_date(text: str) -> bool:
    try:
        return bool(_DATE.fullmatch(text) and datetime.fromisoformat(text[:19]))
    except ValueError:
        return False


def false_digests(record: Record) -> Iterator[str]:
    """Tell which digests of a record are not those of its bytes."""
    block = record.get("WARC-Block-Digest")
    if block and not _is_digest(block, record.block):
        yield "WARC-Block-Digest is not that of its block"
    payload = record.payload_digest
    if payload and record.type != "revisit" and not _is_digest(payload, _payload(record)):
        yield "WARC-Payload-Digest is not that of its payload"


def _payload(record: Record) -> bytes:
    return record.block.partition(_END)[2] if record.type in EXCHANGED else record.block


def _is_digest(named: str, data: bytes) -> bool:
    algorithm, _, value = named.partition(":")
    name = algorithm.lower().replace("-", "")
    if name not in ("md5", "sha1", "sha256", "sha512"):
        return False
    digest = hashlib.new(name, data, usedforsecurity=False).digest()
    return value.rstrip("=") == base64.b32encode(digest).decode().rstrip("=") or (
        value.lower() == digest.hex()
    )


def article_code(record: Record) -> str | None:
    """Return the news code of a record whose address is an article's."""
    url = record.url
    if not url or "/fa/" not in url or record.type not in ("response", "revisit"):
        return None
    # Whatever the host: nothing off the site is ever fetched.
    return news_code_of_path(urlsplit(url).path) if Site("", url).is_article_address(url) else None


def leads_to(record: Record, site: str | None) -> str | None:
    """Return the address, as records bear it, that a redirect has a crawl of the site ask for."""
    if record.type not in ("response", "revisit") or record.status not in _REDIRECTS:
        return None
    url = record.url or ""
    named = [value for name, value in record.http_headers if name.lower() == b"location"]
    target = resolve(url, named[-1].decode("utf-8", "replace")) if named else None
    if target is None:
        return None
    onward = Site(site or "", "/".join(url.split("/", 3)[:3])).onward(url, target)
    # A redirect to the home page says that there is no such article, and is not followed.
    return None if onward is None or urlsplit(onward).path in _HOME else target_uri(onward)


def cdx_line(record: Record) -> bytes | None:
    """Return the line that the index has to hold of a record, as cdxj-indexer writes it."""
    url = record.url
    if not url or not _is_capture(record):
        return None
    stamp = re.sub(r"\D", "", (record.date or "").partition(".")[0])[:14]
    if len(stamp) != 14:
        return None
    media_type = re.split(r"[;\s]", (record.content_type or "").strip(), maxsplit=1)[0]
    fields = {
        "url": url,
        "mime": "warc/revisit" if record.type == "revisit" else media_type,
        "status": str(record.status or ""),
        "digest": record.payload_digest or _own_digest(record),
        "length": str(record.length),
        "offset": str(record.offset),
        "filename": record.path.name,
    }
    named = json.dumps({name: value for name, value in fields.items() if value})
    return f"{_key(url)} {stamp} {named}\n".encode()


def _is_capture(record: Record) -> bool:
    if record.type in ("resource", "metadata"):
        return record.get("Content-Type") != "application/warc-fields"
    return record.type in ("response", "revisit")


def _own_digest(record: Record) -> str | None:
    if record.type == "revisit":
        return None
    digest = hashlib.sha1(_payload(record), usedforsecurity=False).digest()
    return "sha1:" + base64.b32encode(digest).decode()


def _key(url: str) -> str:
    try:
        return str(surt.surt(url))
    except Exception:  # whatever it stumbles on; cdxj-indexer takes the URL then
        return url.replace(" ", "%20")
