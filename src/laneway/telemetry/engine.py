"""Observes the connections of one app: decides which, and stands around them."""

from opentelemetry import context as otel_context
from starlette.types import ASGIApp, Receive, Scope, Send

from laneway.telemetry.attributes import known_methods
from laneway.telemetry.config import TelemetryOptions
from laneway.telemetry.current import KEY
from laneway.telemetry.observation import Observation
from laneway.telemetry.observed_request import ObservedRequest
from laneway.telemetry.observed_websocket import ObservedWebSocket
from laneway.telemetry.providers import Providers
from laneway.telemetry.stack import is_instrumented, watch_errors


class Engine:
    """The observing half of `Telemetry`; the only one that needs OpenTelemetry."""

    def __init__(self, options: TelemetryOptions) -> None:
        self._options = options
        self._providers = Providers(options)
        self._known_methods = known_methods()
        self._stack: object = None
        self._others_observe = False

    def active(self) -> bool:
        """Whether a request would be observed now."""
        return self._providers.any()

    async def serve(
        self, app: ASGIApp, scope: Scope, receive: Receive, send: Send, stack: object = None
    ) -> None:
        """Serve one connection with `app`, observed if it is to be.

        Args:
            app: What serves it.
            scope: The connection.
            receive: Its messages.
            send: Takes the app's messages.
            stack: The middleware that it will pass; other instrumentation in it has precedence.
        """
        exclude = self._options.exclude
        if exclude is not None and exclude(scope):
            await _left_out(app, scope, receive, send)
        elif (observation := self._observation(scope, stack)) is None:
            await app(scope, receive, send)
        else:
            await _observed(observation, app, scope, receive, send)

    def _observation(self, scope: Scope, stack: object) -> Observation | None:
        if self.look_through(stack):
            return None
        is_http = scope["type"] == "http"
        targets = self._providers.targets(metered=is_http)
        if targets is None:
            return None
        operations = self._options.operation_spans
        if not is_http:
            return ObservedWebSocket(scope, targets, operations=operations)
        return ObservedRequest(scope, targets, operations=operations, known_methods=self._known_methods)

    def look_through(self, stack: object) -> bool:
        """Whether others in a stack observe; if not, its errors are watched. Tools may replace it at any time."""
        if self._stack is not stack:
            self._stack, self._others_observe = stack, is_instrumented(stack)
            if not self._others_observe:
                watch_errors(stack)
        return self._others_observe


async def _observed(
    observation: Observation, app: ASGIApp, scope: Scope, receive: Receive, send: Send
) -> None:
    scope[KEY] = observation
    token = otel_context.attach(observation.begin())
    try:
        await app(scope, observation.receiving(receive), observation.sending(send))
    except BaseException as error:
        observation.failed(error)
        observation.end(error)
        raise
    else:
        observation.end_early()
    finally:
        observation.forget()
        otel_context.detach(token)
        scope.pop(KEY, None)


async def _left_out(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve without observing, not even as a part of the request that makes this one in its own process."""
    scope[KEY] = None
    token = otel_context.attach(otel_context.set_value(KEY, None))
    try:
        await app(scope, receive, send)
    finally:
        otel_context.detach(token)
        scope.pop(KEY, None)
