"""Folders that can be listed: looking for files, ``glob`` takes those that cannot for empty."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from khotoot_crawler.errors import OutputError


def check_readable(*folders: Path) -> None:
    """Raise OutputError where one of them is there, but what is in it cannot be read."""
    for folder in folders:
        try:
            with suppress(FileNotFoundError):
                os.scandir(f"{folder}/.").close()  # with the dot, it may be gone into as well
        except OSError as error:
            raise OutputError(f"{folder}: cannot be read: {error.strerror}") from error
