"""What a client is told when a lane could not serve it; the log has the whole story."""

import logging
import re
from contextlib import suppress
from time import monotonic
from weakref import WeakKeyDictionary

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.status import WS_1011_INTERNAL_ERROR, WS_1012_SERVICE_RESTART, WS_1013_TRY_AGAIN_LATER
from starlette.types import Scope
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from laneway.exception_handlers import CLOSE_REASON_BYTES, text_reply
from laneway.lanes.errors import LaneClosedError, LaneFullError, LaneTimeoutError, WorkerCrashedError

LaneFailure = LaneFullError | LaneTimeoutError | WorkerCrashedError | LaneClosedError
"""What goes wrong while lanes work, as opposed to mistakes in their declaration."""

PAUSE_SECONDS = 1.0  # between two lines of the log about the same full lane

_logger = logging.getLogger("laneway.lanes")


async def lane_error_handler(connection: Request | WebSocket, exc: LaneFailure) -> JSONResponse | None:
    """503 with `Retry-After`, 504 or 502, each with a `detail` that shows no path of the server.

    The handshake of a WebSocket gets the same; one that was accepted is closed with the same words.
    """
    _log(connection.scope, exc)
    if isinstance(connection, WebSocket) and not _may_be_denied(connection):
        await _close(connection, exc)
        return None
    headers = {"Retry-After": str(exc.retry_after)} if isinstance(exc, LaneFullError) else None
    return text_reply(connection, exc.status_hint, _detail(exc), headers)


def _may_be_denied(websocket: WebSocket) -> bool:
    """Whether it was not accepted yet and the server can answer a handshake as it answers a request."""
    can = "websocket.http.response" in websocket.scope.get("extensions", {})
    return can and websocket.application_state is WebSocketState.CONNECTING


async def _close(websocket: WebSocket, error: LaneFailure) -> None:
    if websocket.application_state is WebSocketState.DISCONNECTED:
        return
    code = _CLOSE_CODES.get(type(error), WS_1011_INTERNAL_ERROR)
    reason = _detail(error).encode()[:CLOSE_REASON_BYTES].decode(errors="ignore")
    with suppress(WebSocketDisconnect):  # the client was first
        await websocket.close(code, reason)


_CLOSE_CODES = {LaneFullError: WS_1013_TRY_AGAIN_LATER, LaneClosedError: WS_1012_SERVICE_RESTART}


def _log(scope: Scope, error: LaneFailure) -> None:
    route = getattr(scope.get("route"), "path", None)
    if (unsaid := _unsaid(scope.get("app"), error)) is not None:
        more = f" ({unsaid} more refused since this was last said)" if unsaid else ""
        fields = {"lane": error.lane, "route": route}
        _logger.warning("%s %s: %s%s", scope.get("method", "WS"), route, error, more, extra=fields)


class _Refusals:
    """What was said of one app's full lanes."""

    def __init__(self) -> None:
        self.said_at: dict[str, float] = {}
        self.unsaid: dict[str, int] = {}


_refusals: WeakKeyDictionary[object, _Refusals] = WeakKeyDictionary()


def _unsaid(app: object, error: LaneFailure) -> int | None:
    """How many refusals of a lane were not logged before this one; None when this one is not to be logged either.

    Writing a line for each would make a server that has too much to do slower still.
    """
    if not isinstance(error, LaneFullError) or app is None:
        return 0
    refusals = _refusals.setdefault(app, _Refusals())
    now = monotonic()
    if now - refusals.said_at.get(error.lane, -PAUSE_SECONDS) < PAUSE_SECONDS:
        refusals.unsaid[error.lane] = refusals.unsaid.get(error.lane, 0) + 1
        return None
    refusals.said_at[error.lane] = now
    return refusals.unsaid.pop(error.lane, 0)


def _detail(error: LaneFailure) -> str:
    if isinstance(error, LaneFullError):
        return f"The server is busy (lane {error.lane!r}); try again in {error.retry_after} s"
    if isinstance(error, LaneTimeoutError):
        return f"No result within {error.seconds:g} s (lane {error.lane!r}, {_without_folder(error.place)})"
    if isinstance(error, WorkerCrashedError):
        return f"The process that served the request ended unexpectedly (lane {error.lane!r})"
    return f"The server is not taking requests (lane {error.lane!r})"


def _without_folder(place: str) -> str:
    """`running main.py:12 read_item` of `running /srv/app/main.py:12 read_item`."""
    return re.sub(" /.*/", " ", place)
