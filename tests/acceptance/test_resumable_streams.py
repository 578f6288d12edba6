"""Streams that survive their clients, over a real server and real sockets."""

import asyncio
import random
import re
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Annotated

import pytest
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint

from laneway import Header, Laneway, Request, Response
from laneway.jobs import Progress, jobs_router
from laneway.middleware.cors import CORSMiddleware
from laneway.middleware.gzip import GZipMiddleware
from laneway.sse import EventSourceResponse
from laneway.stream import ResumableStreams

from .server_process import ServerProcess, running
from .stream_server import (
    PROTOCOLS,
    Serve,
    Server,
    events_of,
    read_until,
    read_with_cuts,
    resumed,
    serving,
    status_of,
    wait_until,
)
from .ways.wire import Line, get


async def pass_on(request: Request, call_next: RequestResponseEndpoint) -> Response:
    """Middleware that does nothing."""
    return await call_next(request)


class PassOn(BaseHTTPMiddleware):
    """The same as a class."""

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        return await call_next(request)


MIDDLEWARE: dict[str, Callable[[Laneway], object]] = {
    "none": lambda app: None,
    "function": lambda app: app.middleware("http")(pass_on),
    "class": lambda app: app.add_middleware(PassOn),
    "gzip": lambda app: app.add_middleware(GZipMiddleware, minimum_size=1),
    "cors": lambda app: app.add_middleware(CORSMiddleware, allow_origins=["*"]),
}
COUNT = 300
NO_STREAM = "A" * 22 + ".1"


@pytest.fixture(params=PROTOCOLS.values(), ids=PROTOCOLS)
def serve(request: pytest.FixtureRequest) -> Iterator[Serve]:
    """Serves an app until the test is over."""
    with serving(request.param, lifespan="on") as serve:
        yield serve


class Scene:
    """An app whose streams a test can watch.

    Attributes:
        said: What happened, in order.
        gate: Lets the endless streams go on.
    """

    def __init__(self, **terms: float) -> None:
        self.said: list[str] = []
        self.made = 0
        self.gate = threading.Event()
        self.streams = ResumableStreams(**terms)  # type: ignore[arg-type]
        self.app = Laneway(lifespan=self.lifespan)
        self.app.get("/async")(self.ask_async)
        self.app.get("/blocking")(self.ask_blocking)
        self.app.get("/endless")(self.ask_endless)
        self.app.get("/hurrying")(self.ask_hurrying)
        self.app.post("/streams")(self.start)
        self.app.get("/streams/{key}")(self.follow)
        self.app.delete("/streams/{key}", status_code=204)(self.stop)

    @asynccontextmanager
    async def lifespan(self, app: Laneway) -> AsyncIterator[None]:
        yield
        self.said.append("app closed")

    async def numbers(self) -> AsyncIterator[int]:
        for number in range(COUNT):
            yield number
            await asyncio.sleep(0.0005)

    async def endless(self) -> AsyncIterator[str]:
        try:
            self.said.append("begun")
            yield "first"
            await asyncio.sleep(60)
        finally:
            self.said.append("generator closed")

    async def hurrying(self) -> AsyncIterator[str]:
        while True:
            self.made += 1
            yield "x" * 1000

    async def ask_async(self) -> EventSourceResponse:
        return EventSourceResponse(self.numbers(), resume=self.streams)

    def ask_blocking(self) -> EventSourceResponse:
        return EventSourceResponse(slowly(range(COUNT)), resume=self.streams)

    async def ask_endless(self) -> EventSourceResponse:
        return EventSourceResponse(self.endless(), resume=self.streams)

    async def ask_hurrying(self) -> EventSourceResponse:
        return EventSourceResponse(self.hurrying(), resume=self.streams)

    async def start(self, x_user: Annotated[str, Header()]) -> str:
        return self.streams.start(self.endless(), owner=x_user).key

    async def follow(self, key: str, x_user: Annotated[str, Header()]) -> EventSourceResponse:
        return EventSourceResponse(resume=self.streams.get(key, owner=x_user))

    async def stop(self, key: str, x_user: Annotated[str, Header()]) -> None:
        await self.streams.get(key, owner=x_user).stop()


