"""`lanes.run` and `lanes.map` find the lanes of the app they belong to, wherever it calls them."""

import asyncio
import contextvars
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import anyio.from_thread
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from laneway import APIRouter, BackgroundTasks, Depends, Laneway, WebSocket, lanes
from laneway.responses import StreamingResponse
from laneway.testing import TestClient

LANES = {"db": lanes.threads(2)}


def here() -> str:
    """The lane of the thread that runs this; `loop` for the one that serves."""
    name = threading.current_thread().name
    return name.split("-")[1] if name.startswith("laneway-") else "loop"


async def by_hand() -> str:
    return await lanes.run("db", here)


def from_thread() -> str:
    """By hand, out of a thread."""
    return anyio.from_thread.run(by_hand)


@pytest.fixture
def found() -> list[str]:
    """The lanes in which calls ran."""
    return []


def start_and_stop(app: Laneway) -> None:
    with TestClient(app):
        pass


# --- around serving


def lifespan_that_calls(found: list[str], call: Callable[[], Awaitable[str]] = by_hand) -> Any:
    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        found.append(await call())
        yield
        found.append(await call())

    return lifespan


def test_a_lifespan_finds_them_at_start_and_stop(found: list[str]) -> None:
    start_and_stop(Laneway(lanes=LANES, lifespan=lifespan_that_calls(found)))

    assert found == ["db", "db"]


def test_mapping_finds_them_too(found: list[str]) -> None:
    async def call() -> str:
        return ",".join(await lanes.map("db", lambda _: here(), range(2)))

    start_and_stop(Laneway(lanes=LANES, lifespan=lifespan_that_calls(found, call)))

    assert found == ["db,db", "db,db"]


def test_the_lifespan_of_an_included_router_finds_them(found: list[str]) -> None:
    app = Laneway(lanes=LANES)
    app.include_router(APIRouter(lifespan=lifespan_that_calls(found)))
    start_and_stop(app)

    assert found == ["db", "db"]


def test_events_find_them(found: list[str]) -> None:
    async def note() -> None:
        found.append(await by_hand())

    app = Laneway(lanes=LANES)
    app.add_event_handler("startup", note)
    app.add_event_handler("shutdown", note)
    start_and_stop(app)

    assert found == ["db", "db"]


def test_each_app_finds_its_own_when_one_is_mounted_in_the_other(found: list[str]) -> None:
    """The names tell them apart: each has a lane that the other has not."""

    def calling(name: str) -> Any:
        return lifespan_that_calls(found, lambda: lanes.run(name, here))

    app = Laneway(lanes={"outer": lanes.threads(1)}, lifespan=calling("outer"))
    app.mount("/", Laneway(lanes={"inner": lanes.threads(1)}, lifespan=calling("inner")))
    start_and_stop(app)

    assert found == ["outer", "inner", "inner", "outer"]


def test_a_task_started_at_start_up_finds_them_while_requests_are_served(found: list[str]) -> None:
    go, done = threading.Event(), threading.Event()

    @asynccontextmanager
    async def lifespan(_: Laneway) -> AsyncIterator[None]:
        async def later() -> None:
            await asyncio.to_thread(go.wait, 10)
            found.append(await by_hand())
            done.set()

        task = asyncio.create_task(later())
        yield
        await task

    app = Laneway(lanes=LANES, lifespan=lifespan)
    with TestClient(app):
        go.set()
        assert done.wait(10)

    assert found == ["db"]


async def test_what_runs_within_a_lifespan_finds_them() -> None:
    """As a test does that starts the app itself; afterwards nothing is left of it."""
    app = Laneway(lanes=LANES)
    async with app.router.whole_lifespan(app):
        inside = await by_hand()

    assert inside == "db"
    with pytest.raises(lanes.UnknownLaneError):
        await by_hand()


