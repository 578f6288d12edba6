"""What is handed over in a call, and what live functions carry along."""

import functools
from dataclasses import replace
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import cast

from laneway.check.values import (
    UNKNOWN,
    Bound,
    Call,
    Instance,
    Known,
    Local,
    Partial,
    Value,
    Values,
    is_a,
)

C_CALLABLES = (BuiltinFunctionType, type(str.join), type(object.__init__))


def closure_of(function: FunctionType) -> dict[str, Values]:
    """The variables of the functions around a live one."""
    found: dict[str, Values] = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            found[name] = (Known(cell.cell_contents),)
        except ValueError:  # not assigned yet
            found[name] = UNKNOWN
    return found


def defaults_of(function: FunctionType) -> dict[str, Values]:
    """The defaults of a live function's parameters."""
    code = function.__code__
    given = function.__defaults__ or ()
    names = code.co_varnames[code.co_argcount - len(given) : code.co_argcount]
    pairs = [*zip(names, given, strict=True), *(function.__kwdefaults__ or {}).items()]
    return {name: (Known(value),) for name, value in pairs}


def given_values(call: Call) -> list[Value]:
    """All that is handed over."""
    named = [values for _, values in call.keywords]
    return [value for values in (*call.positional, *named) for value in values]


def first_value(call: Call) -> Values:
    """The first positional argument."""
    return call.positional[0] if call.positional else UNKNOWN


def is_function(value: Value) -> bool:
    """Whether a value is meant to be called; classes and objects that can be are left out."""
    if isinstance(value, Known):
        return is_a(value.object, (FunctionType, MethodType, functools.partial, *C_CALLABLES))
    return isinstance(value, Local | Bound | Partial)


def instance_of(value: Value) -> Values:
    """What calling a class gives."""
    if isinstance(value, Known) and is_a(value.object, type):
        return (Instance(cast(type, value.object)),)
    return UNKNOWN


def partial_value(made: object) -> Partial:
    """A live `functools.partial` as a value."""
    partial = cast("functools.partial[object]", made)
    positional = tuple((Known(item),) for item in partial.args)
    keywords = tuple((name, (Known(item),)) for name, item in partial.keywords.items())
    return Partial(Known(partial.func), positional, keywords)


def partials_of(call: Call) -> Values:
    """What `functools.partial(...)` gives."""
    return tuple(Partial(function, call.positional[1:], call.keywords) for function in first_value(call))


def with_more(call: Call, partial: Partial) -> Call:
    """The arguments of a partial and of its call together."""
    return replace(
        call,
        positional=(*partial.positional, *call.positional),
        keywords=(*partial.keywords, *call.keywords),
        node=None,
    )
