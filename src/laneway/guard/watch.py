"""The watchdog's work: look at the loop, ask it for an answer, and judge when that comes late."""

import asyncio
import gc
import logging
import sys
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import FrameType
from typing import NamedTuple

from laneway.guard.beats import LATE_SECONDS, Beat, Elapsed, State
from laneway.guard.blame import incident_of
from laneway.guard.classify import in_debugger, judge
from laneway.guard.clocks import Clocks, Delay, Reading, Wait
from laneway.guard.counters import Counters
from laneway.guard.hogs import busiest, cpu_by_thread
from laneway.guard.incident import BLAMED, Incident, Kind
from laneway.guard.ledger import Ledger
from laneway.guard.spots import MOST_FRAMES, Stack, depth_of, read_stack
from laneway.guard.whose import LOOP_CODES, handle_of_callback, label_of_callback, label_of_task
from laneway.lanes.label import RouteLabel

logger = logging.getLogger("laneway.guard")

IDLE_BEATS = 5  # a loop without a running task is asked this seldom: callbacks have no task
SCHEDULING_BEATS = 10  # the scheduler is asked this seldom while all is well
STILL_SECONDS = 5.0  # a loop that stands for so long is reported before it moves again; it may never do so
LEAST_UNBLAMED_SECONDS = 0.1  # what nobody is at fault for is not told below this, whatever the threshold
THREAD_START = threading.Thread.start.__code__
_SELECT = "/selectors.py"


class Pong(NamedTuple):
    """The loop's answer.

    Attributes:
        number: Which question it answers.
        at: When, monotonic seconds.
        thread: Identity of the loop's thread.
        native_id: The same as the system names it.
        depth: The number of frames around whatever the loop runs.
    """

    number: int
    at: float
    thread: int
    native_id: int
    depth: int


class Seen(NamedTuple):
    """What ran on the loop at one moment."""

    step: object
    label: RouteLabel | None
    stack: Stack


@dataclass(slots=True)
class Window:
    """The time in which the loop owes an answer.

    Attributes:
        number: The question.
        due: When it would have been asked, had the watchdog not been late.
        beats: The looks since then.
        full_gc: Full garbage collections of the process before.
        cpu: CPU time by thread, when others were first seen to keep the loop from running.
        told: What was reported while the loop still stood.
    """

    number: int
    due: float
    beats: list[Beat] = field(default_factory=list)
    full_gc: int = 0
    cpu: dict[int, float] | None = None
    told: Incident | None = None


