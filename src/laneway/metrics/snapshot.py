"""The numbers of one process at one moment, whoever asks for them."""

import os
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from laneway.batch.stats import BatchStats, batch_stats
from laneway.guard.counters import GuardSnapshot, LagHistogram
from laneway.guard.policy import guards, quarantined
from laneway.lanes.registry import Lanes
from laneway.lanes.stats import LaneStats
from laneway.metrics.shares import RecentShares

NO_ROUTE = "(no request)"
"""Stands for the route where no request was served: start-up, background tasks, callbacks."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """How often and how long one route blocked the loop in one way, since the process started.

    Attributes:
        route: Methods and path template, or `NO_ROUTE`.
        kind: Why, a value of `laneway.guard.Kind`.
        times: Number of incidents.
        seconds: How long they lasted together.
    """

    route: str
    kind: str
    times: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The numbers of one process at one moment.

    Attributes:
        worker: The process, by its number.
        lanes: Each lane that is in use.
        lag: How late the loop was, since the process started; None where no guard watches it.
        blocked: Who blocked it.
        share: The part of the loop's time, 0 to 1, that each route took lately.
        quarantined: The routes whose endpoints the guard has moved to a thread lane.
        batches: Each batched function of the process.
    """

    worker: str
    lanes: tuple[LaneStats, ...]
    lag: LagHistogram | None = None
    blocked: tuple[Blocked, ...] = ()
    share: dict[str, float] = field(default_factory=dict)
    quarantined: tuple[str, ...] = ()
    batches: tuple[BatchStats, ...] = ()


class Source:
    """Takes snapshots of an app's process; each reader has one of its own, for it remembers the last minute."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes
        self._shares = RecentShares()

    def read(self) -> Snapshot:
        """The numbers now."""
        seen = [guard.snapshot() for guard in guards()]
        return Snapshot(
            worker=str(os.getpid()),  # now: an app may be made before its process is forked
            lanes=tuple(self._lanes.stats()),
            lag=_sum_of_lags([one.lag for one in seen]),
            blocked=tuple(_blocked(seen)),
            share=self._share(seen),
            quarantined=tuple(one.route for one in quarantined()),
            batches=tuple(batch_stats()),
        )

    def _share(self, seen: Iterable[GuardSnapshot]) -> dict[str, float]:
        ticks, by_route = 0, Counter[str]()
        for one in seen:
            ticks += one.ticks
            by_route.update({_name(route): count for route, count in one.ticks_by_route.items()})
        return self._shares.update(time.monotonic(), ticks, by_route)


def _name(route: str | None) -> str:
    return NO_ROUTE if route is None else route


def _sum_of_lags(lags: list[LagHistogram]) -> LagHistogram | None:
    """One histogram of all loops; a process has one loop, nearly always."""
    if not lags:
        return None
    counts = tuple(sum(column) for column in zip(*(lag.counts for lag in lags), strict=True))
    return LagHistogram(lags[0].bounds, counts, sum(lag.seconds for lag in lags))


def _blocked(seen: Iterable[GuardSnapshot]) -> Iterable[Blocked]:
    times, seconds = Counter[tuple[str, str]](), dict[tuple[str, str], float]()
    for one in seen:
        for (route, kind), count in one.incidents.items():
            key = (_name(route), str(kind))
            times[key] += count
            seconds[key] = seconds.get(key, 0.0) + one.blocked_seconds.get((route, kind), 0.0)
    return (Blocked(*key, count, seconds[key]) for key, count in times.items())
