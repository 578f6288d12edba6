"""A call of next to nothing through the process lane and through the standard library's pool, in turns.

Both have two processes forked from a fork server and run on uvloop. What is measured is the way there and back:
pickling, the kernel, the wake-ups. Starting the processes lies outside.

With `laneway` or `fastapi` (whose users take the standard library's pool) as argument, only that side.
"""

import asyncio
import json
import multiprocessing
import operator
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from statistics import median

import uvloop

from bench.stats import paired_ratio

PROCESSES = 2
BATCHES = 9
CALLS = 400  # per batch, one after the other
CALLERS = 16
CALLS_EACH = 50  # per batch and caller

Call = Callable[[], Awaitable[int]]


@asynccontextmanager
async def _lane() -> AsyncIterator[Call]:
    from laneway.lanes.process_lane import ProcessLane

    lane = ProcessLane("bench", PROCESSES)
    await lane.start()
    yield lambda: lane.call(operator.add, (1, 2))
    await lane.stop()


@asynccontextmanager
async def _pool() -> AsyncIterator[Call]:
    loop = asyncio.get_running_loop()
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(PROCESSES, mp_context=context) as pool:
        yield lambda: loop.run_in_executor(pool, operator.add, 1, 2)


async def _one_by_one_us(call: Call) -> float:
    """Return the median time of one call, microseconds."""
    times = []
    for _ in range(CALLS):
        begun = time.perf_counter_ns()
        await call()
        times.append((time.perf_counter_ns() - begun) / 1e3)
    return median(times)


async def _crowded_us(call: Call) -> float:
    """Return the time per call when many wait, microseconds: what throughput is the inverse of."""

    async def caller() -> None:
        for _ in range(CALLS_EACH):
            await call()

    begun = time.perf_counter_ns()
    await asyncio.gather(*[caller() for _ in range(CALLERS)])
    return (time.perf_counter_ns() - begun) / 1e3 / (CALLERS * CALLS_EACH)


Batches = dict[str, list[float]]


async def _batch(call: Call, into: Batches) -> None:
    into["process_call_us"].append(await _one_by_one_us(call))
    into["process_crowded_us"].append(await _crowded_us(call))


def _batches() -> Batches:
    return {"process_call_us": [], "process_crowded_us": []}


async def measure_one(side: str) -> dict[str, float]:
    """Return the figures of one side."""
    found = _batches()
    async with (_lane if side == "laneway" else _pool)() as call:
        await _batch(call, _batches())
        for _ in range(BATCHES):
            await _batch(call, found)
    return {name: median(values) for name, values in found.items()}


async def measure_both() -> dict[str, object]:
    """Return the figures of both sides and the ratios of neighbours in time; above 1, the lane is better."""
    ours, theirs = _batches(), _batches()
    async with _lane() as lane, _pool() as pool:
        for into_ours, into_theirs in [(_batches(), _batches()), *[(ours, theirs)] * BATCHES]:
            await _batch(lane, into_ours)
            await _batch(pool, into_theirs)
    figures: dict[str, object] = {}
    for name in ours:
        ratio = paired_ratio(theirs[name], ours[name])
        figures[name] = {
            "lane": round(median(ours[name]), 1),
            "pool": round(median(theirs[name]), 1),
            "times": round(ratio.median, 2),
            "from": round(ratio.low, 2),
            "to": round(ratio.high, 2),
        }
    return figures


if __name__ == "__main__":
    measuring = measure_one(sys.argv[1]) if sys.argv[1:] else measure_both()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(measuring)))
