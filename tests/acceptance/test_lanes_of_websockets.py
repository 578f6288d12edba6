"""A WebSocket may be open for hours: it takes a place in a lane for each hop, and none in between."""

import queue
import threading
from collections.abc import Iterator
from typing import Annotated

import pytest
from starlette.testclient import WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from laneway import Depends, Laneway, WebSocket, lanes
from laneway.testing import TestClient

PATIENCE_SECONDS = 10


def admitted(app: Laneway) -> int:
    return app.lanes["db"].stats().admitted


@pytest.fixture
def app() -> Laneway:
    """An app whose lane `db` has one thread and no queue."""
    return Laneway(lanes={"db": lanes.threads(1, queue=0)})


def test_a_dependency_takes_a_place_while_it_runs_and_the_endpoint_takes_none(app: Laneway) -> None:
    def connect() -> int:
        return admitted(app)

    @app.websocket("/")
    async def talk(websocket: WebSocket, while_it_ran: Annotated[int, Depends(connect, lane="db")]) -> None:
        await websocket.accept()
        await websocket.send_json([while_it_ran, admitted(app)])

    with TestClient(app) as client, client.websocket_connect("/") as websocket:
        assert websocket.receive_json() == [1, 0]


def test_a_dependency_that_yields_takes_a_place_to_open_and_none_to_stay_open(app: Laneway) -> None:
    """Nor to close: that must never wait."""
    seen: queue.SimpleQueue[int] = queue.SimpleQueue()

    def connect() -> Iterator[str]:
        seen.put(admitted(app))
        yield "connection"
        seen.put(admitted(app))

    @app.websocket("/")
    async def talk(websocket: WebSocket, _: Annotated[str, Depends(connect, lane="db")]) -> None:
        seen.put(admitted(app))
        await websocket.accept()
        await websocket.close()

    with TestClient(app) as client, client.websocket_connect("/"):
        pass

    assert [seen.get(timeout=PATIENCE_SECONDS) for _ in range(3)] == [1, 0, 0]


def test_open_connections_do_not_fill_a_lane(app: Laneway) -> None:
    """Five at once in a lane with a single place."""

    @app.websocket("/")
    async def talk(websocket: WebSocket, _: Annotated[int, Depends(lambda: len("x"), lane="db")]) -> None:
        await websocket.accept()
        await websocket.send_text("open")
        await websocket.receive_text()

    with TestClient(app) as client:
        sessions = [client.websocket_connect("/") for _ in range(5)]
        opened = [session.__enter__() for session in sessions]
        assert [websocket.receive_text() for websocket in opened] == ["open"] * 5
        for websocket, session in zip(opened, sessions, strict=True):
            websocket.send_text("bye")
            session.__exit__(None, None, None)


class Holder:
    """A request that keeps the only place of the lane until it is let go."""

    def __init__(self, app: Laneway, client: TestClient) -> None:
        self.begun, self.go = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=lambda: client.get("/hold"))

        @app.get("/hold", lane="db")
        def hold() -> None:
            self.begun.set()
            self.go.wait(PATIENCE_SECONDS)

    def __enter__(self) -> None:
        self._thread.start()
        assert self.begun.wait(PATIENCE_SECONDS)

    def __exit__(self, *_: object) -> None:
        self.go.set()
        self._thread.join()


def test_a_handshake_that_finds_its_lane_full_is_answered_503(app: Laneway) -> None:
    """As a request is, with advice when to come back; nothing of it was called."""
    called: list[str] = []

    @app.websocket("/")
    async def talk(
        websocket: WebSocket, _: Annotated[None, Depends(lambda: called.append("x"), lane="db")]
    ) -> None:
        raise AssertionError("not reached")

    with TestClient(app) as client, Holder(app, client):
        with pytest.raises(WebSocketDenialResponse) as caught, client.websocket_connect("/"):
            pass
        refused = app.lanes["db"].stats().refused

    assert (caught.value.status_code, caught.value.headers["retry-after"]) == (503, "1")
    assert caught.value.json()["detail"] == "The server is busy (lane 'db'); try again in 1 s"
    assert (called, refused) == ([], 1)


def test_an_open_connection_whose_lane_is_full_is_closed_with_try_again_later(app: Laneway) -> None:
    """Close code 1013, unless the endpoint catches the error."""

    @app.websocket("/")
    async def talk(websocket: WebSocket) -> None:
        await websocket.accept()
        await lanes.run("db", len, "x")

    with (
        TestClient(app) as client,
        Holder(app, client),
        client.websocket_connect("/") as websocket,
        pytest.raises(WebSocketDisconnect) as caught,
    ):
        websocket.receive_text()

    assert (caught.value.code, caught.value.reason) == (
        1013,
        "The server is busy (lane 'db'); try again in 1 s",
    )


def test_an_open_connection_whose_call_is_too_slow_is_closed_as_an_error(app: Laneway) -> None:
    """Nobody can say that a second attempt would be faster."""

    @app.websocket("/")
    async def talk(websocket: WebSocket) -> None:
        await websocket.accept()
        with lanes.due_in(0.05):
            await lanes.run("db", threading.Event().wait, 0.2)

    with (
        TestClient(app) as client,
        client.websocket_connect("/") as websocket,
        pytest.raises(WebSocketDisconnect) as caught,
    ):
        websocket.receive_text()

    assert caught.value.code == 1011
    assert "No result within" in caught.value.reason


def test_a_server_that_cannot_deny_a_handshake_with_an_answer_closes_it(app: Laneway) -> None:
    """Then there is no 503, only a close code; servers make a 403 of it."""

    @app.websocket("/")
    async def talk(websocket: WebSocket, _: Annotated[int, Depends(lambda: len("x"), lane="db")]) -> None:
        raise AssertionError("not reached")

    async def without_extension(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        if scope["type"] == "websocket":
            scope.pop("extensions", None)
        await app(scope, receive, send)

    with (
        TestClient(without_extension) as client,
        Holder(app, client),
        pytest.raises(WebSocketDisconnect) as caught,
        client.websocket_connect("/"),
    ):
        pass

    assert caught.value.code == 1013


def test_a_connection_that_closed_already_is_left_alone(app: Laneway) -> None:
    @app.websocket("/")
    async def talk(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.close(1000)
        await lanes.run("db", len, "x")

    with (
        TestClient(app) as client,
        Holder(app, client),
        client.websocket_connect("/") as websocket,
        pytest.raises(WebSocketDisconnect) as caught,
    ):
        websocket.receive_text()

    assert caught.value.code == 1000
