"""Exporters that the environment asks for, added to the providers of an app when it starts.

Providers keep what they export to already. What is added here is flushed when an app stops and closed when the process
ends; providers of others are never shut down.
"""

import atexit
import threading
from collections.abc import Callable
from typing import Any

import anyio.to_thread
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from laneway.exceptions import FastAPIError
from laneway.logger import logger
from laneway.telemetry.config import TelemetryOptions
from laneway.telemetry.environment import Signal, export_endpoint, is_disabled

_MISSING = (
    "exporting telemetry needs OpenTelemetry's SDK and its OTLP exporter: "
    'pip install "laneway[opentelemetry]"'
)
_LAST_MESSAGES = ("lifespan.shutdown.complete", "lifespan.shutdown.failed", "lifespan.startup.failed")


class Exports:
    """What this process has set up.

    Attributes:
        owned: Providers and exporters made here, to be flushed and closed.
        served: Signal and provider of every export that exists, so that two apps share one.
    """

    def __init__(self) -> None:
        self.owned: list[Any] = []
        self.served: list[tuple[Signal, Any]] = []
        self.lock = threading.RLock()

    def flush(self) -> None:
        """Send what is waiting."""
        for component in tuple(self.owned):
            _quietly(component.force_flush)

    def shut_down(self) -> None:
        """Send what is waiting and close; doing it again changes nothing."""
        with self.lock:
            owned, self.owned[:] = tuple(self.owned), ()
        for component in owned:
            _quietly(component.shutdown)

    def configure(self, options: TelemetryOptions) -> None:
        """Set up what the environment asks for and does not exist yet.

        Raises:
            FastAPIError: It cannot be set up.
        """
        if not options.auto_configure or is_disabled():
            return
        with self.lock:
            wanted = [
                (signal, own, endpoint)
                for signal, on, own in _signals(options)
                if on and (endpoint := export_endpoint(signal)) is not None
            ]
            if not wanted:
                return
            pipelines = _pipelines()
            for signal, own, endpoint in wanted:
                self._export(pipelines[signal], signal, own, endpoint)

    def _export(self, pipeline: Any, signal: Signal, own: Any, endpoint: str) -> None:
        provider = pipeline.accepting(pipeline.current() if own is None else own)
        if self._serves(signal, provider):
            return
        if own is None and pipeline.is_unset(provider):
            made = pipeline.provider(endpoint)
            pipeline.set(made)
            provider = pipeline.current()
            if provider is made:
                self._keep(signal, provider, made)
                return
            # Somebody else has set one in the same moment, and theirs stays.
            made.shutdown()
            provider = pipeline.accepting(provider)
        self._keep(signal, provider, _added(pipeline, provider, endpoint))

    def _serves(self, signal: Signal, provider: Any) -> bool:
        return any(known is signal and other is provider for known, other in self.served)

    def _keep(self, signal: Signal, provider: Any, component: Any) -> None:
        self.served.append((signal, provider))
        self.owned.append(component)


def _added(pipeline: Any, provider: Any, endpoint: str) -> Any:
    """A new exporter, added to a provider that exists.

    Raises:
        FastAPIError: The provider takes none.
    """
    add = getattr(provider, pipeline.adding, None)
    if not callable(add):
        raise FastAPIError(
            f"The OpenTelemetry {pipeline.name} provider {type(provider).__name__} does not support adding an OTLP "
            "exporter; let it export by its own means and pass telemetry={'auto_configure': False} to the app"
        )
    component = pipeline.exporter(endpoint)
    try:
        add(component)
    except Exception:
        component.shutdown()
        raise
    return component


def _signals(options: TelemetryOptions) -> list[tuple[Signal, bool, Any]]:
    return [
        (Signal.TRACES, options.tracing, options.tracer_provider),
        (Signal.METRICS, options.metrics, options.meter_provider),
        (Signal.LOGS, options.logs, options.logger_provider),
    ]


def _pipelines() -> Any:
    try:
        from laneway.telemetry.pipelines import PIPELINES
    except ImportError as error:
        raise FastAPIError(_MISSING) from error
    return PIPELINES


def _quietly(call: Callable[[], object]) -> None:
    try:
        call()
    except Exception:  # noqa: BLE001  # a collector that cannot be reached is no reason not to stop
        logger.exception("Telemetry could not be exported")


EXPORTS = Exports()
atexit.register(EXPORTS.shut_down)


async def lifespan(
    options: TelemetryOptions, app: ASGIApp, scope: Scope, receive: Receive, send: Send
) -> None:
    """Run an app's lifespan: exporters exist before its start-up, and are flushed after its shutdown."""

    async def receiving() -> Message:
        message = await receive()
        if message["type"] == "lifespan.startup":
            _configure_if_possible(options)
        return message

    async def sending(message: Message) -> None:
        if message["type"] in _LAST_MESSAGES and EXPORTS.owned:
            await anyio.to_thread.run_sync(EXPORTS.flush)
        await send(message)

    await app(scope, receiving, sending)


def _configure_if_possible(options: TelemetryOptions) -> None:
    try:
        EXPORTS.configure(options)
    except Exception as error:  # noqa: BLE001  # an app without telemetry is better than none
        logger.warning("Telemetry is not exported: %s", error)
