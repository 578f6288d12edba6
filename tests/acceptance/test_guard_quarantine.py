"""Endpoints that block the loop of a real server go on in a thread, if that is sure to be safe."""

import asyncio
import contextvars
import io
import logging
import re
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import pytest
from prometheus_client import CollectorRegistry
from rich.console import Console

from laneway import APIRouter, Depends, HTTPException, Laneway, lanes
from laneway.cli.top_history import History
from laneway.cli.top_page import page
from laneway.guard import GuardSettings, guarding, quarantined, release
from laneway.metrics import prometheus
from laneway.metrics.scraped import read_snapshot
from laneway.routing import APIRoute
from laneway.testing import TestClient

from .live_server import Crowd, LiveServer

pytestmark = pytest.mark.blocking_ok  # handlers block on purpose, to be moved

BLOCK_SECONDS = 0.3
TRIES = 12  # a block may be seen as something else where other programs hold the cores


@asynccontextmanager
async def guarded(app: Laneway) -> AsyncIterator[None]:
    async with guarding(GuardSettings.parse("warn:100", "safe")):
        yield


@pytest.fixture
def app() -> Laneway:
    app = Laneway(lifespan=guarded)
    prometheus(app, registry=CollectorRegistry())

    @app.get("/ping")
    async def ping() -> str:
        return "pong"

    @app.get("/report/{number}")
    async def report(number: int) -> str:
        time.sleep(BLOCK_SECONDS)  # noqa: ASYNC251  # on purpose
        return threading.current_thread().name

    @app.get("/mixed")
    async def mixed() -> str:
        await asyncio.sleep(0)
        time.sleep(BLOCK_SECONDS)  # noqa: ASYNC251  # on purpose
        return threading.current_thread().name

    return app


@pytest.fixture
def server(app: Laneway) -> Iterator[LiveServer]:
    with LiveServer(app) as server:
        yield server


def ask_until(server: LiveServer, path: str, holds: Callable[[], object]) -> bool:
    """Ask for a path until something holds; whether it ever did."""
    for _ in range(TRIES):
        server.get(path)
        time.sleep(0.1)
        if holds():
            return True
    return False


def worst_ping(server: LiveServer, path: str) -> float:
    """Seconds that the slowest of some pings takes while others ask for a path."""
    worst = 0.0
    with Crowd(server, path, 3):
        time.sleep(0.05)
        for _ in range(5):
            begin = time.perf_counter()
            server.get("/ping")
            worst = max(worst, time.perf_counter() - begin)
    return worst


def test_after_three_incidents_a_route_no_longer_blocks_the_others(server: LiveServer) -> None:
    before = worst_ping(server, "/report/1")
    moved = ask_until(server, "/report/1", quarantined)
    after = min(worst_ping(server, "/report/1") for _ in range(3))  # other programs may hold the cores

    assert moved
    assert before > BLOCK_SECONDS / 2 > after
    assert "laneway-thread" in server.get("/report/1").text


def test_the_metric_and_top_show_it(server: LiveServer) -> None:
    ask_until(server, "/report/1", quarantined)
    text = server.get("/metrics").text
    history, console = History(), Console(width=100, record=True, file=io.StringIO())
    history.add(read_snapshot(text), 0.0)
    console.print(page(server.url, history, None))

    assert re.search(
        r'^laneway_lane_quarantined\{route="GET /report/\{number\}",.*\} 1\.0$', text, re.MULTILINE
    )
    assert re.search(r"In quarantine\n.*\n *GET /report/\{number\}", console.export_text())


def test_release_brings_it_back(server: LiveServer) -> None:
    """And another block does not move it again."""
    ask_until(server, "/report/1", quarantined)
    released = release("GET /report/{number}")
    names = {server.get("/report/1").text for _ in range(4)}

    assert released
    assert not any("laneway-thread" in name for name in names)
    assert quarantined() == []
    assert "laneway_lane_quarantined{" not in server.get("/metrics").text


def test_an_endpoint_that_awaits_stays_and_the_line_to_wrap_is_told(
    server: LiveServer, caplog: pytest.LogCaptureFixture
) -> None:
    def told() -> list[str]:
        return [text for record in caplog.records if "stays" in (text := record.getMessage())]

    with caplog.at_level(logging.WARNING, "laneway.guard"):
        assert ask_until(server, "/mixed", told)

    assert re.search(
        r"GET /mixed stays .*test_guard_quarantine\.py:\d+: time\.sleep\(BLOCK_SECONDS\).*: its endpoint awaits\."
        r".*await asyncio\.to_thread\(time\.sleep, BLOCK_SECONDS\)",
        told()[0],
    )
    assert "laneway-thread" not in server.get("/mixed").text


