"""What calling something gives: a value, a coroutine, or a generator of either colour."""

import inspect
import sys
from collections.abc import Callable, Iterator
from enum import Enum
from functools import lru_cache, partial
from typing import Any

if sys.version_info >= (3, 13):
    from inspect import iscoroutinefunction
else:
    # inspect's version does not see functions marked through asyncio.coroutines._is_coroutine.
    from asyncio import iscoroutinefunction


class CallKind(Enum):
    """How a callable is to be called."""

    sync = "def"  # may block: call it in a thread
    coroutine = "async def"  # await it on the loop
    generator = "def with yield"  # a context manager to enter in a thread
    async_generator = "async def with yield"  # a context manager to enter on the loop


class _Identity:
    """Hashes any object by what it is, so that unhashable callables can be cache keys."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and self.value is other.value


def hashable(call: Any) -> Any:
    """The callable itself; in place of an object without a hash, a dataclass say, the method that calls just this one."""
    try:
        hash(call)
    except TypeError:
        return call.__call__
    return call


def without_partial(call: Any) -> Any:
    """The function below any number of `functools.partial`."""
    while isinstance(call, partial):
        call = call.func
    return call


def unwrapped(call: Any) -> Any:
    """The function below partials and decorators that keep `__wrapped__`."""
    return inspect.unwrap(without_partial(call))


def _faces(call: Any) -> Iterator[Any]:
    """The functions that may run when `call` is called: itself, what it wraps, their `__call__`."""
    outer, inner = without_partial(call), unwrapped(call)
    yield outer
    yield inner
    if inspect.isclass(inner):  # calling a class makes an instance; its __call__ is not run
        return
    for owner in (outer, inner):
        method = getattr(owner, "__call__", None)  # noqa: B004  # the function itself is wanted, not its presence
        if method is not None:
            yield without_partial(method)
            yield unwrapped(method)


def _is_coroutine_function(face: Any) -> bool:
    return inspect.isroutine(face) and iscoroutinefunction(face)


@lru_cache(maxsize=4096)
def _kind_of(identity: _Identity) -> CallKind:
    faces = list(_faces(identity.value))
    # A blocking wrapper of an async generator function gives its async generator.
    if any(inspect.isasyncgenfunction(face) for face in faces):
        return CallKind.async_generator
    if any(inspect.isgeneratorfunction(face) for face in faces):
        return CallKind.generator
    if any(_is_coroutine_function(face) for face in faces):
        return CallKind.coroutine
    return CallKind.sync


def kind_of(call: Callable[..., Any]) -> CallKind:
    """How `call` is to be called; looks through partials, decorators and callable objects."""
    return _kind_of(_Identity(call))


def is_generator(call: Callable[..., Any]) -> bool:
    """Whether calling gives a generator of either colour."""
    return kind_of(call) in (CallKind.generator, CallKind.async_generator)
