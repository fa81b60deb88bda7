"""Options and fixtures shared by the tests."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: tests wait for crawls a good part of their time."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that start processes, those of most tests first.

    Without --loadscope-reorder xdist hands files out in this order: the last to begin are short
    then, and no process has a long one to itself at the end.
    """
    tests = Counter(item.path for item in items)

    def place(item: pytest.Item) -> tuple[bool, int, Path]:
        module = getattr(item, "module", None)
        starts = any(hasattr(module, name) for name in ("crawl", "command", "subprocess"))
        return not starts, -tests[item.path], item.path

    items.sort(key=place)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="rewrite tests/pages/*/*/expected.json from what the parser reads today",
    )
