"""What a lane counts, as values to read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LaneStats:
    """A lane at one moment; counters are since it was made, times in seconds.

    Attributes:
        name: The lane.
        kind: `thread` or `process`.
        size: Calls that run at once.
        queue: Requests that may wait; None for any number.
        busy: Calls running.
        queued: Calls waiting.
        admitted: Requests that hold a place, running or waiting.
        served: Calls that ended, well or badly.
        refused: Requests turned away because the lane was full.
        timed_out: Requests that ran out of time while they held a place.
        abandoned: Calls whose request was gone before they ended; a thread cannot be stopped.
        killed: Processes killed because their request was gone.
        wait: Typical time from being queued to running (moving average).
        service: Typical time of running (moving average).
    """

    name: str
    kind: str
    size: int
    queue: int | None
    busy: int = 0
    queued: int = 0
    admitted: int = 0
    served: int = 0
    refused: int = 0
    timed_out: int = 0
    abandoned: int = 0
    killed: int = 0
    wait: float = 0.0
    service: float = 0.0


@dataclass(frozen=True, slots=True)
class ProcessStats(LaneStats):
    """A process lane at one moment.

    Every call that was not refused ends in one of `served`, `timed_out`, `cancelled` and `crashed`. `timed_out` also
    counts requests that held a place and ran out of time elsewhere.

    Attributes:
        failed: Calls among `served` whose function raised.
        cancelled: Calls given up because their client was gone or the lane stopped.
        crashed: Calls lost with their process.
        recycled: Processes replaced after so many calls, or because they held too much memory.
    """

    failed: int = 0
    cancelled: int = 0
    crashed: int = 0
    recycled: int = 0


class MovingAverage:
    """An exponentially weighted average: recent values count most, about the last twenty in all."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0.0

    def add(self, sample: float) -> None:
        """Take one more value into account."""
        self.value += (sample - self.value) * 0.1 if self.value else sample
