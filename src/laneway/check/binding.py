"""What the parameters of a function stand for in one call of it."""

import ast
from collections.abc import Mapping

from laneway.check.annotated import from_annotation
from laneway.check.values import UNKNOWN, Call, Instance, Known, Scope, Value, Values, is_a

SIMPLE = (bool, int, float, complex, str, bytes, type(None))

Defaults = Mapping[str, Values]


def bind(
    arguments: ast.arguments, call: Call, owner: Value | None, scope: Scope, defaults: Defaults
) -> dict[str, Values]:
    """Values of all parameters by name.

    What is given is more precise than the annotation, and that than the default.

    Args:
        arguments: The parameters as written.
        call: What is given.
        owner: What the function is a method of.
        scope: The names that annotations refer to.
        defaults: Values of defaults.
    """
    places = [*arguments.posonlyargs, *arguments.args]
    given = [*([(owner,)] if owner is not None else []), *call.positional]
    named = dict(call.keywords)
    bound: dict[str, Values] = {}
    for place, parameter in enumerate([*places, *arguments.kwonlyargs]):
        positional = given[place] if place < min(len(given), len(places)) else UNKNOWN
        values = positional or named.pop(parameter.arg, UNKNOWN)
        promised = values or from_annotation(parameter.annotation, scope)
        bound[parameter.arg] = promised or defaults.get(parameter.arg, UNKNOWN)
    if arguments.vararg:
        bound[arguments.vararg.arg] = _packed_tuple(tuple(given[len(places) :]))
    if arguments.kwarg:
        bound[arguments.kwarg.arg] = (Instance(dict, tuple(named.items())),)
    return bound


def _packed_tuple(values: tuple[Values, ...]) -> Values:
    """What `*args` stands for: a tuple whose places are known."""
    return (Instance(tuple, tuple((str(place), item) for place, item in enumerate(values))),)


def unpacked(values: Values) -> list[Values]:
    """The places of a tuple, for `f(*args)`."""
    return [
        item
        for value in values
        if isinstance(value, Instance)
        for name, item in value.attributes
        if name.isdecimal()
    ]


def unpacked_names(values: Values) -> list[tuple[str, Values]]:
    """The members of a dictionary with names as keys, for `f(**kwargs)`."""
    return [
        (name, item)
        for value in values
        if isinstance(value, Instance)
        for name, item in value.attributes
        if name.isidentifier()
    ]


def significant(values: Values) -> Values:
    """The values that can decide which code runs; numbers and texts would only make every call a new one."""
    return tuple(value for value in values if not _is_simple(value))


def _is_simple(value: Value) -> bool:
    if isinstance(value, Instance):
        return value.cls in SIMPLE
    return isinstance(value, Known) and is_a(value.object, SIMPLE)
