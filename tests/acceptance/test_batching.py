"""Batches behind endpoints: lanes, deadlines, refusals, contexts, event loops."""

import asyncio
import contextvars
import gc
import os
import threading
import weakref

import anyio.from_thread
import httpx2
import pytest

from laneway import Laneway, Request, Response, WebSocket, lanes, metrics
from laneway.batch import batch_stats, batched
from laneway.lanes import current_deadline
from laneway.lanes.label import serving
from laneway.testing import AsyncTestClient, TestClient
from tests.acceptance.running_lane import until
from tests.unit.batch import model as models
from tests.unit.batch.model import Model

user: contextvars.ContextVar[str] = contextvars.ContextVar("user", default="nobody")


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def app() -> Laneway:
    return Laneway(lanes={"math": lanes.processes(1), "db": lanes.threads(2)})


async def ask_at_once(app: Laneway, paths: list[str]) -> list[httpx2.Response]:
    """The replies to requests that are made together."""
    async with AsyncTestClient(app) as client:
        return list(await asyncio.gather(*map(client.get, paths)))


async def test_requests_share_a_batch_and_get_their_own_results(app: Laneway, model: Model) -> None:
    """What one reply says is of its own request."""
    double = app.batched(max_wait=1)(model.double)

    @app.get("/{number}")
    async def read(number: int) -> int:
        return await double(number)

    replies = await ask_at_once(app, [f"/{number}" for number in range(8)])

    assert [reply.json() for reply in replies] == [2 * number for number in range(8)]
    assert len(model.batches) < 8


async def test_an_error_of_one_item_is_one_reply(app: Laneway) -> None:
    """The others are served."""

    @app.batched(lane="loop")
    def double(numbers: list[int]) -> list[int | Exception]:
        return [2 * number if number else LookupError() for number in numbers]

    @app.exception_handler(LookupError)
    async def missing(request: Request, error: Exception) -> Response:
        return Response(status_code=404)

    @app.get("/{number}")
    async def read(number: int) -> int:
        return await double(number)

    assert [reply.status_code for reply in await ask_at_once(app, ["/0", "/1", "/2"])] == [404, 200, 200]


async def test_too_many_waiting_calls_are_answered_503(app: Laneway, model: Model) -> None:
    """With the advice when to come back, as by a full lane."""
    model.gate.clear()
    double = app.batched(queue=1, name="double")(model.double)

    @app.get("/{number}")
    async def read(number: int) -> int:
        return await double(number)

    async with AsyncTestClient(app) as client:
        first = asyncio.create_task(client.get("/1"))
        await until(lambda: model.batches)
        second = asyncio.create_task(client.get("/2"))
        await until(lambda: double.stats().queued)
        refused = await client.get("/3")
        model.gate.set()
        served = await asyncio.gather(first, second)

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert refused.json() == {"detail": "The server is busy (lane 'double'); try again in 1 s"}
    assert [reply.json() for reply in served] == [2, 4]


async def test_the_timeout_of_a_route_drops_what_waits(app: Laneway, model: Model) -> None:
    """504, and no batch has the item."""
    model.gate.clear()
    double = app.batched()(model.double)

    @app.get("/patient")
    async def wait() -> int:
        return await double(1)

    @app.get("/hurried", timeout=0.05)
    async def hurry() -> int:
        return await double(2)

    async with AsyncTestClient(app) as client:
        patient = asyncio.create_task(client.get("/patient"))
        await until(lambda: model.batches)
        hurried = await client.get("/hurried")
        model.gate.set()
        await patient

    assert hurried.status_code == 504
    assert model.batches == [[1]]
    assert double.stats().dropped == 1


async def test_a_batch_sees_nothing_of_the_requests(app: Laneway) -> None:
    """It is nobody's: no context variable, no deadline, a label of its own."""
    seen: list[object] = []

    @app.batched(name="look")
    async def look(items: list[int]) -> list[int]:
        label = serving.get()
        seen.append((user.get(), current_deadline().remaining(), label and label.route))
        user.set("a batch")
        return items

    @app.get("/", timeout=30)
    async def read() -> str:
        user.set("somebody")
        await look(1)
        return user.get()

    replies = await ask_at_once(app, ["/", "/"])

    assert [reply.json() for reply in replies] == ["somebody"] * 2
    assert set(seen) == {("nobody", float("inf"), "BATCH look")}


