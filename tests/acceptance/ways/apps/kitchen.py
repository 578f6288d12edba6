"""The app that every way serves, with everything that a route can be."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.types import Receive, Scope, Send

from laneway import Laneway, Request
from laneway.staticfiles import StaticFiles

from . import answers, effects, inputs, sockets, streams

MODIFIED = 1_700_000_000  # of every file, so that ETag and Last-Modified are the same in all runs
FILES = {
    "digits.txt": b"0123456789" * 3,
    "large.bin": bytes(range(256)) * 1024,
    "index.html": b"<h1>Static</h1>",
    "404.html": b"<h1>Nowhere</h1>",
}


def write_files(folder: Path) -> Path:
    """The folder, with the files that endpoints send."""
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
        os.utime(folder / name, (MODIFIED, MODIFIED))
    return folder


@asynccontextmanager
async def lifespan(app: Laneway) -> AsyncIterator[dict[str, Any]]:
    """State for every request."""
    yield {"started": "yes"}


async def raw_asgi(scope: Scope, receive: Receive, send: Send) -> None:
    """An app that knows nothing of ours, and says when more is read than was sent."""
    assert scope["type"] == "http"
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    parts = [scope["method"], scope["root_path"], scope["path"], scope["raw_path"].decode(), body.decode()]
    head = [(b"Content-Type", b"text/plain"), (b"X-Raw", b"1"), (b"x-raw", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    for part in parts:
        await send({"type": "http.response.body", "body": f"{part}|".encode(), "more_body": True})
    await send({"type": "http.response.body"})


def make_sub_app() -> Laneway:
    """An app to be mounted."""
    child = Laneway(title="child")

    @child.get("/where/{place}")
    async def where(place: str, request: Request) -> Any:
        scope = request.scope
        return [place, scope["root_path"], scope["path"], str(request.url), str(request.base_url)]

    @child.post("/orders")
    async def post_order(order: inputs.Order) -> inputs.Order:
        return order

    @child.get("/fails")
    async def fails() -> None:
        raise effects.UnheardError

    return child


def add_all(app: Laneway, folder: Path) -> Laneway:
    """The app, with all endpoints."""
    app.state.log = []
    app.state.folder = folder
    app.add_exception_handler(effects.OutOfTeaError, effects.out_of_tea)
    for part in (answers, inputs, effects, streams, sockets):
        app.include_router(part.router)
    app.mount("/static", StaticFiles(directory=folder, html=True))
    app.mount("/child", make_sub_app())
    app.mount("/raw-asgi", raw_asgi)
    return app


def make_kitchen(folder: Path) -> Laneway:
    """A fresh app; its `state.log` is where endpoints write what they do."""
    return add_all(Laneway(title="Kitchen", lifespan=lifespan), folder)
