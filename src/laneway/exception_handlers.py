"""The replies to errors that an app gives unless it registers handlers of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.status import WS_1008_POLICY_VIOLATION
from starlette.websockets import WebSocket

from laneway.encoders import jsonable_encoder
from laneway.exceptions import RequestValidationError, WebSocketRequestValidationError

_STATUSES_WITHOUT_BODY = frozenset({204, 205, 304})  # and 1xx; RFC 9110 section 6.4.1

CLOSE_REASON_BYTES = 123  # a control frame holds 125 bytes, two are the code; RFC 6455 section 5.5


async def http_exception_handler(request: Request, exc: HTTPException) -> Response:
    """The error's status and headers, with `{"detail": ...}` where the status allows a body."""
    if exc.status_code < 200 or exc.status_code in _STATUSES_WITHOUT_BODY:
        return Response(status_code=exc.status_code, headers=exc.headers)
    return JSONResponse({"detail": exc.detail}, status_code=exc.status_code, headers=exc.headers)


async def request_validation_exception_handler(request: Request, exc: RequestValidationError) -> JSONResponse:
    """422 with every error under `detail`."""
    return JSONResponse({"detail": jsonable_encoder(exc.errors())}, status_code=422)


async def websocket_request_validation_exception_handler(
    websocket: WebSocket, exc: WebSocketRequestValidationError
) -> None:
    """Close with code 1008; the reason names what was wrong, as far as it fits."""
    await websocket.close(code=WS_1008_POLICY_VIOLATION, reason=_describe(exc.errors()))


def _describe(errors: Sequence[Any]) -> str:
    """The errors in one line, such as `query.token: Field required; path.id: Input should be ...`."""
    lines = (f"{'.'.join(str(part) for part in error['loc'])}: {error['msg']}" for error in errors)
    return "; ".join(lines).encode()[:CLOSE_REASON_BYTES].decode(errors="ignore")
