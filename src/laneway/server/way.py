"""Which way requests take: from the protocol to the plan, or through ASGI; one line for whoever starts a server."""

from collections.abc import Iterable
from uuid import UUID

from starlette.convertors import FloatConvertor, IntegerConvertor, UUIDConvertor
from starlette.routing import BaseRoute, Mount, WebSocketRoute

from laneway.app import Laneway
from laneway.routing import APIRoute
from laneway.routing.table import PathTable

SHOWN = 3  # routes that are named; the rest is counted


def describe(app: object, why_not: str = "") -> str:
    """`on`, `on; through ASGI: mount /static, WebSockets`, or `off: ...` with the reason.

    Args:
        app: What is served.
        why_not: Why the server does not even try; empty if it does.
    """
    if why_not:
        return f"off: {why_not}"
    if not isinstance(app, Laneway):
        return f"off: the app is a {type(app).__name__}, not a Laneway"
    table = app.direct_table()
    if table is None:
        return f"off: {reason(app)}"
    routes = [route for route in app.routes if isinstance(route, APIRoute)]
    others = [route for route in routes if not is_direct(table, route)]
    exceptions = [*shortened(map(name_of, others)), *around(app.routes)]
    return f"on; through ASGI: {', '.join(exceptions)}" if exceptions else "on"


def is_direct(table: PathTable, route: APIRoute) -> bool:
    """Whether a request for the route is served by its plan alone."""
    method = min((route.methods or {"GET"}) - {"HEAD"}, default="GET")
    return table.certain(example_of(route), method) is not None and route.direct_plan is not None


def example_of(route: APIRoute) -> str:
    """A path that the route serves."""
    path = route.path_format
    for name, convertor in route.param_convertors.items():
        value: object = "x"
        if isinstance(convertor, IntegerConvertor):
            value = 1
        elif isinstance(convertor, FloatConvertor):
            value = 1.5
        elif isinstance(convertor, UUIDConvertor):
            value = UUID(int=1)
        path = path.replace(f"{{{name}}}", convertor.to_string(value))
    return path


def reason(app: Laneway) -> str:
    """Why no route of the app is served directly."""
    if app.root_path:
        return "the app has a root_path"
    if app.user_middleware:
        names = ", ".join(getattr(one.cls, "__name__", "?") for one in app.user_middleware)
        return f"middleware needs ASGI: {names}"
    if app.is_observed:
        return "telemetry observes every request"
    return "the app wraps or replaces what serves its routes"


def name_of(route: APIRoute) -> str:
    """`GET /items`."""
    return f"{min(route.methods or {'GET'})} {route.path}"


def shortened(names: Iterable[str]) -> list[str]:
    """The first names and the number of the others."""
    known = list(names)
    more = len(known) - SHOWN
    return known[:SHOWN] + ([f"{more} more routes"] if more > 0 else [])


def around(routes: Iterable[BaseRoute]) -> list[str]:
    """What else there is that has no plan."""
    known = list(routes)
    mounts = [f"mount {route.path or '/'}" for route in known if isinstance(route, Mount)]
    sockets = ["WebSockets"] if any(isinstance(route, WebSocketRoute) for route in known) else []
    return [*mounts, *sockets]
