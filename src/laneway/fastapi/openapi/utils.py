"""`fastapi.openapi.utils`, with the steps that libraries take to describe parameters by themselves."""

import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import laneway.openapi.utils as original
from laneway.fields import FieldMode, ModelField
from laneway.openapi.definitions import Definitions
from laneway.openapi.parameters import parameters, schema_fields
from laneway.openapi.requirements import Requirements
from laneway.openapi.utils import get_openapi as get_openapi
from laneway.openapi.utils import validation_error_definition as validation_error_definition
from laneway.openapi.utils import (
    validation_error_response_definition as validation_error_response_definition,
)

_get_openapi_dependency_data = Requirements.of


def _get_openapi_operation_parameters(
    *,
    dependency_data: Requirements,
    model_name_map: Mapping[Any, str],  # Pydantic names the models
    field_mapping: Mapping[
        tuple[ModelField, FieldMode], dict[str, Any]
    ],  # made anew: parameter models need more
    separate_input_output_schemas: bool = True,
) -> list[dict[str, Any]]:
    """The Parameter Objects of what dependencies ask of a request."""
    fields = schema_fields(dependency_data)
    return parameters(
        dependency_data, Definitions(fields, separate_input_output=separate_input_output_schemas)
    )


class _Utils(ModuleType):
    """What is put in the place of a name here is put there, where documents are made."""

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name in vars(original):
            setattr(original, name, value)


sys.modules[__name__].__class__ = _Utils
