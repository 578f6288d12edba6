"""What the bodies of errors hold, in each format, for the schema."""

from functools import cache
from typing import Annotated, Any, Literal, NotRequired, Required, TypeAlias

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict

from laneway.fields import ModelField, make_field
from laneway.problem import ABOUT_BLANK, ErrorFormat, extension_types
from laneway.problem import Problem as ProblemError

_OPEN = ConfigDict(extra="allow")
_REFERENCE = {"format": "uri-reference"}

_Type: TypeAlias = Annotated[
    str, Field(description="URI that names the kind of problem", json_schema_extra=_REFERENCE)
]
_Title: TypeAlias = Annotated[str, Field(description="Name of the kind of problem, the same each time")]
_Status: TypeAlias = Annotated[int, Field(description="HTTP status of the reply")]
_Detail: TypeAlias = Annotated[str, Field(description="What happened this time")]
_Instance: TypeAlias = Annotated[
    str, Field(description="URI of this one occurrence", json_schema_extra=_REFERENCE)
]


@with_config(_OPEN)
class Problem(TypedDict):
    """An error in the form of RFC 9457."""

    type: _Type
    title: _Title
    status: _Status
    detail: _Detail
    instance: NotRequired[_Instance]


@with_config(_OPEN)
class ValidationError(TypedDict):
    """One thing that was wrong with a request."""

    pointer: Annotated[str, Field(description="JSON pointer to the place, such as `/body/items/0/price`")]
    type: Annotated[str, Field(description="Name of the rule")]
    loc: Annotated[list[str | int], Field(description="The place, part by part")]
    msg: Annotated[str, Field(description="What is wrong, in words")]
    input: NotRequired[Annotated[Any, Field(description="The value that was sent")]]
    ctx: NotRequired[Annotated[dict[str, Any], Field(description="Values of the rule")]]


@with_config(_OPEN)
class ValidationProblem(Problem):
    """A request that does not fit, with every error."""

    errors: list[ValidationError]


class HTTPError(TypedDict):
    """An error."""

    detail: _Detail


@cache
def field_of(model: Any) -> ModelField:
    """A model of this module as a field; made when a document first needs it."""
    return make_field(getattr(model, "__name__", ""), model, mode="serialization")


def error_field(kind: Any, error_format: ErrorFormat) -> ModelField:
    """What the body of an exception's reply holds."""
    if issubclass(kind, ProblemError) and (_fixed(kind) or extension_types(kind)):
        return _own_field(kind, error_format)
    return field_of(Problem) if error_format == "problem" else field_of(HTTPError)


def _fixed(kind: type[ProblemError]) -> dict[str, str]:
    """The members that the class gives to all its errors."""
    return {
        name: value
        for name, value in (("type", kind.type), ("title", kind.title))
        if isinstance(value, str) and value != ABOUT_BLANK
    }


@cache
def _own_field(kind: Any, error_format: ErrorFormat) -> ModelField:
    """The members of a kind of problem, under its name."""
    members: dict[str, Any] = dict(
        Problem.__annotations__ if error_format == "problem" else HTTPError.__annotations__
    )
    for name, value in _fixed(kind).items():
        members[name] = Annotated[Literal[value], *_described(name)]
    for name, hint in extension_types(kind).items():
        members[name] = Required[hint]
    model: Any = TypedDict(kind.__name__, members)  # type: ignore[misc]  # made at run time
    model.__module__, model.__qualname__, model.__doc__ = kind.__module__, kind.__qualname__, kind.__doc__
    return make_field(kind.__name__, with_config(_OPEN)(model), mode="serialization")


def _described(name: str) -> tuple[Any, ...]:
    """What the general problem says of a member, but for its rules."""
    (info,) = Problem.__annotations__[name].__metadata__
    return (Field(description=info.description),)
