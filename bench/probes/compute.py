"""Eight requests of 200 ms of pure Python at once, and how long `/ping` takes meanwhile: `python -m bench.probes.compute`.

Laneway runs them in a lane of two processes, FastAPI in its threads (`def`). Server and client share two cores, so the
client's own delays are in the figures of both. With a peer's name as argument: only that one, as a line of JSON.
"""

import asyncio
import json
import sys
import tempfile
import time
from dataclasses import replace
from statistics import median, quantiles
from typing import Self

from bench.launch import HOST, Place, Variant
from bench.peers import FASTAPI, LANEWAY, PEERS, Peer
from bench.server import Server, free_port, start, stop, wait_until_it_answers

APP = "bench.apps.computing:app"
AT_ONCE = 8
PAUSE_SECONDS = 0.002  # between two pings
ROUNDS = 3

Figures = dict[str, float]


class Client:
    """One connection that stays open."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection(HOST, self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()

    async def ask(self, path: str) -> float:
        """Return the seconds that a reply took.

        Raises:
            RuntimeError: It was no success.
        """
        begun = time.perf_counter()
        self._writer.write(f"GET {path} HTTP/1.1\r\nhost: bench\r\n\r\n".encode())
        head = await self._reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head[:16]:
            raise RuntimeError(f"{path} answered {head!r}")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
        await self._reader.readexactly(int(length.partition(b":")[2]))
        return time.perf_counter() - begun


async def _all_at_once(port: int) -> float:
    """Return the seconds until the last of the computing requests was answered."""

    async def one() -> None:
        async with Client(port) as client:
            await client.ask("/compute")

    begun = time.perf_counter()
    await asyncio.gather(*[one() for _ in range(AT_ONCE)])
    return time.perf_counter() - begun


async def _pings(client: Client, meanwhile: "asyncio.Task[float]") -> list[float]:
    times = []
    while not meanwhile.done():
        times.append(await client.ask("/ping"))
        await asyncio.sleep(PAUSE_SECONDS)
    return times


async def _measure(port: int) -> Figures:
    async with Client(port) as client:
        await client.ask("/ping")
        await client.ask("/compute")  # processes and threads are there
        computing = asyncio.create_task(_all_at_once(port))
        pings = await _pings(client, computing)
        return {"compute_seconds": await computing, "ping_p99_ms": quantiles(pings, n=100)[98] * 1e3}


def measure(peer: Peer) -> Figures:
    """Return the figures of one peer, from a server of its own that may use all cores."""
    peer = replace(peer, target=APP)
    place = Place(free_port(), Variant())
    with tempfile.TemporaryFile("w") as errors:
        server = Server(peer, start(peer, place, errors, pinned=False), place.port)
        try:
            wait_until_it_answers(server)
            return asyncio.run(_measure(server.port))
        finally:
            stop(server)


def main() -> None:
    """Print the medians of both peers, measured in turn."""
    found: dict[str, list[Figures]] = {LANEWAY.name: [], FASTAPI.name: []}
    for _ in range(ROUNDS):
        for name, rounds in found.items():
            rounds.append(measure(PEERS[name]))
    print(f"{AT_ONCE} requests of 200 ms of pure Python at once; medians of {ROUNDS}")
    for name, rounds in found.items():
        seconds = [one["compute_seconds"] for one in rounds]
        pings = [one["ping_p99_ms"] for one in rounds]
        print(
            f"  {name:8} {median(seconds):5.2f} s ({min(seconds):.2f}-{max(seconds):.2f})"
            f"   /ping p99 {median(pings):6.1f} ms ({min(pings):.1f}-{max(pings):.1f})"
        )


if __name__ == "__main__":
    if sys.argv[1:]:
        print(json.dumps(measure(PEERS[sys.argv[1]])))
    else:
        main()
