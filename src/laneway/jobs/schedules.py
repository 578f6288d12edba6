"""Jobs that come by themselves."""

import time
from dataclasses import dataclass, field, replace
from typing import Any

from laneway.jobs.engine import Store
from laneway.jobs.function import JobFunction
from laneway.jobs.records import JobRecord
from laneway.jobs.timetable import Timetable


@dataclass(slots=True)
class Schedule:
    """A job function with a timetable.

    Attributes:
        name: What all processes call it; who renames it begins anew.
        function: What is enqueued.
        timetable: When.
        args: Its arguments.
        kwargs: Its further arguments.
    """

    name: str
    function: JobFunction[..., Any]
    timetable: Timetable
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    seen: float | None = None

    def record(self, tick: float) -> JobRecord:
        """The job of a tick; it is due then, which is a moment ago."""
        return replace(self.function.record(self.args, self.kwargs), due=tick)


async def remember(schedules: list[Schedule], store: Store) -> None:
    """Let ticks count from now on, where a schedule is new; where it is not, the last one missed will come."""
    for schedule in schedules:
        await store.tick(schedule.name, _latest(schedule), None)


async def keep_ticks(schedules: list[Schedule], store: Store) -> bool:
    """Enqueue what has become due; whether there was anything.

    Every process does this. The store lets one of them win, for each tick; of several that were missed the last one
    counts.
    """
    found = False
    for schedule in schedules:
        tick = _latest(schedule)
        if tick != schedule.seen:
            found |= await store.tick(schedule.name, tick, schedule.record(tick))
            schedule.seen = tick
    return found


def _latest(schedule: Schedule) -> float:
    latest = schedule.timetable.latest(time.time())
    return 0.0 if latest is None else latest
