"""`APIRouter`: routes with common options, to be included in an app or in another router."""

from collections.abc import Callable, Collection, Sequence
from enum import Enum
from typing import Any, Generic, TypeVar, Unpack, cast

from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from laneway.exceptions import FastAPIError
from laneway.params import Depends
from laneway.raises import Raised
from laneway.routing.frontend import (
    CheckDir,
    Directory,
    Fallback,
    FrontendFiles,
    FrontendRoute,
    frontend_path,
    must_exist,
)
from laneway.routing.including import included_version
from laneway.routing.layers import Layer
from laneway.routing.lifespan import as_lifespan, events_lifespan, merged
from laneway.routing.living import LivingRouter
from laneway.routing.merging import around_include, options_within, take_from_router
from laneway.routing.options import AnyVerbOptions, RouteDefaults, RouterOptions, Surroundings, check_names
from laneway.routing.passage import pass_through, routers_of
from laneway.routing.route import APIRoute
from laneway.routing.routes import RouteList
from laneway.routing.verbs import Verbs, as_keywords
from laneway.routing.websocket_route import APIWebSocketRoute
from laneway.types import DecoratedCallable

T = TypeVar("T")


class Around(Generic[T]):
    """An option of a router, kept in its `surroundings` under the same name."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, router: "APIRouter", owner: type) -> T:
        value: T = getattr(router.surroundings, self._name)
        return value

    def __set__(self, router: "APIRouter", value: T) -> None:
        setattr(router.surroundings, self._name, value)


class APIRouter(Verbs, LivingRouter):
    """Routes with common options."""

    def __init__(
        self,
        *,
        routes: list[BaseRoute] | None = None,
        redirect_slashes: bool = True,
        default: ASGIApp | None = None,
        dependency_overrides_provider: Any = None,
        route_class: type[APIRoute] = APIRoute,
        on_startup: Sequence[Callable[[], Any]] | None = None,
        on_shutdown: Sequence[Callable[[], Any]] | None = None,
        lifespan: Any = None,
        strict_content_type: Any = RouteDefaults.strict_content_type,
        **options: Unpack[RouterOptions],
    ) -> None:
        check_names(as_keywords(options), RouterOptions.__annotations__, type(self).__name__)
        _check_prefix(options.get("prefix", ""))
        self.on_startup = list(on_startup or ())
        self.on_shutdown = list(on_shutdown or ())
        lifespan = (
            events_lifespan(self.on_startup, self.on_shutdown) if lifespan is None else as_lifespan(lifespan)
        )
        super().__init__(routes=routes, redirect_slashes=redirect_slashes, default=default, lifespan=lifespan)
        self.dependency_overrides_provider = dependency_overrides_provider
        self.route_class = route_class
        self.surroundings = Surroundings(as_keywords(options), strict_content_type)
        self.late_routes = RouteList()

    prefix = Around[str]()
    tags = Around[list[str | Enum]]()
    dependencies = Around[list[Depends]]()
    responses = Around[dict[int | str, dict[str, Any]]]()
    raises = Around[list[Raised]]()
    callbacks = Around[list[BaseRoute]]()
    deprecated = Around[bool | None]()
    include_in_schema = Around[bool]()
    default_response_class = Around[Any]()
    generate_unique_id_function = Around[Any]()
    strict_content_type = Around[Any]()
    max_body_size = Around[int | None]()
    form_limits = Around[dict[str, int]]()
    lane = Around[str | None]()
    timeout = Around[float | None]()
    cancel_on_disconnect = Around[bool | None]()
    layers = Around[tuple[Layer, ...]]()

    # -- adding routes

    def add_api_route(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        route_class_override: type[APIRoute] | None = None,
        **options: Unpack[AnyVerbOptions],
    ) -> None:
        """Add one route; options as in the decorators."""
        route_class = route_class_override or self.route_class
        own = as_keywords(options)
        check_names(own, AnyVerbOptions.__annotations__, "a route")
        self.routes.append(self._make_route(route_class, path, endpoint, own))

    def _make_route(
        self, route_class: Callable[..., APIRoute], path: str, endpoint: Any, own: dict[str, Any]
    ) -> APIRoute:
        """A route with its own options and those of this router."""
        around = self.surroundings
        route = route_class(
            around.prefix + path,
            endpoint=endpoint,
            dependency_overrides_provider=self.dependency_overrides_provider,
            **options_within(around, own),
        )
        take_from_router(route, around)
        return route

    def frontend(
        self, path: str, *, directory: Directory, fallback: Fallback = "auto", check_dir: CheckDir = "auto"
    ) -> None:
        """Serve the files that a frontend's build wrote below `path`, where no route matches.

        Args:
            path: Where they are, `/` for the whole app.
            directory: Where the build writes.
            fallback: The page for paths without a file: `404.html`, or `index.html` for browsers that go to an
                address; `auto` takes the first of them that exists.
            check_dir: Whether a missing directory is an error at once; `auto` warns where FASTAPI_ENV is
                `development`.

        Raises:
            RuntimeError: The directory or the fallback page does not exist.
        """
        files = FrontendFiles(directory, fallback, check_dir=must_exist(directory, check_dir))
        self.late_routes.append(self._make_route(FrontendRoute, frontend_path(path), files, {}))

    def add_api_websocket_route(
        self,
        path: str,
        endpoint: Callable[..., Any],
        name: str | None = None,
        *,
        dependencies: Sequence[Depends] | None = None,
    ) -> None:
        """Add one WebSocket route."""
        route = APIWebSocketRoute(
            self.surroundings.prefix + path,
            endpoint=endpoint,
            name=name,
            dependencies=[*self.surroundings.dependencies, *(dependencies or ())],
            dependency_overrides_provider=self.dependency_overrides_provider,
        )
        route.default_lane = self.surroundings.lane
        if self.surroundings.layers:
            route.stand_behind(self.surroundings.layers)
        self.routes.append(route)

    def route(
        self,
        path: str,
        methods: Collection[str] | None = None,
        name: str | None = None,
        include_in_schema: bool = True,
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Register a Starlette endpoint: a function from request to response, not in the docs."""

        def register(endpoint: DecoratedCallable) -> DecoratedCallable:
            self.add_route(path, endpoint, methods, name, include_in_schema)
            return endpoint

        return register

    def websocket_route(
        self, path: str, name: str | None = None
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Register a Starlette WebSocket endpoint, without typed parameters."""

        def register(endpoint: DecoratedCallable) -> DecoratedCallable:
            self.add_websocket_route(path, endpoint, name)
            return endpoint

        return register

    def include_router(self, router: "APIRouter", **options: Unpack[RouterOptions]) -> None:
        """Serve the routes of another router, too, those it has and those it gets.

        Raises:
            AssertionError: The routers would include each other, or the prefix is malformed.
            FastAPIError: A route would have an empty path.
        """
        given = as_keywords(options)
        check_names(given, RouterOptions.__annotations__, "include_router")
        _check_include(self, router, given.get("prefix", ""))
        outer = around_include(self.surroundings, Surroundings(given), router.surroundings)
        provider = self.dependency_overrides_provider

        def derive(route: BaseRoute) -> BaseRoute:
            version = included_version(route, outer, router.surroundings, provider)
            if version is not route:  # others are nothing that FastAPI knows
                pass_through(version, router, APIRouter, routers_of(route))
            return version

        cast(RouteList, self.routes).include(cast(RouteList, router.routes), derive)
        self.late_routes.include(router.late_routes, derive)
        self.lifespan_context = merged(self.lifespan_context, lambda app: router.lifespan_context(app))  # noqa: PLW0108  # it may change until then


def _check_prefix(prefix: str) -> None:
    if prefix and not prefix.startswith("/"):
        raise AssertionError(f"A path prefix must start with '/', {prefix!r} does not")
    if prefix.endswith("/"):
        raise AssertionError(
            f"A path prefix must not end with '/', as the routes will start with '/'; {prefix!r} does"
        )


def _check_include(parent: APIRouter, router: APIRouter, prefix: str) -> None:
    if parent is router:
        raise AssertionError(
            "Cannot include the same APIRouter instance into itself. Did you mean to include a different router?"
        )
    if cast(RouteList, router.routes).includes(cast(RouteList, parent.routes)):
        raise AssertionError(
            "Cannot include an APIRouter instance that already includes this router. "
            "Did you mean to include a different router?"
        )
    _check_prefix(prefix)
    for route in router.routes if not prefix else ():
        if getattr(route, "path", None) == "":
            name = getattr(route, "name", "unknown")
            raise FastAPIError(f"Prefix and path cannot be both empty (path operation: {name})")
