"""A router at work: from a connection's path to the route that serves it."""

from collections.abc import Iterator

from starlette import routing
from starlette._utils import get_route_path
from starlette.datastructures import URL
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Match, Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from laneway.plan.tree import AppPlace
from laneway.routing.entering import add_form_limits, enter_route
from laneway.routing.frontend import most_specific
from laneway.routing.layers import within
from laneway.routing.options import Surroundings
from laneway.routing.passage import on_handle, on_match
from laneway.routing.route import APIRoute
from laneway.routing.routes import RouteList
from laneway.routing.table import Found, PathTable
from laneway.routing.websocket_route import APIWebSocketRoute
from laneway.telemetry.current import KEY as OBSERVED

_CALL = routing.Router.__call__
"""As it is before subclasses and tools put their own in its place."""


class DispatchingRouter(routing.Router):
    """Finds the route of a connection and lets it serve.

    Attributes:
        surroundings: Options of the router.
        late_routes: Asked when no other route matches, the longest path first.
    """

    surroundings: Surroundings
    late_routes: RouteList
    _tables: dict[type, PathTable]

    @property
    def may_be_passed_by(self) -> bool:
        """Whether its routes may be found and served without calling it; not if it has a way of its own to do so."""
        own_call = type(self).__call__ is not _CALL or type(self).find is not DispatchingRouter.find
        return not own_call and getattr(self.middleware_stack, "__func__", None) is DispatchingRouter.app

    @property
    def routes(self) -> list[BaseRoute]:
        """All routes served, those of included routers among them."""
        return self._routes

    @routes.setter
    def routes(self, routes: list[BaseRoute]) -> None:
        if hasattr(self, "_routes"):
            self._routes.version += 1  # whoever looks at the old list must see that it is none any more
        self._routes: RouteList = routes if isinstance(routes, RouteList) else RouteList(routes)
        self._tables = {}  # not emptied: a copied router has those of the one it was copied from

    @property
    def route_list(self) -> RouteList:
        """The routes, in a list that tells when it changes."""
        return self._routes

    def _mark_routes_changed(self) -> None:
        """Look all routes up anew; the name is FastAPI's, for tools that change routes in their places."""
        self._routes.changed()

    def table(self, kind: type) -> PathTable:
        """Where the routes of a kind are looked up; made anew when the list has changed."""
        known = self._tables.get(kind)
        if known is None or known.version != self._routes.version:
            known = self._tables[kind] = PathTable(self.routes, kind, self._routes.version)
        return known

    def prepare(self) -> None:
        """Make now what would be made by the first requests: look-up tables and plans."""
        for kind in (routing.Route, routing.WebSocketRoute):
            self.table(kind)
        for route in (*self.routes, *self.late_routes):
            for layer in getattr(route, "layers", ()):
                _ = layer.app
            if isinstance(route, APIRoute):
                _ = route.general_plan, route.direct_plan
            elif isinstance(route, APIWebSocketRoute):
                _ = route.tree

    def app_places(self) -> Iterator[AppPlace]:
        """Where the app-scoped dependencies of all routes are kept, in the order of the routes."""
        for route in (*self.routes, *self.late_routes):
            tree = route.tree if isinstance(route, APIRoute | APIWebSocketRoute) else None
            for node in tree.walk() if tree is not None else ():
                if node.place is not None:
                    yield node.place

    def find(self, scope: Scope) -> Found | None:
        """The route that serves a request or WebSocket, or lacks only its method."""
        path = get_route_path(scope) if scope.get("root_path") else scope["path"]
        if scope["type"] == "http":
            return self.table(routing.Route).find(path, scope["method"], scope)
        return self.table(routing.WebSocketRoute).find(path, "", scope)

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection with the route that matches it."""
        scope.setdefault("router", self)
        if self.surroundings.form_limits:
            add_form_limits(scope, self.surroundings.form_limits)
        if scope["type"] == "lifespan":
            await self.lifespan(scope, receive, send)
            return
        found = self.find(scope)
        if scope.get(OBSERVED) is not None:
            self._tell_route(scope, found)
        if found is not None:
            enter_route(scope, found)
            await self._way_to(found)(scope, receive, send)
        elif (url := self._with_other_slash(scope)) is not None:
            await RedirectResponse(url)(scope, receive, send)
        elif (late := most_specific(self.late_routes, scope)) is not None:
            enter_route(scope, late)
            await late.route.handle(scope, receive, send)
        else:
            await self.default(scope, receive, send)

    def _way_to(self, found: Found) -> ASGIApp:
        """How a route is entered: Starlette's own do not know of the layers around them."""
        handle: ASGIApp = found.route.handle
        layers = self.surroundings.layers
        if not layers or not found.complete or hasattr(found.route, "original_route"):
            return handle
        return within(layers, handle)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether a route of this router, included in another, serves a request.

        A subclass that extends it may refuse requests for all routes of the router.
        """
        onward = on_match(self, scope)
        return (Match.NONE, {}) if onward is None else onward(scope)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request for a route of this router, included in another; of its own accord as the router itself.

        A subclass that extends it stands around all routes of the router.
        """
        onward = on_handle(self, scope)
        await (self.app if onward is None else onward)(scope, receive, send)

    def _with_other_slash(self, scope: Scope) -> str | None:
        """The URL with the trailing slash added or removed, when a route is there."""
        other = self._other_slash(scope)
        return None if other is None or self.find(other) is None else str(URL(scope=other))

    def _other_slash(self, scope: Scope) -> Scope | None:
        path = get_route_path(scope)
        if scope["type"] != "http" or not self.redirect_slashes or path == "/":
            return None
        other = dict(scope)
        other["path"] = scope["path"].rstrip("/") if path.endswith("/") else scope["path"] + "/"
        return other

    def _tell_route(self, scope: Scope, found: Found | None) -> None:
        """Tell telemetry by which route a connection is served, or to which it is redirected."""
        if found is None and (other := self._other_slash(scope)) is not None:
            found = self.find(other)
        found = found or most_specific(self.late_routes, scope)
        if found is not None:
            template = getattr(found.route, "path_format", None)
            scope[OBSERVED].reached(template, mount=isinstance(found.route, Mount))
