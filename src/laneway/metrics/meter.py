"""The same numbers as OpenTelemetry instruments, read whenever an exporter asks."""

from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import TYPE_CHECKING, TypeAlias

from laneway.app import Laneway
from laneway.metrics.optional import needed_by
from laneway.metrics.snapshot import Snapshot, Source
from laneway.metrics.table import LAG_HELP, METRICS, Metric

if TYPE_CHECKING:
    from opentelemetry.metrics import CallbackOptions, Meter, MeterProvider, Observation

INSTALL = "pip install opentelemetry-api"
LAG_NAME = "laneway.loop.lag"

Values: TypeAlias = Iterator[tuple[float, dict[str, str]]]


def opentelemetry(app: Laneway, meter_provider: "MeterProvider | None" = None) -> None:
    """Let OpenTelemetry export the numbers of an app's lanes and event loop.

    They have the names of `/metrics` with dots, `laneway.lane.busy`, `laneway.lane.wait.time` (seconds). Nothing is
    counted for it: instruments are observed when an exporter collects, in its own thread. Call it once per process
    that serves, after the provider was set up.

    Args:
        app: The app.
        meter_provider: The global one when absent.

    Raises:
        MissingPackageError: opentelemetry-api is not installed.
    """
    with needed_by("laneway.metrics.opentelemetry", "opentelemetry", INSTALL):
        from opentelemetry.metrics import get_meter
    meter = get_meter("laneway", meter_provider=meter_provider)
    source = Source(app.lanes)
    for metric in METRICS:
        _register(meter, metric, source)
    # There is no histogram that is observed: its buckets are counters, labelled as Prometheus does.
    _count(meter, f"{LAG_NAME}.bucket", LAG_HELP, "1", _callback(source, _lag_buckets))
    _count(meter, f"{LAG_NAME}.time", LAG_HELP, "s", _callback(source, _lag_seconds))


Callback: TypeAlias = "Callable[[CallbackOptions], Iterator[Observation]]"


def _register(meter: "Meter", metric: Metric, source: Source) -> None:
    callback = _callback(source, lambda snapshot: _values(metric, snapshot))
    unit = "s" if metric.seconds else "1"
    create = _count if metric.counts else _gauge
    create(meter, metric.opentelemetry_name, metric.help, unit, callback)


def _count(meter: "Meter", name: str, about: str, unit: str, callback: Callback) -> None:
    meter.create_observable_counter(name, [callback], unit, about)


def _gauge(meter: "Meter", name: str, about: str, unit: str, callback: Callback) -> None:
    meter.create_observable_gauge(name, [callback], unit, about)


def _callback(source: Source, read: Callable[[Snapshot], Values]) -> Callback:
    from opentelemetry.metrics import Observation

    def observe(options: "CallbackOptions") -> "Iterator[Observation]":
        snapshot = source.read()
        for value, attributes in read(snapshot):
            yield Observation(value, {"worker": snapshot.worker, **attributes})

    return observe


def _values(metric: Metric, snapshot: Snapshot) -> Values:
    for labels, value in metric.points(snapshot):
        yield value, dict(zip(metric.labels, labels, strict=True))


def _lag_buckets(snapshot: Snapshot) -> Values:
    if snapshot.lag is not None:
        bounds = [*map(str, snapshot.lag.bounds), "+Inf"]
        for bound, count in zip(bounds, accumulate(snapshot.lag.counts), strict=True):
            yield count, {"le": bound}


def _lag_seconds(snapshot: Snapshot) -> Values:
    if snapshot.lag is not None:
        yield snapshot.lag.seconds, {}
