"""Routes as tools see them, in FastAPI's form: the declared route beside what serving makes of it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from starlette import routing
from starlette.routing import BaseRoute, Match
from starlette.types import Scope

from laneway.routing.route import APIRoute


@dataclass(frozen=True)
class RouteContext:
    """A route in its place.

    Attributes are those of the served route (full path, merged options); `original_route` is the declared one.

    Attributes:
        served: The entry of the flat list of routes.
    """

    served: BaseRoute

    @property
    def original_route(self) -> BaseRoute:
        """The route as it was declared, before any include."""
        original: BaseRoute = getattr(self.served, "original_route", self.served)
        return original

    @property
    def route(self) -> BaseRoute:
        """The same as `original_route`."""
        return self.original_route

    @property
    def path(self) -> str | None:
        """Path with all prefixes."""
        return getattr(self.served, "path", None)

    @property
    def path_format(self) -> str | None:
        """Path with bare parameter names."""
        return getattr(self.served, "path_format", None)

    @property
    def name(self) -> str | None:
        """Name for `url_path_for`."""
        return getattr(self.served, "name", None)

    @property
    def methods(self) -> set[str] | None:
        """HTTP methods; None where any is served, and for WebSockets."""
        return getattr(self.served, "methods", None)

    @property
    def endpoint(self) -> Callable[..., Any] | None:
        """The function that is called."""
        return getattr(self.served, "endpoint", None)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether path and method fit; a `matches` of an included route's own class is not asked here."""
        if isinstance(self.served, APIRoute) and self.served is not self.original_route:
            return routing.Route.matches(self.served, scope)
        return self.served.matches(scope)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.served, name)


def iter_route_contexts(routes: Iterable[BaseRoute | RouteContext]) -> Iterator[RouteContext]:
    """Every route of a flat list with its context; contexts come as they are."""
    return (route if isinstance(route, RouteContext) else RouteContext(route) for route in routes)
