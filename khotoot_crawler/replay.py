"""Browse the archive of an output folder with pywb, on loopback, from the files as they are."""

from __future__ import annotations

import importlib.util
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from khotoot_crawler.archive.index import INDEX_NAME, surt_key
from khotoot_crawler.archive.pairs import target_uri
from khotoot_crawler.archive.view import sealed_view
from khotoot_crawler.contents import HOME, Entry, write_contents
from khotoot_crawler.errors import OutputError, UsageError
from khotoot_crawler.items import Article
from khotoot_crawler.latest import latest_articles

HOST = "127.0.0.1"
COLLECTION = "khotoot"
_START_SECONDS = 60
# The page itself under its address, rather than a frame around it: links and scripts aside, what
# curl gets is what a browser shows.
_CONFIG = f"""\
framed_replay: false
collections:
  {COLLECTION}:
    index_paths: indexes
    archive_paths: warc/
"""


@contextmanager
def replayed(folder: Path, port: int) -> Iterator[Replay]:
    """Serve the archive while the context lasts.

    Raises UsageError where pywb, an archive or the port is missing, and OutputError where pywb
    does not start.
    """
    if importlib.util.find_spec("pywb") is None:
        raise UsageError("needs pywb: pip install 'khotoot-crawler[replay]'")
    if not any((folder / "warc").glob("*.warc.gz")):
        raise UsageError(f"{folder}: holds no sealed WARC file; crawl first")
    port = _free_port(port)
    with sealed_view(folder) as view:
        replay = Replay(f"http://{HOST}:{port}/", latest_articles(folder), view)
        with _serving(view, port):
            yield replay
