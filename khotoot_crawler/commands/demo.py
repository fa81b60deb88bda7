"""``scrapy demo``: serve the bundled sample site on loopback, crawl it, show what landed."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand

from khotoot_crawler.errors import OutputError
from khotoot_crawler.exit_codes import EXIT_USAGE, exit_code
from khotoot_crawler.results import standard_output

if TYPE_CHECKING:
    from khotoot_crawler.items import Article

_FOLDER = Path("output/demo")


class Command(ScrapyCommand):
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012

    def short_desc(self) -> str:
        return "Serve the bundled sample site on loopback and crawl it into output/demo"

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        from khotoot_crawler.demo.server import SampleSite  # not for every command

        if args:
            print(f"scrapy demo: {' '.join(args)}: takes no argument", file=sys.stderr)
            self.exitcode = EXIT_USAGE
            return
        try:
            with SampleSite() as site:
                crawl = [
                    *("scrapy", "crawl", "khotoot", "-a", f"base_url={site.base_url}"),
                    *("-s", f"KHOTOOT_OUTPUT={_FOLDER}", "-s", "DOWNLOAD_DELAY=0"),
                ]
                _tell(f"The sample site is served at {site.base_url}; now\n\n  {' '.join(crawl)}\n")
                self.exitcode = _run([sys.executable, "-m", *crawl])
            if self.exitcode == 0:
                _tell(_what_landed(_FOLDER))
        except OutputError as error:
            print(f"scrapy demo: {error}", file=sys.stderr)
            self.exitcode = exit_code(error)


def _tell(text: str) -> None:
    with standard_output() as out:
        out.write(f"{text}\n".encode())


def _run(crawl: list[str]) -> int:
    """Run the crawl to its end; a signal stops it, not only what started it."""
    # No proxy reaches a server on loopback.
    own = {"SCRAPY_SETTINGS_MODULE": "khotoot_crawler.settings", "no_proxy": "127.0.0.1"}
    with subprocess.Popen(crawl, env={**os.environ, **own}) as child:
        signal.signal(signal.SIGTERM, lambda *_: child.terminate())
        signal.signal(signal.SIGINT, lambda *_: None)  # a terminal sends it to both
        return child.wait()


def _what_landed(folder: Path) -> str:
    from khotoot_crawler.items import article_from_line  # not for every command

    lines = (folder / "articles.jsonl").read_bytes().splitlines()
    views = len((folder / "views.jsonl").read_bytes().splitlines())
    warcs = sorted((folder / "warc").glob("*.warc.gz"))
    megabytes = sum(path.stat().st_size for path in warcs) / 1e6
    return "\n".join(
        [
            "",
            f"{folder}/articles.jsonl   {len(lines)} articles",
            f"{folder}/views.jsonl      {views} view counts",
            f"{folder}/warc/            {len(warcs)} WARC files, {megabytes:.1f} MB",
            "",
            "The first of them, as a reader would have it:",
            "",
            _as_read(article_from_line(lines[0])),
            "",
            "To look further:",
            "",
            f"  head -1 {folder}/articles.jsonl | python3 -m json.tool --no-ensure-ascii",
            f"  cat {folder}/runs/*.json",
            f"  {sys.argv[0]} verify {folder}",
        ]
    )


def _as_read(article: Article) -> str:
    body = (article.body or "").splitlines()
    shown = [
        *(["  " + article.kicker] if article.kicker else []),
        f"  {article.title}",
        f"  {article.published_raw or ''} ({article.published_at})",
        f"  {article.url}, {article.view_count} views, {', '.join(article.section)}",
        "",
        *textwrap.wrap(article.lead or "", 90, initial_indent="  ", subsequent_indent="  "),
        *textwrap.wrap(body[0] if body else "", 90, initial_indent="  ", subsequent_indent="  "),
        f"  … {len(body)} paragraphs; tags: {' | '.join(article.tags)}",
    ]
    return "\n".join(shown)
