"""Operation Objects: one method of one path."""

import warnings
from collections.abc import Iterable, Iterator
from typing import Any

from laneway.fields import ModelField
from laneway.openapi import parameters as parameter_objects
from laneway.openapi.constants import METHODS_WITH_BODY
from laneway.openapi.definitions import Definitions
from laneway.openapi.described import DescribedRoute, described
from laneway.openapi.errors import ErrorResponses
from laneway.openapi.merging import merge_into
from laneway.openapi.request_body import request_body
from laneway.openapi.requirements import Requirements
from laneway.openapi.response_objects import lacks_validation_error, responses
from laneway.openapi.security_definitions import security_requirements, security_schemes
from laneway.openapi.version import with_additional_operations

PathItem = dict[str, dict[str, Any]]


def schema_fields(routes: Iterable[object] | None, errors: ErrorResponses) -> Iterator[ModelField]:
    """Every field whose schema the operations of these routes and of their callbacks need."""
    for route in described(routes):
        single = (route.body_field, route.response_field, route.stream_item_field)
        yield from (field for field in single if field is not None)
        yield from route.response_fields.values()
        parameters = list(parameter_objects.schema_fields(Requirements.of(route.dependant)))
        yield from errors.fields(route, takes_input=bool(parameters) or route.body_field is not None)
        yield from schema_fields(route.callbacks, errors)
        yield from parameters


class Operations:
    """Makes operations, and keeps what they share across the document.

    Attributes:
        security_schemes: Schemes that some operation needs, by name.
    """

    def __init__(self, definitions: Definitions, errors: ErrorResponses, *, newer: bool) -> None:
        """Take what all operations share.

        Args:
            definitions: Where the schemas are.
            errors: How errors are described.
            newer: Whether keywords of OpenAPI 3.2 may be used where 3.1 has none.
        """
        self._definitions = definitions
        self._errors = errors
        self._newer = newer
        self._ids: set[str] = set()
        self.security_schemes: dict[str, Any] = {}

    def paths(self, routes: Iterable[object] | None, *, served: bool = True) -> dict[str, PathItem]:
        """Path Item Objects by path, for all routes that stand in the document.

        Args:
            routes: The routes.
            served: Whether this app answers them, as opposed to whom it calls.
        """
        paths: dict[str, PathItem] = {}
        for route in described(routes):
            paths.setdefault(route.path_format, {}).update(self._path_item(route, served=served))
        return {path: self._placed(item) for path, item in paths.items()}

    def _placed(self, item: PathItem) -> PathItem:
        return with_additional_operations(item) if self._newer else item

    def _path_item(self, route: DescribedRoute, *, served: bool) -> PathItem:
        requirements = Requirements.of(route.dependant)
        self.security_schemes |= security_schemes(requirements)
        shared = {
            "security": security_requirements(requirements),
            "parameters": parameter_objects.parameters(requirements, self._definitions),
            "callbacks": self._callbacks(route.callbacks),
            "responses": self._responses(route, requirements, served=served),
        }
        return {method.lower(): self._operation(route, method, shared) for method in route.methods}

    def _responses(
        self, route: DescribedRoute, requirements: Requirements, *, served: bool
    ) -> dict[str, dict[str, Any]]:
        raised = self._errors.raised(route, self._definitions)
        found = responses(route, self._definitions, raised)
        takes_input = any(parameter_objects.schema_fields(requirements)) or route.body_field is not None
        if takes_input and lacks_validation_error(found, raised, route):
            self._errors.add_validation_error(found, self._definitions, raised="422" in found)
        if served:
            self._errors.add_default(found, self._definitions)
        return found

    def _operation(self, route: DescribedRoute, method: str, shared: dict[str, Any]) -> dict[str, Any]:
        parts = {
            "tags": route.tags,
            "summary": route.summary or route.name.replace("_", " ").title(),
            "description": route.description,
            "operationId": self._identified(route),
            "deprecated": route.deprecated,
            "security": shared["security"],
            "parameters": shared["parameters"],
            "requestBody": request_body(route, self._definitions) if method in METHODS_WITH_BODY else None,
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

    def _callbacks(self, routes: Iterable[object] | None) -> dict[str, dict[str, PathItem]]:
        return {
            route.name: {route.path: self._placed(self._path_item(route, served=False))}
            for route in described(routes)
        }
