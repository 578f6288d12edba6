"""Where a declaration sends a call: `lane=` on app, router, include, route, dependency and function."""

import asyncio
import contextvars
import queue
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import pytest

from laneway import APIRouter, Depends, Form, Laneway, UploadFile, WebSocket
from laneway.exceptions import FastAPIError
from laneway.lanes import UnknownLaneError, lane, processes, run, threads
from laneway.responses import FileResponse, StreamingResponse
from laneway.testing import AsyncTestClient, TestClient

from .over_sockets import Reply, ask, serving

PATIENCE_SECONDS = 20
LANES = {"db": threads(4), "disk": threads(4), "math": processes(1)}


def here() -> str:
    """The lane of the thread that runs this: `db`, `thread`; `loop` for the one that serves."""
    name = threading.current_thread().name
    return name.split("-")[1] if name.startswith("laneway-") else "loop"


def get(app: Laneway, path: str = "/", **options: Any) -> Any:
    """The JSON of a reply, from an app that is started and stopped."""
    with TestClient(app) as client:
        return client.get(path, **options).json()


# --- declared where?


def test_without_a_declaration_def_runs_in_a_thread_and_async_def_on_the_loop() -> None:
    app = Laneway()

    @app.get("/def")
    def in_thread() -> str:
        return here()

    @app.get("/async")
    async def on_loop() -> str:
        return here()

    with TestClient(app) as client:
        assert (client.get("/def").json(), client.get("/async").json()) == ("thread", "loop")


def test_a_route_names_its_lane() -> None:
    app = Laneway(lanes=LANES)

    @app.get("/", lane="db")
    def read() -> str:
        return here()

    assert get(app) == "db"


def test_a_function_names_its_lane() -> None:
    app = Laneway(lanes=LANES)

    @app.get("/")
    @lane("db")
    def read() -> str:
        return here()

    assert get(app) == "db"


def test_a_dependency_names_its_lane() -> None:
    app = Laneway(lanes=LANES)

    @app.get("/")
    def read(where: Annotated[str, Depends(here, lane="disk")]) -> list[str]:
        return [where, here()]

    assert get(app) == ["disk", "thread"]


def test_a_dependency_without_a_lane_runs_in_that_of_its_endpoint() -> None:
    """Together with it, in one hop."""
    app = Laneway(lanes=LANES)

    @app.get("/", lane="db")
    def read(where: Annotated[str, Depends(here)]) -> list[str]:
        return [where, here()]

    assert get(app) == ["db", "db"]


def test_a_router_names_the_lane_of_its_routes() -> None:
    router = APIRouter(lane="db")
    router.get("/")(here)
    app = Laneway(lanes=LANES)
    app.include_router(router)

    assert get(app) == "db"


def test_an_include_names_the_lane_of_its_routes() -> None:
    router = APIRouter()
    router.get("/")(here)
    app = Laneway(lanes=LANES)
    app.include_router(router, lane="db")

    assert get(app) == "db"


def test_an_app_names_the_lane_of_its_routes() -> None:
    app = Laneway(lanes=LANES, lane="db")
    app.get("/")(here)

    assert get(app) == "db"


def test_a_lane_of_app_or_router_leaves_coroutines_on_the_loop() -> None:
    """It says where what blocks runs."""
    app = Laneway(lanes=LANES, lane="db")

    @app.get("/")
    async def read() -> str:
        return here()

    assert get(app) == "loop"


@pytest.mark.parametrize(
    ("route", "router", "include", "expected"),
    [
        ("db", "disk", "disk", "db"),
        (None, "db", "disk", "db"),
        (None, None, "db", "db"),
        (None, None, None, "disk"),
    ],
)
def test_the_nearest_declaration_holds(
    route: str | None, router: str | None, include: str | None, expected: str
) -> None:
    inner = APIRouter(lane=router)
    inner.get("/", lane=route)(here)
    app = Laneway(lanes=LANES, lane="disk")
    app.include_router(inner, lane=include)

    assert get(app) == expected


def test_a_def_endpoint_may_choose_the_loop() -> None:
    """For code that is known to be quick and must not change threads."""
    app = Laneway()

    @app.get("/", lane="loop")
    def read() -> str:
        return here()

    assert get(app) == "loop"


