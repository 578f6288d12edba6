"""What an endpoint needs that only the event loop's thread has, by its bytecode and by the objects that it names.

The search is one-sided. What it finds keeps the endpoint on the loop even where a thread would do; what comes through
the request or from a library is not looked into.
"""

import inspect
import re
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from types import CodeType, FunctionType, MethodType, ModuleType, SimpleNamespace
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import State

from laneway.guard.spots import is_library
from laneway.lanes.suspends import never_awaits

LOOP_MODULES = frozenset({"_asyncio", "anyio", "asyncio", "curio", "sniffio", "trio", "uvloop"})
"""Of their functions and objects hardly any may be used from another thread."""

LOOP_NAMES = frozenset(
    {
        *("all_tasks", "create_future", "create_task", "current_task", "ensure_future"),
        *("get_event_loop", "get_running_loop", "new_event_loop", "set_event_loop"),
        *("call_at", "call_later", "call_soon", "call_soon_threadsafe"),
        *("add_reader", "add_writer", "run_coroutine_threadsafe", "run_in_executor", "run_until_complete"),
        *("start_soon", "get_nowait", "put_nowait", "receive_nowait", "send_nowait"),
        *("add_done_callback", "set_exception", "set_result"),
    }
)
"""Names that mean a loop, a task or a future whatever they are asked of."""

THREAD_MODULES = frozenset({"sqlite3"})
"""Their objects may be used by the thread alone that made them."""

MOST_OBJECTS = 300  # looked into; an endpoint that names more is not understood
MOST_ITEMS = 100  # of one collection
_HARMLESS = (bool, bytes, float, int, str, type(None))
_OF_CLASSES = ("__init__", "__post_init__")  # called without being named
_OF_OBJECTS = ("__call__", "__enter__", "__exit__", "__getitem__", "__setitem__")
_ANNOTATED = re.compile(rf"\b({'|'.join(LOOP_MODULES | THREAD_MODULES)})\.")


def why_bound(endpoint: Callable[..., Any]) -> str | None:
    """Why a function has to run on the loop, `awaits`; None if a thread would do."""
    function = endpoint.__func__ if isinstance(endpoint, MethodType) else endpoint
    if not isinstance(function, FunctionType) or not inspect.iscoroutinefunction(function):
        return "is no plain `async def` function"
    if not never_awaits(function.__code__):
        return "awaits"
    if (name := _annotated(function)) or (name := _Search().function(function)):
        return f"uses {name}, which belongs to the event loop or to its thread"
    return None


def _annotated(function: FunctionType) -> str | None:
    """What a parameter is declared to be, if a loop or a thread owns such things."""
    try:
        annotations = inspect.get_annotations(function, eval_str=True)
    except Exception:  # noqa: BLE001  # a name that only type checkers see
        annotations = inspect.get_annotations(function)
    found = (_ANNOTATED.search(str(annotation)) for annotation in annotations.values())
    return next((match[1] for match in found if match), None)


class _Search:
    """A walk through the code of a function, that of the app's functions it names, and the objects they name."""

    def __init__(self) -> None:
        self._seen: set[int] = set()

    def function(self, function: FunctionType) -> str | None:
        """The first name that means something of a loop or a thread."""
        names = set(_names(function.__code__))
        for name in sorted(names):
            if name in LOOP_NAMES or _root(name) in LOOP_MODULES:
                return name
        return self._first(_named(function, names), names)

    def _first(self, found: Iterable[tuple[str, object]], names: set[str]) -> str | None:
        return next(filter(None, (self._object(name, value, names) for name, value in found)), None)

    def _object(self, name: str, value: object, names: set[str]) -> str | None:
        """The name, if the value or something named that it holds belongs to a loop or a thread."""
        if type(value) in _HARMLESS or _is_proxy(value) or id(value) in self._seen:
            return None
        if _is_bound(value):
            return name
        self._seen.add(id(value))
        if len(self._seen) > MOST_OBJECTS:
            return f"more than {MOST_OBJECTS} objects, of which {name!r} may be one"
        if isinstance(value, MethodType):
            value = value.__func__
        if isinstance(value, FunctionType):
            return None if is_library(value.__code__.co_filename) else self.function(value)
        members = _members(value, names)
        return self._first(((f"{name}.{key}" if key else name, one) for key, one in members), names)


