"""Spans: one around a request or WebSocket, and one around each step of serving it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from opentelemetry import propagate
from opentelemetry.context import Context
from opentelemetry.propagators.textmap import Getter
from opentelemetry.trace import Span, StatusCode, Tracer
from starlette.datastructures import Headers
from starlette.types import Scope

from laneway.telemetry.failures import error_name, is_answer

_BACKGROUND = "background_task"


class _HeaderGetter(Getter[Headers]):
    """Reads what a client's trace context says, from headers that may come more than once."""

    def get(self, carrier: Headers, key: str) -> list[str] | None:
        """All values of a header; None when it did not come."""
        values = carrier.getlist(key)
        # OpenTelemetry looks at the first baggage header only; repeated ones mean one list (RFC 9110, 5.2).
        return ([",".join(values)] if key.lower() == "baggage" else values) if values else None

    def keys(self, carrier: Headers) -> list[str]:
        """The names of all headers."""
        return carrier.keys()


_GETTER = _HeaderGetter()


def context_of_client(scope: Scope) -> Context:
    """The context in which the client made its request."""
    return propagate.extract(Headers(scope=scope), getter=_GETTER)


@contextmanager
def operation_span(tracer: Tracer, name: str, function: Callable[..., Any]) -> Iterator[Span]:
    """A span around one step; an error of the code is marked in it, an answer raised as an exception is not.

    Args:
        tracer: Where it goes.
        name: The step: `dependencies`, `endpoint`, `serialization` or `background_task`.
        function: What the step is done for.
    """
    with tracer.start_as_current_span(
        f"fastapi.{name}",
        attributes={"code.function.name": _qualified_name(function)},
        record_exception=False,  # it is logged, once
        set_status_on_exception=False,
    ) as span:
        try:
            yield span
        except Exception as error:
            # Nobody is left to be answered when tasks run in the background.
            if name == _BACKGROUND or not is_answer(error):
                mark_failed(span, error_name(error))
            raise


def mark_failed(span: Span, reason: str) -> None:
    """Say that what the span measured failed."""
    span.set_attribute("error.type", reason)
    span.set_status(StatusCode.ERROR)


def _qualified_name(function: Callable[..., Any]) -> str:
    named = function if hasattr(function, "__qualname__") else type(function)
    return f"{getattr(function, '__module__', named.__module__)}.{named.__qualname__}"
