"""Results as responses: model, status, headers, bytes.

JSON goes from Python to bytes in one step: through pydantic-core where a response model is declared, through the
standard library's C encoder otherwise. Starlette's response objects are built only for response classes that someone
chose, and for statuses without a body.
"""

import json
from collections import deque
from collections.abc import Callable, Iterable
from types import GeneratorType
from typing import Any, Protocol

from pydantic import ValidationError
from starlette.background import BackgroundTask
from starlette.responses import JSONResponse, Response

from laneway.encoders import jsonable_encoder
from laneway.exceptions import EndpointContext, ResponseValidationError
from laneway.fields import ModelField, located_errors
from laneway.plan.message import RawResponse
from laneway.route_spec import OutputSpec

Context = Callable[[], EndpointContext]

_JSON = (b"content-type", b"application/json")


class Write(Protocol):
    """Turns results of one route into responses; made once, holds nothing of a request."""

    def __call__(
        self, result: Any, filled: Response | None = None, background: BackgroundTask | None = None, /
    ) -> RawResponse | Response:
        """The response for a result.

        Args:
            result: What the endpoint returned; a Response goes out as it is.
            filled: What a `Response` parameter collected.
            background: Tasks to run after sending.
        """


def _encode_repeatable(obj: Any) -> Any:
    # What is read once must not be read in an attempt that may end in the thorough way, which would find it empty.
    if isinstance(obj, GeneratorType):
        raise TypeError("a generator can be read only once")
    return list(obj) if isinstance(obj, set | frozenset | deque) else jsonable_encoder(obj)


def _make_encode() -> Callable[[Any, int], Iterable[str]]:
    """A function that gives the JSON of a value in pieces; its second argument is 0."""
    encoder = json.JSONEncoder(
        check_circular=False,
        ensure_ascii=False,
        allow_nan=False,
        separators=(",", ":"),
        default=_encode_repeatable,
    )
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:  # an interpreter without the C accelerator
        return lambda content, _: (encoder.encode(content),)
    # PERF: JSONEncoder.encode makes this object anew for every call (1.1 -> 0.5 us for a small dict).
    pieces: Callable[[Any, int], Iterable[str]] = make(
        None, encoder.default, json.encoder.encode_basestring, None, ":", ",", False, False, False
    )
    return pieces


_encode = _make_encode()
_UNDERSCORE = ord("_")


def json_bytes(content: Any) -> bytes:
    """The JSON that `JSONResponse(jsonable_encoder(content))` sends.

    Raises:
        ValueError: A float is not finite; JSON cannot say that.
    """
    # PERF: plain data need no pass of jsonable_encoder before; the encoder calls it for what it does not know.
    try:
        body = "".join(_encode(content, 0)).encode()
    except Exception:  # noqa: BLE001  # a key that JSON has no name for, a generator, what SQLAlchemy keeps in a row
        return _thorough(content)
    # Keys of SQLAlchemy's bookkeeping do not go out; rare enough to look for afterwards.
    # PERF: one byte is looked for first, at a third of the cost of four.
    return _thorough(content) if body.find(_UNDERSCORE) >= 0 and b'"_sa' in body else body


def _thorough(content: Any) -> bytes:
    return bytes(JSONResponse(jsonable_encoder(content)).body)


def allows_body(status_code: int | None) -> bool:
    """Whether a reply with this status may have a body (RFC 9110 section 6.4.1)."""
    return status_code is None or not (status_code < 200 or status_code in (204, 205, 304))


def make_writer(output: OutputSpec, context: Context) -> Write:
    """The writer of a route."""
    thorough = _thorough_writer(output, context)
    status = output.status_code or 200
    plain = output.default_class and (output.field is not None or output.response_class is JSONResponse)
    if not plain or not allows_body(status):
        return thorough
    to_bytes = json_bytes if output.field is None else _model_bytes(output.field, output, context)

    def write(
        result: Any, filled: Response | None = None, background: BackgroundTask | None = None, /
    ) -> RawResponse | Response:
        if isinstance(result, Response):
            return _passed_on(result, background)
        if filled is not None and not allows_body(filled.status_code):
            return thorough(result, filled, background)
        body = to_bytes(result)
        headers = [_content_length(body), _JSON]
        if filled is None:
            return RawResponse(status, headers, body, background)
        return RawResponse(filled.status_code or status, headers + filled.raw_headers, body, background)

    return write


# PERF: most bodies are small; looking the field up takes a third of the time of formatting it.
_SMALL = [(b"content-length", b"%d" % length) for length in range(2048)]


def _content_length(body: bytes) -> tuple[bytes, bytes]:
    length = len(body)
    return _SMALL[length] if length < len(_SMALL) else (b"content-length", b"%d" % length)


def _passed_on(response: Response, background: BackgroundTask | None) -> Response:
    """A response that the endpoint made; tasks of its own keep the place of those that a parameter collected."""
    if response.background is None:
        response.background = background
    return response


def _validator(field: ModelField, context: Context) -> Callable[[Any], Any]:
    """A function that gives the result as the response model sees it, or raises ResponseValidationError."""
    validate = field.python_validator

    def validated(result: Any) -> Any:
        try:
            return validate(result, from_attributes=True)
        except ValidationError as error:
            errors = located_errors(error, ("response",))
            raise ResponseValidationError(errors, body=result, endpoint_ctx=context()) from None

    return validated


def _model_bytes(field: ModelField, output: OutputSpec, context: Context) -> Callable[[Any], bytes]:
    validated = _validator(field, context)
    dump = field.json_serializer
    options = output.dump.arguments()
    return lambda result: dump(validated(result), **options)


def _content_maker(output: OutputSpec, context: Context) -> Callable[[Any], Any]:
    """What a response class is given: plain data; bytes of JSON where nobody chose a class."""
    field = output.field
    if field is None:
        return jsonable_encoder
    if output.default_class:
        return _model_bytes(field, output, context)
    validated = _validator(field, context)
    options = output.dump.arguments()
    return lambda result: field.serialize(validated(result), **options)


def _thorough_writer(output: OutputSpec, context: Context) -> Write:
    """The writer for any response class and status."""
    make_content = _content_maker(output, context)
    json_made = output.field is not None and output.default_class

    def write(
        result: Any, filled: Response | None = None, background: BackgroundTask | None = None, /
    ) -> RawResponse | Response:
        if isinstance(result, Response):
            return _passed_on(result, background)
        arguments: dict[str, Any] = {"background": background}
        status = (filled.status_code if filled is not None else None) or output.status_code
        if status is not None:
            arguments["status_code"] = status
        content = make_content(result)
        if json_made:
            response = Response(content, media_type="application/json", **arguments)
        else:
            response = output.response_class(content, **arguments)
        if not allows_body(response.status_code):
            response.body = b""
        if filled is not None:
            response.raw_headers.extend(filled.raw_headers)
        return response

    return write