def slowly(numbers: range) -> Iterator[int]:
    """Numbers with waits in between, in the way of blocking code."""
    for number in numbers:
        yield number
        time.sleep(0.0005)


def started(server: Server, user: str = "ann") -> str:
    """The key of a new stream."""
    return (
        server.read("/streams", f"x-user: {user}\r\n", "POST")
        .rpartition(b'"')[0]
        .rpartition(b'"')[2]
        .decode()
    )


def random_cuts(seed: int, most: int) -> list[int]:
    """Ten places to cut at, in bytes."""
    chosen = random.Random(seed)
    return [chosen.randint(1, most) for _ in range(10)]


@pytest.mark.parametrize("path", ["/async", "/blocking"])
@pytest.mark.parametrize("seed", range(3))
def test_a_client_that_is_cut_ten_times_sees_every_event_once_and_in_order(
    path: str, seed: int, serve: Serve
) -> None:
    """Wherever it is cut: in the head, in an event, between two."""
    events = read_with_cuts(serve(Scene().app), path, (600, *random_cuts(seed, 2000)))

    assert [event.data for event in events] == [str(number) for number in range(COUNT)]
    assert [event.id.rpartition(".")[2] for event in events] == [str(n) for n in range(1, COUNT + 1)]


@pytest.mark.parametrize("engine", ["memory:", "sqlite:///{folder}/jobs.db"], ids=["memory", "sqlite"])
def test_progress_of_a_job_through_ten_cuts(engine: str, serve: Serve, tmp_path: Path) -> None:
    """Every event of a job arrives once and in order."""
    app = Laneway(jobs=engine.format(folder=tmp_path))

    @app.job()
    async def work(progress: Progress) -> None:
        for step in range(1, 13):
            await progress(done=step, total=12)
            await asyncio.sleep(0.11)

    @app.post("/work")
    async def begin() -> str:
        return (await work.enqueue()).id

    app.include_router(jobs_router(app.jobs), prefix="/jobs")
    server = serve(app)
    job_id = server.read("/work", method="POST").rpartition(b'"')[0].rpartition(b'"')[2].decode()
    through_cuts = read_with_cuts(server, f"/jobs/{job_id}/events", random_cuts(1, 500))
    at_once = events_of(server.read(f"/jobs/{job_id}/events"))

    assert through_cuts == at_once
    assert [event.id for event in at_once] == [str(number) for number in range(1, len(at_once) + 1)]
    assert {event.name for event in at_once} == {"status", "progress"}


def test_a_client_that_has_everything_is_told_to_stay_away(serve: Serve) -> None:
    """204: browsers do not come back after it (HTML standard, section 9.2.3)."""
    server = serve(Scene().app)
    last_id = events_of(server.read("/async"))[-1].id

    assert status_of(server.read("/async", resumed(last_id))) == 204


def test_a_late_client_can_read_the_end(serve: Serve) -> None:
    """The stream has ended while nobody was there."""
    scene = Scene()
    server = serve(scene.app)
    with closing(server.connect("/async")) as client:
        first = read_until(client, b".1\ndata: 0\n\n")
    last_id = events_of(first)[0].id
    stream = scene.streams.get(last_id.partition(".")[0])
    wait_until(lambda: stream.status == "ended")

    assert [event.data for event in events_of(server.read("/async", resumed(last_id)))] == [
        str(number) for number in range(1, COUNT)
    ]


@pytest.mark.parametrize("way", MIDDLEWARE)
def test_an_unknown_stream_is_404(way: str, serve: Serve) -> None:
    """It was forgotten, or another process has it; nothing is begun anew behind the client's back."""
    scene = Scene()
    MIDDLEWARE[way](scene.app)
    reply = serve(scene.app).read("/endless", resumed(NO_STREAM))

    assert status_of(reply) == 404
    assert b'{"detail":"There is no such stream' in reply
    assert scene.said == []


