"""The middleware of an app, as far as telemetry has to do with it."""

from typing import Any

from starlette.middleware.errors import ServerErrorMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from laneway.telemetry.current import observed_in

_CONTRIB = ("opentelemetry.instrumentation.asgi", "OpenTelemetryMiddleware")


class ErrorWatch:
    """Sees unhandled exceptions before the layer for them answers, while their request is still under way."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        try:
            await self.app(scope, receive, send)
        except Exception as error:
            if (observed := observed_in(scope)) is not None:
                observed.failed(error)
            raise


def watch_errors(stack: object) -> None:
    """Put an `ErrorWatch` within the outermost layer of a stack, if that is the one for errors."""
    if isinstance(stack, ServerErrorMiddleware) and not isinstance(stack.app, ErrorWatch):
        stack.app = ErrorWatch(stack.app)


def is_instrumented(stack: Any) -> bool:
    """Whether OpenTelemetry's own ASGI middleware stands in a stack: then spans and metrics are its business."""
    seen: set[int] = set()
    while stack is not None and id(stack) not in seen:
        if (type(stack).__module__, type(stack).__name__) == _CONTRIB:
            return True
        seen.add(id(stack))
        stack = getattr(stack, "app", None)
    return False
