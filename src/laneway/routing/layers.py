"""Middleware and exception handlers around the endpoints of a router, an include or a route.

A layer stands around an endpoint that was found: what no route serves never reaches it. Routes without layers know
nothing of them.
"""

import itertools
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Self

from starlette._exception_handler import wrap_app_handling_exceptions
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from laneway.exceptions import FastAPIError
from laneway.routing.handlers import Handlers, Level, enter

_numbers = itertools.count(1)


class Layer:
    """What one declaration puts around its endpoints.

    The middleware is made once, when it is first used, and is the same for all endpoints behind it: what it counts, it
    counts for all of them.

    Raises:
        FastAPIError: Something else than `Middleware(...)` is given, or a handler for something that is no error.
    """

    def __init__(self, middleware: Sequence[Middleware], handlers: Handlers) -> None:
        for each in middleware:
            if not isinstance(each, Middleware):
                raise FastAPIError(
                    f"middleware takes declarations, not {each!r}: write [Middleware(Class, ...)]"
                )
        self._middleware = tuple(middleware)
        self._level = Level(handlers) if handlers else None
        self._inside = f"laneway.inside.{next(_numbers)}"  # where a connection keeps what it is on its way to

    @classmethod
    def of(cls, middleware: Sequence[Middleware] | None, handlers: Handlers | None) -> tuple[Self, ...]:
        """The layer of a declaration; none if it asks for nothing."""
        return (cls(middleware or (), handlers or {}),) if middleware or handlers else ()

    @cached_property
    def app(self) -> ASGIApp:
        """The middleware around the exception handlers around whatever a connection is on its way to."""
        app: ASGIApp = self._onward
        for kind, args, kwargs in reversed(self._middleware):
            app = kind(app, *args, **kwargs)
        return app

    def around(self, inside: ASGIApp) -> ASGIApp:
        """One endpoint behind this layer."""

        async def entered(scope: Scope, receive: Receive, send: Send) -> None:
            scope[self._inside] = inside
            await self.app(scope, receive, send)

        return entered

    async def _onward(self, scope: Scope, receive: Receive, send: Send) -> None:
        http = scope["type"] == "http"
        connection = Request(scope, receive, send) if http else WebSocket(scope, receive, send)
        if self._level is not None:
            enter(scope, self._level)
        # What the middleware of inner layers raises is answered here; endpoints ask for handlers themselves.
        await wrap_app_handling_exceptions(scope[self._inside], connection)(scope, receive, send)


def within(layers: Iterable[Layer], app: ASGIApp) -> ASGIApp:
    """`app` behind layers, given from the outside in; `app` itself when there are none."""
    for layer in reversed(tuple(layers)):
        app = layer.around(app)
    return app
