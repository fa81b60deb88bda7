"""Single records of an archive: whole and intact, revisits with the payload they refer to."""

from __future__ import annotations

import hashlib
import os
from datetime import datetime
from pathlib import Path

from khotoot_crawler.archive.pairs import sha1_digest
from khotoot_crawler.archive.reader import read_record
from khotoot_crawler.archive.record import Record, resolve
from khotoot_crawler.archive.writer import OPEN_SUFFIX
from khotoot_crawler.errors import ArchiveError
from khotoot_crawler.items import Article, WarcPlace
from khotoot_crawler.survey import Survey
from khotoot_crawler.times import utc_text

_SHA1_BASE32 = len("sha1:") + 32


class Records:
    """Reads records, revisits with the payload they refer to. Raises ArchiveError."""

    def __init__(self, survey: Survey) -> None:
        self._survey = survey

    def named(self, place: WarcPlace) -> Record:
        """Read the record that a line names."""
        path = self._survey.paths.get(place.filename)
        if path is None:
            raise ArchiveError("no such file", file=place.filename, offset=place.offset)
        record = self.at(path, place.offset, place.length)
        if record.record_id != place.record_id:
            raise record.damage(f"holds {record.record_id}, not {place.record_id}")
        return record

    def at(self, path: Path, offset: int, length: int | None = None) -> Record:
        """Read the record at an offset."""
        record = _intact_record(path, offset, length)
        original = self._survey.original(path, offset) if record.type == "revisit" else None
        return resolve(record, lambda _: None if original is None else _intact_record(*original))


def _intact_record(path: Path, offset: int, length: int | None = None) -> Record:
    if path.suffix == OPEN_SUFFIX and not path.exists():  # sealed meanwhile
        path = path.with_suffix("")
    try:
        record = read_record(path, offset, length)
    except OSError as error:
        raise ArchiveError(error.strerror or "unreadable", file=str(path), offset=offset) from error
    digest = record.get("WARC-Block-Digest") or ""
    if _is_sha1(digest) and digest != sha1_digest(record.block):
        raise record.damage("the block is not what its WARC-Block-Digest says")
    return record


def _is_sha1(digest: str) -> bool:
    """Tell whether a digest is written as this project writes it: sha1, base 32."""
    return digest.startswith("sha1:") and len(digest) == _SHA1_BASE32


def warc_place(record: Record) -> WarcPlace:
    """Return the place of a record as a line names it. Raises ArchiveError."""
    if record.record_id is None:
        raise record.damage("no WARC-Record-ID")
    digest = record.payload_digest or ""
    if not _is_sha1(digest):
        digest = sha1_digest(record.payload)
    filename = record.path.name.removesuffix(OPEN_SUFFIX)
    if not filename.isprintable():  # bytes that are no UTF-8 are not
        raise record.damage("no line can name that file: give it another name")
    return WarcPlace(
        filename=filename,
        offset=record.offset,
        length=record.length,
        record_id=record.record_id,
        payload_digest=digest,
    )


def fetched_at(record: Record) -> str | None:
    """Return WARC-Date to the millisecond; WARC/1.0 tells seconds, 1.1 what it likes."""
    try:
        moment = datetime.fromisoformat(record.date or "")
    except ValueError:
        return None
    return utc_text(moment) if moment.tzinfo else None


def record_key(filename: str, offset: int) -> int:
    """Return what tells a record's place from others, in 64 bits."""
    return _key(f"{filename} {offset}")


def said_key(article: Article) -> int:
    """Return what tells an article and what it says from others, in 64 bits."""
    return _key(f"{article.site} {article.news_code} {article.content_digest}")


def _key(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(os.fsencode(text), digest_size=8).digest())
