"""Parameter Objects: what an operation reads outside the body."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from laneway import params
from laneway.encoders import jsonable_encoder
from laneway.extraction import input_names
from laneway.fields import ModelField, model_fields
from laneway.openapi.definitions import Definitions
from laneway.openapi.requirements import Requirements
from laneway.types import Undefined

Parameter = dict[str, Any]


class _Part(NamedTuple):
    """One key of the request: a parameter, or one field of a parameter model.

    Attributes:
        whole: The parameter as the endpoint declares it; `field` itself when it is no model.
        optional: Whether it may be missing because the whole may.
    """

    field: ModelField
    whole: ModelField
    optional: bool = False


def _parts(whole: ModelField) -> Iterator[_Part]:
    model = None if isinstance(whole.field_info, params.Path) else whole.model
    if model is None:
        yield _Part(whole, whole)
        return
    optional = whole.field_info.annotation is not model and not whole.required
    for field in model_fields(model):
        yield _Part(field, whole, optional)


def schema_fields(requirements: Requirements) -> Iterator[ModelField]:
    """The fields whose schemas the parameters need; parameters hidden from the document included."""
    for group in (requirements.path, requirements.query, requirements.header, requirements.cookie):
        for whole in group:
            yield from (part.field for part in _parts(whole))


def parameters(requirements: Requirements, definitions: Definitions) -> list[Parameter]:
    """All Parameter Objects, each place and name once; one that is required wins over one that is not."""
    groups = {
        "path": requirements.path,
        "query": requirements.query,
        "header": requirements.header,
        "cookie": requirements.cookie,
    }
    every = [found for place, group in groups.items() for found in _of_place(place, group, definitions)]
    by_name = {(found["in"], found["name"]): found for found in every}
    by_name |= {(found["in"], found["name"]): found for found in every if found["required"]}
    return list(by_name.values())


def _of_place(place: str, group: Iterable[ModelField], definitions: Definitions) -> Iterator[Parameter]:
    for whole in group:
        if getattr(whole.field_info, "include_in_schema", True):
            yield from (_parameter(place, part, definitions) for part in _parts(whole))


def _parameter(place: str, part: _Part, definitions: Definitions) -> Parameter:
    info = part.field.field_info
    alias, key = input_names(part.field, hyphens=place == "header" and _hyphens(part))[0]
    found: Parameter = {
        "name": key,
        "in": place,
        "required": part.field.required and not part.optional,
        "schema": definitions.schema(part.field, alias),
    }
    if info.description:
        found["description"] = info.description
    if info.deprecated:
        found["deprecated"] = True
    return found | examples_of(info)


def _hyphens(part: _Part) -> bool:
    default = getattr(part.whole.field_info, "convert_underscores", True)
    return bool(getattr(part.field.field_info, "convert_underscores", default))


def examples_of(info: object) -> dict[str, Any]:
    """`examples` by name or the one `example`, as parameters and media types have them."""
    if named := getattr(info, "openapi_examples", None):
        return {"examples": jsonable_encoder(named)}
    example = getattr(info, "example", Undefined)
    return {} if example is Undefined else {"example": jsonable_encoder(example)}
