"""One function read from top to bottom: names get values, calls are handed to the machine, blocking ones are kept.

Nothing is repeated or decided: both branches of an `if` are read, a loop is read once. A name assigned in a branch has
the values of all branches.
"""

import ast
import sys
from collections.abc import Callable, Iterable
from typing import Any

from laneway.check.annotated import from_annotation, name_values
from laneway.check.expressions import Expressions, Machine
from laneway.check.sources import Unit
from laneway.check.values import UNKNOWN, Absent, Call, Known, Scope, Value, Values, union


class Frame(Expressions):
    """The reading of one function.

    Attributes:
        returned: What it returns.
    """

    def __init__(self, machine: Machine, unit: Unit, scope: Scope) -> None:
        super().__init__(machine, unit, scope)
        self.returned: Values = UNKNOWN

    def read(self) -> None:
        """Read the whole function."""
        node = self.unit.node
        if isinstance(node, ast.Lambda):
            self.returned = self.value(node.body)
        else:
            self._block(node.body)

    def _block(self, statements: Iterable[ast.stmt]) -> None:
        for statement in statements:
            reader = STATEMENTS.get(type(statement))
            if reader is not None:
                reader(self, statement)
            else:
                self.children(statement)

    def _branch(self, *blocks: list[ast.stmt]) -> None:
        """Blocks that may or may not run: their assignments add values."""
        self.branches += 1
        for block in blocks:
            self._block(block)
        self.branches -= 1

    def _assign(self, node: ast.Assign) -> None:
        values = self.value(node.value)
        for target in node.targets:
            self.bind(target, values, node.value)

    def _annotated_assign(self, node: ast.AnnAssign) -> None:
        values = self.value(node.value) if node.value else UNKNOWN
        self.bind(node.target, values or from_annotation(node.annotation, self.scope), node.value)

    def _return(self, node: ast.Return) -> None:
        if node.value is not None:
            self.returned = union(self.returned, self.value(node.value))

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        items = self.iterated(node.iter, asynchronous=isinstance(node, ast.AsyncFor))
        self.bind(node.target, items)
        self._branch(node.body, node.orelse)

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            found = UNKNOWN
            for value in self.value(item.context_expr):
                call = Call(own=self.unit.own)
                outcome = self.machine.enter(value, call, asynchronous=isinstance(node, ast.AsyncWith))
                found = union(found, self.trail.add(outcome, item.context_expr))
            if item.optional_vars is not None:
                self.bind(item.optional_vars, found)
        self._block(node.body)

    def _if(self, node: ast.If | ast.While) -> None:
        self.value(node.test)
        self._branch(node.body, node.orelse)

    def _try(self, node: ast.Try) -> None:
        self._block(node.body)
        self._branch(*(handler.body for handler in node.handlers), node.orelse)
        self._block(node.finalbody)

    def _match(self, node: ast.Match) -> None:
        self.value(node.subject)
        self._branch(*(case.body for case in node.cases))

    def _define(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        values: Values = (self.local(node),)
        for decorator in reversed(node.decorator_list):
            values = self._decorated(decorator, values)
        self.scope.names[node.name] = values

    def _decorated(self, decorator: ast.expr, functions: Values) -> Values:
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        if any(self.machine.keeps_function(value) for value in name_values(target, self.scope)):
            return functions
        found = UNKNOWN
        for value in self.value(decorator):
            outcome = self.machine.invoke(value, Call((functions,), own=self.unit.own))
            found = union(found, self.trail.add(outcome, decorator))
        return found

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            name = alias.name if alias.asname else alias.name.partition(".")[0]
            self.scope.names[alias.asname or name] = (imported(name),)

    def _import_from(self, node: ast.ImportFrom) -> None:
        package = str(self.scope.module.get("__package__") or "")
        around = package.split(".")[: len(package.split(".")) - max(node.level - 1, 0)] if node.level else []
        module = ".".join([*around, *([node.module] if node.module else [])])
        for alias in node.names:
            outcome = self.machine.attribute(imported(module), alias.name, self.unit.own)
            self.scope.names[alias.asname or alias.name] = outcome.values or (
                imported(f"{module}.{alias.name}"),
            )

    def _class(self, node: ast.ClassDef) -> None:
        self.scope.names[node.name] = UNKNOWN


def imported(name: str) -> Value:
    """A module, or a placeholder for one that is not imported yet."""
    module = sys.modules.get(name)
    return Absent(name) if module is None else Known(module)


STATEMENTS: dict[type[ast.stmt], Callable[[Frame, Any], None]] = {
    ast.AnnAssign: Frame._annotated_assign,
    ast.Assign: Frame._assign,
    ast.AsyncFor: Frame._for,
    ast.AsyncFunctionDef: Frame._define,
    ast.AsyncWith: Frame._with,
    ast.ClassDef: Frame._class,
    ast.For: Frame._for,
    ast.FunctionDef: Frame._define,
    ast.If: Frame._if,
    ast.Import: Frame._import,
    ast.ImportFrom: Frame._import_from,
    ast.Match: Frame._match,
    ast.Return: Frame._return,
    ast.Try: Frame._try,
    ast.TryStar: Frame._try,
    ast.While: Frame._if,
    ast.With: Frame._with,
}
