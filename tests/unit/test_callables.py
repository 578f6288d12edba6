"""How a callable is to be called."""

import functools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest

from laneway.callables import CallKind, is_generator, kind_of, unwrapped


def function() -> None: ...


async def coroutine() -> None: ...


def generator() -> Iterator[None]:
    yield


async def async_generator() -> AsyncIterator[None]:
    yield


class WithCall:
    def __call__(self) -> None: ...


class WithCoroutineCall:
    async def __call__(self) -> None: ...


class WithGeneratorCall:
    def __call__(self) -> Iterator[None]:
        yield

    def method(self) -> None: ...

    async def coroutine_method(self) -> None: ...


class WithAsyncGeneratorCall:
    async def __call__(self) -> AsyncIterator[None]:
        yield

    __hash__ = None  # type: ignore[assignment]  # such objects are callables, too


def keeping(call: Callable[..., Any]) -> Callable[..., Any]:
    """A blocking decorator as most libraries write it."""

    @functools.wraps(call)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return call(*args, **kwargs)

    return wrapper


def awaiting(call: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator that makes a coroutine function of a plain one."""

    @functools.wraps(call)
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        return call(*args, **kwargs)

    return wrapper


KINDS: dict[str, tuple[Any, CallKind]] = {
    "function": (function, CallKind.sync),
    "coroutine function": (coroutine, CallKind.coroutine),
    "generator function": (generator, CallKind.generator),
    "async generator function": (async_generator, CallKind.async_generator),
    "class": (WithCall, CallKind.sync),
    "class whose objects are coroutine functions": (WithCoroutineCall, CallKind.sync),
    "object": (WithCall(), CallKind.sync),
    "object with coroutine call": (WithCoroutineCall(), CallKind.coroutine),
    "object with generator call": (WithGeneratorCall(), CallKind.generator),
    "unhashable object with async generator call": (WithAsyncGeneratorCall(), CallKind.async_generator),
    "method": (WithGeneratorCall().method, CallKind.sync),
    "coroutine method": (WithGeneratorCall().coroutine_method, CallKind.coroutine),
    "partial": (functools.partial(coroutine), CallKind.coroutine),
    "partial of partial": (functools.partial(functools.partial(async_generator)), CallKind.async_generator),
    "partial of object": (functools.partial(WithCoroutineCall()), CallKind.coroutine),
    "decorated coroutine function": (keeping(coroutine), CallKind.coroutine),
    "decorated generator function": (keeping(generator), CallKind.generator),
    "decorated async generator function": (keeping(async_generator), CallKind.async_generator),
    "function made a coroutine function": (awaiting(function), CallKind.coroutine),
    "context manager": (contextmanager(generator), CallKind.generator),
    "async context manager": (asynccontextmanager(async_generator), CallKind.async_generator),
    "lambda": (lambda: None, CallKind.sync),
    "builtin": (print, CallKind.sync),
}


@pytest.mark.parametrize(("call", "kind"), KINDS.values(), ids=KINDS.keys())
def test_the_kind_is_what_calling_gives(call: Any, kind: CallKind) -> None:
    assert kind_of(call) is kind


@pytest.mark.parametrize(("call", "kind"), KINDS.values(), ids=KINDS.keys())
def test_generators_are_those_of_either_colour(call: Any, kind: CallKind) -> None:
    assert is_generator(call) == (kind in (CallKind.generator, CallKind.async_generator))


def test_unwrapping_goes_through_partials_and_decorators() -> None:
    assert unwrapped(functools.partial(keeping(keeping(function)))) is function
