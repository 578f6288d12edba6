"""What an include makes of each kind of route."""

import copy
from typing import Any, cast

from starlette import routing
from starlette.routing import BaseRoute

from laneway.body_limit import with_body_limit
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
    if isinstance(route, routing.Route | routing.WebSocketRoute):
        return _moved(route, outer.prefix)
    if isinstance(route, routing.Mount):
        return _moved_mount(route, outer.prefix, outer.max_body_size)
    if isinstance(route, routing.Host):
        return _remembering(_moved_host(route, outer.prefix), route)
    return route


def _remembering(clone: Any, route: BaseRoute) -> BaseRoute:
    clone.original_route = getattr(route, "original_route", route)
    return cast(BaseRoute, clone)


def _moved_host(route: routing.Host, prefix: str) -> routing.Host:
    if not prefix:
        return copy.copy(route)
    below = routing.Router(routes=[routing.Mount(prefix, app=route.app)])
    return routing.Host(route.host, app=below, name=route.name)


def _moved(route: Any, prefix: str) -> BaseRoute:
    clone = copy.copy(route)
    clone.path = prefix + route.path
    _compile(clone, clone.path)
    return _remembering(clone, route)


def _moved_mount(route: routing.Mount, prefix: str, limit: int | None) -> BaseRoute:
    clone = copy.copy(route)
    clone.path = (prefix + route.path).rstrip("/")
    _compile(clone, clone.path + "/{path:path}")
    clone.app = with_body_limit(route.app, limit)
    return _remembering(clone, route)


def _compile(clone: Any, path: str) -> None:
    compiled = compiled_path(path)
    clone.path_regex, clone.path_format, clone.param_convertors = (
        compiled.regex,
        compiled.format,
        compiled.convertors,
    )
