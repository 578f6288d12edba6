"""How requests pass an app: its stack of layers, and the ways around it.

Without middleware they go straight from the router to a route's plan; with it they pass the stack as in Starlette:
errors, body limit, the user's middleware, exception handlers, router.
"""

from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from laneway.app_options import Handler
from laneway.body_limit import AppBodyLimitMiddleware
from laneway.exception_handlers import server_error_handler
from laneway.lanes.label import around
from laneway.lanes.registry import Lanes
from laneway.middleware.native.build import NativeStack, make_layer, native_stack
from laneway.middleware.native.endpoint import Endpoint
from laneway.middleware.native.errors import ErrorLayer, nowhere
from laneway.middleware.native.hooks import OPENED
from laneway.plan.message import RawRequest
from laneway.problem import ErrorFormat
from laneway.routing.entering import DirectRequest
from laneway.routing.router import APIRouter
from laneway.routing.serve import answer_error, serve_compiled, without_start
from laneway.routing.table import PathTable
from laneway.telemetry.watch import Telemetry

_SERVER_ERRORS = (500, Exception)
"""What the outermost layer answers for."""

_STARLETTE_CALL = Starlette.__call__
"""As it is before tools that report errors put their own in its place."""


class Serving(Starlette):
    """An app as servers see it.

    Attributes:
        router: Its routes.
        lanes: Its lanes.
        root_path: What the server leaves out of paths.
        max_body_size: Bytes of a body; None for any number.
        error_format: `detail` or `problem`.
        scope_handlers: The handlers by exception class, and by status, as a scope has them; None before there is a stack.
        direct_version: Differs whenever `direct_table` may give something else for the same routes.
        is_observable: Whether `is_observed` may change at any time.
    """

    router: APIRouter
    lanes: Lanes
    root_path: str
    max_body_size: int | None
    error_format: ErrorFormat

    def _begin_serving(self, telemetry: Any) -> None:
        self.middleware_stack: ASGIApp | None = None
        self._endpoint: Endpoint | None = None  # the innermost layer of the stack
        self.scope_handlers: tuple[dict[Any, Any], dict[int, Any]] | None = None
        self._direct_stack: ASGIApp | None = None
        self._native: NativeStack | None = None
        self._native_stack: ASGIApp | None = None  # what `_native` is a view of
        self.direct_version = 0
        self.is_observable = False
        self._watched_stack: ASGIApp | None = None
        self._telemetry = Telemetry(telemetry)

    def build_middleware_stack(self) -> ASGIApp:
        """Everything a request passes, from the outside in, down to the router."""
        layers = [
            Middleware(ErrorLayer, handler=self._server_error_handler, debug=self.debug),
            Middleware(AppBodyLimitMiddleware, max_body_size=self.max_body_size),
            *self.user_middleware,
            # Declared like the others: Sentry changes the class at that moment.
            Middleware(
                ExceptionMiddleware if _is_watched() else Endpoint,
                handlers=self._inner_handlers,
                debug=self.debug,
            ),
        ]
        app: ASGIApp = self.router
        for cls, args, kwargs in reversed(layers):
            app = make_layer(cls, app, args, kwargs)
            if isinstance(app, Endpoint):
                self._endpoint, self.scope_handlers = app, app.scope_handlers
        return app

    def add_exception_handler(self, exc_class_or_status_code: Any, handler: Any) -> None:
        """Register a handler for an exception class or a status; it holds from the next request on."""
        super().add_exception_handler(exc_class_or_status_code, handler)
        if self._endpoint is not None and exc_class_or_status_code not in _SERVER_ERRORS:
            self._endpoint.add_exception_handler(exc_class_or_status_code, handler)

    @property
    def _inner_handlers(self) -> dict[Any, Handler]:
        handlers = self.exception_handlers.items()
        return {key: handler for key, handler in handlers if key not in _SERVER_ERRORS}

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
        own_stack = getattr(self.build_middleware_stack, "__func__", None) is Serving.build_middleware_stack
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
