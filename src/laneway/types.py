"""Aliases and small types that several layers share; imports nothing of ours."""

import types
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Literal, TypeAlias, TypeVar, Union

from pydantic import BaseModel
from pydantic.main import IncEx as IncEx
from pydantic_core import PydanticUndefined

DecoratedCallable = TypeVar("DecoratedCallable", bound=Callable[..., Any])
"""The function a decorator gets and gives back unchanged."""

AnyCallable: TypeAlias = Callable[..., Any]

DependencyScope: TypeAlias = Literal["function", "request", "app"]
"""How long a dependency lives: until the response is sent, until after it, or as long as the app."""

DependencyCacheKey: TypeAlias = tuple[Callable[..., Any] | None, tuple[str, ...], str]
"""What makes two uses of a dependency the same call: function, security scopes, lifetime."""

Location: TypeAlias = tuple[str | int, ...]
"""Where a value stood, as in `("query", "limit")` or `("body", "items", 0)`."""

ErrorDetails: TypeAlias = dict[str, Any]
"""One validation error: type, loc, msg, input and, for some, ctx."""

RawHeaders: TypeAlias = list[tuple[bytes, bytes]]
"""Header fields in wire order, names in lower case (as ASGI has them)."""

ModelNameMap: TypeAlias = dict[type[BaseModel] | type[Enum], str]
UnionType = getattr(types, "UnionType", Union)
Responses: TypeAlias = Mapping[int | str, dict[str, Any]]
"""Additional responses by status code, as they enter OpenAPI."""

Undefined: Any = PydanticUndefined
"""Stands for "not given", which an explicit `None` is not."""
