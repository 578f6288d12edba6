"""Follows calls from function to function, within limits."""

import contextlib
import functools
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from types import FunctionType, MethodType
from typing import cast

from laneway.check import attributes
from laneway.check.allow import is_allowed
from laneway.check.annotated import from_class
from laneway.check.binding import Defaults, bind, significant
from laneway.check.findings import Finding, Level, Sink
from laneway.check.frame import Frame
from laneway.check.handed import (
    C_CALLABLES,
    closure_of,
    defaults_of,
    first_value,
    given_values,
    instance_of,
    is_function,
    partial_value,
    partials_of,
    with_more,
)
from laneway.check.names import member_of_class, qualified_name
from laneway.check.outcomes import outcome_of, promised_by
from laneway.check.registry import Registry, identity, is_harmless
from laneway.check.sources import Sources, Unit
from laneway.check.special import is_entered
from laneway.check.values import (
    UNKNOWN,
    Absent,
    Bound,
    Call,
    Instance,
    Known,
    Lazy,
    Local,
    Outcome,
    Partial,
    Scope,
    Value,
    Values,
    is_a,
    items_of,
)

OWN_DEPTH = 6  # functions of the app, one calling the other
LIBRARY_DEPTH = 3  # the same in libraries, which are longer and better tested
MAX_FUNCTIONS = 3000  # read anew for one root

# Decorators of nested functions after which calling the name still runs the function.
KEEPING = (functools.wraps, contextlib.contextmanager, contextlib.asynccontextmanager)
LRU_CACHE = type(functools.lru_cache(lambda: None))


@dataclass(frozen=True, slots=True)
class _Remembered:
    """An outcome with how many more calls could have been followed from there."""

    outcome: Outcome
    own_left: int
    library_left: int


@dataclass(frozen=True, slots=True)
class _Function:
    """A function to be read.

    Attributes:
        unit: Its code.
        anchor: What tells it from others made by the same `def`: the function itself, or the scope it was made in.
        scope: The names around it.
        owner: What it is a method of.
        defaults: Values of its defaults.
    """

    unit: Unit
    anchor: object
    scope: Scope
    owner: Value | None
    defaults: Defaults = field(default_factory=dict)


