"""Streams over a real server and real sockets."""

import asyncio
import gc
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing
from types import AsyncGeneratorType, GeneratorType
from typing import Annotated, Any

import pytest
from starlette.responses import StreamingResponse

from laneway import Depends, Laneway
from laneway.lanes.thread_lane import DEFAULT_LANE
from laneway.server.direct.protocol import DirectProtocol
from laneway.sse import KEEPALIVE_COMMENT, EventSourceResponse
from laneway.stream import wire

from .stream_server import PROTOCOLS, Serve, read_until, serving, unchunked, wait_until

PATIENCE_SECONDS = 20.0  # less than the generators would wait by themselves
BLOCK = "x" * 64 * 1024
GENERATORS = (AsyncGeneratorType, GeneratorType)


@pytest.fixture(params=PROTOCOLS.values(), ids=PROTOCOLS)
def serve(request: pytest.FixtureRequest) -> Iterator[Serve]:
    """Serves an app until the test is over."""
    with serving(request.param) as serve:
        yield serve


class Watched:
    """Endpoints that tell what happened to their generators."""

    def __init__(self) -> None:
        self.made = 0
        self.ended = threading.Event()
        self.app = Laneway()
        for path, endpoint in (
            ("waiting", self.waiting),
            ("hurrying", self.hurrying),
            ("blocking", self.blocking),
        ):
            self.app.get(f"/{path}/events", response_class=EventSourceResponse)(endpoint)
            self.app.get(f"/{path}/lines")(endpoint)
            self.app.get(f"/{path}/raw", response_class=StreamingResponse)(endpoint)

    async def waiting(self):  # type: ignore[no-untyped-def]  # an annotation would be a model
        """One item, then nothing."""
        try:
            self.made += 1
            yield "first"
            await asyncio.sleep(60)
        finally:
            self.ended.set()

    async def hurrying(self):  # type: ignore[no-untyped-def]
        """As much as the client takes, without ever waiting."""
        try:
            while True:
                self.made += 1
                yield BLOCK
        finally:
            self.ended.set()

    def blocking(self):  # type: ignore[no-untyped-def]
        """As much as the client takes, from a thread."""
        try:
            while True:
                self.made += 1
                yield BLOCK
        finally:
            self.ended.set()


@pytest.fixture
def watched() -> Watched:
    return Watched()


MANNERS = ("events", "lines", "raw")


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize("endpoint", ["waiting", "hurrying", "blocking"])
def test_client_that_leaves_frees_the_generator_at_once(
    endpoint: str, manner: str, serve: Serve, watched: Watched
) -> None:
    """Whether it waits for news, for the client, or in a thread."""
    with closing(serve(watched.app).connect(f"/{endpoint}/{manner}")) as client:
        wait_until(lambda: watched.made)
        client.recv(1000)

    assert watched.ended.wait(PATIENCE_SECONDS)


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize("endpoint", ["hurrying", "blocking"])
def test_client_that_does_not_read_makes_the_generator_wait(
    endpoint: str, manner: str, serve: Serve, watched: Watched
) -> None:
    """It stands still once the buffers between them are full, and goes on when the client reads."""
    with closing(serve(watched.app).connect(f"/{endpoint}/{manner}")) as client:
        stand_still(watched)
        before = watched.made
        for _ in range(200):
            client.recv(len(BLOCK))

        wait_until(lambda: watched.made > before)


def stand_still(watched: Watched) -> None:
    """Return when nothing has been made for a while."""
    before = -1
    while watched.made != before:
        before = watched.made
        time.sleep(0.1)


def test_client_that_does_not_read_holds_no_thread(serve: Serve, watched: Watched) -> None:
    """Forty of them would hold all there are."""
    server = serve(watched.app)
    with closing(server.connect("/blocking/raw")):
        stand_still(watched)

        assert DEFAULT_LANE.stats().busy == 0


