"""A long run at a part of what the server can do, with everything that clients do to a server.

    python -m bench.soak                       # 10 minutes at 70 % of a core
    python -m bench.soak --seconds 60 --load 0.5

Connections come and go, some in the middle of a request or of a response; requests are pipelined; streams are read to
the end or left; a part of what is asked is wrong. The exit status is 1 if memory, tasks or file descriptors have grown.
Memory is compared after a quarter of the time, when caches are full, with the end: each a median of samples.
"""

import argparse
import asyncio
import json
import os
import random
import socket
import struct
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import median

from bench.launch import HOST
from bench.own import PATIENCE_SECONDS, own_server
from bench.processes import cpu_ns, memory_kib

TARGET = "bench.apps.soak:app"
PUMPS, VISITORS = 12, 24  # connections that stay, and clients that come and go
TURN_SECONDS = 0.5
MOST_GROWTH_KIB, MOST_GROWTH = (
    8192,
    0.05,
)  # of memory, the larger of both: what a peak of the load leaves behind
RESET = struct.pack("ii", 1, 0)
REPLY, LAST = b"HTTP/1.1 ", b"connection: close\r\n"


def request(method: str, target: str, body: bytes = b"", *fields: str) -> bytes:
    """Return a request as bytes."""
    length = [f"content-length: {len(body)}"] if body else []
    lines = [f"{method} {target} HTTP/1.1", "host: soak", *fields, *length, "", ""]
    return "\r\n".join(lines).encode() + body


ORDER = b'{"name":"abc","price":1.5}'
KIND = "content-type: application/json"
USUAL = (
    request("GET", "/json"),
    request("GET", "/items/7?q=abc", b"", "accept: application/json"),
    request("POST", "/orders", ORDER, KIND),
)
ONCE = (
    *USUAL,
    *(request("GET", target) for target in ("/thread", "/wait", "/later", "/stream", "/events", "/nothing")),
    *(request("GET", target) for target in ("/items/x", "/fails", "/refuses", "/stream?parts=200")),
    request("POST", "/orders", b"{", KIND),
    request("POST", "/upload", b"x" * 200_000),
    b"POST /upload HTTP/1.1\r\nhost: soak\r\ntransfer-encoding: chunked\r\n\r\n"
    + b"4\r\nabcd\r\n" * 50
    + b"0\r\n\r\n",
    request("GET", "/json", b"", "x-request-id: 1"),
    request("GET", "/" + "x" * 20_000),
    b"GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
    b"\x16\x03\x01\x02\x00 no HTTP at all\r\n\r\n",
)


@dataclass
class Soak:
    """What the clients share.

    Attributes:
        port: Of the server.
        pause: Seconds between two batches of a pump; sets the load.
        resting: Whether nobody may ask at the moment.
        counts: What has happened.
    """

    port: int
    pause: float = 0.02
    resting: bool = False
    counts: Counter[str] = field(default_factory=Counter)


async def pump(soak: Soak, number: int) -> None:
    """Ask on one connection again and again, one or many at a time; on another one when the server has had enough."""
    chance = random.Random(number)
    reader, writer = await asyncio.open_connection(HOST, soak.port)
    while not soak.resting:
        batch = [chance.choice(USUAL) for _ in range(chance.choice((1, 4, 16, 48)))]
        writer.write(b"".join(batch))
        answered = await replies(reader, len(batch))
        soak.counts["pipelined"] += answered.count(REPLY)
        if LAST in answered:  # it takes so many requests of one connection (--limit-requests)
            soak.counts["connections used up"] += 1
            writer.close()
            reader, writer = await asyncio.open_connection(HOST, soak.port)
        await asyncio.sleep(soak.pause)
    writer.close()


async def replies(reader: asyncio.StreamReader, count: int) -> bytes:
    """Return so many replies, or those up to one that says that it is the last.

    Raises:
        ConnectionError: The server has closed the connection and has not said so.
    """
    answered = b""
    while answered.count(REPLY) < count or not answered.endswith(b"}"):
        part = await reader.read(65536)
        if not part and LAST in answered:
            break
        if not part:
            raise ConnectionError("the server closed a connection that was in use")
        answered += part
    return answered


