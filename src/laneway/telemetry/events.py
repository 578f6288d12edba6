"""Log events: input that was refused, exceptions that nobody handled."""

from dataclasses import dataclass
from time import time_ns

from opentelemetry._logs import Logger, SeverityNumber

from laneway.telemetry.attributes import Attributes


@dataclass(frozen=True, slots=True)
class Happening:
    """A kind of unhandled exception, by the connection in which it happened."""

    event: str
    text: str


IN_REQUEST = Happening("http.server.request.exception", "Unhandled exception in FastAPI request")
IN_WEBSOCKET = Happening("fastapi.websocket.exception", "Unhandled exception in FastAPI WebSocket connection")


def emit_refusal(logger: Logger, errors: int, route: str | None) -> None:
    """Tell that a client's input was refused; of the input itself only the number of errors."""
    attributes: Attributes = {"fastapi.validation.error_count": errors}
    logger.emit(
        event_name="fastapi.validation.failed",
        timestamp=time_ns(),
        severity_number=SeverityNumber.WARN,
        severity_text="WARN",
        body="Request validation failed",
        attributes=_at(route, attributes),
    )


def emit_exception(logger: Logger, error: Exception, happening: Happening, route: str | None) -> None:
    """Tell of an exception, with its stack."""
    logger.emit(
        event_name=happening.event,
        timestamp=time_ns(),
        severity_number=SeverityNumber.ERROR,
        severity_text="ERROR",
        body=happening.text,
        attributes=_at(route, {}),
        exception=error,
    )


def _at(route: str | None, attributes: Attributes) -> Attributes:
    return attributes if route is None else {**attributes, "http.route": route}
