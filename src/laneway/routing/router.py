"""`APIRouter`: routes with common options, to be included in an app or in another router."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from enum import Enum
from typing import Any, Generic, TypeVar, Unpack, cast

from starlette import routing
from starlette._utils import get_route_path
from starlette.datastructures import URL
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Match, Mount
from starlette.types import ASGIApp, Receive, Scope, Send
from typing_extensions import deprecated as mark_deprecated

from laneway.body_limit import innermost_limit
from laneway.exceptions import FastAPIError
from laneway.form_limits import checked_form_limits
from laneway.params import Depends
from laneway.plan.message import RawRequest
from laneway.routing.frontend import (
    CheckDir,
    Directory,
    Fallback,
    FrontendFiles,
    FrontendRoute,
    frontend_path,
    most_specific,
    must_exist,
)
from laneway.routing.including import included_version
from laneway.routing.lifespan import as_lifespan, call_handler, events_lifespan, merged, whole_lifespan
from laneway.routing.options import (
    AnyVerbOptions,
    RouteDefaults,
    RouterOptions,
    Surroundings,
    check_names,
    first_chosen,
)
from laneway.routing.passage import on_handle, on_match, pass_through, routers_of
from laneway.routing.route import APIRoute
from laneway.routing.routes import RouteList
from laneway.routing.table import Found, PathTable
from laneway.routing.verbs import Verbs, as_keywords
from laneway.routing.websocket_route import APIWebSocketRoute
from laneway.telemetry.current import KEY as OBSERVED
from laneway.types import DecoratedCallable

ON_EVENT_DEPRECATED = "on_event is deprecated, use lifespan event handlers instead"


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


class APIRouter(Verbs, routing.Router):
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
        around = Surroundings(as_keywords(options), strict_content_type)
        around.form_limits = checked_form_limits(around.form_limits)
        self.surroundings = around
        self.late_routes = RouteList()  # asked when no other matches, the longest path first
        self._tables: dict[type, PathTable] = {}

    prefix = Around[str]()
    tags = Around[list[str | Enum]]()
    dependencies = Around[list[Depends]]()
    responses = Around[dict[int | str, dict[str, Any]]]()
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

    @property
    def routes(self) -> list[BaseRoute]:
        """All routes served, those of included routers among them."""
        return self._routes

    @routes.setter
    def routes(self, routes: list[BaseRoute]) -> None:
        if hasattr(self, "_routes"):
            self._routes.version += 1  # whoever looks at the old list must see that it is none any more
        self._routes: RouteList = routes if isinstance(routes, RouteList) else RouteList(routes)

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
        # Only what was said goes into the call: classes of users may not know newer options.
        merged_options = {**own, **_with_defaults(around, own)}
        route = route_class(
            around.prefix + path,
            endpoint=endpoint,
            dependency_overrides_provider=self.dependency_overrides_provider,
            **merged_options,
        )
        route.default_lane = around.lane
        if route.timeout is None:
            route.timeout = around.timeout
        if route.cancel_on_disconnect is None:
            route.cancel_on_disconnect = around.cancel_on_disconnect
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
        outer = self._around_include(router, given)
        provider = self.dependency_overrides_provider

        def derive(route: BaseRoute) -> BaseRoute:
            version = included_version(route, outer, router.surroundings, provider)
            if version is not route:  # others are nothing that FastAPI knows
                pass_through(version, router, APIRouter, routers_of(route))
            return version

        cast(RouteList, self.routes).include(cast(RouteList, router.routes), derive)
        self.late_routes.include(router.late_routes, derive)
        self.lifespan_context = merged(self.lifespan_context, lambda app: router.lifespan_context(app))  # noqa: PLW0108  # it may change until then

    def _around_include(self, router: "APIRouter", given: dict[str, Any]) -> Surroundings:
        """This router's options and those of the include, as one."""
        own, here = self.surroundings, Surroundings(given)
        outer = Surroundings({}, own.strict_content_type)
        outer.prefix = own.prefix + here.prefix
        outer.tags = [*own.tags, *here.tags]
        outer.dependencies = [*own.dependencies, *here.dependencies]
        outer.responses = {**own.responses, **here.responses}
        outer.callbacks = [*own.callbacks, *here.callbacks]
        outer.deprecated = here.deprecated or own.deprecated
        outer.include_in_schema = own.include_in_schema and here.include_in_schema
        outer.default_response_class = first_chosen(here.default_response_class, own.default_response_class)
        outer.generate_unique_id_function = first_chosen(
            here.generate_unique_id_function, own.generate_unique_id_function
        )
        outer.max_body_size = innermost_limit(
            router.surroundings.max_body_size, here.max_body_size, own.max_body_size
        )
        outer.lane = here.lane or own.lane
        outer.timeout = own.timeout if here.timeout is None else here.timeout
        outer.cancel_on_disconnect = (
            own.cancel_on_disconnect if here.cancel_on_disconnect is None else here.cancel_on_disconnect
        )
        outer.form_limits = {
            **own.form_limits,
            **checked_form_limits(here.form_limits),
            **router.surroundings.form_limits,
        }
        return outer

    # -- events

    def add_event_handler(self, event_type: str, func: Callable[[], Any]) -> None:
        """Call `func` at `startup` or `shutdown`."""
        if event_type not in ("startup", "shutdown"):
            raise AssertionError(f"event_type must be 'startup' or 'shutdown', not {event_type!r}")
        (self.on_startup if event_type == "startup" else self.on_shutdown).append(func)

    @mark_deprecated(ON_EVENT_DEPRECATED)
    def on_event(self, event_type: str) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Register a handler for `startup` or `shutdown`."""

        def register(func: DecoratedCallable) -> DecoratedCallable:
            self.add_event_handler(event_type, func)
            return func

        return register

    async def _startup(self) -> None:
        for handler in self.on_startup:
            await call_handler(handler)

    async def _shutdown(self) -> None:
        for handler in self.on_shutdown:
            await call_handler(handler)

    def whole_lifespan(self, app: Any) -> AbstractAsyncContextManager[Any]:
        """Everything that runs around serving `app`: its lanes, its lifespan, those of mounted apps."""
        return whole_lifespan(self.lifespan_context, self.mounted_apps)(app)

    async def lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the server's lifespan messages."""
        await routing.Router(lifespan=self.whole_lifespan).lifespan(scope, receive, send)

    # -- serving

    @property
    def route_list(self) -> RouteList:
        """The routes, in a list that tells when it changes."""
        return self._routes

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
            if isinstance(route, APIRoute):
                _ = route.general_plan, route.direct_plan
            elif isinstance(route, APIWebSocketRoute):
                _ = route.tree

    def find(self, scope: Scope) -> Found | None:
        """The route that serves a request or WebSocket, or lacks only its method."""
        path = get_route_path(scope) if scope.get("root_path") else scope["path"]
        if scope["type"] == "http":
            return self.table(routing.Route).find(path, scope["method"], scope)
        return self.table(routing.WebSocketRoute).find(path, "", scope)

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection with the route that matches it."""
        scope.setdefault("router", self)
        if self.form_limits:
            _add_form_limits(scope, self.form_limits)
        if scope["type"] == "lifespan":
            await self.lifespan(scope, receive, send)
            return
        found = self.find(scope)
        if scope.get(OBSERVED) is not None:
            self._tell_route(scope, found)
        if found is not None:
            enter_route(scope, found)
            await found.route.handle(scope, receive, send)
        elif (url := self._with_other_slash(scope)) is not None:
            await RedirectResponse(url)(scope, receive, send)
        elif (late := most_specific(self.late_routes, scope)) is not None:
            enter_route(scope, late)
            await late.route.handle(scope, receive, send)
        else:
            await self.default(scope, receive, send)

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

    def mounted_apps(self) -> Iterator[Any]:
        """Apps of ours that are mounted here, whose lifespans run with this router's."""
        for route in self.routes:
            # A mount of an included router may have its app behind a body limit.
            app = getattr(route, "original_route", route).app if isinstance(route, Mount) else None
            if isinstance(getattr(app, "router", None), APIRouter):
                yield app


