"""What a request's scope says of the route that serves it."""

from typing import Any

from starlette.types import Receive, Scope, Send

from laneway.plan.message import RawRequest
from laneway.routing.route import APIRoute
from laneway.routing.table import Found
from laneway.routing.websocket_route import APIWebSocketRoute


def add_form_limits(scope: Scope, limits: dict[str, int]) -> None:
    """Let limits reach routes that are not declared through this router: mounted apps, given lists of routes."""
    outer = scope.get("fastapi", {})
    scope["fastapi"] = {**outer, "form_limits": {**outer.get("form_limits", {}), **limits}}


class DirectRequest(RawRequest):
    """A request whose scope is completed only when someone within the app looks at it."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, found: Found) -> None:
        # PERF: what RawRequest.__init__ does, without the call (0.1 us a request).
        self.scope = scope
        self.receive = receive
        self.send = send
        self.path_params = found.params
        self.query = scope["query_string"]
        self.headers = scope["headers"]
        self._found: Found | None = found
        # Apps around this one name what they measure by the route they find here afterwards.
        scope["route"] = route = found.route
        scope["endpoint"] = route.endpoint
        scope.setdefault("path_params", found.params)

    def complete_scope(self) -> Scope:
        """The scope with the route and its parameters."""
        if self._found is not None:
            enter_route(self.scope, self._found)
            self._found = None
        return self.scope


def enter_route(scope: Scope, found: Found) -> None:
    """Write into the scope what the route of a connection adds to it."""
    if found.child_scope is not None:
        own = found.child_scope.get("fastapi")
        kept = scope.get("fastapi", {})
        scope.update(found.child_scope)
        if own is not None:
            scope["fastapi"] = {**kept, **own}
        return
    route: Any = found.route
    outer = scope.get("path_params")
    scope["path_params"] = {**outer, **found.params} if outer else dict(found.params)
    scope["endpoint"] = route.endpoint
    if isinstance(route, APIRoute | APIWebSocketRoute):  # Starlette's routes do not say who they are
        scope["route"] = route
    if isinstance(route, APIRoute):
        if (handlers := getattr(scope.get("app"), "scope_handlers", None)) is not None:
            scope["starlette.exception_handlers"] = handlers
        scope["fastapi"] = {**scope.get("fastapi", {}), "effective_route_context": route}
