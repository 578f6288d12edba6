"""A lane at twice its capacity: what clients get, and what it does to the server."""

import asyncio
import json
import os
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from examples.lanes.lateness import Lateness
from laneway import Laneway, lanes

THREADS = 4
QUEUE = 8
SERVICE_SECONDS = 0.05
CAPACITY = THREADS / SERVICE_SECONDS  # requests per second

WORST = {
    "ready, but other programs had the processors": "without_core",
    "collecting garbage": "collecting",
    "computing": "computing",
    "asleep, or waiting for the interpreter lock": "waiting",
}

lateness = Lateness()


@asynccontextmanager
async def watch_the_loop(_: Laneway) -> AsyncIterator[None]:
    """Note how late the event loop wakes a sleeper, and why."""
    watching = asyncio.create_task(lateness.watch())
    yield
    watching.cancel()


app = Laneway(lanes={"db": lanes.threads(THREADS, queue=QUEUE)}, lifespan=watch_the_loop)


@app.get("/work", lane="db")
def work() -> str:
    """A query."""
    time.sleep(SERVICE_SECONDS)
    return "done"


@app.get("/numbers")
async def numbers() -> dict[str, float]:
    """The server at this moment; what was late is forgotten afterwards."""
    stats = app.lanes["db"].stats()
    late = [span.late for span in lateness.spans]
    result = {
        "threads": threading.active_count(),
        "files": open_files(),
        "megabytes": resident_megabytes(),
        "places": stats.admitted,
        "refused": stats.refused,
        "service": stats.service,
        "late_p99": at(late, 0.99),
        "longest_collection": lateness.longest_collection,
        **{f"worst_{name}": seconds for name, seconds in lateness.worst().items()},
    }
    lateness.clear()
    return result


def open_files() -> int:
    """Files and sockets that this process has open; 0 where the system does not tell."""
    return len(list(Path("/proc/self/fd").glob("*")))


def resident_megabytes() -> float:
    """Memory of this process; 0 where the system does not tell."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20 if statm.exists() else 0.0


def at(values: list[float], share: float) -> float:
    """The value below which so large a share of them lies."""
    return sorted(values)[int(share * (len(values) - 1))] if values else 0.0


@dataclass
class Result:
    """What the clients of a storm got."""

    statuses: dict[int, int] = field(default_factory=dict)
    seconds_of_200: list[float] = field(default_factory=list)
    without_advice: int = 0  # replies 503 that lack Retry-After


async def get(url: str, path: str) -> tuple[int, dict[str, str], bytes]:
    """Status, header fields and body, on a connection of its own."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(f"GET {path} HTTP/1.1\r\nhost: {address.netloc}\r\nconnection: close\r\n\r\n".encode())
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    status, *fields = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in fields)
    return int(status.split()[1]), headers, body


async def numbers_of(url: str) -> dict[str, float]:
    """The server at this moment."""
    found: dict[str, float] = json.loads((await get(url, "/numbers"))[2])
    return found


async def storm(url: str, seconds: float, *, times: float = 2.0) -> Result:
    """Send requests at so many times the lane's capacity, whether they are answered or not."""
    result = Result()

    async def one() -> None:
        begun = time.perf_counter()
        status, headers, _ = await get(url, "/work")
        result.statuses[status] = result.statuses.get(status, 0) + 1
        if status == 200:
            result.seconds_of_200.append(time.perf_counter() - begun)
        result.without_advice += status == 503 and "retry-after" not in headers

    begun = time.perf_counter()
    async with asyncio.TaskGroup() as clients:
        for number in range(int(seconds * times * CAPACITY)):
            await asyncio.sleep(max(0.0, begun + number / (times * CAPACITY) - time.perf_counter()))
            clients.create_task(one())
    return result


async def main(url: str, seconds: float) -> None:
    """Print what happened."""
    before = await numbers_of(url)
    result = await storm(url, seconds)
    after = await numbers_of(url)
    print(f"{seconds:g} s at {2 * CAPACITY:.0f} requests a second, {CAPACITY:.0f} can be served")
    for status, count in sorted(result.statuses.items()):
        print(f"  {status}: {count}")
    print(f"  p99 of 200: {1000 * at(result.seconds_of_200, 0.99):.0f} ms")
    print(
        f"  loop late, p99: {1000 * after['late_p99']:.1f} ms, at most {1000 * after['worst_late']:.1f} ms, then:"
    )
    for what, name in WORST.items():
        print(f"    {what}: {1000 * after[f'worst_{name}']:.1f} ms")
    print(f"  longest collection of garbage: {1000 * after['longest_collection']:.1f} ms")
    for name in ("threads", "files", "megabytes"):
        print(f"  {name}: {before[name]:.0f} before, {after[name]:.0f} after")


if __name__ == "__main__":
    from examples.serving import served

    with served("examples/lanes/storm.py") as server:
        asyncio.run(main(server.url, float(sys.argv[1]) if len(sys.argv) > 1 else 30))
