"""What a client is told when a lane could not serve it; the log has the whole story."""

import logging

from starlette.requests import Request
from starlette.responses import JSONResponse

from laneway.lanes.errors import LaneClosedError, LaneFullError, LaneTimeoutError, WorkerCrashedError

LaneFailure = LaneFullError | LaneTimeoutError | WorkerCrashedError | LaneClosedError
"""What goes wrong while lanes work, as opposed to mistakes in their declaration."""

_logger = logging.getLogger("laneway.lanes")


async def lane_error_handler(request: Request, exc: LaneFailure) -> JSONResponse:
    """503 with `Retry-After`, 504 or 502, each with a `detail` that shows no path of the server."""
    route = getattr(request.scope.get("route"), "path", None)
    _logger.warning("%s %s: %s", request.method, route, exc, extra={"lane": exc.lane, "route": route})
    headers = {"Retry-After": str(exc.retry_after)} if isinstance(exc, LaneFullError) else None
    return JSONResponse({"detail": _detail(exc)}, status_code=exc.status_hint, headers=headers)


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
    head, slash, tail = place.rpartition("/")
    return f"{head.split(' ', 1)[0]} {tail}" if slash else place
