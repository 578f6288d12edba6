"""A guarded server as a child process, its incidents, and loads against it."""

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

from bench.apps.blocking import blocking_lines
from bench.peers import ROOT

SETTLE_SECONDS = 0.3  # an incident is reported at the guard's next look
Found = dict[str, object]


@dataclass(slots=True)
class Guarded:
    """A running server.

    Attributes:
        process: It.
        port: Where it listens.
        loop: The kind of its loop.
        incidents: What its guard has reported and `take` has not given away.
    """

    process: subprocess.Popen[str]
    port: int
    loop: str
    incidents: list[Found] = field(default_factory=list)

    def collect(self) -> None:
        """Read incidents until the server ends."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.incidents.append(json.loads(line))

    def get(self, path: str) -> bytes:
        """Ask once."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path)
            return connection.getresponse().read()
        finally:
            connection.close()

    def take(self) -> list[Found]:
        """The incidents since the last time."""
        time.sleep(SETTLE_SECONDS)
        taken, self.incidents[:] = list(self.incidents), []
        return taken


@contextmanager
def guarded(loop: str, threshold: str = "100") -> Iterator[Guarded]:
    """A server with a guard, on the first core where there are two; ends with the block."""
    path = os.pathsep.join([str(Path(ROOT) / "src"), os.environ.get("PYTHONPATH", "")])
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.probes.guard_server", loop, threshold],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    reader = None
    try:
        server = Guarded(process, int(process.stdout.readline()), loop)
        reader = threading.Thread(target=server.collect)
        reader.start()
        server.get("/ping")
        server.take()
        yield server
    finally:
        process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if reader is not None:
            reader.join()
        process.stdout.close()


def names_line(incident: Found, scenario: str) -> bool:
    """Whether an incident names one of the scenario's lines."""
    place = incident["place"]
    if not isinstance(place, dict):
        return False
    return (Path(place["file"]).name, place["line"]) in blocking_lines()[scenario]


def names_route(incident: Found, scenario: str) -> bool:
    """Whether an incident names the scenario's route."""
    return incident["route"] == f"GET /block/{scenario}/{{number}}"


def blamed(incidents: list[Found]) -> list[str]:
    """The routes that are named."""
    return [str(one["route"]) for one in incidents if one["route"]]


def kinds(incidents: list[Found]) -> str:
    """The kinds with their numbers, `2 starved`."""
    found = [str(one["kind"]) for one in incidents]
    return ", ".join(f"{found.count(kind)} {kind}" for kind in sorted(set(found))) or "nothing"


async def _connection(port: int, path: str, end: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answered = 0
    while time.monotonic() < end:
        writer.write(f"GET {path} HTTP/1.1\r\nhost: bench\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
        await reader.readexactly(int(length.partition(b":")[2]))
        answered += 1
    writer.close()
    return answered


def keep_busy(server: Guarded, path: str, connections: int, seconds: float) -> int:
    """Ask again and again on many connections; returns the number of replies."""

    async def run() -> int:
        end = time.monotonic() + seconds
        return sum(await asyncio.gather(*[_connection(server.port, path, end) for _ in range(connections)]))

    return asyncio.run(run())
