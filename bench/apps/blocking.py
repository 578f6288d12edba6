# ruff: noqa: ASYNC210, ASYNC251  # to block is what this app is for
"""Sixteen ways to block an event loop, each a route; the guard must name the route and the line.

The lines that block end with `# blocks` and the name of their route.
"""

import asyncio
import hashlib
import importlib
import json
import re
import socket
import sqlite3
import sys
import threading
import time
import urllib.request
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from laneway import Laneway
from laneway.guard import Guard, Incident

SECONDS = 0.25  # of a wait; the sizes below make computations of a few tenths of a second
NUMBERS = "[" + "1234567, " * 4_000_000 + "0]"
SLOW_MODULE = "bench.apps.slow_module"
HTTP_REPLY = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"


@asynccontextmanager
async def _slow_server() -> AsyncIterator[int]:
    """Answers HTTP requests after `SECONDS`, in a thread of its own; gives the port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:  # closed
                return
            with client:
                client.recv(65536)
                time.sleep(SECONDS)
                client.sendall(HTTP_REPLY)

    threading.Thread(target=answer, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def build(  # noqa: C901, PLR0915  # a list of routes
    on_incident: Callable[[Incident], object] | None, threshold: float = 0.1
) -> Laneway:
    """The app, watched if somebody wants to hear of incidents."""

    @asynccontextmanager
    async def lifespan(_: Laneway) -> AsyncIterator[dict[str, int]]:
        async with _slow_server() as port:
            ports.append(port)
            if on_incident is None:
                yield {}
                return
            guard = Guard(
                asyncio.get_running_loop(), threshold=threshold, window=0.0, on_incident=on_incident
            )
            guard.start()
            yield {}
            guard.stop()

    ports: list[int] = []
    app = Laneway(lifespan=lifespan, openapi_url=None)

    @app.get("/ping")
    async def ping() -> str:
        return "pong"

    @app.get("/work/{ms}")
    async def work(ms: float) -> str:
        """Compute for a while that is too short to be blamed."""
        end = time.thread_time() + ms / 1000
        while time.thread_time() < end:
            pass
        return "done"

    @app.get("/hogs/{count}/{seconds}")
    def hogs(count: int, seconds: float) -> str:
        """Let threads compute beside the loop."""
        for number in range(count):
            threading.Thread(target=_compute, args=(seconds,), name=f"hog-{number}", daemon=True).start()
        return "started"

    @app.get("/block/sleep/{number}")
    async def sleep(number: int) -> str:
        time.sleep(SECONDS)  # blocks sleep
        return "done"

    @app.get("/block/loop/{number}")
    async def loop(number: int) -> int:
        total = 0
        for value in range(6_000_000):  # blocks loop
            total += value  # blocks loop
        return total

    @app.get("/block/http/{number}")
    async def http(number: int) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{ports[0]}/") as reply:  # blocks http
            return int(reply.status)

    @app.get("/block/pbkdf2/{number}")
    async def pbkdf2(number: int) -> str:
        key = hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 900_000)  # blocks pbkdf2
        return key.hex()

    @app.get("/block/regex/{number}")
    async def regex(number: int) -> bool:
        return re.match(r"(a+)+$", "a" * 24 + "b") is None  # blocks regex

    @app.get("/block/sum/{number}")
    async def summed(number: int) -> int:
        return sum(range(20_000_000))  # blocks sum

    @app.get("/block/json/{number}")
    async def loads(number: int) -> int:
        values = json.loads(NUMBERS)  # blocks json
        return len(values)

    @app.get("/block/sqlite/{number}")
    async def sqlite(number: int) -> int:
        connection = sqlite3.connect(":memory:")
        query = "with recursive n(i) as (select 1 union all select i + 1 from n limit 3000000) select max(i) from n"
        rows = connection.execute(query).fetchall()  # blocks sqlite
        return int(rows[0][0])

    @app.get("/block/sort/{number}")
    async def sort(number: int) -> int:
        values = sorted(range(2_000_000), key=lambda value: -value)  # blocks sort
        return values[0]

    @app.get("/block/lock/{number}")
    async def lock(number: int) -> bool:
        taken = threading.Lock()
        taken.acquire()
        return taken.acquire(timeout=SECONDS)  # blocks lock

    @app.get("/block/dns/{number}")
    async def dns(number: int) -> int:
        found = socket.getaddrinfo("localhost", 80)
        time.sleep(SECONDS)  # blocks dns
        return len(found)

    @app.get("/block/helper/{number}")
    async def helper(number: int) -> str:
        return outer_helper()

    @app.get("/block/gather/{number}")
    async def gather(number: int) -> str:
        await asyncio.gather(asyncio.sleep(0.01), child())
        return "done"

    @app.get("/block/import/{number}")
    async def import_(number: int) -> str:
        sys.modules.pop(SLOW_MODULE, None)
        return importlib.import_module(SLOW_MODULE).__name__

    @app.get("/block/power/{number}")
    async def power(number: int) -> int:
        result = 7 ** (2_500_000 + number)  # blocks power
        return result.bit_length()

    @app.get("/block/callback/{number}")
    async def callback(number: int) -> str:
        done = asyncio.Event()
        asyncio.get_running_loop().call_soon(sleeping_callback, done)
        await done.wait()
        return "done"

    return app


def _compute(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def outer_helper() -> str:
    """One level down."""
    return inner_helper()


def inner_helper() -> str:
    """Two levels down."""
    time.sleep(SECONDS)  # blocks helper
    return "done"


async def child() -> None:
    """Run by gather in a task of its own."""
    time.sleep(SECONDS)  # blocks gather


def sleeping_callback(done: asyncio.Event) -> None:
    """Called by the loop, in no task."""
    time.sleep(SECONDS)  # blocks callback
    done.set()


def blocking_lines() -> dict[str, set[tuple[str, int]]]:
    """The file names and lines that the guard may name, by scenario."""
    found: dict[str, set[tuple[str, int]]] = {}
    for file in (Path(__file__), Path(__file__).with_name("slow_module.py")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if match := re.search(r"# blocks (\w+)$", line):
                found.setdefault(match[1], set()).add((file.name, number))
    return found
