"""`Depends(scope="app")`: called once, shared by all requests, ended with the app."""

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Annotated, Any

import anyio
import pytest

from laneway import APIRouter, Depends, Laneway, Query, WebSocket
from laneway.exceptions import DependencyScopeError, FastAPIError
from laneway.requests import HTTPConnection, Request
from laneway.testing import AsyncTestClient, TestClient


class Pool:
    """Something that is costly to open."""

    opened = 0

    def __init__(self) -> None:
        Pool.opened += 1
        self.number = Pool.opened


@pytest.fixture(autouse=True)
def closed() -> None:
    """Nobody has opened a pool yet."""
    Pool.opened = 0


@pytest.fixture
def log() -> list[str]:
    """What happened, in order."""
    return []


def get_pool() -> Pool:
    """The pool of an app."""
    return Pool()


ThePool = Annotated[Pool, Depends(get_pool, scope="app")]


@pytest.fixture
def app() -> Laneway:
    """An app whose endpoints of both kinds, and a WebSocket, use the pool."""
    app = Laneway()

    @app.get("/a")
    def a(pool: ThePool) -> int:
        return pool.number

    @app.get("/b")
    async def b(pool: ThePool) -> int:
        return pool.number

    @app.websocket("/ws")
    async def talk(websocket: WebSocket, pool: ThePool) -> None:
        await websocket.accept()
        await websocket.send_json(pool.number)
        await websocket.close()

    return app


# -- once


def test_it_is_called_at_start_up(app: Laneway) -> None:
    """Before the first request."""
    with TestClient(app):
        assert Pool.opened == 1


def test_requests_and_websockets_share_it(app: Laneway) -> None:
    """Whatever route they go to."""
    with TestClient(app) as client:
        numbers = [client.get(path).json() for path in ("/a", "/b", "/a")]
        with client.websocket_connect("/ws") as session:
            numbers.append(session.receive_json())

    assert (numbers, Pool.opened) == ([1, 1, 1, 1], 1)


def test_without_a_lifespan_the_first_request_calls_it(app: Laneway) -> None:
    """Servers and tests need not run one."""
    client = TestClient(app)

    assert Pool.opened == 0
    assert [client.get(path).json() for path in ("/b", "/a", "/b")] == [1, 1, 1]


async def test_requests_that_come_at_once_wait_for_the_same_call(log: list[str]) -> None:
    """Nothing is made twice."""
    app = Laneway()

    async def slow() -> int:
        log.append("called")
        await anyio.sleep(0.02)
        return len(log)

    @app.get("/")
    async def read(number: Annotated[int, Depends(slow, scope="app")]) -> int:
        return number

    replies: list[int] = []
    async with AsyncTestClient(app, lifespan=False) as client:

        async def ask() -> None:
            replies.append((await client.get("/")).json())

        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(ask)

    assert (replies, log) == ([1] * 5, ["called"])


def test_each_app_has_its_own(app: Laneway) -> None:
    """The same function gives each app an instance."""
    other = Laneway()

    @other.get("/")
    def read(pool: ThePool) -> int:
        return pool.number

    with TestClient(app) as first, TestClient(other) as second:
        assert {first.get("/a").json(), second.get("/").json()} == {1, 2}


def test_each_life_of_an_app_has_its_own(app: Laneway) -> None:
    """What ended with the app is made anew when it starts again."""
    with TestClient(app) as client:
        assert client.get("/a").json() == 1
    with TestClient(app) as client:
        assert client.get("/a").json() == 2


def test_without_sharing_every_declaration_has_its_own() -> None:
    """`use_cache=False` as for requests; still once in the life of the app."""
    app = Laneway()

    @app.get("/")
    def read(
        one: Annotated[Pool, Depends(get_pool, scope="app", use_cache=False)],
        other: Annotated[Pool, Depends(get_pool, scope="app", use_cache=False)],
    ) -> list[int]:
        return [one.number, other.number]

    with TestClient(app) as client:
        assert client.get("/").json() == client.get("/").json() == [1, 2]


def test_the_same_function_may_be_called_for_each_request_elsewhere(app: Laneway) -> None:
    """The declaration says how long, not the function."""

    @app.get("/own")
    def own(pool: Annotated[Pool, Depends(get_pool)]) -> int:
        return pool.number

    with TestClient(app) as client:
        assert [client.get("/own").json(), client.get("/own").json(), client.get("/a").json()] == [2, 3, 1]


def test_it_may_stand_at_a_router_without_a_parameter(log: list[str]) -> None:
    """Something to have ready, whose value nobody needs."""

    def ready() -> None:
        log.append("ready")

    router = APIRouter(dependencies=[Depends(ready, scope="app")])
    router.add_api_route("/", get_pool, response_model=None)
    app = Laneway()
    app.include_router(router, prefix="/a")
    app.include_router(router, prefix="/b")

    with TestClient(app):
        assert log == ["ready"]


