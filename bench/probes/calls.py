"""CPU time of each scenario without a server: the share that is the framework's own."""

import asyncio
import json
import sys
from importlib import import_module
from statistics import median

import uvloop

from bench.probes.drive import App, Caller
from bench.scenarios import SCENARIOS

CALLS = 200  # per batch


async def measure(app: App, batches: int) -> dict[str, float]:
    """Return microseconds per call, by scenario."""
    figures = {}
    for name, scenario in SCENARIOS.items():
        caller = Caller(app, scenario.load)
        await caller.cpu_us(CALLS)
        figures[name] = median([await caller.cpu_us(CALLS) for _ in range(batches)])
    return figures


if __name__ == "__main__":
    module, _, attribute = sys.argv[1].partition(":")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(measure(getattr(import_module(module), attribute), int(sys.argv[2])))))
