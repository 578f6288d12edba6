"""What a layer of `@app.middleware("http")` that passes on costs: the first, and each further one.

Laneway is asked as its own server asks it, through a transport that is no socket; others as an ASGI server would ask
them. Bursts of requests, so that a turn of the event loop that a task needs is shared as it is under load.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from statistics import median
from typing import Any

import uvloop

from bench.peers import FRAMEWORK_VARIABLE
from bench.probes.drive import Caller
from bench.scenarios import Exchange

LAYERS = (0, 1, 3)
BURST = 100  # requests at once, each on a connection of its own
BURSTS = 20  # per batch
REQUEST = b"GET /json HTTP/1.1\r\nHost: bench\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n"
Ask = Callable[[], Awaitable[None]]


def application(layers: int) -> Any:
    """Return an app with so many layers around one route."""
    from bench.apps.framework import Application

    app: Any = Application()

    @app.get("/json")
    async def read() -> dict[str, object]:
        return {"message": "hello", "values": [1, 2.5, True]}

    async def passes(request: object, call_next: Callable[[object], Awaitable[object]]) -> object:
        return await call_next(request)

    for _ in range(layers):
        app.middleware("http")(passes)
    return app


class Wire(asyncio.Transport):
    """A connection without a network; knows when it has its answer."""

    def __init__(self) -> None:
        super().__init__()
        self.answer = b""

    def write(self, data: Any) -> None:
        """Keep what was answered last."""
        self.answer = bytes(data)

    def is_closing(self) -> bool:
        """Return False: nobody closes it."""
        return False


def by_direct_path(app: Any) -> Ask:
    """Return what lets Laneway's protocol answer a burst."""
    from uvicorn.config import Config
    from uvicorn.server import ServerState

    from laneway.server.direct.protocol import DirectProtocol

    config, state = Config(app, http=DirectProtocol, access_log=False, log_config=None), ServerState()
    config.load()
    lines = [(DirectProtocol(config, state, {}), Wire()) for _ in range(BURST)]
    for protocol, wire in lines:
        protocol.connection_made(wire)

    async def ask() -> None:
        loop = asyncio.get_running_loop()
        for protocol, wire in lines:
            wire.answer = b""
            loop.call_soon(protocol.data_received, REQUEST)  # the loop's call, as a socket's would be
        while not all(wire.answer for _, wire in lines):  # noqa: ASYNC110  # turn by turn, which is what is measured
            await asyncio.sleep(0)
        assert all(b" 200 OK" in wire.answer for _, wire in lines)

    return ask


def by_asgi(app: Any) -> Ask:
    """Return what lets an ASGI app answer a burst."""
    call = Caller(app, Exchange("GET", "/json"))

    async def ask() -> None:
        await asyncio.gather(*(call() for _ in range(BURST)))

    return ask


async def per_request(ask: Ask) -> float:
    """Return microseconds of CPU per request of a batch."""
    begun = time.process_time_ns()
    for _ in range(BURSTS):
        await ask()
    return (time.process_time_ns() - begun) / BURSTS / BURST / 1e3


async def measure(by: Callable[[Any], Ask], batches: int) -> dict[str, float]:
    """Return what layers cost, as medians of differences within a batch."""
    asks = {layers: by(application(layers)) for layers in LAYERS}
    for ask in asks.values():
        await ask()
    none, one, three = LAYERS
    taken = [{layers: await per_request(ask) for layers, ask in asks.items()} for _ in range(batches)]
    return {
        "first_layer_us": median(batch[one] - batch[none] for batch in taken),
        "further_layer_us": median((batch[three] - batch[one]) / (three - one) for batch in taken),
    }


if __name__ == "__main__":
    way = by_direct_path if os.environ[FRAMEWORK_VARIABLE] == "laneway" else by_asgi
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(measure(way, int(sys.argv[1])))))
