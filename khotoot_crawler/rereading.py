"""Records of an archive read again: those that lines name, or all that may be articles."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice, takewhile
from pathlib import Path
from typing import NamedTuple, TypeVar

from khotoot_crawler.archive.pairs import target_uri
from khotoot_crawler.differences import Change, change
from khotoot_crawler.digests import text_digest
from khotoot_crawler.errors import ArchiveError, ParseError
from khotoot_crawler.items import Article, WarcPlace, article_from_line, json_line
from khotoot_crawler.offline import record_page
from khotoot_crawler.parsers.article import Reading, read_article
from khotoot_crawler.parsers.page import Page
from khotoot_crawler.records import Records, fetched_at, record_key, said_key, warc_place
from khotoot_crawler.survey import PagePlace, Survey
from khotoot_crawler.workers import in_order

_CHUNK = 16  # pages a task: some 30 ms of work

_Item = TypeVar("_Item")


# -- the lines there are -----------------------------------------------------


class Span(NamedTuple):
    """Some whole lines of articles.jsonl: where they begin, and their bytes with the newlines."""

    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Made:
    """A line as today's parser makes it; ``said`` tells what its article says from all else.

    ``change`` where it was asked for.
    """

    data: bytes
    said: int
    change: Change | None


@dataclass(frozen=True, slots=True)
class Again:
    """What became of a line that ends at ``end``; ``trouble`` says why it was not made again.

    ``record`` tells the place of the record it names from all others.
    """

    end: int
    record: int | None = None
    made: Made | None = None
    trouble: str = ""


def lines_again(
    lines: Path,
    end: int,
    survey: Path,
    *,
    jobs: int,
    files: frozenset[str] = frozenset(),
    diff: bool = False,
) -> Generator[Again, None, None]:
    """Read the record of each line before ``end`` again, in order.

    With ``files`` named, of the lines that name these only; with ``diff`` the lines are compared.
    """
    work = partial(_span_again, lines, survey, files, diff)
    for chunk in in_order(work, _spans(lines, end), jobs):
        yield from chunk


def _spans(lines: Path, end: int) -> Iterator[Span]:
    """Yield the lines, some at a time; what no newline ends was never acknowledged."""
    offset = 0
    with lines.open("rb") as file:
        whole = takewhile(
            lambda line: file.tell() <= end and line.endswith(b"\n"), iter(file.readline, b"")
        )
        for chunk in _chunks(whole):
            length = sum(map(len, chunk))
            yield Span(offset, length)
            offset += length


def _span_again(
    lines: Path, survey: Path, files: frozenset[str], diff: bool, span: Span
) -> list[Again]:
    with lines.open("rb") as file, Survey(survey) as opened:
        file.seek(span.offset)
        records, offset, found = Records(opened), span.offset, []
        while offset < span.offset + span.length:
            line = file.readline()
            again = _line_again(records, files, offset, line, diff=diff)
            offset += len(line)
            if again is not None:
                found.append(again)
        return found


def _line_again(
    records: Records, files: frozenset[str], offset: int, line: bytes, *, diff: bool
) -> Again | None:
    end, where = offset + len(line), f"articles.jsonl@{offset}"
    try:
        before = article_from_line(line)
        _check_texts(before)
    except ArchiveError as error:
        return Again(end, trouble=f"{where}: {error}")
    place = before.warc
    if files and (place is None or place.filename not in files):
        return None
    record = None if place is None else record_key(place.filename, place.offset)
    try:
        after = _article_again(records, before)
    except (ArchiveError, ParseError) as error:
        return Again(end, record, trouble=f"{where} ({before.news_code}): {error}")
    changed = change(before, after) if diff else None
    return Again(end, record, Made(json_line(after), said_key(after), changed))


def _check_texts(article: Article) -> None:
    """Raise ArchiveError where what a line keeps, or finds its record by, is no text to show."""
    place = article.warc
    texts = [article.site, article.news_code, article.fetched_url]
    texts += [text for text in (article.duplicate_of, article.fetched_at) if text is not None]
    texts += [place.filename, place.record_id, place.payload_digest] if place else []
    for text in texts:
        if not text.isprintable():
            raise ArchiveError(f"no text: {text!r}")


def _article_again(records: Records, before: Article) -> Article:
    place = before.warc
    if place is None:
        raise ArchiveError("the line names no record")
    record = records.named(place)
    # The record's address is escaped where the crawl's was no legal URI.
    same = target_uri(before.fetched_url) == record.url
    url = before.fetched_url if same else record.url or ""
    page = record_page(record, url)
    article = read_article(page, before.site, fetched_at=before.fetched_at, warc=place).article
    if article.news_code != before.news_code:
        reason = f"read as the page of article {article.news_code}"
        raise ParseError(reason, url=url, field="news_code")
    return replace(article, revision=before.revision, duplicate_of=before.duplicate_of)


# -- the articles of any WARC ------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """What a record that may be a page is: an article, something else, or ``trouble``.

    ``is_damage``: the record cannot be read; else only its page could not.
    """

    place: PagePlace
    article: Article | None = None
    text_digest: bytes | None = None
    trouble: str = ""
    is_damage: bool = False


def read_pages(
    pages: Iterable[PagePlace], survey: Path, *, jobs: int
) -> Generator[Found, None, None]:
    """Read what may be a page, in order."""
    for chunk in in_order(partial(_read_pages, survey), _chunks(pages), jobs):
        yield from chunk


def _read_pages(survey: Path, pages: list[PagePlace]) -> list[Found]:
    with Survey(survey) as opened:
        records = Records(opened)
        return [_read_page(records, place) for place in pages]


def _read_page(records: Records, place: PagePlace) -> Found:
    try:
        record = records.at(Path(place.path), place.offset)
        warc = warc_place(record)
    except ArchiveError as error:
        return Found(place, trouble=str(error), is_damage=True)
    try:
        page = record_page(record, record.url or "")
        reading = _read_if_article(page, place.site, fetched_at(record), warc)
    except ParseError as error:
        # Elsewhere than at an article's address it may have been meant as anything.
        trouble = f"{place.path}@{place.offset}: {error}" if place.names_article else ""
        return Found(place, trouble=trouble)
    if reading is None:
        return Found(place)
    article = reading.article
    return Found(place, article, text_digest(article.title, article.body))


def _read_if_article(
    page: Page, site: str, fetched_at: str | None, warc: WarcPlace
) -> Reading | None:
    try:
        return read_article(page, site, fetched_at=fetched_at, warc=warc)
    except ParseError as error:
        if error.field is None:  # a page of another kind
            return None
        raise


def _chunks(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk
