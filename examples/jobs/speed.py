"""Enqueue 1,000 small jobs, with a worker in the same process: Laneway and what it builds on alone, in turn.

python -m examples.jobs.speed
python -m examples.jobs.speed --engine rabbitmq

On SQLite, DBOS alone has the same settings and keeps what it runs. Celery alone has the same settings and keeps nothing:
what it is asked for is known to the broker until it has run, and has neither state nor result.
"""

import argparse
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

from examples.jobs.kill import running_engine
from laneway import Laneway
from laneway.jobs.records import Parcel

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
async def laneway(url: str, done: Done) -> AsyncIterator[Enqueue]:
    """Our jobs."""
    app = Laneway(jobs=url)

    @app.job()
    async def count(number: int) -> int:
        done.count += 1
        return number

    async with app.jobs.serving(app):
        yield count.enqueue


@asynccontextmanager
async def dbos(url: str, done: Done) -> AsyncIterator[Enqueue]:
    """DBOS alone, with the same settings of SQLite."""
    from dbos import DBOS

    from laneway.jobs.sqlite.delivery import AHEAD, POLL_SECONDS, JsonText, make_sql_engine

    path = Path(url.removeprefix("sqlite:///")).with_name("dbos.db")
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


@asynccontextmanager
async def celery(url: str, done: Done) -> AsyncIterator[Enqueue]:
    """Celery alone: its task, its worker with ten threads, and a publisher in one thread."""
    from laneway.jobs.celery.address import read_address
    from laneway.jobs.celery.producer import Producer
    from laneway.jobs.celery.worker import QueueWorker, running

    def count(parcel: Parcel, again: bool) -> None:
        done.count += 1

    address = read_address(url)
    producer = Producer(address)
    with running([QueueWorker(address, "default", 10, count)]):
        yield lambda number: producer.send([Parcel(str(number), "default", 1)])
    await producer.stop()


WAYS = {"laneway": laneway, "dbos": dbos, "celery": celery}


async def measure(way: str, url: str) -> dict[str, float]:
    """Milliseconds of an enqueue, and jobs per second from the first enqueue to the last end."""
    done, times = Done(), []
    async with WAYS[way](url, done) as enqueue:
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


def compare(engine: str) -> None:
    """Print a line per way and round; each in a process of its own, with queues of its own."""
    ways = ("laneway", "dbos" if engine == "sqlite" else "celery")
    for number in range(ROUNDS):
        for way in ways:
            with tempfile.TemporaryDirectory() as folder, running_engine(engine, Path(folder)) as url:
                command = [sys.executable, "-m", "examples.jobs.speed", "--way", way, "--url", url]
                said = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - ourselves
            figures = json.loads(said.stdout.splitlines()[-1])
            print(f"{number} {way:8}" + "".join(f"  {name} {value:8.2f}" for name, value in figures.items()))


def main() -> None:
    """Compare, or measure one way."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--engine", choices=("sqlite", "rabbitmq", "redis"), default="sqlite")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.way is None:
        compare(asked.engine)
    else:
        print(json.dumps(asyncio.run(measure(asked.way, asked.url))))


if __name__ == "__main__":
    main()