@pytest.mark.parametrize("way", MIDDLEWARE)
def test_middleware_stands_around_a_stream(way: str, serve: Serve) -> None:
    """Events pass it as they come, and it does not hide that the client has left."""
    scene = Scene(grace=0)
    MIDDLEWARE[way](scene.app)
    with closing(serve(scene.app).connect("/endless", "accept-encoding: gzip\r\n")) as client:
        assert b'data: "first"\n\n' in read_until(client, b'first"\n\n')

    wait_until(lambda: len(scene.said) == 2)
    assert scene.said == ["begun", "generator closed"]


def test_refusals_are_in_the_form_of_the_app(serve: Serve) -> None:
    """Its handlers write them, as they do those of endpoints."""
    app, streams = Laneway(error_format="problem"), ResumableStreams()

    @app.get("/again")
    async def again() -> EventSourceResponse:
        return EventSourceResponse(resume=streams)

    assert b"application/problem+json" in serve(app).read("/again")


def test_a_client_that_names_no_stream_is_404_where_none_is_begun(serve: Serve) -> None:
    app, streams = Laneway(), ResumableStreams()

    @app.get("/again")
    async def again() -> EventSourceResponse:
        return EventSourceResponse(resume=streams)

    assert status_of(serve(app).read("/again")) == 404


@pytest.mark.parametrize("sent", ["7", "x", "A.1", "A" * 22 + ".x"])
def test_an_id_that_is_none_of_ours_begins_a_stream(sent: str, serve: Serve) -> None:
    assert len(events_of(serve(Scene().app).read("/async", resumed(sent)))) == COUNT


def test_more_streams_than_allowed_are_503(serve: Serve) -> None:
    server = serve(Scene(most=1).app)
    with closing(server.connect("/endless")) as client:
        read_until(client, b"first")
        refused = server.read("/endless")

    assert status_of(refused) == 503
    assert b"retry-after: 1" in refused.lower()


def test_several_clients_read_one_stream_until_it_is_stopped(serve: Serve) -> None:
    """Each sees the event that was there before it came, and the end in good order."""
    scene = Scene()
    server = serve(scene.app)
    path = f"/streams/{started(server)}"
    clients = [server.connect(path, "x-user: ann\r\n") for _ in range(3)]
    for client in clients:
        read_until(client, b'data: "first"\n\n')
    stopped = server.read(path, "x-user: ann\r\n", "DELETE")

    assert status_of(stopped) == 204
    for client in clients:
        with client:
            assert read_until(client, b"0\r\n\r\n").endswith(b"0\r\n\r\n")
    assert scene.said == ["begun", "generator closed"]
    assert status_of(server.read(path, "x-user: ann\r\n" + resumed(f"{path[9:]}.1"))) == 204


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_stream_of_somebody_else_is_not_there(method: str, serve: Serve) -> None:
    scene = Scene()
    server = serve(scene.app)
    key = started(server, "ann")
    wait_until(lambda: scene.said)

    assert status_of(server.read(f"/streams/{key}", "x-user: bob\r\n", method)) == 404
    assert scene.said == ["begun"]


def test_an_id_of_another_stream_does_not_count(serve: Serve) -> None:
    """A client that follows one by its key sees it from its beginning."""
    server = serve(Scene().app)
    first, second = (started(server) for _ in range(2))
    headers = "x-user: ann\r\n" + resumed(f"{first}.1")
    with closing(server.connect(f"/streams/{second}", headers)) as client:
        assert b'"first"' in read_until(client, b'"first"')


def test_the_work_of_a_client_that_stays_away_is_cancelled(serve: Serve) -> None:
    """After the grace; it would go on for a minute otherwise."""
    scene = Scene(grace=0.05)
    with closing(serve(scene.app).connect("/endless")) as client:
        read_until(client, b"first")

    wait_until(lambda: len(scene.said) == 2)
    assert scene.said == ["begun", "generator closed"]
    assert len(scene.streams) == 0


