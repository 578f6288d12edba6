"""Results as responses: model, status, headers, bytes.

JSON goes from Python to bytes in one step: through pydantic-core where a response model is declared, through
`json_bytes` otherwise. The usual reply of a route is no more than these bytes: its status and type are the plan's.
Starlette's response objects are built only for response classes that someone chose, and for statuses without a body.
"""

from collections.abc import Callable
from typing import Any, Protocol

from pydantic import ValidationError
from starlette.background import BackgroundTask
from starlette.responses import JSONResponse, Response

from laneway.encoders import jsonable_encoder
from laneway.exceptions import EndpointContext, ResponseValidationError
from laneway.fields import ModelField, located_errors
from laneway.plan.json_bytes import json_bytes
from laneway.plan.message import RawResponse, json_headers
from laneway.route_spec import OutputSpec

Context = Callable[[], EndpointContext]


class Write(Protocol):
    """Turns results of one route into responses; made once, holds nothing of a request."""

    def __call__(
        self, result: Any, filled: Response | None = None, background: BackgroundTask | None = None, /
    ) -> bytes | RawResponse | Response:
        """The response for a result; bytes are the body of the route's usual reply.

        Args:
            result: What the endpoint returned; a Response goes out as it is.
            filled: What a `Response` parameter collected.
            background: Tasks to run after sending.
        """


def allows_body(status_code: int | None) -> bool:
    """Whether a reply with this status may have a body (RFC 9110 section 6.4.1)."""
    return status_code is None or not (status_code < 200 or status_code in (204, 205, 304))


def usual_status(output: OutputSpec) -> int:
    """The status of a route's usual reply."""
    return output.status_code or 200


def make_bare_writer(output: OutputSpec, context: Context) -> Callable[[Any], bytes | RawResponse | Response]:
    """The writer of a route whose calls ask for no `Response` and no `BackgroundTasks`."""
    to_bytes = _usual_bytes(output, context)
    if to_bytes is None:
        return _thorough_writer(output, context)

    def write(result: Any) -> bytes | Response:
        return result if isinstance(result, Response) else to_bytes(result)

    return write


def make_writer(output: OutputSpec, context: Context) -> Write:
    """The writer of a route."""
    thorough = _thorough_writer(output, context)
    to_bytes = _usual_bytes(output, context)
    if to_bytes is None:
        return thorough
    status = usual_status(output)

    def write(
        result: Any, filled: Response | None = None, background: BackgroundTask | None = None, /
    ) -> bytes | RawResponse | Response:
        if isinstance(result, Response):
            return _passed_on(result, background)
        if filled is None and background is None:
            return to_bytes(result)
        if filled is not None and not allows_body(filled.status_code):
            return thorough(result, filled, background)
        body = to_bytes(result)
        added = filled.raw_headers if filled is not None else []
        chosen = filled.status_code if filled is not None else None
        return RawResponse(chosen or status, [*json_headers(body), *added], body, background)

    return write


def _usual_bytes(output: OutputSpec, context: Context) -> Callable[[Any], bytes] | None:
    """What makes the body of the usual reply, JSON; None when the usual reply is another one."""
    plain = output.default_class and (output.field is not None or output.response_class is JSONResponse)
    if not plain or not allows_body(usual_status(output)):
        return None
    return json_bytes if output.field is None else _model_bytes(output.field, output, context)


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
            raise _invalid(error, result, context) from None

    return validated


def _invalid(error: ValidationError, result: Any, context: Context) -> ResponseValidationError:
    errors = located_errors(error, ("response",))
    return ResponseValidationError(errors, body=result, endpoint_ctx=context())


def _model_bytes(field: ModelField, output: OutputSpec, context: Context) -> Callable[[Any], bytes]:
    validate, dump = field.python_validator, field.json_serializer
    options = output.dump.arguments()

    def model_bytes(result: Any) -> bytes:
        try:
            valid = validate(result, from_attributes=True)
        except ValidationError as error:
            raise _invalid(error, result, context) from None
        return dump(valid, **options)

    return model_bytes


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
