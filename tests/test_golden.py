"""Golden pages: tests/pages/<kind>/<code>/page.html and what must be read from it.

``pytest --update-golden`` rewrites each expected.json (and writes it for a new page); read what
it wrote before committing it. ``url`` and ``content_type`` there are inputs and stay.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from khotoot_crawler.errors import ParseError
from khotoot_crawler.parsers.article import read_article
from khotoot_crawler.parsers.page import Page, read_page
from khotoot_crawler.parsers.page_kind import ARTICLE_KINDS, page_kind
from tests.crawling import ROOT

SITE = "khootoot.ir"
PAGES = Path(__file__).parent / "pages"
FOLDERS = sorted(path.parent for path in PAGES.glob("*/*/page.html"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda f: f.relative_to(PAGES).as_posix())
def test_golden_page(folder: Path, request: pytest.FixtureRequest) -> None:
    expected_file = folder / "expected.json"
    expected = _load(expected_file) if expected_file.exists() else _inputs(folder)
    page = read_page((folder / "page.html").read_bytes(), expected["url"], expected["content_type"])
    found = {"url": expected["url"], "content_type": expected["content_type"], **_read(page)}
    if request.config.getoption("--update-golden"):
        _refuse_empty(found)
        text = json.dumps(found, ensure_ascii=False, indent=2)
        expected_file.write_text(text + "\n", encoding="utf-8")
    else:
        _refuse_empty(expected)
        assert found == expected


def waiting_for_the_collector() -> int:
    """Return how many objects of the pages, once read, are left to the garbage collector."""
    pages = [
        ((folder / "page.html").read_bytes(), _inputs(folder)["url"])
        for folder in FOLDERS
        if folder.parent.name == "article"
    ]
    for body, url in pages:  # once before, for what is kept for good
        _read(read_page(body, url))
    gc.collect()
    gc.disable()
    for body, url in pages:
        _read(read_page(body, url))
    return gc.collect()


def test_no_tree_waits_for_the_garbage_collector() -> None:
    """What waits is memory, and to look for it costs a parser a fifth of its time.

    In a process of its own: threads that other tests have left behind leave objects, too.
    """
    code = "from tests.test_golden import waiting_for_the_collector as left; print(left())"
    run = [sys.executable, "-c", code]
    assert subprocess.run(run, cwd=ROOT, capture_output=True, check=True).stdout == b"0\n"


def test_there_are_enough_golden_pages() -> None:
    assert len(FOLDERS) >= 40


def test_an_empty_expected_value_is_refused() -> None:
    with pytest.raises(ValueError, match=r"article\.title is empty"):
        _refuse_empty({"article": {"title": "", "tags": []}})


def _load(file: Path) -> dict[str, Any]:
    expected: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return expected


def _inputs(folder: Path) -> dict[str, Any]:
    code = folder.name.split("-")[0]
    return {"url": f"https://{SITE}/fa/news/{code}", "content_type": None}


def _read(page: Page) -> dict[str, Any]:
    kind = page_kind(page)
    found: dict[str, Any] = {"kind": kind.value}
    if kind in ARTICLE_KINDS:
        try:
            reading = read_article(page, SITE)
        except ParseError as error:
            return {**found, "error": error.field}
        article = json.loads(json.dumps(asdict(reading.article)))
        found |= {"article": article, "problems": [error.field for error in reading.problems]}
    return found


def _refuse_empty(value: Any, path: str = "") -> None:
    if value == "":
        raise ValueError(f"{path.strip('.')} is empty")
    if isinstance(value, dict):
        for key, inner in value.items():
            _refuse_empty(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            _refuse_empty(inner, f"{path}[{number}]")
