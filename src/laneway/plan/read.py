"""Raw request -> arguments: what generated code calls to get at values.

These functions are the fast half of `extraction`: they read exactly what a route needs from bytes and raise on
anything unusual. Whatever is raised here makes the adapter start over on the general path, so it need not be told
well.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from pydantic_core import from_json
from starlette.requests import cookie_parser

from laneway.extraction import checked, read_params
from laneway.fields import ModelField
from laneway.json_parts import is_json_type
from laneway.types import RawHeaders, Undefined


class UnreadableError(Exception):
    """The request needs the general path: it is invalid, or valid in a way that is rare."""


def query_values(query: bytes) -> dict[str, str]:
    """The query string by key; of repeated keys the last."""
    if not query:
        return {}
    text = query.decode("latin-1")
    if "%" in text or "+" in text:
        return dict(parse_qsl(text, keep_blank_values=True))
    # PERF: without escapes a split does what parse_qsl does, eight times faster.
    values: dict[str, str] = {}
    for part in text.split("&"):
        if part:
            key, _, values[key] = part.partition("=")
    return values


def header_values(headers: RawHeaders, wanted: frozenset[bytes]) -> dict[bytes, str]:
    """The headers in `wanted` by name; of repeated ones the first."""
    values: dict[bytes, str] = {}
    for name, value in headers:
        if name in wanted and name not in values:
            values[name] = value.decode("latin-1")
    return values


def cookie_values(headers: RawHeaders) -> dict[str, str]:
    """All cookies by name."""
    cookies: dict[str, str] = {}
    for name, value in headers:
        if name == b"cookie":
            cookies.update(cookie_parser(value.decode("latin-1")))
    return cookies


_PLAIN_JSON = b"application/json"


def json_text(body: bytes | None, headers: RawHeaders, strict: bool) -> Any:
    """The bytes of the JSON body; Undefined when it is empty.

    Raises:
        UnreadableError: It does not say that it is JSON.
    """
    if not body:
        return Undefined
    for name, value in headers:
        if name == b"content-type":
            if value != _PLAIN_JSON and not _says_json(value, strict):
                raise UnreadableError
            return body
    if strict:
        raise UnreadableError
    return body


def json_body(body: bytes | None, headers: RawHeaders, strict: bool) -> Any:
    """The JSON body; Undefined when it is empty.

    Raises:
        UnreadableError: It does not say that it is JSON.
        ValueError: It is not JSON.
    """
    text = json_text(body, headers, strict)
    return text if text is Undefined else from_json(text)


def _says_json(content_type: bytes, strict: bool) -> bool:
    return is_json_type(content_type.decode("latin-1")) if content_type else not strict


def json_object(body: Any) -> dict[str, Any]:
    """A body whose values stand under names.

    Raises:
        UnreadableError: It is no object.
    """
    if body is Undefined:
        return {}
    if type(body) is not dict:
        raise UnreadableError
    return body


def reader(field: ModelField) -> Callable[[Any], Any]:
    """A function from a multi-dictionary to the field's value, for fields with more than one name or value."""

    def read(source: Any) -> Any:
        values, errors = read_params([field], source)
        if errors:
            raise UnreadableError
        return values[field.name]

    return read


def default_of(field: ModelField) -> Callable[[], Any]:
    """A function that gives the value of a field that was not sent."""

    def default() -> Any:
        value, errors = checked(field, Undefined, ())
        if errors:
            raise UnreadableError
        return value

    return default


def is_constant(value: Any) -> bool:
    """Whether a default may be shared by all requests."""
    return value is None or type(value) in (bool, int, float, str, bytes)
