"""Serve the sample site until Ctrl-C: ``python -m khotoot_crawler.demo --port 8000``."""

from __future__ import annotations

import argparse
import sys
import threading
from contextlib import suppress

from khotoot_crawler.demo import SampleSite


def main(arguments: list[str] | None = None) -> int:
    """Serve; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m khotoot_crawler.demo", description="Serve the sample site on loopback."
    )
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    port = parser.parse_args(arguments).port
    try:
        site = SampleSite(port=port)
    except (OSError, OverflowError) as error:
        sys.stderr.write(f"port {port} cannot be used: {error}\n")
        return 2
    with site, suppress(KeyboardInterrupt):
        _tell(site)
        threading.Event().wait()
    return 0


def _tell(site: SampleSite) -> None:
    count = len(site.catalogue.live())
    sys.stdout.write(
        f"{count} articles at {site.base_url}/ until Ctrl-C; to crawl them:\n"
        f"    scrapy crawl khotoot -a base_url={site.base_url} -s DOWNLOAD_DELAY=0\n"
    )
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
