"""Source lines that read parameters."""

from collections.abc import Callable
from typing import Any

from starlette.datastructures import Headers, QueryParams

from laneway import params
from laneway.annotations import members
from laneway.bodies import is_embedded
from laneway.dependant import Dependant
from laneway.extraction import input_names
from laneway.fields import ModelField
from laneway.plan.code import Code
from laneway.plan.json_mode import reads_same_from_json
from laneway.plan.read import (
    cookie_values,
    default_of,
    header_values,
    is_constant,
    json_body,
    json_object,
    json_text,
    query_values,
    reader,
)
from laneway.plan.tree import AppPlace
from laneway.route_spec import BodySpec
from laneway.types import Undefined

_PASSES = (str, type(None), Any)


class ReadSource:
    """The reading half of a plan: lines for each value, and for each source that values come from."""

    def __init__(self, code: Code, body: BodySpec) -> None:
        self._code = code
        self._body = body
        self._sources: dict[str, str] = {}  # variable -> expression that makes it
        self._headers: set[bytes] = set()
        self._lines: list[str] = []
        code.fresh("request")

    def read(self, dependant: Dependant) -> dict[str, str]:
        """Plan the reading of a callable's parameters; the variable of each."""
        variables = {field.name: self._outside(field) for field in dependant.parameters()}
        embedded = self._body.embedded or len(dependant.body_params) > 1 or is_embedded(dependant.body_params)
        for field in dependant.body_params:
            variables[field.name] = self._from_body(field, embedded)
        return variables

    def kept(self, place: AppPlace, hint: str) -> str:
        """Plan a look at an app-scoped dependency; reading fails, and the general path makes it, until it is there."""
        name, variable = self._code.bind(f"kept_{hint}", place), self._code.fresh(hint)
        self._lines.append(f"{variable} = {name}.value")
        return variable

    def lines(self) -> list[str]:
        """All lines, sources first."""
        if self._headers:
            wanted = self._code.bind("wanted_headers", frozenset(self._headers))
            self._sources["headers"] = f"{self._code.use(header_values)}(request.headers, {wanted})"
        return [f"{name} = {made}" for name, made in self._sources.items()] + self._lines

    # -- outside the body

    def _outside(self, field: ModelField) -> str:
        info = field.field_info
        assert isinstance(info, params.Param)
        names = input_names(field)
        if field.takes_sequence or field.is_json or field.model is not None or len(names) > 1:
            return self._collected(field, info.in_)
        source, key = self._source_and_key(info.in_, names[0][1])
        return self._scalar(field, source, key)

    def _source_and_key(self, place: params.ParamTypes, key: str) -> tuple[str, str | bytes]:
        if place is params.ParamTypes.path:
            return self._source("path", "request.path_params"), key
        if place is params.ParamTypes.query:
            return self._source("query", f"{self._code.use(query_values)}(request.query)"), key
        if place is params.ParamTypes.cookie:
            return self._source("cookies", f"{self._code.use(cookie_values)}(request.headers)"), key
        name = key.lower().encode("latin-1")
        self._headers.add(name)
        self._code.fresh("headers") if "headers" not in self._sources else None
        return "headers", name

    def _source(self, hint: str, made: str) -> str:
        if hint not in self._sources:
            self._code.fresh(hint)
            self._sources[hint] = made
        return hint

    def _collected(self, field: ModelField, place: params.ParamTypes) -> str:
        """Lists, models and choices of names: Starlette's multi-dictionaries and the general reader."""
        makers: dict[params.ParamTypes, Callable[[], str]] = {
            params.ParamTypes.path: lambda: self._source("path", "request.path_params"),
            params.ParamTypes.query: lambda: self._source(
                "query_params", f"{self._code.use(QueryParams)}(request.query)"
            ),
            params.ParamTypes.header: lambda: self._source(
                "all_headers", f"{self._code.use(Headers)}(raw=request.headers)"
            ),
            params.ParamTypes.cookie: lambda: self._source(
                "cookies", f"{self._code.use(cookie_values)}(request.headers)"
            ),
        }
        source = makers[place]()
        read = self._code.bind(f"read_{field.name}", reader(field))
        variable = self._code.fresh(field.name)
        self._lines.append(f"{variable} = {read}({source})")
        return variable

    def _scalar(self, field: ModelField, source: str, key: str | bytes) -> str:
        variable = self._code.fresh(field.name)
        if field.required:
            self._lines.append(f"{variable} = {self._checked(field, f'{source}[{key!r}]')}")
            return variable
        default = self._default(field)
        if default == "None" and _passes_unchecked(field):
            self._lines.append(f"{variable} = {source}.get({key!r})")
        else:
            self._lines.append(f"{variable} = {source}.get({key!r})")
            value = self._checked(field, variable)
            self._lines.append(f"{variable} = {default} if {variable} is None else {value}")
        return variable

    def _default(self, field: ModelField) -> str:
        info = field.field_info
        if info.default_factory is None and not info.validate_default and is_constant(info.default):
            return repr(info.default)
        return f"{self._code.bind(f'default_{field.name}', default_of(field))}()"

    def _checked(self, field: ModelField, value: str) -> str:
        if _passes_unchecked(field):
            return value
        check = self._code.bind(f"check_{field.name}", field.python_validator)
        return f"{check}({value})"

    # -- the body

    def _from_body(self, field: ModelField, embedded: bool) -> str:
        undefined, variable = self._undefined(), self._code.fresh(field.name)
        if not embedded and reads_same_from_json(field.adapter):
            # PERF: parsed and validated in one step (1.3 -> 0.9 us for a small model).
            value = self._source("text", f"{self._code.use(json_text)}({self._sent()})")
            checked = (
                f"{self._code.bind(f'check_{field.name}', field.adapter.validator.validate_json)}({value})"
            )
        else:
            value = self._body_value(field, embedded, variable)
            check = self._code.bind(f"check_{field.name}", field.python_validator)
            checked = f"{check}({value}, from_attributes=True)"
        if field.required:
            self._lines.append(f"if {value} is {undefined}: return None")
            self._lines.append(f"{variable} = {checked}")
        else:
            self._lines.append(
                f"{variable} = {self._default(field)} if {value} is {undefined} else {checked}"
            )
        return variable

    def _body_value(self, field: ModelField, embedded: bool, variable: str) -> str:
        """The variable of the JSON value for a field: `variable` where it is one of several in the body."""
        body = self._source("body", f"{self._code.use(json_body)}({self._sent()})")
        if not embedded:
            return body
        content = self._source("content", f"{self._code.use(json_object)}({body})")
        found = self._undefined()
        for name in reversed([name for name, _ in input_names(field)]):
            found = f"{content}.get({name!r}, {found})"
        self._lines.append(f"{variable} = {found}")
        return variable

    def _sent(self) -> str:
        return f"request.body, request.headers, {self._body.strict_content_type}"

    def _undefined(self) -> str:
        self._code.namespace["Undefined"] = Undefined
        return "Undefined"


def _passes_unchecked(field: ModelField) -> bool:
    """Whether any string is valid and stays as it is."""
    info = field.field_info
    return (
        not info.metadata
        and info.discriminator is None
        and all(m in _PASSES for m in members(info.annotation))
    )
