"""What the guard counts, as frozen snapshots for metrics and for `laneway top`."""

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field

from laneway.guard.incident import Incident, Kind

LAG_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Upper bounds of the lag histogram, seconds; what is above the last one has a bucket of its own."""


@dataclass(frozen=True, slots=True)
class LagHistogram:
    """How long the loop took to answer the guard.

    Attributes:
        bounds: Upper bounds of the buckets, seconds.
        counts: Answers per bucket, one more than there are bounds; not cumulative.
        seconds: Sum of all answers.
    """

    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class GuardSnapshot:
    """Everything counted so far.

    Attributes:
        lag: Histogram of the loop's lag.
        incidents: Number of incidents by route (None: no request) and kind.
        blocked_seconds: How long they lasted, seconds, by the same.
        ticks: Looks at the loop.
        ticks_by_route: Looks that found a task of that route running; None: a task of no request.
    """

    lag: LagHistogram
    incidents: dict[tuple[str | None, Kind], int]
    blocked_seconds: dict[tuple[str | None, Kind], float]
    ticks: int
    ticks_by_route: dict[str | None, int]

    @property
    def share_by_route(self) -> dict[str | None, float]:
        """The part of the loop's time that each route took, between 0 and 1; coarse for the first minute."""
        return {route: ticks / self.ticks for route, ticks in self.ticks_by_route.items()}


@dataclass(slots=True)
class Counters:
    """The counters themselves; only the watchdog's thread writes them."""

    ticks: int = 0
    ticks_by_route: Counter[str | None] = field(default_factory=Counter)
    lags: list[int] = field(default_factory=lambda: [0] * (len(LAG_BOUNDS) + 1))
    lag_seconds: float = 0.0
    incidents: Counter[tuple[str | None, Kind]] = field(default_factory=Counter)
    blocked: dict[tuple[str | None, Kind], float] = field(default_factory=dict)

    def add_lag(self, seconds: float) -> None:
        """Count one answer of the loop."""
        self.lags[bisect_left(LAG_BOUNDS, seconds)] += 1
        self.lag_seconds += seconds

    def add_incident(self, incident: Incident) -> None:
        """Count one incident, reported or not."""
        key = (incident.route, incident.kind)
        self.incidents[key] += 1
        self.blocked[key] = self.blocked.get(key, 0.0) + incident.ms / 1000

    def prolong(self, incident: Incident, seconds: float) -> None:
        """Add what an incident lasted after it was counted."""
        self.blocked[incident.route, incident.kind] += seconds

    def snapshot(self) -> GuardSnapshot:
        """The state now; callable from any thread."""
        lag = LagHistogram(LAG_BOUNDS, tuple(self.lags), self.lag_seconds)
        # dict() of a dictionary copies it in one step, so the watchdog cannot write in between.
        return GuardSnapshot(
            lag, dict(self.incidents), dict(self.blocked), self.ticks, dict(self.ticks_by_route)
        )
