"""One request or WebSocket that is observed, from its first message to its last: what both have in common."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind
from starlette.types import Receive, Scope, Send

from laneway.exceptions import RequestValidationError
from laneway.telemetry.attributes import Attributes, server_attributes
from laneway.telemetry.current import KEY, Refusal, TelemetryData
from laneway.telemetry.events import Happening, emit_exception, emit_refusal
from laneway.telemetry.failures import is_peaceful_close
from laneway.telemetry.providers import Targets
from laneway.telemetry.spans import context_of_client, mark_failed, operation_span

_NO_SPAN: AbstractContextManager[object] = nullcontext()
_MOUNTED = "/{path}"  # how Starlette ends the template of a mount


class Observation:
    """What is known of a request or WebSocket, and told of it.

    Attributes:
        data: What processors may read; None when it is over.
        route: The path template of its route, with those of the mounts on the way.
    """

    happening: Happening

    def __init__(self, scope: Scope, targets: Targets, *, operations: bool) -> None:
        self.data: TelemetryData | None = TelemetryData()
        self.route: str | None = None
        self.targets = targets
        self._scope = scope
        self._operations = targets.tracer if operations else None
        self._prefix = scope.get("app_root_path", scope.get("root_path", "")).rstrip("/")
        self._noted: list[BaseException] = []
        self._ended = False
        self.attributes = self._attributes()

    # -- what differs

    def _attributes(self) -> Attributes:
        """Those that are known at once and that few others differ in."""
        raise NotImplementedError

    @property
    def _verb(self) -> str:
        """The beginning of the span's name."""
        raise NotImplementedError

    def _details(self) -> Attributes:
        """More, for the span only."""
        return server_attributes(self._scope)

    def reason(self, error: BaseException | None) -> str | None:
        """Why it failed, as `error.type`; None when it did not."""
        raise NotImplementedError

    # -- its life

    def begin(self) -> Context:
        """Start the span, and give the context for what happens within it."""
        tracer = self.targets.tracer
        if tracer is None:
            self._span = None
            return otel_context.set_value(KEY, self)
        client = context_of_client(self._scope)
        self._span = tracer.start_span(
            self._verb,
            context=client,
            kind=SpanKind.SERVER,
            attributes={**self.attributes, **self._details()},
        )
        return otel_context.set_value(KEY, self, trace.set_span_in_context(self._span, client))

    def receiving(self, receive: Receive) -> Receive:
        """`receive` for the app."""
        return receive

    def sending(self, send: Send) -> Send:
        """`send` for the app."""
        return send

    def end(self, error: BaseException | None = None) -> None:
        """Close the span and record the metrics, the first time."""
        if self._ended:
            return
        self._ended = True
        reason = self.reason(error)
        if reason is not None:
            self.attributes["error.type"] = reason
        if self.route is not None:
            self.attributes["http.route"] = self.route
        if self._span is not None:
            self._span.set_attributes(self.attributes)
            if reason is not None:
                mark_failed(self._span, reason)
        self._measure()
        if self._span is not None:
            self._span.end()

    def _measure(self) -> None:
        """Record metrics; the span is still open, so that they may refer to it."""

    def end_early(self) -> None:
        """Close it after the app is done, if its last message did not."""
        self.end()

    def forget(self) -> None:
        """Let go of the request: contexts that others keep must not keep it alive."""
        self.data = None
        self._noted.clear()

    # -- for those who serve it

    def reached(self, template: str | None, *, mount: bool = False) -> None:
        """Note the path template of the route that serves it, or of a mount on the way."""
        if template is None:
            return
        if mount:
            self._prefix += template.removesuffix(_MOUNTED)
            template = _MOUNTED
        self.route = self._prefix + template
        if self._span is not None:
            self._span.set_attribute("http.route", self.route)
            self._span.update_name(f"{self._verb} {self.route}")

    def operation(self, name: str, function: Callable[..., Any]) -> AbstractContextManager[object]:
        """A span around one step of serving it; nothing when such spans are off."""
        return _NO_SPAN if self._operations is None else operation_span(self._operations, name, function)

    def refused(self, error: Refusal) -> None:
        """Note that the client's input is invalid."""
        errors = error.errors()
        if self.data is not None:
            self.data.errors = errors
            if isinstance(error, RequestValidationError):
                self.data.body = error.body
        if self.targets.logger is not None:
            emit_refusal(self.targets.logger, len(errors), self.route)

    def failed(self, error: BaseException) -> None:
        """Note an exception that nobody handled; on its way out it is seen more than once."""
        if is_peaceful_close(error) or any(known is error for known in self._noted):
            return
        self._noted.append(error)
        if self.targets.logger is not None and isinstance(error, Exception):
            emit_exception(self.targets.logger, error, self.happening, self.route)
