"""The one field that stands for a whole request body in the document.

Requests are not validated by it: each body parameter is read and validated on its own.
"""

from collections.abc import Sequence
from copy import copy
from typing import Any

from pydantic import BaseModel, create_model

from laneway import params
from laneway.annotations import is_nullable
from laneway.fields import ModelField, make_field
from laneway.form_schema import FormBody
from laneway.forms import form_models
from laneway.json_parts import is_json_part


def body_field(body_params: Sequence[ModelField], name: str, embed: bool) -> ModelField | None:
    """The body as one field: the only parameter itself, or a model `Body_<name>` of all of them; None without any.

    Args:
        body_params: Body parameters of the endpoint and its dependencies.
        name: Operation id of the route.
        embed: Whether values stand under their names in the body.
    """
    if not body_params:
        return None
    first = body_params[0]
    if embed:
        return _embedding(body_params, _body_model(body_params, name))
    if not any(form_models(field) and is_nullable(field.field_info.annotation) for field in body_params):
        return first
    # An absent form has no JSON null to say so: the schema must say which entries stay away.
    info = copy(first.field_info)
    info.annotation = _body_model(body_params, name)
    info.metadata = []  # its rules stand in the model already
    info.discriminator = None
    return ModelField(info, first.name)


def _body_model(body_params: Sequence[ModelField], name: str) -> type[BaseModel]:
    title = f"Body_{name}"
    if any(form_models(field) for field in body_params):
        return FormBody.of(body_params, title)
    members: dict[str, Any] = {
        field.name: (field.field_info.annotation, field.field_info) for field in body_params
    }
    return create_model(title, **members)


def _embedding(body_params: Sequence[ModelField], model: type[BaseModel]) -> ModelField:
    """The body as JSON, form or multipart form, whichever its parameters need."""
    kinds = (params.File, params.Form, params.Body)
    kind = next(kind for kind in kinds if any(isinstance(field.field_info, kind) for field in body_params))
    options: dict[str, Any] = {"annotation": model, "alias": "body"}
    if not any(field.required for field in body_params):
        options["default"] = None
    media_type = _media_type(body_params, kind)
    if media_type is not None:
        options["media_type"] = media_type
    return make_field("body", model, kind(**options))


def _media_type(body_params: Sequence[ModelField], kind: type[params.Body]) -> str | None:
    """What the parameters agree on; None when the kind's own type is right."""
    if kind is params.File:
        return None
    if any(is_json_part(field) for field in body_params):
        return params.File.default_media_type
    infos = [field.field_info for field in body_params]
    named = {info.media_type for info in infos if isinstance(info, kind)}
    if kind is params.Form and params.File.default_media_type in named:
        return params.File.default_media_type
    return named.pop() if len(named) == 1 else None
