"""Which exceptions are failures, and what they are called."""

from starlette.exceptions import HTTPException, WebSocketException
from starlette.websockets import WebSocketDisconnect

from laneway.exceptions import RequestValidationError, WebSocketRequestValidationError

_ANSWERS = (HTTPException, RequestValidationError, WebSocketException, WebSocketRequestValidationError)
_PEACEFUL_CODES = (1000, 1001)  # RFC 6455, 7.4.1: normal closure, going away


def error_name(error: BaseException) -> str:
    """The class of an error with its module; builtins by their name alone."""
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def is_peaceful_close(error: BaseException | None) -> bool:
    """Whether an error only says that the other side closed its WebSocket as one does."""
    return isinstance(error, WebSocketDisconnect) and error.code in _PEACEFUL_CODES


def is_answer(error: BaseException) -> bool:
    """Whether an error is a way to answer rather than a failure of the code that raised it."""
    return isinstance(error, _ANSWERS) or is_peaceful_close(error)
