"""What dependencies and includes cost: a diamond against a chain, an override elsewhere, includes five levels deep."""

import asyncio
import json
import sys
from statistics import median
from typing import Any

from bench.apps import dependencies as shapes
from bench.probes.drive import Caller, lifespan
from bench.scenarios import Exchange

CALLS = 400  # per batch; a batch of each side in turns, so that noise meets both


async def _times(one: Caller, other: Caller, batches: int) -> float:
    """Return what `one` costs, in times of what `other` does."""
    await one.cpu_us(CALLS)
    await other.cpu_us(CALLS)
    return median([await one.cpu_us(CALLS) / await other.cpu_us(CALLS) for _ in range(batches)])


async def measure(batches: int) -> dict[str, object]:
    """Return the ratios of one framework; `replies` is for comparison with the other."""
    bare, overriding = shapes.build(), shapes.build()
    overriding.dependency_overrides[shapes.overridden] = shapes.replacement

    def asking(app: Any, path: str) -> Caller:
        return Caller(app, Exchange("GET", path))

    pairs = {
        "diamond_to_chain": (asking(bare, shapes.DIAMOND_PATH), asking(bare, shapes.CHAIN_PATH)),
        "overridden_beside": (asking(overriding, shapes.BESIDE_PATH), asking(bare, shapes.BESIDE_PATH)),
        "nested_to_flat": (asking(bare, shapes.NESTED_PATH), asking(bare, shapes.FLAT_PATH)),
    }
    async with lifespan(bare), lifespan(overriding):
        figures: dict[str, object] = {
            name: await _times(one, other, batches) for name, (one, other) in pairs.items()
        }
        callers = [caller for pair in pairs.values() for caller in pair]
        return {**figures, "replies": [repr(await caller.reply()) for caller in callers]}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(int(sys.argv[1])))))
