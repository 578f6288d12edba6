"""`Laneway`: the application.

Requests come in here. Without middleware they go straight from the router to a route's plan; with it they pass the
stack as in Starlette: errors, body limit, the user's middleware, exception handlers, router.
"""

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, Unpack, get_args

from starlette.applications import Starlette
from starlette.datastructures import State
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from typing_extensions import deprecated as mark_deprecated

from laneway.app_batches import Batches
from laneway.app_commands import Commands
from laneway.app_jobs import DurableJobs
from laneway.app_options import ROUTER_OPTIONS, AppOptions, DocsDefaults, DocsOptions, Handler
from laneway.body_limit import AppBodyLimitMiddleware, checked_limit
from laneway.datastructures import Default
from laneway.exception_handlers import (
    http_exception_handler,
    request_validation_exception_handler,
    server_error_handler,
    websocket_request_validation_exception_handler,
)
from laneway.exceptions import (
    FastAPIDeprecationWarning,
    RequestValidationError,
    WebSocketRequestValidationError,
)
from laneway.lanes.label import around
from laneway.lanes.registry import Lanes
from laneway.lanes.replies import LaneFailure, lane_error_handler
from laneway.middleware.native.build import NativeStack, make_layer, native_stack
from laneway.middleware.native.endpoint import Endpoint
from laneway.middleware.native.errors import ErrorLayer, nowhere
from laneway.middleware.native.hooks import OPENED
from laneway.openapi.docs_routes import DOCS_ASSETS, docs_endpoints
from laneway.openapi.utils import get_openapi
from laneway.overrides import DependencyOverrides, Override
from laneway.params import Depends
from laneway.plan.app_scope import AppScope
from laneway.plan.message import RawRequest
from laneway.problem import checked_format
from laneway.routing.entering import DirectRequest
from laneway.routing.frontend import CheckDir, Directory, Fallback, must_exist
from laneway.routing.living import ON_EVENT_DEPRECATED
from laneway.routing.options import AnyVerbOptions, RouterOptions, check_names
from laneway.routing.route import APIRoute
from laneway.routing.router import APIRouter
from laneway.routing.routes import RouteList
from laneway.routing.serve import answer_error, serve_compiled, without_start
from laneway.routing.table import PathTable
from laneway.routing.verbs import Verbs, as_keywords
from laneway.routing.websocket_route import APIWebSocketRoute
from laneway.telemetry.watch import Telemetry
from laneway.types import DecoratedCallable

_STARLETTE_CALL = Starlette.__call__
"""As it is before tools that report errors put their own in its place."""


