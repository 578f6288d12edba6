"""Layers asked in memory: the messages that come out, and those that Starlette's own class gives."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from laneway.middleware.native.build import make_layer

Fields = Sequence[tuple[bytes, bytes]]


def answering(status: int, headers: Fields, parts: Sequence[bytes]) -> ASGIApp:
    """An app that sends a response in parts."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": status, "headers": list(headers)})
        for number, part in enumerate(parts, 1):
            await send({"type": "http.response.body", "body": part, "more_body": number < len(parts)})

    return app


def scope_of(method: str = "GET", headers: Fields = (), scheme: str = "http", path: str = "/") -> Scope:
    """The scope of a request."""
    return {
        "type": "http",
        "method": method,
        "headers": list(headers),
        "scheme": scheme,
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"a=1",
        "server": ("testserver", 80),
        "client": ("client", 1),
        "http_version": "1.1",
        "state": {},
        "extensions": {},
    }


def ask(app: ASGIApp, scope: Scope, body: bytes = b"") -> list[Message]:
    """What an app sends."""
    sent: list[Message] = []
    given = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return given.pop() if given else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append({**message, "headers": list(message.get("headers", ()))})

    asyncio.run(app(scope, receive, send))
    return [essence(message) for message in sent]


def essence(message: Message) -> Message:
    """A message with all that may be left out."""
    if message["type"] == "http.response.start":
        return {"type": "start", "status": message["status"], "headers": message["headers"]}
    return {
        "type": message["type"],
        "body": bytes(message.get("body", b"")),
        "more": message.get("more_body", False),
    }


def both(
    cls: Any, options: dict[str, Any], app: Callable[[], ASGIApp], scope: Callable[[], Scope]
) -> tuple[list[Message], list[Message]]:
    """What the native form of a class sends, and what the class itself does."""
    native = make_layer(cls, app(), (), options)
    assert type(native) is not cls
    return ask(native, scope()), ask(cls(app(), **options), scope())
