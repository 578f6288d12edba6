"""What an expression may stand for.

The scan computes no results. It keeps what decides which code a call runs: a live object, an instance of a known class,
a function written in another one. An expression that may be several things has several values; one that cannot be told
has none.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from laneway.check.findings import Finding

MAX_ALTERNATIVES = 8
ITEM = "[]"  # stands for the items of a container among its attributes

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Values = tuple["Value", ...]
UNKNOWN: Values = ()


def is_a(thing: object, kind: type | tuple[type, ...]) -> bool:
    """`isinstance` that runs no code of the object: proxies compute `__class__`."""
    return issubclass(type(thing), kind)


class Known:
    """A live object; equal to another of the same identity."""

    __slots__ = ("object",)

    def __init__(self, thing: object) -> None:
        self.object = thing

    def __eq__(self, other: object) -> bool:
        return type(other) is Known and other.object is self.object

    def __hash__(self) -> int:
        return id(self.object)

    def __repr__(self) -> str:
        return f"Known({type(self.object).__name__})"


@dataclass(frozen=True, slots=True)
class Instance:
    """Some object of a class.

    Attributes:
        cls: Its class.
        attributes: What is known of its attributes, by name; `ITEM` for what a container holds.
    """

    cls: type
    attributes: tuple[tuple[str, Values], ...] = ()

    def __hash__(self) -> int:  # the attributes go deep; comparing them now and then is cheaper
        return hash((self.cls, len(self.attributes)))

    def get(self, name: str) -> Values:
        """What is known of an attribute."""
        return next((values for key, values in self.attributes if key == name), UNKNOWN)


class Scope:
    """Names and their values: those of a function, then those around it, then the module's and the built-in ones."""

    __slots__ = ("module", "names", "outer")

    def __init__(
        self,
        module: Mapping[str, object],
        outer: "Scope | None" = None,
        names: dict[str, Values] | None = None,
    ) -> None:
        self.module = module
        self.outer = outer
        self.names = {} if names is None else names

    def lookup(self, name: str) -> Values:
        """What the name stands for."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.outer
        for source in (self.module, builtins_of(self.module)):
            if name in source:
                return (Known(source[name]),)
        return UNKNOWN


def builtins_of(module: Mapping[str, object]) -> Mapping[str, object]:
    """The built-in names as a module sees them; its `__builtins__` is a module or a dictionary."""
    found = module.get("__builtins__", {})
    return found if is_a(found, dict) else MappingProxyType(vars(found))  # type: ignore[return-value]


@dataclass(frozen=True, slots=True, eq=False)
class Local:
    """A function written inside another one, or a lambda.

    Attributes:
        node: Its code.
        scope: The names around it.
        file: Where it is written.
        own: Whether that is the app's code.
    """

    node: FunctionNode
    scope: Scope
    file: str
    own: bool


@dataclass(frozen=True, slots=True)
class Bound:
    """A function with the object it is a method of."""

    function: "Value"
    owner: "Value"


@dataclass(frozen=True, slots=True)
class Partial:
    """A function with some of its arguments."""

    function: "Value"
    positional: tuple[Values, ...]
    keywords: tuple[tuple[str, Values], ...]


@dataclass(frozen=True, slots=True)
class Super:
    """What `super()` gives: the attributes of `owner` from the classes after `after`."""

    after: type
    owner: "Value"


@dataclass(frozen=True, slots=True)
class Lazy:
    """A generator or context manager: code that runs when it is iterated or entered.

    Attributes:
        findings: What blocks then.
        items: What it yields.
    """

    findings: tuple[Finding, ...]
    items: Values


@dataclass(frozen=True, slots=True)
class Absent:
    """Something of a module that is not imported yet, by its full name."""

    name: str


Value = Known | Instance | Local | Bound | Partial | Super | Lazy | Absent


@dataclass(frozen=True, slots=True)
class Call:
    """The arguments of a call and its surroundings.

    Attributes:
        positional: Values of the positional arguments.
        keywords: Values of the named arguments.
        node: The expression; None where Python calls by itself (`with`, properties).
        awaited: Whether the result is awaited at once.
        own: Whether the app's own code makes the call.
    """

    positional: tuple[Values, ...] = ()
    keywords: tuple[tuple[str, Values], ...] = ()
    node: ast.Call | None = None
    awaited: bool = False
    own: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call comes to.

    Attributes:
        name: What was called, for the chain.
        findings: What blocks in it.
        values: What it returns; for a coroutine, what awaiting it gives.
        attributes: What it sets on `self`.
        complete: Whether everything was followed, nothing cut off for depth.
    """

    name: str = ""
    findings: tuple[Finding, ...] = ()
    values: Values = UNKNOWN
    attributes: tuple[tuple[str, Values], ...] = ()
    complete: bool = True


def union(*many: Values) -> Values:
    """All the alternatives, each once; some are dropped when they are too many to follow."""
    filled = [values for values in many if values]
    if len(filled) == 1:
        return filled[0]
    return tuple(dict.fromkeys(value for values in filled for value in values))[:MAX_ALTERNATIVES]


def items_of(values: Values) -> Values:
    """What iterating over, or subscribing to, any of the values gives."""
    return union(*(_items(value) for value in values))


def _items(value: Value) -> Values:
    if isinstance(value, Lazy):
        return value.items
    if isinstance(value, Instance):
        return value.get(ITEM)
    if isinstance(value, Known):
        return _live_items(value.object)
    return UNKNOWN


def _live_items(container: object) -> Values:
    """The first items of a built-in container; others might run code when asked."""
    if type(container) is dict:
        container = list(container.values())
    if type(container) not in (list, tuple, set, frozenset):
        return UNKNOWN
    return tuple(Known(item) for item, _ in zip(container, range(MAX_ALTERNATIVES), strict=False))  # type: ignore[call-overload]