async def visit(soak: Soak, number: int) -> None:
    """Come, ask once or more often, and leave in one of many ways."""
    chance = random.Random(1000 + number)
    while not soak.resting:
        reader, writer = await asyncio.open_connection(HOST, soak.port)
        try:
            await chance.choice((stay, stay, leave_early, leave_request, leave_upload, only_connect))(
                soak, chance, reader, writer
            )
        except OSError:
            soak.counts["reset"] += 1
        if chance.random() < 0.3:
            with suppress(OSError):
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        writer.transport.abort()
        await asyncio.sleep(chance.random() * 0.05)


Visit = tuple[Soak, random.Random, asyncio.StreamReader, asyncio.StreamWriter]


async def stay(*visit: *Visit) -> None:
    """Ask and read to the end."""
    soak, chance, reader, writer = visit
    for _ in range(chance.randint(1, 4)):
        writer.write(chance.choice(USUAL))
        await reader.readuntil(b"\r\n\r\n")
    writer.write(chance.choice(ONCE).replace(b"\r\n", b"\r\nconnection: close\r\n", 1))
    with suppress(asyncio.IncompleteReadError):
        while part := await reader.read(65536):
            if part.startswith(b"HTTP/1.1 "):
                soak.counts[f"status {part[9:12].decode()}"] += 1


async def leave_early(*visit: *Visit) -> None:
    """Leave in the middle of a response, or before it."""
    soak, chance, reader, writer = visit
    targets = ("/stream?parts=500", "/events?count=500", "/wait?seconds=2", "/thread")
    writer.write(request("GET", chance.choice(targets)))
    with suppress(TimeoutError):
        await asyncio.wait_for(reader.read(1000), chance.random() * 0.1)
    soak.counts["left early"] += 1


async def leave_request(*visit: *Visit) -> None:
    """Leave in the middle of a head."""
    soak, chance, _, writer = visit
    whole = chance.choice(ONCE)
    writer.write(whole[: chance.randrange(len(whole))])
    await asyncio.sleep(0.01)
    soak.counts["left in a request"] += 1


async def leave_upload(*visit: *Visit) -> None:
    """Leave in the middle of a body."""
    soak, chance, _, writer = visit
    writer.write(b"POST /upload HTTP/1.1\r\nhost: soak\r\ncontent-length: 1000000\r\n\r\n" + b"x" * 70_000)
    await asyncio.sleep(chance.random() * 0.02)
    soak.counts["left in an upload"] += 1


async def only_connect(*visit: *Visit) -> None:
    """Say nothing."""
    soak, chance, _, _ = visit
    await asyncio.sleep(chance.random() * 0.1)
    soak.counts["said nothing"] += 1


@dataclass(frozen=True, slots=True)
class Sample:
    """The server at one moment."""

    seconds: float
    load: float  # of a core, since the last sample
    memory_kib: int
    files: int
    tasks: int
    objects: int


async def state_of(port: int) -> dict[str, int]:
    """Ask the server what it holds."""
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(request("GET", "/state", b"", "connection: close"))
    answer = await asyncio.wait_for(reader.read(), PATIENCE_SECONDS)
    writer.close()
    state: dict[str, int] = json.loads(answer.partition(b"\r\n\r\n")[2])
    return state


async def sample(soak: Soak, pid: int, began: float, load: float) -> Sample:
    """Look at the server."""
    state = await state_of(soak.port)
    files = len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208 - not a path to anything
    return Sample(time.monotonic() - began, load, memory_kib(pid), files, state["tasks"], state["objects"])


def show(title: str, one: Sample) -> None:
    """Print a line."""
    print(
        f"{title:>8} {one.seconds:7.0f} s  load {one.load:4.0%}  memory {one.memory_kib / 1024:7.1f} MiB"
        f"  files {one.files:4}  tasks {one.tasks:4}  objects {one.objects:7}",
        flush=True,
    )


