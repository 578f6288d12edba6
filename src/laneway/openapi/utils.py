"""The OpenAPI document of an app."""

from collections.abc import Sequence
from typing import Any

from starlette.routing import BaseRoute

from laneway.openapi.constants import REF_PREFIX
from laneway.openapi.definitions import Definitions
from laneway.openapi.errors import ErrorResponses
from laneway.openapi.merging import without_none
from laneway.openapi.models import OpenAPI
from laneway.openapi.operations import Operations, schema_fields
from laneway.openapi.version import COMMON, needed_version
from laneway.problem import ErrorFormat

validation_error_definition: dict[str, Any] = {
    "title": "ValidationError",
    "type": "object",
    "properties": {
        "loc": {
            "title": "Location",
            "type": "array",
            "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        },
        "msg": {"title": "Message", "type": "string"},
        "type": {"title": "Error Type", "type": "string"},
        "input": {"title": "Input"},
        "ctx": {"title": "Context", "type": "object"},
    },
    "required": ["loc", "msg", "type"],
}
"""The component `ValidationError`: one thing that was wrong with a request."""

validation_error_response_definition: dict[str, Any] = {
    "title": "HTTPValidationError",
    "type": "object",
    "properties": {
        "detail": {
            "title": "Detail",
            "type": "array",
            "items": {"$ref": REF_PREFIX + "ValidationError"},
        }
    },
}
"""The component `HTTPValidationError`: the body of a 422 response."""


def get_openapi(
    *,
    title: str,
    version: str,
    openapi_version: str | None = COMMON,
    summary: str | None = None,
    description: str | None = None,
    routes: Sequence[BaseRoute],
    webhooks: Sequence[BaseRoute] | None = None,
    tags: list[dict[str, Any]] | None = None,
    servers: list[dict[str, str | Any]] | None = None,
    terms_of_service: str | None = None,
    contact: dict[str, str | Any] | None = None,
    license_info: dict[str, str | Any] | None = None,
    separate_input_output_schemas: bool = True,
    external_docs: dict[str, Any] | None = None,
    error_format: ErrorFormat = "detail",
) -> dict[str, Any]:
    """The document that describes `routes`, as plain data to change and to send.

    Args:
        title: Name of the API.
        version: Version of the API, not of OpenAPI.
        openapi_version: Version of OpenAPI to claim; None: 3.2.0 if the document uses what came with it, else 3.1.0.
        summary: One line on the API.
        description: More on the API, in Markdown.
        routes: Routes of the app; mounts, pages, WebSockets and hidden routes are left out.
        webhooks: Routes that the API calls elsewhere.
        tags: Groups of operations with their descriptions.
        servers: Addresses of the API.
        terms_of_service: Address of the terms.
        contact: Whom to ask: name, url, email.
        license_info: Licence: name and identifier or url.
        separate_input_output_schemas: Whether a model that looks different in requests and responses gets two
            schemas; otherwise it has the one of requests.
        external_docs: Further documentation: url, description.
        error_format: How the API answers errors.

    Raises:
        ValidationError: A part that was given does not fit OpenAPI.
    """
    errors = ErrorResponses(error_format)
    every = [*schema_fields(routes, errors), *schema_fields(webhooks, errors)]
    definitions = Definitions(every, separate_input_output=separate_input_output_schemas)
    operations = Operations(definitions, errors, newer=openapi_version is None)
    info = {
        "title": title,
        "version": version,
        "summary": summary or None,
        "description": description or None,
        "termsOfService": terms_of_service or None,
        "contact": contact or None,
        "license": license_info or None,
    }
    document = _as_data(
        openapi=openapi_version or COMMON,
        info=info,
        servers=servers or None,
        paths=operations.paths(routes),
        webhooks=operations.paths(webhooks, served=False) or None,
        components=_components(definitions, operations, errors),
        tags=tags or None,
        externalDocs=external_docs or None,
    )
    return document if openapi_version else {**document, "openapi": needed_version(document)}


def _components(
    definitions: Definitions, operations: Operations, errors: ErrorResponses
) -> dict[str, Any] | None:
    """The Components Object; to be called when all operations are made."""
    schemas = dict(definitions.components)
    if errors.uses_http_validation_error:
        schemas["ValidationError"] = validation_error_definition
        schemas["HTTPValidationError"] = validation_error_response_definition
    found = {
        "schemas": {name: schemas[name] for name in sorted(schemas)},
        "securitySchemes": operations.security_schemes,
    }
    return {name: part for name, part in found.items() if part} or None


def _as_data(**document: Any) -> dict[str, Any]:
    """The document checked, in the order and form of the specification, without empty members."""
    checked = OpenAPI(**document)
    plain: dict[str, Any] = without_none(checked.model_dump(mode="json", by_alias=True, exclude_none=True))
    return plain
