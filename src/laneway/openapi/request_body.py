"""Request Body Objects: what a request may have in its body."""

from typing import Any, cast

from laneway.bodies import body_params
from laneway.dependant import Dependant
from laneway.extraction import input_names
from laneway.json_parts import is_json_part
from laneway.openapi.definitions import Definitions
from laneway.openapi.described import DescribedRoute
from laneway.openapi.parameters import examples_of
from laneway.params import Body
from laneway.uploads import PartsOfRequest

_PARTS: dict[str, Any] = {"type": "object", "additionalProperties": {"type": "string"}}


def request_body(route: DescribedRoute, definitions: Definitions) -> dict[str, Any] | None:
    """The body that a route reads; None if it reads none."""
    field = route.body_field
    if field is None:
        return _parts() if reads_parts(route.dependant) else None
    info = cast(Body, field.field_info)
    media = {"schema": definitions.schema(field), **examples_of(info)}
    if encoding := _encoding(route.dependant):
        media["encoding"] = encoding
    content = {"content": {info.media_type: media}}
    return {"required": True, **content} if field.required else content


def reads_parts(endpoint: Dependant) -> bool:
    """Whether the body is read part by part, which says nothing of the parts."""
    return any(isinstance(node.call, PartsOfRequest) for node in endpoint.walk())


def _parts() -> dict[str, Any]:
    return {"required": True, "content": {"multipart/form-data": {"schema": dict(_PARTS)}}}


def _encoding(endpoint: Dependant) -> dict[str, Any]:
    """The types of entries of a form that are not those which their schemas imply."""
    parts = [field for field in body_params(endpoint) if is_json_part(field)]
    return {
        input_names(field)[0][0]: {"contentType": cast(Body, field.field_info).media_type} for field in parts
    }
