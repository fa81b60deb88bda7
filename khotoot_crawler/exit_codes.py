"""Exit codes of the commands; the README has them for who starts one.

Apart from what uses them: to know a number is no reason to import a crawler.
"""

from __future__ import annotations

from khotoot_crawler.errors import KhotootError, LockedError, OutputError, StateError, UsageError

EXIT_DEFECT = 1
EXIT_USAGE = 2
EXIT_INCOMPLETE = 3
EXIT_STOPPED_BY_SITE = 4
EXIT_OUTPUT = 5
EXIT_LOCKED = 75  # EX_TEMPFAIL of sysexits.h

_OF_ERRORS: tuple[tuple[type[KhotootError], int], ...] = (  # the first that fits
    (UsageError, EXIT_USAGE),
    (StateError, EXIT_USAGE),
    (LockedError, EXIT_LOCKED),
    (OutputError, EXIT_OUTPUT),
)


def exit_code(error: KhotootError) -> int:
    """Return the exit code of a command that ends with an error."""
    return next((code for kind, code in _OF_ERRORS if isinstance(error, kind)), EXIT_DEFECT)