def test_the_lifespan_is_there_before_it(log: list[str]) -> None:
    """What a lifespan puts into the app is there, and it is closed before that."""
    from contextlib import asynccontextmanager

    @asynccontextmanager
    async def lifespan(app: Laneway) -> AsyncIterator[None]:
        log.append("start")
        yield
        log.append("stop")

    async def resource() -> AsyncIterator[None]:
        log.append("open")
        yield
        log.append("close")

    app = Laneway(lifespan=lifespan)
    app.get("/", dependencies=[Depends(resource, scope="app")])(lambda: None)
    with TestClient(app):
        pass

    assert log == ["start", "open", "close", "stop"]


# -- clean-up


def test_clean_up_runs_at_shutdown_in_reverse_order(log: list[str]) -> None:
    """A dependency ends before what it needs."""
    app = Laneway()

    async def engine() -> AsyncIterator[str]:
        log.append("open engine")
        yield "engine"
        log.append("close engine")

    def cache(engine: Annotated[str, Depends(engine, scope="app")]) -> Iterator[str]:
        log.append(f"open cache on {engine}")
        yield "cache"
        log.append("close cache")

    @app.get("/")
    def read(cache: Annotated[str, Depends(cache, scope="app")]) -> str:
        log.append("request")
        return cache

    with TestClient(app) as client:
        client.get("/")
        client.get("/")

    assert log == [
        "open engine",
        "open cache on engine",
        "request",
        "request",
        "close cache",
        "close engine",
    ]


def test_plain_functions_run_in_a_thread() -> None:
    """Both halves of one that yields, too: connecting may take long."""
    threads: list[int] = []

    def connection() -> Iterator[None]:
        threads.append(threading.get_ident())
        yield
        threads.append(threading.get_ident())

    app = Laneway()
    app.get("/", dependencies=[Depends(connection, scope="app")])(lambda: None)

    async def on_loop() -> None:
        threads.append(threading.get_ident())

    app.router.add_event_handler("startup", on_loop)
    with TestClient(app):
        pass

    loop, opened, ended = threads
    assert loop not in (opened, ended)


def test_what_requests_open_with_it_ends_before_it(log: list[str]) -> None:
    """A session for a request on an engine for the app."""

    def engine() -> Iterator[str]:
        yield "engine"
        log.append("close engine")

    def session(engine: Annotated[str, Depends(engine, scope="app")]) -> Iterator[str]:
        yield f"session on {engine}"
        log.append("close session")

    app = Laneway()

    @app.get("/")
    def read(session: Annotated[str, Depends(session)]) -> str:
        return session

    with TestClient(app) as client:
        assert client.get("/").json() == "session on engine"

    assert log == ["close session", "close engine"]


# -- start-up that fails


def test_a_failure_stops_the_start_and_names_the_dependency(log: list[str]) -> None:
    """What was opened before is closed."""

    def engine() -> Iterator[str]:
        yield "engine"
        log.append("close engine")

    def broken(engine: Annotated[str, Depends(engine, scope="app")]) -> None:
        raise ConnectionError("nobody listens")

    app = Laneway()
    app.get("/", dependencies=[Depends(broken, scope="app")])(lambda: None)

    with (
        pytest.raises(FastAPIError, match=r"broken\" failed at start-up: ConnectionError: nobody"),
        TestClient(app),
    ):
        pass
    assert log == ["close engine"]


def test_a_request_that_fails_to_make_it_is_answered_and_the_next_one_tries_again() -> None:
    """Without a lifespan a failure is an error of the request."""
    attempts: list[int] = []

    def flaky() -> int:
        attempts.append(1)
        if len(attempts) == 1:
            raise ConnectionError
        return len(attempts)

    app = Laneway()

    @app.get("/")
    def read(number: Annotated[int, Depends(flaky, scope="app")]) -> int:
        return number

    client = TestClient(app, raise_server_exceptions=False)

    assert [client.get("/").status_code, client.get("/").json(), client.get("/").json()] == [500, 2, 2]


# -- what it may need


def test_plain_dependencies_below_it_live_as_long(log: list[str]) -> None:
    """Settings for an engine need not be declared twice."""

    def settings() -> str:
        log.append("settings")
        return "dsn"

    def engine(settings: Annotated[str, Depends(settings)]) -> str:
        return f"engine of {settings}"

    app = Laneway()

    @app.get("/")
    def read(engine: Annotated[str, Depends(engine, scope="app")]) -> str:
        return engine

    with TestClient(app) as client:
        assert [client.get("/").json() for _ in range(2)] == ["engine of dsn"] * 2
    assert log == ["settings"]


def test_a_plain_default_stays_what_it_is() -> None:
    """There is no request that could say something else, and the schema has no such parameter."""

    def engine(size: int = 5) -> int:
        return size

    app = Laneway()

    @app.get("/")
    def read(size: Annotated[int, Depends(engine, scope="app")]) -> int:
        return size

    with TestClient(app) as client:
        assert client.get("/?size=9").json() == 5
        assert "parameters" not in client.get("/openapi.json").json()["paths"]["/"]["get"]


