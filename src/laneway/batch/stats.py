"""What batches count, as values to read."""

import threading
from dataclasses import dataclass
from typing import Protocol
from weakref import WeakValueDictionary

from laneway.lanes.stats import MovingAverage


@dataclass(frozen=True, slots=True)
class BatchStats:
    """The batches of one function at one moment; counters are since it was declared, times in seconds.

    Attributes:
        name: The function, with its module.
        max_size: Items that a batch has at most.
        queued: Items that wait.
        running: Batches that run.
        ended: Batches that ended, well or badly.
        items: Items that were in them; `items / ended` is the mean size.
        failed: Batches whose function raised, or returned no list of the right length.
        dropped: Items taken out before their batch began: the caller was gone or out of time.
        refused: Calls turned away because too many waited.
        size: Items in a typical batch (moving average).
        wait: Typical time of an item from its call to the beginning of its batch (moving average).
        service: Typical time of a batch (moving average).
    """

    name: str
    max_size: int
    queued: int = 0
    running: int = 0
    ended: int = 0
    items: int = 0
    failed: int = 0
    dropped: int = 0
    refused: int = 0
    size: float = 0.0
    wait: float = 0.0
    service: float = 0.0


class Tally:
    """Counts the batches of one function on all event loops; each loop has a thread of its own, hence the lock.

    Attributes:
        service: Typical seconds of a batch.
    """

    def __init__(self, name: str, max_size: int) -> None:
        self._name = name
        self._max_size = max_size
        self._lock = threading.Lock()
        self._ended = self._items = self._failed = self._dropped = self._refused = 0
        self._size = MovingAverage()
        self._wait = MovingAverage()
        self.service = MovingAverage()

    def ended(self, waits: list[float], service: float, *, failed: bool) -> None:
        """Count a batch: how long each of its items had waited, and how long it took."""
        with self._lock:
            self._ended += 1
            self._items += len(waits)
            self._failed += failed
            self._size.add(len(waits))
            self.service.add(service)
            for wait in waits:
                self._wait.add(wait)

    def dropped(self) -> None:
        """Count an item that was taken out before its batch began."""
        with self._lock:
            self._dropped += 1

    def refused(self) -> None:
        """Count a call that was turned away."""
        with self._lock:
            self._refused += 1

    def stats(self, queued: int, running: int) -> BatchStats:
        """The numbers, together with what is going on now."""
        with self._lock:
            return BatchStats(
                name=self._name,
                max_size=self._max_size,
                queued=queued,
                running=running,
                ended=self._ended,
                items=self._items,
                failed=self._failed,
                dropped=self._dropped,
                refused=self._refused,
                size=self._size.value,
                wait=self._wait.value,
                service=self.service.value,
            )


class Counting(Protocol):
    """What has batches."""

    def stats(self) -> BatchStats:
        """The numbers of now."""


_all: WeakValueDictionary[str, Counting] = WeakValueDictionary()


def register(name: str, counting: Counting) -> None:
    """Let `batch_stats` find it, as long as it lives."""
    _all[name] = counting


def batch_stats() -> list[BatchStats]:
    """The batches of each function of this process."""
    found = [reference() for reference in _all.valuerefs()]  # in one step: other threads ask as well
    return [counting.stats() for counting in found if counting is not None]
