"""Where telemetry is to be exported, as OpenTelemetry's environment variables say.

https://opentelemetry.io/docs/specs/otel/protocol/exporter/
"""

import os
from enum import Enum
from urllib.parse import urlsplit

from laneway.exceptions import FastAPIError

PROTOCOL = "http/protobuf"
_WAY_OUT = "configure providers yourself and pass telemetry={'auto_configure': False} to the app"


class Signal(Enum):
    """A kind of telemetry, by its name in environment variables."""

    TRACES = "TRACES"
    METRICS = "METRICS"
    LOGS = "LOGS"


def is_disabled() -> bool:
    """Whether the environment switches OpenTelemetry off."""
    return os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"


def export_endpoint(signal: Signal) -> str | None:
    """The URL that a signal goes to; None when the environment asks for no export.

    Raises:
        FastAPIError: It asks for one that cannot be set up from here.
    """
    exporter = (_variable(f"OTEL_{signal.value}_EXPORTER") or "otlp").strip().lower()
    endpoint = _endpoint(signal)
    if endpoint is None or exporter == "none":
        return None
    if exporter != "otlp":
        raise FastAPIError(
            f"OTEL_{signal.value}_EXPORTER={exporter} cannot be set up automatically, only otlp or none; {_WAY_OUT}"
        )
    _check_protocol(signal)
    _check_url(signal, endpoint)
    return endpoint


def _variable(name: str) -> str | None:
    """A variable's value; set to nothing counts as not set, as the specification wants."""
    return os.environ.get(name) or None


def _endpoint(signal: Signal) -> str | None:
    own = _variable(f"OTEL_EXPORTER_OTLP_{signal.value}_ENDPOINT")
    if own is not None:
        return own
    common = _variable("OTEL_EXPORTER_OTLP_ENDPOINT")
    return None if common is None else f"{common.removesuffix('/')}/v1/{signal.value.lower()}"


def _check_protocol(signal: Signal) -> None:
    protocol = (
        _variable(f"OTEL_EXPORTER_OTLP_{signal.value}_PROTOCOL")
        or _variable("OTEL_EXPORTER_OTLP_PROTOCOL")
        or PROTOCOL
    )
    if protocol != PROTOCOL:
        raise FastAPIError(
            f"telemetry is exported by {PROTOCOL}, not {protocol}; set that protocol, or {_WAY_OUT}"
        )


def _check_url(signal: Signal, endpoint: str) -> None:
    url = urlsplit(endpoint)
    if url.scheme not in {"http", "https"} or not url.hostname:
        raise FastAPIError(
            f"the OTLP endpoint for {signal.value.lower()} must be an absolute HTTP or HTTPS URL, not {endpoint!r}"
        )
