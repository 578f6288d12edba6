"""`/healthz` and `/readyz` of a running app."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from laneway import Depends, Laneway, lanes
from laneway.health import Health, State, health_routes
from laneway.testing import AsyncTestClient, TestClient

from .live_server import Crowd, LiveServer

PATIENCE = 0.6

DRAINING_APP = """\
from laneway import Laneway
from laneway.health import health_routes

app = Laneway()
health_routes(app, drain=1.5)
"""


def status_when(ask: Callable[[], int], wanted: int, seconds: float = 8.0) -> int:
    """The wanted status as soon as it comes; the last one before patience ends otherwise."""
    deadline = time.monotonic() + seconds
    while (status := ask()) != wanted and time.monotonic() < deadline:
        time.sleep(0.05)
    return status


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What calls in the lane `db` wait for."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def app(gate: threading.Event) -> Laneway:
    """An app with one thread in a lane, and little patience."""
    app = Laneway(lanes={"db": lanes.threads(1, queue=1)})
    health_routes(app, patience=PATIENCE, max_lag=0.1)

    @app.get("/db", lane="db")
    def wait() -> bool:
        return gate.wait(20)

    @app.get("/work", lane="db")
    def work() -> None:
        time.sleep(0.05)

    return app


@pytest.fixture
def server(app: Laneway) -> Iterator[LiveServer]:
    with LiveServer(app) as server:
        yield server


def test_a_running_app_is_alive_and_ready(server: LiveServer) -> None:
    """Both answer 200 when nothing is wrong."""
    alive, ready = server.get("/healthz"), server.get("/readyz")

    assert (alive.status_code, alive.json()) == (200, {"status": "ok"})
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})


def test_an_app_that_has_not_started_is_not_ready(app: Laneway) -> None:
    """Without its lifespan the app lacks what it needs to serve."""
    reply = TestClient(app).get("/readyz")

    assert (reply.status_code, reply.json()) == (503, {"status": "starting"})


async def test_an_app_is_not_ready_before_its_own_start_is_over() -> None:
    """What the app's lifespan prepares belongs to the start."""
    app = Laneway()
    seen: list[State] = []
    app.add_event_handler("startup", lambda: seen.append(health.state))
    app.add_event_handler("shutdown", lambda: seen.append(health.state))
    health = health_routes(app)

    async with AsyncTestClient(app):
        seen.append(health.state)

    assert seen == [State.starting, State.ready, State.stopping]


def test_a_lane_that_stays_full_makes_the_app_unready(server: LiveServer, gate: threading.Event) -> None:
    """The answer names the lane; it is ready again when the lane is."""
    with Crowd(server, "/db", 2):
        status = status_when(lambda: server.get("/readyz").status_code, 503)
        reasons = server.get("/readyz").json()["reasons"]
        gate.set()
    again = status_when(lambda: server.get("/readyz").status_code, 200)

    assert status == 503
    assert "lane 'db' has been full for" in reasons[0]
    assert again == 200


def test_a_lane_that_refuses_all_the_time_counts_as_full(server: LiveServer) -> None:
    """Between a call's end and the next one's begin the lane is not full at every look."""
    with Crowd(server, "/work", 6, again=True) as crowd:
        status = status_when(lambda: server.get("/readyz").status_code, 503)

    assert status == 503
    assert set(crowd.statuses) == {200, 503}


def test_a_lane_that_is_full_for_a_moment_does_not_make_the_app_unready(
    server: LiveServer, gate: threading.Event
) -> None:
    """A burst is what queues are for."""
    with Crowd(server, "/db", 2):
        before = server.get("/readyz").status_code
        time.sleep(PATIENCE / 3)
        gate.set()
    time.sleep(PATIENCE)

    assert (before, server.get("/readyz").status_code) == (200, 200)


def test_a_full_lane_does_not_keep_the_app_from_answering_health(gate: threading.Event) -> None:
    """Dependencies of the whole app, which may need a thread, do not stand before it."""

    def ask_database() -> None:
        gate.wait(20)

    app = Laneway(dependencies=[Depends(ask_database)], lanes={"thread": lanes.threads(1, queue=0)})
    health_routes(app)
    app.get("/")(lambda: None)

    with LiveServer(app) as server, Crowd(server, "/", 1):
        statuses = [server.get(path).status_code for path in ("/healthz", "/readyz")]
        gate.set()

    assert statuses == [200, 200]


@pytest.mark.blocking_ok  # on purpose
async def test_a_loop_that_stays_late_makes_the_app_unready() -> None:
    """Many short steps that leave no time for others are seen, without the guard."""
    app = Laneway()
    health = health_routes(app, patience=PATIENCE, max_lag=0.05)

    async with AsyncTestClient(app):
        await crowd_the_loop(health, seconds=5)
        reasons = health.reasons()

    assert "the event loop has been more than 0.05 s late" in reasons[0]


async def crowd_the_loop(health: Health, seconds: float) -> None:
    """Keep the loop busy with steps of 0.3 s until that is noticed."""
    deadline = time.monotonic() + seconds
    while not health.reasons() and time.monotonic() < deadline:
        time.sleep(0.3)  # noqa: ASYNC251  # a busy loop, in one step
        await asyncio.sleep(0)


def test_health_is_not_in_the_schema(app: Laneway) -> None:
    """The routes are no part of the API."""
    assert not {"/healthz", "/readyz"} & app.openapi()["paths"].keys()


def test_an_app_told_to_stop_serves_on_but_is_not_ready(tmp_path: Path) -> None:
    """While it drains, the load balancer can see it; then the server stops by itself."""
    (tmp_path / "main.py").write_text(DRAINING_APP)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "laneway", "run", "main.py", "--port", str(port)]
    environment = {**os.environ, "PYDANTIC_DISABLE_PLUGINS": "__all__"}
    output = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=tmp_path, stdout=output, stderr=output, env=environment) as server:
        try:
            before = status_when(lambda: ask(f"{url}/readyz"), 200, seconds=20)
            server.send_signal(signal.SIGTERM)
            told = time.monotonic()
            during = status_when(lambda: ask(f"{url}/readyz"), 503, seconds=1), ask(f"{url}/healthz")
            server.wait(10)
            lasted = time.monotonic() - told
        finally:
            server.kill()

    assert (before, *during) == (200, 503, 200)
    assert 1.5 <= lasted < 6


def ask(url: str) -> int:
    """The status of a reply; 0 without one."""
    try:
        return httpx2.get(url, timeout=5).status_code
    except httpx2.HTTPError:
        return 0
