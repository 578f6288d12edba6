"""JSON schemas of all fields of a document, made by Pydantic in one pass.

One pass, because the name of a component depends on all others: two models of one name get longer names. Fields of
the same type share one input of that pass; what differs between them (title, description, default) is put on after.
"""

import math
from collections.abc import Hashable, Iterable, Iterator
from typing import Any, NamedTuple

from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import core_schema, to_jsonable_python

from laneway.annotations import is_subclass
from laneway.fields import ModelField, shared_adapter
from laneway.openapi.constants import REF_TEMPLATE
from laneway.openapi.model_walk import has_computed_fields, models_below
from laneway.types import Undefined

Schema = dict[str, Any]


class _Generator(GenerateJsonSchema):
    """Pydantic's generator in the words of OpenAPI 3.1."""

    def bytes_schema(self, schema: core_schema.BytesSchema) -> JsonSchemaValue:
        """Bytes by JSON Schema's contentMediaType; `format: binary` was OpenAPI 3.0's."""
        result = super().bytes_schema(schema)
        del result["format"]
        result["contentMediaType"] = "application/octet-stream"
        # Pydantic asks for the encoding of output in both modes.
        output = self.mode == "serialization"
        encoding = self._config.ser_json_bytes if output else self._config.val_json_bytes
        return {**result, "contentEncoding": "base64"} if encoding == "base64" else result

    def encode_default(self, dft: Any) -> Any:
        """The default as JSON."""
        # PERF: Pydantic builds an adapter per default (30 µs); these values are JSON already.
        if type(dft) in (str, int, bool) or (type(dft) is float and math.isfinite(dft)):
            return dft
        return super().encode_default(dft)


class _Input(NamedTuple):
    """What the generator is asked for.

    Attributes:
        key: Equal for fields that share the answer.
        schema: Pydantic's description of the type.
        finished: Whether the answer has the field's own title, description and so on.
    """

    key: Hashable
    schema: core_schema.CoreSchema
    finished: bool


def _input(field: ModelField) -> _Input:
    if _edits_its_schema(field):
        return _Input(field, field._type_adapter.core_schema, finished=True)
    inner, default = field.adapter.core_schema, field.field_info.default
    computed = field.field_info.default_factory is not None
    if computed or default is Undefined or default is ... or default is None:
        return _Input(field.adapter, inner, finished=False)
    plain = isinstance(default, str | int | float)
    key = (field.adapter, type(default), default) if plain else field
    return _Input(key, core_schema.with_default_schema(inner, default=default), finished=False)


def _edits_its_schema(field: ModelField) -> bool:
    """Whether code of the user's edits the schema, which then must see it as Pydantic makes it, step by step."""
    info = field.field_info
    if callable(info.json_schema_extra):
        return True
    kind = info.annotation
    parts = info.metadata if is_subclass(kind, BaseModel) else (kind, *info.metadata)
    return any(hasattr(part, "__get_pydantic_json_schema__") for part in parts)


class Definitions:
    """The schemas of fields, and the components they refer to.

    Attributes:
        components: Schemas of models and enums by component name.
    """

    def __init__(self, fields: Iterable[ModelField], *, separate_input_output: bool = True) -> None:
        self._separate = separate_input_output
        inputs: dict[tuple[Hashable, JsonSchemaMode], core_schema.CoreSchema] = {}
        self._found: dict[ModelField, tuple[_Input, JsonSchemaMode]] = {}
        for field in dict.fromkeys(fields):
            wanted, mode = self._found[field] = _input(field), self._mode(field)
            inputs[wanted.key, mode] = wanted.schema
        for adapter, mode in self._nested():
            inputs.setdefault((adapter, mode), adapter.core_schema)
        generator = _Generator(ref_template=REF_TEMPLATE)
        requests = [(key, mode, schema) for (key, mode), schema in inputs.items()]
        self._schemas, components = generator.generate_definitions(requests)
        self.components: dict[str, Schema] = dict(map(_told_short, components.items()))

    def _nested(self) -> Iterator[tuple[TypeAdapter[Any], JsonSchemaMode]]:
        """Adapters of models and enums below the fields, so that even those hidden by a serialiser are listed."""
        top = {id(field.field_info.annotation) for field in self._found}
        known: dict[JsonSchemaMode, set[type]] = {"validation": set(), "serialization": set()}
        for field in self._found:
            for kind in models_below(field.field_info.annotation, known[field.mode]):
                if id(kind) not in top:
                    mode = field.mode if self._separate or has_computed_fields(kind) else "validation"
                    yield shared_adapter(FieldInfo(annotation=kind)), mode

    def _mode(self, field: ModelField) -> JsonSchemaMode:
        return field.mode if self._separate or _is_computed(field) else "validation"

    def schema(self, field: ModelField, name: str | None = None) -> Schema:
        """The schema of a field, titled by `name` or the name that its mode uses.

        References are not titled, for their component has a title.
        """
        wanted, mode = self._found[field]
        schema: Schema = dict(self._schemas[wanted.key, mode])
        if not wanted.finished:
            schema = _documented(schema, field.field_info)
        if "$ref" not in schema:
            schema["title"] = field.field_info.title or _title(name or _own_name(field))
        return schema


def _is_computed(field: ModelField) -> bool:
    # Dataclasses have their computed fields in the core schema only.
    inner: Any = field.adapter.core_schema.get("schema", {})
    return bool(inner.get("computed_fields")) or has_computed_fields(field.field_info.annotation)


def _documented(schema: Schema, info: FieldInfo) -> Schema:
    """The schema of a type with what the field adds to it, in Pydantic's order: the default has the last word."""
    own = {
        "title": info.title,
        "description": info.description,
        "deprecated": bool(info.deprecated) or None,
        "examples": info.examples and to_jsonable_python(info.examples),
    }
    result = {key: value for key, value in schema.items() if key != "default"}
    result |= {key: value for key, value in own.items() if value is not None}
    if info.json_schema_extra:
        result |= to_jsonable_python(info.json_schema_extra)
    return result | {"default": schema["default"]} if "default" in schema else result


def _own_name(field: ModelField) -> str:
    return field.input_name if field.mode == "validation" else field.serialization_alias or field.alias


def _title(name: str) -> str:
    return name.title().replace("_", " ")


def _told_short(component: tuple[str, Schema]) -> tuple[str, Schema]:
    """A component with its description up to a form feed; what follows is for readers of the source."""
    name, schema = component
    if "description" in schema:
        schema = {**schema, "description": schema["description"].split("\f")[0]}
    return name, schema
