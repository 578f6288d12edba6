"""Numbers of a running app: what Prometheus gets, and what `laneway top` makes of it."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Annotated, NamedTuple

import pytest
from prometheus_client import CollectorRegistry, Counter

from laneway import Depends, Header, HTTPException, Laneway, lanes
from laneway.guard import GuardSettings, Policy, guarding
from laneway.metrics import Snapshot, prometheus
from laneway.metrics.scraped import read_snapshot
from tests.unit.lanes import process_jobs

from .live_server import Crowd, LiveServer

OPENMETRICS = "application/openmetrics-text; version=1.0.0"


@asynccontextmanager
async def guarded(app: Laneway) -> AsyncIterator[None]:
    async with guarding(GuardSettings(Policy.warn, 0.1)):
        yield


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What calls in the lane `db` wait for."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def app(gate: threading.Event) -> Laneway:
    """An app with a small lane, a route that blocks the loop, and metrics."""
    app = Laneway(lanes={"db": lanes.threads(2, queue=1)}, lifespan=guarded)
    prometheus(app, registry=CollectorRegistry())

    @app.get("/db", lane="db")
    def wait() -> bool:
        return gate.wait(10)

    @app.get("/fast", lane="db")
    def work() -> None:
        time.sleep(0.01)

    @app.get("/items/{item_id}")
    async def block(item_id: int) -> None:
        time.sleep(0.25)  # noqa: ASYNC251  # what the guard is for

    return app


@pytest.fixture
def server(app: Laneway) -> Iterator[LiveServer]:
    with LiveServer(app) as server:
        yield server


def snapshot_of(server: LiveServer) -> Snapshot:
    return read_snapshot(server.get("/metrics").text)


def snapshot_when(server: LiveServer, holds: Callable[[Snapshot], object]) -> Snapshot:
    """The first snapshot for which something holds; the last one before patience ends otherwise."""
    deadline = time.monotonic() + 5
    while not holds(snapshot := snapshot_of(server)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return snapshot


def lane_of(snapshot: Snapshot, name: str = "db") -> lanes.LaneStats:
    return next(lane for lane in snapshot.lanes if lane.name == name)


ENVIRONMENT = {**os.environ, "PYDANTIC_DISABLE_PLUGINS": "__all__", "TERM": "xterm", "COLUMNS": "120"}


def top(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The finished command `laneway top`."""
    command = [sys.executable, "-m", "laneway", "top", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, env=ENVIRONMENT, check=False)


def read_until(reader: int, word: str) -> str:
    """What a terminal shows, to the first occurrence of the word."""
    said = b""
    while word.encode() not in said:
        said += os.read(reader, 4096)
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", said.decode(errors="replace"))


def test_a_full_lane_is_seen_at_work(server: LiveServer, gate: threading.Event) -> None:
    """Busy, waiting, admitted and refused calls are told while they are so."""
    with Crowd(server, "/db", 3) as crowd:
        busy = lane_of(
            snapshot_when(server, lambda seen: (lane_of(seen).busy, lane_of(seen).queued) == (2, 1))
        )
        refused = server.get("/db").status_code
        after = lane_of(snapshot_of(server))
        gate.set()

    assert (busy.size, busy.queue, busy.busy, busy.queued) == (2, 1, 2, 1)
    assert (refused, after.refused) == (503, 1)
    assert crowd.statuses == [200, 200, 200]


def test_what_a_lane_served_is_counted_with_its_times(server: LiveServer) -> None:
    """Real load shows in the counter and in the moving averages."""
    for _ in range(20):
        server.get("/fast")

    lane = lane_of(snapshot_of(server))

    assert lane.served == 20
    assert lane.service >= 0.01
    assert lane.wait > 0


def test_metrics_are_served_while_every_thread_is_taken(gate: threading.Event) -> None:
    """The answer is made on the loop, whatever lane the app's routes have."""
    app = Laneway(lanes={"db": lanes.threads(1, queue=0)}, lane="db")
    prometheus(app)
    app.get("/db")(lambda: gate.wait(10))

    with LiveServer(app) as server, Crowd(server, "/db", 1):
        lane = lane_of(snapshot_when(server, lambda seen: lane_of(seen).busy))
        gate.set()

    assert lane.busy == 1


