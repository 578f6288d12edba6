"""Where the signals of one app go: tracer, instruments and logger of the providers that are in force."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from typing import Generic, TypeVar

from opentelemetry._logs import Logger, LoggerProvider, NoOpLoggerProvider
from opentelemetry.metrics import MeterProvider, NoOpMeterProvider
from opentelemetry.trace import NoOpTracerProvider, Tracer, TracerProvider

from laneway.telemetry.config import TelemetryOptions
from laneway.telemetry.global_providers import LOGGER, METER, TRACER, GlobalProvider, P
from laneway.telemetry.instruments import Instruments

SCOPE_NAME = "fastapi"
"""The instrumentation's name; FastAPI's, by which processors recognise its records."""

SCHEMA_URL = "https://opentelemetry.io/schemas/1.44.0"
"""The version of the semantic conventions that names and attributes follow."""

# PERF: by exact class; `isinstance` asks each of these abstract classes (1 us).
_SILENT = frozenset({NoOpTracerProvider, NoOpMeterProvider, NoOpLoggerProvider})

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Targets:
    """Where the signals of one request go; None for signals that are off.

    Attributes:
        tracer: For spans.
        instruments: For metrics.
        logger: For log events.
    """

    tracer: Tracer | None
    instruments: Instruments | None
    logger: Logger | None


class _Source(Generic[P, T]):
    """One signal: its provider, and what is made from that once.

    Attributes:
        shared: The provider of the process.
        has_own: Whether it goes to a provider of the app's own.
        waits: Whether it goes to the provider of the process, once there is one.
    """

    def __init__(self, on: bool, own: P | None, shared: GlobalProvider[P], make: Callable[[P], T]) -> None:
        self.shared: GlobalProvider[P] = shared
        self.has_own = on and own is not None and type(own) not in _SILENT
        self.waits = on and own is None
        self._own: P | None = own
        self._make: Callable[[P], T] = make
        self._made: tuple[P, T] | None = None

    def target(self) -> T | None:
        """What takes the signal now."""
        provider = self._own if self.has_own else self.shared.get() if self.waits else None
        if provider is None or type(provider) in _SILENT:
            return None
        # PERF: making a tracer takes a lock and resets the filters of `warnings`.
        if self._made is None or self._made[0] is not provider:
            self._made = provider, self._make(provider)
        return self._made[1]


class Providers:
    """Finds the targets of each request: providers may be set, or replaced, at any time."""

    def __init__(self, options: TelemetryOptions) -> None:
        version = _own_version()

        def tracer(provider: TracerProvider) -> Tracer:
            return provider.get_tracer(SCOPE_NAME, version, schema_url=SCHEMA_URL)

        def instruments(provider: MeterProvider) -> Instruments:
            return Instruments(provider.get_meter(SCOPE_NAME, version or "", schema_url=SCHEMA_URL))

        def logger(provider: LoggerProvider) -> Logger:
            return provider.get_logger(SCOPE_NAME, version, schema_url=SCHEMA_URL)

        self._spans = _Source(options.tracing, options.tracer_provider, TRACER, tracer)
        self._metrics = _Source(options.metrics, options.meter_provider, METER, instruments)
        self._logs = _Source(options.logs, options.logger_provider, LOGGER, logger)

        sources = self._spans, self._metrics, self._logs
        self._own = any(source.has_own for source in sources)
        self._shared = [source.shared for source in sources if source.waits]
        self._witnesses = [
            (witness.names, witness.name, witness.value)
            for shared in self._shared
            for witness in shared.witnesses()
        ]

    def any(self) -> bool:
        """Whether a request would be observed now."""
        if self._own:
            return True
        # PERF: all that a request costs while OpenTelemetry is imported and nobody listens (0.3 us).
        for names, name, value in self._witnesses:
            if names.get(name) is not value:
                return any(shared.get() is not None for shared in self._shared)
        return False

    def targets(self, *, metered: bool) -> Targets | None:
        """The targets as of now; None when there is none.

        Args:
            metered: Whether this kind of connection has metrics.
        """
        tracer, logger = self._spans.target(), self._logs.target()
        instruments = self._metrics.target() if metered else None
        if tracer is None and instruments is None and logger is None:
            return None
        return Targets(tracer, instruments, logger)


def _own_version() -> str | None:
    """The version of the instrumentation, which is this package."""
    try:
        return metadata.version("laneway")
    except metadata.PackageNotFoundError:  # its files are used without being installed
        return None
