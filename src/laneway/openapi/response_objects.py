"""Response Objects: what an operation answers, by status."""

import inspect
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse

from laneway.annotations import is_subclass
from laneway.openapi.definitions import Definitions
from laneway.openapi.described import DescribedRoute, response_class_of
from laneway.openapi.merging import merge_into
from laneway.plan.write import allows_body
from laneway.sse import EVENT_SCHEMA

Responses = dict[str, dict[str, Any]]

RANGES = {
    "1XX": "Information",
    "2XX": "Success",
    "3XX": "Redirection",
    "4XX": "Client Error",
    "5XX": "Server Error",
    "DEFAULT": "Default Response",
}
"""Descriptions of the keys that stand for many statuses."""

_TELLS_THE_BODY = ("content", "model")

_PHRASES = {status.value: status.phrase for status in HTTPStatus}


def responses(route: DescribedRoute, definitions: Definitions, raised: Responses) -> Responses:
    """The route's own response and its additional ones; the 422 of validation is not among them.

    Args:
        route: The route.
        definitions: Where the schemas are.
        raised: What it says by `raises`; what it says by `responses` is put over that.
    """
    first: dict[str, Any] = {"description": route.response_description}
    if allows_body(route.status_code):
        content = _content(route, definitions)
        if content:
            first["content"] = content
    found: Responses = {_main_status(route): first}
    for key, response in raised.items():
        told = route.responses.get(int(key), route.responses.get(key, {}))
        kept = (
            response if told.keys().isdisjoint(_TELLS_THE_BODY) else {"description": response["description"]}
        )
        found[key] = merge_into(found[key], kept) if key in found else kept
    for status, told in (route.responses or {}).items():
        _add(found, route, status, told, definitions)
    return found


def lacks_validation_error(found: Responses, raised: Responses, route: DescribedRoute) -> bool:
    """Whether no response tells what a refused request gets; what an endpoint raises does not."""
    told = {str(status) for status in route.responses or ()}
    return found.keys().isdisjoint({"422", "4XX", "default"} - (raised.keys() - told))


def _main_status(route: DescribedRoute) -> str:
    if route.status_code is not None:
        return str(int(route.status_code))
    return _default_status(response_class_of(route).__init__)


@cache
def _default_status(init: Callable[..., None]) -> str:
    """What responses have when nobody says, read from their `__init__`: 200, but 307 for redirects."""
    parameter = inspect.signature(init).parameters.get("status_code")
    return str(int(parameter.default)) if parameter and isinstance(parameter.default, int) else "200"


def _content(route: DescribedRoute, definitions: Definitions) -> dict[str, Any]:
    """The Media Type Object of the route's own response, by content type."""
    item = route.stream_item_field
    if route.is_json_stream:
        return {"application/jsonl": {"itemSchema": definitions.schema(item) if item else {}}}
    if route.is_sse_stream:
        return {"text/event-stream": {"itemSchema": _event(definitions.schema(item) if item else None)}}
    media_type = response_class_of(route).media_type
    return {media_type: {"schema": _body_schema(route, definitions)}} if media_type else {}


def _event(data: dict[str, Any] | None) -> dict[str, Any]:
    """The schema of one server-sent event, with the schema of its JSON data when that is known."""
    event = deepcopy(EVENT_SCHEMA)
    if data is not None:
        event["required"] = ["data"]
        event["properties"]["data"] |= {"contentMediaType": "application/json", "contentSchema": data}
    return event


def _body_schema(route: DescribedRoute, definitions: Definitions) -> dict[str, Any]:
    if not is_subclass(response_class_of(route), JSONResponse):
        return {"type": "string"}
    return definitions.schema(route.response_field) if route.response_field else {}


def _add(
    found: Responses, route: DescribedRoute, status: int | str, told: dict[str, Any], definitions: Definitions
) -> None:
    """Put in what the user says of one status."""
    key = str(status).upper()
    response = found.setdefault("default" if key == "DEFAULT" else key, {})
    text = RANGES.get(key) or _PHRASES.get(int(status))
    description = told.get("description") or response.get("description") or text or "Additional Response"
    merge_into(response, {name: value for name, value in told.items() if name != "model"})
    field = route.response_fields.get(status)
    if field is not None:
        media_type = response_class_of(route).media_type or "application/json"
        merge_into(response, {"content": {media_type: {"schema": definitions.schema(field)}}})
    response["description"] = description