def test_a_blocked_loop_is_counted_by_route_and_kind(server: LiveServer) -> None:
    """The route is the template, the kind is the guard's."""
    server.get("/items/5")

    seen = snapshot_when(server, lambda snapshot: snapshot.blocked)

    (blocked,) = seen.blocked
    assert (blocked.route, blocked.kind, blocked.times) == ("GET /items/{item_id}", "wait", 1)
    assert 0.1 < blocked.seconds < 1


def test_a_blocked_loop_shows_in_the_histogram_of_its_lag(server: LiveServer) -> None:
    """The lag of the loop has a bucket for the block, and many small ones."""
    server.get("/items/5")

    seen = snapshot_when(server, lambda snapshot: snapshot.blocked)

    assert seen.lag is not None
    late = sum(count for bound, count in zip(seen.lag.bounds, seen.lag.counts, strict=False) if bound > 0.1)
    assert late >= 1
    assert seen.lag.seconds > 0.1


def test_a_blocked_loop_shows_as_the_share_of_the_route(server: LiveServer) -> None:
    """Who takes the loop's time is told as a part of it."""
    server.get("/items/5")

    seen = snapshot_when(server, lambda snapshot: snapshot.share)

    assert 0 < seen.share["GET /items/{item_id}"] < 1


def test_every_sample_names_its_process(server: LiveServer) -> None:
    """Several workers behind one address can be told apart."""
    samples = [line for line in server.get("/metrics").text.splitlines() if not line.startswith("#")]

    assert samples
    assert all(f'worker="{os.getpid()}"' in sample for sample in samples)


def test_prometheus_gets_openmetrics_when_it_asks_for_it(server: LiveServer) -> None:
    """The form of the answer is negotiated."""
    reply = server.get("/metrics", accept=OPENMETRICS)

    assert reply.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert reply.text.endswith("# EOF\n")


def test_metrics_of_the_app_itself_are_in_the_same_answer() -> None:
    """A registry given is answered as well."""
    registry = CollectorRegistry()
    Counter("orders", "Orders taken.", registry=registry).inc(3)
    app = Laneway()
    prometheus(app, registry=registry)

    with LiveServer(app) as server:
        text = server.get("/metrics").text

    assert "orders_total 3.0" in text
    assert "laneway_lane_size{" in text


def test_metrics_are_not_in_the_schema(app: Laneway) -> None:
    """The route is no part of the API."""
    assert "/metrics" not in app.openapi()["paths"]


def test_a_dependency_guards_the_metrics() -> None:
    """Who may read them is declared as for any route."""

    def key(x_key: Annotated[str, Header()] = "") -> None:
        if x_key != "secret":
            raise HTTPException(403)

    app = Laneway()
    prometheus(app, dependencies=[Depends(key)])

    with LiveServer(app) as server:
        statuses = [server.get("/metrics", **{"x-key": value}).status_code for value in ("", "secret")]

    assert statuses == [403, 200]


def test_top_shows_lanes_and_what_blocked_the_loop(server: LiveServer) -> None:
    """One frame has the lane, the lag and the route."""
    server.get("/fast")
    server.get("/items/5")
    snapshot_when(server, lambda snapshot: snapshot.blocked)

    frame = top(server.url, "--once").stdout

    assert "db thread" in frame
    assert "0/2" in frame
    assert "lag median ≤" in frame
    assert "GET /items/{item_id}" in frame


def test_top_prints_json_for_programs(server: LiveServer) -> None:
    """The same numbers, one object per line."""
    server.get("/fast")

    (line,) = top(server.url, "--once", "--json").stdout.splitlines()

    db = next(lane for lane in json.loads(line)["lanes"] if lane["name"] == "db")
    assert (db["size"], db["served"]) == (2, 1)


def test_top_tells_how_to_get_metrics_where_there_are_none() -> None:
    """A 404 is not shown as such."""
    with LiveServer(Laneway()) as server:
        result = top(server.url)

    assert result.returncode == 1
    assert "laneway.metrics.prometheus(app)" in result.stderr


