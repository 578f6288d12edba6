"""Sending a call to a lane by hand, and marking a function with the lane it belongs to."""

import inspect
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, ParamSpec, TypeVar

import anyio

from laneway.exceptions import FastAPIError
from laneway.lanes.deadline import current_deadline, shorter
from laneway.lanes.errors import LaneTimeoutError
from laneway.lanes.label import around, serving
from laneway.lanes.registry import DEFAULT_LANES, LOOP, Lane, Lanes
from laneway.lanes.thread_lane import ThreadLane
from laneway.types import DecoratedCallable

P = ParamSpec("P")
T = TypeVar("T")
Item = TypeVar("Item")


def lane(name: str) -> Callable[[DecoratedCallable], DecoratedCallable]:
    """Mark a function with the lane it runs in when an app calls it as endpoint or dependency.

    Calling it oneself stays a plain call.
    """

    def mark(function: DecoratedCallable) -> DecoratedCallable:
        function.__laneway_lane__ = name  # type: ignore[attr-defined]  # read by laneway.signature
        return function

    return mark


def current_lanes() -> Lanes:
    """The lanes of the app that serves the current request or starts or stops, or the default ones."""
    label = serving.get()
    lanes: Lanes | None = around.get() if label is None else label.lanes
    return DEFAULT_LANES if lanes is None else lanes


async def run(name: str, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Call `function` in a lane and wait for its result.

    The deadline of the request holds; so does the lane's own.

    Raises:
        LaneFullError: The lane has no place free.
        LaneTimeoutError: The result did not come in time. A process is killed then; a thread goes on, unheard.
        UnknownLaneError: The app has no such lane.
        FastAPIError: The function is `async def`.
    """
    _refuse_async(name, function)
    if name == LOOP:
        return function(*args, **kwargs)
    target = current_lanes()[name]
    target.admit()
    try:
        return await _in_time(target, function, args, kwargs)
    finally:
        target.leave()


def _refuse_async(name: str, function: Callable[..., object]) -> None:
    if inspect.iscoroutinefunction(function):
        raise FastAPIError(
            f"{function.__qualname__} is `async def` and cannot be sent to lane {name!r}: await it where you are, "
            f"or send the blocking part of it"
        )


async def _in_time(target: Lane, function: Callable[..., T], args: Any, kwargs: Any) -> T:
    limit = shorter(current_deadline().remaining())
    if not isinstance(target, ThreadLane):
        result: T = await target.call(function, args, kwargs, timeout=limit)
        return result
    call = partial(function, *args, **kwargs)
    limit = shorter(target.timeout, limit)
    if limit is None:
        return await target.call(call, abandon=True)
    try:
        with anyio.move_on_after(limit):
            return await target.call(call, abandon=True)
    except anyio.get_cancelled_exc_class():  # by the request, which has no place in this lane to count it in
        target.timed_out += current_deadline().expired
        raise
    target.timed_out += 1
    place = f"running {getattr(function, '__qualname__', function)}"
    raise LaneTimeoutError(target.name, place, limit)


async def map(name: str, function: Callable[[Item], T], items: Iterable[Item], /) -> list[T]:  # noqa: A001
    """The results of `function` for each item, in order; as many at once as the lane has room for.

    The first error ends it: calls that have not begun are dropped.

    Raises:
        LaneFullError, LaneTimeoutError, UnknownLaneError: As `run`.
    """
    room = anyio.Semaphore(1 if name == LOOP else current_lanes()[name].size)
    given = list(items)
    results: dict[int, T] = {}

    async def one(place: int, item: Item) -> None:
        async with room:
            results[place] = await run(name, function, item)

    error = None
    try:
        async with anyio.create_task_group() as group:
            for place, item in enumerate(given):
                group.start_soon(one, place, item)
    except BaseExceptionGroup as errors:
        error = errors.exceptions[0]
    if error is not None:  # outside of `except`, where it would lose its cause to `from None`
        raise error
    return [results[place] for place in range(len(given))]
