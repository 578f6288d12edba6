"""The schema of a form: fields of models and single fields side by side, as they are sent.

In JSON each parameter would have a key of its own. In a form the fields of a model stand directly beside all others,
so the models become conditions (`allOf`) on the one flat object.
"""

from collections.abc import Iterable, Sequence
from copy import copy, deepcopy
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import AliasChoices, BaseModel, GetJsonSchemaHandler, create_model
from pydantic_core import CoreSchema

from laneway.annotations import is_nullable
from laneway.extraction import input_names
from laneway.fields import ModelField, model_fields
from laneway.forms import form_models

Schema = dict[str, Any]


class FormBody(BaseModel):
    """Base of the models that stand for forms with models among their parameters."""

    _parts: ClassVar[list[ModelField]] = []

    @classmethod
    def of(cls, body_params: Sequence[ModelField], title: str) -> "type[FormBody]":
        """A model with one field per parameter, however often a name comes."""
        keyed = {_key(number): field for number, field in enumerate(body_params)}
        members: dict[str, Any] = {key: _member(field, key) for key, field in keyed.items()}
        model = create_model(title, __base__=cls, **members)
        model._parts = list(body_params)
        return model

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> Schema:
        """The parameters' schemas laid flat."""
        reference = handler(core_schema)
        schema = handler.resolve_ref_schema(reference)
        found = schema.pop("properties", {})
        schema.pop("required", None)
        schema |= _flat([(field, found[_key(number)]) for number, field in enumerate(cls._parts)])
        return reference


def _key(number: int) -> str:
    """A field name that no parameter has, for two dependencies may each have a parameter of one name."""
    return f"field_{number}"


def _member(field: ModelField, key: str) -> tuple[Any, Any]:
    info = copy(field.field_info)
    info.alias = info.validation_alias = info.serialization_alias = key
    models = form_models(field)
    nullable = is_nullable(info.annotation)
    if len(models) != 1 or nullable:
        info.title = info.title or field.name.replace("_", " ").title()
    if len(models) == 1:
        sent: Any = Annotated[models[0], _AsSent(models[0])]
        info.annotation = sent | None if nullable else sent
    return info.annotation, info


@dataclass(frozen=True)
class _AsSent:
    """Annotates a model in a form: its properties have the names that the form's entries have."""

    model: type[BaseModel]

    def __get_pydantic_json_schema__(self, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> Schema:
        reference = handler(core_schema)
        schema = handler.resolve_ref_schema(reference)
        names = self._other_names(schema)
        # Elsewhere the model keeps its names, so a changed schema stands here in full.
        return _renamed(schema, names) if names else reference

    def _other_names(self, schema: Schema) -> dict[str, list[str]]:
        """The names an entry may have, by the one name the schema has, where the two differ."""
        found = {}
        for field in model_fields(self.model):
            wanted = field.field_info.validation_alias
            name = wanted.choices[0] if isinstance(wanted, AliasChoices) else field.input_name
            if not isinstance(name, str) or name not in schema.get("properties", {}):
                continue
            names = [alias for alias, _ in input_names(field)]
            if names[0] != name or (len(names) > 1 and name in schema.get("required", [])):
                found[name] = names
        return found


def _renamed(schema: Schema, names: dict[str, list[str]]) -> Schema:
    """A copy with other property names; of several names for a required property, any will do."""
    choices = [names.get(name, [name]) for name in schema.get("required", [])]
    either = [{"anyOf": [{"required": [name]} for name in group]} for group in choices if len(group) > 1]
    result = {
        **schema,
        "properties": {names.get(name, [name])[0]: part for name, part in schema["properties"].items()},
        "required": [group[0] for group in choices if len(group) == 1],
    }
    if either:
        result["allOf"] = [*schema.get("allOf", []), *either]
    return deepcopy(result)


def _flat(parts: Iterable[tuple[ModelField, Schema]]) -> Schema:
    """The members of the object schema that say which entries a form has."""
    properties: dict[str, Schema] = {}
    required: dict[str, None] = {}  # in order, each once
    conditions: list[Schema] = []
    for field, schema in parts:
        if models := form_models(field):
            conditions += _conditions(field, models, schema)
            continue
        name = input_names(field)[0][0]
        if properties.setdefault(name, schema) is not schema:
            conditions.append({"properties": {name: schema}})
        if field.required:
            required[name] = None
    flat: Schema = {"properties": properties, "required": list(required), "allOf": conditions}
    return {key: value for key, value in flat.items() if value}


def _conditions(field: ModelField, models: list[type[BaseModel]], schema: Schema) -> list[Schema]:
    """What a form must fulfil for the models of one parameter."""
    present = {key: value for key, value in schema.items() if key != "default"}
    if not is_nullable(field.field_info.annotation):
        return [present]
    # None means here that no entry of the model was sent.
    present["anyOf"] = [choice for choice in schema["anyOf"] if choice.get("type") != "null"]
    absent = _absent(models)
    return [{"not": absent}, present] if field.required else [{"anyOf": [absent, present]}]


def _absent(models: list[type[BaseModel]]) -> Schema:
    """The schema of forms that have no entry for any of the models."""
    if any(model.model_config.get("extra") in ("allow", "forbid") for model in models):
        return {"maxProperties": 0}
    names = {alias for model in models for field in model_fields(model) for alias, _ in input_names(field)}
    return {"not": {"anyOf": [{"required": [name]} for name in sorted(names)]}} if names else {}
