"""Who took the loop's time lately, out of counters that only grow."""

from collections import deque
from collections.abc import Mapping
from typing import NamedTuple

WINDOW_SECONDS = 60.0
APART_SECONDS = 5.0  # readings kept are at least this far apart, however often somebody reads


class _Reading(NamedTuple):
    at: float
    ticks: int
    by_route: Mapping[str, int]


_START = _Reading(float("-inf"), 0, {})


class RecentShares:
    """Turns counts of the guard's looks into shares of the last minute; of all time until there was a minute."""

    def __init__(self) -> None:
        self._kept: deque[_Reading] = deque([_START])

    def update(self, now: float, ticks: int, by_route: Mapping[str, int]) -> dict[str, float]:
        """The shares by route between 0 and 1, without those that took none.

        Args:
            now: When the counts were read, monotonic seconds.
            ticks: Looks at the loop so far.
            by_route: Looks so far that found the route running.
        """
        if ticks < self._kept[-1].ticks:  # another guard counts, from zero
            self._kept = deque([_START])
        while len(self._kept) > 1 and now - self._kept[1].at >= WINDOW_SECONDS:
            self._kept.popleft()
        before = self._kept[0]
        if now - self._kept[-1].at >= APART_SECONDS:
            self._kept.append(_Reading(now, ticks, dict(by_route)))
        looks = ticks - before.ticks
        grown = {route: count - before.by_route.get(route, 0) for route, count in by_route.items()}
        return {route: count / looks for route, count in grown.items() if count > 0 and looks > 0}
