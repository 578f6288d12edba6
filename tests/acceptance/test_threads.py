"""Where sync parts of a request run, and that they never wait for each other in a circle."""

import asyncio
import contextvars
import queue
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Annotated, Self

import anyio.to_thread
import pytest
import uvicorn
from pydantic import BaseModel

from laneway import Depends, Laneway, UploadFile
from laneway.lanes.thread_lane import DEFAULT_LANE, in_thread
from laneway.responses import FileResponse
from laneway.testing import AsyncTestClient, TestClient

CONNECTIONS = 10
REQUESTS = 100
WORK_SECONDS = 0.01


class Server:
    """Uvicorn in a thread of this process, on a free port of the loopback interface."""

    def __init__(self, app: Laneway) -> None:
        self._server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none", loop="asyncio"))
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=2 * REQUESTS)
        self._thread = threading.Thread(target=lambda: self._server.run([self._socket]))

    def __enter__(self) -> Self:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.005)
        return self

    def __exit__(self, *error: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self._socket.close()

    def get(self, path: str) -> bytes:
        with socket.create_connection(self._socket.getsockname(), timeout=20) as client:
            client.sendall(f"GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n".encode())
            return b"".join(iter(lambda: client.recv(65536), b""))


class Answer(BaseModel):
    connection: int


@pytest.fixture
def pooled_app() -> Laneway:
    """An app whose `def` endpoint holds one of ten connections while it works."""
    app = Laneway(openapi_url=None)
    pool: queue.Queue[int] = queue.Queue()
    for number in range(CONNECTIONS):
        pool.put(number)

    def connection() -> Iterator[int]:
        taken = pool.get(timeout=10)
        try:
            yield taken
        finally:
            pool.put(taken)

    @app.get("/work")
    def work(taken: Annotated[int, Depends(connection)]) -> Answer:
        time.sleep(WORK_SECONDS)
        return Answer(connection=taken)

    return app


def test_a_hundred_requests_share_ten_connections_and_all_succeed(pooled_app: Laneway) -> None:
    """Requests that hold a connection never wait for a token that those waiting for a connection hold."""
    with Server(pooled_app) as server, ThreadPoolExecutor(REQUESTS) as clients:
        replies = list(clients.map(lambda _: server.get("/work"), range(REQUESTS)))

    assert [reply.split(b"\r\n")[0] for reply in replies] == [b"HTTP/1.1 200 OK"] * REQUESTS


@asynccontextmanager
async def all_threads_held() -> AsyncIterator[None]:
    """Every thread of the lane for endpoints is busy until the block ends."""
    await in_thread(lambda: None)  # sizes the lane
    release = threading.Event()
    held = threading.Semaphore(0)

    def hold() -> None:
        held.release()
        release.wait(30)

    tasks = [asyncio.create_task(in_thread(hold)) for _ in range(DEFAULT_LANE.size)]
    for _ in tasks:
        while not held.acquire(blocking=False):  # noqa: ASYNC110  # it is threads that say so
            await asyncio.sleep(0.001)
    try:
        yield
    finally:
        release.set()
        await asyncio.gather(*tasks)


@asynccontextmanager
async def all_tokens_held() -> AsyncIterator[None]:
    """Every token of AnyIO's default limiter, which users' own code takes, is held until the block ends."""
    limiter = anyio.to_thread.current_default_thread_limiter()
    tokens = [object() for _ in range(int(limiter.total_tokens))]
    for token in tokens:
        limiter.acquire_on_behalf_of_nowait(token)
    try:
        yield
    finally:
        for token in tokens:
            limiter.release_on_behalf_of(token)


async def test_clean_up_runs_while_all_threads_are_held() -> None:
    """What others wait for is given back although every thread is busy."""
    app = Laneway(openapi_url=None)
    cleaned = asyncio.Event()
    loop = asyncio.get_running_loop()

    def resource() -> Iterator[int]:
        yield 1
        loop.call_soon_threadsafe(cleaned.set)

    @app.get("/")
    async def read(_: Annotated[int, Depends(resource)]) -> str:
        await holding.enter_async_context(all_threads_held())
        await holding.enter_async_context(all_tokens_held())
        return "read"

    async with AsyncTestClient(app) as client:
        async with AsyncExitStack() as holding:
            request = asyncio.create_task(client.get("/"))
            await asyncio.wait([asyncio.create_task(cleaned.wait())], timeout=5)
            cleaned_while_held = cleaned.is_set()
        await request

    assert cleaned_while_held


async def test_a_file_is_served_while_all_threads_are_held(tmp_path: Path) -> None:
    """Files have a limiter of their own."""
    app = Laneway(openapi_url=None)
    file = tmp_path / "file.txt"
    file.write_text("content")

    @app.get("/")
    async def read() -> FileResponse:
        return FileResponse(file)

    async with AsyncTestClient(app) as client, all_threads_held():
        reply = await asyncio.wait_for(client.get("/"), 5)

    assert reply.text == "content"


async def test_an_upload_is_read_while_all_threads_are_held() -> None:
    """Uploads have a limiter of their own, too."""
    app = Laneway(openapi_url=None)

    @app.post("/")
    async def size(file: UploadFile) -> int:
        return len(await file.read())

    big = b"x" * (2 * 1024 * 1024)  # larger than what is kept in memory
    async with AsyncTestClient(app) as client, all_threads_held():
        reply = await asyncio.wait_for(client.post("/", files={"file": ("big", big)}), 10)

    assert reply.json() == len(big)


@pytest.fixture
def hops() -> Callable[[], int]:
    """How many calls the lane for endpoints has served since the test began."""
    before = DEFAULT_LANE.stats().served
    return lambda: DEFAULT_LANE.stats().served - before


def blocking(name: str, seen: dict[str, int]) -> str:
    """Stands for work that may block."""
    seen[name] = threading.get_ident()
    return name


def test_three_sync_dependencies_and_the_endpoint_share_one_hop(hops: Callable[[], int]) -> None:
    """One request, one token, one hop."""
    app = Laneway(openapi_url=None)
    seen: dict[str, int] = {}

    def first() -> str:
        return blocking("first", seen)

    def second(_: Annotated[str, Depends(first)]) -> str:
        return blocking("second", seen)

    def third() -> Iterator[str]:
        yield blocking("third", seen)

    @app.get("/")
    def read(_: Annotated[str, Depends(second)], __: Annotated[str, Depends(third)]) -> str:
        return blocking("endpoint", seen)

    TestClient(app).get("/")

    assert (hops(), len(set(seen.values()))) == (1, 1)


def test_an_async_dependency_between_sync_ones_costs_a_second_hop(hops: Callable[[], int]) -> None:
    """Order is kept: what stands after a coroutine runs after it."""
    app = Laneway(openapi_url=None)
    seen: dict[str, int] = {}

    def first() -> str:
        return blocking("first", seen)

    async def second() -> str:
        return blocking("second", seen)

    @app.get("/")
    def read(_: Annotated[str, Depends(first)], __: Annotated[str, Depends(second)]) -> str:
        return blocking("endpoint", seen)

    TestClient(app).get("/")

    assert (hops(), list(seen)) == (2, ["first", "second", "endpoint"])


def test_an_async_endpoint_takes_no_hop(hops: Callable[[], int]) -> None:
    app = Laneway(openapi_url=None)

    @app.get("/")
    async def read() -> str:
        return "read"

    TestClient(app).get("/")

    assert hops() == 0


def test_a_function_that_cannot_block_takes_no_hop(hops: Callable[[], int]) -> None:
    """Its bytecode proves that it returns at once."""
    app = Laneway(openapi_url=None)

    @app.get("/")
    def read(limit: int = 10) -> dict[str, int]:
        return {"limit": limit}

    TestClient(app).get("/")

    assert hops() == 0


def test_a_class_that_only_stores_its_arguments_takes_no_hop(hops: Callable[[], int]) -> None:
    app = Laneway(openapi_url=None)

    class Paging:
        def __init__(self, skip: int = 0, limit: int = 10) -> None:
            self.skip = skip
            self.limit = limit

    @app.get("/")
    async def read(paging: Annotated[Paging, Depends()]) -> list[int]:
        return [paging.skip, paging.limit]

    reply = TestClient(app).get("/?skip=5")

    assert (reply.json(), hops()) == ([5, 10], 0)


def test_a_result_is_validated_and_serialised_in_the_thread_of_its_endpoint() -> None:
    """A large reply of a `def` endpoint does not block the loop."""
    app = Laneway(openapi_url=None)
    seen: dict[str, int] = {}

    class Reply(BaseModel):
        name: str

        def model_post_init(self, _: object) -> None:
            blocking(self.name, seen)

    @app.get("/", response_model=Reply)
    def read() -> dict[str, str]:
        blocking("endpoint", seen)
        return {"name": "reply"}

    TestClient(app).get("/")

    assert seen["reply"] == seen["endpoint"]


def test_sync_parts_see_the_context_of_the_request() -> None:
    """Context variables that a coroutine dependency set reach the thread."""
    app = Laneway(openapi_url=None)
    user: contextvars.ContextVar[str] = contextvars.ContextVar("user", default="nobody")

    async def login() -> None:
        user.set("somebody")

    @app.get("/", dependencies=[Depends(login)])
    def read() -> str:
        return user.get()

    assert TestClient(app).get("/").json() == "somebody"
