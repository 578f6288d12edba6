"""Tools that put themselves into the classes, as error reporters do, see every request."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from laneway import APIRouter, Laneway, Request
from laneway.responses import PlainTextResponse

Call = Callable[..., Awaitable[None]]


def make_app() -> Laneway:
    app = Laneway()
    router = APIRouter()

    @router.get("/items/{n}")
    async def read(n: int) -> int:
        return n

    app.include_router(router, prefix="/in")
    return app


@pytest.fixture
def seen() -> list[Any]:
    return []


def watched(original: Call, seen: list[Any], describe: Callable[[Any, Scope], Any]) -> Call:
    """The method, telling of each request once it is served."""

    async def watching(self: Any, scope: Scope, receive: Receive, send: Send) -> None:
        await original(self, scope, receive, send)
        seen.append(describe(self, scope))

    return watching


def test_a_wrapped_call_of_starlette_is_called(seen: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    wrapped = watched(Starlette.__call__, seen, lambda _, scope: (scope["path"], scope["route"].path))
    monkeypatch.setattr(Starlette, "__call__", wrapped)

    TestClient(make_app()).get("/in/items/3")

    assert seen == [("/in/items/3", "/in/items/{n}")]


def test_a_wrapped_handle_of_routes_is_called(seen: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    wrapped = watched(Route.handle, seen, lambda route, scope: (route.path, scope["path_params"]))
    monkeypatch.setattr(Route, "handle", wrapped)

    TestClient(make_app()).get("/in/items/3")

    assert seen == [("/in/items/{n}", {"n": "3"})]


def test_an_app_around_finds_the_route_in_the_scope(seen: list[Any]) -> None:
    app = make_app()

    async def around(scope: Scope, receive: Receive, send: Send) -> None:
        await app(scope, receive, send)
        seen.append((scope["route"].path, scope["endpoint"].__name__, scope["path_params"]))

    TestClient(around).get("/in/items/3")

    assert seen == [("/in/items/{n}", "read", {"n": "3"})]


def test_a_stack_put_in_later_serves_from_then_on(seen: list[Any]) -> None:
    app = make_app()
    client = TestClient(app)
    assert client.get("/in/items/3").json() == 3
    inner = app.middleware_stack
    assert inner is not None

    async def around(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["path"])
        await inner(scope, receive, send)

    app.middleware_stack = around
    client.get("/in/items/4")

    assert seen == ["/in/items/4"]


def test_a_handler_reads_the_body_that_the_endpoint_got() -> None:
    app = Laneway()

    @app.exception_handler(ValueError)
    async def on_value_error(request: Request, error: ValueError) -> Any:
        return PlainTextResponse((await request.body()).decode(), 400)

    @app.post("/")
    async def fail(value: dict[str, int]) -> None:
        raise ValueError

    assert TestClient(app).post("/", json={"a": 1}).text == '{"a":1}'
