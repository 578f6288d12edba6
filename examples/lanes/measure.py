"""What each choice of a lane costs: eight requests at once, and the longest that `/ping` took meanwhile."""

import asyncio
import time
from urllib.parse import urlsplit

from examples.serving import served

PATHS = ("/await", "/db", "/math", "/part", "/blocked", "/shared")
AT_ONCE = 8
PAUSE_SECONDS = 0.005  # between two pings


async def get(url: str, path: str) -> float:
    """Seconds that a request took, on a connection of its own."""
    begun = time.perf_counter()
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(f"GET {path} HTTP/1.1\r\nhost: {address.netloc}\r\nconnection: close\r\n\r\n".encode())
    reply = await reader.read()
    writer.close()
    if b" 200 " not in reply[:20]:
        raise RuntimeError(f"{path} answered {reply!r}")
    return time.perf_counter() - begun


async def slowest_ping(url: str, meanwhile: asyncio.Task[object]) -> float:
    """The longest that a ping took before `meanwhile` ended."""
    slowest = 0.0
    while not meanwhile.done():
        slowest = max(slowest, await get(url, "/ping"))
        await asyncio.sleep(PAUSE_SECONDS)
    return slowest


async def measure(url: str, path: str) -> tuple[float, float]:
    """Seconds until all requests were answered, and for the slowest ping."""
    await get(url, path)  # threads and processes are there

    async def all_at_once() -> float:
        begun = time.perf_counter()
        await asyncio.gather(*(get(url, path) for _ in range(AT_ONCE)))
        return time.perf_counter() - begun

    requests = asyncio.create_task(all_at_once())
    ping = await slowest_ping(url, requests)
    return await requests, ping


async def main(url: str) -> None:
    """Print a line for each path."""
    print(f"{'path':10}{AT_ONCE} requests   slowest ping")
    for path in PATHS:
        seconds, ping = await measure(url, path)
        print(f"{path:10}{1000 * seconds:7.0f} ms {1000 * ping:11.0f} ms")


if __name__ == "__main__":
    with served("examples/lanes/ways.py") as server:
        asyncio.run(main(server.url))
