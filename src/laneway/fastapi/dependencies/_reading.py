"""How single values of a request are found, under the names of `fastapi.dependencies.utils`."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from laneway.extraction import Names, input_names, source_value
from laneway.fields import ModelField
from laneway.forms import by_fields_of, form_models


def _get_form_model(field: ModelField) -> type[BaseModel] | None:
    """The model whose fields stand directly in the form; None for other fields, unions of models among them."""
    models = form_models(field)
    return models[0] if len(models) == 1 else None


def _normalize_form_model(value: Any, *, model: type[BaseModel]) -> Any:
    """Raw entries of a form, as a dictionary, as `model` reads them."""
    return by_fields_of(model, value)


def _get_param_aliases(field: ModelField, *, convert_underscores: bool = False) -> Names:
    """Pairs of the name Pydantic validates by and the key in the request, most wanted first."""
    return input_names(field, hyphens=convert_underscores)


def _get_multidict_value(field: ModelField, values: Mapping[str, Any], alias: str) -> Any:
    """What `values` have under `alias`, as a list when the field takes one; Undefined when nothing."""
    return source_value(field, values, alias)