def test_top_stays_and_shows_what_changes_until_ctrl_c(server: LiveServer) -> None:
    """In a terminal the page is alive: a call made later appears by itself."""
    reader, terminal = pty.openpty()
    command = [sys.executable, "-m", "laneway", "top", server.url]
    with subprocess.Popen(command, stdout=terminal, stderr=terminal, env=ENVIRONMENT) as process:
        try:
            os.close(terminal)
            first = read_until(reader, "Event loop")
            server.get("/items/5")
            read_until(reader, "GET /items/{item_id}")
            process.send_signal(signal.SIGINT)
            drain(reader)
            status = process.wait(10)
        finally:
            process.kill()  # else the end of the block would wait for it
    os.close(reader)

    assert "db thread" in first
    assert status == 0


def drain(reader: int) -> None:
    """Read what is left, so that the writer can end."""
    with suppress(OSError):
        while os.read(reader, 4096):
            pass


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["ftp://example.org"], "http://127.0.0.1:8000"),
        (["http://a:b"], "http://127.0.0.1:8000"),
        (["--header", "secret"], "Authorization: Bearer"),
        (["--interval", "0"], "1 or more"),
    ],
)
def test_top_refuses_options_that_make_no_sense(arguments: list[str], hint: str) -> None:
    """With what to write instead."""
    result = top(*arguments)

    assert result.returncode == 1
    assert hint in result.stderr


def test_top_says_that_nothing_answers() -> None:
    """An app that does not run is the usual reason."""
    result = top("http://127.0.0.1:1")

    assert result.returncode == 1
    assert "is the app running?" in result.stderr


def test_top_sends_headers_along() -> None:
    """Guarded metrics can be watched, too."""

    def key(authorization: Annotated[str, Header()] = "") -> None:
        if authorization != "Bearer abc":
            raise HTTPException(401)

    app = Laneway()
    prometheus(app, dependencies=[Depends(key)])

    with LiveServer(app) as server:
        refused = top(server.url)
        allowed = top(server.url, "--header", "Authorization: Bearer abc")

    assert "--header" in refused.stderr
    assert "thread" in allowed.stdout


# --- lanes of processes


class Ruined(NamedTuple):
    """An app whose lane `math` has had every kind of call."""

    server: LiveServer
    numbers: dict[str, int]


@pytest.fixture
def ruined() -> Iterator[Ruined]:
    """One call each that fails, crashes, and runs out of time; two that are served well."""
    app = Laneway(lanes={"math": lanes.processes(1, recycle=3, preload=[process_jobs.__name__])})
    prometheus(app, registry=CollectorRegistry())

    @app.get("/{name}")
    async def call(name: str, number: int) -> object:
        with suppress(Exception), lanes.due_in(0.5):
            await lanes.run("math", getattr(process_jobs, name), number)
        return None

    numbers = {"failed": 1, "crashed": 1, "timed_out": 1, "killed": 1, "recycled": 1, "served": 3}
    with LiveServer(app) as server:
        for name in ("echo", "raise_plain", "echo", "exit_hard", "sleep"):
            server.get(f"/{name}?number=60")
        yield Ruined(server, numbers)


def test_what_became_of_calls_in_processes_is_counted(ruined: Ruined) -> None:
    """A crash, an error, a kill and a replacement are numbers of their own."""
    math = lane_of(snapshot_of(ruined.server), "math")

    assert {name: getattr(math, name) for name in ruined.numbers} == ruined.numbers


def test_numbers_of_processes_are_absent_where_threads_do_the_work(server: LiveServer) -> None:
    """Zero would say that a thread lane could recycle."""
    text = server.get("/metrics").text

    assert 'laneway_lane_served_total{kind="thread",lane="db"' in text
    assert "laneway_lane_recycled_total{" not in text


def test_top_shows_what_became_of_calls_in_processes(ruined: Ruined) -> None:
    """The columns are there because something happened; nobody was cancelled."""
    frame = top(ruined.server.url, "--once").stdout

    for title in ("failed", "crashed", "killed", "recycled"):
        assert title in frame
    assert "cancelled" not in frame


def test_top_prints_them_as_json(ruined: Ruined) -> None:
    (line,) = top(ruined.server.url, "--once", "--json").stdout.splitlines()

    math = next(lane for lane in json.loads(line)["lanes"] if lane["name"] == "math")
    assert {name: math[name] for name in ruined.numbers} == ruined.numbers