def _declares(dependency: Callable[..., Any]) -> None:
    app = Laneway()
    app.get("/", dependencies=[Depends(dependency, scope="app")])(lambda: None)


def needs_request(request: Request) -> None:
    """Not for an app."""


def needs_connection(connection: HTTPConnection) -> None:
    """Not for an app."""


def needs_query(word: str) -> None:
    """Not for an app."""


def needs_marked(word: Annotated[str, Query()] = "x") -> None:
    """Not for an app, although there is a default."""


@pytest.mark.parametrize(
    ("dependency", "parameter"),
    [
        (needs_request, "request"),
        (needs_connection, "connection"),
        (needs_query, "word"),
        (needs_marked, "word"),
    ],
)
def test_what_comes_with_a_request_is_refused(dependency: Callable[..., Any], parameter: str) -> None:
    """At the declaration, with both names."""
    with pytest.raises(DependencyScopeError, match=rf'"{dependency.__name__}".*"{parameter}"'):
        _declares(dependency)


def test_a_dependency_of_a_request_is_refused_below_it() -> None:
    """It would be closed while the app still uses it."""

    def session() -> Iterator[None]:
        yield

    def service(session: Annotated[None, Depends(session)]) -> None:
        """Uses it."""

    with pytest.raises(DependencyScopeError, match='"service" cannot depend on "session"'):
        _declares(service)


def test_a_plain_dependency_that_needs_a_request_is_refused_below_it() -> None:
    """The message names the parameter, who has it, and for whose sake it is refused."""

    def service(user: Annotated[None, Depends(needs_request)]) -> None:
        """Uses it."""

    with pytest.raises(DependencyScopeError, match=r'"needs_request".*"request".*"service" depends on it'):
        _declares(service)


def test_a_limit_of_calls_is_refused() -> None:
    """There is one call."""
    with pytest.raises(ValueError, match="called once"):
        Depends(get_pool, scope="app", max_concurrency=2)


# -- overrides


def test_an_override_has_an_instance_of_its_own_and_the_first_one_comes_back(app: Laneway) -> None:
    """Tests replace what the app opened; nothing is opened again afterwards."""
    with TestClient(app) as client:
        before = client.get("/a").json()
        with app.override({get_pool: lambda: Pool()}):  # noqa: PLW0108  # a function, not the class
            during = [client.get("/a").json(), client.get("/b").json()]
        after = client.get("/a").json()

    assert (before, during, after) == (1, [2, 2], 1)


def test_every_block_of_overrides_has_a_fresh_instance(app: Laneway) -> None:
    """What one test did to it is nothing to the next."""
    numbers = []

    def fake() -> Pool:
        return Pool()

    with TestClient(app) as client:
        for _ in range(2):
            with app.override({get_pool: fake}):
                numbers.append(client.get("/a").json())

    assert numbers == [2, 3]


def test_an_override_set_before_the_start_is_what_is_started(app: Laneway) -> None:
    """The real one is never opened."""
    app.dependency_overrides[get_pool] = lambda: Pool()  # noqa: PLW0108

    with TestClient(app) as client:
        assert (client.get("/a").json(), Pool.opened) == (1, 1)


def test_what_is_below_it_can_be_overridden(log: list[str]) -> None:
    """What depends on the replacement is made anew with it; others stay."""

    def settings() -> str:
        return "real"

    def engine(settings: Annotated[str, Depends(settings)]) -> str:
        log.append(settings)
        return settings

    app = Laneway()

    @app.get("/")
    def read(engine: Annotated[str, Depends(engine, scope="app")]) -> str:
        return engine

    with TestClient(app) as client:
        with app.override({settings: lambda: "fake"}):
            assert client.get("/").json() == "fake"
        assert client.get("/").json() == "real"

    assert log == ["real", "fake"]


def test_what_an_override_opened_is_closed_at_shutdown(log: list[str], app: Laneway) -> None:
    """Its clean-up runs with that of the others."""

    def fake() -> Iterator[Pool]:
        yield Pool()
        log.append("close fake")

    with TestClient(app) as client, app.override({get_pool: fake}):
        client.get("/a")

    assert log == ["close fake"]


# -- cost


def test_requests_look_it_up_and_call_nothing(app: Laneway) -> None:
    """The plan has a constant; an endpoint on the loop is answered without waiting."""
    route = next(route for route in app.routes if getattr(route, "path", None) == "/b")
    plan = route.direct_plan  # type: ignore[attr-defined]

    assert plan.immediate
    assert "pool = kept_pool.value" in plan.source


def test_the_schema_says_nothing_of_it(app: Laneway) -> None:
    """It is no part of the interface."""
    bare = Laneway()

    @bare.get("/a")
    def a() -> int:
        return 0

    assert app.openapi()["paths"]["/a"] == bare.openapi()["paths"]["/a"]