def test_an_app_that_stops_leaves_nothing_moved(app: Laneway) -> None:
    with LiveServer(app) as server:
        ask_until(server, "/report/1", quarantined)
        during = server.get("/report/1").text
    with LiveServer(app) as again:
        after = again.get("/report/1").text

    assert ("laneway-thread" in during, "laneway-thread" in after) == (True, False)


# -- what a moved endpoint gets


USER: contextvars.ContextVar[str] = contextvars.ContextVar("user", default="nobody")


async def user() -> str:
    USER.set("ada")
    return "ada"


class Timed(APIRoute):
    """A route with a handler of its own."""

    def get_route_handler(self) -> Any:
        handle = super().get_route_handler()

        async def timed(request: Any) -> Any:
            response = await handle(request)
            response.headers["x-timed"] = "yes"
            return response

        return timed


def moved(app: Laneway, path: str) -> APIRoute:
    """A route whose endpoint runs in a thread from now on."""
    route = next(one for one in app.routes if isinstance(one, APIRoute) and one.path == path)
    route.run_in(route.thread_lane)
    return route


def who(name: Annotated[str, Depends(user)], number: int = 1) -> list[Any]:
    return [name, USER.get(), number, threading.current_thread().name.startswith("laneway-")]


@pytest.fixture(params=[APIRoute, Timed])
def client(request: pytest.FixtureRequest) -> TestClient:
    """An app whose endpoints are moved; compiled, and on the general path."""
    app = Laneway(openapi_url=None)
    app.router.route_class = request.param

    @app.get("/who")
    async def endpoint(name: Annotated[str, Depends(user)], number: int = 1) -> list[Any]:
        return who(name, number)

    @app.get("/refuses")
    async def refuses() -> None:
        raise HTTPException(418, "short and stout")

    app.get("/plain")(who)
    moved(app, "/who")
    moved(app, "/refuses")
    return TestClient(app)


def test_a_moved_endpoint_gets_what_a_plain_one_gets(client: TestClient) -> None:
    """Dependencies, context variables, parameters."""
    assert (
        client.get("/who?number=7").json() == client.get("/plain?number=7").json() == ["ada", "ada", 7, True]
    )


def test_what_a_moved_endpoint_raises_is_answered(client: TestClient) -> None:
    assert client.get("/refuses").status_code == 418


def test_what_cannot_be_read_is_refused_as_before(client: TestClient) -> None:
    assert client.get("/who?number=x").status_code == 422


def test_overrides_hold_for_a_moved_endpoint() -> None:
    app = Laneway(openapi_url=None)

    @app.get("/who")
    async def endpoint(name: Annotated[str, Depends(user)]) -> str:
        return name

    moved(app, "/who")
    with app.override({user: lambda: "eve"}):
        during = TestClient(app).get("/who").json()

    assert (during, TestClient(app).get("/who").json()) == ("eve", "ada")


def test_it_goes_where_plain_endpoints_of_its_router_go() -> None:
    """With that lane's size and queue."""
    app = Laneway(openapi_url=None, lanes={"db": lanes.threads(1)})
    router = APIRouter(lane="db")

    @router.get("/who")
    async def endpoint() -> str:
        return threading.current_thread().name

    app.include_router(router)
    moved(app, "/who")
    with TestClient(app) as client:
        assert "laneway-db" in client.get("/who").text


async def session() -> AsyncIterator[str]:
    yield "session"


async def returns() -> str:
    return "x"


async def uses(opened: Annotated[str, Depends(session)]) -> str:
    return opened


@pytest.mark.parametrize(
    ("endpoint", "options", "reason"),
    [
        (session, {}, "its response is a stream"),
        (returns, {"lane": "loop"}, 'it is declared with lane="loop"'),
        (uses, {}, "an `async def` dependency with `yield` may hold what belongs to the loop's thread"),
        (returns, {}, None),
    ],
)
def test_what_the_declaration_keeps_on_the_loop(
    endpoint: Callable[..., Any], options: dict[str, Any], reason: str | None
) -> None:
    assert APIRoute("/", endpoint, **options).why_on_loop() == reason
