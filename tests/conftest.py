"""Options and fixtures shared by the tests."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="rewrite tests/pages/*/*/expected.json from what the parser reads today",
    )