def _is_proxy(value: object) -> bool:
    """Whether it stands for another object, which there may be none of in this thread."""
    return any("__class__" in vars(kind) for kind in type(value).__mro__[:-1])


def _is_bound(value: object) -> bool:
    if isinstance(value, threading.local):
        return True
    if isinstance(value, ModuleType):
        return _root(value.__name__) in LOOP_MODULES
    if isinstance(value, type | FunctionType):  # with a class of THREAD_MODULES the thread makes its own
        return _root(value.__module__) in LOOP_MODULES
    return _root(type(value).__module__) in LOOP_MODULES | THREAD_MODULES


def _names(code: CodeType) -> Iterator[str]:
    """Every name in a function and in those written within it."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _named(function: FunctionType, names: set[str]) -> Iterator[tuple[str, object]]:
    """The objects that a function names: globals, variables around it, defaults."""
    yield from _chosen(function.__globals__, names)
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:  # not set yet
            continue
    yield from (("a default", value) for value in function.__defaults__ or ())
    yield from (function.__kwdefaults__ or {}).items()


def _members(value: object, names: set[str]) -> Iterator[tuple[str, object]]:
    """What may be reached through an object by one of the names; the items of a collection."""
    if isinstance(value, dict | list | tuple | set | frozenset):
        items = list(value.values()) if isinstance(value, dict) else list(value)
        yield from (("", item) for item in islice(items, MOST_ITEMS))
    elif isinstance(value, State):
        yield from _chosen(vars(value)["_state"], names)
    elif isinstance(value, SimpleNamespace | Starlette) or (isinstance(value, ModuleType) and _is_own(value)):
        yield from _chosen(vars(value), names)
    elif not isinstance(value, ModuleType):
        yield from _members_of_own(value, names)


def _members_of_own(value: object, names: set[str]) -> Iterator[tuple[str, object]]:
    """The same for objects and classes of the app, with what their methods name of them."""
    kind, special = (value, _OF_CLASSES) if isinstance(value, type) else (type(value), _OF_OBJECTS)
    if not _is_own(sys.modules.get(kind.__module__)):
        return
    reached = _reached(kind, names.union(special))
    if kind is not value:
        yield from _chosen(getattr(value, "__dict__", {}), reached)
    for base in kind.__mro__:
        yield from _chosen(vars(base), reached)


def _reached(kind: type, names: set[str]) -> set[str]:
    """The names, with those in the code of methods so named, and so on."""
    found = (one for base in kind.__mro__ for _, one in _chosen(vars(base), names))
    codes = [one.__code__ for one in found if isinstance(one, FunctionType)]
    more = {name for code in codes if not is_library(code.co_filename) for name in _names(code)}
    return names if more <= names else _reached(kind, names | more)


def _chosen(namespace: Mapping[str, object], names: Iterable[str]) -> Iterator[tuple[str, object]]:
    for name in names:
        yield name, _inner(namespace.get(name))


def _inner(found: object) -> object:
    """The function of a property or of a method of a class."""
    if type(found) is property:
        return found.fget
    if type(found) is staticmethod or type(found) is classmethod:
        return found.__func__
    return found


def _is_own(module: ModuleType | None) -> bool:
    """Whether a module is the app's."""
    return not is_library(getattr(module, "__file__", None) or "<unknown>")


def _root(name: str | None) -> str:
    """`asyncio` of `asyncio.locks`."""
    return (name or "").partition(".")[0]