async def keep_load(soak: Soak, pid: int, load: float, seconds: float, interval: float) -> list[Sample]:
    """Hold the load for a time, and sample meanwhile."""
    began = looked = time.monotonic()
    spent, samples, since = cpu_ns(pid), [], cpu_ns(pid)
    while (now := time.monotonic()) - began < seconds:
        await asyncio.sleep(TURN_SECONDS)
        used, spent = cpu_ns(pid) - spent, cpu_ns(pid)
        found = used / 1e9 / (time.monotonic() - now)
        soak.pause = min(0.5, max(0.0005, soak.pause * (found / load) ** 0.5))
        if time.monotonic() - looked >= interval:
            mean = (cpu_ns(pid) - since) / 1e9 / (time.monotonic() - looked)
            looked, since = time.monotonic(), cpu_ns(pid)
            samples.append(await sample(soak, pid, began, mean))
            show("loaded", samples[-1])
    return samples


async def clients(soak: Soak, run: Callable[[], Awaitable[list[Sample]]]) -> list[Sample]:
    """Run all clients as long as something else runs."""
    soak.resting = False
    async with (
        asyncio.TaskGroup() as group
    ):  # one that fails ends the run: the load would not be what it says
        for number in range(PUMPS):
            group.create_task(pump(soak, number))
        for number in range(VISITORS):
            group.create_task(visit(soak, number))
        samples = await run()
        soak.resting = True
    return samples


async def at_rest(soak: Soak, pid: int, began: float) -> Sample:
    """Look at the server when all clients have left."""
    await asyncio.sleep(
        3
    )  # those who left in a response are noticed at the next write, a wait ends after two
    one = await sample(soak, pid, began, 0)
    show("at rest", one)
    return one


def growth(first: Sample, last: Sample, samples: Sequence[Sample]) -> list[str]:
    """Return what has grown."""
    quarter = max(1, len(samples) // 4)
    early = median(one.memory_kib for one in samples[quarter : 2 * quarter] or samples)
    late = median(one.memory_kib for one in samples[-quarter:])
    grown = []
    if late - early > max(MOST_GROWTH_KIB, MOST_GROWTH * early):
        grown.append(f"memory: {early / 1024:.1f} to {late / 1024:.1f} MiB")
    if last.files > first.files:
        grown.append(f"file descriptors: {first.files} to {last.files}")
    if last.tasks > first.tasks:
        grown.append(f"tasks: {first.tasks} to {last.tasks}")
    return grown


async def soaked(port: int, pid: int, arguments: argparse.Namespace) -> list[str]:
    """Return what has grown."""
    soak, began = Soak(port), time.monotonic()
    interval = max(1.0, arguments.seconds / 40)
    warm = arguments.seconds * 0.1
    await clients(soak, lambda: keep_load(soak, pid, arguments.load, warm, interval))
    first = await at_rest(soak, pid, began)
    samples = await clients(
        soak, lambda: keep_load(soak, pid, arguments.load, arguments.seconds - warm, interval)
    )
    last = await at_rest(soak, pid, began)
    print(", ".join(f"{name}: {count}" for name, count in sorted(soak.counts.items())))
    print(f"the clients used {time.process_time() / (time.monotonic() - began):.0%} of a core")
    return growth(first, last, samples)


def main() -> None:
    """Soak a server of its own; the exit status is 1 if something has grown."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--load", type=float, default=0.7, help="part of a core that the server uses")
    arguments = parser.parse_args()
    with own_server(TARGET, "--limit-body", "500000") as (port, server):
        grown = asyncio.run(soaked(port, server.pid, arguments))
        alive = server.poll() is None
    status = server.returncode
    problems = grown + ([] if alive and status == 0 else [f"the server ended with status {status}"])
    print("grown: " + "; ".join(problems) if problems else "nothing has grown")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
