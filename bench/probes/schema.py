"""How long the event loop stands still while /openapi.json of 1,000 routes is first requested."""

import asyncio
import hashlib
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

import uvloop

from bench.apps import large
from bench.probes.drive import Caller, lifespan
from bench.scenarios import Exchange

TICK_SECONDS = 0.001


async def _longest_gap(gaps: list[float]) -> None:
    previous = time.perf_counter()
    while True:
        await asyncio.sleep(TICK_SECONDS)
        now = time.perf_counter()
        gaps.append((now - previous - TICK_SECONDS) * 1e3)
        previous = now


async def _stall_ms(work: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    """Return the longest time the loop ran nothing else, and how long `work` took, milliseconds."""
    gaps: list[float] = []
    ticker = asyncio.create_task(_longest_gap(gaps))
    await asyncio.sleep(0.05)
    begun = time.perf_counter()
    await work()
    taken = time.perf_counter() - begun
    await asyncio.sleep(2 * TICK_SECONDS)
    ticker.cancel()
    with suppress(asyncio.CancelledError):
        await ticker
    return max(gaps), taken * 1e3


def _digest(document: bytes) -> str:
    return hashlib.sha256(json.dumps(json.loads(document), sort_keys=True).encode()).hexdigest()


async def measure() -> dict[str, object]:
    """Return the figures of one framework, with an idle second as control.

    A request to the last route comes first: what a framework builds at its first request is not counted.
    """
    app = large.build()
    document = Caller(app, Exchange("GET", "/openapi.json"))
    async with lifespan(app):
        await Caller(app, Exchange("GET", large.LAST_PATH))()
        idle, _ = await _stall_ms(lambda: asyncio.sleep(1))
        stall, taken = await _stall_ms(document)
        reply = await document.reply()
    return {
        "idle_stall_ms": idle,
        "schema_stall_ms": stall,
        "schema_request_ms": taken,
        "schema_status": reply.status,
        "schema_digest": _digest(reply.body) if reply.status == 200 else "",
    }


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(measure())))
