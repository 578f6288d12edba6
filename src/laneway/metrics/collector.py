"""Snapshots in Prometheus's form; imports prometheus_client, so import this module only when that is wanted."""

from collections.abc import Iterable, Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from laneway.guard.counters import LagHistogram
from laneway.metrics.snapshot import Snapshot, Source
from laneway.metrics.table import LAG, LAG_HELP, METRICS, Metric

WORKER = "worker"
"""The label that tells the processes of one app apart."""


class LanewayCollector(Collector):
    """Reads an app's numbers whenever it is asked, and never in between."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def collect(self) -> Iterator[Family]:
        """The metric families of this moment."""
        return families(self._source.read())


def families(snapshot: Snapshot) -> Iterator[Family]:
    """A snapshot as metric families."""
    for metric in METRICS:
        yield _family(metric, snapshot)
    yield _histogram(snapshot.lag, snapshot.worker)


def _family(metric: Metric, snapshot: Snapshot) -> Family:
    kind = CounterMetricFamily if metric.counts else GaugeMetricFamily
    family = kind(metric.prometheus_name, metric.help, labels=(WORKER, *metric.labels))
    for labels, value in metric.points(snapshot):
        family.add_metric((snapshot.worker, *labels), value)
    return family


def _histogram(lag: LagHistogram | None, worker: str) -> Family:
    family = HistogramMetricFamily(LAG, LAG_HELP, labels=(WORKER,))
    if lag is not None:
        bounds = [*map(str, lag.bounds), "+Inf"]
        family.add_metric((worker,), list(zip(bounds, accumulate(lag.counts), strict=True)), lag.seconds)
    return family


class _Together(Collector):
    """Our families, and then those of another registry."""

    def __init__(self, own: Collector, other: CollectorRegistry) -> None:
        self._own = own
        self._other = other

    def collect(self) -> Iterable[Family]:
        yield from self._own.collect()
        yield from self._other.collect()


def exposed(source: Source, registry: CollectorRegistry, accept: str) -> tuple[bytes, str]:
    """The bytes of an answer and their content type.

    Args:
        source: Of an app's numbers.
        registry: What else is in the answer.
        accept: The request's header.
    """
    encode, content_type = choose_encoder(accept)
    together = CollectorRegistry()
    together.register(_Together(LanewayCollector(source), registry))
    return encode(together), content_type
