"""Enqueue 1,000 small jobs, with a worker in the same process: Laneway and DBOS alone, in turn.

python -m examples.jobs.speed
"""

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from laneway import Laneway

JOBS = 1000
ROUNDS = 3

Enqueue = Callable[[int], Awaitable[object]]


class Done:
    """Counts the jobs that have run."""

    def __init__(self) -> None:
        self.count = 0

    async def reach(self, count: int) -> None:
        """Return once so many have."""
        while self.count < count:  # noqa: ASYNC110  # cheaper for what is measured
            await asyncio.sleep(0.005)


@asynccontextmanager
async def laneway(folder: Path, done: Done) -> AsyncIterator[Enqueue]:
    """Our jobs."""
    app = Laneway(jobs=f"sqlite:///{folder / 'jobs.db'}")

    @app.job()
    async def count(number: int) -> int:
        done.count += 1
        return number

    async with app.jobs.serving(app):
        yield count.enqueue


@asynccontextmanager
async def dbos(folder: Path, done: Done) -> AsyncIterator[Enqueue]:
    """DBOS alone, with the same settings of SQLite."""
    from dbos import DBOS

    from laneway.jobs.sqlite.delivery import AHEAD, POLL_SECONDS, JsonText, make_sql_engine

    path = folder / "dbos.db"
    DBOS(
        config={
            "name": "speed",
            "system_database_url": f"sqlite:///{path}",
            "system_database_engine": make_sql_engine(path, "NORMAL"),
            "serializer": JsonText(),
            "log_level": "CRITICAL",
        }
    )

    @DBOS.workflow(name="count")
    def count(number: int) -> int:
        done.count += 1
        return number

    await asyncio.to_thread(DBOS.launch)
    await DBOS.register_queue_async(
        "default", worker_concurrency=10 * AHEAD, polling_interval_sec=POLL_SECONDS
    )
    try:
        yield lambda number: DBOS.enqueue_workflow_async("default", count, number)
    finally:
        await asyncio.to_thread(DBOS.destroy)


WAYS = {"laneway": laneway, "dbos": dbos}


async def measure(way: str, folder: Path) -> dict[str, float]:
    """Milliseconds of an enqueue, and jobs per second from the first enqueue to the last end."""
    done, times = Done(), []
    async with WAYS[way](folder, done) as enqueue:
        await enqueue(0)
        await done.reach(1)  # everything is up
        begun = time.perf_counter()
        for number in range(JOBS):
            before = time.perf_counter()
            await enqueue(number)
            times.append((time.perf_counter() - before) * 1000)
        enqueued = time.perf_counter() - begun
        await done.reach(JOBS + 1)
        ended = time.perf_counter() - begun
    cuts = statistics.quantiles(times, n=100)
    return {"p50 ms": cuts[49], "p99 ms": cuts[98], "enqueued/s": JOBS / enqueued, "done/s": JOBS / ended}


def main() -> None:
    """Print a line per way and round; each in a process of its own."""
    if len(sys.argv) > 1:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(asyncio.run(measure(sys.argv[1], Path(folder)))))
        return
    for _ in range(ROUNDS):
        for way in WAYS:
            command = [sys.executable, "-m", "examples.jobs.speed", way]
            said = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - ourselves
            figures = json.loads(said.stdout.splitlines()[-1])
            print(f"{way:8}" + "".join(f"  {name} {value:8.2f}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
