"""Start-up time and memory: of each peer's server alone, and for each connection that is idle or waits."""

import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException

from bench.errors import BenchError
from bench.peers import Peer
from bench.processes import memory_kib
from bench.scenarios import Exchange
from bench.server import Server, ask, served, wait_until_it_answers
from bench.stats import Spread, spread

CONNECTIONS = 1000
SETTLE_SECONDS = 1.0
HOLD = Exchange("GET", "/hold")
JSON = Exchange("GET", "/json")
# The servers that have no route that waits, or none of whose requests may.
NEVER_WAIT = ("flask", "robyn", "socketify")


@dataclass(frozen=True, slots=True)
class Footprint:
    """What one start of one peer's server cost."""

    first_reply_ms: float  # from the start of the process
    cpu_ms: float  # until then
    memory_mb: float
    idle_kib: float  # for each connection that has had one reply
    waiting_kib: float | None  # for each connection whose request waits


@dataclass(frozen=True, slots=True)
class FootprintRow:
    """One peer's server."""

    peer: str
    first_reply_ms: Spread
    cpu_ms: Spread
    memory_mb: Spread
    idle_kib: Spread
    waiting_kib: Spread | None


def _for_each(server: Server, before: int) -> float:
    time.sleep(SETTLE_SECONDS)
    return (memory_kib(server.process.pid) - before) / CONNECTIONS


def _connections(server: Server) -> tuple[float, float | None]:
    """Return the memory of an idle and of a waiting connection, KiB."""
    before = memory_kib(server.process.pid)
    with ExitStack() as stack:
        opened: list[HTTPConnection] = [
            stack.enter_context(closing(server.connect())) for _ in range(CONNECTIONS)
        ]
        for connection in opened:
            ask(connection, JSON)
        idle = _for_each(server, before)
        if server.peer.name in NEVER_WAIT:
            return idle, None
        for connection in opened:
            connection.request(HOLD.method, HOLD.path)
        return idle, _for_each(server, before)


def _measure(peer: Peer) -> Footprint:
    begun = time.perf_counter()
    with served(peer) as server:
        wait_until_it_answers(server)
        first_reply_ms, cpu_ms = (time.perf_counter() - begun) * 1e3, server.cpu_ns() / 1e6
        memory_mb = memory_kib(server.process.pid) / 1024
        idle_kib, waiting_kib = _connections(server)
    return Footprint(first_reply_ms, cpu_ms, memory_mb, idle_kib, waiting_kib)


def _row(peer: str, found: Sequence[Footprint]) -> FootprintRow:
    waiting = [one.waiting_kib for one in found if one.waiting_kib is not None]
    return FootprintRow(
        peer,
        spread([one.first_reply_ms for one in found]),
        spread([one.cpu_ms for one in found]),
        spread([one.memory_mb for one in found]),
        spread([one.idle_kib for one in found]),
        spread(waiting) if waiting else None,
    )


def measure_footprint(peer: Peer, repeats: int) -> FootprintRow:
    """Return the row of one peer.

    Raises:
        BenchError: Its server did not answer.
    """
    try:
        return _row(peer.name, [_measure(peer) for _ in range(repeats)])
    except (OSError, HTTPException) as error:
        raise BenchError(f"{peer.name} failed with {CONNECTIONS} connections: {error!r}") from None
