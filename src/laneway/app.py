"""`Laneway`: the application.

What users say of it is here: options, routes, events, middleware, handlers. How requests pass it is in `app_serving`.
"""

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, Unpack, get_args

from starlette.datastructures import State
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import JSONResponse
from typing_extensions import deprecated as mark_deprecated

from laneway.app_batches import Batches
from laneway.app_commands import Commands
from laneway.app_jobs import DurableJobs
from laneway.app_options import ROUTER_OPTIONS, AppOptions, DocsDefaults, DocsOptions, Handler
from laneway.app_serving import Serving
from laneway.body_limit import checked_limit
from laneway.datastructures import Default
from laneway.exception_handlers import (
    http_exception_handler,
    request_validation_exception_handler,
    websocket_request_validation_exception_handler,
)
from laneway.exceptions import (
    FastAPIDeprecationWarning,
    RequestValidationError,
    WebSocketRequestValidationError,
)
from laneway.lanes.registry import Lanes
from laneway.lanes.replies import LaneFailure, lane_error_handler
from laneway.openapi.docs_routes import DOCS_ASSETS, docs_endpoints
from laneway.openapi.utils import get_openapi
from laneway.overrides import DependencyOverrides, Override
from laneway.params import Depends
from laneway.plan.app_scope import AppScope
from laneway.problem import checked_format
from laneway.routing.frontend import CheckDir, Directory, Fallback, must_exist
from laneway.routing.living import ON_EVENT_DEPRECATED
from laneway.routing.options import AnyVerbOptions, RouterOptions, check_names
from laneway.routing.route import APIRoute
from laneway.routing.router import APIRouter
from laneway.routing.routes import RouteList
from laneway.routing.verbs import Verbs, as_keywords
from laneway.routing.websocket_route import APIWebSocketRoute
from laneway.types import DecoratedCallable


class Laneway(DocsDefaults, Commands, DurableJobs, Batches, Verbs, Serving):
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
        self._begin_serving(given.get("telemetry"))
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
