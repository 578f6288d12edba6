"""The providers that the process has set for everybody; finding out that there is none must be quick."""

import os
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Generic, TypeVar

from opentelemetry import _logs, metrics, trace
from opentelemetry._logs import LoggerProvider
from opentelemetry._logs import _internal as _logs_home
from opentelemetry.metrics import MeterProvider
from opentelemetry.metrics import _internal as _metrics_home
from opentelemetry.trace import TracerProvider

# What the API answers while nobody has set a provider; it has no public way to ask.
_PLACEHOLDERS = {
    "opentelemetry.trace": "ProxyTracerProvider",
    "opentelemetry.metrics._internal": "_ProxyMeterProvider",
    "opentelemetry._logs._internal": "ProxyLoggerProvider",
}

P = TypeVar("P", TracerProvider, MeterProvider, LoggerProvider)


def is_placeholder(provider: object) -> bool:
    """Whether a provider is what the API gives while none is set."""
    kind = type(provider)
    return _PLACEHOLDERS.get(kind.__module__) == kind.__name__


@dataclass(frozen=True, slots=True)
class Witness:
    """A name in a module that keeps its value while nobody sets a provider.

    Attributes:
        names: The module's names.
        name: The name.
        value: Its value.
    """

    names: dict[str, Any]
    name: str
    value: object


class GlobalProvider(Generic[P]):
    """The global provider of one signal.

    Args:
        signal: Its name in OpenTelemetry's functions: `tracer`, `meter` or `logger`.
        api: The module where users find those functions.
        home: The module that defines them.
    """

    def __init__(self, signal: str, api: ModuleType, home: ModuleType) -> None:
        self._getter = f"get_{signal}_provider"
        self._variable = f"_{signal.upper()}_PROVIDER"
        self._api = vars(api)
        self._home = vars(home)

    def get(self) -> P | None:
        """The provider; None while nobody has set one."""
        provider: P = self._api[self._getter]()
        return None if is_placeholder(provider) else provider

    def witnesses(self) -> list[Witness]:
        """What to look at instead of asking; as long as all of it stays, nobody has set a provider.

        Asking takes 1.2 us: while nothing is set, the API looks into the environment at each call.
        """
        getter = self._api[self._getter]
        own = getattr(getter, "__module__", None) in (self._home["__name__"], self._api["__name__"])
        named = os.environ.get(f"OTEL_PYTHON{self._variable}")  # the API loads it when it is asked
        if not own or named or self._variable not in self._home:
            return [Witness({}, self._variable, value=self)]  # never there: one has to ask
        # Tools and tests put a getter of their own in its place.
        return [Witness(self._home, self._variable, None), Witness(self._api, self._getter, getter)]


TRACER: GlobalProvider[TracerProvider] = GlobalProvider("tracer", trace, trace)
METER: GlobalProvider[MeterProvider] = GlobalProvider("meter", metrics, _metrics_home)
LOGGER: GlobalProvider[LoggerProvider] = GlobalProvider("logger", _logs, _logs_home)
