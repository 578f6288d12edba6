"""An app's telemetry: asleep until there is something to observe with, so that it costs nothing until then."""

import os
import sys
from collections.abc import Mapping
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from laneway.logger import logger
from laneway.telemetry.config import read_options
from laneway.telemetry.current import KEY

_APIS = ("opentelemetry.trace", "opentelemetry.metrics", "opentelemetry._logs")
_PROVIDERS_BY_NAME = (
    "OTEL_PYTHON_TRACER_PROVIDER",
    "OTEL_PYTHON_METER_PROVIDER",
    "OTEL_PYTHON_LOGGER_PROVIDER",
)
"""Environment variables by which OpenTelemetry loads global providers itself when they are first asked for."""


class Telemetry:
    """What an app observes and how.

    Attributes:
        options: As given to the app.
        awake: Whether requests may be observed; the app then asks for each of them.
    """

    def __init__(self, given: Mapping[str, Any] | None) -> None:
        self.options = read_options(given)
        self.awake = False
        self._engine: Any = None  # an Engine, whose module imports OpenTelemetry
        self._unusable = False

    def wake(self) -> bool:
        """Whether requests may be observed from now on: there is a provider, or somebody may set one."""
        sleeps = not self.awake and not self._unusable and self.options.any_signal
        if sleeps and self._has_reason():
            self._engine = self._make_engine()
            self.awake = self._engine is not None
            self._unusable = not self.awake
        return self.awake

    def _has_reason(self) -> bool:
        # Whoever sets a global provider has imported OpenTelemetry before.
        return (
            self.options.own_provider
            or self.options.auto_configure
            or any(module in sys.modules for module in _APIS)
            or any(os.environ.get(variable) for variable in _PROVIDERS_BY_NAME)
        )

    def _make_engine(self) -> Any:
        try:
            from laneway.telemetry.engine import Engine
        except ImportError as error:
            logger.warning("Telemetry is off: %s; it needs opentelemetry-api 1.44 or newer", error)
            return None
        return Engine(self.options)

    def passes_over(self, scope: Scope) -> bool:
        """Whether a connection needs no observing: nobody listens, or an app around this one has left it out."""
        if KEY in scope:
            return scope[KEY] is None
        return not self._engine.active()

    async def serve(
        self, app: ASGIApp, scope: Scope, receive: Receive, send: Send, stack: object = None
    ) -> None:
        """Serve one connection with `app`, observed if it is to be; see `Engine.serve`."""
        if scope["type"] == "lifespan":
            from laneway.telemetry.exporting import lifespan

            await lifespan(self.options, app, scope, receive, send)
        elif scope.get(KEY) is not None:  # an app around this one observes
            self._engine.look_through(stack)
            await app(scope, receive, send)
        elif KEY in scope or not self._engine.active():
            await app(scope, receive, send)
        else:
            await self._engine.serve(app, scope, receive, send, stack)
