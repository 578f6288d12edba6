"""A server for streams, in a thread of this process, and what clients do with raw sockets."""

import asyncio
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn

from laneway import Laneway
from laneway.server.direct.protocol import DirectProtocol

PROTOCOLS = {"asgi": "httptools", "direct": DirectProtocol}
"""The ways to an app, by name: through uvicorn's own protocol, and through ours."""

PATIENCE_SECONDS = 20.0  # for what comes at once, on a machine that does much else


class Server:
    """Uvicorn in a thread of this process, on a free port of the loopback interface."""

    def __init__(self, app: Laneway, protocol: Any, lifespan: Any = "off") -> None:
        self.protocol = protocol
        config = uvicorn.Config(
            app, http=self.protocol, log_config=None, lifespan=lifespan, ws="none", loop="asyncio"
        )
        self._server = uvicorn.Server(config)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._run)
        self.loop: asyncio.AbstractEventLoop
        self._thread.start()
        wait_until(lambda: self._server.started)

    def _run(self) -> None:
        async def main() -> None:
            self.loop = asyncio.get_running_loop()
            await self._server.serve([self._socket])

        asyncio.run(main())

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(PATIENCE_SECONDS)

    @property
    def url(self) -> str:
        """Where it serves."""
        host, port = self._socket.getsockname()
        return f"http://{host}:{port}"

    def connect(self, path: str, headers: str = "", method: str = "GET") -> socket.socket:
        """A connection on which `path` has been asked for; each line of `headers` ends with CRLF."""
        client = socket.create_connection(self._socket.getsockname(), timeout=PATIENCE_SECONDS)
        client.sendall(
            f"{method} {path} HTTP/1.1\r\nhost: test\r\n{headers}connection: close\r\n\r\n".encode()
        )
        return client

    def read(self, path: str, headers: str = "", method: str = "GET") -> bytes:
        """The whole reply."""
        with self.connect(path, headers, method) as client:
            return b"".join(iter(lambda: client.recv(65536), b""))

    def cut(self) -> None:
        """Reset all connections."""
        self.on_loop(lambda: [line.transport.abort() for line in list(self._server.server_state.connections)])

    def on_loop(self, look: Callable[[], Any]) -> Any:
        """What `look` finds in the server's loop."""

        async def call() -> Any:
            return look()

        return asyncio.run_coroutine_threadsafe(call(), self.loop).result(PATIENCE_SECONDS)


def wait_until(done: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> float:
    """Seconds until something was so; fails after `seconds`."""
    began = time.monotonic()
    while not done():
        assert time.monotonic() - began < seconds, "it never came to be"
        time.sleep(0.001)
    return time.monotonic() - began


def read_until(client: socket.socket, end: bytes) -> bytes:
    """What arrives up to and including `end`."""
    read = b""
    while end not in read:
        received = client.recv(65536)
        assert received, f"closed after {read!r}"
        read += received
    return read


Serve = Callable[[Laneway], Server]


@contextmanager
def serving(protocol: Any, lifespan: str = "off") -> Iterator[Serve]:
    """Serves apps until the block is over."""
    servers: list[Server] = []

    def start(app: Laneway) -> Server:
        servers.append(Server(app, protocol, lifespan))
        return servers[-1]

    try:
        yield start
    finally:
        for server in servers:
            server.stop()


def unchunked(body: bytes) -> bytes:
    """A body, whole or cut off, without its framing (RFC 9112 section 7.1)."""
    whole = b""
    while b"\r\n" in body:
        size, _, body = body.partition(b"\r\n")
        whole, body = whole + body[: int(size, 16)], body[int(size, 16) + 2 :]
    return whole


@dataclass(frozen=True, slots=True)
class Event:
    """An event as a client understands it."""

    id: str
    name: str
    data: str


def events_of(reply: bytes) -> list[Event]:
    """The events that have arrived whole in a reply, cut off or not."""
    body = unchunked(reply.partition(b"\r\n\r\n")[2]).decode()
    blocks = [dict(line.split(": ", 1) for line in block.splitlines()) for block in body.split("\n\n")[:-1]]
    return [
        Event(block.get("id", ""), block.get("event", "message"), block["data"])
        for block in blocks
        if "data" in block
    ]


def status_of(reply: bytes) -> int:
    """The status of a reply."""
    return int(reply.split(b" ", 2)[1])


def resumed(last_id: str) -> str:
    """The header field by which a client goes on after an event; none if it has seen none."""
    return f"last-event-id: {last_id}\r\n" if last_id else ""


def read_with_cuts(server: Server, path: str, cuts: Iterable[int]) -> list[Event]:
    """All events of a stream, by a client whose connection is cut after so many bytes, again and again."""
    seen: list[Event] = []
    last_id = ""
    for most in (*cuts, sys.maxsize):
        with server.connect(path, resumed(last_id)) as client:
            reply = b""
            while len(reply) < most and (part := client.recv(min(most - len(reply), 65536))):
                reply += part
        events = events_of(reply)
        seen += events
        last_id = events[-1].id if events else last_id
    return seen
