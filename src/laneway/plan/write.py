"""Results as responses: model, status, headers, bytes.

JSON goes from Python to bytes in one step: through pydantic-core where a response model is declared, through the
standard library's C encoder otherwise. Starlette's response objects are built only for response classes that someone
chose, and for statuses without a body.
"""

import json
from collections.abc import Callable
from typing import Any

from starlette.background import BackgroundTask
from starlette.responses import JSONResponse, Response

from laneway.encoders import jsonable_encoder
from laneway.exceptions import EndpointContext, ResponseValidationError
from laneway.fields import ModelField
from laneway.plan.message import RawResponse
from laneway.route_spec import OutputSpec
from laneway.types import ErrorDetails, RawHeaders

# PERF: an encoder made once; json.dumps with options makes one for every call (2.0 -> 1.1 us for a small dict).
_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=jsonable_encoder
).encode

_JSON = (b"content-type", b"application/json")


def json_bytes(content: Any) -> bytes:
    """The JSON that `JSONResponse(jsonable_encoder(content))` sends.

    Raises:
        ValueError: A float is not finite; JSON cannot say that.
    """
    # PERF: plain data need no pass of jsonable_encoder before; the encoder calls it for what it does not know.
    try:
        body = _encode(content).encode()
    except TypeError:  # a key that JSON has no name for
        return _thorough(content)
    # Keys of SQLAlchemy's bookkeeping do not go out; rare enough to look for afterwards.
    return _thorough(content) if b'"_sa' in body else body


def _thorough(content: Any) -> bytes:
    return JSONResponse(jsonable_encoder(content)).body  # type: ignore[return-value]  # bytes, for this class


def allows_body(status_code: int | None) -> bool:
    """Whether a reply with this status may have a body (RFC 9110 section 6.4.1)."""
    return status_code is None or not (status_code < 200 or status_code in (204, 205, 304))


def validated(field: ModelField, result: Any, context: Callable[[], EndpointContext]) -> Any:
    """The result as the response model sees it.

    Raises:
        ResponseValidationError: The endpoint returned what its model forbids.
    """
    value, errors = field.validate(result, loc=("response",))
    if errors:
        raise _invalid(errors, result, context)
    return value


def _invalid(errors: list[ErrorDetails], result: Any, context: Callable[[], EndpointContext]) -> Exception:
    return ResponseValidationError(errors, body=result, endpoint_ctx=context())


class Writer:
    """Turns results of one route into responses; made once, holds nothing of a request."""

    def __init__(self, output: OutputSpec, context: Callable[[], EndpointContext]) -> None:
        self._output = output
        self._context = context
        self._dump = output.dump.arguments()
        self._direct = output.default_class and output.response_class is JSONResponse
        self._to_json = output.field is not None and output.default_class

    def __call__(
        self, result: Any, filled: Response | None = None, background: BackgroundTask | None = None
    ) -> RawResponse | Response:
        """The response for a result.

        Args:
            result: What the endpoint returned; a Response goes out as it is.
            filled: What a `Response` parameter collected.
            background: Tasks to run after sending.
        """
        if isinstance(result, Response):
            if result.background is None:
                result.background = background
            return result
        status = self._status(filled)
        if (self._direct or self._to_json) and allows_body(status):
            body = self._json(result)
            headers = [(b"content-length", b"%d" % len(body)), _JSON]
            return RawResponse(status or 200, _with(headers, filled), body, background)
        return self._built(self._content(result), status, filled, background)

    def _status(self, filled: Response | None) -> int | None:
        return (filled.status_code if filled is not None else None) or self._output.status_code

    def _json(self, result: Any) -> bytes:
        if self._output.field is None:
            return json_bytes(result)
        value = validated(self._output.field, result, self._context)
        return self._output.field.serialize_json(value, **self._dump)

    def _content(self, result: Any) -> Any:
        """What a response class is given: plain data, or bytes of JSON where nobody chose a class."""
        field = self._output.field
        if field is None:
            return jsonable_encoder(result)
        value = validated(field, result, self._context)
        return field.serialize_json(value, **self._dump) if self._to_json else field.serialize(value, **self._dump)

    def _built(
        self, content: Any, status: int | None, filled: Response | None, background: BackgroundTask | None
    ) -> Response:
        arguments: dict[str, Any] = {"background": background}
        if status is not None:
            arguments["status_code"] = status
        if self._to_json:
            response = Response(content, media_type="application/json", **arguments)
        else:
            response = self._output.response_class(content, **arguments)
        if not allows_body(response.status_code):
            response.body = b""
        if filled is not None:
            response.raw_headers.extend(filled.raw_headers)
        return response


def _with(headers: RawHeaders, filled: Response | None) -> RawHeaders:
    return headers if filled is None else headers + filled.raw_headers
