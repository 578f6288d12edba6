"""Which route a piece of work belongs to, readable from outside by who watches the loop."""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Protocol


class Movable(Protocol):
    """A route whose endpoint can be moved off the event loop while it is served."""

    @property
    def thread_lane(self) -> str:
        """Where the endpoint would run if it were a plain `def`."""

    def why_on_loop(self) -> str | None:
        """Why it stays on the loop by its declaration; None if nothing keeps it there."""

    def run_in(self, lane: str | None) -> None:
        """Run the endpoint in a lane from the next request on; None: where it was declared. Called on the loop."""


@dataclass(frozen=True, slots=True)
class RouteLabel:
    """A route as incidents and metrics name it; one object per route, shared by all its requests.

    Attributes:
        route: Methods and path template, `GET /items/{id}`; never a path as it was asked for.
        endpoint: The function that serves it.
        lanes: The app's lanes (`laneway.lanes.Lanes`), for calls sent to them by name.
        movable: What moves the endpoint; None where it cannot be moved.
    """

    route: str
    endpoint: Callable[..., Any]
    lanes: Any = None
    movable: Movable | None = field(default=None, compare=False, repr=False)


around: ContextVar[Any] = ContextVar("laneway_lanes_around", default=None)
"""The app's lanes (`laneway.lanes.Lanes`) where no route is served: in its lifespan, its middleware, their tasks."""

serving: ContextVar[RouteLabel | None] = ContextVar("laneway_serving", default=None)
"""The route that the current task serves; set by dispatch, inherited by tasks that it starts."""
