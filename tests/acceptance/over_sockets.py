"""Apps served by uvicorn in a thread of this process, and a client that can leave when it likes."""

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp

BACKLOG = 2048
STOP_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered; status 0 and nothing else when it closed the connection without an answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> object:
        return json.loads(self.body)

    @classmethod
    def read(cls, raw: bytes) -> "Reply":
        head, _, body = raw.partition(b"\r\n\r\n")
        status, *fields = head.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (field.partition(": ") for field in fields)}
        return cls(int(status.split()[1]) if status else 0, headers, body)


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[tuple[str, int]]:
    """The address at which the app is served on the loopback interface."""
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none", loop="asyncio"))
    with socket.create_server(("127.0.0.1", 0), backlog=BACKLOG) as listening:
        thread = threading.Thread(target=lambda: server.run([listening]))
        thread.start()
        try:
            while not server.started and thread.is_alive():  # noqa: ASYNC110 - another thread's
                await asyncio.sleep(0.005)
            yield listening.getsockname()
        finally:
            server.should_exit = True
            await asyncio.to_thread(thread.join, STOP_SECONDS)


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """The bytes of a request, after which the connection is closed."""
    fields = {"host": "test", "connection": "close", "content-length": str(len(body)), **headers}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
    return "\r\n".join(lines).encode() + body


async def ask(
    address: tuple[str, int], path: str, *, method: str = "GET", body: bytes = b"", **headers: str
) -> Reply:
    """The whole answer to one request on a connection of its own."""
    reader, writer = await asyncio.open_connection(*address)
    writer.write(request(method, path, body, **headers))
    try:
        return Reply.read(await reader.read())
    finally:
        writer.close()


@asynccontextmanager
async def asking(address: tuple[str, int], sent: bytes) -> AsyncIterator[asyncio.StreamReader]:
    """A client that has sent something, and leaves at the end of the block."""
    reader, writer = await asyncio.open_connection(*address)
    writer.write(sent)
    await writer.drain()
    try:
        yield reader
    finally:
        writer.transport.abort()
