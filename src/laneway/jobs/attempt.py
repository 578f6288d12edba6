"""One attempt: a function called in its lane, with its dependencies opened before it and closed after it."""

import asyncio
from functools import partial
from typing import Any

from starlette.requests import Request

from laneway.callables import CallKind
from laneway.exceptions import LanewayError
from laneway.jobs.function import JobFunction
from laneway.jobs.progress import Progress
from laneway.lanes.label import RouteLabel, around, serving
from laneway.lanes.registry import Lanes, lanes_of
from laneway.lanes.thread_lane import ThreadLane
from laneway.plan.cleanup import Cleanup, Stack, current_cleanup
from laneway.plan.solve import Solver
from laneway.plan.tree import INLINE, Node


async def run_attempt(function: JobFunction[..., Any], app: Any, arguments: str, progress: Progress) -> str:
    """The result of a job function, as JSON.

    Args:
        function: What to call.
        app: The app whose lanes, dependencies and overrides hold.
        arguments: The arguments that travelled, as JSON.
        progress: What a `Progress` parameter gets.

    Raises:
        Exception: Whatever the function or a dependency raises.
        ValidationError: Arguments or result are not of the declared types.
    """
    signature, lanes = function.signature, lanes_of(app)
    around.set(lanes)
    serving.set(RouteLabel(f"JOB {function.options.name}", function.call, lanes))
    values = signature.load(arguments)
    if signature.progress is not None:
        values[signature.progress] = progress
    result = await _with_dependencies(function.tree(app), app, lanes, values)
    valid = signature.result.validate_python(result)
    return signature.result.dump_json(valid).decode()


async def _with_dependencies(node: Node, app: Any, lanes: Lanes, values: dict[str, Any]) -> Any:
    finished = False
    async with Stack() as outer, Stack() as inner:
        cleanup = Cleanup(outer, inner)
        current_cleanup.set(cleanup)
        solver = Solver(_no_request(app), cleanup, lanes=lanes)
        solved, errors = await solver.solve(node)
        if errors:
            raise LanewayError(f"a dependency reads what only a request has: {errors}")
        result = await _call(node, lanes, values | solved)
        finished = True
    if not finished:
        raise LanewayError("a dependency swallowed an exception; end its `except` block with `raise`")
    return result


def _no_request(app: Any) -> Request:
    """What the solver takes for a request; nothing that a job may depend on reads from it."""
    return Request(
        {
            "type": "http",
            "app": app,
            "method": "GET",
            "path": "/",
            "headers": [],
            "query_string": b"",
            "path_params": {},
        }
    )


async def _call(node: Node, lanes: Lanes, values: dict[str, Any]) -> Any:
    if node.kind is CallKind.coroutine:
        return await node.call(**values)
    if node.lane_kind == INLINE:
        return node.call(**values)
    lane = lanes[node.lane]
    if not isinstance(lane, ThreadLane):
        return await lane.call(node.call, (), values)
    return await _to_its_end(lane, partial(node.call, **values))


async def _to_its_end(lane: ThreadLane, call: Any) -> Any:
    """The result of a call in a thread, which nobody can stop.

    The first cancellation is for `progress.check()` to notice. Another one comes when the loop ends; then the thread
    is left behind.
    """
    running = asyncio.ensure_future(lane.call(call, abandon=True))
    try:
        await asyncio.wait((running,))
    except asyncio.CancelledError:
        try:
            await asyncio.wait((running,))
        except asyncio.CancelledError:
            running.cancel()
            raise
    return running.result()