async def test_a_lifespan_may_end_in_another_context_than_it_began(found: list[str]) -> None:
    """As in a fixture whose plugin runs its two halves in tasks of their own."""
    app = Laneway(lanes=LANES, lifespan=lifespan_that_calls(found))
    manager = app.router.whole_lifespan(app)
    for half in (manager.__aenter__, lambda: manager.__aexit__(None, None, None)):
        task: asyncio.Task[Any] = asyncio.create_task(half(), context=contextvars.Context())  # type: ignore[arg-type]
        await task

    assert found == ["db", "db"]


# --- while a request is served


def get(app: Laneway) -> Any:
    with TestClient(app) as client:
        return client.get("/").json()


def test_a_dependency_finds_them() -> None:
    app = Laneway(lanes=LANES)

    @app.get("/")
    async def read(where: str = Depends(by_hand)) -> str:
        return where

    assert get(app) == "db"


@pytest.mark.parametrize("lane", ["thread", "db"])
def test_an_endpoint_in_a_thread_finds_them(lane: str) -> None:
    """Also when it already runs in one of them."""
    app = Laneway(lanes=LANES)
    app.get("/", lane=lane)(from_thread)

    assert get(app) == "db"


def test_a_thread_of_a_thread_finds_them() -> None:
    """`asyncio.to_thread` takes the context along, and one made by hand may be given it."""
    app = Laneway(lanes=LANES)

    @app.get("/")
    async def read() -> list[str]:
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()

        def call() -> str:
            return asyncio.run_coroutine_threadsafe(by_hand(), loop).result(10)

        def inner() -> str:
            results: list[str] = []
            thread = threading.Thread(target=lambda: results.append(context.run(call)))
            thread.start()
            thread.join()
            return results[0]

        return [await asyncio.to_thread(call), await asyncio.to_thread(inner)]

    assert get(app) == ["db", "db"]


@pytest.mark.parametrize("colour", ["async", "def"])
def test_a_background_task_finds_them(found: list[str], colour: str) -> None:
    app = Laneway(lanes=LANES)

    async def in_coroutine() -> None:
        found.append(await by_hand())

    def in_thread() -> None:
        found.append(from_thread())

    @app.get("/")
    async def read(tasks: BackgroundTasks) -> None:
        tasks.add_task(in_coroutine if colour == "async" else in_thread)

    get(app)

    assert found == ["db"]


@pytest.mark.parametrize("colour", ["async", "def"])
def test_what_streams_finds_them(colour: str) -> None:
    async def awaiting() -> AsyncIterator[str]:
        yield f'"{await by_hand()}"'

    def blocking() -> Iterator[str]:
        yield f'"{from_thread()}"'

    app = Laneway(lanes=LANES)

    @app.get("/")
    async def read() -> StreamingResponse:
        return StreamingResponse(awaiting() if colour == "async" else blocking())

    assert get(app) == "db"


def test_a_websocket_finds_them() -> None:
    app = Laneway(lanes=LANES)

    @app.websocket("/")
    async def talk(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text(await by_hand())
        await websocket.close()

    with TestClient(app) as client, client.websocket_connect("/") as websocket:
        assert websocket.receive_text() == "db"


def test_middleware_finds_them(found: list[str]) -> None:
    """Before the route is known, and where none is found."""

    class Calling:
        def __init__(self, app: ASGIApp) -> None:
            self.app = app

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http":
                found.append(await by_hand())
            await self.app(scope, receive, send)

    app = Laneway(lanes=LANES)
    app.add_middleware(Calling)
    with TestClient(app) as client:
        client.get("/nothing")

    assert found == ["db"]


def test_without_a_declaration_of_that_name_the_error_lists_those_of_the_app(found: list[str]) -> None:
    app = Laneway(lanes={"disk": lanes.threads(1)}, lifespan=lifespan_that_calls(found))

    with pytest.raises(lanes.UnknownLaneError, match="there are disk, loop, process, thread"):
        start_and_stop(app)
