"""How long an enqueue takes, and how late the event loop is meanwhile: a server with its guard on.

python -m examples.jobs.late [JOBS]

In turn with the worker in the server's process and with a worker of its own.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import httpx2

from examples.lanes.lateness import Lateness
from examples.lanes.storm import WORST, at
from examples.serving import ROOT, served, stop
from laneway import Laneway
from laneway.guard.incident import Incident
from laneway.guard.watchdog import Guard
from laneway.jobs import Job, JobFilter, Jobs

JOBS = 1000
CLIENTS = 4
ROUNDS = 3
PLACES = {"server": "the server's process", "process": "a process of its own"}
LIMIT_SECONDS = 0.02  # above which the guard reports
FOLDER = Path(os.environ.get("JOBS_FOLDER", "var"))
IN_SERVER = os.environ.get("JOBS_WORKER", "server") == "server"

lateness = Lateness()
incidents: list[Incident] = []
times: list[float] = []


@asynccontextmanager
async def watch_the_loop(_: Laneway) -> AsyncIterator[None]:
    """Note how late the event loop wakes a sleeper, and let a guard that looks closely say who kept it."""
    guard = Guard(
        asyncio.get_running_loop(), tick=0.005, threshold=LIMIT_SECONDS, on_incident=incidents.append
    )
    guard.start()
    watching = asyncio.create_task(lateness.watch())
    yield
    watching.cancel()
    guard.stop()


app = Laneway(jobs=Jobs(f"sqlite:///{FOLDER / 'jobs.db'}", worker=IN_SERVER), lifespan=watch_the_loop)


@app.job()
async def count(number: int) -> int:
    """Next to nothing."""
    return number


@app.post("/enqueue/{number}")
async def enqueue(number: int) -> Job[int]:
    """A job; what its enqueue took is kept."""
    begun = time.perf_counter()
    job = await count.enqueue(number)
    times.append(time.perf_counter() - begun)
    return job


@app.get("/waiting")
async def waiting() -> bool:
    """Whether a job has not ended yet."""
    latest = await app.jobs.find(JobFilter(limit=500))
    return not all(record.status.is_final for record in latest)


@app.get("/figures")
async def figures() -> dict[str, Any]:
    """What was seen since the last call."""
    found = {
        "enqueues": len(times),
        "enqueue_p50": statistics.median(times),
        "enqueue_p99": at(times, 0.99),
        "late_p99": at([span.late for span in lateness.spans], 0.99),
        "worst": lateness.worst(),
        "incidents": [
            f"{one.kind} {one.ms:.0f} ms {one.place or one.hog or ''}".strip() for one in incidents
        ],
    }
    times.clear()
    lateness.clear()
    incidents.clear()
    return found


async def load(url: str, jobs: int) -> None:
    """Enqueue jobs by several clients, and wait until they have ended."""
    numbers = iter(range(jobs))

    async def client() -> None:
        async with httpx2.AsyncClient(base_url=url, timeout=60) as asking:
            for number in numbers:
                (await asking.post(f"/enqueue/{number}")).raise_for_status()

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    async with httpx2.AsyncClient(base_url=url, timeout=60) as asking:
        while (await asking.get("/waiting")).json():  # noqa: ASYNC110 - it is another process
            await asyncio.sleep(0.1)


@contextmanager
def worker(environment: dict[str, str]) -> Iterator[None]:
    """A process that runs the jobs."""
    command = [sys.executable, "-m", "laneway", "worker", "examples/jobs/late.py"]
    with subprocess.Popen(  # noqa: S603 - our own command
        command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, text=True
    ) as process:
        try:
            yield
        finally:
            stop(process)


def measure(where: str, jobs: int) -> dict[str, Any]:
    """The figures of one server, with the worker in it or beside it."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {"JOBS_FOLDER": folder, "JOBS_WORKER": where, "LANEWAY_GUARD": "warn"}
        beside = nullcontext() if where == "server" else worker(environment)
        with served("examples/jobs/late.py", **environment) as server, beside:
            asyncio.run(load(server.url, 50))  # everything is up
            httpx2.get(f"{server.url}/figures")
            asyncio.run(load(server.url, jobs))
            found: dict[str, Any] = httpx2.get(f"{server.url}/figures").json()
    return found


def report(where: str, found: dict[str, Any]) -> None:
    """Print figures in milliseconds."""
    worst = found["worst"]
    print(f"worker in {PLACES[where]}")
    print(f"  enqueue p50 {1000 * found['enqueue_p50']:.2f} ms, p99 {1000 * found['enqueue_p99']:.1f} ms")
    print(f"  loop late p99 {1000 * found['late_p99']:.1f} ms, at most {1000 * worst['late']:.1f} ms, then:")
    for what, key in WORST.items():
        print(f"    {what}: {1000 * worst[key]:.1f} ms")
    for incident in found["incidents"]:
        print(f"  guard: {incident}")


if __name__ == "__main__":
    for _ in range(ROUNDS):
        for place in PLACES:
            report(place, measure(place, int(sys.argv[1]) if len(sys.argv) > 1 else JOBS))