class CallMachine:
    """Gives the outcome of calls; reads each function once per combination of what its arguments are.

    Args:
        package: Top-level module of the app, if its code may be installed like a library.

    Attributes:
        functions: Number of functions read so far.
    """

    def __init__(self, package: str | None = None) -> None:
        self._sources = Sources(package)
        self._registry = Registry()
        self._outcomes: dict[object, _Remembered] = {}
        self._active: set[object] = set()
        self._anchors: list[object] = []  # so that no id in a key is used again
        self._own_left = OWN_DEPTH
        self._library_left = LIBRARY_DEPTH
        self._limit = MAX_FUNCTIONS
        self.functions = 0

    def run(self, value: Value, call: Call) -> tuple[Outcome, bool]:
        """The outcome of a call from outside, and whether everything worth following was followed."""
        self._limit = self.functions + MAX_FUNCTIONS
        self._active.clear()
        self._own_left, self._library_left = OWN_DEPTH, LIBRARY_DEPTH
        try:
            outcome = self.invoke(value, call)
        except RecursionError:  # code nested deeper than the interpreter lets us follow
            return Outcome(), False
        return outcome, self.functions < self._limit

    def unit_of(self, value: Value) -> Unit | None:
        """The code of a function or method."""
        if isinstance(value, Bound):
            return self.unit_of(value.function)
        if isinstance(value, Local):
            return Unit(value.node, value.file, value.own)
        function = value.object if isinstance(value, Known) else None
        return self._sources.unit(function) if isinstance(function, FunctionType) else None

    # -- what frames ask

    def invoke(self, value: Value, call: Call) -> Outcome:
        """Follow a call."""
        sink = self._registry.sink(value)
        if sink is not None:
            return self._blocked(sink, value, call)
        if isinstance(value, Bound):
            return self._invoke_bound(value, call)
        if isinstance(value, Known):
            return self._invoke_live(value.object, None, call)
        if isinstance(value, Local):
            return self._invoke_local(value, None, call)
        if isinstance(value, Partial):
            return self.invoke(value.function, with_more(call, value))
        if isinstance(value, Instance):
            return self._invoke_method(value, "__call__", call)
        return Outcome(values=(value,)) if isinstance(value, Absent) else Outcome()

    def attribute(self, value: Value, name: str, own: bool) -> Outcome:
        """Read an attribute; the outcome has what a property does on the way."""
        found = attributes.find(value, name)
        if found.getter is not None:
            return self.invoke(found.getter, Call(own=own))
        if found.values or found.of_class is None:
            return Outcome(values=found.values)
        return Outcome(values=from_class(found.of_class, name) or self._of_class(found.of_class, name))

    def enter(self, value: Value, call: Call, *, asynchronous: bool) -> Outcome:
        """Enter and leave a context manager."""
        if isinstance(value, Lazy):
            return Outcome("the generator", value.findings, value.items)
        if isinstance(value, Absent):
            return Outcome(values=(value,))
        names = ("__aenter__", "__aexit__") if asynchronous else ("__enter__", "__exit__")
        entered, left = (self._invoke_method(value, name, call) for name in names)
        outcome = entered if entered.findings else replace(left, values=entered.values)
        return replace(outcome, values=outcome.values or items_of((value,)) or (value,))

    def iterate(self, value: Value, call: Call, *, asynchronous: bool) -> Outcome:
        """Go through an iterable."""
        if isinstance(value, Lazy):
            return Outcome("the generator", value.findings, value.items)
        names = ("__aiter__", "__anext__") if asynchronous else ("__iter__", "__next__")
        made, stepped = (self._invoke_method(value, name, call) for name in names)
        for inner in made.values:
            if isinstance(inner, Lazy):
                made = replace(made, findings=made.findings + inner.findings, values=inner.items)
        outcome = made if made.findings else replace(stepped, values=made.values)
        return replace(outcome, values=items_of((value,)) or outcome.values)

    def keeps_function(self, decorator: Value) -> bool:
        """Whether calling what a decorator gives is calling the function."""
        return isinstance(decorator, Known) and any(decorator.object is thing for thing in KEEPING)

    # -- calls by kind

    def _blocked(self, sink: Sink, value: Value, call: Call) -> Outcome:
        returned = self._registry.returned(value) or instance_of(value)
        heard = call.own or not (sink.own_only or sink.level is Level.advice)
        if not heard or is_harmless(call):
            return Outcome(sink.name, values=returned)
        return Outcome(sink.name, (Finding(sink),), returned)

    def _invoke_bound(self, value: Bound, call: Call) -> Outcome:
        function = value.function
        if isinstance(function, Local):
            return self._invoke_local(function, value.owner, call)
        if isinstance(function, Known):
            return self._invoke_live(function.object, value.owner, call)
        return self.invoke(function, call)

    def _invoke_method(self, value: Value, name: str, call: Call) -> Outcome:
        """Call a special method as Python does: the class's, nothing if it is written in C and harmless."""
        outcome = Outcome()
        for method in self.attribute(value, name, call.own).values:
            if isinstance(method, Bound):
                outcome = self.invoke(method, call)
        return outcome

    def _invoke_live(self, thing: object, owner: Value | None, call: Call) -> Outcome:
        special = self._special(Known(thing), owner, call)
        if special is not None:
            return special
        if isinstance(thing, FunctionType):
            return self._invoke_function(thing, owner, call)
        if is_a(thing, MethodType):
            return self.invoke(attributes.method_parts(cast(MethodType, thing)), call)
        if type(thing) is functools.partial:
            return self.invoke(partial_value(thing), call)
        if is_a(thing, type):
            return self._construct(cast(type, thing), call)
        if is_a(thing, LRU_CACHE):
            return self._invoke_cached(vars(thing)["__wrapped__"], owner, call)
        if is_a(thing, C_CALLABLES):
            return self._consumed(thing, call)
        return self._invoke_method(Known(thing), "__call__", call)

    def _invoke_cached(self, function: object, owner: Value | None, call: Call) -> Outcome:
        """A cached function; one without arguments runs once per process, which is like start-up."""
        code = getattr(function, "__code__", None)
        if code is None or code.co_argcount + code.co_kwonlyargcount == 0:
            return replace(self.invoke(Known(function), call), findings=())
        return self._invoke_live(function, owner, call)

    def _special(self, value: Known, owner: Value | None, call: Call) -> Outcome | None:
        """The outcome of a callable that the tables know; None for any other."""
        first = first_value(call)
        key, registry = identity(value), self._registry
        name = qualified_name(value.object)
        if key in registry.calls_arguments:
            outcome = self._call_all(name, given_values(call), call)
            return replace(outcome, values=first if key in registry.returns_first else UNKNOWN)
        if key in registry.calls_coroutines:
            functions = [given for given in given_values(call) if self._is_async(given)]
            return replace(self._call_all(name, functions, call), values=instance_of(value))
        if key in registry.enters_argument:
            outcomes = [self._enter_either(given, call) for given in given_values(call)]
            return outcomes[0] if outcomes else Outcome()
        if value.object is functools.partial:
            return Outcome(values=partials_of(call))
        if key in registry.returns_owner and owner is not None:
            return Outcome(values=(owner,))
        if key in registry.returns_item:
            return replace(
                self._consumed(value.object, call), values=items_of((owner,) if owner is not None else first)
            )
        if key in registry.returns_first:
            return replace(self._consumed(value.object, call), values=first)
        returned = registry.returned(value)
        return Outcome(name, values=returned) if returned else None

    def _enter_either(self, value: Value, call: Call) -> Outcome:
        """Enter whichever kind of context manager it is."""
        asynchronous = bool(self.attribute(value, "__aenter__", own=call.own).values)
        return self.enter(value, call, asynchronous=asynchronous)

    def _is_async(self, value: Value) -> bool:
        unit = self.unit_of(value)
        return unit is not None and unit.is_async

    def _call_all(self, name: str, functions: Iterable[Value], call: Call) -> Outcome:
        """Call functions that were handed over."""
        outcomes = [
            self.invoke(function, Call(own=call.own)) for function in functions if is_function(function)
        ]
        guilty = [outcome for outcome in outcomes if outcome.findings]
        return guilty[0] if guilty else replace(self._consumed(name, call), name=name)

    def _consumed(self, thing: object, call: Call) -> Outcome:
        """A call of something written in C: generators handed to it run."""
        if thing in (isinstance, type, id, repr, callable):
            return Outcome()
        findings = tuple(
            finding for given in given_values(call) if isinstance(given, Lazy) for finding in given.findings
        )
        return Outcome(qualified_name(thing), findings)

    def _construct(self, cls: type, call: Call) -> Outcome:
        """Make an instance: `__init__` runs and sets attributes."""
        instance = Instance(cls)
        init = member_of_class(cls, "__init__")
        if not isinstance(init, FunctionType):
            consumed = self._consumed(cls, call)
            return replace(consumed, values=(instance,))
        if self._sources.unit(init) is None:  # generated, as in a dataclass
            return self._construct_dataclass(cls, init, call)
        outcome = self._invoke_function(init, instance, call)
        own = self._sources.is_own(init.__code__.co_filename, cls.__module__)
        made = Instance(cls, outcome.attributes) if own else instance
        return replace(outcome, name=qualified_name(cls), values=(made,), attributes=())

    def _construct_dataclass(self, cls: type, init: FunctionType, call: Call) -> Outcome:
        names = init.__code__.co_varnames[1 : init.__code__.co_argcount + init.__code__.co_kwonlyargcount]
        given = {**dict(zip(names, call.positional, strict=False)), **dict(call.keywords)}
        kept = tuple((name, significant(values)) for name, values in given.items() if significant(values))
        instance = Instance(cls, kept)
        after = self._invoke_method(instance, "__post_init__", Call(own=call.own))
        return replace(after, name=qualified_name(cls), values=(instance,), attributes=())

    def _invoke_local(self, local: Local, owner: Value | None, call: Call) -> Outcome:
        unit = Unit(local.node, local.file, local.own)
        return self._read(_Function(unit, local.scope, local.scope, owner), call)

    def _invoke_function(self, function: FunctionType, owner: Value | None, call: Call) -> Outcome:
        module = str(function.__globals__.get("__name__", ""))
        if module == "contextlib" and (inner := vars(function).get("__wrapped__")) is not None:
            return self._invoke_live(inner, owner, call)
        unit = self._sources.unit(function)
        if unit is None or not (unit.own or is_entered(module)):
            promised = promised_by(unit, Scope(function.__globals__)) if unit is not None else UNKNOWN
            return Outcome(qualified_name(function), values=promised)
        scope = Scope(function.__globals__, names=closure_of(function))
        outcome = self._read(_Function(unit, function, scope, owner, defaults_of(function)), call)
        findings = () if is_allowed(function) else outcome.findings
        return replace(outcome, name=qualified_name(function), findings=findings)

    # -- reading a function

    def _read(self, function: _Function, call: Call) -> Outcome:
        """Read a function, or remember what an earlier reading found."""
        unit, scope = function.unit, function.scope
        names = bind(unit.node.args, call, function.owner, scope, function.defaults)
        kept = tuple((name, significant(values)) for name, values in names.items())
        key = (unit.node, id(function.anchor), kept)
        promised = promised_by(unit, scope)
        if key in self._active or not self._may_enter(unit):
            return Outcome(unit.name, values=promised, complete=key in self._active)
        known = self._outcomes.get(key)
        if known is not None and self._is_as_deep(known):
            return known.outcome
        outcome = self._read_within(unit, Scope(scope.module, scope, names), key, promised)
        self._outcomes[key] = _Remembered(outcome, self._own_left, self._library_left)
        self._anchors.append(function.anchor)
        return outcome

    def _may_enter(self, unit: Unit) -> bool:
        left = self._own_left if unit.own else self._library_left
        return left > 0 and self.functions < self._limit

    def _is_as_deep(self, known: _Remembered) -> bool:
        """Whether reading again would find no more."""
        as_far = known.own_left >= self._own_left and known.library_left >= self._library_left
        return known.outcome.complete or as_far

    def _read_within(self, unit: Unit, scope: Scope, key: object, promised: Values) -> Outcome:
        frame = Frame(self, unit, scope)
        before = self._own_left, self._library_left
        self._own_left -= unit.own
        self._library_left -= not unit.own
        self._active.add(key)
        self.functions += 1
        try:
            frame.read()
        finally:
            self._active.discard(key)
            self._own_left, self._library_left = before
        return outcome_of(frame, unit, promised)

    def _of_class(self, cls: type, name: str) -> Values:
        """What is known of an attribute of every instance: what `__init__` sets, or that any method blocks."""
        sink = self._registry.wild_sink(cls)
        if sink is not None and not name.startswith("_"):
            return (Absent(sink.name),)
        init = member_of_class(cls, "__init__")
        if not isinstance(init, FunctionType):
            return UNKNOWN
        outcome = self._invoke_function(init, Instance(cls), Call(own=False))
        return dict(outcome.attributes).get(name, UNKNOWN)