def _add_form_limits(scope: Scope, limits: dict[str, int]) -> None:
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
        scope["fastapi"] = {**scope.get("fastapi", {}), "effective_route_context": route}


def _with_defaults(around: Surroundings, own: dict[str, Any]) -> dict[str, Any]:
    """A route's options where its router has a say."""

    def chosen(name: str) -> Any:
        return own.get(name, getattr(RouteDefaults, name))

    merged_options = {
        "tags": [*around.tags, *(chosen("tags") or ())],
        "dependencies": [*around.dependencies, *(chosen("dependencies") or ())],
        "responses": {**around.responses, **(chosen("responses") or {})},
        "callbacks": [*around.callbacks, *(chosen("callbacks") or ())],
        "deprecated": chosen("deprecated") or around.deprecated,
        "include_in_schema": chosen("include_in_schema") and around.include_in_schema,
        "response_class": first_chosen(chosen("response_class"), around.default_response_class),
        "generate_unique_id_function": first_chosen(
            chosen("generate_unique_id_function"), around.generate_unique_id_function
        ),
        "strict_content_type": first_chosen(chosen("strict_content_type"), around.strict_content_type),
        "max_body_size": innermost_limit(chosen("max_body_size"), around.max_body_size),
    }
    limits = {**around.form_limits, **checked_form_limits(chosen("form_limits"))}
    return {**merged_options, "form_limits": limits} if limits else merged_options


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
