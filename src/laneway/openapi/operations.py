"""Operation Objects: one method of one path."""

import warnings
from collections.abc import Iterable, Iterator
from typing import Any, cast

from laneway.fields import ModelField
from laneway.openapi import parameters as parameter_objects
from laneway.openapi.constants import METHODS_WITH_BODY
from laneway.openapi.definitions import Definitions
from laneway.openapi.described import DescribedRoute, described
from laneway.openapi.merging import merge_into
from laneway.openapi.requirements import Requirements
from laneway.openapi.response_objects import VALIDATION_ERROR, lacks_validation_error, responses
from laneway.openapi.security_definitions import security_requirements, security_schemes
from laneway.params import Body

PathItem = dict[str, dict[str, Any]]


def schema_fields(routes: Iterable[object] | None) -> Iterator[ModelField]:
    """Every field whose schema the operations of these routes and of their callbacks need."""
    for route in described(routes):
        single = (route.body_field, route.response_field, route.stream_item_field)
        yield from (field for field in single if field is not None)
        yield from route.response_fields.values()
        yield from schema_fields(route.callbacks)
        yield from parameter_objects.schema_fields(Requirements.of(route.dependant))


class Operations:
    """Makes operations, and keeps what they share across the document.

    Attributes:
        security_schemes: Schemes that some operation needs, by name.
        validates: Whether some operation may answer with a validation error.
    """

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions
        self._ids: set[str] = set()
        self.security_schemes: dict[str, Any] = {}
        self.validates = False

    def paths(self, routes: Iterable[object] | None) -> dict[str, PathItem]:
        """Path Item Objects by path, for all routes that stand in the document."""
        paths: dict[str, PathItem] = {}
        for route in described(routes):
            paths.setdefault(route.path_format, {}).update(self._path_item(route))
        return paths

    def _path_item(self, route: DescribedRoute) -> PathItem:
        requirements = Requirements.of(route.dependant)
        self.security_schemes |= security_schemes(requirements)
        parameters = parameter_objects.parameters(requirements, self._definitions)
        found = responses(route, self._definitions)
        takes_input = any(parameter_objects.schema_fields(requirements)) or route.body_field is not None
        if takes_input and lacks_validation_error(found):
            found["422"] = VALIDATION_ERROR
            self.validates = True
        shared = {
            "security": security_requirements(requirements),
            "parameters": parameters,
            "callbacks": self._callbacks(route.callbacks),
            "responses": found,
        }
        return {method.lower(): self._operation(route, method, shared) for method in route.methods}

    def _operation(self, route: DescribedRoute, method: str, shared: dict[str, Any]) -> dict[str, Any]:
        body = route.body_field if method in METHODS_WITH_BODY else None
        parts = {
            "tags": route.tags,
            "summary": route.summary or route.name.replace("_", " ").title(),
            "description": route.description,
            "operationId": self._identified(route),
            "deprecated": route.deprecated,
            "security": shared["security"],
            "parameters": shared["parameters"],
            "requestBody": None if body is None else self._request_body(body),
            "callbacks": shared["callbacks"],
            "responses": shared["responses"],
        }
        return merge_into({name: part for name, part in parts.items() if part}, route.openapi_extra or {})

    def _identified(self, route: DescribedRoute) -> str:
        operation_id = route.operation_id or route.unique_id
        if operation_id in self._ids:
            endpoint = route.endpoint
            name = getattr(endpoint, "__name__", "<unnamed_endpoint>")
            file = getattr(endpoint, "__globals__", {}).get("__file__")
            place = f" at {file}" if file else ""
            warnings.warn(f"Duplicate Operation ID {operation_id} for function {name}{place}", stacklevel=2)
        self._ids.add(operation_id)
        return operation_id

    def _request_body(self, field: ModelField) -> dict[str, Any]:
        info = cast(Body, field.field_info)
        media = {"schema": self._definitions.schema(field), **parameter_objects.examples_of(info)}
        content = {"content": {info.media_type: media}}
        return {"required": True, **content} if field.required else content

    def _callbacks(self, routes: Iterable[object] | None) -> dict[str, dict[str, PathItem]]:
        return {route.name: {route.path: self._path_item(route)} for route in described(routes)}
