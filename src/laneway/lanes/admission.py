"""A place in a lane, taken before a request's first dependency and given back at its end."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from laneway.lanes.errors import LaneFullError


class Places:
    """Counts the requests that hold a place in a lane.

    Attributes:
        limit: Requests that may hold one at once, running and waiting together; None for any number.
        taken: Requests that hold one.
        refused: Requests turned away.
    """

    __slots__ = ("lane", "limit", "refused", "taken")

    def __init__(self, lane: str, size: int, queue: int | None) -> None:
        self.lane = lane
        self.limit = None if queue is None else size + queue
        self.taken = 0
        self.refused = 0

    def take(self, size: int, service: float) -> None:
        """Take a place.

        Args:
            size: Calls that the lane runs at once.
            service: Typical seconds of a call, for the advice when to come back.

        Raises:
            LaneFullError: None is free.
        """
        if self.limit is not None and self.taken >= self.limit:
            self.refused += 1
            waiting = max(self.taken - size, 0)
            raise LaneFullError(self.lane, waiting, max(1, math.ceil((waiting + 1) * service / size)))
        self.taken += 1

    def give_back(self) -> None:
        """Free the place."""
        self.taken -= 1


class Admitting(Protocol):
    """What has places: a lane."""

    def admit(self) -> None:
        """Take one."""

    def leave(self) -> None:
        """Give it back."""


@contextmanager
def place_in(lane: Admitting) -> Iterator[None]:
    """A place for the length of a block.

    Raises:
        LaneFullError: None is free.
    """
    lane.admit()
    try:
        yield
    finally:
        lane.leave()
