"""An app's lanes and its event loop in numbers, for Prometheus, for OpenTelemetry and for `laneway top`.

from laneway import metrics

metrics.prometheus(app)  # GET /metrics
metrics.opentelemetry(app)
"""

from laneway.metrics.meter import opentelemetry as opentelemetry
from laneway.metrics.optional import MissingPackageError as MissingPackageError
from laneway.metrics.route import prometheus as prometheus
from laneway.metrics.snapshot import Blocked as Blocked
from laneway.metrics.snapshot import Snapshot as Snapshot
