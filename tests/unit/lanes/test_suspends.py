"""What the bytecode of coroutine functions proves about waiting."""

import functools
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from laneway.lanes.suspends import never_suspends


async def plain(value: int) -> list[int]:
    return [value * number for number in range(3) if number]


async def with_inner() -> Any:
    async def inner() -> None:
        await plain(1)

    return inner


async def awaits() -> list[int]:
    return await plain(1)


async def loops(items: AsyncIterator[int]) -> int:
    async for item in items:
        return item
    return 0


async def enters(lock: Any) -> None:
    async with lock:
        pass


async def comprehends(items: AsyncIterator[int]) -> list[int]:
    return [item async for item in items]


async def generates() -> AsyncIterator[int]:
    yield 1


def ordinary() -> None: ...


@functools.wraps(plain)
async def wrapped(value: int) -> list[int]:
    return await plain(value)


class Service:
    async def method(self) -> int:
        return 1

    async def waiting(self) -> list[int]:
        return await plain(1)

    async def __call__(self) -> int:
        return 1


@pytest.mark.parametrize("call", [plain, with_inner, Service().method, Service.method])
def test_a_coroutine_function_without_await_never_suspends(call: Callable[..., Any]) -> None:
    assert never_suspends(call)


@pytest.mark.parametrize(
    "call",
    [awaits, loops, enters, comprehends, generates, wrapped, Service().waiting],
)
def test_one_that_waits_for_something_may(call: Callable[..., Any]) -> None:
    assert not never_suspends(call)


@pytest.mark.parametrize("call", [ordinary, Service(), functools.partial(plain, 1), print])
def test_of_anything_else_nothing_is_known(call: Callable[..., Any]) -> None:
    assert not never_suspends(call)
