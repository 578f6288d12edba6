"""What a parameter says of itself: where it is read from, its rules, its documentation.

The classes here are values that stand in signatures, as default or inside `Annotated`. Users write the functions
of `laneway.param_functions` (same names), which give these classes with a type that editors accept.
Options are declared once, in `FieldOptions` and its heirs; a class takes exactly the options of its TypedDict.
"""

import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar, Literal, TypedDict, Unpack

from pydantic import AliasChoices, AliasPath, Discriminator
from pydantic.fields import FieldInfo
from typing_extensions import deprecated

from laneway.concurrency_limit import DependencyConcurrency
from laneway.exceptions import FastAPIDeprecationWarning
from laneway.openapi.schema import Example
from laneway.types import AnyCallable, DependencyScope, Undefined


class ParamTypes(Enum):
    """The four places outside the body that a parameter is read from."""

    query = "query"
    header = "header"
    path = "path"
    cookie = "cookie"


class FieldOptions(TypedDict, total=False):
    """Keyword options of every parameter: names, rules and documentation."""

    default_factory: Callable[[], Any] | None  # gives the default when the value is missing
    annotation: Any  # the type; read from the signature when absent
    alias: str | None  # name in the request
    alias_priority: int | None
    validation_alias: str | AliasPath | AliasChoices | None  # name in the request, or several to choose from
    serialization_alias: str | None
    title: str | None
    description: str | None
    gt: float | None
    ge: float | None
    lt: float | None
    le: float | None
    min_length: int | None
    max_length: int | None
    pattern: str | re.Pattern[str] | None
    regex: str | None  # deprecated: `pattern`
    discriminator: str | Discriminator | None  # key that tells the members of a union apart
    strict: bool | None  # no conversion between types
    validate_default: bool | None
    union_mode: Literal["smart", "left_to_right"] | None
    fail_fast: bool | None  # stop at the first bad item of a sequence
    multiple_of: float | None
    allow_inf_nan: bool | None
    max_digits: int | None
    decimal_places: int | None
    examples: list[Any] | None
    example: Any  # deprecated: `examples`
    openapi_examples: dict[str, Example] | None
    deprecated: deprecated | str | bool | None
    include_in_schema: bool
    json_schema_extra: dict[str, Any] | Callable[[dict[str, Any]], None] | None


class HeaderOptions(FieldOptions, total=False):
    """Options of `Header`."""

    convert_underscores: bool  # `user_agent` reads `user-agent`; True unless told


class FormOptions(FieldOptions, total=False):
    """Options of `Form` and `File`."""

    media_type: str  # content type of the body in the schema


class BodyOptions(FormOptions, total=False):
    """Options of `Body`."""

    embed: bool | None  # expect the value under its name, even when it is the only one


_OUR_OPTIONS = {
    "example",
    "include_in_schema",
    "openapi_examples",
    "convert_underscores",
    "embed",
    "media_type",
}


def _warn_renamed(old: str, new: str) -> None:
    # Frames between here and the user's line: _pydantic_options, _Declared.__init__, __init__ of Path or the
    # function of param_functions.
    warnings.warn(
        f"`{old}` has been deprecated, please use `{new}` instead", FastAPIDeprecationWarning, stacklevel=5
    )


def _pydantic_options(options: dict[str, Any]) -> dict[str, Any]:
    """The options that Pydantic's FieldInfo knows, with aliases derived and old names moved."""
    if "example" in options:
        _warn_renamed("example", "examples")
    known = {name: value for name, value in options.items() if name not in _OUR_OPTIONS}
    if (pattern := known.pop("regex", None)) is not None:
        _warn_renamed("regex", "pattern")
        known["pattern"] = known.get("pattern") or pattern
    if "alias" in known:
        # An alias of None that was given takes away the one of another member of Annotated.
        known["validation_alias"] = known.get("validation_alias") or known["alias"]
    if isinstance(known.get("alias"), str):
        known["serialization_alias"] = known.get("serialization_alias") or known["alias"]
    return known


