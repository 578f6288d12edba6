"""The replies to errors that an app gives unless it registers handlers of its own.

They come in the app's `error_format`, also where a handler of a user's calls one of these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.status import WS_1008_POLICY_VIOLATION
from starlette.websockets import WebSocket

from laneway.encoders import jsonable_encoder
from laneway.exceptions import RequestValidationError, WebSocketRequestValidationError
from laneway.problem import Problem, problem_of, problem_response, standard, validation_problem

_STATUSES_WITHOUT_BODY = frozenset({204, 205, 304})  # and 1xx; RFC 9110 section 6.4.1

CLOSE_REASON_BYTES = 123  # a control frame holds 125 bytes, two are the code; RFC 6455 section 5.5


FAILURE = "The server failed to answer. Its log tells why."


async def http_exception_handler(request: Request, exc: HTTPException) -> Response:
    """The error's status and headers, with `{"detail": ...}` or a problem where the status allows a body."""
    if exc.status_code < 200 or exc.status_code in _STATUSES_WITHOUT_BODY:
        return Response(status_code=exc.status_code, headers=exc.headers)
    if _wants_problems(request):
        return problem_response(request.scope, problem_of(exc), exc.headers)
    beside = exc.beside_detail() if isinstance(exc, Problem) else {}
    return JSONResponse({"detail": exc.detail, **beside}, status_code=exc.status_code, headers=exc.headers)


async def request_validation_exception_handler(request: Request, exc: RequestValidationError) -> JSONResponse:
    """422 with every error, under `detail` or in a problem's `errors`."""
    # A body of any bytes may be among them; FastAPI answers 500 to one that is no UTF-8.
    errors = jsonable_encoder(exc.errors(), custom_encoder={bytes: _readable})
    if _wants_problems(request):
        return problem_response(request.scope, validation_problem(errors, _summary(exc.errors())))
    return JSONResponse({"detail": errors}, status_code=422)


def _readable(sent: bytes) -> str:
    return sent.decode(errors="replace")


async def server_error_handler(request: Request, exc: Exception) -> JSONResponse:
    """500 as a problem that tells nothing of the error."""
    return problem_response(request.scope, standard(500, FAILURE))


def text_reply(
    connection: HTTPConnection, status: int, detail: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """A status with a text, in the format of the app."""
    if _wants_problems(connection):
        return problem_response(connection.scope, standard(status, detail), headers)
    return JSONResponse({"detail": detail}, status_code=status, headers=headers)


def _wants_problems(connection: HTTPConnection) -> bool:
    return getattr(connection.scope.get("app"), "error_format", None) == "problem"


async def websocket_request_validation_exception_handler(
    websocket: WebSocket, exc: WebSocketRequestValidationError
) -> None:
    """Close with code 1008; the reason names what was wrong, as far as it fits."""
    await websocket.close(code=WS_1008_POLICY_VIOLATION, reason=_describe(exc.errors()))


def _describe(errors: Sequence[Any]) -> str:
    """The errors in one line, such as `query.token: Field required; path.id: Input should be ...`."""
    return "; ".join(map(_line, errors)).encode()[:CLOSE_REASON_BYTES].decode(errors="ignore")


def _summary(errors: Sequence[Any]) -> str:
    """The first error and how many others there are."""
    if not errors or not isinstance(errors[0], Mapping) or not {"loc", "msg"} <= errors[0].keys():
        return "The request is not valid"
    return _line(errors[0]) + (f" (and {len(errors) - 1} more)" if len(errors) > 1 else "")


def _line(error: Any) -> str:
    return f"{'.'.join(str(part) for part in error['loc'])}: {error['msg']}"
