"""A request under its route's limits: places in lanes first, then so much time and no more.

With a deadline the work runs in a task of its own. When time is up the client gets its answer at once, and the task is
cancelled: a coroutine where it waits, a queued call before it runs, a process by killing it. A thread cannot be
stopped; the task then stays until the thread ends, so that the request's clean-up does not close what it still uses.
The same cancellation follows a client that is gone, where a route asks for it.

The time is for the answer to begin: a response that streams, and what runs in the background, may take longer.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from types import CoroutineType, FrameType
from typing import Any

import anyio

from laneway.lanes.deadline import due_in
from laneway.lanes.errors import LaneTimeoutError
from laneway.lanes.label import serving
from laneway.lanes.limits import RouteLimits
from laneway.lanes.registry import LOOP
from laneway.plan.message import RawRequest
from laneway.routing.gate import Gate

Work = Callable[[RawRequest], Awaitable[None]]

_logger = logging.getLogger("laneway.lanes")
_OURS = __name__.split(".", maxsplit=1)[0]
_LANES = f"{_OURS}.lanes."
_BETWEEN = (f"{_OURS}.", "asyncio", "anyio")  # frames that are not the user's

# The event loop keeps only weak references to tasks.
_left_behind: set[asyncio.Task[None]] = set()


async def within_limits(limits: RouteLimits, request: RawRequest, work: Work) -> None:
    """Do `work` for `request` under `limits`.

    Raises:
        LaneFullError: A lane has no place free; nothing was called.
        LaneTimeoutError: Time is up.
    """
    seconds = limits.time_for(request.headers)
    if seconds is None and not limits.cancel_on_disconnect:
        with limits.places():
            await work(request)
        return
    gate = Gate(request, reads_ahead=limits.cancel_on_disconnect)
    try:
        asyncio.get_running_loop()
    except RuntimeError:  # trio
        await _in_place(limits, seconds, work, gate)
        return
    limits.take_places()
    task = asyncio.ensure_future(_timed(seconds, work, gate))
    # Not before the task has ended, which may be after the answer: a thread that goes on still takes its place.
    task.add_done_callback(lambda _: limits.give_places_back())
    if await _ended(task, seconds, gate):
        task.result()
        return
    lane, place = _where(task)
    gate.closed = True
    _end(task)
    if gate.client_left:
        return
    if gate.deadline is not None:
        gate.deadline.expire()
    limits.count_timeout(lane)
    raise LaneTimeoutError(lane, place, seconds or 0.0)


async def _timed(seconds: float | None, work: Work, gate: Gate) -> None:
    if seconds is None:
        await work(gate.request)
        return
    with due_in(seconds) as gate.deadline:
        await work(gate.request)


async def _in_place(limits: RouteLimits, seconds: float | None, work: Work, gate: Gate) -> None:
    """Without tasks of asyncio: the answer waits for what cannot be cancelled, and nobody looks after the client."""
    with limits.places(), anyio.move_on_after(seconds) as scope:
        gate.on_start = lambda: setattr(scope, "deadline", float("inf"))
        await _timed(seconds, work, gate)
    if scope.cancelled_caught:
        limits.count_timeout(LOOP)
        label = serving.get()
        raise LaneTimeoutError(LOOP, f"running {label.route if label else 'a request'}", seconds or 0.0)


async def _ended(task: asyncio.Task[None], seconds: float | None, gate: Gate) -> bool:
    """Wait until the task ends, its time is up, or its client is gone; whether it is the first."""
    watch = asyncio.ensure_future(gate.read_ahead()) if gate.reads_ahead else None
    waiting: set[asyncio.Task[None]] = {task} if watch is None else {task, watch}
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if gate.started and not gate.client_left:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    except asyncio.CancelledError:
        _end(task)
        raise
    finally:
        if watch is not None:
            watch.cancel()
    return task.done()


def _end(task: asyncio.Task[None]) -> None:
    """Cancel a task, keep it until it has ended, and log what it may still raise."""
    if not task.cancel():
        return
    _left_behind.add(task)
    task.add_done_callback(_log_error)


def _log_error(task: asyncio.Task[None]) -> None:
    _left_behind.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        _logger.error("a request failed after it was given up: %s", error, exc_info=error)


def _where(task: asyncio.Task[None]) -> tuple[str, str]:
    """In which lane a request is, and what goes on there: `running file:line function`."""
    label = serving.get()
    lane, doing = LOOP, "running"
    what = str(getattr(label.endpoint, "__qualname__", label.route)) if label else "a request"
    for frame in _frames(task):
        module = frame.f_globals.get("__name__", "")
        if module.startswith(_LANES):
            lane = getattr(frame.f_locals.get("self"), "name", lane)
            doing = _unlike_running(frame) or doing
        elif not module.startswith(_BETWEEN) and not frame.f_code.co_filename.startswith("<"):
            what = f"{frame.f_code.co_filename}:{frame.f_lineno} {frame.f_code.co_qualname}"
    return lane, f"{doing} {what}"


def _frames(task: asyncio.Task[None]) -> Iterator[FrameType]:
    """The frames of a task that waits, outermost first."""
    awaited: Any = task.get_coro()
    while isinstance(awaited, CoroutineType):
        if awaited.cr_frame is not None:
            yield awaited.cr_frame
        awaited = awaited.cr_await


def _unlike_running(frame: FrameType) -> str | None:
    """What a call does that a lane has taken and that has not begun."""
    if frame.f_code.co_name == "_wait_for_start":
        return "starting the processes for"
    in_thread, in_process = frame.f_locals.get("job"), frame.f_locals.get("call")
    waits = getattr(in_thread, "started", True) is False or getattr(in_process, "started_at", None) == 0.0
    return "waiting in the queue with" if waits else None
