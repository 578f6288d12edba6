"""Live objects that mean something to the scan, found by identity."""

import ast
from collections.abc import Iterable
from types import BuiltinFunctionType

from laneway.check import special
from laneway.check.blocking_calls import GROUPS
from laneway.check.findings import Sink
from laneway.check.names import member_of_class, resolve
from laneway.check.values import Absent, Bound, Call, Instance, Known, Value, Values, is_a

WAIT_SWITCHES = ("block", "blocking", "timeout")  # false or 0: does not wait


class Registry:
    """What the tables say of the modules that are imported at this moment."""

    def __init__(self) -> None:
        self._kept: list[object] = []  # so that no id is used again
        self._sinks: dict[int, Sink] = {}
        self._absent_sinks: dict[str, Sink] = {}
        self._wild: list[tuple[type, Sink]] = []
        for group in GROUPS:
            for entry in group.names.split():
                name, _, shown = entry.partition("=")
                sink = Sink(shown or name, group.kind, group.level, group.instead, group.lane, group.own_only)
                self._add_sink(name, sink)
        self._returns = {key: found for key, found in self._pairs(special.RETURNS) if found is not None}
        self.calls_arguments = self._ids(special.CALLS_ARGUMENTS)
        self.calls_coroutines = self._ids(special.CALLS_COROUTINES)
        self.returns_first = self._ids(special.RETURNS_FIRST)
        self.returns_owner = self._ids(special.RETURNS_OWNER)
        self.returns_item = self._ids(special.RETURNS_ITEM)
        self.enters_argument = self._ids(special.ENTERS_ARGUMENT)

    def _add_sink(self, name: str, sink: Sink) -> None:
        self._absent_sinks[name] = self._absent_sinks[sink.name] = sink
        if name.endswith(".*"):
            cls = resolve(name.removesuffix(".*"))
            if is_a(cls, type):
                self._wild.append((cls, sink))  # type: ignore[arg-type]  # checked above
        elif (found := resolve(name)) is not None:
            self._kept.append(found)
            self._sinks.setdefault(id(found), sink)

    def _ids(self, names: Iterable[str]) -> frozenset[int]:
        found = [thing for name in names if (thing := resolve(name)) is not None]
        self._kept.extend(found)
        return frozenset(map(id, found))

    def _pairs(self, table: dict[str, str]) -> list[tuple[int, object | None]]:
        pairs = [(resolve(key), resolve(value)) for key, value in table.items()]
        self._kept.extend(key for key, _ in pairs)
        return [(id(key), value) for key, value in pairs if key is not None]

    def sink(self, value: Value) -> Sink | None:
        """What the table says of a value that is called."""
        if isinstance(value, Bound):
            return self.sink(value.function)
        if isinstance(value, Absent):
            return self._absent_sinks.get(value.name)
        return self._sinks.get(identity(value))

    def wild_sink(self, cls: type) -> Sink | None:
        """What the table says of any method of a class."""
        return next((sink for base, sink in self._wild if issubclass(cls, base)), None)

    def returned(self, value: Value) -> Values:
        """What a table says that calling the value returns."""
        cls = self._returns.get(identity(value))
        return (Instance(cls),) if is_a(cls, type) else ()  # type: ignore[arg-type]  # checked here


def identity(value: Value) -> int:
    """The id of the function that a value stands for; that of the method for a live bound method of C."""
    while isinstance(value, Bound):
        value = value.function
    if not isinstance(value, Known):
        return 0
    thing = value.object
    if type(thing) is BuiltinFunctionType and not is_a(thing.__self__, (type(ast), type, type(None))):
        method = member_of_class(type(thing.__self__), thing.__name__)
        return id(thing if method is None else method)
    return id(thing)


def is_harmless(call: Call) -> bool:
    """Whether the arguments say not to wait: `acquire(False)`, `get(block=False)`, `join(timeout=0)`, `sleep(0)`."""
    if call.awaited:  # then it is no blocking function, whatever the annotations say
        return True
    if call.node is None:
        return False
    named = [item.value for item in call.node.keywords if item.arg in WAIT_SWITCHES]
    return any(_is_zero(value) for value in [*call.node.args[:1], *named])


def _is_zero(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) in (bool, int, float) and not node.value
