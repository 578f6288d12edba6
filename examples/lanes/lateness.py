"""How late an event loop wakes a sleeper, and what its thread did meanwhile."""

import asyncio
import gc
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

TICK_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class Span:
    """The time between falling asleep and waking, from 0 at the process's start or as a difference; seconds.

    Attributes:
        late: Beyond the sleep that was asked for.
        without_core: The thread was ready, but other programs and threads had the processors; 0 where that is not told.
        collecting: The garbage collector ran.
        computing: The thread ran, the collector aside: requests, replies, logging.
        waiting: The rest: asleep as asked for, or for the interpreter lock.
    """

    late: float = 0.0
    without_core: float = 0.0
    collecting: float = 0.0
    computing: float = 0.0
    waiting: float = 0.0


@dataclass(slots=True)
class Reading:
    """The clocks of the running thread at one moment.

    Attributes:
        at: The time.
        ran: CPU time of the thread.
        without_core: As in `Span`.
        collecting: CPU time of all collections; each runs in the thread in which it became due.
        collecting_here: Of those in this thread.
    """

    at: float
    ran: float
    without_core: float
    collecting: float
    collecting_here: float


class Lateness:
    """Watches the loop that runs `watch`.

    Attributes:
        spans: What was seen since `clear`.
        longest_collection: CPU seconds of the longest collection of garbage.
    """

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.longest_collection = 0.0
        self._thread = threading.get_ident()
        self._collecting = self._collecting_here = self._collection_began = 0.0

    async def watch(self) -> None:
        """Sleep and wake, on and on."""
        self._thread = threading.get_ident()
        gc.callbacks.append(self._collection)
        try:
            before = self._read()
            while True:
                await asyncio.sleep(TICK_SECONDS)
                after = self._read()
                self.spans.append(_between(before, after))
                before = after
        finally:
            gc.callbacks.remove(self._collection)

    def _collection(self, phase: str, _: dict[str, int]) -> None:
        if phase == "start":
            self._collection_began = time.thread_time()
            return
        seconds = time.thread_time() - self._collection_began
        self._collecting += seconds
        self._collecting_here += seconds if threading.get_ident() == self._thread else 0.0
        self.longest_collection = max(self.longest_collection, seconds)

    def _read(self) -> Reading:
        now, ran = time.perf_counter(), time.thread_time()
        return Reading(now, ran, _run_delay(), self._collecting, self._collecting_here)

    def worst(self) -> dict[str, float]:
        """The latest waking and what the time went into."""
        return asdict(max(self.spans, key=lambda span: span.late, default=Span()))

    def clear(self) -> None:
        """Forget what was seen."""
        self.spans.clear()
        self.longest_collection = 0.0


def _between(before: Reading, after: Reading) -> Span:
    whole = after.at - before.at
    without_core = after.without_core - before.without_core
    collecting = after.collecting - before.collecting
    computing = max(after.ran - before.ran - (after.collecting_here - before.collecting_here), 0.0)
    waiting = max(whole - without_core - collecting - computing, 0.0)
    return Span(whole - TICK_SECONDS, without_core, collecting, computing, waiting)


def _run_delay() -> float:
    """Seconds that the running thread was ready and had no core; 0 where the system does not tell."""
    try:
        text = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat").read_text()
    except OSError:
        return 0.0
    return int(text.split()[1]) / 1e9
