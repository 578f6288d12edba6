"""Middleware of every form around routes, errors, streams and background tasks."""

import contextvars
import time
from collections.abc import AsyncIterator
from typing import Any

from calls import get, post, request, websocket
from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException, Request, Response, WebSocket
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.middleware.trustedhost import TrustedHostMiddleware
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.middleware.sessions import SessionMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

EVENTS: list[str] = []
current: contextvars.ContextVar[str] = contextvars.ContextVar("current", default="-")


class Pure:
    def __init__(self, app: ASGIApp, name: str = "pure") -> None:
        EVENTS.append(f"made {name}")
        self.app, self.name = app, name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        current.set("pure")

        async def noted(message: Message) -> None:
            EVENTS.append(f"{self.name} sees {message['type']} {message.get('status', '')}")
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-pure", self.name.encode())]
            await send(message)

        await self.app(scope, receive, noted)
        EVENTS.append(
            f"{self.name} after {getattr(scope.get('route'), 'name', None)} {scope.get('path_params')} {'endpoint' in scope}"
        )


class Based(BaseHTTPMiddleware):
    def __init__(self, app: ASGIApp, header: str) -> None:
        super().__init__(app)
        self.header = header

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        request.state.by_based = "set"
        if request.url.path == "/short":
            return JSONResponse({"short": "circuit"}, 299)
        if "read" in request.query_params:
            EVENTS.append((await request.body()).decode())
        response = await call_next(request)
        response.headers[self.header] = "1"
        EVENTS.append("based done")
        return response


app = FastAPI(middleware=[Middleware(Pure, name="outermost")])
app.add_middleware(GZipMiddleware, minimum_size=100)
app.add_middleware(Based, header="x-based")
app.add_middleware(SessionMiddleware, secret_key="secret", https_only=True, max_age=None)
app.add_middleware(
    CORSMiddleware,
    allow_origins=["https://a.example"],
    allow_credentials=True,
    allow_methods=["GET", "POST"],
    allow_headers=["x-a"],
    expose_headers=["x-b"],
    max_age=5,
)
app.add_middleware(TrustedHostMiddleware, allowed_hosts=["example.com", "*.trusted.example"])


@app.middleware("http")
async def timed(request: Request, call_next: Any) -> Response:
    start = time.perf_counter()
    try:
        response = await call_next(request)
    except ValueError as error:
        EVENTS.append(f"middleware saw {error}")
        return JSONResponse({"caught": str(error)}, 555)
    response.headers["x-timed"] = str(time.perf_counter() >= start)
    return response


async def current_user(request: Request) -> str:
    return f"{current.get()} {request.state.by_based}"


@app.get("/plain")
async def plain(user: str = Depends(current_user)) -> Any:
    return user


@app.get("/sync/{n}")
def sync(n: int, user: str = Depends(current_user)) -> Any:
    return [user, n, "x" * 300]


@app.post("/echo")
async def echo(request: Request, value: dict[str, Any]) -> Any:
    return [value, len(await request.body())]


@app.get("/session")
async def session(request: Request) -> Any:
    request.session["count"] = request.session.get("count", 0) + 1
    return request.session


@app.get("/fail/{how}")
async def fail(how: str) -> Any:
    if how == "http":
        raise HTTPException(409, "conflict")
    if how == "value":
        raise ValueError("seen by middleware")
    raise KeyError("seen by nobody")


@app.get("/stream")
async def stream() -> StreamingResponse:
    async def parts() -> AsyncIterator[str]:
        for n in range(200):
            yield f"{n},"

    return StreamingResponse(parts())


@app.post("/background")
async def background(tasks: BackgroundTasks) -> Any:
    tasks.add_task(EVENTS.append, "background")
    return {}


@app.websocket("/ws")
async def ws(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_json([current.get(), str(socket.url)])
    await socket.close()


COOKIE = "eyJjb3VudCI6IDF9.ZZ.invalid"
CALLS = [
    get("/plain"), get("/sync/1"), get("/sync/1", ("accept-encoding", "gzip")), get("/sync/x"), get("/short"), get("/none"), post("/echo", {"a": 1}), post("/echo?read=1", {"a": 1}), post("/echo?read=1", []), get("/session"), get("/session", ("cookie", f"session={COOKIE}")),
    get("/fail/http"), get("/fail/value"), get("/fail/key"), get("/stream"), get("/stream", ("accept-encoding", "gzip, br")), post("/background", None), get("/plain", ("origin", "https://a.example")), get("/plain", ("origin", "https://b.example")), get("/fail/key", ("origin", "https://a.example")), get("/none", ("origin", "https://a.example")),
    request("OPTIONS", "/plain", b"", [("origin", "https://a.example"), ("access-control-request-method", "GET"), ("access-control-request-headers", "x-a")]), request("OPTIONS", "/plain", b"", [("origin", "https://b.example"), ("access-control-request-method", "PUT"), ("access-control-request-headers", "x-z")]),
    request("OPTIONS", "/plain"), get("/plain", host="evil.example"), get("/plain", host="sub.trusted.example:80"), request("HEAD", "/plain"), websocket("/ws"), websocket("/ws", host="evil.example"),
]  # fmt: skip
