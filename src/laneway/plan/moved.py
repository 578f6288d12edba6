"""An `async def` endpoint that never awaits, called as if it were a plain `def`."""

import dataclasses
from collections.abc import Callable
from typing import Any

from laneway.callables import CallKind
from laneway.dependant import Dependant
from laneway.lanes.registry import LOOP, THREAD, Lanes


def in_lane(dependant: Dependant, lane: str | None) -> Dependant:
    """The endpoint as it runs in a thread lane; unchanged without one."""
    if lane is None:
        return dependant
    return dataclasses.replace(dependant, call=in_one_step(dependant.function), lane=lane)


def in_one_step(function: Callable[..., Any]) -> Callable[..., Any]:
    """A plain function that runs a coroutine function which never suspends."""

    def call(**values: Any) -> Any:
        coroutine = function(**values)
        try:
            coroutine.send(None)
        except StopIteration as end:
            return end.value
        coroutine.close()
        raise RuntimeError(f"{call.__qualname__} awaits and cannot run in a thread")

    # Not `functools.wraps`: who looks through it would find the coroutine function.
    for name in ("__name__", "__qualname__", "__module__", "__doc__"):
        setattr(call, name, getattr(function, name, getattr(call, name)))
    return call


def lane_of_plain(default_lane: str | None, lanes: Lanes) -> str:
    """The thread lane in which an endpoint would run if it were a plain `def`."""
    if default_lane is not None and lanes.kind(default_lane) == THREAD:
        return default_lane
    return THREAD


def why_on_loop(dependant: Dependant, default_lane: str | None) -> str | None:
    """Why a coroutine endpoint stays on the loop by its declaration; None if nothing keeps it there."""
    if (dependant.lane or default_lane) == LOOP:
        return f'it is declared with lane="{LOOP}"'
    kinds = [node.kind for node in dependant.walk()]  # the endpoint's own first
    if kinds[0] is not CallKind.coroutine:
        return "its response is a stream"
    if CallKind.async_generator in kinds:
        return "an `async def` dependency with `yield` may hold what belongs to the loop's thread"
    return None