class Watch:
    """One run of the watchdog's thread.

    Args:
        loop: The loop to watch.
        tick: Seconds between two looks.
        threshold: Seconds of lag from which on an incident is made.
        counters: Where everything is counted.
        ledger: What decides which incidents are reported.
        report: Gets those; called in this thread.
        observe: Gets every incident with the route that it belongs to; called in this thread.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        tick: float,
        threshold: float,
        counters: Counters,
        ledger: Ledger,
        report: Callable[[Incident], object],
        observe: Callable[[Incident, RouteLabel | None], object] | None = None,
    ) -> None:
        self.loop = loop
        self.tick = tick
        self.threshold = threshold
        self.counters = counters
        self.ledger = ledger
        self.report = report
        self.observe = observe
        self.stopped_at = 0.0
        self._stopping = threading.Lock()
        self._stopping.acquire()
        self._number = 0
        self._pong: Pong | None = None
        self._clocks: Clocks | None = None
        self._last: Reading | None = None
        self._window: Window | None = None
        self._idle_beats = 0
        self._since_scheduling = 0

    def attach(self, around: FrameType | None) -> None:
        """Watch the calling thread from the beginning: the loop runs in it, or will, within the frame `around`."""
        self._pong = _pong(0, around)

    def stop(self) -> None:
        """Let `run` end; what the loop owes at this moment is judged as it is."""
        self.stopped_at = time.monotonic()
        self._stopping.release()

    def late_window(self) -> Window | None:
        """The time in which the loop has owed an answer for longer than it may; from any thread."""
        window = self._window
        return window if window is not None and time.monotonic() - window.due >= self.threshold else None

    def judges(self, window: Window) -> bool:
        """Whether there is no verdict on it yet; from any thread."""
        return self._window is window

    def run(self) -> None:
        """Watch until `stop` is called or the loop is closed."""
        try:
            self._ask()
            while (delay := self._sleep()) is not None and not self.loop.is_closed():
                self._beat(delay)
            self._finish()
        except RuntimeError:
            if not self.loop.is_closed():
                raise
        finally:
            if self._clocks is not None:
                self._clocks.close()

    def _sleep(self) -> Delay | None:
        """How late this thread woke after a tick; None if it is time to stop."""
        # Not counted from one look to the next: each of the calls in between that let the loop have the interpreter
        # may take ten milliseconds, which is nobody's block.
        wait = Wait.begin()
        return None if self._stopping.acquire(timeout=self.tick) else wait.end(self.tick)

    # -- asking

    def _ask(self) -> None:
        self._number += 1
        self.loop.call_soon_threadsafe(self._answer, self._number)

    def _answer(self, number: int) -> None:
        """Runs on the loop."""
        self._pong = _pong(number, sys._getframe(1))

    # -- looking

    def _beat(self, delay: Delay) -> None:
        pong = self._pong
        if pong is None or not self.loop.is_running():
            self._rest()
            return
        # First of all, and before anything that lets other threads run: when the interpreter was kept from us, the
        # loop is now on the line that did it.
        task = asyncio.current_task(self.loop)
        now = time.monotonic()
        late = delay.late > LATE_SECONDS
        self._idle_beats += 1
        owes = self._window is not None and pong.number < self._window.number
        is_calm = task is None and not late and self._idle_beats < IDLE_BEATS
        if is_calm and not owes:
            # PERF: what a full look at every tick costs is too much for a process that does nothing.
            self.counters.ticks += 1
            if self._window is not None:
                self._close(self._window, pong)
            return
        # PERF: a stack, and what the scheduler knows, is needed only if there is something to explain.
        seen = self._look(pong, task) if owes or late else _glance(task)
        elapsed = self._elapsed(pong, delay, closer=owes or late)
        self._count(seen, elapsed)
        if self._window is not None and not owes:
            self._close(self._window, pong)
        if elapsed is None or self._last is None:
            return
        if self._window is None:
            self._open(pong, seen, elapsed, now)
        elif self._window.told is None:
            self._add(self._window, seen, elapsed, now)

    def _elapsed(self, pong: Pong, delay: Delay, *, closer: bool) -> Elapsed | None:
        """The clocks since the last reading; None if there is none."""
        clocks = self._clocks_for(pong)
        self._since_scheduling += 1
        scheduling = closer or self._since_scheduling >= SCHEDULING_BEATS
        if scheduling:
            self._since_scheduling = 0
        before, self._last = self._last, clocks.read(scheduling=scheduling)
        return None if before is None else Elapsed.between(before, self._last, delay)

    def _rest(self) -> None:
        """Nothing to see: what was measured before the pause means nothing after it."""
        self._window = self._last = None

    def _clocks_for(self, pong: Pong) -> Clocks:
        """The clocks of the thread that the loop runs in now."""
        if self._clocks is None or self._clocks.loop_id != pong.native_id:
            if self._clocks is not None:
                self._clocks.close()
            self._clocks, self._last = Clocks(pong.native_id, threading.get_native_id()), None
        return self._clocks

    def _look(self, pong: Pong, task: "asyncio.Task[object] | None") -> Seen:
        frame = sys._current_frames().get(pong.thread)
        stack = _inside(frame, pong.depth)
        if task is not None:
            return Seen(_identity(task), label_of_task(task), stack)
        if not stack:
            return Seen(None, None, ())
        handle = handle_of_callback(frame)
        if handle is None:
            return Seen(stack[-1], None, stack)
        return Seen(_identity(handle), label_of_callback(handle), stack)

    def _count(self, seen: Seen, elapsed: Elapsed | None) -> None:
        # Who keeps the interpreter hides its time from the ticks.
        ticks = 1 + round(elapsed.late / self.tick) if elapsed is not None and elapsed.is_held else 1
        self.counters.ticks += ticks
        if seen.step is not None:
            self.counters.ticks_by_route[seen.label.route if seen.label else None] += ticks

    # -- one question and its answer

    def _open(self, pong: Pong, seen: Seen, elapsed: Elapsed, now: float) -> None:
        self._idle_beats = 0
        self._window = window = Window(self._number + 1, now - elapsed.late, full_gc=_full_collections())
        self._add(window, seen, elapsed, now)
        wait = Wait.begin()
        self._ask()
        delay = wait.end(0.0)
        if delay.late > LATE_SECONDS:
            # Asking lets the loop have the interpreter: who then kept it is on its line now.
            now, seen = time.monotonic(), self._look(pong, asyncio.current_task(self.loop))
            if (elapsed_meanwhile := self._elapsed(pong, delay, closer=True)) is not None:
                self._add(window, seen, elapsed_meanwhile, now)

    def _add(self, window: Window, seen: Seen, elapsed: Elapsed, now: float) -> None:
        before = window.beats[-1] if window.beats else None
        state = elapsed.state(
            running=seen.step is not None,
            same_step=before is not None and before.step == seen.step,
            starts_thread=any(spot.code is THREAD_START for spot in seen.stack),
        )
        seconds = now - (before.at if before else window.due)
        window.beats.append(Beat(now, seconds, elapsed, seen.step, seen.label, seen.stack, state))
        if state is State.starved and window.cpu is None:
            window.cpu = cpu_by_thread()
        if now - window.due >= STILL_SECONDS:
            window.told = self._judge(window, now, ongoing=True) or Incident(Kind.starved, 0.0)
            window.beats.clear()

    def _close(self, window: Window, pong: Pong) -> None:
        lag = pong.at - window.due
        self.counters.add_lag(max(lag, 0.0))
        if window.told is not None:
            self.counters.prolong(window.told, lag - window.told.ms / 1000)
        elif lag >= self.threshold:
            self._judge(window, pong.at)
        self._window = None  # last, for those who wait for the verdict

    def _finish(self) -> None:
        """The loop ends or is left alone: a block right before that has had no time to be answered."""
        window, pong = self._window, self._pong
        if window is None or pong is None or window.told is not None:
            return
        end = pong.at if pong.number >= window.number else self.stopped_at
        if end - window.due >= self.threshold:
            self._judge(window, end)

    def _judge(self, window: Window, end: float, *, ongoing: bool = False) -> Incident | None:
        """Report why the loop was late; None if a debugger held it."""
        beats = window.beats
        beats[-1] = replace(beats[-1], seconds=beats[-1].seconds + max(end - beats[-1].at, 0.0))
        self._last = None  # what follows takes time that is not the loop's
        verdict = judge(beats, end - window.due, self.threshold)
        if in_debugger(beats) or (verdict.kind not in BLAMED and verdict.seconds < LEAST_UNBLAMED_SECONDS):
            return None
        incident = replace(
            incident_of(verdict),
            hog=self._hog(window) if verdict.kind is Kind.starved else None,
            full_gc=_full_collections() - window.full_gc,
            ongoing=ongoing,
        )
        self._deliver(incident, next((beat.label for beat in verdict.beats if beat.stack), None))
        return incident

    def _hog(self, window: Window) -> str | None:
        loop_id = self._pong.native_id if self._pong else 0
        return None if window.cpu is None else busiest(window.cpu, but=loop_id)

    def _deliver(self, incident: Incident, label: RouteLabel | None) -> None:
        self.counters.add_incident(incident)
        reported = self.ledger.enter(incident, time.monotonic())
        try:
            if reported is not None:
                self.report(reported)
            if self.observe is not None:
                self.observe(incident, label)
        except Exception:
            logger.exception("the guard goes on, but its report of an incident failed")


def _identity(step: "asyncio.Task[object] | asyncio.Handle") -> object:
    """What tells a task or callback from all others, also from one that gets its address when it has ended."""
    reference = weakref.ref(step)
    hash(reference)  # while it lives; the reference remembers
    return reference


def _glance(task: "asyncio.Task[object] | None") -> Seen:
    """What runs, without the stack; callbacks stay unseen."""
    return Seen(None, None, ()) if task is None else Seen(_identity(task), label_of_task(task), ())


def _pong(number: int, around: FrameType | None) -> Pong:
    """The answer of the calling thread; `around` is its outermost frame that every callback has around it."""
    while around is not None and around.f_code in LOOP_CODES:
        around = around.f_back
    return Pong(number, time.monotonic(), threading.get_ident(), threading.get_native_id(), depth_of(around))


def _inside(frame: FrameType | None, depth: int) -> Stack:
    """The frames of what the loop runs, without those of the loop; empty if it waits for events."""
    stack = read_stack(frame)
    if len(stack) < MOST_FRAMES:
        stack = stack[: max(len(stack) - depth, 0)]
    while stack and stack[-1].code in LOOP_CODES:
        stack = stack[:-1]
    return () if stack and stack[-1].code.co_filename.endswith(_SELECT) else stack


def _full_collections() -> int:
    return int(gc.get_stats()[-1]["collections"])
