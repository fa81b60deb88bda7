"""Run a command on one core and print what it used, as JSON on the last line of stdout.

    python benchmarks/measured.py CORE LOG COMMAND...

A process of its own: Linux counts the memory of the process that starts a program as the program's,
so whoever starts it must be small.
"""

import json
import os
import sys
import time

core, log, *command = sys.argv[1:]
os.sched_setaffinity(0, {int(core)})
start = time.perf_counter()
pid = os.fork()
if pid == 0:
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.execvp(command[0], command)
_, status, used = os.wait4(pid, 0)
told = {
    "exit": os.waitstatus_to_exitcode(status),
    "seconds": time.perf_counter() - start,
    "cpu": used.ru_utime + used.ru_stime,
    "memory": used.ru_maxrss / 1000,
}
print(json.dumps(told))