def test_a_yield_dependency_may_choose_the_loop() -> None:
    app = Laneway()
    seen: list[str] = []

    def resource() -> Iterator[str]:
        yield here()
        seen.append("closed")

    @app.get("/")
    async def read(where: Annotated[str, Depends(resource, lane="loop")]) -> str:
        return where

    assert (get(app), seen) == ("loop", ["closed"])


def test_a_name_that_is_no_identifier_is_a_good_name_for_a_lane() -> None:
    app = Laneway(lanes={"db-read only": threads(1)})

    @app.get("/", lane="db-read only")
    def read() -> str:
        return threading.current_thread().name

    assert get(app) == "laneway-db-read only-1"


def test_a_replacement_runs_in_the_lane_of_what_it_replaces() -> None:
    app = Laneway(lanes=LANES)

    def real() -> str:
        return "real"

    @app.get("/")
    async def read(where: Annotated[str, Depends(real, lane="disk")]) -> str:
        return where

    app.dependency_overrides[real] = here

    assert get(app) == "disk"


def test_a_yield_dependency_of_a_form_runs_in_its_lane() -> None:
    """Such a route is not compiled; its calls go where the others' go."""
    app = Laneway(lanes=LANES)

    def resource() -> Iterator[str]:
        yield here()

    @app.post("/", lane="db")
    def read(where: Annotated[str, Depends(resource)], name: Annotated[str, Form()]) -> list[str]:
        return [where, here(), name]

    with TestClient(app) as client:
        assert client.post("/", data={"name": "x"}).json() == ["db", "db", "x"]


def test_a_dependency_of_a_websocket_runs_in_its_lane() -> None:
    app = Laneway(lanes=LANES)

    @app.websocket("/")
    async def talk(websocket: WebSocket, where: Annotated[str, Depends(here, lane="db")]) -> None:
        await websocket.accept()
        await websocket.send_text(where)
        await websocket.close()

    with TestClient(app) as client, client.websocket_connect("/") as websocket:
        assert websocket.receive_text() == "db"


def test_a_call_by_hand_finds_the_lanes_of_the_app_that_serves() -> None:
    app = Laneway(lanes=LANES)

    @app.get("/")
    async def read() -> str:
        return await run("db", here)

    assert get(app) == "db"


def test_apps_with_a_lane_of_the_same_name_do_not_wait_for_each_other() -> None:
    """A mounted app has lanes of its own."""
    outer, inner = Laneway(lanes={"db": threads(1)}), Laneway(lanes={"db": threads(1)})
    meeting = threading.Barrier(2)

    def meet() -> str:
        meeting.wait(PATIENCE_SECONDS)
        return here()

    outer.get("/", lane="db")(meet)
    inner.get("/", lane="db")(meet)
    outer.mount("/inner", inner)

    async def both() -> list[Any]:
        async with AsyncTestClient(outer) as client:
            replies = await asyncio.gather(client.get("/"), client.get("/inner/"))
            return [reply.json() for reply in replies]

    assert asyncio.run(both()) == ["db", "db"]


# --- hops


def test_consecutive_sync_parts_of_one_lane_share_a_thread_and_a_hop() -> None:
    app = Laneway(lanes=LANES)
    idents: list[int] = []

    def note() -> None:
        idents.append(threading.get_ident())

    def resource() -> Iterator[None]:
        note()
        yield

    @app.get("/", lane="db", dependencies=[Depends(note), Depends(resource)])
    def read() -> None:
        note()

    get(app)

    assert (len(idents), len(set(idents)), app.lanes["db"].stats().served) == (3, 1, 1)


def test_each_change_of_lane_is_a_hop() -> None:
    app = Laneway(lanes=LANES)

    @app.get("/", lane="db", dependencies=[Depends(here, lane="disk")])
    def read() -> str:
        return here()

    get(app)

    assert [app.lanes[name].stats().served for name in ("disk", "db")] == [1, 1]


# --- context variables

user: contextvars.ContextVar[str] = contextvars.ContextVar("user", default="nobody")


def set_user() -> None:
    user.set("ann")


async def set_user_on_the_loop() -> None:
    user.set("ann")


