"""What is being observed right now: for plans, background tasks and users' processors, without OpenTelemetry's code."""

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

from starlette.requests import Request
from starlette.types import Scope
from starlette.websockets import WebSocket

from laneway.exceptions import RequestValidationError, WebSocketRequestValidationError

if TYPE_CHECKING:
    from opentelemetry.context import Context

KEY = "fastapi.telemetry"
"""Where an observed request keeps its `Observed`, in the ASGI scope as in the OpenTelemetry context.

In a scope, None says that the request was left out, so that mounted apps leave it out, too.
"""

Refusal = RequestValidationError | WebSocketRequestValidationError


@dataclass(kw_only=True, slots=True)
class TelemetryData:
    """One request or WebSocket as the framework sees it, for span and log processors of the same process.

    It fills while the request is handled, and nothing of it is exported: a processor decides what may leave the
    process, and what must be redacted before.

    Attributes:
        request: The request, once its route has begun.
        websocket: The WebSocket, once its route has begun.
        body: The body as it was read, before validation.
        values: The endpoint's arguments, once dependencies were called.
        errors: What was wrong with the input, once dependencies were called; empty when nothing was.
    """

    request: Request | None = None
    websocket: WebSocket | None = None
    body: Any = None
    values: dict[str, Any] | None = None
    errors: Sequence[Any] | None = None


class Observed(Protocol):
    """A request or WebSocket that is observed, for those who serve it.

    Attributes:
        data: What processors may read; None when the request is over.
    """

    data: TelemetryData | None

    def reached(self, template: str | None, *, mount: bool = False) -> None:
        """Note the path template of the route that serves it, or of a mount on the way."""

    def operation(self, name: str, function: Callable[..., Any]) -> AbstractContextManager[object]:
        """A span around one step of serving it, named after the step and the function that it is done for."""

    def refused(self, error: Refusal) -> None:
        """Note that the client's input is invalid."""

    def failed(self, error: BaseException) -> None:
        """Note an exception that nobody handled; noting it again on its way out changes nothing."""


def observed_in(scope: Scope) -> Observed | None:
    """What observes a connection; None when nothing does."""
    return cast("Observed | None", scope.get(KEY))


def current(context: "Context | None" = None) -> Observed | None:
    """What is observed in a context, the current one by default; None when nothing is."""
    # Who observes has imported it.
    api = sys.modules.get("opentelemetry.context")
    return None if api is None else cast("Observed | None", api.get_value(KEY, context))


def get_telemetry_data(context: "Context | None" = None) -> TelemetryData | None:
    """The data of the request or WebSocket that a context belongs to; None outside of any, and when it is over.

    Args:
        context: Of a span's start or a log record (`record.context`); the current one by default.
    """
    found = current(context)
    return None if found is None else found.data
