"""One look of the watchdog at the loop, and what the loop was doing by the clocks."""

from dataclasses import dataclass
from enum import Enum

from laneway.guard.clocks import Delay, Reading, Scheduling
from laneway.guard.spots import Stack
from laneway.lanes.label import RouteLabel

# Ratios are loose: on a crowded machine a loop that only computes gets half of the time, and the clocks of the
# scheduler are a few milliseconds behind.
LATE_SECONDS = (
    0.016  # three switch intervals of the interpreter: later than a thread that computes can make us
)
SOME_CPU = 0.15  # part of the time
MOST = 0.5
NEARLY_ALL = 0.7
OTHERS_CPU = 0.3
GIL_SLICE_SECONDS = 0.01  # who waits for the interpreter wakes every 5 ms; who waits for anything else sleeps


class State(Enum):
    """What the loop did between two looks."""

    wait = "the running step slept"
    cpu = "the running step computed"
    gil_held = "the running step kept the interpreter for itself"
    unseen = "several steps ran while the watchdog waited for its turn"
    starved = "the loop was ready but did not run"
    paused = "nothing of this process ran"
    idle = "the loop waited for events"


@dataclass(frozen=True, slots=True)
class Elapsed:
    """What the clocks say about the time between two looks, seconds.

    Attributes:
        wall: Time between them.
        late: How much later than planned the second one was.
        shared: Whether the interpreter changed hands while the watchdog waited for it.
        process: CPU time of the process.
        loop: CPU time of the loop's thread.
        loop_delay: Time that it was ready to run without a CPU, as far as it is known.
        loop_slices: How often it was given a CPU; None if that is not known.
        own_delay: Time that the watchdog was ready to run without a CPU.
    """

    wall: float
    late: float
    shared: bool
    process: float
    loop: float
    loop_delay: float = 0.0
    loop_slices: int | None = None
    own_delay: float = 0.0

    @classmethod
    def between(cls, before: Reading, after: Reading, delay: Delay) -> "Elapsed":
        """The difference of two readings."""
        loop = _difference(before.loop_scheduling, after.loop_scheduling)
        own = _difference(before.own_scheduling, after.own_scheduling)
        return cls(
            wall=after.wall - before.wall,
            late=delay.late,
            shared=delay.shared,
            process=after.process - before.process,
            loop=after.loop - before.loop,
            loop_delay=loop.delay if loop else 0.0,
            loop_slices=loop.slices if loop else None,
            own_delay=own.delay if own else 0.0,
        )

    @property
    def was_late(self) -> bool:
        """Whether the watchdog could not look when it wanted to."""
        return self.late > LATE_SECONDS

    @property
    def was_crowded_out(self) -> bool:
        """Whether the machine, not the interpreter, kept the watchdog from looking."""
        return self.was_late and self.own_delay > MOST * self.late

    @property
    def is_held(self) -> bool:
        """Whether the loop's thread kept the interpreter from the watchdog."""
        held_up = self.was_late and not self.was_crowded_out
        return held_up and self._state_behind_the_interpreter() is State.gil_held

    @property
    def others(self) -> float:
        """CPU time of the process's other threads."""
        return max(0.0, self.process - self.loop)

    def state(self, *, running: bool, same_step: bool, starts_thread: bool = False) -> State:
        """What the loop did.

        Args:
            running: Something ran on the loop at the second look.
            same_step: The first look had seen the same.
            starts_thread: It waited for a thread to begin, which that can only when it is given the interpreter.
        """
        if self.was_crowded_out and not same_step:
            return State.starved
        if self.was_late and not self.was_crowded_out and not (self.shared and same_step):
            return self._state_behind_the_interpreter()
        if not running:
            return State.starved if self._wants_to_run() else State.idle
        if self.loop >= SOME_CPU * self.wall and self.loop >= NEARLY_ALL * self.others:
            return State.cpu
        if starts_thread and self.others >= OTHERS_CPU * self.wall:
            return State.starved
        return State.starved if self._wants_to_run() else State.wait

    def _state_behind_the_interpreter(self) -> State:
        """The watchdog was awake and could not get at the interpreter, or nobody was awake."""
        if self.process < SOME_CPU * self.wall:
            return State.paused
        if self.loop < NEARLY_ALL * self.process:
            return State.starved
        return State.unseen if self.shared else State.gil_held

    def _wants_to_run(self) -> bool:
        """Whether the loop's thread waits for a CPU or for the interpreter rather than for anything else."""
        if self.loop_delay >= MOST * self.wall:
            return True
        if self.others < OTHERS_CPU * self.wall:
            return False
        if self.loop_slices is None:
            return True
        return self.loop_delay + self.loop_slices * GIL_SLICE_SECONDS >= NEARLY_ALL * self.wall


@dataclass(frozen=True, slots=True)
class Beat:
    """One look while the loop owes an answer.

    Attributes:
        at: When, monotonic seconds.
        seconds: The part of the loop's lag that ended with this look.
        elapsed: The clocks since the look before.
        step: Identifies the running task or callback; None if none ran.
        label: The route that it serves.
        stack: Its frames, innermost first.
        state: What the loop did since the look before.
    """

    at: float
    seconds: float
    elapsed: Elapsed
    step: object
    label: RouteLabel | None
    stack: Stack
    state: State

    @property
    def own_seconds(self) -> float:
        """The part in which the step ran or waited, not in which the machine had no CPU for it."""
        return max(0.0, self.seconds - self.elapsed.loop_delay)


def _difference(before: Scheduling | None, after: Scheduling | None) -> Scheduling | None:
    if before is None or after is None:
        return None
    return Scheduling(after.delay - before.delay, after.slices - before.slices)
