"""An ASGI app called in process, without a server: the cost of the framework alone."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bench.scenarios import Exchange
from bench.server import Reply

Message = MutableMapping[str, Any]
App = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]


def _scope(exchange: Exchange) -> Message:
    path, _, query = exchange.path.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": exchange.method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"bench"), (b"content-type", b"application/json")],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
    }


@dataclass(slots=True)
class Caller:
    """Calls `app` with one request, again and again."""

    app: App
    exchange: Exchange

    async def __call__(self) -> list[Message]:
        """Return the messages of one reply."""
        requests = [{"type": "http.request", "body": self.exchange.body.encode(), "more_body": False}]
        sent: list[Message] = []

        async def receive() -> Message:
            if not requests:  # who asks again waits for the client to leave
                await asyncio.Event().wait()
            return requests.pop()

        async def send(message: Message) -> None:
            sent.append(message)

        await self.app(_scope(self.exchange), receive, send)
        return sent

    async def reply(self) -> Reply:
        """Return one reply whole."""
        start, *parts = await self()
        headers = {name.lower(): value for name, value in start["headers"]}
        content_type = headers.get(b"content-type", b"").decode()
        return Reply(start["status"], content_type, b"".join([part.get("body", b"") for part in parts]))

    async def wall_ms(self) -> float:
        """Return the wall time of one call, milliseconds."""
        begun = time.perf_counter_ns()
        await self()
        return (time.perf_counter_ns() - begun) / 1e6

    async def cpu_us(self, calls: int) -> float:
        """Return the CPU time of one call, microseconds, as the mean of `calls`."""
        begun = time.process_time_ns()
        for _ in range(calls):
            await self()
        return (time.process_time_ns() - begun) / calls / 1e3


@asynccontextmanager
async def lifespan(app: App) -> AsyncIterator[None]:
    """Run start-up and shutdown around the block, as a server does."""
    inbox: asyncio.Queue[Message] = asyncio.Queue()
    outbox: asyncio.Queue[Message] = asyncio.Queue()
    running = asyncio.ensure_future(app({"type": "lifespan", "state": {}}, inbox.get, outbox.put))
    await inbox.put({"type": "lifespan.startup"})
    started = await outbox.get()
    if started["type"] != "lifespan.startup.complete":
        raise RuntimeError(started)
    yield
    await inbox.put({"type": "lifespan.shutdown"})
    await running
