"""What holds for a whole request: places in lanes, and time."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from laneway.lanes.deadline import shorter
from laneway.lanes.registry import THREAD, Lane
from laneway.types import RawHeaders


@dataclass(frozen=True, slots=True)
class RouteLimits:
    """The limits of a route.

    Attributes:
        lanes: Where a request takes a place before anything of it is called.
        timeout: Seconds for the whole request; None for as long as it takes.
        header: A header by which a client may ask for less time, in seconds; None when it may not.
        cancel_on_disconnect: Whether a request ends when its client is gone.
    """

    lanes: tuple[Lane, ...]
    timeout: float | None = None
    header: bytes | None = None
    cancel_on_disconnect: bool = False

    def take_places(self) -> None:
        """Take a place in each lane.

        Raises:
            LaneFullError: One has none free; no place is kept then.
        """
        taken: list[Lane] = []
        try:
            for lane in self.lanes:
                lane.admit()
                taken.append(lane)
        except BaseException:
            for lane in taken:
                lane.leave()
            raise

    def give_places_back(self) -> None:
        """Free the places."""
        for lane in self.lanes:
            lane.leave()

    @contextmanager
    def places(self) -> Iterator[None]:
        """The places, for the length of a block."""
        self.take_places()
        try:
            yield
        finally:
            self.give_places_back()

    def time_for(self, headers: RawHeaders) -> float | None:
        """Seconds for one request: what the route allows, or less if its client asks for less."""
        return shorter(self.timeout, _asked(headers, self.header) if self.header else None)

    def count_timeout(self, where: str) -> None:
        """Note in each lane that a request ran out of time.

        Args:
            where: The lane in which it was then. Processes count the calls that they lose themselves.
        """
        for lane in self.lanes:
            if lane.kind == THREAD or lane.name != where:
                lane.timed_out += 1


def _asked(headers: RawHeaders, name: bytes) -> float | None:
    """The seconds in a header; None when it is missing or no positive number."""
    for key, value in headers:
        if key == name:
            try:
                seconds = float(value)
            except ValueError:
                return None
            return seconds if 0 < seconds < float("inf") else None
    return None
