"""Body parameters from a parsed body: JSON, raw bytes or a form."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from starlette.datastructures import FormData

from laneway import params
from laneway.annotations import is_subclass
from laneway.dependant import Dependant
from laneway.extraction import Read, checked, input_names
from laneway.fields import ModelField, missing_error
from laneway.forms import form_models, read_form_entries, read_form_model
from laneway.json_parts import checked_part, is_json_part
from laneway.types import ErrorDetails, Location, Undefined


def body_params(dependant: Dependant) -> list[ModelField]:
    """Body parameters of the whole tree, the endpoint's first."""
    return [field for node in dependant.walk() for field in node.body_params]


def is_form(fields: Sequence[ModelField]) -> bool:
    """Whether the body is a form."""
    return any(isinstance(field.field_info, params.Form) for field in fields)


def is_embedded(fields: Sequence[ModelField]) -> bool:
    """Whether each value stands under its name in the body, rather than one value being the body."""
    if not fields:
        return False
    # The same parameter in several dependencies is one value.
    if len({field.name for field in fields}) > 1:
        return True
    first = fields[0]
    if form_models(first):
        return any(not _same_form(first, field) for field in fields[1:])
    info = first.field_info
    if getattr(info, "embed", None) or is_json_part(first):
        return True
    return isinstance(info, params.Form) and not is_subclass(info.annotation, BaseModel)


def _same_form(first: ModelField, other: ModelField) -> bool:
    return bool(form_models(other)) and other.field_info.annotation is first.field_info.annotation


async def read_body(fields: Sequence[ModelField], body: Any, *, embedded: bool) -> Read:
    """The values of `fields` from a parsed body.

    Args:
        fields: Body parameters of one dependency or endpoint; at least one.
        body: What the body was parsed to: data, bytes, FormData, or Undefined for none.
        embedded: Whether the route as a whole takes its body apart by names.
    """
    single = len(fields) == 1 and not embedded and not is_embedded(fields) and not form_models(fields[0])
    form_values: dict[str, tuple[str, Any]] = {}
    if isinstance(body, FormData):
        plain = [field for field in fields if not form_models(field)]
        entries = [entry async for entry in read_form_entries(plain, body)] if plain else []
        form_values = {field.name: (name, value) for name, value, field in entries if field is not None}
        whole: Any = {name: value for name, value, _ in entries}
    else:
        whole = body
    if single:
        value, errors = checked(fields[0], whole, ("body",))
        return {fields[0].name: value}, errors
    return await _read_each(fields, body, form_values)


async def _read_each(
    fields: Sequence[ModelField], body: Any, form_values: dict[str, tuple[str, Any]]
) -> Read:
    values: dict[str, Any] = {}
    errors: list[ErrorDetails] = []
    for field in fields:
        if isinstance(body, FormData):
            value, loc = await _from_form(field, body, form_values)
        else:
            value, loc = _from_object(field, body)
        if value is _NOT_AN_OBJECT:
            errors.append(missing_error(loc))
            continue
        result, found = (checked_part if is_json_part(field) else checked)(field, value, loc)
        errors.extend(found)
        if not found:
            values[field.name] = result
    return values, errors


async def _from_form(
    field: ModelField, form: FormData, form_values: dict[str, tuple[str, Any]]
) -> tuple[Any, Location]:
    if models := form_models(field):
        return await read_form_model(field, models, form), ("body",)
    name, value = form_values.get(field.name, (input_names(field)[0][0], Undefined))
    return value, ("body", name)


_NOT_AN_OBJECT: Any = object()


def _from_object(field: ModelField, body: Any) -> tuple[Any, Location]:
    """The value under the field's name; names mean nothing in lists, scalars and null."""
    names = [name for name, _ in input_names(field)]
    if body is Undefined or isinstance(body, bytes):
        return Undefined, ("body", names[0])
    if not hasattr(body, "get"):
        return _NOT_AN_OBJECT, ("body", names[0])
    for name in names:
        if (value := body.get(name, Undefined)) is not Undefined:
            return value, ("body", name)
    return Undefined, ("body", names[0])
