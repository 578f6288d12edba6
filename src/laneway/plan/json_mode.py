"""Which types may be validated while their JSON is parsed, in one step instead of two.

FastAPI parses a body and validates what comes out. pydantic-core can do both at once, but in its JSON mode it takes some
values that it would not take from Python, and gives others where several types could be meant (a text that looks like
a date). For the types here both modes give the same; anything else is read in two steps.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

_LEAVES = {
    "bool",
    "definition-ref",
    "float",
    "int",
    "str",
}  # what a reference means stands among the definitions
_SAME = _LEAVES | {
    "default",
    "definitions",
    "dict",
    "list",
    "model",
    "model-field",
    "model-fields",
    "nullable",
}
"""With what may stand in their schemas without making a difference."""


def reads_same_from_json(adapter: TypeAdapter[Any]) -> bool:
    """Whether a validator gives the same for the JSON of a value as for the value."""
    # One that waits for a class to be defined fails when it is used, which may be never.
    return bool(adapter.pydantic_complete) and _is_same(adapter.core_schema)


def _is_same(schema: Mapping[str, Any]) -> bool:
    kind = schema["type"]
    if kind not in _SAME or schema.get("strict") or (schema.get("config") or {}).get("strict"):
        return False
    if kind in _LEAVES:
        return True
    if kind == "definitions":
        return all(_is_same(part) for part in (schema["schema"], *schema["definitions"]))
    if kind == "model":
        plain = not (schema.get("custom_init") or schema.get("root_model") or schema.get("post_init"))
        return plain and _is_same(schema["schema"])
    if kind == "model-fields":
        plain = "extras_schema" not in schema and "extras_keys_schema" not in schema
        return plain and all(_is_same(field) for field in schema["fields"].values())
    if kind == "list":
        return "items_schema" in schema and _is_same(schema["items_schema"])
    if kind == "dict":
        typed = "keys_schema" in schema and "values_schema" in schema
        return typed and schema["keys_schema"]["type"] == "str" and _is_same(schema["values_schema"])
    return _is_same(schema["schema"])
