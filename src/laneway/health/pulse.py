"""How an app's lanes and its event loop are doing, looked at a few times a second."""

import asyncio
import time
from collections.abc import Iterator

from laneway.lanes.registry import Lanes
from laneway.lanes.stats import LaneStats

BEAT_SECONDS = 0.25


class Pulse:
    """Notes since when, without a break, lanes are full and the loop is late.

    Between two looks a full lane may have a free place for a moment; one that turned requests away meanwhile was full.

    Args:
        lanes: The lanes.
        patience: Seconds without a break from which on something counts.
        max_lag: Seconds that the loop may be late.
    """

    def __init__(self, lanes: Lanes, patience: float, max_lag: float) -> None:
        self._lanes = lanes
        self._patience = patience
        self._max_lag = max_lag
        self._full: dict[str, float] = {}
        self._refused: dict[str, int] = {}
        self._late: float | None = None
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to look, on the running loop."""
        self._full.clear()
        self._refused = {lane.name: lane.refused for lane in self._lanes.stats()}
        self._late = None
        self._wait()

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait(self) -> None:
        self._due = time.monotonic() + BEAT_SECONDS
        self._timer = asyncio.get_running_loop().call_later(BEAT_SECONDS, self._beat)

    def _beat(self) -> None:
        now = time.monotonic()
        self._look_at_loop(now)
        for lane in self._lanes.stats():
            self._look_at_lane(lane, now)
        self._wait()

    def _look_at_loop(self, now: float) -> None:
        if now - self._due <= self._max_lag:
            self._late = None
        elif self._late is None:
            self._late = self._due

    def _look_at_lane(self, lane: LaneStats, now: float) -> None:
        refused = lane.refused > self._refused.get(lane.name, 0)
        self._refused[lane.name] = lane.refused
        if refused or _is_full(lane):
            self._full.setdefault(lane.name, now)
        else:
            self._full.pop(lane.name, None)

    def complaints(self) -> Iterator[str]:
        """What has lasted for too long, in words."""
        now = time.monotonic()
        for name, since in self._full.items():
            if now - since >= self._patience:
                yield f"lane {name!r} has been full for {now - since:.0f} s"
        if self._late is not None and now - self._late >= self._patience:
            yield f"the event loop has been more than {self._max_lag:g} s late for {now - self._late:.0f} s"


def _is_full(lane: LaneStats) -> bool:
    return lane.queue is not None and lane.admitted >= lane.size + lane.queue