class Laneway(DocsDefaults, Commands, DurableJobs, Batches, Verbs, Starlette):
    """An application: routes, options, handlers, lifespan; an ASGI app for any server.

    Example:
        app = Laneway(title="Shop")

        @app.get("/items/{item_id}")
        async def read_item(item_id: int) -> dict[str, int]:
            return {"item_id": item_id}
    """

    command: ClassVar[str] = "laneway"  # the command line that messages speak of

    def __init__(self, **options: Unpack[AppOptions]) -> None:
        given = as_keywords(options)
        check_names(given, AppOptions.__annotations__, type(self).__name__)
        self._take_docs_options(given)
        self.debug = given.get("debug", False)
        self.max_body_size = checked_limit(given.get("max_body_size"))
        self.error_format = checked_format(given.get("error_format", "detail"))
        self.webhooks: APIRouter = given.get("webhooks") or APIRouter()
        self.root_path: str = given.get("root_path", "")
        if self.root_path:
            warnings.warn(
                "The `root_path` parameter is deprecated. Configure the server's root path instead, for example with "
                f"`{self.command} run --root-path /api/v1`.",
                FastAPIDeprecationWarning,
                stacklevel=2,
            )
        self.state = State()
        self.lanes = Lanes(given.get("lanes"))
        self._take_jobs(given.get("jobs"), given.get("background", "process"))
        self.app_scope = AppScope(self.lanes)
        self.deadline_header: str | None = given.get("deadline_header")
        self._overrides = DependencyOverrides({}, self._overrides_changed)
        self.router: APIRouter = self._make_router(given)
        self.exception_handlers: dict[Any, Handler] = _with_default_handlers(given.get("exception_handlers"))
        self.user_middleware: list[Middleware] = list(given.get("middleware") or ())
        self.middleware_stack: ASGIApp | None = None
        self._endpoint: Endpoint | None = None  # the innermost layer of the stack
        self.scope_handlers: tuple[dict[Any, Any], dict[int, Any]] | None = None  # see there
        self._direct_stack: ASGIApp | None = None
        self._native: NativeStack | None = None
        self._native_stack: ASGIApp | None = None  # what `_native` is a view of
        self.direct_version = 0  # differs whenever `direct_table` may give something else for the same routes
        self.is_observable = False  # whether `is_observed` may change at any time
        self._watched_stack: ASGIApp | None = None
        self._telemetry = Telemetry(given.get("telemetry"))
        self.setup()

    def _take_docs_options(self, given: dict[str, Any]) -> None:
        for name in DocsOptions.__annotations__.keys() & given.keys():
            setattr(self, name, given[name])
        self.servers = self.servers or []
        self.openapi_schema: dict[str, Any] | None = None
        self._schema_version: int | None = None
        for name in ("title", "version") if self.openapi_url else ():
            if not getattr(self, name):
                raise AssertionError(f"A {name} must be provided for OpenAPI, e.g.: {name}='My API'")

    def _make_router(self, given: dict[str, Any]) -> APIRouter:
        chosen = {name: given[name] for name in ROUTER_OPTIONS if name in given}
        chosen.setdefault("default_response_class", Default(JSONResponse))
        chosen.setdefault("strict_content_type", True)
        return APIRouter(dependency_overrides_provider=self, **chosen)

    def setup(self) -> None:
        """Serve the OpenAPI document and the docs pages."""
        for path, endpoint in docs_endpoints(self):
            self.add_route(path, endpoint, include_in_schema=False)
        # Files of the pages are no routes of the API.
        self.router.late_routes.append(DOCS_ASSETS)

    # -- documentation

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document; built once, and anew when routes were added."""
        version = _version(self.router) + _version(self.webhooks)
        if not self.openapi_schema or self._schema_version != version:
            self.openapi_schema = get_openapi(
                title=self.title,
                version=self.version,
                openapi_version=self.openapi_version,
                summary=self.summary,
                description=self.description,
                terms_of_service=self.terms_of_service,
                contact=self.contact,
                license_info=self.license_info,
                routes=self.routes,
                webhooks=self.webhooks.routes,
                tags=self.openapi_tags,
                servers=self.servers,
                separate_input_output_schemas=self.separate_input_output_schemas,
                external_docs=self.openapi_external_docs,
                error_format=self.error_format,
            )
            self._schema_version = version
        return self.openapi_schema

    # -- dependency overrides

    @property
    def dependency_overrides(self) -> Override:
        """Replacements of dependencies, for tests: `app.dependency_overrides[get_db] = fake_db`."""
        return self._overrides

    @dependency_overrides.setter
    def dependency_overrides(self, values: Override | None) -> None:
        values = values or {}
        before = list(self._overrides)
        self._overrides = DependencyOverrides(values, self._overrides_changed)
        self._overrides_changed([*before, *values])

    @contextmanager
    def override(self, replacements: Override) -> Iterator[None]:
        """Replace dependencies within a `with` block."""
        before = dict(self._overrides)
        self._overrides.update(replacements)
        try:
            yield
        finally:
            self.dependency_overrides = before

    def _overrides_changed(self, calls: Iterable[Callable[..., Any]]) -> None:
        changed = list(calls)
        self.app_scope.forget(changed)
        for route in (*self.routes, *self.router.late_routes):
            if isinstance(route, APIRoute | APIWebSocketRoute) and _depends_on(route, changed):
                route.overrides_changed()

    # -- adding routes

    def add_api_route(
        self, path: str, endpoint: Callable[..., Any], **options: Unpack[AnyVerbOptions]
    ) -> None:
        """Add one route; options as in the decorators."""
        self.router.add_api_route(path, endpoint, **options)

    def add_api_websocket_route(
        self,
        path: str,
        endpoint: Callable[..., Any],
        name: str | None = None,
        *,
        dependencies: Sequence[Depends] | None = None,
    ) -> None:
        """Add one WebSocket route."""
        self.router.add_api_websocket_route(path, endpoint, name, dependencies=dependencies)

    def include_router(self, router: APIRouter, **options: Unpack[RouterOptions]) -> None:
        """Serve the routes of a router; see `APIRouter.include_router`."""
        self.router.include_router(router, **options)

    def frontend(
        self, path: str, *, directory: Directory, fallback: Fallback = "auto", check_dir: CheckDir = "auto"
    ) -> None:
        """Serve the files of a frontend's build where no route matches; see `APIRouter.frontend`."""
        exists = must_exist(directory, check_dir)
        self.router.frontend(path, directory=directory, fallback=fallback, check_dir=exists)

    def websocket_route(
        self, path: str, name: str | None = None
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Register a Starlette WebSocket endpoint, without typed parameters."""
        return self.router.websocket_route(path, name)

    # -- events, middleware, handlers

    def add_event_handler(self, event_type: str, func: Callable[[], Any]) -> None:
        """Call `func` at `startup` or `shutdown`."""
        self.router.add_event_handler(event_type, func)

    @mark_deprecated(ON_EVENT_DEPRECATED)
    def on_event(self, event_type: str) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Register a handler for `startup` or `shutdown`."""

        def register(func: DecoratedCallable) -> DecoratedCallable:
            self.router.add_event_handler(event_type, func)
            return func

        return register

    def middleware(self, middleware_type: str) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Register a function `(request, call_next) -> response` around every request; the type is `http`."""
        if middleware_type != "http":
            raise AssertionError(f"Only middleware('http') is supported, not {middleware_type!r}")

        def register(func: DecoratedCallable) -> DecoratedCallable:
            self.add_middleware(BaseHTTPMiddleware, dispatch=func)
            return func

        return register

    def exception_handler(
        self, exc_class_or_status_code: int | type[Exception]
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Register a function `(request, error) -> response` for an exception class or a status code."""

        def register(func: DecoratedCallable) -> DecoratedCallable:
            self.add_exception_handler(exc_class_or_status_code, func)
            return func

        return register

    def build_middleware_stack(self) -> ASGIApp:
        """Everything a request passes, from the outside in, down to the router."""
        layers = [
            Middleware(ErrorLayer, handler=self._server_error_handler, debug=self.debug),
            Middleware(AppBodyLimitMiddleware, max_body_size=self.max_body_size),
            *self.user_middleware,
        ]
        watched = _is_watched()
        if watched:  # Sentry changes a class when a layer of it is declared, and this one before it is made
            _ = Middleware(ExceptionMiddleware)
        self._endpoint = Endpoint(self.router, self._inner_handlers, self.debug)
        self.scope_handlers = self._endpoint.scope_handlers
        app: ASGIApp = self._endpoint.around(self.router) if watched else self._endpoint
        for cls, args, kwargs in reversed(layers):
            app = make_layer(cls, app, args, kwargs)
        return app

    @property
    def _inner_handlers(self) -> dict[Any, Handler]:
        return {
            key: handler for key, handler in self.exception_handlers.items() if key not in (500, Exception)
        }

    @property
    def _server_error_handler(self) -> Handler | None:
        own = self.exception_handlers.get(500) or self.exception_handlers.get(Exception)
        return server_error_handler if own is None and self.error_format == "problem" else own

    # -- serving

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if self.root_path:
            scope["root_path"] = self.root_path
        scope["app"] = self
        stack = self.middleware_stack
        if stack is None:
            stack = self._build()
        if (
            stack is self._direct_stack
            or (stack is self._watched_stack and self._telemetry.passes_over(scope))
        ) and scope["type"] == "http":
            found = self.router.find(scope)
            if found is not None and found.complete and (plan := getattr(found.route, "direct_plan", None)):
                scope.setdefault("router", self.router)
                request = DirectRequest(scope, receive, send, found)
                try:
                    await serve_compiled(plan, found.route.general_plan, request)
                except Exception as error:  # noqa: BLE001  # handed to the handlers
                    await self.answer_error(error, plan.path, request)
                return
        around.set(self.lanes)  # for middleware and lifespan, which no route's label covers
        if self._telemetry.awake:
            await self._telemetry.serve(super().__call__, scope, receive, send, stack)
        else:
            await super().__call__(scope, receive, send)

    async def prepare(self) -> None:
        """Make now what the first requests would make: plans, look-up tables, processes.

        The lifespan does it after start-up, which may add routes and change them.
        """
        self._watch()
        self.router.prepare()
        await self.lanes.start()

    def _build(self) -> ASGIApp:
        self.middleware_stack = self.build_middleware_stack()
        # PERF: nothing stands between server and router, so the layers for errors are entered only when there is an
        # error (about 4 us a request saved).
        own_stack = getattr(self.build_middleware_stack, "__func__", None) is Laneway.build_middleware_stack
        own_router = getattr(self.router, "may_be_passed_by", False)  # it may be Starlette's
        self._native = None
        if own_stack and own_router and not _is_watched() and self.max_body_size is None:
            if self.user_middleware:
                self._native = native_stack(_within(self.middleware_stack))
                self._native_stack = self.middleware_stack
                if self._native is not None and isinstance(self.middleware_stack, ErrorLayer):
                    self.middleware_stack.open_hooks(self._native)
            else:
                self._direct_stack = self.middleware_stack
        self.direct_version += 1
        self._watch()
        return self.middleware_stack

    def _watch(self) -> None:
        """Let requests pass telemetry from now on, if there is anything to observe them with."""
        if self._telemetry.wake():
            # Without an observer in sight, a request still takes the direct way.
            self._watched_stack, self._direct_stack = self._direct_stack or self._watched_stack, None
            self._native = None
            self.direct_version += 1
            self.is_observable = True

    def direct_table(self) -> PathTable | None:
        """Where a server finds routes that it may serve by their plans; None when it must not.

        If there is `native_middleware`, their requests and responses pass that.
        """
        stack = self.middleware_stack or self._build()
        unobserved = stack is self._watched_stack and not self.is_observed
        passable = stack is self._direct_stack or unobserved or self.native_middleware is not None
        if not passable or self.root_path:
            return None
        return self.router.table(Route)

    @property
    def is_observed(self) -> bool:
        """Whether telemetry has somebody to tell; it may get or lose them at any time."""
        return self.is_observable and not self._telemetry.passes_over({})

    @property
    def native_middleware(self) -> NativeStack | None:
        """The user's middleware, if requests can pass it without ASGI; None if they cannot, or there is none."""
        return self._native if self.middleware_stack is self._native_stack else None

    async def answer_error(self, error: Exception, path: str, request: RawRequest) -> None:
        """Let the handlers answer for a plan that failed, as they would in the full stack."""

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            await answer_error(error, path, request, send)

        assert self._endpoint is not None  # plans serve when there is a stack
        for key, handler in self._inner_handlers.items():  # some may be newer than the stack
            self._endpoint.add_exception_handler(key, handler)
        inner = self._endpoint.around(answer)
        send = without_start(request.tracked_send) if request.started else request.tracked_send
        try:
            await inner(request.complete_scope(), request.receive, send)
        except Exception as unhandled:  # noqa: BLE001  # raised again
            await self.answer_failure(unhandled, request)

    async def answer_failure(self, error: Exception, request: RawRequest) -> None:
        """Let the handler for server errors answer for what nobody else has handled, and raise the error again."""
        request.failing()
        scope = request.complete_scope()
        layer = ErrorLayer(self.router, handler=self._server_error_handler, debug=self.debug)
        send = nowhere if request.started else request.send
        await layer.answer(error, scope, request.receive, send, scope.get(OPENED, ()))


def _is_watched() -> bool:
    """Whether a tool that reports errors has put its own in the place of Starlette's methods."""
    return Starlette.__call__ is not _STARLETTE_CALL


def _within(stack: Any) -> ASGIApp:
    """The first layer of the user's, within those for errors and for the size of bodies."""
    within: ASGIApp = stack.app.app
    return within


def _version(router: APIRouter) -> int:
    return router.routes.version if isinstance(router.routes, RouteList) else len(router.routes)


def _depends_on(route: APIRoute | APIWebSocketRoute, calls: list[Callable[..., Any]]) -> bool:
    """Whether the route's tree has, or may get through an override, one of the callables."""
    if any(
        route.dependency_overrides_provider is not None and node.call in calls
        for node in route.dependant.walk()
    ):
        return True
    return route.tree.uses(calls)


def _with_default_handlers(given: Mapping[Any, Handler] | None) -> dict[Any, Handler]:
    handlers: dict[Any, Handler] = dict(given or {})
    handlers.setdefault(StarletteHTTPException, http_exception_handler)
    handlers.setdefault(RequestValidationError, request_validation_exception_handler)
    for failure in get_args(LaneFailure):
        handlers.setdefault(failure, lane_error_handler)
    handlers.setdefault(WebSocketRequestValidationError, websocket_request_validation_exception_handler)
    return handlers
