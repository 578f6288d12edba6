"""The decorators that routers and the app share: one per HTTP verb, all with the same options."""

from collections.abc import Callable, Sequence
from typing import Any, Unpack, cast

from laneway.params import Depends
from laneway.routing.options import AnyVerbOptions, RouteOptions
from laneway.types import DecoratedCallable


class Verbs:
    """Decorators for endpoints; whoever has them knows how to add a route."""

    def add_api_route(
        self, path: str, endpoint: Callable[..., Any], **options: Unpack[AnyVerbOptions]
    ) -> None:
        """Add one route; given by the heirs."""
        raise NotImplementedError

    def add_api_websocket_route(
        self,
        path: str,
        endpoint: Callable[..., Any],
        name: str | None = None,
        *,
        dependencies: Sequence[Depends] | None = None,
    ) -> None:
        """Add one WebSocket route; given by the heirs."""
        raise NotImplementedError

    def api_route(
        self, path: str, **options: Unpack[AnyVerbOptions]
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Register an endpoint for the methods in `methods` (GET when absent)."""

        def register(endpoint: DecoratedCallable) -> DecoratedCallable:
            self.add_api_route(path, endpoint, **options)
            return endpoint

        return register

    def _verb(
        self, method: str, path: str, options: RouteOptions
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        return self.api_route(path, methods=[method], **options)

    def get(
        self, path: str, **options: Unpack[RouteOptions]
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Register an endpoint for GET."""
        return self._verb("GET", path, options)

    def put(
        self, path: str, **options: Unpack[RouteOptions]
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Register an endpoint for PUT."""
        return self._verb("PUT", path, options)

    def post(
        self, path: str, **options: Unpack[RouteOptions]
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Register an endpoint for POST."""
        return self._verb("POST", path, options)

    def delete(
        self, path: str, **options: Unpack[RouteOptions]
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Register an endpoint for DELETE."""
        return self._verb("DELETE", path, options)

    def options(
        self, path: str, **options: Unpack[RouteOptions]
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Register an endpoint for OPTIONS."""
        return self._verb("OPTIONS", path, options)

    def head(
        self, path: str, **options: Unpack[RouteOptions]
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Register an endpoint for HEAD."""
        return self._verb("HEAD", path, options)

    def patch(
        self, path: str, **options: Unpack[RouteOptions]
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Register an endpoint for PATCH."""
        return self._verb("PATCH", path, options)

    def trace(
        self, path: str, **options: Unpack[RouteOptions]
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Register an endpoint for TRACE."""
        return self._verb("TRACE", path, options)

    def query(
        self, path: str, **options: Unpack[RouteOptions]
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Register an endpoint for QUERY: safe like GET, but what is asked for stands in the body."""
        return self._verb("QUERY", path, options)

    def websocket(
        self, path: str, name: str | None = None, *, dependencies: Sequence[Depends] | None = None
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Register a WebSocket endpoint with typed parameters and dependencies."""

        def register(endpoint: DecoratedCallable) -> DecoratedCallable:
            self.add_api_websocket_route(path, endpoint, name=name, dependencies=dependencies)
            return endpoint

        return register


def as_keywords(options: Any) -> dict[str, Any]:
    """A TypedDict as the dictionary it is."""
    return cast(dict[str, Any], options)
