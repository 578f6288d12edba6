"""1,000 routes: what starting, the first request, the first and last route, and the schema document cost."""

import asyncio
import json
import socket
import sys
import threading
import time
from contextlib import closing
from http.client import HTTPConnection
from statistics import median
from typing import Any

import uvicorn

from bench.apps import large
from bench.probes.drive import Caller, lifespan
from bench.scenarios import Exchange

CALLS = 50  # per batch


def _early(app: Any) -> dict[str, float]:
    """Time start-up and the first requests as a client sees them, each on a connection of its own."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    begun = time.perf_counter()
    thread.start()
    while not server.started:
        time.sleep(0.001)
    started = time.perf_counter()
    "127.0.0.1".encode(
        "idna"
    )  # the client's first request imports this codec, which is not the server's doing
    times = [_request_ms(listening.getsockname()[1]) for _ in range(12)]
    server.should_exit = True
    thread.join()
    tenth = median(times[7:])
    return {
        "startup_ms": (started - begun) * 1e3,
        "first_request_ms": times[0],
        "tenth_request_ms": tenth,
        "first_to_tenth": times[0] / tenth,
    }


def _request_ms(port: int) -> float:
    begun = time.perf_counter()
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("GET", large.LAST_PATH + "?q=a")
        connection.getresponse().read()
    return (time.perf_counter() - begun) * 1e3


async def _ends(first: Caller, last: Caller, batches: int) -> dict[str, float]:
    """Time both ends of the table in turns, so that noise meets both."""
    pairs = [(await first.cpu_us(CALLS), await last.cpu_us(CALLS)) for _ in range(batches)]
    ratio = median([b / a for a, b in pairs])
    return {
        "first_route_us": median([a for a, _ in pairs]),
        "last_route_us": median([b for _, b in pairs]),
        "last_to_first": ratio,
    }


async def _replies(*callers: Caller) -> list[str]:
    return [repr(await caller.reply()) for caller in callers]


def measure(batches: int) -> dict[str, object]:
    """Return the figures of one framework; `replies` is for comparison with the other."""
    begun = time.perf_counter()
    app = large.build()
    built = time.perf_counter()
    return {"build_ms": (built - begun) * 1e3, **_early(app), **asyncio.run(_later(app, batches))}


async def _later(app: Any, batches: int) -> dict[str, object]:
    first, last = (
        Caller(app, Exchange("GET", path + "?q=a")) for path in (large.FIRST_PATH, large.LAST_PATH)
    )
    async with lifespan(app):
        figures: dict[str, object] = dict(await _ends(first, last, batches))
        begun_schema = time.perf_counter()
        app.openapi()
        return {
            **figures,
            "openapi_ms": (time.perf_counter() - begun_schema) * 1e3,
            "replies": await _replies(first, last, Caller(app, Exchange("GET", "/area0/absent"))),
        }


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
