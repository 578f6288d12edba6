"""What happens when there is more to do than can be done: refusal, deadlines, clients that leave."""

import asyncio
import json
import logging
import math
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any, NamedTuple

import anyio
import pytest

from examples.lanes.storm import CAPACITY, QUEUE, SERVICE_SECONDS, Result, at, numbers_of, storm
from examples.serving import served
from laneway import APIRouter, BackgroundTasks, Depends, Form, HTTPException, Laneway, Request
from laneway.lanes import Deadline, current_deadline, run, threads
from laneway.lanes import map as lanes_map
from laneway.responses import StreamingResponse
from laneway.testing import AsyncTestClient, TestClient

from .over_sockets import ask, asking, request, serving

PATIENCE_SECONDS = 10
SOON_SECONDS = 0.05  # a deadline that a test waits for


async def until(true: Callable[[], object]) -> None:
    """Wait for what happens in a thread or task."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not true():  # noqa: ASYNC110 - no event tells it
            await asyncio.sleep(0.001)


@dataclass(eq=False)
class Held:
    """A blocking endpoint that stays in its thread until it is released."""

    release: threading.Event = field(default_factory=threading.Event)
    began: list[float] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)

    def __call__(self) -> str:
        self.began.append(time.monotonic())
        self.release.wait(PATIENCE_SECONDS)
        self.ended.append(time.monotonic())
        return "held"


@pytest.fixture
def held() -> Iterator[Held]:
    held = Held()
    yield held
    held.release.set()


# --- a full lane


@dataclass
class Full:
    """An app whose lane is full: one request runs, one waits."""

    client: AsyncTestClient
    app: Laneway
    calls: list[str]
    held: Held


@pytest.fixture
async def full(held: Held) -> AsyncIterator[Full]:
    app, calls = Laneway(lanes={"db": threads(1, queue=1)}), list[str]()

    async def dependency() -> None:
        calls.append("dependency")

    app.get("/", lane="db", dependencies=[Depends(dependency)])(held)

    @app.post("/form", lane="db", dependencies=[Depends(dependency)])
    def form(name: Annotated[str, Form()]) -> str:
        calls.append("form")
        return name

    async with AsyncTestClient(app) as client:
        tasks = [asyncio.create_task(client.get("/")) for _ in range(2)]
        await until(lambda: app.lanes["db"].stats().admitted == 2 and held.began)
        calls.clear()
        yield Full(client, app, calls, held)
        held.release.set()
        await asyncio.gather(*tasks)


async def test_a_request_to_a_full_lane_is_answered_with_503(full: Full) -> None:
    reply = await full.client.get("/")

    assert (reply.status_code, reply.json()) == (
        503,
        {"detail": "The server is busy (lane 'db'); try again in 1 s"},
    )


async def test_a_refused_request_calls_nothing(full: Full) -> None:
    """Not even its first dependency; refusing is cheap."""
    await full.client.get("/")

    assert full.calls == []


async def test_a_request_that_is_not_compiled_is_refused_as_well(full: Full) -> None:
    """Before its form is read."""
    reply = await full.client.post("/form", data={"name": "x"})

    assert (reply.status_code, full.calls) == (503, [])


async def test_refusals_are_counted(full: Full) -> None:
    for _ in range(3):
        await full.client.get("/")

    assert full.app.lanes["db"].stats().refused == 3


async def test_a_refusal_is_logged_with_route_and_lane(full: Full, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "laneway.lanes"):
        await full.client.get("/")

    (record,) = caplog.records
    assert (vars(record)["lane"], vars(record)["route"]) == ("db", "/")


async def test_a_storm_of_refusals_does_not_become_a_storm_of_lines(
    full: Full, caplog: pytest.LogCaptureFixture
) -> None:
    """One a second for each lane, which tells how many there were."""
    with caplog.at_level(logging.WARNING, "laneway.lanes"):
        await asyncio.gather(*(full.client.get("/") for _ in range(50)))

    assert len(caplog.records) < 25


async def test_a_lane_has_room_again_when_requests_have_ended(full: Full) -> None:
    full.held.release.set()
    await until(lambda: full.app.lanes["db"].stats().admitted == 0)

    assert (await full.client.get("/")).status_code == 200


async def test_retry_after_follows_from_the_time_that_calls_take() -> None:
    """Two seconds a call, one at a time: who finds one waiting is told to come back in four."""
    app = Laneway(lanes={"db": threads(1, queue=1)})
    held = Held()
    app.get("/", lane="db")(held)
    app.lanes["db"]._service.add(2.0)  # type: ignore[union-attr]  # as if it had been measured

    async with AsyncTestClient(app) as client:
        tasks = [asyncio.create_task(client.get("/")) for _ in range(2)]
        await until(lambda: app.lanes["db"].stats().admitted == 2)
        reply = await client.get("/")
        held.release.set()
        await asyncio.gather(*tasks)

    assert reply.headers["retry-after"] == "4"


async def test_an_app_may_answer_refusals_in_its_own_way(held: Held) -> None:
    from laneway.lanes.errors import LaneFullError
    from laneway.responses import PlainTextResponse

    app = Laneway(lanes={"db": threads(1, queue=0)})
    app.get("/", lane="db")(held)

    @app.exception_handler(LaneFullError)
    async def busy(_: Request, error: LaneFullError) -> PlainTextResponse:
        return PlainTextResponse(f"{error.lane} has no time", 429)

    async with AsyncTestClient(app) as client:
        task = asyncio.create_task(client.get("/"))
        await until(lambda: held.began)
        reply = await client.get("/")
        held.release.set()
        await task

    assert (reply.status_code, reply.text) == (429, "db has no time")


# --- places are given back


def app_with_endings() -> Laneway:
    """Requests in a lane with one place, which end in all ways there are."""
    app = Laneway(lanes={"db": threads(1, queue=0)})

    def dependency() -> Iterator[None]:
        yield

    opened = [Depends(dependency)]

    @app.get("/well", lane="db", dependencies=opened)
    def well() -> str:
        return threading.current_thread().name

    @app.get("/badly", lane="db", dependencies=opened)
    def badly() -> None:
        raise RuntimeError(threading.current_thread().name)

    @app.get("/refused", lane="db", dependencies=opened)
    def refused() -> None:
        raise HTTPException(404, threading.current_thread().name)

    @app.get("/invalid", lane="db")
    def invalid(number: int) -> int:
        return abs(number)

    @app.get("/late", lane="db", timeout=SOON_SECONDS)
    def late() -> None:
        time.sleep(2 * SOON_SECONDS)

    @app.get("/stream", lane="db")
    def stream() -> Iterator[str]:
        yield from map(str, range(3))

    @app.get("/broken-stream", lane="db")
    def broken_stream() -> Iterator[str]:
        yield "1"
        raise RuntimeError

    @app.get("/response", lane="db", dependencies=opened)
    def response() -> StreamingResponse:
        return StreamingResponse(iter(["x"]))

    @app.get("/background", lane="db")
    def background(tasks: BackgroundTasks) -> str:
        tasks.add_task(time.sleep, 0.001)
        return threading.current_thread().name

    return app


@pytest.mark.parametrize(
    "path",
    [
        "/well",
        "/badly",
        "/refused",
        "/invalid",
        "/invalid?number=1",
        "/late",
        "/stream",
        "/broken-stream",
        "/response",
        "/background",
    ],
)
async def test_a_place_is_given_back_however_a_request_ends(path: str) -> None:
    """There is one place; each request needs it."""
    app = app_with_endings()

    async with AsyncTestClient(app, raise_server_exceptions=False) as client:
        for _ in range(3):
            try:
                reply = await client.get(path)
            except Exception:  # noqa: BLE001 - a stream that breaks off
                assert path == "/broken-stream"
            else:
                assert reply.status_code != 503
            await until(lambda: app.lanes["db"].stats().admitted == 0)


@pytest.mark.parametrize("timeout", [None, PATIENCE_SECONDS])
async def test_a_place_is_given_back_when_a_request_is_cancelled(timeout: float | None, held: Held) -> None:
    """As servers do that stop."""
    app = Laneway(lanes={"db": threads(1, queue=1)}, timeout=timeout)
    app.get("/", lane="db")(held)

    async with AsyncTestClient(app) as client:
        tasks = [asyncio.create_task(client.get("/")) for _ in range(2)]
        await until(lambda: app.lanes["db"].stats().admitted == 2 and held.began)
        for task in tasks:
            task.cancel()
        await until(lambda: app.lanes["db"].stats().admitted == 1)
        held.release.set()
        await asyncio.wait(tasks)
        await until(lambda: app.lanes["db"].stats().admitted == 0)

    assert len(held.began) == 1


# --- deadlines: declared where?


async def wait() -> str:
    """An endpoint that waits without blocking, longer than any deadline here."""
    await asyncio.sleep(PATIENCE_SECONDS)
    return "waited"


def status(app: Laneway, **headers: str) -> int:
    with TestClient(app) as client:
        code: int = client.get("/", headers=headers).status_code
        return code


def test_a_route_has_a_deadline() -> None:
    app = Laneway()
    app.get("/", timeout=SOON_SECONDS)(wait)

    assert status(app) == 504


def test_an_app_has_a_deadline() -> None:
    app = Laneway(timeout=SOON_SECONDS)
    app.get("/")(wait)

    assert status(app) == 504


def test_a_router_has_a_deadline() -> None:
    app, router = Laneway(), APIRouter(timeout=SOON_SECONDS)
    router.get("/")(wait)
    app.include_router(router)

    assert status(app) == 504


def test_an_include_has_a_deadline() -> None:
    app, router = Laneway(), APIRouter()
    router.get("/")(wait)
    app.include_router(router, timeout=SOON_SECONDS)

    assert status(app) == 504


def test_a_lane_has_a_deadline(held: Held) -> None:
    app = Laneway(lanes={"db": threads(1, timeout=SOON_SECONDS)})
    app.get("/", lane="db")(held)

    with TestClient(app) as client:
        reply = client.get("/")
        held.release.set()

    assert reply.status_code == 504


LONG = 3600.0


@pytest.mark.parametrize(
    ("route", "router", "include", "app", "expected"),
    [
        (1.0, 2.0, 3.0, 4.0, 1.0),
        (None, 2.0, 3.0, 4.0, 2.0),
        (None, None, 3.0, 4.0, 3.0),
        (None, None, None, 4.0, 4.0),
        (LONG, 2.0, 3.0, 4.0, LONG),  # also when it is longer
        (math.inf, 2.0, 3.0, 4.0, math.inf),  # as long as it takes
        (None, None, None, None, math.inf),
    ],
)
@pytest.mark.parametrize("lane_timeout", [None, 0.5])
def test_the_nearest_deadline_holds_and_a_lane_may_shorten_it(
    route: float | None,
    router: float | None,
    include: float | None,
    app: float | None,
    expected: float,
    lane_timeout: float | None,
) -> None:
    inner = APIRouter(timeout=router)

    @inner.get("/", timeout=route, lane="db")
    def read(deadline: Deadline) -> float | str:
        return "unlimited" if deadline.remaining() == math.inf else deadline.seconds

    outer = Laneway(timeout=app, lanes={"db": threads(1, timeout=lane_timeout)})
    outer.include_router(inner, timeout=include)

    with TestClient(outer) as client:
        given = client.get("/").json()

    holds = min(expected, lane_timeout or math.inf)
    assert given == ("unlimited" if holds == math.inf else holds)


@pytest.mark.parametrize("timeout", [0, -1.0])
def test_a_route_without_any_time_is_refused(timeout: float) -> None:
    with pytest.raises(ValueError, match=f"more than 0 seconds, not {timeout}"):
        Laneway().get("/", timeout=timeout)(wait)


def test_an_app_without_any_time_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 0 seconds, not 0"):
        Laneway(timeout=0)


# --- deadlines: what the client and the log hear


def detail(app: Laneway) -> str:
    with TestClient(app) as client:
        reply = client.get("/")
    assert reply.status_code == 504
    text: str = reply.json()["detail"]
    return text


def test_the_client_hears_where_a_coroutine_was() -> None:
    """Lane, file, line and function; no folder of the server."""
    app = Laneway()
    app.get("/", timeout=SOON_SECONDS)(wait)
    line = wait.__code__.co_firstlineno + 2

    assert detail(app) == f"No result within 0.05 s (lane 'loop', running test_overload.py:{line} wait)"


def test_the_client_hears_what_ran_in_a_thread(held: Held) -> None:
    app = Laneway(lanes={"db": threads(1)})

    @app.get("/", timeout=SOON_SECONDS, lane="db")
    def read() -> None:
        held.release.wait(4 * SOON_SECONDS)

    assert detail(app).startswith("No result within 0.05 s (lane 'db', running ")
    assert app.lanes["db"].stats().abandoned == 1


async def test_the_client_hears_that_it_waited_in_the_queue(held: Held) -> None:
    """The lane needs to be larger, not the function faster."""
    app = Laneway(lanes={"db": threads(1)})
    app.get("/held", lane="db")(held)

    @app.get("/", timeout=SOON_SECONDS, lane="db")
    def read() -> str:
        return threading.current_thread().name

    async with AsyncTestClient(app) as client:
        first = asyncio.create_task(client.get("/held"))
        await until(lambda: held.began)
        reply = await client.get("/")
        held.release.set()
        await first

    assert reply.json()["detail"].startswith("No result within 0.05 s (lane 'db', waiting in the queue with ")


def test_the_client_hears_of_the_lane_of_a_dependency(held: Held) -> None:
    """Where the time went, not where the endpoint would have run."""
    app = Laneway(lanes={"db": threads(1)})

    def slow() -> None:
        held.release.wait(4 * SOON_SECONDS)

    @app.get("/", timeout=SOON_SECONDS, dependencies=[Depends(slow, lane="db")])
    async def read() -> None:
        """Not reached."""

    assert "lane 'db'" in detail(app)


def test_a_deadline_is_counted_in_the_lane() -> None:
    app = Laneway(lanes={"db": threads(1)})

    @app.get("/", timeout=SOON_SECONDS, lane="db")
    def read() -> None:
        time.sleep(2 * SOON_SECONDS)

    detail(app)

    assert app.lanes["db"].stats().timed_out == 1


def test_an_error_after_the_deadline_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """The client has its answer; nobody else would hear of it."""
    app, raised = Laneway(), threading.Event()

    @app.get("/", timeout=SOON_SECONDS)
    async def read() -> None:
        try:
            await asyncio.sleep(PATIENCE_SECONDS)
        finally:
            raised.set()
            raise RuntimeError("while cleaning up")

    with caplog.at_level(logging.ERROR, "laneway.lanes"):
        detail(app)

    assert "while cleaning up" in caplog.text


# --- deadlines: what is cancelled


def test_a_coroutine_is_cancelled_where_it_waits_and_cleans_up() -> None:
    app, seen = Laneway(), list[str]()

    async def resource() -> AsyncIterator[None]:
        try:
            yield
        finally:
            seen.append("closed")

    @app.get("/", timeout=SOON_SECONDS, dependencies=[Depends(resource)])
    async def read() -> None:
        try:
            await asyncio.sleep(PATIENCE_SECONDS)
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    detail(app)

    assert seen == ["cancelled", "closed"]


async def test_a_thread_that_runs_is_waited_for_before_the_request_is_cleaned_up(held: Held) -> None:
    """The client has its answer long before; what the thread uses stays open until it ends."""
    app, events = Laneway(lanes={"db": threads(1)}), list[str]()

    def connection() -> Iterator[None]:
        try:
            yield
        finally:
            events.append("closed")

    @app.get("/", timeout=SOON_SECONDS, lane="db", dependencies=[Depends(connection)])
    def read() -> None:
        held()
        events.append("ended")

    async with AsyncTestClient(app) as client:
        reply = await client.get("/")
        events.append("answered")
        held.release.set()
        await until(lambda: len(events) == 3)

    assert (reply.status_code, events) == (504, ["answered", "ended", "closed"])


async def test_an_abandoned_thread_takes_its_place_until_it_ends(held: Held) -> None:
    app = Laneway(lanes={"db": threads(1, queue=0)})
    app.get("/", timeout=SOON_SECONDS, lane="db")(held)

    async with AsyncTestClient(app) as client:
        codes = [(await client.get("/")).status_code for _ in range(3)]
        held.release.set()
        await until(lambda: app.lanes["db"].stats().admitted == 0)
        codes.append((await client.get("/")).status_code)

    assert (codes, app.lanes["db"].stats().abandoned) == ([504, 503, 503, 200], 1)


async def test_a_call_that_waits_when_time_is_up_never_runs(held: Held) -> None:
    app, ran = Laneway(lanes={"db": threads(1)}), list[str]()
    app.get("/held", lane="db")(held)

    @app.get("/", timeout=SOON_SECONDS, lane="db")
    def read() -> None:
        ran.append("ran")

    @app.get("/after", lane="db")
    def after() -> str:
        return threading.current_thread().name

    async with AsyncTestClient(app) as client:
        first = asyncio.create_task(client.get("/held"))
        await until(lambda: held.began)
        reply = await client.get("/")
        held.release.set()
        await first
        await client.get("/after")

    assert (reply.status_code, ran) == (504, [])


def test_an_answer_that_comes_too_late_is_not_sent() -> None:
    """A client that has got its 504 gets nothing else."""
    app = Laneway()

    @app.get("/", timeout=SOON_SECONDS)
    async def read() -> str:
        try:
            await asyncio.sleep(PATIENCE_SECONDS)
        except asyncio.CancelledError:
            return "too late"
        return "in time"

    assert detail(app).startswith("No result")


def test_an_error_before_the_deadline_is_answered_as_always() -> None:
    app = Laneway(timeout=PATIENCE_SECONDS)

    @app.get("/")
    async def read() -> None:
        raise HTTPException(418)

    assert status(app) == 418


# --- deadlines: known to what is called


def test_an_endpoint_is_told_how_much_time_it_has() -> None:
    app = Laneway(timeout=30.0)

    @app.get("/def")
    def in_thread(deadline: Deadline) -> bool:
        return 0 < deadline.remaining() <= 30

    @app.get("/async")
    async def on_loop(deadline: Deadline) -> bool:
        return 0 < deadline.remaining() <= 30

    @app.post("/form")
    def form(deadline: Deadline, name: Annotated[str, Form()]) -> bool:
        return 0 < deadline.remaining() <= 30

    with TestClient(app) as client:
        replies = [client.get("/def"), client.get("/async"), client.post("/form", data={"name": "x"})]

    assert [reply.json() for reply in replies] == [True, True, True]


def test_a_dependency_is_told_as_well_and_the_docs_do_not_show_it() -> None:
    app = Laneway(timeout=30.0)

    async def budget(deadline: Deadline) -> float:
        return deadline.seconds

    @app.get("/")
    async def read(seconds: Annotated[float, Depends(budget)]) -> float:
        return seconds

    with TestClient(app) as client:
        assert client.get("/").json() == 30.0
    assert "parameters" not in app.openapi()["paths"]["/"]["get"]


def test_a_call_in_another_lane_has_what_is_left() -> None:
    app = Laneway(lanes={"db": threads(2)}, timeout=30.0)

    def left(_: int = 0) -> float:
        return current_deadline().remaining()

    @app.get("/")
    async def read() -> list[float]:
        return [await run("db", left), *await lanes_map("db", left, range(2))]

    with TestClient(app) as client:
        assert all(0 < seconds <= 30 for seconds in client.get("/").json())


# --- deadlines: asked for by the client


def app_with_header(**options: Any) -> Laneway:
    app = Laneway(**options)

    @app.get("/")
    async def read(deadline: Deadline) -> float | None:
        return deadline.seconds if deadline.seconds < math.inf else None

    return app


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("5", 5.0),
        ("2.5", 2.5),
        ("100", 30.0),
        ("0", 30.0),
        ("-1", 30.0),
        ("inf", 30.0),
        ("nan", 30.0),
        ("soon", 30.0),
    ],
)
def test_a_client_may_ask_for_less_time_but_not_for_more(asked: str, expected: float) -> None:
    app = app_with_header(timeout=30.0, deadline_header="X-Deadline")

    with TestClient(app) as client:
        assert client.get("/", headers={"x-deadline": asked}).json() == expected


def test_a_client_may_ask_for_a_deadline_where_there_is_none() -> None:
    app = app_with_header(deadline_header="X-Deadline")

    with TestClient(app) as client:
        assert client.get("/", headers={"x-deadline": "5"}).json() == 5.0


def test_a_header_that_is_not_allowed_is_ignored() -> None:
    app = app_with_header(timeout=30.0)

    with TestClient(app) as client:
        assert client.get("/", headers={"x-deadline": "5"}).json() == 30.0


def test_the_time_that_a_client_asked_for_is_kept() -> None:
    app = Laneway(deadline_header="X-Deadline")
    app.get("/")(wait)

    assert status(app, **{"x-deadline": str(SOON_SECONDS)}) == 504


# --- answers that take longer than their deadline


def lines_of(reply: Any) -> list[str]:
    return [json.loads(line) for line in reply.text.splitlines()]


@pytest.mark.parametrize("path", ["/def", "/async", "/response"])
def test_a_stream_may_outlast_the_deadline(path: str) -> None:
    """The time is for the answer to begin."""
    app = Laneway(timeout=2 * SOON_SECONDS)

    @app.get("/def")
    def blocking() -> Iterator[str]:
        yield "first"
        time.sleep(4 * SOON_SECONDS)
        yield "last"

    @app.get("/async")
    async def stream() -> AsyncIterator[str]:
        yield "first"
        await asyncio.sleep(4 * SOON_SECONDS)
        yield "last"

    @app.get("/response")
    async def response() -> StreamingResponse:
        async def chunks() -> AsyncIterator[str]:
            yield '"first"\n'
            await asyncio.sleep(4 * SOON_SECONDS)
            yield '"last"\n'

        return StreamingResponse(chunks())

    with TestClient(app) as client:
        assert lines_of(client.get(path)) == ["first", "last"]


def test_a_stream_may_use_lanes_after_the_deadline() -> None:
    """It no longer holds then."""
    app = Laneway(timeout=2 * SOON_SECONDS, lanes={"db": threads(1)})

    @app.get("/")
    async def stream() -> AsyncIterator[str]:
        yield "first"
        await asyncio.sleep(4 * SOON_SECONDS)
        yield await run("db", lambda: "last")

    with TestClient(app) as client:
        assert lines_of(client.get("/")) == ["first", "last"]


def test_work_in_the_background_may_outlast_the_deadline() -> None:
    app, done = Laneway(timeout=2 * SOON_SECONDS), list[str]()

    async def later() -> None:
        await asyncio.sleep(4 * SOON_SECONDS)
        done.append("done")

    @app.get("/")
    async def read(tasks: BackgroundTasks) -> str:
        tasks.add_task(later)
        return "read"

    assert (status(app), done) == (200, ["done"])


# --- clients that leave


@dataclass
class Watched:
    """An app whose requests end with their clients, and what became of them."""

    app: Laneway
    events: list[tuple[str, float]] = field(default_factory=list)

    def note(self, event: str) -> None:
        self.events.append((event, time.monotonic()))

    def when(self, event: str) -> float | None:
        return next((at for name, at in self.events if name == event), None)


@pytest.fixture
def watched(held: Held) -> Watched:
    watched = Watched(Laneway(lanes={"db": threads(1)}, cancel_on_disconnect=True))
    app = watched.app

    async def resource() -> AsyncIterator[None]:
        yield
        watched.note("closed")

    @app.get("/wait")
    async def waiting() -> str:
        watched.note("began")
        try:
            await asyncio.sleep(PATIENCE_SECONDS)
        except asyncio.CancelledError:
            watched.note("cancelled")
            raise
        return "waited"

    @app.get("/stubborn", cancel_on_disconnect=False)
    async def stubborn() -> str:
        watched.note("began")
        await asyncio.sleep(4 * SOON_SECONDS)
        watched.note("ended")
        return "done"

    @app.get("/queued", lane="db")
    def queued() -> None:
        watched.note("ran")

    app.get("/held", lane="db")(held)

    @app.get("/swallowed")
    async def swallowed(_: Annotated[None, Depends(resource)]) -> str:
        watched.note("began")
        try:
            await asyncio.sleep(PATIENCE_SECONDS)
        except asyncio.CancelledError:
            watched.note("cancelled")
        return "answer to nobody"

    @app.post("/echo")
    async def echo(request: Request) -> str:
        await asyncio.sleep(SOON_SECONDS)  # the body is there before it is asked for
        return (await request.body()).decode()

    @app.get("/background")
    async def background(tasks: BackgroundTasks) -> str:
        async def later() -> None:
            await asyncio.sleep(2 * SOON_SECONDS)
            watched.note("done")

        tasks.add_task(later)
        return "read"

    return watched


async def test_a_coroutine_is_cancelled_when_its_client_leaves(watched: Watched) -> None:
    """At once; measured from before the client closed the connection. Generous: the machine may be busy."""
    async with serving(watched.app) as address:
        async with asking(address, request("GET", "/wait")):
            await until(lambda: watched.when("began"))
            left = time.monotonic()
        await until(lambda: watched.when("cancelled"))

    cancelled = watched.when("cancelled")
    assert cancelled is not None
    assert cancelled - left < 1.0


async def test_nothing_is_answered_to_a_client_that_has_left(watched: Watched) -> None:
    """What the request opened is closed all the same."""
    sent: list[Any] = []

    async def recording(scope: Any, receive: Any, send: Any) -> None:
        async def record(message: Any) -> None:
            sent.append(message)
            await send(message)

        await watched.app(scope, receive, record if scope["type"] == "http" else send)

    async with serving(recording) as address:
        async with asking(address, request("GET", "/swallowed")):
            await until(lambda: watched.when("began"))
        await until(lambda: watched.when("closed"))

    assert sent == []


async def test_a_queued_call_is_dropped_when_its_client_leaves(watched: Watched, held: Held) -> None:
    lane = watched.app.lanes["db"]
    async with serving(watched.app) as address:
        first = asyncio.create_task(ask(address, "/held"))
        await until(lambda: held.began)
        async with asking(address, request("GET", "/queued")):
            await until(lambda: lane.stats().queued)
        await until(lambda: lane.stats().admitted == 1)
        held.release.set()
        await first

    assert watched.when("ran") is None


async def test_without_the_option_a_request_goes_on_without_its_client(watched: Watched) -> None:
    """A payment is not undone because somebody closed the page."""
    async with serving(watched.app) as address:
        async with asking(address, request("GET", "/stubborn")):
            await until(lambda: watched.when("began"))
        await until(lambda: watched.when("ended"))


async def test_a_body_is_not_taken_away_by_who_watches_the_client(watched: Watched) -> None:
    async with serving(watched.app) as address:
        reply = await ask(address, "/echo", method="POST", body=b"hello")

    assert reply.json() == "hello"


async def test_a_long_body_is_not_taken_away_either(watched: Watched) -> None:
    """It comes in many parts."""
    body = b"0123456789" * 100_000
    async with serving(watched.app) as address:
        reply = await ask(address, "/echo", method="POST", body=body)

    assert len(str(reply.json())) == len(body)


async def test_background_work_is_not_cancelled_by_a_client_that_has_its_answer(watched: Watched) -> None:
    """It leaves because it has everything."""
    async with serving(watched.app) as address:
        reply = await ask(address, "/background")
        await until(lambda: watched.when("done"))

    assert reply.json() == "read"


# --- trio


def test_deadlines_hold_under_trio() -> None:
    app = Laneway(lanes={"db": threads(1)})

    @app.get("/", timeout=SOON_SECONDS, lane=None)
    async def read() -> None:
        await anyio.sleep(PATIENCE_SECONDS)

    @app.get("/def", timeout=PATIENCE_SECONDS, lane="db")
    def quick() -> str:
        return str(threading.get_ident())

    with TestClient(app, backend="trio") as client:
        assert [client.get("/").status_code, client.get("/def").status_code] == [504, 200]


def test_a_stream_may_outlast_the_deadline_under_trio() -> None:
    app = Laneway(timeout=2 * SOON_SECONDS)

    @app.get("/")
    async def stream() -> AsyncIterator[str]:
        yield "first"
        await anyio.sleep(4 * SOON_SECONDS)
        yield "last"

    with TestClient(app, backend="trio") as client:
        assert lines_of(client.get("/")) == ["first", "last"]


# --- a storm


class Weathered(NamedTuple):
    """What a storm did: to its clients, and to the server before it, during it and afterwards."""

    result: Result
    before: dict[str, float]
    during: dict[str, float]
    after: dict[str, float]


async def weather(url: str, seconds: float) -> Weathered:
    """A storm of so many seconds."""
    await storm(url, 0.5)  # threads are there, memory is warm
    before = await numbers_of(url)
    result = await storm(url, seconds)
    during = await numbers_of(url)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (after := await numbers_of(url))["places"]:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)
    return Weathered(result, before, during, after)


def test_a_storm_at_twice_the_capacity_is_weathered() -> None:
    """Everybody gets 200 or 503 in time, the loop stays free, and nothing is left behind."""
    with served("examples/lanes/storm.py") as server:
        result, before, during, after = asyncio.run(weather(server.url, 8))

    service = max(during["service"], SERVICE_SECONDS)
    assert set(result.statuses) == {200, 503}
    assert result.without_advice == 0
    assert result.statuses[200] > 0.5 * 8 * CAPACITY  # of what can be served; refusing costs little
    assert at(result.seconds_of_200, 0.99) < 1.2 * (QUEUE + 1) * service
    # Of the loop's lateness, what is the server's own: other programs may have the processors for as long as they like.
    assert during["worst_computing"] + during["worst_collecting"] < 0.02
    assert during["longest_collection"] < 0.02
    assert during["late_p99"] < 0.1
    assert after["threads"] <= before["threads"]
    assert after["files"] <= before["files"] + 4  # connections that are being closed
    assert after["megabytes"] < before["megabytes"] + 16
