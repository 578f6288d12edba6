"""What `/metrics` said, as the snapshot it was made from; imports prometheus_client."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import get_type_hints

from prometheus_client.parser import text_string_to_metric_families

from laneway.batch.stats import BatchStats
from laneway.exceptions import LanewayError
from laneway.guard.counters import LagHistogram
from laneway.lanes.registry import PROCESS
from laneway.lanes.stats import LaneStats, ProcessStats
from laneway.metrics.collector import WORKER
from laneway.metrics.snapshot import Blocked, Snapshot
from laneway.metrics.table import (
    BATCH_METRICS,
    BLOCKED,
    BLOCKED_SECONDS,
    LAG,
    LANE_METRICS,
    QUARANTINED,
    SHARE,
    Metric,
)

Labels = tuple[str, ...]
Sample = tuple[dict[str, str], float]

Numbers = dict[Labels, dict[str, float]]


class NotOurMetricsError(LanewayError):
    """A text is no answer of `laneway.metrics.prometheus`."""


class Samples:
    """The samples of one answer, by name."""

    def __init__(self, text: str) -> None:
        self._by_name: defaultdict[str, list[Sample]] = defaultdict(list)
        try:
            for family in text_string_to_metric_families(text):
                for sample in family.samples:
                    self._by_name[sample.name].append((sample.labels, sample.value))
        except (ValueError, KeyError, IndexError) as error:
            raise NotOurMetricsError("it is not in Prometheus's text format") from error

    def by(self, name: str, *labels: str) -> Iterator[tuple[Labels, float]]:
        """The values of a metric with their labels."""
        for found, value in self._by_name[name]:
            yield tuple(found.get(label, "") for label in labels), value


def read_snapshot(text: str) -> Snapshot:
    """The snapshot in an answer of `/metrics`.

    Raises:
        NotOurMetricsError: There is none in it.
    """
    samples = Samples(text)
    workers = [labels[0] for labels, _ in samples.by(LANE_METRICS["size"].sample_name, WORKER)]
    if not workers:
        raise NotOurMetricsError("none of its numbers are Laneway's")
    return Snapshot(
        worker=workers[0],
        lanes=tuple(_lanes(samples)),
        lag=_lag(samples),
        blocked=tuple(_blocked(samples)),
        share={labels[0]: share for labels, share in samples.by(SHARE.sample_name, *SHARE.labels)},
        quarantined=tuple(
            labels[0] for labels, _ in samples.by(QUARANTINED.sample_name, *QUARANTINED.labels)
        ),
        batches=tuple(
            BatchStats(name, **values)  # type: ignore[arg-type]  # ints, says `_numbers`
            for (name,), values in _numbers(samples, BATCH_METRICS, BatchStats).items()
        ),
    )


def _numbers(samples: Samples, metrics: Mapping[str, Metric], stats: type) -> Numbers:
    """The fields of each lane or batched function, as numbers of the types that `stats` has them in."""
    found: defaultdict[Labels, dict[str, float]] = defaultdict(dict)
    hints = get_type_hints(stats)
    for field, metric in metrics.items():
        make = float if hints[field] is float else int
        for labels, value in samples.by(metric.sample_name, *metric.labels):
            found[labels][field] = make(value)
    return found


def _lanes(samples: Samples) -> Iterator[LaneStats]:
    for (name, kind), values in _numbers(samples, LANE_METRICS, ProcessStats).items():
        stats = ProcessStats if kind == PROCESS else LaneStats
        yield stats(name, kind, **{"queue": None, **values})  # type: ignore[arg-type]  # ints, says `_numbers`


def _blocked(samples: Samples) -> Iterator[Blocked]:
    seconds = dict(samples.by(BLOCKED_SECONDS.sample_name, *BLOCKED_SECONDS.labels))
    for labels, times in samples.by(BLOCKED.sample_name, *BLOCKED.labels):
        yield Blocked(labels[0], labels[1], int(times), seconds.get(labels, 0.0))


def _lag(samples: Samples) -> LagHistogram | None:
    buckets = [(float(labels[0]), int(value)) for labels, value in samples.by(f"{LAG}_bucket", "le")]
    if not buckets:
        return None
    below = [0, *(count for _, count in buckets[:-1])]
    counts = tuple(count - before for (_, count), before in zip(buckets, below, strict=True))
    seconds = next(value for _, value in samples.by(f"{LAG}_sum"))
    return LagHistogram(tuple(bound for bound, _ in buckets[:-1]), counts, seconds)
