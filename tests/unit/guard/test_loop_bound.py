"""Which endpoints may leave the event loop's thread."""

import asyncio
import contextvars
import functools
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from types import SimpleNamespace
from typing import Annotated

import anyio
import pytest
from starlette.datastructures import State

from laneway import Depends, Laneway
from laneway.guard.loop_bound import why_bound

READY = asyncio.Event()
CONNECTION = sqlite3.connect(":memory:")
LOCAL = threading.local()
SETTINGS = SimpleNamespace(url="postgresql:///", queue=asyncio.Queue())
EVENTS = {"a": READY}
STATE = State({"ready": READY, "pool": object()})
APP = Laneway(openapi_url=None)
APP.state.ready = READY
USER: contextvars.ContextVar[str] = contextvars.ContextVar("user")


class Proxy:
    """What stands for an object of a request that there is not."""

    @property
    def __class__(self) -> type:
        raise RuntimeError("outside of a request")

    @__class__.setter
    def __class__(self, value: type) -> None:
        raise NotImplementedError


PROXY = Proxy()


class Rooms:
    """An object of the app that holds one of the loop's."""

    def __init__(self) -> None:
        self.changed = asyncio.Event()
        self.names: list[str] = []

    def add(self, name: str) -> None:
        self.names.append(name)
        self.changed.set()

    def count(self) -> int:
        return len(self.names)


ROOMS = Rooms()


def helper() -> None:
    deeper()


def deeper() -> None:
    asyncio.get_running_loop()


def harmless() -> float:
    time.sleep(0)
    return time.monotonic()


def decorated(function: Callable[..., Awaitable[object]]) -> Callable[..., Awaitable[object]]:
    @functools.wraps(function)
    async def around() -> object:
        return await function()

    return around


async def sleeps() -> float:
    return harmless()


async def connects() -> None:
    sqlite3.connect(":memory:").close()


async def sets_a_variable() -> str:
    USER.set("ada")
    return USER.get()


async def asks_an_object() -> int:
    return ROOMS.count()


async def reads_a_setting() -> str:
    return f"{SETTINGS.url} {PROXY}"


async def hands_a_coroutine_on() -> object:
    async def later() -> None:
        return None

    return later


async def awaits() -> None:
    await asyncio.sleep(0)


async def iterates(items: AsyncIterator[int]) -> None:
    async for _ in items:
        pass


async def enters(lock: "AsyncLock") -> None:  # type: ignore[name-defined]  # noqa: F821  # for type checkers alone
    async with lock:
        pass


async def streams() -> AsyncIterator[int]:
    yield 1


async def starts_a_task() -> None:
    SETTINGS.loop.create_task(None)


async def imports_within() -> None:
    from asyncio import current_task

    current_task()


async def asks_anyio() -> float:
    return anyio.current_time()


async def calls_a_helper() -> None:
    helper()


async def sets_an_event() -> None:
    READY.set()


async def sets_one_in_an_object() -> None:
    ROOMS.add("x")


async def sets_one_in_a_dictionary() -> None:
    EVENTS["a"].set()


async def sets_one_of_a_namespace() -> None:
    SETTINGS.queue.shutdown()


async def sets_one_of_a_state() -> None:
    STATE.ready.set()


async def sets_one_of_the_app() -> None:
    APP.state.ready.set()


async def makes_one() -> None:
    Rooms()


async def uses_a_connection() -> None:
    CONNECTION.execute("select 1")


async def uses_a_thread_local() -> None:
    LOCAL.x = 1


async def takes_an_event(event: Annotated[asyncio.Event, Depends(lambda: READY)]) -> None:
    event.set()


async def takes_a_connection(connection: sqlite3.Connection) -> None:
    connection.execute("select 1")


async def within_a_lambda() -> object:
    return lambda: asyncio.sleep(0)


def sets_what_is_around_it() -> Callable[..., Awaitable[object]]:
    done = asyncio.Event()

    async def endpoint() -> None:
        done.set()

    return endpoint


def plain() -> None:
    pass


@pytest.mark.parametrize(
    "endpoint",
    [sleeps, connects, sets_a_variable, asks_an_object, reads_a_setting, hands_a_coroutine_on],
)
def test_what_never_awaits_and_needs_nothing_of_the_loop_may_leave(
    endpoint: Callable[..., Awaitable[object]],
) -> None:
    assert why_bound(endpoint) is None


@pytest.mark.parametrize(("endpoint"), [awaits, iterates, enters, decorated(sleeps)])
def test_what_awaits_stays(endpoint: Callable[..., Awaitable[object]]) -> None:
    assert why_bound(endpoint) == "awaits"


@pytest.mark.parametrize(
    ("endpoint", "name"),
    [
        (starts_a_task, "create_task"),
        (imports_within, "asyncio"),
        (asks_anyio, "anyio"),
        (calls_a_helper, "asyncio"),
        (sets_an_event, "READY"),
        (sets_one_in_an_object, "ROOMS.changed"),
        (sets_one_in_a_dictionary, "EVENTS"),
        (sets_one_of_a_namespace, "SETTINGS.queue"),
        (sets_one_of_a_state, "STATE.ready"),
        (sets_one_of_the_app, "APP.state.ready"),
        (makes_one, "asyncio"),
        (uses_a_connection, "CONNECTION"),
        (uses_a_thread_local, "LOCAL"),
        (takes_an_event, "asyncio"),
        (takes_a_connection, "sqlite3"),
        (within_a_lambda, "asyncio"),
        (sets_what_is_around_it(), "done"),
    ],
)
def test_what_uses_something_of_the_loop_stays(endpoint: Callable[..., Awaitable[object]], name: str) -> None:
    """The reason names it."""
    reason = why_bound(endpoint)

    assert reason is not None
    assert reason.startswith(f"uses {name},")


@pytest.mark.parametrize("endpoint", [plain, streams, functools.partial(sleeps), Rooms])
def test_only_plain_coroutine_functions_may_leave(endpoint: Callable[..., object]) -> None:
    assert why_bound(endpoint) == "is no plain `async def` function"
