"""The guard of one event loop: a thread that names what blocks it."""

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from weakref import WeakSet

from laneway.guard.counters import Counters, GuardSnapshot
from laneway.guard.incident import Incident
from laneway.guard.ledger import Ledger
from laneway.guard.quarantine import Quarantine
from laneway.guard.watch import Watch

TICK_SECONDS = 0.025
THRESHOLD_SECONDS = 0.1
REPEAT_SECONDS = 60.0
JOIN_SECONDS = 2.0  # a report that hangs must not hang the shutdown


class Guard:
    """Watches one event loop, without touching it, and reports what blocks it.

    A daemon thread looks at the loop every `tick`. A block is seen for certain from `threshold` + `tick` on.

    Args:
        loop: The loop; it may run already, or be started and stopped again later.
        tick: Seconds between two looks.
        threshold: Seconds that the loop may be busy with one step.
        window: Seconds in which the same line of the same route is reported once.
        on_incident: Gets what is reported; called in the guard's thread.

    Attributes:
        quarantine: What moves endpoints that block again and again, set before the start; None if they stay.

    Example:
        ```python
        guard = Guard(asyncio.get_running_loop(), on_incident=print)
        guard.start()
        ...
        guard.stop()
        ```
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        tick: float = TICK_SECONDS,
        threshold: float = THRESHOLD_SECONDS,
        window: float = REPEAT_SECONDS,
        on_incident: Callable[[Incident], object],
    ) -> None:
        self.loop = loop
        self.tick = tick
        self.threshold = threshold
        self.quarantine: Quarantine | None = None
        self._on_incident = on_incident
        self._ledger = Ledger(window)
        self._counters = Counters()
        self._watch: Watch | None = None
        self._thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Whether the loop is watched."""
        return self._thread is not None and self._thread.is_alive()

    def start(self, *, before_loop: bool = False) -> None:
        """Begin to watch; nothing happens if that has begun.

        Args:
            before_loop: The caller is about to run the loop, in this thread: its very first step is watched, too.
        """
        if self.running:
            return
        self._watch = Watch(
            self.loop,
            tick=self.tick,
            threshold=self.threshold,
            counters=self._counters,
            ledger=self._ledger,
            report=self._on_incident,
            observe=self.quarantine.observe if self.quarantine is not None else None,
        )
        if before_loop:
            self._watch.attach(sys._getframe(1))
        self._thread = threading.Thread(target=self._watch.run, name="laneway-guard", daemon=True)
        self._thread.start()
        _started.add(self)

    def stop(self) -> None:
        """End the watch; a block that lasted until now is still reported, before this returns."""
        _started.discard(self)
        if self._watch is None or self._thread is None:
            return
        self._watch.stop()
        if self._thread is not threading.current_thread():
            self._thread.join(JOIN_SECONDS)
        self._watch = self._thread = None
        if self.quarantine is not None:
            self.quarantine.end()

    async def settle(self) -> None:
        """Wait for the verdict if the loop is late at this moment."""
        window = self._watch.late_window() if self._watch is not None else None
        if window is None:
            return
        # Asked again and again: the judging thread knows nothing of those who wait.
        while self.running and self._watch is not None and self._watch.judges(window):  # noqa: ASYNC110
            await asyncio.sleep(self.tick)

    def snapshot(self) -> GuardSnapshot:
        """What has been counted so far; from any thread."""
        return self._counters.snapshot()

    def _after_fork(self) -> None:
        """Threads do not survive a fork: begin again, if the loop goes on in the child."""
        self._watch = self._thread = None
        # Runs only if it does: a child that leaves for another function never comes back to the loop.
        with suppress(RuntimeError):
            self.loop.call_soon(self.start)


_started: WeakSet[Guard] = WeakSet()


def _restart_in_child() -> None:
    for guard in list(_started):
        guard._after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_restart_in_child)
