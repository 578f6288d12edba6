"""The routes of an app as the commands `routes` and `explain` see them."""

import difflib
import sys
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Match, Mount, WebSocketRoute

from laneway.discovery import listing
from laneway.exceptions import LanewayError
from laneway.plan.explain import Explanation, explain_route
from laneway.routing import APIRoute, APIRouter
from laneway.routing.endpoint_context import endpoint_context
from laneway.routing.frontend import FrontendRoute

ANY_METHOD = "ANY"
NO_LANE = "-"  # not an endpoint of ours: a mounted app, static files


class RouteNotFoundError(LanewayError):
    """No route of the app fits; the message lists the nearest."""


class NoPlanError(LanewayError):
    """The route exists but is none that Laneway compiles."""


@dataclass(frozen=True, slots=True)
class RouteRow:
    """One line of `laneway routes`."""

    methods: list[str]  # sorted; ["WEBSOCKET"], ["MOUNT"] or ["ANY"] where there are none
    path: str
    name: str
    lane: str  # where the endpoint runs: loop, thread or inline
    source: (
        str  # file and line of the endpoint, e.g. "main.py:12", or a frontend's directory; empty when unknown
    )


def routes_of(app: object) -> list[BaseRoute]:
    """The routes of an app; its frontends last, as they are asked.

    Raises:
        NoPlanError: It is an ASGI app of another kind.
    """
    if not isinstance(app, Starlette):
        raise NoPlanError(
            f"an app of type {type(app).__name__} does not list its routes; name a Laneway object"
        )
    router = app.router
    late = router.late_routes if isinstance(router, APIRouter) else []
    # Other late routes, such as the files of the docs pages, are none of the app.
    return [*app.routes, *(route for route in late if isinstance(route, FrontendRoute))]


def row(route: BaseRoute) -> RouteRow:
    """What a reader wants to know of a route."""
    return RouteRow(
        methods=methods_of(route),
        path=str(getattr(route, "path", "")),
        name=str(getattr(route, "name", None) or ""),
        lane=explain_route(route).lane if isinstance(route, APIRoute) else lane_of_other(route),
        source=source_of(route),
    )


def lane_of_other(route: BaseRoute) -> str:
    """The lane of a route that has no plan; WebSocket endpoints are coroutines."""
    return "loop" if isinstance(route, WebSocketRoute) else NO_LANE


def methods_of(route: BaseRoute) -> list[str]:
    """The methods of a route; HEAD only where GET does not imply it."""
    if isinstance(route, WebSocketRoute):
        return ["WEBSOCKET"]
    if isinstance(route, Mount):
        return ["MOUNT"]
    methods = set(getattr(route, "methods", None) or {ANY_METHOD})
    return sorted(methods - {"HEAD"} if "GET" in methods else methods)


def source_of(route: BaseRoute) -> str:
    """File and line of the endpoint, the directory of a frontend; empty when unknown."""
    if isinstance(route, FrontendRoute):
        return str(shortened(Path(route.files.directory or "").absolute()))
    endpoint = getattr(route, "endpoint", None)
    context = endpoint_context(endpoint) if callable(endpoint) else {}
    return f"{shortened(Path(context['file']))}:{context['line']}" if "file" in context else ""


def shortened(file: Path) -> Path:
    """The file as seen from here, else from where it is imported: `laneway/openapi/docs_routes.py`."""
    roots = [Path.cwd(), *(Path(entry) for entry in sys.path if entry)]
    relative = [file.relative_to(root) for root in roots if file.is_relative_to(root)]
    return relative[0] if relative else file


def explain(app: object, wanted: str) -> Explanation:
    """The plan of the route that is wanted.

    Args:
        app: The app.
        wanted: `GET /items/{id}` as declared, or `GET /items/5` as requested; without a method, the first route.

    Raises:
        RouteNotFoundError: There is no such route.
        NoPlanError: The route is a mounted app or the like.
    """
    method, path = split_request(wanted)
    route = find_route(routes_of(app), method, path)
    if not isinstance(route, APIRoute):
        kind = type(route).__name__
        raise NoPlanError(
            f"{wanted!r} is served by a {kind}, which has no plan; only endpoints of the app have"
        )
    return explain_route(route)


def split_request(wanted: str) -> tuple[str | None, str]:
    """`get /items` -> `("GET", "/items")`; the method is None when not given."""
    method, space, path = wanted.strip().rpartition(" ")
    return (method.strip().upper() or None if space else None), path


def find_route(routes: list[BaseRoute], method: str | None, path: str) -> BaseRoute:
    """The route declared with the path, else the one that would serve it.

    Raises:
        RouteNotFoundError: There is none.
    """
    for route in routes:
        if getattr(route, "path", None) == path and (method is None or method in methods_of(route)):
            return route
    for route in routes:
        if would_serve(route, method, path):
            return route
    known = [f"{name} {getattr(route, 'path', '')}" for route in routes for name in methods_of(route)]
    wanted = f"{method or 'GET'} {path}"
    raise RouteNotFoundError(f"no route {wanted!r}{nearest(wanted, known)}")


def would_serve(route: BaseRoute, method: str | None, path: str) -> bool:
    """Whether a request of that method and path goes to the route."""
    scope = {"type": "http", "method": method or "GET", "path": path, "root_path": "", "headers": []}
    match, _ = route.matches(scope)
    return match is Match.FULL or (match is Match.PARTIAL and method is None)


def nearest(wanted: str, known: list[str], limit: int = 3) -> str:
    """The end of a message: the routes that begin so, else those most like it, else the first ones."""
    longer = [route for route in known if route.startswith(wanted)]
    near = longer[:limit] or difflib.get_close_matches(wanted, known, n=limit)
    return f"; did you mean {' or '.join(map(repr, near))}?" if near else listing("there are", known)
