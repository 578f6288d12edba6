"""The values that type annotations promise, read from their syntax or from the live objects they became."""

import ast
import collections.abc
import sys
from types import GenericAlias, NoneType, UnionType
from typing import Annotated, Any, ForwardRef, Optional, TypeVar, Union, cast, get_args, get_origin

from typing_inspection.typing_objects import is_typealiastype

from laneway.check import attributes
from laneway.check.sources import annotation_node
from laneway.check.values import ITEM, UNKNOWN, Instance, Known, Scope, Values, is_a, union

TRANSPARENT = (
    collections.abc.Awaitable,
    collections.abc.Coroutine,
)  # awaiting is not told apart from calling
VAGUE = (object, Any, NoneType, type, bool, int, float, complex, str, bytes)  # tell nothing that matters here


def from_annotation(node: ast.expr | None, scope: Scope) -> Values:
    """What an annotation, as written, promises."""
    return _Reader(scope).written(node)


def from_class(cls: type, name: str) -> Values:
    """What the annotations in the body of a class, or of its bases, promise of an attribute."""
    for base in type.__dict__["__mro__"].__get__(cls):
        annotations = type.__dict__["__dict__"].__get__(base).get("__annotations__", {})
        if is_a(annotations, dict) and name in annotations:
            module = sys.modules.get(base.__module__)
            return _Reader(Scope(vars(module) if module else {})).live(annotations[name])
    return UNKNOWN


def name_values(node: ast.expr, scope: Scope) -> list[Known]:
    """The live objects that a dotted name stands for."""
    if isinstance(node, ast.Name):
        return [value for value in scope.lookup(node.id) if isinstance(value, Known)]
    if isinstance(node, ast.Attribute):
        found = [attributes.find(value, node.attr).values for value in name_values(node.value, scope)]
        return [value for values in found for value in values if isinstance(value, Known)]
    return []


class _Reader:
    """Reads one annotation.

    Args:
        scope: The names that it refers to.
    """

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._open: set[int] = set()  # aliases being read; some contain themselves

    def written(self, node: ast.expr | None) -> Values:
        """What its syntax promises."""
        if node is None:
            return UNKNOWN
        if isinstance(node, ast.Constant):
            return self.written(annotation_node(node.value)) if isinstance(node.value, str) else UNKNOWN
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return union(self.written(node.left), self.written(node.right))
        if isinstance(node, ast.Subscript):
            return self._subscript(node)
        return union(*(self.live(value.object) for value in name_values(node, self._scope)))

    def _subscript(self, node: ast.Subscript) -> Values:
        """`Annotated[X, ...]`, `X | None` in its long forms, and containers with what they hold."""
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        for base in name_values(node.value, self._scope):
            kind = base.object
            if kind is Annotated:
                return self.written(inner[0])
            if kind in (Union, Optional):
                return union(*(self.written(part) for part in inner))
            origin = get_origin(kind) or kind
            if origin is type:
                return union(*(_classes(self.written(part)) for part in inner))
            if is_a(origin, type):
                return _container(cast(type, origin), [self.written(part) for part in inner])
        return UNKNOWN

    def live(self, kind: object) -> Values:
        """What the object promises to which it was evaluated."""
        if id(kind) in self._open:
            return UNKNOWN
        self._open.add(id(kind))
        try:
            return self._live(kind)
        finally:
            self._open.discard(id(kind))

    def _live(self, kind: object) -> Values:
        if isinstance(kind, str | ForwardRef):
            text = kind if isinstance(kind, str) else kind.__forward_arg__
            return self.written(annotation_node(text))
        if is_typealiastype(kind):
            return self.live(kind.__value__)
        if isinstance(kind, TypeVar):
            return self.live(kind.__bound__)
        if isinstance(kind, GenericAlias | UnionType) or get_origin(kind) is not None:
            return self._alias(kind)
        if is_a(kind, type) and kind not in VAGUE:
            return (Instance(cast(type, kind)),)
        return UNKNOWN

    def _alias(self, kind: object) -> Values:
        origin, inner = get_origin(kind), get_args(kind)
        if origin is Annotated:
            return self.live(inner[0])
        if origin in (Union, UnionType):
            return union(*(self.live(part) for part in inner))
        if origin is type:
            return union(*(_classes(self.live(part)) for part in inner))
        if is_a(origin, type):
            return _container(cast(type, origin), [self.live(part) for part in inner])
        return UNKNOWN


def _classes(values: Values) -> Values:
    """`type[X]` gives the class itself."""
    return tuple(Known(value.cls) for value in values if isinstance(value, Instance))


def _container(kind: type, held: list[Values]) -> Values:
    """An instance of a generic class with what its arguments say of its items."""
    if not held:
        return (Instance(kind),)
    if kind in TRANSPARENT:
        return held[-1]
    mapping = issubclass(kind, collections.abc.Mapping) if kind.__module__ != "typing" else False
    items = held[-1] if mapping else held[0]
    return (Instance(kind, ((ITEM, items),) if items else ()),)
