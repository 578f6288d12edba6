"""Forms: which models their fields make up, and how the entries become values.

Browsers send every entry as text or file, leave out what is not chosen and repeat keys; models want dictionaries.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from functools import partial
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, Tag
from starlette.datastructures import FormData, UploadFile

from laneway import params
from laneway.annotations import (
    accepts,
    accepts_sequence_of,
    is_nullable,
    is_subclass,
    is_union,
    model_of,
    sequence_maker,
    without_annotated,
)
from laneway.extraction import extras, input_names, source_value
from laneway.fields import ModelField, model_fields
from laneway.json_parts import is_json_part, part_value, says_json
from laneway.logger import logger
from laneway.types import Undefined

NOT_INSTALLED = (
    'Form data requires "python-multipart" to be installed. \n'
    'You can install "python-multipart" with: \n\n'
    "pip install python-multipart\n"
)
WRONG_PACKAGE = (
    'Form data requires "python-multipart" to be installed. '
    'It seems you installed "multipart" instead. \n'
    'You can remove "multipart" with: \n\n'
    "pip uninstall multipart\n\n"
    'And then install "python-multipart" with: \n\n'
    "pip install python-multipart\n"
)

Entry = tuple[str, Any, ModelField | None]
"""Name, value and field of one form entry; no field for entries that no field asked for."""


def ensure_multipart_is_installed() -> None:
    """Check that forms can be parsed.

    Raises:
        RuntimeError: python-multipart is missing, or another package took its place; the message has the command.
    """
    problem = _multipart_problem()
    if problem is not None:
        logger.error(problem)
        raise RuntimeError(problem)


def _multipart_problem() -> str | None:
    try:
        from python_multipart import __version__

    except ImportError:
        return _old_multipart_problem()
    return None if __version__ > "0.0.12" else _old_multipart_problem()


def _old_multipart_problem() -> str | None:
    # Before 0.0.13 the distribution installed itself as `multipart`, a name that another distribution has, too.
    try:
        import multipart  # type: ignore[import-not-found, import-untyped, unused-ignore]
    except ImportError:
        return NOT_INSTALLED
    try:
        from multipart.multipart import (  # type: ignore[import-not-found, import-untyped, unused-ignore]
            parse_options_header,
        )
    except ImportError:
        return WRONG_PACKAGE
    return None if getattr(multipart, "__version__", None) and parse_options_header else NOT_INSTALLED


def form_models(field: ModelField) -> list[type[BaseModel]]:
    """The models whose fields stand directly in the form; several for a union of models, none for other fields."""
    info = field.field_info
    if not isinstance(info, params.Form) or info.embed or field.is_json or is_json_part(field):
        return []
    model = model_of(info.annotation)
    return [model] if model is not None else _union_models(info.annotation)


def _union_models(annotation: Any) -> list[type[BaseModel]]:
    if not is_union(annotation):
        return []
    kinds = [without_annotated(arg) for arg in get_args(annotation) if arg is not type(None)]
    models = [kind for kind in kinds if is_subclass(kind, BaseModel)]
    return models if len(models) == len(kinds) > 1 else []


def normalizing_form_union(info: params.Form) -> Any:
    """A union of models that lets each member read the raw entries by its own fields; others unchanged."""
    annotation = info.annotation
    if says_json(info) or not _union_models(annotation):
        return annotation
    return Union[tuple(_normalizing_member(member) for member in get_args(annotation))]  # noqa: UP007


def _normalizing_member(member: Any) -> Any:
    if member is type(None):
        return member
    model = without_annotated(member)
    metadata = get_args(member)[1:] if get_origin(member) is Annotated else ()
    tags = [item for item in metadata if isinstance(item, Tag)]
    # The tag keeps the model's name in error locations, where the validator's would stand otherwise.
    return Annotated[
        member, BeforeValidator(partial(by_fields_of, model)), tags[-1] if tags else Tag(model.__name__)
    ]


def by_fields_of(model: type[BaseModel], value: Any) -> Any:
    """Raw entries of a form, as a dictionary, as `model` reads them; what is no dictionary stays what it is."""
    if not isinstance(value, dict):
        return value
    entries = [
        (key, item)
        for key, items in value.items()
        for item in (items if isinstance(items, list) else [items])
    ]
    result = {name: item for name, item, _ in form_entries(model_fields(model), FormData(entries))}
    # No browser sends these, but a validator before this one may have put them there.
    result.update({key: item for key, item in value.items() if item is None or item == []})
    return result


def form_entries(fields: Sequence[ModelField], form: FormData) -> Iterator[Entry]:
    """The values that `fields` find in the form, then every entry that none of them asked for."""
    known: set[str] = set()
    for field in fields:
        for name, _ in input_names(field):
            known.add(name)
            value = part_value(form, name) if is_json_part(field) else source_value(field, form, name)
            if value is not Undefined:
                yield name, value, field
                break  # entries under later names stay for other fields
    for name, value in extras(form, known):
        yield name, value, None


async def read_file_bytes(file: UploadFile) -> bytes:
    """The whole content; the position stays, because another parameter may read the same file."""
    position = file.file.tell()
    try:
        return await file.read()
    finally:
        await file.seek(position)


async def _file_content(field: ModelField, value: Any) -> Any:
    """Uploads as bytes, where the annotation asks for bytes."""
    annotation = field.field_info.annotation
    if accepts(annotation, bytes) and isinstance(value, UploadFile):
        return await read_file_bytes(value)
    if accepts_sequence_of(annotation, bytes) and isinstance(value, list | tuple):
        items = [await read_file_bytes(item) if isinstance(item, UploadFile) else item for item in value]
        return sequence_maker(annotation)(items)
    return value


async def read_form_entries(fields: Sequence[ModelField], form: FormData) -> AsyncIterator[Entry]:
    """As `form_entries`, with files read where bytes are asked for."""
    for name, value, field in form_entries(fields, form):
        if field is not None and isinstance(field.field_info, params.File):
            value = await _file_content(field, value)
        elif field is not None and isinstance(value, UploadFile) and is_json_part(field):
            value = await read_file_bytes(value)
        yield name, value, field


async def read_form_model(field: ModelField, models: list[type[BaseModel]], form: FormData) -> Any:
    """The dictionary that a model (or union of models) validates; Undefined for an optional one left out."""
    if is_nullable(field.field_info.annotation) and not any(is_sent(model, form) for model in models):
        return Undefined
    # A union's members each normalise the raw entries themselves.
    fields = model_fields(models[0]) if len(models) == 1 else []
    return {name: value async for name, value, _ in read_form_entries(fields, form)}


def is_sent(model: type[BaseModel], form: FormData) -> bool:
    """Whether the form has anything for a model."""
    if model.model_config.get("extra") in ("allow", "forbid") and form:
        return True
    return any(name in form for field in model_fields(model) for name, _ in input_names(field))
