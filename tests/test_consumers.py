"""Programs of others read the archive: warcio, fastwarc, cdxj-indexer and ReplayWeb.page."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from khotoot_crawler.packing import pack
from tests.archived import LEAD_PICTURE, TITLE, Archive, archive, tool

__all__ = ["archive"]

BROWSER = Path(__file__).parent / "browser"


def run(name: str, *words: object) -> str:
    """Run a program that was installed next to Python; return what it printed."""
    ended = subprocess.run(
        [tool(name), *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_warcio_and_fastwarc_find_no_fault(archive: Archive) -> None:
    for path in (archive.folder / "warc").glob("*.warc.gz"):
        assert "digest pass" in run("warcio", "check", "-v", path)
        run("fastwarc", "check", path)


def test_the_index_is_the_one_that_cdxj_indexer_makes(archive: Archive) -> None:
    assert run("cdxj-indexer", "--sort", archive.folder / "warc") == archive.index_text


def test_replayweb_page_finds_the_article_and_shows_it_whole(
    archive: Archive, tmp_path: Path
) -> None:
    chromium, node = shutil.which("chromium"), shutil.which("node")
    if not (chromium and node and (BROWSER / "node_modules").is_dir()):
        pytest.skip("needs chromium, node, and `npm ci` in tests/browser")
    wacz = pack(Path(shutil.copytree(archive.folder, tmp_path / "output"))).path
    ended = subprocess.run(
        [node, BROWSER / "replay.js", chromium, wacz, "بایگانی"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    shown: dict[str, Any] = json.loads(ended.stdout)
    assert shown["found"] == [TITLE]
    assert "كتابداران مي‌سازند" in shown["text"]
    assert any(image["address"].endswith(LEAD_PICTURE) for image in shown["images"])
    assert all(image["width"] > 0 for image in shown["images"])
    names = {sheet["address"].rpartition("/")[2] for sheet in shown["sheets"]}
    assert {"style_1204.css", "layout_1204.css"} <= names
    assert all(sheet["rules"] > 0 for sheet in shown["sheets"])
