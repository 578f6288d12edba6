"""The lanes of an app, by name.

`loop` is the event loop. `thread` and `process` exist without being declared; declaring them sizes them.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, Union

from laneway.exceptions import FastAPIError
from laneway.lanes.deadline import checked_timeout
from laneway.lanes.stats import LaneStats
from laneway.lanes.thread_lane import DEFAULT_LANE, DEFAULT_QUEUE, ThreadLane

if TYPE_CHECKING:
    from laneway.lanes.process_lane import ProcessLane

Lane: TypeAlias = Union[ThreadLane, "ProcessLane"]

LOOP = "loop"
THREAD = "thread"
PROCESS = "process"


class UnknownLaneError(FastAPIError):
    """A lane was named that the app does not have; the message lists those it has."""


@dataclass(frozen=True, slots=True)
class LaneSpec:
    """A lane as declared; `threads()` and `processes()` make it."""

    kind: str
    size: int
    queue: int | None
    timeout: float | None
    recycle: int | None = None
    max_rss: int | None = None
    preload: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ValueError(f"a lane needs a size of at least 1, not {self.size}")
        if self.queue is not None and self.queue < 0:
            raise ValueError(
                f"a lane's queue holds 0 requests or more, not {self.queue}; None for any number"
            )
        checked_timeout(self.timeout)

    def make(self, name: str) -> Lane:
        """The lane itself."""
        if self.kind == THREAD:
            return ThreadLane(name, self.size, queue=self.queue, timeout=self.timeout)
        # PERF: what processes need is imported by apps that use them (12 ms).
        from laneway.lanes.process_lane import ProcessLane

        return ProcessLane(
            name,
            self.size,
            queue=self.queue,
            deadline=self.timeout,
            recycle=self.recycle,
            max_rss=self.max_rss,
            preload=self.preload,
        )


def threads(size: int, *, queue: int | None = DEFAULT_QUEUE, timeout: float | None = None) -> LaneSpec:
    """A lane of `size` threads, for calls that wait in ways that block.

    Args:
        size: Calls that run at once.
        queue: Requests that may wait beyond those; more are answered with 503. None for any number.
        timeout: Seconds that a request may take which uses the lane.
    """
    return LaneSpec(THREAD, size, queue, timeout)


def processes(
    size: int,
    *,
    queue: int | None = 100,
    timeout: float | None = None,
    recycle: int | None = None,
    max_rss: int | None = None,
    preload: Sequence[str] = (),
) -> LaneSpec:
    """A lane of `size` processes, for calls that compute.

    Args:
        size: Calls that run at once; more than there are cores gains nothing.
        queue: Requests that may wait beyond those; more are answered with 503. None for any number.
        timeout: Seconds that a request may take which uses the lane; the process is killed then.
        recycle: Calls after which a process is replaced.
        max_rss: Bytes of memory above which a process is replaced after its call.
        preload: Modules that processes have imported before their first call.
    """
    return LaneSpec(PROCESS, size, queue, timeout, recycle, max_rss, tuple(preload))


class Lanes:
    """The lanes of one app.

    Attributes:
        declared: Names of those that the app declares.
    """

    def __init__(self, specs: Mapping[str, LaneSpec] | None = None) -> None:
        specs = dict(specs or {})
        if LOOP in specs:
            raise ValueError("the lane 'loop' is the event loop, it cannot be declared")
        self.declared = frozenset(specs)
        self._made: dict[str, Lane] = {}
        self._specs = {PROCESS: processes(os.cpu_count() or 1), **specs}

    def specs(self) -> dict[str, LaneSpec]:
        """How each lane is made, also those that nobody declared; the event loop is not made."""
        return {THREAD: threads(DEFAULT_LANE.size, queue=DEFAULT_LANE.queue), **self._specs}

    def __contains__(self, name: str) -> bool:
        return name in (LOOP, THREAD) or name in self._specs

    def names(self) -> list[str]:
        """All names that `lane=` may have."""
        return sorted({LOOP, THREAD, *self._specs})

    def check(self, name: str) -> None:
        """Refuse a name that no lane has.

        Raises:
            UnknownLaneError: The message lists the lanes there are.
        """
        if name not in self:
            raise UnknownLaneError(
                f"there is no lane {name!r}; there are {', '.join(self.names())}; "
                f"declare it with Laneway(lanes={{{name!r}: lanes.threads(10)}})"
            )

    def kind(self, name: str) -> str:
        """`loop`, `thread` or `process`."""
        self.check(name)
        return name if name in (LOOP, THREAD) else self._specs[name].kind

    def __getitem__(self, name: str) -> Lane:
        self.check(name)
        if name == LOOP:
            raise UnknownLaneError("the event loop is no lane that calls can be sent to: await them")
        if name == THREAD and THREAD not in self._specs:
            return DEFAULT_LANE
        if name not in self._made:
            self._made[name] = self._specs[name].make(name)
        return self._made[name]

    def get_or_declare(self, name: str, spec: LaneSpec) -> Lane:
        """The lane of that name; made as `spec` says if the app has not declared it."""
        self._specs.setdefault(name, spec)
        return self[name]

    def __iter__(self) -> Iterator[Lane]:
        """The lanes that were used, the default threads among them."""
        yield self[THREAD]
        made = list(self._made.items())  # in one step: metrics are also read from other threads
        yield from (lane for name, lane in made if name != THREAD)

    def stats(self) -> list[LaneStats]:
        """Each lane at this moment."""
        return [lane.stats() for lane in self]

    async def start(self) -> None:
        """Start the processes of lanes that are declared or in use, so that no request waits for one."""
        for name in self.declared:
            self[name]  # `lanes.run` may be its only user
        for lane in self._made.values():
            if not isinstance(lane, ThreadLane):
                await lane.start()

    async def stop(self) -> None:
        """End threads and processes; calls that run are waited for, as far as their lane can."""
        for lane in list(self._made.values()):
            if isinstance(lane, ThreadLane):
                lane.stop()
            else:
                await lane.stop()
        self._made = {name: lane for name, lane in self._made.items() if isinstance(lane, ThreadLane)}


DEFAULT_LANES = Lanes()
"""For routes that belong to no app of ours."""


def lanes_of(app: object) -> Lanes:
    """The lanes of an app; the default ones if it is none of ours."""
    lanes = getattr(app, "lanes", None)
    return lanes if isinstance(lanes, Lanes) else DEFAULT_LANES
