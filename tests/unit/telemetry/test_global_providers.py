"""Finding the process's provider, and noticing at little cost when it is set."""

from types import ModuleType
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from laneway.telemetry.config import TelemetryOptions
from laneway.telemetry.global_providers import LOGGER, METER, TRACER, GlobalProvider
from laneway.telemetry.providers import Providers

ONLY_SPANS = TelemetryOptions(metrics=False, logs=False)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """OpenTelemetry's module, as if no provider had been set."""
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", None)
    return trace


@pytest.fixture
def provider() -> TracerProvider:
    return TracerProvider(shutdown_on_exit=False)


def test_nothing_is_there_until_somebody_sets_it(
    api: ModuleType, provider: TracerProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    providers = Providers(ONLY_SPANS)
    before = providers.any()
    monkeypatch.setattr(api, "_TRACER_PROVIDER", provider)  # what set_tracer_provider does, once per process

    assert (before, providers.any()) == (False, True)


def test_a_getter_that_a_tool_has_replaced_is_asked(
    api: ModuleType, provider: TracerProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    providers = Providers(ONLY_SPANS)
    before = providers.any()
    monkeypatch.setattr(api, "get_tracer_provider", lambda: provider)

    assert (before, providers.any(), Providers(ONLY_SPANS).any()) == (False, True, True)


def test_a_silent_provider_gets_nothing(api: ModuleType) -> None:
    silent = TelemetryOptions(tracer_provider=trace.NoOpTracerProvider(), metrics=False, logs=False)

    assert Providers(silent).targets(metered=True) is None


def test_a_version_of_the_api_without_the_variable_is_asked_each_time(api: ModuleType) -> None:
    """The short way looks at a private name; without it the public function answers."""
    found: GlobalProvider[trace.TracerProvider] = GlobalProvider("tracer", api, api)
    found._variable = "_RENAMED"
    (witness,) = found.witnesses()

    assert witness.names.get(witness.name) is not witness.value
    assert found.get() is None


@pytest.mark.parametrize("found", [TRACER, METER, LOGGER])
def test_the_short_way_is_there_for_every_signal(
    found: GlobalProvider[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the version of the API that is installed."""
    monkeypatch.setitem(found._home, found._variable, None)
    witnesses = found.witnesses()

    assert len(witnesses) == 2
    assert all(witness.names[witness.name] is witness.value for witness in witnesses)
