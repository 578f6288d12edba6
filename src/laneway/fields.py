"""One declared value: validates what comes in, serialises what goes out.

Adapters are shared: two fields of the same type and rules use one Pydantic validator, which is what keeps a thousand
routes small and quick to build.
"""

import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    Json,
    PydanticSchemaGenerationError,
    TypeAdapter,
    ValidationError,
)
from pydantic.fields import FieldInfo

from laneway.annotations import is_sequence, is_subclass, is_union, model_of
from laneway.exceptions import FastAPIError, PydanticV1NotSupportedError
from laneway.types import ErrorDetails, IncEx, Location, Undefined

FieldMode = Literal["validation", "serialization"]

_SCHEMA_ATTRIBUTES = (
    "default",
    "default_factory",
    "alias",
    "alias_priority",
    "validation_alias",
    "serialization_alias",
    "title",
    "field_title_generator",
    "description",
    "examples",
    "discriminator",
    "deprecated",
    "json_schema_extra",
    "frozen",
    "validate_default",
    "repr",
    "init",
    "init_var",
    "kw_only",
)

_adapters: dict[object, tuple[TypeAdapter[Any], object]] = {}


def _annotation_key(annotation: Any) -> object:
    """A key that tells apart what typing calls equal: `int | str` and `str | int`, `Literal[1]` and `Literal[True]`."""
    origin = get_origin(annotation)
    if not get_args(annotation):  # `Tuple` and `tuple[()]` have the same origin and differ
        return id(annotation)
    name = "union" if is_union(annotation) else id(origin)
    if origin is Literal:
        return ("literal", *((type(arg), arg) for arg in get_args(annotation)))
    return (name, *map(_annotation_key, get_args(annotation)))


def _metadata_key(item: object) -> object:
    # The rules of annotated_types and Pydantic say all in their repr; other objects (validators) are themselves.
    module = type(item).__module__
    if module == "annotated_types" or module.startswith("pydantic._internal"):
        return (type(item), repr(item))
    return id(item)


def _build_adapter(annotated: Any, config: ConfigDict | None) -> TypeAdapter[Any]:
    with warnings.catch_warnings():
        # Aliases and the like mean nothing to an adapter, and Pydantic says so; they are read by us.
        warnings.filterwarnings("ignore", message=r"The '?`?\w+`?'? attribute with value")
        return TypeAdapter(annotated, config=config)


def shared_adapter(info: FieldInfo, config: ConfigDict | None = None) -> TypeAdapter[Any]:
    """The validator of a field's type and rules, one for all fields that have the same."""
    key = (
        _annotation_key(info.annotation),
        tuple(map(_metadata_key, info.metadata)),
        info.discriminator if isinstance(info.discriminator, str) else id(info.discriminator),
        None if config is None else id(config),
    )
    found = _adapters.get(key)
    if found is None:
        parts = [info.annotation, *info.metadata]
        if info.discriminator is not None:
            parts.append(Field(discriminator=info.discriminator))
        annotated = Annotated[tuple(parts)] if len(parts) > 1 else info.annotation
        # The second item keeps alive whatever the key knows by id only.
        found = _adapters[key] = (_build_adapter(annotated, config), (info.annotation, parts, config))
    return found[0]


def missing_error(loc: Location) -> ErrorDetails:
    """The error of a required value that was not sent."""
    return {"type": "missing", "loc": loc, "msg": "Field required", "input": None}


def located_errors(error: ValidationError, prefix: Location) -> list[ErrorDetails]:
    """Pydantic's errors with the place in the request put before the place in the value."""
    return [{**details, "loc": prefix + details["loc"]} for details in error.errors(include_url=False)]


