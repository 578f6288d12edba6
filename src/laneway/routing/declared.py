"""A route's declaration: its path, its signature, its name in the docs."""

import dataclasses
from collections.abc import Callable
from functools import cached_property
from typing import Any

from starlette import routing

from laneway.bodies import body_params, is_embedded
from laneway.body_model import body_field
from laneway.dependant import Dependant
from laneway.fields import ModelField
from laneway.routing.options import RouteDefaults, resolved
from laneway.routing.paths import CompiledPath, compiled_path
from laneway.signature import get_dependant, path_param_names, with_dependencies


class DeclaredRoute(RouteDefaults, routing.Route):
    """What follows from path and endpoint alone.

    Attributes:
        original_route: The route as it was declared, before any include; itself when it was not included.
        methods: HTTP methods in upper case.
    """

    endpoint: Callable[..., Any]
    methods: set[str]
    original_route: "DeclaredRoute"
    _declared_signature: Any

    @cached_property
    def _path(self) -> CompiledPath:
        return compiled_path(self.path)

    @cached_property
    def path_regex(self) -> Any:  # type: ignore[override]  # Starlette sets it in __init__
        """The path as a regular expression."""
        return self._path.regex

    @cached_property
    def path_format(self) -> str:  # type: ignore[override]
        """The path with bare names: `/items/{id}` for `/items/{id:int}`."""
        return self._path.format

    @cached_property
    def param_convertors(self) -> Any:  # type: ignore[override]
        """Convertors by the name of their path parameter."""
        return self._path.convertors

    @cached_property
    def unique_id(self) -> str:
        """The operation id."""
        return self.operation_id or str(resolved(self.generate_unique_id_function)(self))

    @cached_property
    def _endpoint_dependant(self) -> Dependant:
        original = self.original_route
        # Class-based views give methods another signature between declaration and include.
        kept = getattr(self.endpoint, "__signature__", None) is self._declared_signature
        if (
            original is not self
            and original.endpoint is self.endpoint
            and kept
            and path_param_names(original.path_format) == path_param_names(self.path_format)
        ):
            return dataclasses.replace(original._endpoint_dependant, path=self.path_format)
        return get_dependant(path=self.path_format, call=self.endpoint)

    @cached_property
    def dependant(self) -> Dependant:
        """Parameters and dependencies, those of the routers around it included."""
        endpoint = self._endpoint_dependant
        if self.lane is not None:
            endpoint = dataclasses.replace(endpoint, lane=self.lane)
        return with_dependencies(endpoint, self.dependencies, self.path_format)

    @cached_property
    def _body_params(self) -> list[ModelField]:
        return body_params(self.dependant)

    @cached_property
    def _embed_body_fields(self) -> bool:
        return is_embedded(self._body_params)

    @cached_property
    def body_field(self) -> ModelField | None:
        """The whole body as one field, for the schema."""
        return body_field(self._body_params, self.unique_id, self._embed_body_fields)
