"""Where telemetry is exported to, as the environment says."""

import os

import pytest

from laneway.exceptions import FastAPIError
from laneway.telemetry.environment import Signal, export_endpoint, is_disabled

COLLECTOR = "http://127.0.0.1:4318"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment that says nothing of telemetry."""
    for name in [name for name in os.environ if name.startswith("OTEL_")]:
        monkeypatch.delenv(name)
    return monkeypatch


def test_without_an_endpoint_nothing_is_exported() -> None:
    assert export_endpoint(Signal.TRACES) is None


@pytest.mark.parametrize("base", [COLLECTOR, f"{COLLECTOR}/"])
def test_the_common_endpoint_gets_the_path_of_the_signal(environment: pytest.MonkeyPatch, base: str) -> None:
    environment.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", base)

    assert export_endpoint(Signal.LOGS) == f"{COLLECTOR}/v1/logs"


def test_an_endpoint_of_the_signal_is_taken_as_it_is(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "nonsense")
    environment.setenv("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", f"{COLLECTOR}/own/")

    assert export_endpoint(Signal.METRICS) == f"{COLLECTOR}/own/"


def test_an_empty_variable_counts_as_not_set(environment: pytest.MonkeyPatch) -> None:
    """OpenTelemetry's specification: "Empty value" under "Parsing empty value"."""
    environment.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", COLLECTOR)
    for name in ("OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"):
        environment.setenv(name, "")

    assert export_endpoint(Signal.TRACES) == f"{COLLECTOR}/v1/traces"


def test_a_signal_may_be_kept_from_export(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", COLLECTOR)
    environment.setenv("OTEL_TRACES_EXPORTER", "none")

    assert export_endpoint(Signal.TRACES) is None
    assert export_endpoint(Signal.LOGS) is not None


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("OTEL_TRACES_EXPORTER", "console", "only otlp or none"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "http/protobuf"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc", "http/protobuf"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318", "absolute HTTP"),
    ],
)
def test_what_cannot_be_set_up_is_said_with_the_way_out(
    environment: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    environment.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", COLLECTOR)
    environment.setenv(name, value)

    with pytest.raises(FastAPIError, match=said):
        export_endpoint(Signal.TRACES)


def test_the_environment_may_switch_everything_off(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("OTEL_SDK_DISABLED", "True")

    assert is_disabled()
