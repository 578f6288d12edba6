"""Which route a piece of work belongs to, readable from outside by who watches the loop."""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RouteLabel:
    """A route as incidents and metrics name it; one object per route, shared by all its requests.

    Attributes:
        route: Methods and path template, `GET /items/{id}`; never a path as it was asked for.
        endpoint: The function that serves it.
        lanes: The app's lanes (`laneway.lanes.Lanes`), for calls sent to them by name.
    """

    route: str
    endpoint: Callable[..., Any]
    lanes: Any = None


serving: ContextVar[RouteLabel | None] = ContextVar("laneway_serving", default=None)
"""The route that the current task serves; set by dispatch, inherited by tasks that it starts."""
