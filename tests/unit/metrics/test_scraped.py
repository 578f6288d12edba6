"""What is written for Prometheus can be read back."""

import pytest
from prometheus_client import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from laneway.metrics.collector import families
from laneway.metrics.scraped import NotOurMetricsError, read_snapshot
from laneway.metrics.snapshot import Snapshot
from laneway.metrics.table import METRICS

from .snapshots import FULL


class Families:
    """A collector of what it was given."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._families = list(families(snapshot))

    def collect(self) -> list[Metric]:
        return self._families


def test_a_snapshot_survives_the_way_over_the_wire() -> None:
    """Nothing is lost, not even strange characters in a path."""
    assert read_snapshot(generate_latest(Families(FULL)).decode()) == FULL


def test_a_snapshot_without_a_guard_has_no_lag() -> None:
    """No histogram is not the same as a loop that is never late."""
    bare = Snapshot(worker="17", lanes=FULL.lanes)

    assert read_snapshot(generate_latest(Families(bare)).decode()) == bare


def test_the_strict_parser_takes_what_is_written() -> None:
    """OpenMetrics has rules on names and units that Prometheus's older form has not."""
    text = generate_openmetrics(Families(FULL)).decode()

    assert len(list(text_string_to_metric_families(text))) == len(METRICS) + 1  # the histogram


@pytest.mark.parametrize("text", ["", "<html>", '{"detail": "Not Found"}', "up 1\n"])
def test_another_text_is_refused(text: str) -> None:
    """Whoever answers there is not `laneway.metrics.prometheus`."""
    with pytest.raises(NotOurMetricsError):
        read_snapshot(text)
