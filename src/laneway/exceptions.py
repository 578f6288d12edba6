"""Every public error of Laneway, under one base class.

Errors travel between processes (process lanes, job workers), so each of them pickles with all its fields,
whatever the signature of its `__init__`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, TypedDict

from pydantic import BaseModel, create_model
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.exceptions import WebSocketException as StarletteWebSocketException


class LanewayError(Exception):
    """Base class of every error that Laneway raises on purpose.

    Attributes:
        status_hint: The HTTP status that describes the error best when nothing handles it.
    """

    status_hint: ClassVar[int] = 500

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self.args, self.__dict__)


def _restore(cls: type[LanewayError], args: tuple[object, ...], fields: dict[str, object]) -> LanewayError:
    """Rebuild a pickled error without calling its `__init__`, whose arguments are not known here."""
    error = cls.__new__(cls, *args)
    error.__dict__.update(fields)
    return error


class HTTPException(StarletteHTTPException, LanewayError):  # noqa: N818 - FastAPI's name
    """An HTTP error reply; raise it anywhere below the app and the client receives it.

    Attributes:
        status_code: HTTP status of the reply.
        detail: Any value JSON can hold; the `detail` member of the body. Without one, the status phrase.
        headers: Extra headers of the reply.

    Example:
        >>> error = HTTPException(404, "no such item")
        >>> str(error)
        '404: no such item'
    """

    detail: Any

    def __init__(
        self, status_code: int, detail: Any = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status_code, detail, headers)


class WebSocketException(StarletteWebSocketException, LanewayError):  # noqa: N818 - FastAPI's name
    """A WebSocket refusal or close; raise it in an endpoint or a dependency.

    Attributes:
        code: Close code, RFC 6455 section 7.4.1 (`laneway.status.WS_1008_POLICY_VIOLATION` for bad input).
        reason: Short text for the client, at most 123 bytes of UTF-8 on the wire; empty when absent.
    """

    def __init__(self, code: int, reason: str | None = None) -> None:
        super().__init__(code, reason)


class FastAPIError(LanewayError, RuntimeError):
    """A mistake in the declaration of an app, found while it is built; FastAPI's name for it."""


class DependencyScopeError(FastAPIError):
    """A dependency needs one that ends before it does, or something that it cannot have as long as it lives."""


class PydanticV1NotSupportedError(FastAPIError):
    """A `pydantic.v1` model was used; declare it with `pydantic.BaseModel` instead."""


class EncodingError(LanewayError, ValueError):
    """A value has no JSON form; give it one with `custom_encoder`, or return a Pydantic model."""


class EndpointContext(TypedDict, total=False):
    """Where an endpoint is written and what it serves, for messages."""

    function: str  # name of the endpoint's function
    path: str  # method and path, e.g. "GET /items/{item_id}"
    file: str  # source file of the function
    line: int  # first line of the function


class ValidationException(LanewayError):  # noqa: N818 - FastAPI's name
    """Data that crosses the border of an endpoint does not fit its declaration.

    Making one is cheap; the message is put together only when someone reads it.

    Args:
        errors: Error details as Pydantic lists them: `type`, `loc`, `msg`, `input` and perhaps `ctx`.
        endpoint_ctx: The endpoint concerned.
    """

    status_hint = 422

    def __init__(self, errors: Sequence[Any], *, endpoint_ctx: EndpointContext | None = None) -> None:
        self._errors = errors
        self.endpoint_ctx = endpoint_ctx

    def errors(self) -> Sequence[Any]:
        """Every error found, each with its location."""
        return self._errors

    @property
    def endpoint_function(self) -> str | None:
        """Name of the endpoint's function."""
        return (self.endpoint_ctx or {}).get("function")

    @property
    def endpoint_path(self) -> str | None:
        """Method and path of the endpoint."""
        return (self.endpoint_ctx or {}).get("path")

    @property
    def endpoint_file(self) -> str | None:
        """Source file of the endpoint."""
        return (self.endpoint_ctx or {}).get("file")

    @property
    def endpoint_line(self) -> int | None:
        """Line of the source file where the endpoint begins."""
        return (self.endpoint_ctx or {}).get("line")

    def __str__(self) -> str:
        count = len(self._errors)
        heading = f"{count} validation error{'' if count == 1 else 's'}:"
        details = [f"  {error}" for error in self._errors]
        return "\n".join([heading, *details, *self._location_lines()])

    def _location_lines(self) -> list[str]:
        """The endpoint as a traceback would show it, after an empty line; nothing when it is not known."""
        path = self.endpoint_path
        if self.endpoint_file and self.endpoint_line and self.endpoint_function:
            frame = f'  File "{self.endpoint_file}", line {self.endpoint_line}, in {self.endpoint_function}'
            return ["", frame, f"    {path}"] if path else ["", frame]
        return ["", f"  Endpoint: {path}"] if path else []


class RequestValidationError(ValidationException):
    """The client sent values that do not fit the endpoint's signature; answered with 422.

    Args:
        errors: Every error of every source (path, query, headers, cookies, body) of the request.
        body: The body as it was read, for handlers that want to show or log it.
        endpoint_ctx: The endpoint concerned.
    """

    def __init__(
        self, errors: Sequence[Any], *, body: Any = None, endpoint_ctx: EndpointContext | None = None
    ) -> None:
        super().__init__(errors, endpoint_ctx=endpoint_ctx)
        self.body = body


class WebSocketRequestValidationError(ValidationException):
    """The client opened a WebSocket with values that do not fit the signature; closed with code 1008."""


class ResponseValidationError(ValidationException):
    """An endpoint returned something that its declared response type does not allow; the server's fault.

    Args:
        errors: Every error found in the returned value.
        body: The value that the endpoint returned.
        endpoint_ctx: The endpoint concerned.
    """

    status_hint = 500

    def __init__(
        self, errors: Sequence[Any], *, body: Any = None, endpoint_ctx: EndpointContext | None = None
    ) -> None:
        super().__init__(errors, endpoint_ctx=endpoint_ctx)
        self.body = body


class FastAPIDeprecationWarning(UserWarning):
    """A feature that will go away; unlike `DeprecationWarning` it is shown by default."""


# Empty models that stand for "a request" and "a WebSocket" in error lists; extensions import them.
RequestErrorModel: type[BaseModel] = create_model("Request")
WebSocketErrorModel: type[BaseModel] = create_model("WebSocket")
