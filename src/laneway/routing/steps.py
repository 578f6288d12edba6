"""A switch for tools that put functions of their own in the place of steps of serving.

Routes are compiled and know nothing of such functions. Who offers steps that can be replaced says here when one was;
every route then serves through what it offers, and by its plan again when all are back.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol
from weakref import WeakValueDictionary

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp
from starlette.websockets import WebSocket


class Steps(Protocol):
    """What serves in the place of plans."""

    def handler(self, route: Any) -> Callable[[Request], Awaitable[Response]]:
        """The function from request to response for an HTTP route."""

    def app(self, route: Any) -> ASGIApp | None:
        """The ASGI app of an HTTP route; None for its own."""

    def session(self, route: Any) -> Callable[[WebSocket], Awaitable[None]]:
        """The function that serves a WebSocket route."""


class Switched(Protocol):
    """A route that plans are made for."""

    def switch(self) -> None:
        """Forget plans and handlers; they are made anew with the steps of now."""


class _Switch:
    steps: Steps | None = None


_switch = _Switch()
_routes: WeakValueDictionary[int, Switched] = WeakValueDictionary()


def replaced_steps() -> Steps | None:
    """What serves in the place of plans; None as long as nobody replaced a step."""
    return _switch.steps


def serve_through(steps: Steps | None) -> None:
    """Let all routes, those there are and those to come, serve through `steps`; None: by their plans."""
    _switch.steps = steps
    for route in list(_routes.values()):
        route.switch()


def remember(route: Switched) -> None:
    """Tell a route from now on when steps are replaced."""
    # By identity: routes compare by what they serve and have no hash.
    _routes[id(route)] = route
