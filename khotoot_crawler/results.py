"""Where a command writes what it makes: standard output, or a file that is there once whole."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from khotoot_crawler.durable import replaced
from khotoot_crawler.errors import OutputError

EXIT_PIPE_CLOSED = 141  # as of a program that SIGPIPE ends


@contextmanager
def standard_output() -> Iterator[BinaryIO]:
    """Give standard output for bytes, flushed at the end.

    Raises OutputError where it takes no more; a reader that has seen enough ends the program.
    """
    if sys.stdout is None:  # as Python has it that is started with none
        raise OutputError("standard output: is closed")
    try:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        _give_up_standard_output()
        sys.exit(EXIT_PIPE_CLOSED)
    except OSError as error:
        _give_up_standard_output()
        raise _output_error(error, "standard output") from error


def _give_up_standard_output() -> None:
    """Send what is still buffered nowhere, or the interpreter would try again at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write; it takes its name when it is whole, and is gone where it is not.

    A pipe or a device is written as it is. Raises OutputError.
    """
    path = path.resolve()  # the file that a link points to, not the link
    if path.exists() and not path.is_file():
        with _as_output_error(path), path.open("wb") as file:
            yield file
        return
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with _as_output_error(path), replaced(path, draft) as file:
        yield file


@contextmanager
def _as_output_error(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _output_error(error, path) from error


def _output_error(error: OSError, output: Path | str) -> OutputError:
    """Tell of the file that cannot be used; the error names it where it is another one."""
    return OutputError(f"{error.filename or output}: {error.strerror}")
