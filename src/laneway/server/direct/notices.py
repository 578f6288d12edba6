"""What the server's log says of connections: with `trace`, each of them; always, upgrades that are not had here."""

import logging

from uvicorn.config import Config
from uvicorn.logging import TRACE_LOG_LEVEL

_logger = logging.getLogger("uvicorn.error")

_UNSUPPORTED = "Unsupported upgrade request."
_NO_LIBRARY = (
    "No supported WebSocket library detected. Please use \"pip install 'uvicorn[standard]'\", "
    "or install 'websockets' or 'wsproto' manually."
)


def trace(client: tuple[str, int] | None, text: str) -> None:
    """Say what becomes of a connection, where the log's level is `trace`."""
    if _logger.isEnabledFor(TRACE_LOG_LEVEL):
        prefix = f"{client[0]}:{client[1]} - " if client else ""
        _logger.log(TRACE_LOG_LEVEL, "%s%s", prefix, text)


def warn_of_upgrade(config: Config) -> None:
    """Say that a request has asked for another protocol, and gets its answer in this one."""
    # The words are uvicorn's own, for whoever looks for them in logs.
    _logger.warning(_UNSUPPORTED)
    if config.ws_protocol_class is None:
        _logger.warning(_NO_LIBRARY)


def warn_of_value(value: object) -> None:
    """Say that an ASGI app has returned what nobody asked for."""
    _logger.error("ASGI callable should return None, but returned '%s'.", value)
