"""The numbers as OpenTelemetry instruments."""

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from laneway import Laneway, lanes, metrics
from laneway.metrics.snapshot import Source
from laneway.testing import TestClient

from .snapshots import FULL

Points = dict[tuple[tuple[str, object], ...], float]


@pytest.fixture
def reader() -> InMemoryMetricReader:
    return InMemoryMetricReader()


@pytest.fixture
def provider(reader: InMemoryMetricReader) -> Iterator[MeterProvider]:
    provider = MeterProvider([reader])
    yield provider
    provider.shutdown()


def collected(reader: InMemoryMetricReader) -> dict[str, Points]:
    """The values of each instrument by their attributes."""
    data = reader.get_metrics_data()
    assert data is not None
    return {
        metric.name: {
            tuple(sorted((point.attributes or {}).items())): point.value for point in metric.data.data_points
        }
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }


def test_the_work_of_a_lane_is_exported(reader: InMemoryMetricReader, provider: MeterProvider) -> None:
    """Names have dots, labels are attributes."""
    app = Laneway(lanes={"db": lanes.threads(2)})
    app.get("/", lane="db")(lambda: 1)
    metrics.opentelemetry(app, provider)
    with TestClient(app) as client:
        client.get("/")

    found = collected(reader)["laneway.lane.served"]

    assert [value for labels, value in found.items() if ("lane", "db") in labels] == [1]


def test_every_number_has_an_instrument(
    reader: InMemoryMetricReader, provider: MeterProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a snapshot holds is exported."""
    monkeypatch.setattr(Source, "read", lambda self: FULL)
    metrics.opentelemetry(Laneway(), provider)

    found = collected(reader)

    assert (
        found["laneway.loop.blocked.time"][("kind", "starved"), ("route", "(no request)"), ("worker", "17")]
        == 0.2
    )
    assert found["laneway.loop.share"][("route", "GET /a"), ("worker", "17")] == 0.25
    assert found["laneway.lane.wait.time"][("kind", "process"), ("lane", "math"), ("worker", "17")] == 0.5
    assert found["laneway.loop.lag.bucket"][("le", "+Inf"), ("worker", "17")] == 100
    assert found["laneway.loop.lag.time"][(("worker", "17"),)] == 5.5


def test_nothing_is_registered_without_being_asked_for(
    reader: InMemoryMetricReader, provider: MeterProvider
) -> None:
    """An app alone does not touch OpenTelemetry."""
    Laneway()

    assert reader.get_metrics_data() is None
