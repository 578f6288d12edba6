"""The work by hand on granian's own interface, RSGI."""

import asyncio
from typing import Protocol
from urllib.parse import parse_qsl

from bench.apps.models import HOLD_SECONDS, WAIT_SECONDS
from bench.apps.work import JSON, REJECTED, greeting, item, order, waited

HEADERS = [("content-type", JSON)]


class Scope(Protocol):
    """What is used of granian's scope."""

    proto: str
    method: str
    path: str
    query_string: str


class Exchanged(Protocol):
    """What is used of granian's protocol object: awaited, it gives the body."""

    async def __call__(self) -> bytes:
        """Return the body of the request."""
        ...

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """Send the whole reply."""

    def response_empty(self, status: int, headers: list[tuple[str, str]]) -> None:
        """Send a reply without a body."""


async def _reply(scope: Scope, protocol: Exchanged) -> bytes | None:
    path = scope.path
    if path == "/json":
        return greeting()
    if path == "/orders":
        return order(await protocol())
    if path.startswith("/items/"):
        return item(path[7:], dict(parse_qsl(scope.query_string)))
    if path in {"/wait", "/hold"}:
        seconds = WAIT_SECONDS if path == "/wait" else HOLD_SECONDS
        await asyncio.sleep(seconds)
        return waited(seconds)
    return None


async def app(scope: Scope, protocol: Exchanged) -> None:
    """Answer one request."""
    try:
        body = await _reply(scope, protocol)
    except REJECTED:
        protocol.response_empty(422, [])
        return
    if body is None:
        protocol.response_empty(404, [])
    else:
        protocol.response_bytes(200, HEADERS, body)
