"""An app that says what it was asked, so that a request taken for another shows."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Any

from pydantic import BaseModel
from starlette.types import Receive, Scope, Send

from laneway import Laneway, Request, Response
from laneway.responses import PlainTextResponse

STREAMED = 3  # parts of a stream


class Thing(BaseModel):
    """What is posted."""

    id: int
    text: str = ""


async def raw_asgi(scope: Scope, receive: Receive, send: Send) -> None:
    """What an ASGI app sees."""
    size = 0
    while True:
        message = await receive()
        size += len(message.get("body", b""))
        if not message.get("more_body"):
            break
    body = f"{scope['method']} {scope['raw_path'].decode('latin-1')} {size}".encode("latin-1")
    head = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": body})


def make_app() -> Laneway:
    """A fresh app; `state.asked` has the paths of all requests to `/echo`."""
    app = Laneway(openapi_url=None)
    app.state.asked = []

    @app.get("/static")
    async def static() -> Any:
        return {"static": True}

    @app.get("/items/{item_id}")
    async def item(item_id: int, q: str = "") -> Any:
        return {"item": item_id, "q": q}

    @app.get("/sync/{item_id}")
    def sync(item_id: int) -> Any:
        return {"sync": sorted([item_id])}

    @app.get("/awaits/{item_id}")
    async def awaits(item_id: int) -> Any:
        await asyncio.sleep(0)
        return {"awaits": item_id}

    @app.get("/stream/{item_id}")
    async def stream(item_id: int) -> AsyncIterator[dict[str, int]]:
        for part in range(STREAMED):
            yield {"stream": item_id, "part": part}

    @app.post("/things")
    async def thing(thing: Thing) -> Thing:
        return thing

    @app.post("/sync-things")
    def sync_thing(thing: Thing) -> Any:
        return {"sync": sorted([thing.id]), "text": thing.text}

    @app.api_route("/echo/{rest:path}", methods=["GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS"])
    async def echo(rest: str, request: Request) -> Any:
        app.state.asked.append(rest)
        body = await request.body()
        return {
            "method": request.method,
            "path": request.scope["raw_path"].decode("latin-1"),
            "query": request.scope["query_string"].decode("latin-1"),
            "headers": [
                [name.decode("latin-1"), value.decode("latin-1")] for name, value in request.headers.raw
            ],
            "body": hashlib.sha256(body).hexdigest()[:16],
            "size": len(body),
        }

    @app.post("/unread/{item_id}")
    async def unread(item_id: int, request: Request) -> Any:
        return {"unread": item_id}

    @app.post("/small", max_body_size=100)
    async def small(thing: Thing) -> Any:
        return {"small": thing.id}

    @app.get("/header")
    async def header(name: str, value: str, kind: str = "response") -> Response:
        return PlainTextResponse("ok", headers={name: value})

    @app.get("/response-header")
    async def response_header(name: str, value: str, response: Response) -> Any:
        response.headers[name] = value
        return {"ok": True}

    @app.get("/raw-header")
    async def raw_header(name: str, value: str) -> Response:
        response = Response(b"ok")
        response.raw_headers.append((name.encode("latin-1"), value.encode("latin-1")))
        return response

    app.mount("/asgi", raw_asgi)
    return app
