"""1,000 routes: what starting, the first request, the first and last route, and the schema document cost."""

import asyncio
import json
import sys
import time
from statistics import median

from bench.apps import large
from bench.probes.drive import Caller, lifespan
from bench.scenarios import Exchange

CALLS = 50  # per batch


async def _early(caller: Caller) -> dict[str, float]:
    times = [await caller.wall_ms() for _ in range(12)]
    tenth = median(times[7:])
    return {"first_request_ms": times[0], "tenth_request_ms": tenth, "first_to_tenth": times[0] / tenth}


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


async def measure(batches: int) -> dict[str, object]:
    """Return the figures of one framework; `replies` is for comparison with the other."""
    begun = time.perf_counter()
    app = large.build()
    built = time.perf_counter()
    first, last = (
        Caller(app, Exchange("GET", path + "?q=a")) for path in (large.FIRST_PATH, large.LAST_PATH)
    )
    async with lifespan(app):
        started = time.perf_counter()
        figures: dict[str, object] = {**await _early(last), **await _ends(first, last, batches)}
        begun_schema = time.perf_counter()
        app.openapi()
        return {
            "build_ms": (built - begun) * 1e3,
            "startup_ms": (started - built) * 1e3,
            **figures,
            "openapi_ms": (time.perf_counter() - begun_schema) * 1e3,
            "replies": await _replies(first, last, Caller(app, Exchange("GET", "/area0/absent"))),
        }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(int(sys.argv[1])))))
