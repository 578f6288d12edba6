"""Documents put together from parts, and made fit for JSON."""

from typing import Any


def merge_into(target: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """`target` with `more` put in: dictionaries merge, lists grow, everything else is replaced.

    Values that `target` held before stay untouched, so that parts may be shared between documents.

    Example:
        >>> merge_into({"a": {"b": [1]}, "c": 2}, {"a": {"b": [3]}, "c": 4})
        {'a': {'b': [1, 3]}, 'c': 4}
    """
    for key, value in more.items():
        target[key] = _merged(target[key], value) if key in target else value
    return target


def _merged(old: object, new: object) -> object:
    if isinstance(old, dict) and isinstance(new, dict):
        return merge_into(dict(old), new)
    if isinstance(old, list) and isinstance(new, list):
        return [*old, *new]
    return new


def without_none(value: Any) -> Any:
    """A copy of plain data in which no key of any dictionary is None; lists keep theirs.

    Example:
        >>> without_none({"a": None, "b": [None, {"c": None}]})
        {'b': [None, {}]}
    """
    if type(value) is dict:
        return {key: without_none(item) for key, item in value.items() if item is not None}
    return [without_none(item) for item in value] if type(value) is list else value
