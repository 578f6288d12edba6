"""The expressions of a function: what they stand for, with every call in them handed to the machine."""

import ast
from collections.abc import Callable
from typing import Any, Protocol

from laneway.check.binding import significant, unpacked, unpacked_names
from laneway.check.sources import Unit
from laneway.check.trail import Trail
from laneway.check.values import (
    ITEM,
    UNKNOWN,
    Call,
    FunctionNode,
    Instance,
    Known,
    Local,
    Outcome,
    Scope,
    Super,
    Value,
    Values,
    items_of,
    union,
)


class Machine(Protocol):
    """What reads the functions that a frame calls."""

    def invoke(self, value: Value, call: Call) -> Outcome:
        """Follow a call."""

    def attribute(self, value: Value, name: str, own: bool) -> Outcome:
        """Read an attribute; the outcome has what a property does on the way."""

    def enter(self, value: Value, call: Call, *, asynchronous: bool) -> Outcome:
        """Enter and leave a context manager."""

    def iterate(self, value: Value, call: Call, *, asynchronous: bool) -> Outcome:
        """Go through an iterable."""

    def keeps_function(self, decorator: Value) -> bool:
        """Whether calling what a decorator gives is calling the function."""


class Expressions:
    """Reads the expressions of one function.

    Args:
        machine: What follows calls.
        unit: The function.
        scope: Its names, the parameters among them.

    Attributes:
        trail: What blocks in it.
        branches: Depth of blocks that may or may not run; assignments in them add values.
        yielded: What it yields.
        set_on_self: What it sets on its first parameter.
    """

    def __init__(self, machine: Machine, unit: Unit, scope: Scope) -> None:
        self.machine = machine
        self.unit = unit
        self.scope = scope
        self.trail = Trail(unit)
        self.branches = 0
        self.yielded: Values = UNKNOWN
        self.set_on_self: dict[str, Values] = {}
        self._awaited: set[ast.expr] = set()
        parameters = [*unit.node.args.posonlyargs, *unit.node.args.args]
        self._self = parameters[0].arg if parameters else None

    def value(self, node: ast.expr) -> Values:
        """What an expression may stand for; every call in it is followed."""
        reader = EXPRESSIONS.get(type(node))
        if reader is not None:
            return reader(self, node)
        self.children(node)
        return UNKNOWN

    def _name(self, node: ast.Name) -> Values:
        return self.scope.lookup(node.id)

    def _constant(self, node: ast.Constant) -> Values:
        return UNKNOWN if node.value is None or node.value is ... else (Instance(type(node.value)),)

    def _text(self, node: ast.JoinedStr) -> Values:
        self.children(node)
        return (Instance(str),)

    def _attribute(self, node: ast.Attribute) -> Values:
        owners = self.value(node.value)
        if isinstance(node.value, ast.Name) and node.value.id == self._self and node.attr in self.set_on_self:
            return self.set_on_self[node.attr]
        found = UNKNOWN
        for owner in owners:
            found = union(
                found, self.trail.add(self.machine.attribute(owner, node.attr, self.unit.own), node)
            )
        return found

    def _call(self, node: ast.Call) -> Values:
        callees = self.value(node.func)
        call = self._arguments(node)
        found = self._super(callees)
        for callee in callees:
            outcome = self.machine.invoke(callee, call)
            if outcome.attributes and self._is_self(callee):
                self.set_on_self.update(outcome.attributes)
            found = union(found, self.trail.add(outcome, node))
        return found

    def _super(self, callees: Values) -> Values:
        """What `super()` stands for; the compiler gives the class to the function as `__class__`."""
        if Known(super) not in callees or self._self is None:
            return UNKNOWN
        return tuple(
            Super(cls.object, owner)
            for cls in self.scope.lookup("__class__")
            for owner in self.scope.lookup(self._self)
            if isinstance(cls, Known) and isinstance(cls.object, type)
        )

    def _is_self(self, callee: Value) -> bool:
        """Whether a call is of a method of our own object, so that what it sets is set here."""
        owner = getattr(callee, "owner", None)
        return self._self is not None and owner in self.scope.names.get(self._self, UNKNOWN)

    def _arguments(self, node: ast.Call) -> Call:
        positional: list[Values] = []
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                positional.extend(unpacked(self.value(argument.value)))
            else:
                positional.append(self.value(argument))
        keywords: list[tuple[str, Values]] = []
        for keyword in node.keywords:
            values = self.value(keyword.value)
            keywords.extend([(keyword.arg, values)] if keyword.arg else unpacked_names(values))
        return Call(tuple(positional), tuple(keywords), node, node in self._awaited, self.unit.own)

    def _await(self, node: ast.Await) -> Values:
        self._awaited.add(node.value)
        return self.value(node.value)

    def local(self, node: FunctionNode) -> Local:
        """A function written in this one."""
        return Local(node, self.scope, self.unit.file, self.unit.own)

    def _lambda(self, node: ast.Lambda) -> Values:
        return (self.local(node),)

    def _choice(self, node: ast.IfExp) -> Values:
        self.value(node.test)
        return union(self.value(node.body), self.value(node.orelse))

    def _either(self, node: ast.BoolOp) -> Values:
        return union(*[self.value(part) for part in node.values])

    def _walrus(self, node: ast.NamedExpr) -> Values:
        values = self.value(node.value)
        self.bind(node.target, values)
        return values

    def _subscript(self, node: ast.Subscript) -> Values:
        container = self.value(node.value)
        self.value(node.slice)
        return items_of(container)

    def _operation(self, node: ast.BinOp) -> Values:
        """`Path("a") / "b"` is a path; otherwise nothing is known."""
        left = self.value(node.left)
        self.value(node.right)
        return left if isinstance(node.op, ast.Div) else UNKNOWN

    def _display(self, node: ast.Tuple | ast.List | ast.Set) -> Values:
        return _held(list, union(*[self.value(part) for part in node.elts]))

    def _dictionary(self, node: ast.Dict) -> Values:
        members: list[tuple[str, Values]] = []
        for key, member in zip(node.keys, node.values, strict=True):
            if key is not None:
                self.value(key)
            name = key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else ITEM
            members.append((name, self.value(member)))
        items = union(*(values for _, values in members))
        return (Instance(dict, (*[pair for pair in members if pair[0] != ITEM], (ITEM, items))),)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> Values:
        self._generators(node.generators)
        return _held(list, self.value(node.elt))

    def _dict_comprehension(self, node: ast.DictComp) -> Values:
        self._generators(node.generators)
        self.value(node.key)
        return _held(dict, self.value(node.value))

    def _generators(self, generators: list[ast.comprehension]) -> None:
        for generator in generators:
            self.bind(generator.target, self.iterated(generator.iter, asynchronous=bool(generator.is_async)))
            for condition in generator.ifs:
                self.value(condition)

    def _yield(self, node: ast.Yield) -> Values:
        if node.value is not None:
            self.yielded = union(self.yielded, self.value(node.value))
        return UNKNOWN

    def _yield_from(self, node: ast.YieldFrom) -> Values:
        self.yielded = union(self.yielded, self.iterated(node.value))
        return UNKNOWN

    def bind(self, target: ast.expr, values: Values, source: ast.expr | None = None) -> None:
        """Give values to the target of an assignment; `source` is the expression that they come from."""
        if isinstance(target, ast.Name):
            before = self.scope.names.get(target.id, UNKNOWN) if self.branches else UNKNOWN
            self.scope.names[target.id] = union(before, values)
        elif isinstance(target, ast.Attribute):
            self._bind_attribute(target, values)
        elif isinstance(target, ast.Tuple | ast.List):
            self._bind_parts(target.elts, values, source)
        elif isinstance(target, ast.Starred):
            self.bind(target.value, UNKNOWN)
        else:
            self.children(target)

    def _bind_attribute(self, target: ast.Attribute, values: Values) -> None:
        self.value(target.value)
        if isinstance(target.value, ast.Name) and target.value.id == self._self and significant(values):
            self.set_on_self[target.attr] = union(self.set_on_self.get(target.attr, UNKNOWN), values)

    def _bind_parts(self, targets: list[ast.expr], values: Values, source: ast.expr | None) -> None:
        """`a, b = x, y`; or parts of one value, which are alike as far as is known."""
        pairs: list[Values] = [items_of(values)] * len(targets)
        if isinstance(source, ast.Tuple) and len(source.elts) == len(targets):
            pairs = [self._quietly(part) for part in source.elts]
        for target, part in zip(targets, pairs, strict=True):
            self.bind(target, part)

    def _quietly(self, node: ast.expr) -> Values:
        """The value of an expression that has been read already; only names and calls of classes are worth it."""
        return self.scope.lookup(node.id) if isinstance(node, ast.Name) else self.value(node)

    def iterated(self, node: ast.expr, *, asynchronous: bool = False) -> Values:
        """The items of an iterable, with what blocks while they are made."""
        found = UNKNOWN
        for value in self.value(node):
            call = Call(own=self.unit.own)
            found = union(
                found, self.trail.add(self.machine.iterate(value, call, asynchronous=asynchronous), node)
            )
        return found

    def children(self, node: ast.AST) -> None:
        """Read all expressions below a node that needs no reader of its own."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.value(child)
            else:
                self.children(child)


def _held(kind: type, items: Values) -> Values:
    return (Instance(kind, ((ITEM, items),) if items else ()),)


EXPRESSIONS: dict[type[ast.expr], Callable[[Expressions, Any], Values]] = {
    ast.Attribute: Expressions._attribute,
    ast.Await: Expressions._await,
    ast.BinOp: Expressions._operation,
    ast.BoolOp: Expressions._either,
    ast.Call: Expressions._call,
    ast.Constant: Expressions._constant,
    ast.Dict: Expressions._dictionary,
    ast.DictComp: Expressions._dict_comprehension,
    ast.GeneratorExp: Expressions._comprehension,
    ast.IfExp: Expressions._choice,
    ast.JoinedStr: Expressions._text,
    ast.Lambda: Expressions._lambda,
    ast.List: Expressions._display,
    ast.ListComp: Expressions._comprehension,
    ast.Name: Expressions._name,
    ast.NamedExpr: Expressions._walrus,
    ast.Set: Expressions._display,
    ast.SetComp: Expressions._comprehension,
    ast.Subscript: Expressions._subscript,
    ast.Tuple: Expressions._display,
    ast.Yield: Expressions._yield,
    ast.YieldFrom: Expressions._yield_from,
}
