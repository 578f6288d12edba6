"""What a running app said lately, by worker: the numbers now, and how they moved."""

from collections import deque
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from laneway.guard.counters import LagHistogram
from laneway.lanes.stats import LaneStats
from laneway.metrics.snapshot import Blocked, Snapshot

RECENT_SECONDS = 10.0  # for what is shown as happening now
KEPT = 60  # answers per worker
SILENT_SECONDS = 30.0  # a worker that was not met for so long is shown no more; it may have ended


class Answer(NamedTuple):
    """A snapshot and when it was taken, monotonic seconds."""

    at: float
    snapshot: Snapshot


class Track:
    """The answers of one worker, the latest last."""

    def __init__(self) -> None:
        self._answers: deque[Answer] = deque(maxlen=KEPT)

    def add(self, answer: Answer) -> None:
        """Take the latest answer."""
        self._answers.append(answer)

    @property
    def at(self) -> float:
        """When the latest came."""
        return self._answers[-1].at

    @property
    def latest(self) -> Snapshot:
        """What the worker said last."""
        return self._answers[-1].snapshot

    def _before(self) -> Answer:
        """The answer that changes are counted from: the oldest recent one, or the one before the latest."""
        recent = (answer for answer in self._answers if self.at - answer.at <= RECENT_SECONDS)
        first = next(recent)
        return first if first.at < self.at or len(self._answers) < 2 else self._answers[-2]

    def rate(self, lane: LaneStats, field: str) -> float | None:
        """By how much a counter of a lane grew per second; None after a single answer."""
        before = self._before()
        old = next((one for one in before.snapshot.lanes if one.name == lane.name), None)
        if before.at >= self.at or old is None:
            return None
        grown: int = getattr(lane, field) - getattr(old, field)
        return max(grown, 0) / (self.at - before.at)

    def new_blocks(self, blocked: Blocked) -> int:
        """How many of these incidents are recent; 0 after a single answer."""
        if len(self._answers) < 2:
            return 0
        key = (blocked.route, blocked.kind)
        old = (one.times for one in self._before().snapshot.blocked if (one.route, one.kind) == key)
        return max(blocked.times - next(old, 0), 0)

    def lag(self) -> LagHistogram | None:
        """The recent lag of the loop; all of it after a single answer."""
        before = self._before()
        return difference(self.latest.lag, before.snapshot.lag if before.at < self.at else None)

    def lags(self) -> Iterator[LagHistogram | None]:
        """The lag between each two answers, the latest last."""
        for old, new in pairwise(self._answers):
            yield difference(new.snapshot.lag, old.snapshot.lag)


class History:
    """The answers of all workers that were met."""

    def __init__(self) -> None:
        self._tracks: dict[str, Track] = {}

    def add(self, snapshot: Snapshot, at: float) -> None:
        """Take an answer.

        Args:
            snapshot: The answer.
            at: When it came, monotonic seconds.
        """
        self._tracks.setdefault(snapshot.worker, Track()).add(Answer(at, snapshot))
        self._tracks = {
            worker: track for worker, track in self._tracks.items() if at - track.at <= SILENT_SECONDS
        }

    def tracks(self) -> list[Track]:
        """One per worker, in the order of their names."""
        return [self._tracks[worker] for worker in sorted(self._tracks)]


def difference(new: LagHistogram | None, old: LagHistogram | None) -> LagHistogram | None:
    """What `new` counted since `old`; all of it if it does not continue that."""
    if new is None or old is None or old.bounds != new.bounds:
        return new
    counts = tuple(after - before for after, before in zip(new.counts, old.counts, strict=True))
    return new if min(counts) < 0 else LagHistogram(new.bounds, counts, new.seconds - old.seconds)


def quantile(lag: LagHistogram, part: float) -> float | None:
    """Seconds that this part of the answers kept within, as exact as the buckets are; None without answers."""
    rank, seen = part * sum(lag.counts), 0
    for bound, count in zip((*lag.bounds, float("inf")), lag.counts, strict=True):
        seen += count
        if count and seen >= rank:
            return bound
    return None
