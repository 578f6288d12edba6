"""Values of the request by the names that fields give them.

The sources are multi-dictionaries (query, headers, cookies, path, forms); nothing here does I/O. A value that is not
there is `Undefined`, which differs from None and from an empty string.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, cast

from pydantic import AliasChoices, AliasPath, BaseModel
from starlette.datastructures import FormData, Headers, ImmutableMultiDict, UploadFile

from laneway import params
from laneway.annotations import is_sequence
from laneway.fields import ModelField, missing_error, model_fields
from laneway.types import ErrorDetails, Location, Undefined

Names = list[tuple[str, str]]
"""Pairs of the name Pydantic validates by and the key in the request, most wanted first."""

Read = tuple[dict[str, Any], list[ErrorDetails]]
"""Values by argument name, and the errors of those that have none."""


def input_names(field: ModelField, *, hyphens: bool = False) -> Names:
    """The names under which a value may come.

    Args:
        field: The field.
        hyphens: Whether a name taken from the argument is sent with hyphens for underscores (headers).
    """

    def own_name_sent(name: str) -> str:
        return name.replace("_", "-") if hyphens else name

    first = (
        field.input_name,
        own_name_sent(field.name) if field.input_name == field.name else field.input_name,
    )
    wanted = field.field_info.validation_alias
    if isinstance(field.field_info, params.Path) or isinstance(wanted, AliasPath):
        return [first]
    names = [first]
    if isinstance(wanted, AliasChoices):
        if not all(isinstance(choice, str) for choice in wanted.choices):
            return names
        # Choices are written out by the user: in headers, too, they are taken to the letter.
        names = [(choice, choice) for choice in cast(list[str], wanted.choices)]
    return _with_own_name(field, names, (field.name, own_name_sent(field.name)))


def _with_own_name(field: ModelField, names: Names, own: tuple[str, str]) -> Names:
    config = field.config or {}
    if config.get("validate_by_alias") is False:
        return [own]
    by_name = config.get("validate_by_name", config.get("populate_by_name", False))
    return [*names, own] if by_name and own[0] not in dict(names) else names


def _is_empty_file(value: object) -> bool:
    # What browsers send for a file input in which nothing was chosen.
    return isinstance(value, UploadFile) and value.filename == "" and value.size == 0


def source_value(field: ModelField, source: Mapping[str, Any], key: str) -> Any:
    """What `source` has under `key`, as a list when the field takes one; Undefined when nothing."""
    form = isinstance(source, FormData)
    value: Any
    if field.takes_sequence and isinstance(source, ImmutableMultiDict | Headers):
        value = source.getlist(key)
        if form:
            value = [item for item in value if not _is_empty_file(item)]
    else:
        value = source.get(key)
    if value is None or (form and (value == "" or _is_empty_file(value))):
        return Undefined
    if is_sequence(field.field_info.annotation) and len(value) == 0:
        return Undefined
    return value


def extras(source: Mapping[str, Any], taken: set[str]) -> Iterator[tuple[str, Any]]:
    """What `source` has beyond the keys taken; repeated keys give a list."""
    grouped: dict[str, list[Any]] = {}
    for key, value in _all_items(source):
        if key not in taken:
            grouped.setdefault(key, []).append(value)
    for key, values in grouped.items():
        yield key, values[0] if len(values) == 1 else values


def _all_items(source: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    return source.multi_items() if isinstance(source, ImmutableMultiDict) else source.items()


def checked(field: ModelField, value: Any, loc: Location) -> tuple[Any, list[ErrorDetails]]:
    """A value validated; the default when it is Undefined; the errors with their place."""
    if value is Undefined:
        if field.required:
            return None, [missing_error(loc)]
        value = deepcopy(field.default)
        if not field.field_info.validate_default:
            return value, []
    return field.validate(value, loc=loc)


def read_params(fields: Sequence[ModelField], source: Mapping[str, Any]) -> Read:
    """All `fields` from one source outside the body."""
    values: dict[str, Any] = {}
    errors: list[ErrorDetails] = []
    for field in fields:
        model = _param_model(field)
        read = _read_single(field, source) if model is None else _read_model(field, model, source)
        if read[1]:
            errors.extend(read[1])
        else:
            values[field.name] = read[0]
    return values, errors


def _param_model(field: ModelField) -> type[BaseModel] | None:
    return None if isinstance(field.field_info, params.Path) else field.model


def _place(field: ModelField) -> str:
    return cast(params.Param, field.field_info).in_.value


def _read_single(field: ModelField, source: Mapping[str, Any]) -> tuple[Any, list[ErrorDetails]]:
    keys = [key for _, key in input_names(field)]
    key = next((key for key in keys if key in source), keys[0])
    return checked(field, source_value(field, source, key), (_place(field), key))


def _read_model(
    field: ModelField, model: type[BaseModel], source: Mapping[str, Any]
) -> tuple[Any, list[ErrorDetails]]:
    reader = _ModelReader(field, model, source)
    value = reader.collect()
    nothing_sent = not reader.own_keys.intersection(source) and not (reader.keeps_extras and value)
    if field.field_info.annotation is not model and nothing_sent:  # an optional model that was left out
        value = Undefined
    result, errors = checked(field, value, (_place(field),))
    if model.model_config.get("loc_by_alias", True):
        reader.name_headers(errors)
    return result, errors


class _ModelReader:
    """One parameter model read from one source, field by field."""

    def __init__(self, field: ModelField, model: type[BaseModel], source: Mapping[str, Any]) -> None:
        self._fields = model_fields(model)
        self._source = source
        self._headers = isinstance(source, Headers)
        self._hyphens = getattr(field.field_info, "convert_underscores", True)
        self._sent_as: dict[str, str] = {}  # argument -> header, where the two differ
        self.own_keys: set[str] = set()
        self.keeps_extras = model.model_config.get("extra") in ("allow", "forbid")

    def collect(self) -> Any:
        """The dictionary that the model validates: its own values, then all others for its `extra` policy."""
        values: dict[str, Any] = {}
        taken: set[str] = set()
        for field in self._fields:
            names = self._names(field)
            name, key = next((pair for pair in names if pair[1] in self._source), names[0])
            value = source_value(field, self._source, key)
            if value is not Undefined:
                values[name] = value
            taken |= self._taken(names, key)
            if self._headers and name != key:
                self._sent_as[field.name] = key
        return values | dict(extras(self._source, taken))

    def _names(self, field: ModelField) -> Names:
        hyphens = self._headers and getattr(field.field_info, "convert_underscores", self._hyphens)
        names = input_names(field, hyphens=hyphens)
        self.own_keys.update(key.lower() if self._headers else key for _, key in names)
        return names

    def _taken(self, names: Names, key: str) -> set[str]:
        if not self._headers:
            return {key}
        # A header spelled with the underscores of the argument must not slip in as an extra.
        return {key.lower(), *(name.lower() for name, sent in names if name != sent)}

    def name_headers(self, errors: list[ErrorDetails]) -> None:
        """Tell errors by the names of headers as they are sent."""
        for error in errors:
            place, *rest = error["loc"]
            if rest and rest[0] in self._sent_as:
                error["loc"] = (place, self._sent_as[rest[0]], *rest[1:])
