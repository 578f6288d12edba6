"""CPU time and memory of processes, from the operating system."""

import time
from contextlib import suppress
from pathlib import Path

_CPUCLOCK_SCHED = 2  # <linux/posix-timers.h>: the clock counts time on the CPU


def cpu_ns(pid: int) -> int:
    """Return the CPU time of all threads of a process so far, nanoseconds; 0 if it has ended.

    The clock of clock_getcpuclockid(3). Unlike a sum over /proc/PID/task/*/schedstat it keeps the time of
    threads that have ended, which pools of threads do while they are idle.
    """
    try:
        return time.clock_gettime_ns(((~pid) << 3) | _CPUCLOCK_SCHED)
    except OSError:
        return 0


def family(pid: int) -> list[int]:
    """Return a process and all that it started, directly or not."""
    found = [pid]
    for member in found:
        with suppress(OSError):
            for task in Path(f"/proc/{member}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
    return found


def memory_kib(pid: int) -> int:
    """Return the memory that a process and all that it started hold, each shared page counted once, KiB."""
    return sum(_proportional_kib(member) for member in family(pid))


def _proportional_kib(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
