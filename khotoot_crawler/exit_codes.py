"""Exit codes of the commands; the README has them for who starts one.

Apart from what uses them: to know a number is no reason to import a crawler.
"""

from __future__ import annotations

EXIT_DEFECT = 1
EXIT_USAGE = 2
EXIT_INCOMPLETE = 3
EXIT_STOPPED_BY_SITE = 4
EXIT_OUTPUT = 5
EXIT_LOCKED = 75  # EX_TEMPFAIL of sysexits.h
