"""WebSockets: parameters, dependencies, exceptions, close codes."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from calls import get, websocket
from fastapi import (
    APIRouter,
    Cookie,
    Depends,
    FastAPI,
    Header,
    HTTPException,
    Query,
    WebSocket,
    WebSocketDisconnect,
    WebSocketException,
    status,
)
from fastapi.exceptions import WebSocketRequestValidationError
from fastapi.responses import PlainTextResponse
from fastapi.security import APIKeyQuery, HTTPBearer
from starlette.requests import HTTPConnection

EVENTS: list[str] = []
app = FastAPI()


@app.websocket("/echo")
async def echo(socket: WebSocket) -> None:
    await socket.accept(subprotocol="chat", headers=[(b"x-a", b"1")])
    try:
        while True:
            message = await socket.receive_text()
            if message == "stop":
                await socket.close(1001, "stopped")
                return
            await socket.send_text(f"echo {message}")
    except WebSocketDisconnect as error:
        EVENTS.append(f"disconnect {error.code} {error.reason}")


async def token(
    t: Annotated[str | None, Query()] = None, session: Annotated[str | None, Cookie()] = None
) -> str:
    if t is None and session is None:
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION, "no token")
    return t or session or ""


@app.websocket("/typed/{n}")
async def typed(
    socket: WebSocket,
    n: int,
    found: Annotated[str, Depends(token)],
    x: Annotated[int, Header()] = 0,
    q: float = 1,
) -> None:
    await socket.accept()
    await socket.send_json([n, found, x, q, str(socket.url), socket.scope["route"].path, socket.path_params])
    await socket.send_bytes(await socket.receive_bytes())


async def resource(connection: HTTPConnection, socket: WebSocket) -> AsyncIterator[str]:
    EVENTS.append(f"open {connection.url.path} {socket is connection}")
    try:
        yield "resource"
    except BaseException as error:
        EVENTS.append(f"saw {type(error).__name__}")
        raise
    finally:
        EVENTS.append("close")


class Own(Exception):
    pass


@app.exception_handler(Own)
async def on_own(socket: WebSocket, error: Own) -> None:
    EVENTS.append("handled own")
    await socket.close(4001, "own")


@app.websocket("/raise/{what}/{when}")
async def raising(socket: WebSocket, what: str, when: str, r: Annotated[str, Depends(resource)]) -> None:
    if when == "after":
        await socket.accept()
    raise MADE[what]


MADE: dict[str, Exception] = {
    "own": Own(),
    "value": ValueError("v"),
    "http": HTTPException(403, "no"),
    "ws": WebSocketException(4002, "ws"),
    "disconnect": WebSocketDisconnect(1006),
}


@app.websocket("/no-return")
async def silent(socket: WebSocket) -> None:
    return None


@app.websocket("/receive-json")
async def receive_json(socket: WebSocket, data: Annotated[str, Depends(resource, scope="function")]) -> None:
    await socket.accept()
    await socket.send_json({"got": await socket.receive_json()}, mode="binary")
    await socket.close()


key = APIKeyQuery(name="key")
bearer = HTTPBearer(auto_error=False)


@app.websocket("/secure")
async def secure(
    socket: WebSocket, k: Annotated[str, Depends(key)], b: Annotated[Any, Depends(bearer)]
) -> None:
    await socket.accept()
    await socket.send_json([k, b and b.credentials])


@app.websocket("/denied")
async def denied(socket: WebSocket) -> None:
    await socket.send_denial_response(PlainTextResponse("denied", 401))


async def checks(x_ok: Annotated[str, Header()]) -> None:
    EVENTS.append("router dependency")


router = APIRouter(prefix="/r", dependencies=[Depends(checks)])


@router.websocket("/{name}", name="named", dependencies=[Depends(token)])
async def in_router(socket: WebSocket, name: str) -> None:
    await socket.accept()
    await socket.send_text(f"{name} {socket.url_for('named', name='z')} {socket.scope['endpoint'].__name__}")
    await socket.close(reason="done")


app.include_router(router, prefix="/p", dependencies=[Depends(checks)])


@app.get("/echo")
async def http_echo() -> str:
    return "http"


@app.websocket_route("/classic")
async def classic(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("classic")
    await socket.close()


handled = FastAPI()


@handled.exception_handler(WebSocketRequestValidationError)
async def on_invalid(socket: WebSocket, error: WebSocketRequestValidationError) -> None:
    EVENTS.append(str(error.errors()))
    await socket.close(4422, "invalid")


@handled.websocket("/{n}")
async def numbered(socket: WebSocket, n: int) -> None:
    await socket.accept()


app.mount("/handled", handled)
DENIAL = {"extensions": {"websocket.http.response": {}}}
CALLS = [
    websocket("/echo", "a", "stop"), websocket("/echo", "a", None), websocket("/echo", b"bytes"), websocket("/typed/1?t=x&q=2", b"\x00", headers=[("x", "5")]), websocket("/typed/1", b"\x00", headers=[("cookie", "session=s")]), websocket("/typed/1"), websocket("/typed/x?t=1&q=z", headers=[("x", "z")]), websocket("/typed/x?t=1", **DENIAL),
    *(websocket(f"/raise/{what}/{when}") for what in MADE for when in ["before", "after"]), websocket("/raise/http/before", **DENIAL), websocket("/raise/ws/before", **DENIAL), websocket("/no-return"), websocket("/receive-json", '{"a": 1}'), websocket("/receive-json", "{bad"), websocket("/receive-json", None),
    websocket("/secure?key=k", headers=[("authorization", "Bearer b")]), websocket("/secure"), websocket("/denied"), websocket("/denied", **DENIAL), websocket("/p/r/n?t=1", headers=[("x-ok", "1")]), websocket("/p/r/n?t=1"), websocket("/p/r/n", headers=[("x-ok", "1")]), websocket("/none"), websocket("/none", **DENIAL), get("/echo"), get("/typed/1"), websocket("/classic"),
    websocket("/handled/1"), websocket("/handled/x"), websocket("/handled/none/x"), websocket("/echo", "stop", root_path="/proxy", subprotocols=["chat"]), websocket("/echo/"),
]  # fmt: skip
