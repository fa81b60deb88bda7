"""A folder to read the sealed files through, with an index that knows all of them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from khotoot_crawler.archive.index import INDEX_NAME, extend_index
from khotoot_crawler.errors import ArchiveError, OutputError, UsageError
from khotoot_crawler.readable import check_readable


@contextmanager
def sealed_view(folder: Path) -> Iterator[Path]:
    """Give a temporary folder with ``warc`` and ``index.cdxj`` of an output folder, by links.

    Where ``index.cdxj`` is missing or behind the sealed files, another is made in its place here:
    the output folder is only read, so a crawl may run meanwhile. Raises UsageError where nothing
    is sealed, and OutputError where a file cannot be read.
    """
    with TemporaryDirectory(prefix="khotoot-") as name:
        view = Path(name)
        for linked in ("warc", INDEX_NAME):
            (view / linked).symlink_to((folder / linked).absolute())
        check_readable(folder / "warc")
        try:
            extend_index(view)
            if not (view / INDEX_NAME).stat().st_size:
                raise UsageError(f"{folder}: holds no sealed WARC file; crawl first")
            yield view
        except OSError as error:  # it names the link to a file
            named = os.path.realpath(error.filename) if error.filename else folder
            raise OutputError(f"{named}: {error.strerror}") from error


def replayable(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Leave revisits by a 304 out of index lines.

    pywb and ReplayWeb.page answer with the 304 itself, and the browser shows nothing; without it
    they find the capture that it confirms.
    """
    for line in lines:
        fields = capture_fields(line)
        if (fields.get("mime"), fields.get("status")) != ("warc/revisit", "304"):
            yield line


def capture_fields(line: bytes) -> dict[str, str]:
    """Return the fields of an index line; raises ArchiveError where it has none."""
    try:
        fields: dict[str, str] = json.loads(line.split(b" ", 2)[2])
    except (ValueError, IndexError) as error:
        shown = line[:60].decode(errors="replace")
        raise ArchiveError(f"{INDEX_NAME} is damaged ({shown}...): delete it") from error
    return fields