def closing_user() -> Iterator[None]:
    user.set("ann")
    yield


@pytest.mark.parametrize("dependency", [set_user, set_user_on_the_loop, closing_user])
@pytest.mark.parametrize("lane_of_dependency", [None, "disk"])
@pytest.mark.parametrize("timeout", [None, 60.0])
def test_what_a_dependency_sets_is_seen_by_the_endpoint(
    dependency: Callable[[], object], lane_of_dependency: str | None, timeout: float | None
) -> None:
    """Whatever the colour of either, their lanes, and whether the request has a deadline."""
    if dependency is set_user_on_the_loop:
        lane_of_dependency = None
    app = Laneway(lanes=LANES, timeout=timeout)
    depends = [Depends(dependency, lane=lane_of_dependency)]

    @app.get("/def", lane="db", dependencies=depends)
    def read() -> str:
        return user.get()

    @app.get("/async", dependencies=depends)
    async def read_on_the_loop() -> str:
        return user.get()

    with TestClient(app) as client:
        assert [client.get("/def").json(), client.get("/async").json()] == ["ann", "ann"]


def test_what_a_request_sets_is_not_seen_by_the_next() -> None:
    app = Laneway(lanes={"db": threads(1)})

    @app.get("/", lane="db")
    def read() -> str:
        before = user.get()
        user.set("ann")
        return before

    with TestClient(app) as client:
        assert [client.get("/").json() for _ in range(2)] == ["nobody", "nobody"]


# --- mistakes, told when the app starts


def refusal(app: Laneway) -> str:
    with pytest.raises(FastAPIError) as refused, TestClient(app):
        """The app does not start."""
    return str(refused.value)


def test_an_app_with_an_unknown_lane_does_not_start() -> None:
    app = Laneway(lanes=LANES)
    app.get("/", lane="dbb")(here)

    assert refusal(app).startswith(
        "there is no lane 'dbb'; there are db, disk, loop, math, process, thread; declare"
    )


def test_the_unknown_lane_is_an_error_of_its_own_kind() -> None:
    app = Laneway(lane="dbb")
    app.get("/")(here)

    with pytest.raises(UnknownLaneError), TestClient(app):
        """The app does not start."""


@pytest.mark.parametrize("name", ["thread", "db", "math"])
def test_a_coroutine_in_a_lane_of_threads_or_processes_is_refused_with_the_way_out(name: str) -> None:
    app = Laneway(lanes=LANES)

    @app.get("/", lane=name)
    async def read() -> None:
        """It would need an event loop there."""

    assert refusal(app).endswith(
        f"is `async def` and cannot run in lane '{name}': it would need an event loop of its own. "
        f'Make it `def`, or call the blocking part with `await lanes.run("{name}", ...)`'
    )


def test_a_coroutine_may_name_the_loop() -> None:
    app = Laneway()

    @app.get("/", lane="loop")
    async def read() -> str:
        return here()

    assert get(app) == "loop"


def test_a_yield_dependency_in_a_process_is_refused_with_the_way_out() -> None:
    app = Laneway(lanes=LANES)

    def resource() -> Iterator[int]:
        yield 1

    @app.get("/")
    def read(_: Annotated[int, Depends(resource, lane="math")]) -> None:
        """Not reached."""

    assert refusal(app).endswith(
        "yields and cannot run in lane 'math': what it opens would stay in another process. "
        'Give it a thread lane, as in Depends(..., lane="thread")'
    )


def test_a_function_that_no_process_can_import_is_refused() -> None:
    app = Laneway(lanes=LANES)

    @app.get("/", lane="math")
    def inside_another_function() -> str:
        return here()

    with pytest.raises(Exception, match="cannot cross to another process"), TestClient(app):
        """The app does not start."""


# --- what the lanes are for


class Pool:
    """A database with ten connections; whoever finds none in ten seconds has failed."""

    def __init__(self) -> None:
        self._free: queue.Queue[int] = queue.Queue()
        for number in range(10):
            self._free.put(number)

    def connection(self) -> Iterator[int]:
        taken = self._free.get(timeout=10)
        try:
            yield taken
        finally:
            self._free.put(taken)


