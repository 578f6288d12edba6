"""Clocks of threads, read from another thread.

Linux tells for each thread how long it ran, how long it was ready to run without getting a CPU, and how often it was
given one. Elsewhere the process's CPU time must stand for the thread's.
"""

import os
import sys
import time
from contextlib import suppress
from typing import NamedTuple

LINUX = sys.platform == "linux"
_THREAD_CLOCK = 0b110  # <linux/posix-timers.h>: CPUCLOCK_PERTHREAD | CPUCLOCK_SCHED


def thread_cpu(native_id: int) -> float | None:
    """Seconds of CPU time that a thread of this process has used; None if it has ended, or not on Linux.

    The clock of pthread_getcpuclockid(3), which must not be asked for a thread that has ended.
    """
    if not LINUX:
        return None
    try:
        return time.clock_gettime((~native_id << 3) | _THREAD_CLOCK)
    except OSError:
        return None


class Wait(NamedTuple):
    """A wait of the calling thread, from a moment on.

    Attributes:
        begun: Monotonic time.
        switches: How often the thread has gone to sleep so far; None where that is not counted.
    """

    begun: float
    switches: int | None

    @classmethod
    def begin(cls) -> "Wait":
        """From now on."""
        return cls(time.monotonic(), _own_switches())

    def end(self, planned: float) -> "Delay":
        """What became of it, now that the thread runs again.

        Args:
            planned: Seconds that it was meant to take.
        """
        late = max(0.0, time.monotonic() - self.begun - planned)
        now = _own_switches()
        if now is None or self.switches is None:
            return Delay(late, shared=False)
        # Who waits for the interpreter sleeps for one switch interval at a time, and for less only if somebody gave
        # the interpreter away meanwhile.
        undisturbed = late / sys.getswitchinterval() + 1
        return Delay(late, shared=now - self.switches > undisturbed)


class Delay(NamedTuple):
    """How late a thread was.

    Attributes:
        late: Seconds.
        shared: Whether the interpreter changed hands meanwhile, so that no single call kept it all the time.
    """

    late: float
    shared: bool


def _own_switches() -> int | None:
    if not LINUX:
        return None
    import resource

    return resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw


class Scheduling(NamedTuple):
    """What the scheduler knows about a thread.

    Attributes:
        delay: Seconds that it was ready to run without a CPU.
        slices: How often it was given a CPU.
    """

    delay: float
    slices: int


class Reading(NamedTuple):
    """All clocks at one moment.

    Attributes:
        wall: Monotonic time, seconds.
        process: CPU time of the process, seconds.
        loop: CPU time of the loop's thread, seconds.
        loop_scheduling: What the scheduler knows about that thread; None if nobody asked, or nobody knows.
        own_scheduling: The same of the watchdog's thread, as it was last asked for.
    """

    wall: float
    process: float
    loop: float
    loop_scheduling: Scheduling | None
    own_scheduling: Scheduling | None


class SchedulerFile:
    """The scheduler's file about one thread; empty where there is none."""

    def __init__(self, native_id: int) -> None:
        self._descriptor = -1
        if LINUX:
            with suppress(OSError):
                self._descriptor = os.open(
                    f"/proc/self/task/{native_id}/schedstat", os.O_RDONLY | os.O_CLOEXEC
                )

    def read(self) -> Scheduling | None:
        """What it says now; None also if the thread has ended, or the kernel keeps no such statistics."""
        if self._descriptor < 0:
            return None
        try:
            _, delay, slices = os.pread(self._descriptor, 96, 0).split()
        except (OSError, ValueError):
            return None
        return Scheduling(int(delay) / 1e9, int(slices)) if int(slices) else None

    def close(self) -> None:
        """Give the descriptor back."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class Clocks:
    """The clocks of the loop's thread beside those of the watchdog's.

    Attributes:
        loop_id: Native id of the loop's thread.
    """

    def __init__(self, loop_native_id: int, own_native_id: int) -> None:
        self.loop_id = loop_native_id
        self._loop = SchedulerFile(loop_native_id)
        self._own = SchedulerFile(own_native_id)
        self._last_own: Scheduling | None = None

    def read(self, *, scheduling: bool) -> Reading:
        """All clocks now.

        Args:
            scheduling: Ask the scheduler, too. That lets the loop take the interpreter back: twice, on a busy loop.
        """
        wall, process, loop = time.monotonic(), time.process_time(), thread_cpu(self.loop_id)
        loop_scheduling = self._loop.read() if scheduling else None
        if scheduling:
            self._last_own = self._own.read()
        return Reading(wall, process, process if loop is None else loop, loop_scheduling, self._last_own)

    def close(self) -> None:
        """Give the files back."""
        self._loop.close()
        self._own.close()
