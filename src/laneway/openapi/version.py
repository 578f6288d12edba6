"""Which version of OpenAPI a document needs: 3.2 if it has a keyword that 3.1 does not know.

See https://spec.openapis.org/oas/v3.2.0.html. Only the objects around the schemas are looked at: a schema is JSON
Schema, which is the same in both.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

COMMON = "3.1.0"
NEWER = "3.2.0"

_FIXED_METHODS = frozenset(
    {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
)  # those for which 3.1 has a place
_IN_PATH_ITEM = _FIXED_METHODS | {"query"}


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of object.

    Attributes:
        new: Members that came with 3.2.
        one: Kinds of its members.
        each: Kinds of what its members hold, as a list or by name.
    """

    new: frozenset[str] = frozenset()
    one: dict[str, str] = field(default_factory=dict)
    each: dict[str, str] = field(default_factory=dict)


_OPERATION = _Kind(
    one={"requestBody": "content"},
    each={"parameters": "parameter", "responses": "content", "callbacks": "callback", "servers": "server"},
)
_KINDS = {
    "document": _Kind(
        new=frozenset({"$self"}),
        one={"components": "components"},
        each={"servers": "server", "paths": "path", "webhooks": "path", "tags": "tag"},
    ),
    "server": _Kind(new=frozenset({"name"})),
    "tag": _Kind(new=frozenset({"summary", "parent", "kind"})),
    "path": _Kind(
        new=frozenset({"query", "additionalOperations"}),
        one=dict.fromkeys(_FIXED_METHODS, "operation"),
        each={"parameters": "parameter", "servers": "server"},
    ),
    "operation": _OPERATION,
    "parameter": _Kind(each={"content": "media", "examples": "example"}),
    # Response and Request Body Objects; requests have no summary in either version.
    "content": _Kind(
        new=frozenset({"summary"}), each={"content": "media", "headers": "parameter", "links": "link"}
    ),
    "link": _Kind(one={"server": "server"}),
    "media": _Kind(
        new=frozenset({"itemSchema", "prefixEncoding", "itemEncoding"}),
        each={"encoding": "encoding", "examples": "example"},
    ),
    "encoding": _Kind(
        new=frozenset({"encoding", "prefixEncoding", "itemEncoding"}), each={"headers": "parameter"}
    ),
    "example": _Kind(new=frozenset({"dataValue", "serializedValue"})),
    "components": _Kind(
        new=frozenset({"mediaTypes"}),
        each={
            "responses": "content",
            "requestBodies": "content",
            "parameters": "parameter",
            "headers": "parameter",
            "examples": "example",
            "securitySchemes": "scheme",
            "callbacks": "callback",
            "pathItems": "path",
            "links": "link",
        },
    ),
    "scheme": _Kind(new=frozenset({"deprecated", "oauth2MetadataUrl"}), one={"flows": "flows"}),
    "flows": _Kind(new=frozenset({"deviceAuthorization"})),
}


def needed_version(document: dict[str, Any]) -> str:
    """The lowest version, from 3.1, in which the document means what it says."""
    return NEWER if any(_newer_parts(document, "document")) else COMMON


def _newer_parts(value: object, name: str) -> Iterator[str]:
    """The members, at any depth, that came with 3.2."""
    if not isinstance(value, dict):
        return
    if name == "callback":
        for item in value.values():
            yield from _newer_parts(item, "path")
        return
    kind = _KINDS[name]
    yield from kind.new & value.keys()
    if name == "parameter" and (value.get("in") == "querystring" or value.get("style") == "cookie"):
        yield "parameter"
    for member, below in kind.one.items():
        yield from _newer_parts(value.get(member), below)
    for member, below in kind.each.items():
        yield from _newer_below(value.get(member), below)


def _newer_below(values: object, name: str) -> Iterator[str]:
    items = values.values() if isinstance(values, dict) else values
    for item in items if isinstance(items, list | type({}.values())) else ():
        yield from _newer_parts(item, name)


def with_additional_operations(item: dict[str, Any]) -> dict[str, Any]:
    """A path's operations with those that have no place of their own where 3.2 puts them.

    Example:
        >>> with_additional_operations({"get": {}, "purge": {"summary": "Purge"}})
        {'get': {}, 'additionalOperations': {'PURGE': {'summary': 'Purge'}}}
    """
    own = {method: operation for method, operation in item.items() if method in _IN_PATH_ITEM}
    others = {method.upper(): operation for method, operation in item.items() if method not in own}
    return {**own, "additionalOperations": others} if others else own