def test_a_client_that_does_not_read_makes_the_generator_wait(serve: Serve) -> None:
    """It stands still when the system's buffers and half the room are full; memory does not grow."""
    scene = Scene()
    server = serve(scene.app)
    with closing(server.connect("/hurrying")):
        wait_until(lambda: scene.made)
        (stream,) = server.on_loop(lambda: list(scene.streams._streams.values()))
        before = -1
        while scene.made != before:
            before = scene.made
            time.sleep(0.1)

        assert stream.kept.size <= 1024 * 1024
        assert not stream.kept.has_room


def test_streams_are_stopped_before_the_app_closes_what_they_use() -> None:
    """And whoever reads them gets an end in good order, with word when to come back."""
    scene = Scene()
    with serving(PROTOCOLS["direct"], lifespan="on") as serve:
        server = serve(scene.app)
        client = server.connect("/endless")
        read = read_until(client, b"first")
        server.stop()
        with client:
            read += read_until(client, b"0\r\n\r\n")

    assert scene.said == ["begun", "generator closed", "app closed"]
    assert b"retry: 1000\n" in read


def test_nothing_is_left_of_fifty_streams(serve: Serve) -> None:
    """No task and no stream, once their clients have left."""
    scene = Scene(grace=0)
    server = serve(scene.app)
    before = server.on_loop(lambda: len(asyncio.all_tasks()))
    clients = [server.connect("/endless") for _ in range(50)]
    for client in clients:
        read_until(client, b"first")
        client.close()

    wait_until(lambda: server.on_loop(lambda: len(asyncio.all_tasks())) == before)
    assert len(scene.streams) == 0
    assert scene.said.count("generator closed") == 50


# -- the server stops

APP = """
import asyncio
import time
from contextlib import asynccontextmanager

from laneway import Laneway
from laneway.sse import EventSourceResponse
from laneway.stream import ResumableStreams


@asynccontextmanager
async def lifespan(app):
    yield
    print("app closed", flush=True)


app = Laneway(lifespan=lifespan)
streams = ResumableStreams(grace=None)


async def waiting():
    try:
        yield "first"
        await asyncio.sleep(600)
    finally:
        await asyncio.sleep(0)
        print("generator closed", flush=True)


def blocking():
    yield "first"
    time.sleep(600)


@app.get("/waiting")
async def ask_waiting():
    return EventSourceResponse(waiting(), resume=streams)


@app.get("/blocking")
async def ask_blocking():
    return EventSourceResponse(blocking(), resume=streams)
"""


def begin(server: ServerProcess, target: str) -> tuple[Line, str]:
    """A connection on which the first event has come, and its id."""
    line = server.connect()
    line.send(get(target).raw)
    while b'data: "first"' not in line._read:
        line._read += line._more()
    return line, line._read.partition(b"id: ")[2].partition(b"\n")[0].decode()


def test_a_server_that_is_told_to_stop_ends_them_in_good_order(tmp_path: Path) -> None:
    """The client sees the end of the reply; the generator has cleaned up before the app closes."""
    with running(tmp_path, app=APP) as server:
        line, _ = begin(server, "/waiting")
        with line:
            server.stop()

            assert line.reply().raw.endswith(b"\r\n0\r\n\r\n")
        assert server.status() == 0
        assert re.findall("(generator|app) closed", server.said) == ["generator", "app"]
        assert "Traceback" not in server.said


def test_a_generator_that_blocks_cannot_keep_the_server_from_stopping(tmp_path: Path) -> None:
    """It would for ten minutes; the log says that it is left behind."""
    with running(tmp_path, app=APP) as server:
        line, _ = begin(server, "/blocking")
        with line:
            server.stop()

            assert server.status(20) == 0
        assert "1 resumable stream(s) did not end when cancelled" in server.said


def test_a_reload_ends_them_in_good_order(tmp_path: Path) -> None:
    """The client comes back, and is told that the stream is no more."""
    with running(tmp_path, "--reload", app=APP) as server:
        line, event_id = begin(server, "/waiting")
        with line:
            (tmp_path / "main.py").write_text(APP + "\n")

            assert line.reply().raw.endswith(b"\r\n0\r\n\r\n")
        assert server.ask(get("/waiting", ("Last-Event-ID", event_id))).status == 404
