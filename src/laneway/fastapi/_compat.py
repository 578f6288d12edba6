"""`fastapi._compat`: FastAPI's private bridge to Pydantic, of which libraries import parts."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, get_type_hints

from pydantic import VERSION, BaseModel, ConfigDict, PydanticSchemaGenerationError, create_model
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import Url
from pydantic_core.core_schema import with_info_plain_validator_function
from starlette.datastructures import UploadFile

from laneway import params
from laneway.annotations import SEQUENCE_TYPES, accepts, accepts_sequence_of, sequence_maker
from laneway.annotations import is_scalar as field_annotation_is_scalar
from laneway.annotations import is_scalar_sequence as field_annotation_is_scalar_sequence
from laneway.annotations import is_sequence as field_annotation_is_sequence
from laneway.annotations import is_subclass as lenient_issubclass
from laneway.fields import FieldMode, ModelField
from laneway.fields import missing_error as get_missing_field_error
from laneway.fields import model_fields as get_cached_model_fields
from laneway.openapi.definitions import Definitions
from laneway.openapi.model_walk import models_below
from laneway.types import Undefined

__all__ = [
    "PYDANTIC_VERSION_MINOR_TUPLE",
    "ModelField",
    "PydanticSchemaGenerationError",
    "RequiredParam",
    "Undefined",
    "Url",
    "create_body_model",
    "evaluate_forwardref",
    "field_annotation_is_scalar",
    "field_annotation_is_scalar_sequence",
    "field_annotation_is_sequence",
    "get_cached_model_fields",
    "get_definitions",
    "get_flat_models_from_fields",
    "get_missing_field_error",
    "get_model_name_map",
    "is_bytes_or_nonable_bytes_annotation",
    "is_bytes_sequence_annotation",
    "is_scalar_field",
    "is_uploadfile_or_nonable_uploadfile_annotation",
    "is_uploadfile_sequence_annotation",
    "lenient_issubclass",
    "sequence_types",
    "serialize_sequence_value",
    "shared",
    "v2",
    "value_is_sequence",
    "with_info_plain_validator_function",
]

PYDANTIC_VERSION_MINOR_TUPLE = tuple(int(part) for part in VERSION.split(".")[:2])
"""Pydantic's version, e.g. `(2, 14)`."""

shared = v2 = sys.modules[__name__]
"""FastAPI's two halves of this module, which is whole here."""

RequiredParam = Undefined
sequence_types = tuple(SEQUENCE_TYPES)
"""The classes of values that count as sequences."""


def value_is_sequence(value: Any) -> bool:
    """Whether a value is a list or the like, and no text or bytes."""
    return isinstance(value, sequence_types) and not isinstance(value, str | bytes)


def is_bytes_or_nonable_bytes_annotation(annotation: Any) -> bool:
    """Whether the annotation is bytes or a union that has it."""
    return accepts(annotation, bytes)


def is_uploadfile_or_nonable_uploadfile_annotation(annotation: Any) -> bool:
    """Whether the annotation is UploadFile or a union that has it."""
    return accepts(annotation, UploadFile)


def is_bytes_sequence_annotation(annotation: Any) -> bool:
    """Whether the annotation is a sequence of bytes, or a union that has one."""
    return accepts_sequence_of(annotation, bytes)


def is_uploadfile_sequence_annotation(annotation: Any) -> bool:
    """Whether the annotation is a sequence of UploadFile, or a union that has one."""
    return accepts_sequence_of(annotation, UploadFile)


def is_scalar_field(field: ModelField) -> bool:
    """Whether a value fits in one string outside the body."""
    return field_annotation_is_scalar(field.field_info.annotation) and not isinstance(
        field.field_info, params.Body
    )


def serialize_sequence_value(*, field: ModelField, value: Any) -> Sequence[Any]:
    """A list as the sequence that the field's annotation asks for."""
    made: Sequence[Any] = sequence_maker(field.field_info.annotation)(value)
    return made


def evaluate_forwardref(
    value: Any, globalns: dict[str, Any] | None = None, localns: dict[str, Any] | None = None
) -> Any:
    """A string or ForwardRef as the type it names; unchanged when a name is unknown."""
    holder = SimpleNamespace(__annotations__={"value": value})
    try:
        return get_type_hints(holder, globalns, localns, include_extras=True)["value"]
    except NameError:
        return value


def create_body_model(
    *, fields: Sequence[ModelField], model_name: str, config: ConfigDict | None = None
) -> type[BaseModel]:
    """A model with the fields as its own."""
    members: dict[str, Any] = {
        field.name: (field.field_info.annotation, field.field_info) for field in fields
    }
    return create_model(model_name, __config__=config, **members)


def get_flat_models_from_fields(fields: Iterable[ModelField], known_models: set[type]) -> set[type]:
    """`known_models` with all models and enums of the fields, at any depth, added."""
    for field in fields:
        known_models.update(models_below(field.field_info.annotation, known_models))
    return known_models


def get_model_name_map(unique_models: Iterable[type]) -> dict[type, str]:
    """The names of models as components; of those with the same name one."""
    normalized = GenerateJsonSchema().normalize_name
    by_name = {normalized(model.__name__): model for model in unique_models}
    return {model: name for name, model in by_name.items()}


def get_definitions(
    *,
    fields: Sequence[ModelField],
    model_name_map: Mapping[type, str],  # Pydantic names the models
    separate_input_output_schemas: bool = True,
) -> tuple[dict[tuple[ModelField, FieldMode], dict[str, Any]], dict[str, dict[str, Any]]]:
    """The JSON schemas of fields, and those of the components that they refer to."""
    made = Definitions(fields, separate_input_output=separate_input_output_schemas)
    return {(field, field.mode): made.schema(field) for field in fields}, made.components
