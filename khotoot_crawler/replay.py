"""Browse the archive of an output folder with pywb, on loopback, from the files as they are."""

from __future__ import annotations

import http.client
import importlib.util
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from khotoot_crawler.archive.index import INDEX_NAME, surt_key
from khotoot_crawler.archive.pairs import target_uri
from khotoot_crawler.archive.view import replayable, sealed_view
from khotoot_crawler.contents import Entry, write_contents
from khotoot_crawler.errors import OutputError, UsageError
from khotoot_crawler.items import Article
from khotoot_crawler.latest import latest_articles

_HOST = "127.0.0.1"
_COLLECTION = "khotoot"
_START_SECONDS = 60
_SERVER = Path(__file__).with_name("replay_server.py")
# Without frames an address gives the page itself, to a browser and to curl alike.
_CONFIG = f"""\
framed_replay: false
collections:
  {_COLLECTION}:
    index_paths: indexes/
    archive_paths: warc/
"""


@dataclass(frozen=True, slots=True)
class Replay:
    """A replay that is being served: the addresses of its contents and of the article asked for."""

    home: str
    article: str | None
    process: subprocess.Popen[bytes]
    log: Path

    def wait(self) -> str:
        """Wait until pywb ends by itself; return the last that it said."""
        self.process.wait()
        return _last_words(self.log)


@dataclass(slots=True)
class _Holdings:
    """The articles of the sealed files; ``origins``: each site with the address it was asked at."""

    entries: list[Entry] = field(default_factory=list)
    origins: set[tuple[str, str]] = field(default_factory=set)


@contextmanager
def replayed(folder: Path, *, port: int, code: str | None = None) -> Iterator[Replay]:
    """Serve an archive while the context lasts; port 0 is any free one.

    Raises UsageError where pywb, an archive, the port or the article is missing, ArchiveError where
    the index is damaged, and OutputError where pywb does not start.
    """
    if importlib.util.find_spec("pywb") is None:
        raise UsageError("needs pywb: pip install 'khotoot-crawler[replay]'")
    with sealed_view(folder) as view:
        holdings = _holdings(folder, view)
        path = None if code is None else _path_of(holdings, code, folder)
        _lay_out(view, holdings)
        log = view / "pywb.log"
        with _listener(port) as listener:
            home = f"http://{_HOST}:{listener.getsockname()[1]}"
            process = _start(view, listener, log)
        try:
            _await_start(home, log)
            yield Replay(f"{home}/", None if path is None else home + path, process, log)
        finally:
            process.terminate()
            process.wait()


def _holdings(folder: Path, view: Path) -> _Holdings:
    sealed = {path.name for path in (view / "warc").glob("*.warc.gz")}
    holdings = _Holdings()
    for article in latest_articles(folder, sealed):
        holdings.entries.append(_entry(article))
        place = urlsplit(article.fetched_url)
        holdings.origins.add((article.site, f"{place.scheme}://{place.netloc}/"))
    return holdings


def _entry(article: Article) -> Entry:
    moment = "".join(filter(str.isdigit, article.fetched_at or ""))
    return Entry(
        code=article.news_code,
        title=article.title,
        published=article.published_jalali or "",
        path=f"/{_COLLECTION}/{moment[:14]}/{target_uri(article.fetched_url)}",
    )


def _path_of(holdings: _Holdings, code: str, folder: Path) -> str:
    for entry in holdings.entries:
        if entry.code == code:
            return entry.path
    raise UsageError(f"--code {code}: no such article in the sealed files of {folder}")


def _lay_out(view: Path, holdings: _Holdings) -> None:
    """Make of a view of the sealed files a folder that pywb can be started in."""
    (view / "config.yaml").write_text(_CONFIG)
    index = view / "indexes" / INDEX_NAME
    index.parent.mkdir()
    with (view / INDEX_NAME).open("rb") as lines, index.open("wb") as file:
        file.writelines(replayable(lines))
    for number, (site, origin) in enumerate(sorted(holdings.origins)):
        with index.with_name(f"own-name-{number}.cdxj").open("wb") as file:
            file.writelines(_own_name_lines(index, f"https://{site}/", origin))
    sites = ", ".join(sorted({site for site, _ in holdings.origins}))
    write_contents(view, holdings.entries, site=sites, search=f"/{_COLLECTION}/")


def _own_name_lines(index: Path, own: str, origin: str) -> Iterator[bytes]:
    """Yield the index lines of a mirror's captures once more, under the site's own name.

    A page may name its pictures by the site's full address; a crawl with ``base_url`` fetched them
    from the mirror.
    """
    ours, theirs = surt_key(own).encode(), surt_key(origin).encode()
    if ours == theirs:
        return
    with index.open("rb") as lines:
        for line in lines:
            if line.startswith(theirs):
                yield ours + line.removeprefix(theirs)


def _listener(port: int) -> socket.socket:
    try:
        return socket.create_server((_HOST, port))
    except OSError as error:
        raise UsageError(f"--port {port}: {error.strerror}; 0 is any free one") from error


def _start(view: Path, listener: socket.socket, log: Path) -> subprocess.Popen[bytes]:
    """Start pywb in a process of its own: it changes how sockets and threads work in its own."""
    # -P: what lies beside the program is not to be taken for modules of the same name.
    command = [sys.executable, "-P", str(_SERVER), str(listener.fileno())]
    environment = {**os.environ, "NO_PROXY": "*", "PYWB_CONFIG_FILE": "config.yaml"}
    with log.open("wb") as output:
        return subprocess.Popen(
            command,
            cwd=view,
            env=environment,
            pass_fds=[listener.fileno()],
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def _await_start(home: str, log: Path) -> None:
    """Wait for the first answer: who asks before pywb serves waits, and is cut off if it ends."""
    connection = http.client.HTTPConnection(urlsplit(home).netloc, timeout=_START_SECONDS)
    try:
        connection.request("GET", "/")
        connection.getresponse()
    except (OSError, http.client.HTTPException) as error:
        raise OutputError(f"pywb did not start: {_last_words(log)}") from error
    finally:
        connection.close()


def _last_words(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