class _Declared(FieldInfo):  # type: ignore[misc]  # final for type checkers; subclassing is FastAPI's public contract
    """A field that knows which part of the request it comes from."""

    options: ClassVar[Any] = FieldOptions

    def __init__(self, default: Any = Undefined, **options: Any) -> None:
        # Classes derived from these pass everything on, what they were not given as Undefined.
        options = {name: value for name, value in options.items() if value is not Undefined}
        unknown = options.keys() - self.options.__annotations__.keys()
        if unknown:
            names = ", ".join(sorted(unknown))
            raise TypeError(
                f"{type(self).__name__}() got unknown option(s) {names}; extra JSON Schema goes into json_schema_extra"
            )
        self.example = options.get("example", Undefined)
        self.include_in_schema: bool = options.get("include_in_schema", True)
        self.openapi_examples: dict[str, Example] | None = options.get("openapi_examples")
        super().__init__(default=default, **_pydantic_options(options))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.default})"


class Param(_Declared):  # type: ignore[misc]
    """A value read from outside the body; `in_` says where."""

    in_: ParamTypes


class Path(Param):  # type: ignore[misc]
    """A part of the path, always required."""

    in_ = ParamTypes.path

    def __init__(self, default: Any = ..., **options: Unpack[FieldOptions]) -> None:
        if default is not ...:
            raise AssertionError("Path parameters cannot have a default value")
        super().__init__(default, **options)


class Query(Param):  # type: ignore[misc]
    """A value of the query string."""

    in_ = ParamTypes.query


class Header(Param):  # type: ignore[misc]
    """A request header; underscores in the name become hyphens unless told otherwise."""

    in_ = ParamTypes.header
    options = HeaderOptions

    def __init__(self, default: Any = Undefined, **options: Unpack[HeaderOptions]) -> None:
        self.convert_underscores = options.get("convert_underscores", True)
        super().__init__(default, **options)


class Cookie(Param):  # type: ignore[misc]
    """A cookie of the request."""

    in_ = ParamTypes.cookie


class Body(_Declared):  # type: ignore[misc]
    """The JSON body, or a key of it."""

    options: ClassVar[Any] = BodyOptions
    default_media_type: ClassVar[str] = "application/json"

    def __init__(self, default: Any = Undefined, **options: Unpack[BodyOptions]) -> None:
        self.embed = options.get("embed")
        self.media_type = options.get("media_type", self.default_media_type)
        super().__init__(default, **options)


class Form(Body):  # type: ignore[misc]
    """A field of an HTML form."""

    options = FormOptions
    default_media_type = "application/x-www-form-urlencoded"


class File(Form):  # type: ignore[misc]
    """A file of a multipart form."""

    default_media_type = "multipart/form-data"


@dataclass(frozen=True)
class Depends:
    """A parameter whose value another callable gives.

    Attributes:
        dependency: The callable; the parameter's type when None.
        use_cache: Share one call among all users within a request.
        scope: For `yield` dependencies: end before the response is sent (`function`) or after (`request`). For all:
            `app`, called once and shared by all requests until the app ends.
        max_concurrency: Calls of this declaration that may run at once, per event loop.
        lane: Name of the lane it runs in; that of the route when absent.
    """

    dependency: AnyCallable | None = None
    use_cache: bool = True
    scope: DependencyScope | None = None
    max_concurrency: int | None = field(default=None, kw_only=True)
    lane: str | None = field(default=None, kw_only=True)
    # An init field, so that `dataclasses.replace` keeps it; its identity keeps `Annotated` from merging two
    # declarations that only look alike.
    _concurrency: DependencyConcurrency | None = field(default=None, repr=False, kw_only=True)

    def __post_init__(self) -> None:
        limit = self.max_concurrency
        if limit is not None and (type(limit) is not int or limit < 1):
            raise ValueError(f"max_concurrency must be a positive integer or None, not {limit!r}")
        if limit is not None and self.scope == "app":
            raise ValueError(
                'max_concurrency says nothing of a dependency with scope="app": it is called once'
            )
        shared = self._concurrency
        if limit is None:
            shared = None
        elif shared is None or shared.max_concurrency != limit:
            shared = DependencyConcurrency(limit)
        object.__setattr__(self, "_concurrency", shared)


@dataclass(frozen=True)
class Security(Depends):
    """A dependency that also asks for OAuth2 scopes.

    Attributes:
        scopes: Scopes that the security schemes below this declaration require.
    """

    scopes: Sequence[str] | None = None
