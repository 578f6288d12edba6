"""The options of `telemetry=`: defaults, environment, mistakes."""

from typing import get_type_hints

import pytest
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.trace import NoOpTracerProvider

from laneway.telemetry.config import AUTO_CONFIGURE, TelemetryConfig, TelemetryOptions, read_options


def test_what_is_left_out_keeps_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(AUTO_CONFIGURE, raising=False)

    assert read_options({"logs": False}) == TelemetryOptions(logs=False, auto_configure=False)


def test_an_unknown_option_is_refused_with_its_name() -> None:
    with pytest.raises(TypeError, match="no option trace_provider; known are auto_configure"):
        read_options({"trace_provider": None})


def test_every_declared_option_is_read() -> None:
    """The type for users and the values of an app have the same names."""
    names = TelemetryConfig.__annotations__.keys()

    assert names == get_type_hints(TelemetryOptions, localns=_provider_types()).keys()


def _provider_types() -> dict[str, object]:
    return dict.fromkeys(("TracerProvider", "MeterProvider", "LoggerProvider"), object)


@pytest.mark.parametrize(
    ("value", "asked"), [("true", True), ("TRUE", True), ("1", False), ("", False), ("false", False)]
)
def test_the_environment_may_ask_for_exporters(
    monkeypatch: pytest.MonkeyPatch, value: str, asked: bool
) -> None:
    monkeypatch.setenv(AUTO_CONFIGURE, value)

    assert read_options(None).auto_configure is asked


def test_an_option_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(AUTO_CONFIGURE, "true")

    assert not read_options({"auto_configure": False}).auto_configure


def test_a_provider_of_a_signal_that_is_off_does_not_count() -> None:
    given = {"tracing": False, "tracer_provider": NoOpTracerProvider()}

    assert not read_options(given).own_provider
    assert read_options({**given, "meter_provider": NoOpMeterProvider()}).own_provider


def test_changing_the_dictionary_later_changes_nothing() -> None:
    given = {"metrics": True}
    options = read_options(given)
    given["metrics"] = False

    assert options.metrics
