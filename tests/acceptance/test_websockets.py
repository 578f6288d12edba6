"""WebSocket endpoints: parameters, dependencies, errors, close codes."""

from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

import pytest
from starlette.testclient import WebSocketDenialResponse

from laneway import (
    APIRouter,
    Cookie,
    Depends,
    Header,
    Laneway,
    Query,
    WebSocket,
    WebSocketDisconnect,
    WebSocketException,
)
from laneway.exceptions import WebSocketRequestValidationError
from laneway.responses import PlainTextResponse
from laneway.testing import TestClient


@pytest.fixture
def app() -> Laneway:
    return Laneway(openapi_url=None)


def said(app: Laneway, url: str, **options: Any) -> Any:
    """The first JSON message of the server."""
    with TestClient(app).websocket_connect(url, **options) as session:
        return session.receive_json()


def closing_code(app: Laneway, url: str) -> int:
    """The code with which the server closes."""
    with pytest.raises(WebSocketDisconnect) as closed, TestClient(app).websocket_connect(url) as session:
        session.receive_text()
    return closed.value.code


def test_messages_go_both_ways(app: Laneway) -> None:
    @app.websocket("/")
    async def echo(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text(await websocket.receive_text())

    with TestClient(app).websocket_connect("/") as session:
        session.send_text("hello")

        assert session.receive_text() == "hello"


def test_parameters_are_typed(app: Laneway) -> None:
    @app.websocket("/{room}")
    async def join(
        websocket: WebSocket,
        room: int,
        limit: Annotated[int, Query()] = 10,
        token: Annotated[str | None, Header()] = None,
        user: Annotated[str | None, Cookie()] = None,
    ) -> None:
        await websocket.accept()
        await websocket.send_json([room, limit, token, user])

    heard = said(app, "/5?limit=3", headers={"token": "t", "cookie": "user=u"})

    assert heard == [5, 3, "t", "u"]


def test_invalid_parameters_close_with_policy_violation(app: Laneway) -> None:
    @app.websocket("/{room}")
    async def join(websocket: WebSocket, room: int) -> None: ...

    assert closing_code(app, "/x") == 1008


def test_the_handler_of_invalid_parameters_can_be_replaced(app: Laneway) -> None:
    @app.websocket("/{room}")
    async def join(websocket: WebSocket, room: int) -> None: ...

    @app.exception_handler(WebSocketRequestValidationError)
    async def refuse(websocket: WebSocket, error: WebSocketRequestValidationError) -> None:
        await websocket.close(4000 + len(error.errors()))

    assert closing_code(app, "/x") == 4001


def test_an_exception_says_the_closing_code(app: Laneway) -> None:
    async def refuse() -> None:
        raise WebSocketException(4003, "no")

    @app.websocket("/", dependencies=[Depends(refuse)])
    async def join(websocket: WebSocket) -> None: ...

    assert closing_code(app, "/") == 4003


def test_a_path_without_route_closes(app: Laneway) -> None:
    assert closing_code(app, "/nowhere") == 1000


def test_an_http_route_does_not_serve_websockets(app: Laneway) -> None:
    @app.get("/")
    async def read() -> None: ...

    assert closing_code(app, "/") == 1000


def test_dependencies_of_app_router_and_route_are_called_in_order() -> None:
    calls: list[str] = []

    def named(name: str) -> Any:
        return Depends(lambda: calls.append(name))

    app = Laneway(openapi_url=None, dependencies=[named("app")])
    router = APIRouter(dependencies=[named("router")])

    @router.websocket("/", dependencies=[named("route")])
    async def join(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_json(calls)

    app.include_router(router, prefix="/v1", dependencies=[named("include")])

    assert said(app, "/v1/") == ["app", "include", "router", "route"]


@pytest.mark.parametrize("blocking", [True, False], ids=["def", "async def"])
def test_yield_dependencies_are_closed_when_the_endpoint_ends(app: Laneway, blocking: bool) -> None:
    calls: list[str] = []

    def sync() -> Iterator[None]:
        yield
        calls.append("closed")

    async def coroutine() -> AsyncIterator[None]:
        yield
        calls.append("closed")

    @app.websocket("/", dependencies=[Depends(sync if blocking else coroutine)])
    async def join(websocket: WebSocket) -> None:
        await websocket.accept()
        calls.append("endpoint")

    with TestClient(app).websocket_connect("/"):
        pass

    assert calls == ["endpoint", "closed"]


def test_a_dependency_sees_the_error_of_the_endpoint(app: Laneway) -> None:
    seen: list[BaseException] = []

    def session() -> Iterator[None]:
        try:
            yield
        except WebSocketException as error:
            seen.append(error)
            raise

    @app.websocket("/", dependencies=[Depends(session)])
    async def join(websocket: WebSocket) -> None:
        raise WebSocketException(4001)

    closing_code(app, "/")

    assert len(seen) == 1


def test_a_dependency_may_take_the_websocket(app: Laneway) -> None:
    async def path(websocket: WebSocket) -> str:
        return websocket.url.path

    @app.websocket("/here")
    async def join(websocket: WebSocket, found: Annotated[str, Depends(path)]) -> None:
        await websocket.accept()
        await websocket.send_json(found)

    assert said(app, "/here") == "/here"


def test_overrides_hold_for_websockets(app: Laneway) -> None:
    def user() -> str:
        return "user"

    @app.websocket("/")
    async def join(websocket: WebSocket, name: Annotated[str, Depends(user)]) -> None:
        await websocket.accept()
        await websocket.send_json(name)

    before = said(app, "/")
    with app.override({user: lambda: "fake"}):
        within = said(app, "/")

    assert (before, within, said(app, "/")) == ("user", "fake", "user")


def test_a_route_added_late_to_an_included_router_is_served(app: Laneway) -> None:
    router = APIRouter()
    app.include_router(router, prefix="/v1")

    @router.websocket("/late")
    async def join(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_json("late")

    assert said(app, "/v1/late") == "late"


def test_an_endpoint_of_starlette_is_served(app: Laneway) -> None:
    @app.websocket_route("/")
    async def join(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_json("plain")

    assert said(app, "/") == "plain"


def test_the_handshake_may_be_refused_with_a_response(app: Laneway) -> None:
    @app.websocket("/")
    async def join(websocket: WebSocket) -> None:
        await websocket.send_denial_response(PlainTextResponse("no", 403))

    with pytest.raises(WebSocketDenialResponse) as refused, TestClient(app).websocket_connect("/"):
        pass

    assert (refused.value.status_code, refused.value.text) == (403, "no")


def test_a_name_gives_the_url(app: Laneway) -> None:
    @app.websocket("/rooms/{room}", name="room")
    async def join(websocket: WebSocket, room: int) -> None: ...

    assert app.url_path_for("room", room=5) == "/rooms/5"
