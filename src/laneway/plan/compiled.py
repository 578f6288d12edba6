"""The compiled form of a plan."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from laneway.lanes.label import RouteLabel
from laneway.lanes.limits import RouteLimits
from laneway.plan.message import RawRequest, RawResponse


@dataclass(frozen=True, slots=True, eq=False)
class CompiledPlan:
    """One route as generated code; holds no per-request state.

    Attributes:
        run: The response to a request; bytes are the body of the usual reply, JSON with `status`; None when the
            request cannot be read, before anything was called.
        status: The status of the usual reply.
        reads_body: Whether the adapter must read the body first.
        asks_request: Whether something is given Starlette's request.
        has_cleanup: Whether `request.cleanup` must be open.
        shields: Whether clean-up must be shielded from cancellation (async generators).
        hops: Times a request goes to a worker thread and back.
        source: The generated code.
        path: The route's path, for messages.
        label: The route, for who watches the loop.
        immediate: Whether `run` is proven to run through without waiting, and nothing has to stand around it.
        limits: Places to take and time to keep; None when there are none.
    """

    run: Callable[[RawRequest], Coroutine[Any, Any, bytes | RawResponse | Response | None]]
    status: int
    reads_body: bool
    asks_request: bool
    has_cleanup: bool
    shields: bool
    hops: int
    source: str
    path: str
    label: RouteLabel
    immediate: bool
    limits: RouteLimits | None