def test_a_def_runs_in_the_lane_it_names(app: Laneway) -> None:
    """Of the app that serves the request, also when the function knows no app."""

    @batched(lane="db")
    def name_thread(items: list[int]) -> list[str]:
        return [threading.current_thread().name for _ in items]

    @app.get("/")
    async def read() -> str:
        return await name_thread(1)

    with TestClient(app) as client:
        assert client.get("/").json().startswith("laneway-db-")


@pytest.mark.parametrize("of", ["module", "app"])
def test_a_decorated_function_runs_in_a_process(app: Laneway, of: str) -> None:
    """Its name stands for the batched function there, too, and it is the plain one that runs."""
    one = models.process_of if of == "module" else app.batched(lane="math")(models.process_of.function)

    @app.get("/{item}")
    async def read(item: int) -> tuple[int, int]:
        return await one(item)

    with TestClient(app) as client:
        item, process = client.get("/7").json()

    assert item == 7
    assert process != os.getpid()


def test_a_plain_function_with_a_batched_one_beside_it_runs_in_a_process(app: Laneway) -> None:
    """`square = batched(...)(_square)`: the name still stands for the function."""

    @app.get("/{item}")
    async def read(item: int) -> int:
        return await models.square(item)

    with TestClient(app) as client:
        assert client.get("/7").json() == 49


def test_threads_and_websockets_can_call_it(app: Laneway, model: Model) -> None:
    """Whoever has a way to the loop."""
    double = app.batched()(model.double)

    @app.get("/")
    def read() -> int:
        return anyio.from_thread.run(double, 4)

    @app.websocket("/ws")
    async def talk(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_json(await double(5))

    with TestClient(app) as client, client.websocket_connect("/ws") as websocket:
        assert (client.get("/").json(), websocket.receive_json()) == (8, 10)


def test_each_event_loop_has_batches_of_its_own_that_end_with_it() -> None:
    """Loops of several threads share nothing but the counters."""
    loops: list[weakref.ref[asyncio.AbstractEventLoop]] = []
    sizes: list[int] = []

    @batched(name="of several loops")
    async def double(numbers: list[int]) -> list[int]:
        sizes.append(len(numbers))
        return [2 * number for number in numbers]

    async def main() -> None:
        loops.append(weakref.ref(asyncio.get_running_loop()))
        assert await asyncio.gather(*(double(number) for number in range(4))) == [0, 2, 4, 6]

    threads = [threading.Thread(target=asyncio.run, args=(main(),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    del thread, threads
    gc.collect()

    assert sizes == [4, 4, 4]
    assert double.stats().items == 12
    assert [loop() for loop in loops] == [None] * 3


@pytest.fixture
def counted_app(app: Laneway) -> Laneway:
    """An app with metrics and a batched function."""
    pytest.importorskip("prometheus_client")
    double = app.batched(name="shop.double", max_size=9, lane="loop")(
        lambda numbers: [2 * one for one in numbers]
    )

    @app.get("/items/{number}")
    async def read(number: int) -> int:
        return await double(number)

    metrics.prometheus(app)
    return app


def test_batches_are_in_the_metrics(counted_app: Laneway) -> None:
    """By function."""
    with TestClient(counted_app) as client:
        for number in range(3):
            client.get(f"/items/{number}")
        text = client.get("/metrics").text

    label = f'function="shop.double",worker="{os.getpid()}"'
    assert f"laneway_batch_items_total{{{label}}} 3.0" in text
    assert f"laneway_batch_ended_total{{{label}}} 3.0" in text
    assert f"laneway_batch_max_size{{{label}}} 9.0" in text


def test_a_function_that_is_gone_is_counted_no_more() -> None:
    """Nothing keeps it."""
    batched(name="gone")(lambda numbers: numbers)
    gc.collect()

    assert "gone" not in {one.name for one in batch_stats()}
