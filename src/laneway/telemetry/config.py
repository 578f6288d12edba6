"""The options of `Laneway(telemetry={...})`, and what holds where they say nothing."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from opentelemetry._logs import LoggerProvider
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider

AUTO_CONFIGURE = "FASTAPI_OTEL_AUTO_CONFIGURE"
"""The environment variable behind `auto_configure`; FastAPI's, so that deployments need not change."""


class TelemetryConfig(TypedDict, total=False):
    """Options of `telemetry=`; what is left out keeps its default."""

    tracer_provider: "TracerProvider | None"  # where spans go; the global one when None
    meter_provider: "MeterProvider | None"  # where metrics go; the global one when None
    logger_provider: "LoggerProvider | None"  # where log events go; the global one when None
    tracing: bool  # one span for each request and WebSocket; default True
    metrics: bool  # duration and number of requests; default True
    logs: bool  # events for refused input and unhandled exceptions; default True
    operation_spans: bool  # spans within a request: dependencies, endpoint, serialization; default True
    auto_configure: (
        bool  # add OTLP exporters that the environment names; default: $FASTAPI_OTEL_AUTO_CONFIGURE
    )
    exclude: Callable[[Any], bool] | None  # gets the ASGI scope; True leaves the request or WebSocket out


def _asked_by_environment() -> bool:
    return os.environ.get(AUTO_CONFIGURE, "").lower() == "true"


@dataclass(frozen=True, slots=True)
class TelemetryOptions:
    """The options of one app, each with its value; the meaning of each is told in `TelemetryConfig`."""

    tracer_provider: "TracerProvider | None" = None
    meter_provider: "MeterProvider | None" = None
    logger_provider: "LoggerProvider | None" = None
    tracing: bool = True
    metrics: bool = True
    logs: bool = True
    operation_spans: bool = True
    auto_configure: bool = field(default_factory=_asked_by_environment)
    exclude: Callable[[Any], bool] | None = None

    @property
    def any_signal(self) -> bool:
        """Whether anything at all may be observed."""
        return self.tracing or self.metrics or self.logs

    @property
    def own_provider(self) -> bool:
        """Whether a signal that is on has a provider of the app's own."""
        pairs = (
            (self.tracing, self.tracer_provider),
            (self.metrics, self.meter_provider),
            (self.logs, self.logger_provider),
        )
        return any(wanted and provider is not None for wanted, provider in pairs)


def read_options(given: Mapping[str, Any] | None) -> TelemetryOptions:
    """The options that an app was given, checked; later changes of the dictionary change nothing.

    Raises:
        TypeError: There is no option of that name.
    """
    known = {option.name for option in fields(TelemetryOptions)}
    if unknown := sorted((given or {}).keys() - known):
        raise TypeError(f"telemetry has no option {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    return TelemetryOptions(**(given or {}))
