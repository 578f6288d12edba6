"""Functions of `fastapi.routing` that tools put others in the place of, and what follows from it.

Sentry, Logfire and the like assign to the module's attributes. The module notices, and routes serve step by step
through what stands there then, until the originals are back.
"""

import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from types import ModuleType
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from laneway.plan.moved import in_lane
from laneway.route_spec import DumpOptions
from laneway.routing.route import APIRoute
from laneway.routing.steps import serve_through
from laneway.routing.websocket_route import APIWebSocketRoute

SOLVE = "solve_dependencies"
STEPS = (
    "get_request_handler",
    "get_websocket_app",
    "request_response",
    "run_endpoint_function",
    "serialize_response",
    SOLVE,
)

built_for: ContextVar[Any] = ContextVar("laneway_built_for", default=None)
"""The route whose handler is being made."""


class WatchedModule(ModuleType):
    """A module that says when one of its steps is another function than before."""

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name in STEPS:
            step_functions.changed()


class StepFunctions:
    """The functions that stand in the modules at the moment."""

    def __init__(self) -> None:
        self._modules: list[ModuleType] = []
        self._originals: dict[str, Any] = {}

    def watch(self, *names: str) -> None:
        """Take the functions of modules as they are for the originals, and notice others from now on."""
        self._modules = [sys.modules[name] for name in names]
        self._originals = {step: getattr(self._modules[0], step) for step in STEPS}
        for module in self._modules:
            if not isinstance(module, WatchedModule):
                module.__class__ = WatchedModule

    def changed(self) -> None:
        """Serve as the functions of now ask for."""
        serve_through(self if any(map(self.is_replaced, self._originals)) else None)

    def is_replaced(self, step: str) -> bool:
        """Whether a function is not the original."""
        return self._now(step) is not self._originals[step]

    def _now(self, step: str) -> Any:
        original = self._originals[step]
        found = (getattr(module, step, original) for module in self._modules)
        return next((function for function in found if function is not original), original)

    @property
    def solve_dependencies(self) -> Callable[..., Any]:
        """Calls dependencies and reads the endpoint's arguments."""
        return self._now(SOLVE)  # type: ignore[no-any-return]

    @property
    def run_endpoint_function(self) -> Callable[..., Any]:
        """Calls the endpoint."""
        return self._now("run_endpoint_function")  # type: ignore[no-any-return]

    @property
    def serialize_response(self) -> Callable[..., Any]:
        """Makes a result what its response is filled with."""
        return self._now("serialize_response")  # type: ignore[no-any-return]

    # -- as `laneway.routing.steps` wants it

    def handler(self, route: APIRoute) -> Callable[[Request], Awaitable[Response]]:
        """The function from request to response for an HTTP route."""
        with _building(route):
            made: Callable[[Request], Awaitable[Response]] = self._now("get_request_handler")(
                **_handler_arguments(route)
            )
        return made

    def app(self, route: APIRoute) -> ASGIApp | None:
        """The ASGI app of an HTTP route; None for its own."""
        if not self.is_replaced("request_response"):
            return None
        made: ASGIApp = self._now("request_response")(route.get_route_handler())
        return made

    def session(self, route: APIWebSocketRoute) -> Callable[[WebSocket], Awaitable[None]]:
        """The function that serves a WebSocket route."""
        with _building(route):
            made: Callable[[WebSocket], Awaitable[None]] = self._now("get_websocket_app")(
                dependant=replace(route.dependant),
                dependency_overrides_provider=route.dependency_overrides_provider,
                embed_body_fields=route.spec.body.embedded,
            )
        return made


step_functions = StepFunctions()


@contextmanager
def _building(route: object) -> Iterator[None]:
    token = built_for.set(route)
    try:
        yield
    finally:
        built_for.reset(token)


def _handler_arguments(route: APIRoute) -> dict[str, Any]:
    dump = (f"response_model_{name}" for name in DumpOptions.__slots__)
    same = (
        "status_code",
        "response_class",
        "response_field",
        "strict_content_type",
        "stream_item_field",
        *dump,
    )
    return {
        # Tools wrap its `call`; each handler has its own.
        "dependant": replace(in_lane(route.dependant, route.moved_to)),
        "body_field": route.body_field,
        **{name: getattr(route, name) for name in same},
        "dependency_overrides_provider": route.dependency_overrides_provider,
        "embed_body_fields": route.spec.body.embedded,
        "is_json_stream": route.is_json_stream,
        "form_limits": route.form_limits,
    }
