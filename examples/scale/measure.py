"""Serve an app from several processes, as replicas behind a load balancer, and count what its jobs do.

python -m examples.scale.measure
python -m examples.scale.measure --engine redis --web 2 --workers 1 2 4 --jobs 1000
"""

import argparse
import asyncio
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import httpx2

from examples.jobs.brokers import answers, free_port
from examples.jobs.kill import all_jobs, ask, running_engine
from laneway.jobs.records import JobRecord

APP = f"{Path(__file__).with_name('shop.py')}:app"
CLIENTS = 8
START_SECONDS = 30.0
END_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What came of it.

    Attributes:
        workers: Processes that ran jobs.
        succeeded: Jobs that ended well.
        run_once: Jobs that began once.
        post_p50_ms: A POST that enqueues, from a client among eight.
        post_p99_ms: The same for the slowest percent.
        done_per_s: Jobs per second, from the first enqueued to the last ended.
        fewest: Jobs of the worker that had the fewest.
    """

    workers: int
    succeeded: int
    run_once: int
    post_p50_ms: float
    post_p99_ms: float
    done_per_s: float
    fewest: int


@contextmanager
def process(folder: Path, name: str, url: str, *arguments: str) -> Iterator[None]:
    """A `laneway` command while it runs."""
    with (folder / f"{name}.txt").open("wb") as output:
        running = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-m", "laneway", *arguments],
            env={**os.environ, "JOBS": url},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()


@contextmanager
def replicas(folder: Path, url: str, web: int, workers: int) -> Iterator[list[str]]:
    """Where the replicas of a site answer that has so many of them, and so many workers."""
    ports = [free_port() for _ in range(web)]
    with ExitStack() as stack:
        for port in ports:
            stack.enter_context(process(folder, f"web-{port}", url, "run", APP, "--port", str(port)))
        for number in range(workers):
            stack.enter_context(process(folder, f"worker-{number}", url, "worker", APP))
        deadline = time.monotonic() + START_SECONDS
        while not all(is_ready(port) for port in ports):
            if time.monotonic() > deadline:
                raise TimeoutError("a replica does not start")
            time.sleep(0.1)
        yield [f"http://127.0.0.1:{port}" for port in ports]


def is_ready(port: int) -> bool:
    """Whether a replica says that it is."""
    return answers(port, b"GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n", b"HTTP/1.1 200")


async def enqueue(sites: list[str], jobs: int, pages: int) -> list[float]:
    """Enqueue jobs at the replicas in turn; the milliseconds of each POST."""
    times: list[float] = []
    turns = cycle(sites)
    left = iter(range(jobs))

    async def one_client(client: httpx2.AsyncClient) -> None:
        for _ in left:
            begun = time.perf_counter()
            reply = await client.post(f"{next(turns)}/renders", params={"pages": pages})
            reply.raise_for_status()
            times.append((time.perf_counter() - begun) * 1000)

    async with httpx2.AsyncClient(timeout=30) as client:
        await asyncio.gather(*(one_client(client) for _ in range(CLIENTS)))
    return times


async def ended(url: str, jobs: int) -> list[JobRecord]:
    """All jobs, once they have ended."""
    deadline = time.monotonic() + END_SECONDS
    while True:
        found = await ask(url, all_jobs)
        if len(found) == jobs and all(job.status.is_final for job in found):
            return found
        if time.monotonic() > deadline:
            raise TimeoutError(f"jobs do not end: {Counter(job.status.value for job in found)}")
        await asyncio.sleep(0.5)


def measure(url: str, folder: Path, *, web: int, workers: int, jobs: int, pages: int) -> Figures:
    """Let replicas enqueue and workers run, and count."""
    with replicas(folder, url, web, workers) as sites:
        times = asyncio.run(enqueue(sites, jobs, pages))
        found = asyncio.run(ended(url, jobs))
    per_worker = Counter(job.worker for job in found)
    seconds = max(job.ended or 0.0 for job in found) - min(job.created for job in found)
    cuts = statistics.quantiles(times, n=100)
    return Figures(
        workers=len(per_worker),
        succeeded=sum(job.status.value == "succeeded" for job in found),
        run_once=sum(job.attempt == 1 for job in found),
        post_p50_ms=round(cuts[49], 1),
        post_p99_ms=round(cuts[98], 1),
        done_per_s=round(jobs / seconds, 1),
        fewest=min(per_worker.values()),
    )


def main() -> None:
    """Print a line for each number of workers."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--engine", choices=("sqlite", "rabbitmq", "redis"), default="rabbitmq")
    parser.add_argument("--web", type=int, default=2, help="replicas that serve requests")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4], help="processes that run jobs")
    parser.add_argument("--jobs", type=int, default=500)
    parser.add_argument("--pages", type=int, default=10, help="of each job, 10 ms each")
    asked = parser.parse_args()
    for workers in asked.workers:
        with tempfile.TemporaryDirectory() as name, running_engine(asked.engine, Path(name)) as url:
            figures = measure(
                url, Path(name), web=asked.web, workers=workers, jobs=asked.jobs, pages=asked.pages
            )
            print(figures, flush=True)


if __name__ == "__main__":
    main()
