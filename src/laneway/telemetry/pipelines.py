"""How each signal gets from a provider to an OTLP collector; needs OpenTelemetry's SDK and exporters."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from opentelemetry import _logs, metrics, trace
from opentelemetry.exporter.otlp.proto.http import (  # type: ignore[import-not-found, unused-ignore]
    _log_exporter,
    metric_exporter,
    trace_exporter,
)
from opentelemetry.sdk import _logs as sdk_logs
from opentelemetry.sdk import metrics as sdk_metrics
from opentelemetry.sdk import trace as sdk_trace
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from laneway.telemetry.environment import Signal
from laneway.telemetry.global_providers import is_placeholder


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The parts for one signal.

    Attributes:
        name: What OpenTelemetry calls its provider.
        current: Gives the global provider.
        set: Sets it, unless there is one.
        adding: The method by which a provider takes an exporter.
        exporter: Makes what sends to an endpoint.
        provider: Makes a provider that sends to an endpoint.
    """

    name: str
    current: Callable[[], Any]
    set: Callable[[Any], None]
    adding: str
    exporter: Callable[[str], Any]
    provider: Callable[[str], Any]

    is_unset = staticmethod(is_placeholder)

    @staticmethod
    def accepting(provider: Any) -> Any:
        """What takes exporters for a provider: itself, or the one inside a wrapper of older Logfire."""
        kind = type(provider)
        wraps = (kind.__module__, kind.__name__) == ("logfire._internal.metrics", "ProxyMeterProvider")
        return provider.provider if wraps and not hasattr(provider, "add_metric_reader") else provider


def _span_processor(endpoint: str) -> Any:
    return BatchSpanProcessor(trace_exporter.OTLPSpanExporter(endpoint=endpoint))


def _metric_reader(endpoint: str) -> Any:
    return PeriodicExportingMetricReader(metric_exporter.OTLPMetricExporter(endpoint=endpoint))


def _log_processor(endpoint: str) -> Any:
    return BatchLogRecordProcessor(_log_exporter.OTLPLogExporter(endpoint=endpoint))


def _tracer_provider(endpoint: str) -> Any:
    provider = sdk_trace.TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(_span_processor(endpoint))
    return provider


def _meter_provider(endpoint: str) -> Any:
    return sdk_metrics.MeterProvider(metric_readers=[_metric_reader(endpoint)], shutdown_on_exit=False)


def _logger_provider(endpoint: str) -> Any:
    provider = sdk_logs.LoggerProvider(shutdown_on_exit=False)
    provider.add_log_record_processor(_log_processor(endpoint))
    return provider


# Global functions are looked up when called: tools replace them.
PIPELINES = {
    Signal.TRACES: Pipeline(
        "tracer",
        lambda: trace.get_tracer_provider(),  # noqa: PLW0108
        lambda provider: trace.set_tracer_provider(provider),  # noqa: PLW0108
        "add_span_processor",
        _span_processor,
        _tracer_provider,
    ),
    Signal.METRICS: Pipeline(
        "meter",
        lambda: metrics.get_meter_provider(),  # noqa: PLW0108
        lambda provider: metrics.set_meter_provider(provider),  # noqa: PLW0108
        "add_metric_reader",
        _metric_reader,
        _meter_provider,
    ),
    Signal.LOGS: Pipeline(
        "logger",
        lambda: _logs.get_logger_provider(),  # noqa: PLW0108
        lambda provider: _logs.set_logger_provider(provider),  # noqa: PLW0108
        "add_log_record_processor",
        _log_processor,
        _logger_provider,
    ),
}
"""By signal."""
