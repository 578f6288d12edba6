"""What an include makes of each kind of route."""

import copy
from typing import Any

from starlette import routing
from starlette.routing import BaseRoute

from laneway.body_limit import with_body_limit
from laneway.routing.layers import within
from laneway.routing.options import Surroundings
from laneway.routing.paths import compiled_path
from laneway.routing.route import APIRoute
from laneway.routing.websocket_route import APIWebSocketRoute


def included_version(route: BaseRoute, outer: Surroundings, router: Surroundings, provider: Any) -> BaseRoute:
    """The route as the including router serves it.

    Args:
        route: The route as declared, which stays as it is.
        outer: The including router's options and those of the include.
        router: Options of the included router.
        provider: Who has the dependency overrides.
    """
    if isinstance(route, APIRoute | APIWebSocketRoute):
        return route.surrounded(outer, router, provider)
    moved = _moved(route, outer)
    if moved is not None:
        # Routes of ours bring the layers of the router that declared them; these get them with the first include.
        own = () if hasattr(route, "original_route") else router.layers
        moved.app = within((*outer.layers, *own), moved.app)
        moved.original_route = getattr(route, "original_route", route)
    return route if moved is None else moved


def _moved(route: BaseRoute, outer: Surroundings) -> Any:
    """A copy of one of Starlette's routes in its new place; None of others, which stay where they are."""
    if isinstance(route, routing.Route | routing.WebSocketRoute):
        return _moved_route(route, outer.prefix)
    if isinstance(route, routing.Mount):
        return _moved_mount(route, outer.prefix, outer.max_body_size)
    if isinstance(route, routing.Host):
        return _moved_host(route, outer.prefix)
    return None


def _moved_host(route: routing.Host, prefix: str) -> routing.Host:
    if not prefix:
        return copy.copy(route)
    below = routing.Router(routes=[routing.Mount(prefix, app=route.app)])
    return routing.Host(route.host, app=below, name=route.name)


def _moved_route(route: Any, prefix: str) -> Any:
    clone = copy.copy(route)
    clone.path = prefix + route.path
    _compile(clone, clone.path)
    return clone


def _moved_mount(route: routing.Mount, prefix: str, limit: int | None) -> Any:
    clone = copy.copy(route)
    clone.path = (prefix + route.path).rstrip("/")
    _compile(clone, clone.path + "/{path:path}")
    clone.app = with_body_limit(route.app, limit)
    return clone


def _compile(clone: Any, path: str) -> None:
    compiled = compiled_path(path)
    clone.path_regex, clone.path_format, clone.param_convertors = (
        compiled.regex,
        compiled.format,
        compiled.convertors,
    )
