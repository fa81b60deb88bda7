"""A site of thousands of article pages of about 52 KB, as files, and nginx to serve them.

The pages are those of the sample site (its themes, layouts and quirks), with words of its articles
drawn anew for each, and a side bar of other news as long as pages of the CMS have.
"""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from html import escape
from pathlib import Path
from urllib.parse import quote

from khotoot_crawler.demo.answers import answer
from khotoot_crawler.demo.articles import SampleArticle
from khotoot_crawler.demo.catalogue import Catalogue
from khotoot_crawler.demo.markup import address, day, link, persian

ARTICLES_A_LISTING = 20
FIRST_CODE = 40_000
SIZE = 52 * 1024
_TAGS = ("تعاون", "اقتصاد ایران", "مسکن", "آب", "کشاورزی", "ورزش", "سلامت", "#یزد")
_CONFIG = """
{user}
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    types {{ text/html html; text/xml xml; text/plain txt; }}
    default_type text/html;
    access_log off;
    sendfile on;
    tcp_nopush on;
    client_body_temp_path {folder}/temp;
    proxy_temp_path {folder}/temp;
    fastcgi_temp_path {folder}/temp;
    uwsgi_temp_path {folder}/temp;
    scgi_temp_path {folder}/temp;
    server {{
        listen 127.0.0.1:{port};
        root {folder}/pages;
        location = / {{ try_files /index.html =404; }}
        location = /fa/archive {{ try_files /fa/archive/$arg_p.html =404; }}
        location ~ ^/fa/news/(\\d+) {{ try_files /fa/news/$1.html =404; }}
        location / {{ try_files $uri.html $uri.xml $uri =404; }}
    }}
}}
"""


class BenchCatalogue(Catalogue):
    """The sample site's catalogue with many articles, none of which changes."""

    def most_viewed(self) -> list[SampleArticle]:
        """Return the articles that every side bar shows."""
        return self._most_viewed

    @cached_property
    def _most_viewed(self) -> list[SampleArticle]:
        return super().most_viewed()


def make_catalogue(pages: int) -> BenchCatalogue:
    """Return so many articles, the same each time."""
    sample = Catalogue.bundled()
    told = [a for a in sample.latest() if a.page_type == "article" and len(a.paragraphs) > 2]
    words = [word for a in told for paragraph in a.paragraphs for word in paragraph.split()]
    articles = [_article(told[n % len(told)], FIRST_CODE + n, words) for n in range(pages)]
    return BenchCatalogue(articles, sample.site, {})


def _article(like: SampleArticle, code: int, words: list[str]) -> SampleArticle:
    rnd = random.Random(code)
    marked = [block for block in like.blocks if block[:2] in ("! ", "| ", "##")]
    plain = [" ".join(rnd.choices(words, k=rnd.randint(25, 70))) for _ in range(rnd.randint(8, 14))]
    return replace(
        like,
        code=str(code),
        title=" ".join(rnd.choices(words, k=8)),
        lead=" ".join(rnd.choices(words, k=25)),
        text="\n".join([*plain[:4], *marked, *plain[4:]]),
        shown_tags=tuple(rnd.sample(_TAGS, 3)),
        view_count=rnd.randint(10, 200_000),
        source=None,
        layout=replace(like.layout, charset="utf-8"),
    )


def write_site(folder: Path, pages: int) -> list[str]:
    """Write the pages as files below ``folder``; return the request targets of all of them."""
    catalogue = make_catalogue(pages)
    listings = -(-pages // ARTICLES_A_LISTING)
    for article in catalogue.latest():
        _write(folder / f"fa/news/{article.code}.html", page_of(catalogue, article))
    archive = "/fa/archive?service_id=-1&sec_id=-1&cat_id=-1&rpp=100&p="
    for number in range(1, listings + 1):
        body = answer(catalogue, f"{archive}{number}", ARTICLES_A_LISTING).body
        _write(folder / f"fa/archive/{number}.html", body)
    others = _others(catalogue)
    for target, name in others.items():
        _write(folder / name, answer(catalogue, target).body)
    articles = [quote(address(a)) for a in catalogue.latest()]
    return [*others, *(f"{archive}{n}" for n in range(1, listings + 1)), *articles]


def _others(catalogue: Catalogue) -> dict[str, str]:
    """Return the targets of feeds, sections and tags, and the files that hold them."""
    named = {"/": "index.html", "/robots.txt": "robots.txt", "/fa/rss": "fa/rss.html"}
    feeds, sections = ["allnews"], []
    for service in catalogue.site["service"]:
        below = [f"{service['id']}/{category['id']}" for category in service["categories"]]
        sections += [service["id"], *below]
        feeds += [service["id"], *below]
    named |= {f"/fa/rss/{feed}": f"fa/rss/{feed}.xml" for feed in feeds}
    named |= {f"/fa/services/{name}": f"fa/services/{name}.html" for name in sections}
    tags = [tag.lstrip("#") for tag in _TAGS]
    return named | {f"/fa/tag/1/{quote(tag)}": f"fa/tag/1/{tag}.html" for tag in tags}


def page_of(catalogue: Catalogue, article: SampleArticle) -> bytes:
    """Return an article's page, lengthened to SIZE by cards of other news."""
    html = answer(catalogue, f"/fa/news/{article.code}").body
    latest = catalogue.latest()  # thirty of them on every page, then the article's neighbours
    here = int(article.code) - FIRST_CODE
    cards = [b'<div class="side_news">']
    missing = SIZE - len(html)
    for n in range(len(latest)):
        if missing <= 0:
            break
        card = _card(latest[(n if n < 30 else here + n) % len(latest)]).encode()
        cards.append(card)
        missing -= len(card)
    side = b"\n".join([*cards, b"</div>\n</body>"])
    return html.replace(b"</body>", side, 1)


def _card(article: SampleArticle) -> str:
    href, title = escape(address(article)), escape(article.title)
    return (
        '<div class="linear_news clearfix"><div class="image_box">'
        f'<a href="{href}" target="_blank"><img class="img-responsive" loading="lazy" '
        f'src="/files/fa/news/{article.code}_thumb.jpg" alt="{title}" width="90" height="60"></a>'
        f"</div><h3>{link(address(article), article.title)}</h3>"
        f'<div class="linear_tools"><span class="linear_date">{day(article)}</span>'
        f'<span class="linear_hits"><i class="fa fa-eye"></i>{persian(article.view_count)}</span>'
        "</div></div>"
    )


def _write(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)


@contextmanager
def nginx(folder: Path, core: int) -> Iterator[str]:
    """Serve ``folder``/pages from one core while the context lasts; yield the base URL."""
    binary = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if binary is None:
        raise SystemExit("bench: nginx is missing; on Debian: apt-get install nginx-light")
    (folder / "temp").mkdir(exist_ok=True)
    port = _free_port()
    config = folder / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""  # the folder is closed to nobody
    config.write_text(_CONFIG.format(folder=folder, port=port, user=user))
    server = subprocess.Popen(
        [binary, "-e", folder / "error.log", "-c", config, "-p", folder],
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )
    try:
        _wait_for(port, server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(100):
        if server.poll() is not None:
            raise SystemExit("bench: nginx did not start; its reason stands above")
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("bench: nginx does not answer")