def test_event_arrives_before_the_next_is_made(serve: Serve) -> None:
    """Nothing on the way collects them."""
    read = threading.Event()
    app = Laneway()

    @app.get("/progress", response_class=EventSourceResponse)
    def progress():  # type: ignore[no-untyped-def]
        yield "begun"
        yield "read" if read.wait(5) else "not read"

    with closing(serve(app).connect("/progress")) as client:
        read_until(client, b'data: "begun"\n\n')
        read.set()

        assert b'data: "read"\n\n' in read_until(client, b"0\r\n\r\n")


def test_silence_is_filled_with_comments(
    serve: Serve, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They reach the client as they are sent."""
    monkeypatch.setattr(wire, "PING_INTERVAL", 0.02)
    with closing(serve(watched.app).connect("/waiting/events")) as client:
        read = read_until(client, KEEPALIVE_COMMENT) + read_until(client, KEEPALIVE_COMMENT)

    assert b'data: "first"\n\n' in read


def test_nothing_is_left_of_a_hundred_streams(serve: Serve, watched: Watched) -> None:
    """No task and no generator, whether they were read or left."""
    server = serve(watched.app)
    before = server.on_loop(lambda: len(asyncio.all_tasks()))
    clients = [
        server.connect(f"/{kind}/events") for kind in ("waiting", "hurrying", "blocking") for _ in range(34)
    ]
    for client in clients:
        client.recv(1)
        client.close()

    wait_until(lambda: server.on_loop(lambda: len(asyncio.all_tasks())) == before)
    assert [item for item in gc.get_objects() if isinstance(item, GENERATORS) and is_of(item, watched)] == []


def is_of(generator: Any, watched: Watched) -> bool:
    """Whether a generator is one of these endpoints and has not ended."""
    frame = getattr(generator, "ag_frame", None) or getattr(generator, "gi_frame", None)
    return frame is not None and frame.f_locals.get("self") is watched


def test_idle_stream_costs_no_task_besides_the_request(serve: Serve, watched: Watched) -> None:
    """Each of many clients that wait for news is paid for; a server that cannot call back costs one more."""
    server = serve(watched.app)
    before = server.on_loop(lambda: len(asyncio.all_tasks()))
    clients = [server.connect("/waiting/events") for _ in range(10)]
    for client in clients:
        read_until(client, b"first")

    each = 1 if server.protocol is DirectProtocol else 2
    assert server.on_loop(lambda: len(asyncio.all_tasks())) - before == 10 * each

    for client in clients:
        client.close()


@pytest.mark.parametrize("leaves", [True, False])
def test_dependency_outlives_the_generator_that_uses_it(leaves: bool, serve: Serve) -> None:
    """A session is closed after the last row was read from it, or after the generator has given up."""
    order: list[str] = []
    app = Laneway()

    async def session() -> AsyncIterator[str]:
        yield "row"
        order.append("session closed")

    @app.get("/rows", response_class=EventSourceResponse)
    async def rows(row: Annotated[str, Depends(session)]):  # type: ignore[no-untyped-def]
        try:
            yield row
            await pause()
        finally:
            order.append("generator ended")

    pause: Callable[[], Awaitable[object]] = lambda: asyncio.sleep(60 if leaves else 0)  # noqa: E731
    with closing(serve(app).connect("/rows")) as client:
        read_until(client, b"row" if leaves else b"0\r\n\r\n")

    wait_until(lambda: len(order) == 2)
    assert order == ["generator ended", "session closed"]


def test_many_rows_of_a_blocking_generator_arrive_whole(serve: Serve) -> None:
    """In order, none lost between threads and loop."""
    app = Laneway()

    @app.get("/rows")
    def rows():  # type: ignore[no-untyped-def]
        yield from range(20_000)

    head, _, body = serve(app).read("/rows").partition(b"\r\n\r\n")

    assert b"chunked" in head.lower()
    assert unchunked(body) == b"".join(b"%d\n" % number for number in range(20_000))
