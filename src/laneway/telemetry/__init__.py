"""OpenTelemetry: spans, metrics and log events of every request and WebSocket, as `Laneway(telemetry={...})` says.

An app observes as soon as a provider is there: one of its own options, or the process's global one. OpenTelemetry
itself is imported only then.
"""

from laneway.telemetry.config import TelemetryConfig as TelemetryConfig
from laneway.telemetry.current import TelemetryData as TelemetryData
from laneway.telemetry.current import get_telemetry_data as get_telemetry_data
