"""What of an app runs on the event loop: where the scan begins."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint, WebSocketEndpoint
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.routing import BaseRoute, Host, Mount, Route, WebSocketRoute

from laneway.callables import CallKind, kind_of
from laneway.check.binding import significant
from laneway.check.machine import CallMachine
from laneway.check.names import member_of_class, qualified_name
from laneway.check.values import (
    Bound,
    Call,
    Instance,
    Known,
    Local,
    Value,
    Values,
    items_of,
)
from laneway.lanes.registry import LOOP
from laneway.plan.tree import INLINE, Node
from laneway.routing.route import APIRoute
from laneway.routing.websocket_route import APIWebSocketRoute

ASYNC_KINDS = (CallKind.coroutine, CallKind.async_generator)
ON_LOOP = (LOOP, INLINE)


@dataclass(frozen=True, slots=True)
class Root:
    """One function that the loop runs.

    Attributes:
        label: What a reader calls it: `GET /items/{id}`, `middleware add_timing`.
        value: The function.
        call: What is known of its arguments.
        is_endpoint: Whether it is declared with a lane, so that `def` would move it to a thread.
    """

    label: str
    value: Value
    call: Call = field(default_factory=Call)
    is_endpoint: bool = False


def roots_of(app: object, machine: CallMachine, prefix: str = "") -> Iterator[Root]:
    """Everything of an app that runs on the loop; lifespans are left out, as nobody waits then."""
    if not isinstance(app, Starlette):
        return
    for layer in app.user_middleware:
        yield from _of_middleware(layer, machine)
    for raised, handler in app.exception_handlers.items():
        if kind_of(handler) in ASYNC_KINDS:
            yield Root(f"handler of {getattr(raised, '__name__', raised)}", Known(handler))
    yield from _of_routes(app.routes, machine, prefix)


def _of_routes(routes: list[BaseRoute], machine: CallMachine, prefix: str) -> Iterator[Root]:
    for route in routes:
        if isinstance(route, APIRoute | APIWebSocketRoute):
            yield from _of_tree(label_of(route, prefix), route.tree, machine)
        elif isinstance(route, Route | WebSocketRoute):
            yield from _of_plain_endpoint(label_of(route, prefix), route.endpoint)
        elif isinstance(route, Mount | Host):
            yield from _of_mount(route, machine, prefix)


def _of_mount(route: Mount | Host, machine: CallMachine, prefix: str) -> Iterator[Root]:
    below = prefix + getattr(route, "path", "")
    inner = getattr(route, "_base_app", route.app)  # without the middleware of the mount
    if isinstance(inner, Starlette):
        yield from roots_of(inner, machine, below)
    else:
        yield from _of_routes(list(route.routes or ()), machine, below)


def label_of(route: Route | WebSocketRoute, prefix: str) -> str:
    """Methods and path template of a route."""
    methods = getattr(route, "methods", None) or ()
    shown = sorted(set(methods) - {"HEAD"} or methods)
    kind = "WS" if isinstance(route, WebSocketRoute) else ",".join(shown) or "ANY"
    return f"{kind} {prefix}{route.path}"


def _of_plain_endpoint(label: str, endpoint: Any) -> Iterator[Root]:
    """Starlette's own kinds of endpoint: a function, or a class with a method per HTTP method or event."""
    if isinstance(endpoint, type) and issubclass(endpoint, HTTPEndpoint | WebSocketEndpoint):
        for name in ("get", "post", "put", "patch", "delete", "on_connect", "on_receive", "on_disconnect"):
            method = member_of_class(endpoint, name)
            if method is not None and kind_of(method) in ASYNC_KINDS:  # type: ignore[arg-type]  # a method
                yield Root(label, Bound(Known(method), Instance(endpoint)))
    elif callable(endpoint) and kind_of(endpoint) in ASYNC_KINDS:
        yield Root(label, Known(endpoint))


def _of_tree(label: str, tree: Node, machine: CallMachine) -> Iterator[Root]:
    """An endpoint and its dependencies, each with what the dependencies below it give."""
    for node in tree.walk():
        if node.lane_kind in ON_LOOP:
            yield Root(label, Known(node.call), _call_of(node, machine), is_endpoint=True)


def _call_of(node: Node, machine: CallMachine) -> Call:
    given = [(child.name, _result_of(child, machine)) for child in node.children if child.name]
    return Call(keywords=tuple((name, significant(values)) for name, values in given if values))


def _result_of(node: Node, machine: CallMachine) -> Values:
    """What a dependency gives; what follows its `yield` is no result."""
    outcome, _ = machine.run(Known(node.call), _call_of(node, machine))
    return items_of(outcome.values) if node.has_cleanup else outcome.values


def _of_middleware(layer: Middleware, machine: CallMachine) -> Iterator[Root]:
    """The function that a layer runs for each request."""
    cls: Any = layer.cls
    dispatch = layer.kwargs.get("dispatch")
    if cls is BaseHTTPMiddleware and callable(dispatch):
        yield Root(f"middleware {qualified_name(dispatch)}", Known(dispatch))
    elif isinstance(cls, type):
        name = "dispatch" if issubclass(cls, BaseHTTPMiddleware) else "__call__"
        method = member_of_class(cls, name)
        if method is not None:
            yield Root(f"middleware {cls.__name__}", Bound(Known(method), _made(layer, machine)))
    else:
        outcome, _ = machine.run(Known(cls), _arguments_of(layer))
        for value in outcome.values:
            if isinstance(value, Local | Known | Instance):
                yield Root(f"middleware {qualified_name(cls)}", value)


def _made(layer: Middleware, machine: CallMachine) -> Value:
    """The instance of a middleware class with what its arguments make known."""
    cls: Any = layer.cls
    outcome, _ = machine.run(Known(cls), _arguments_of(layer))
    return outcome.values[0] if outcome.values else Instance(cls)


def _arguments_of(layer: Middleware) -> Call:
    """The arguments with which Starlette makes a layer; the first is the app inside."""
    positional = ((), *((Known(argument),) for argument in layer.args))
    keywords = tuple((name, (Known(argument),)) for name, argument in layer.kwargs.items())
    return Call(positional, keywords)
