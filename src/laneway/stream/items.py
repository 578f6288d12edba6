"""What an endpoint yields, as the bytes that go out: JSON Lines or Server-Sent Events."""

import json
import math
from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from laneway.encoders import jsonable_encoder
from laneway.exceptions import EndpointContext, ResponseValidationError
from laneway.fields import ModelField, located_errors
from laneway.route_spec import OutputSpec
from laneway.sse import ServerSentEvent, format_sse_event

Encode = Callable[[Any], Any]
"""An item as a chunk of the body."""

# PERF: an encoder made once, and no pass of jsonable_encoder over what is plain already.
_encode = json.JSONEncoder(allow_nan=False, default=jsonable_encoder).encode


def json_text(value: Any) -> str:
    """The JSON of a value without a model; floats that JSON cannot say are null."""
    try:
        text = _encode(value)
    except (TypeError, ValueError):  # a key that JSON has no name for, or a float that is not finite
        return _thorough(value)
    # Keys of SQLAlchemy's bookkeeping do not go out; rare enough to look for afterwards.
    return _thorough(value) if '"_sa' in text else text


def _thorough(value: Any) -> str:
    return json.dumps(_finite(jsonable_encoder(value)))


def _finite(value: Any) -> Any:
    """Plain data with None for every float that is not finite; keys stay, they become text."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(member) for key, member in value.items()}
    return [_finite(member) for member in value] if isinstance(value, list) else value


def json_encoder(output: OutputSpec, context: Callable[[], EndpointContext]) -> Callable[[Any], bytes]:
    """A function from an item to its JSON, through the model of the stream where it has one."""
    if output.stream_item is None:
        return lambda item: json_text(item).encode()
    return _through_model(output.stream_item, output.dump.arguments(), context)


def _through_model(
    field: ModelField, options: dict[str, Any], context: Callable[[], EndpointContext]
) -> Callable[[Any], bytes]:
    validate, dump = field.python_validator, field.json_serializer

    def to_json(item: Any) -> bytes:
        try:
            valid = validate(item, from_attributes=True)
        except ValidationError as error:
            errors = located_errors(error, ("response",))
            raise ResponseValidationError(errors, body=item, endpoint_ctx=context()) from None
        return dump(valid, **options)

    return to_json


def line_encoder(output: OutputSpec, context: Callable[[], EndpointContext]) -> Encode:
    """A function from an item to its line of JSON Lines."""
    to_json = json_encoder(output, context)
    return lambda item: to_json(item) + b"\n"


def event_encoder(output: OutputSpec, context: Callable[[], EndpointContext]) -> Encode:
    """A function from an item to its event: a `ServerSentEvent` as it says, others as JSON in `data`."""
    to_json = json_encoder(output, context)

    def encode(item: Any) -> bytes:
        if (
            ServerSentEvent in type(item).__mro__
        ):  # PERF: isinstance() of a model is a function of Pydantic (0.3 us)
            return _event(item)
        # PERF: JSON has no line breaks, so it needs no look at its lines.
        return b"data: %b\n\n" % to_json(item)

    return encode


def _event(event: ServerSentEvent) -> bytes:
    return format_sse_event(
        data_str=_payload(event),
        event=event.event,
        id=event.id,
        retry=event.retry,
        comment=event.comment,
    )


def _payload(event: ServerSentEvent) -> str | None:
    if event.raw_data is not None or event.data is None:
        return event.raw_data
    # A model's own way to JSON knows its configuration, which plain data have lost.
    dump: Callable[[], str] | None = getattr(event.data, "model_dump_json", None)
    return json_text(event.data) if dump is None else dump()