@pytest.mark.parametrize("name", ["thread", "db"])
async def test_a_hundred_requests_share_ten_connections_and_all_succeed(name: str) -> None:
    """Requests that hold a connection never wait for those that wait for one; no tuning."""
    app, pool = Laneway(lanes=LANES), Pool()

    @app.get("/", lane=name, response_model=dict[str, int])
    def read(connection: Annotated[int, Depends(pool.connection)]) -> dict[str, int]:
        time.sleep(0.01)
        return {"connection": connection}

    async with serving(app) as address:
        replies = await asyncio.gather(*(ask(address, "/") for _ in range(100)))

    assert [reply.status for reply in replies] == [200] * 100


@asynccontextmanager
async def all_threads_busy(app: Laneway) -> AsyncIterator[tuple[str, int]]:
    """The address of an app whose 40 threads for `def` endpoints are taken, and as many requests wait for them."""
    release, busy = threading.Event(), threading.Semaphore(0)

    @app.get("/busy")
    def hold() -> str:
        busy.release()
        release.wait(PATIENCE_SECONDS)
        return "held"

    async with serving(app) as address:
        held = [asyncio.create_task(ask(address, "/busy")) for _ in range(80)]
        for _ in range(40):
            await asyncio.to_thread(busy.acquire, timeout=PATIENCE_SECONDS)
        try:
            yield address
            assert not any(task.done() for task in held)
        finally:
            release.set()
        replies: list[Reply] = await asyncio.gather(*held)
    assert {reply.status for reply in replies} == {200}


async def test_forty_busy_endpoints_do_not_delay_a_file(tmp_path: Path) -> None:
    """Files have threads of their own."""
    app = Laneway()
    (tmp_path / "file.txt").write_text("content")

    @app.get("/file")
    async def file() -> FileResponse:
        return FileResponse(tmp_path / "file.txt")

    async with all_threads_busy(app) as address:
        reply = await asyncio.wait_for(ask(address, "/file"), PATIENCE_SECONDS / 2)

    assert reply.body == b"content"


async def test_forty_busy_endpoints_do_not_delay_an_upload() -> None:
    """Nor one so large that it is written to the disk."""
    app, size = Laneway(), 3 * 1024 * 1024
    body = (
        b'--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n'
        + bytes(size)
        + b"\r\n--x--"
    )

    @app.post("/upload")
    async def upload(file: UploadFile) -> int:
        return len(await file.read())

    async with all_threads_busy(app) as address:
        headers = {"content-type": "multipart/form-data; boundary=x"}
        asked = ask(address, "/upload", method="POST", body=body, **headers)
        reply = await asyncio.wait_for(asked, PATIENCE_SECONDS / 2)

    assert (reply.status, reply.json()) == (200, size)


async def test_a_busy_lane_does_not_delay_another() -> None:
    app, release, busy = Laneway(lanes={"db": threads(1)}), threading.Event(), threading.Event()

    @app.get("/db", lane="db")
    def hold() -> str:
        busy.set()
        release.wait(PATIENCE_SECONDS)
        return here()

    app.get("/other")(here)

    async with serving(app) as address:
        held = asyncio.create_task(ask(address, "/db"))
        await asyncio.to_thread(busy.wait, PATIENCE_SECONDS)
        reply = await asyncio.wait_for(ask(address, "/other"), PATIENCE_SECONDS / 2)
        release.set()
        await held

    assert reply.json() == "thread"


# --- streams


@pytest.mark.parametrize("chosen", [None, "db"])
def test_a_generator_endpoint_runs_in_its_lane(chosen: str | None) -> None:
    app = Laneway(lanes=LANES)

    @app.get("/", lane=chosen)
    def stream() -> Iterator[str]:
        yield here()

    assert get(app) == (chosen or "thread")


def test_a_response_that_streams_keeps_its_place_until_it_ends() -> None:
    app = Laneway(lanes=LANES)
    places: list[int] = []

    async def chunks() -> AsyncIterator[str]:
        places.append(app.lanes["db"].stats().admitted)
        yield "x"

    @app.get("/", lane="db")
    def stream() -> StreamingResponse:
        return StreamingResponse(chunks())

    with TestClient(app) as client:
        client.get("/")
        places.append(app.lanes["db"].stats().admitted)

    assert places == [1, 0]
