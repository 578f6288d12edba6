"""The metrics of HTTP requests: how long they take, how many are under way.

https://opentelemetry.io/docs/specs/semconv/http/http-metrics/
"""

from opentelemetry.metrics import Meter

from laneway.telemetry.attributes import Attributes

# Seconds; the boundaries that the conventions advise.
_BOUNDARIES = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
_NOT_IN_ACTIVE = "network.protocol.version"


class Instruments:
    """The instruments of one meter."""

    def __init__(self, meter: Meter) -> None:
        self._duration = meter.create_histogram(
            "http.server.request.duration",
            unit="s",
            description="Duration of HTTP server requests.",
            explicit_bucket_boundaries_advisory=_BOUNDARIES,
        )
        self._active = meter.create_up_down_counter(
            "http.server.active_requests",
            unit="{request}",
            description="Number of active HTTP server requests.",
        )

    def begin(self, attributes: Attributes) -> None:
        """Count a request as under way."""
        self._active.add(1, _of_active(attributes))

    def end(self, seconds: float, begun_with: Attributes, attributes: Attributes) -> None:
        """Count a request as done.

        Args:
            seconds: How long it took.
            begun_with: Its attributes at the beginning.
            attributes: Its attributes at the end.
        """
        self._duration.record(seconds, attributes)
        self._active.add(-1, _of_active(begun_with))


def _of_active(attributes: Attributes) -> Attributes:
    return {name: value for name, value in attributes.items() if name != _NOT_IN_ACTIVE}