@dataclass(eq=False)
class ModelField:
    """A named value of an endpoint: a parameter, a body, a response.

    Attributes:
        field_info: Type, rules and documentation; for parameters one of the classes of `laneway.params`.
        name: The argument's name.
        mode: Which of its two JSON schemas stands for it.
        config: Pydantic configuration of the model the field belongs to, if any.
    """

    field_info: FieldInfo
    name: str
    mode: FieldMode = "validation"
    config: ConfigDict | None = None
    adapter: TypeAdapter[Any] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.adapter = shared_adapter(self.field_info, self.config)

    @property
    def alias(self) -> str:
        """The name in the request, or the argument's."""
        return self.name if self.field_info.alias is None else self.field_info.alias

    @property
    def validation_alias(self) -> str | None:
        """The name that input uses, when it is one name."""
        alias = self.field_info.validation_alias
        return alias if isinstance(alias, str) and alias else None

    @property
    def serialization_alias(self) -> str | None:
        """The name that output uses."""
        return self.field_info.serialization_alias or None

    @property
    def input_name(self) -> str:
        """The name that error locations and the schema use."""
        return self.validation_alias or self.alias

    @property
    def required(self) -> bool:
        """Whether leaving the value out is an error."""
        return self.field_info.is_required()

    @property
    def default(self) -> Any:
        """The value when none is sent; Undefined for required ones."""
        return self.get_default()

    def get_default(self) -> Any:
        """A fresh default; calls the factory when there is one."""
        return Undefined if self.required else self.field_info.get_default(call_default_factory=True)

    @cached_property
    def _type_adapter(self) -> TypeAdapter[Any]:
        """The adapter with title, description and default in it, from which JSON schemas are made."""
        info = self.field_info
        found = ((name, getattr(info, name, Undefined)) for name in _SCHEMA_ATTRIBUTES)
        attributes = {name: value for name, value in found if value is not Undefined}
        annotated: Any = Annotated[(info.annotation, *info.metadata, Field(**attributes))]
        return _build_adapter(annotated, self.config)

    @cached_property
    def is_json(self) -> bool:
        """Whether the value is a JSON document in a string (`Json[...]`)."""
        return any(type(item) is Json for item in self.field_info.metadata)

    @cached_property
    def takes_sequence(self) -> bool:
        """Whether repeated keys are collected instead of the last one winning."""
        return not self.is_json and is_sequence(self.field_info.annotation)

    @cached_property
    def model(self) -> type[BaseModel] | None:
        """The model whose fields are read one by one from the source, for parameter models."""
        return None if self.is_json else model_of(self.field_info.annotation)

    def validate(
        self, value: Any, values: Mapping[str, Any] | None = None, *, loc: Location = ()
    ) -> tuple[Any, list[ErrorDetails]]:
        """The validated value and no errors, or None and all errors with their place."""
        try:
            return self.adapter.validator.validate_python(value, from_attributes=True), []
        except ValidationError as error:
            return None, located_errors(error, loc)

    def serialize(
        self,
        value: Any,
        *,
        mode: Literal["json", "python"] = "json",
        include: IncEx | None = None,
        exclude: IncEx | None = None,
        by_alias: bool = True,
        exclude_unset: bool = False,
        exclude_defaults: bool = False,
        exclude_none: bool = False,
    ) -> Any:
        """A validated value as plain data."""
        return self.adapter.dump_python(
            value,
            mode=mode,
            include=include,
            exclude=exclude,
            by_alias=by_alias,
            exclude_unset=exclude_unset,
            exclude_defaults=exclude_defaults,
            exclude_none=exclude_none,
        )

    @property
    def python_validator(self) -> Callable[..., Any]:
        """The validator itself, for who calls it often; of a type that is not defined yet, one that looks it up."""
        # PERF: TypeAdapter.validate_python adds half a microsecond of argument handling.
        if self.adapter.pydantic_complete:
            return self.adapter.validator.validate_python
        return self._validate_late

    def _validate_late(self, value: Any, **options: Any) -> Any:
        return self.adapter.validator.validate_python(value, **options)

    @property
    def json_serializer(self) -> Callable[..., bytes]:
        """The serializer to JSON bytes itself; see `python_validator`."""
        # PERF: TypeAdapter.dump_json adds a microsecond of argument handling.
        return self.adapter.serializer.to_json if self.adapter.pydantic_complete else self.adapter.dump_json

    def serialize_json(self, value: Any, **options: Any) -> bytes:
        """A validated value as JSON bytes, straight from pydantic-core; options as in `serialize`."""
        return self.adapter.dump_json(value, **options)


_HINT = (
    "Invalid args for response field! Hint: check that {type} is a valid Pydantic field type. If you are using a "
    "return type annotation that is not a valid Pydantic field (e.g. Union[Response, dict, None]) you can disable "
    "generating the response model from the type annotation with the path operation decorator parameter "
    "response_model=None."
)


def _uses_pydantic_v1(annotation: Any) -> bool:
    candidates = (annotation, *get_args(annotation))
    names = (base.__module__ for kind in candidates if isinstance(kind, type) for base in kind.__mro__)
    return any(name.startswith("pydantic.v1.") for name in names)


def make_field(
    name: str, annotation: Any, info: FieldInfo | None = None, mode: FieldMode = "validation"
) -> ModelField:
    """A field for `annotation`.

    Raises:
        FastAPIError: Pydantic cannot handle the type.
        PydanticV1NotSupportedError: The type is a model of `pydantic.v1`.
    """
    if _uses_pydantic_v1(annotation):
        raise PydanticV1NotSupportedError(
            f"pydantic.v1 models are no longer supported: port {annotation!r} to pydantic.BaseModel"
        )
    try:
        return ModelField(info or FieldInfo(annotation=annotation), name, mode)
    except PydanticSchemaGenerationError:
        raise FastAPIError(_HINT.format(type=annotation)) from None


_model_fields: dict[type[BaseModel], list[ModelField]] = {}


def model_fields(model: type[BaseModel]) -> list[ModelField]:
    """The fields of a model, each able to validate alone."""
    if model not in _model_fields:
        _model_fields[model] = [_model_field(model, name, info) for name, info in model.model_fields.items()]
    return _model_fields[model]


def _model_field(model: type[BaseModel], name: str, info: FieldInfo) -> ModelField:
    # Types with a configuration of their own refuse a second one.
    own = is_subclass(info.annotation, (BaseModel, dict)) or hasattr(info.annotation, "__dataclass_fields__")
    return ModelField(info, name, config=None if own else model.model_config)


def safe_identifier(text: str) -> str:
    """`text` with everything but letters, digits and underscores made underscores."""
    return re.sub(r"\W", "_", text)


Validate = Callable[..., Any]
