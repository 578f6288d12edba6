"""Kill a server and a worker at random while jobs are enqueued, and count what became of the jobs.

python -m examples.jobs.kill
python -m examples.jobs.kill --engine rabbitmq
python -m examples.jobs.kill --jobs 200 --kills 3 --json

With `--engine rabbitmq` or `redis`, jobs travel through Celery, with servers that are started for this and end with it.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

import httpx2

from examples.jobs.brokers import free_port, rabbitmq_server, redis_server
from laneway.jobs.engine import Store
from laneway.jobs.engines import make_engine
from laneway.jobs.records import JobFilter, JobRecord
from laneway.jobs.status import FINAL

T = TypeVar("T")

APP = f"{Path(__file__).with_name('killable.py')}:app"
PATIENCE_SECONDS = 120.0
KILL_SECONDS = 1.5  # between two kills on the average; enqueueing is as slow as to last as long


@dataclass(frozen=True, slots=True)
class Figures:
    """What came of it.

    Attributes:
        accepted: Jobs whose enqueue was answered with 202.
        kills: How often `kill -9` hit a process.
        lost: Accepted jobs of which nothing is known.
        stuck: Jobs that have not ended when nothing goes on any more.
        ended_twice: Jobs with more than one final state.
        states: How many ended in which state.
        run_again: Jobs that began more than once, because their process died.
        finished_twice: Jobs whose function came to its end more than once; at-least-once allows it.
        enqueue_p50_ms: A POST, while both processes live.
        enqueue_p99_ms: The same for the slowest percent.
        seconds: From the first job enqueued to the last one ended.
    """

    accepted: int
    kills: int
    lost: int
    stuck: int
    ended_twice: int
    states: dict[str, int]
    run_again: int
    finished_twice: int
    enqueue_p50_ms: float
    enqueue_p99_ms: float
    seconds: float

    @property
    def is_good(self) -> bool:
        """Whether every job that was accepted ended, once."""
        return not (self.lost or self.stuck or self.ended_twice)


class Victim:
    """A process that is started again whenever it was killed."""

    def __init__(self, folder: Path, url: str, *arguments: str) -> None:
        self._arguments = arguments
        self._environment = {
            **os.environ,
            "LANEWAY_GUARD": "off",
            "JOBS": url,
            "JOBS_FOLDER": str(folder),
        }
        self._output = (folder / f"{arguments[0]}.txt").open("ab")
        self._process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-m", "laneway", *self._arguments],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def kill(self) -> None:
        """`kill -9`."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def kill_and_restart(self) -> None:
        """`kill -9`, and a new one."""
        self.kill()
        self._process = self._start()

    def close(self) -> None:
        """Kill it for good."""
        self.kill()
        self._output.close()


def enqueue_all(url: str, jobs: int, pause: float) -> tuple[list[str], list[float]]:
    """The ids of the jobs, and the milliseconds of each POST that was answered at its first try."""
    ids, times = [], []
    with httpx2.Client(timeout=5) as client:
        for number in range(jobs):
            job_id, milliseconds, tries = enqueue(client, f"{url}/work/{number}")
            ids.append(job_id)
            if tries == 1:
                times.append(milliseconds)
            time.sleep(pause)
    return ids, times


def enqueue(client: httpx2.Client, url: str) -> tuple[str, float, int]:
    """The id of a job, the milliseconds and the tries it took; its key makes a second try harmless."""
    tries = 0
    while True:
        tries += 1
        begun = time.perf_counter()
        try:
            reply = client.post(url)
        except httpx2.TransportError:  # killed: the next one is on its way
            time.sleep(0.05)
            continue
        if reply.status_code == 202:
            return reply.json()["id"], (time.perf_counter() - begun) * 1000, tries
        time.sleep(0.05)


def kill_now_and_then(victims: list[Victim], kills: int, done: threading.Event) -> None:
    """Kill at random times, as often as it was said."""
    for _ in range(kills):
        done.wait(random.uniform(0.5, 2 * KILL_SECONDS - 0.5))  # noqa: S311 - no secret
        random.choice(victims).kill_and_restart()  # noqa: S311 - no secret
    done.set()


async def ask(url: str, question: Callable[[Store], Awaitable[T]]) -> T:
    """What the store of jobs says."""
    store = make_engine(url).store
    await store.open()
    try:
        return await question(store)
    finally:
        await store.close()


async def all_jobs(store: Store) -> list[JobRecord]:
    """Every job there is."""
    return await store.find(JobFilter(limit=1_000_000))


async def ends(store: Store) -> list[int]:
    """How many final states each job that has ended had."""
    events = [await store.events(job.id, 0) for job in await all_jobs(store) if job.status in FINAL]
    return [sum(event.is_last for event in of_one) for of_one in events]


def wait_for_the_end(url: str) -> None:
    """Return when all jobs have ended, or when none did for a long time."""
    left, since = -1, time.monotonic()
    while time.monotonic() - since < PATIENCE_SECONDS:
        count = sum(job.status not in FINAL for job in asyncio.run(ask(url, all_jobs)))
        if count == 0:
            return
        if count != left:
            left, since = count, time.monotonic()
        time.sleep(0.5)


def count(url: str, folder: Path, accepted: list[str], times: list[float], kills: int) -> Figures:
    """What the store tells, and the marks that the jobs made."""
    jobs = asyncio.run(ask(url, all_jobs))
    finished = Counter((folder / "finished.txt").read_text().split())
    cuts = statistics.quantiles(times, n=100)
    return Figures(
        accepted=len(accepted),
        kills=kills,
        lost=len(set(accepted) - {job.id for job in jobs}),
        stuck=sum(job.status not in FINAL for job in jobs),
        ended_twice=sum(number != 1 for number in asyncio.run(ask(url, ends))),
        states=dict(Counter(job.status.value for job in jobs)),
        run_again=sum(job.attempt > 1 for job in jobs),
        finished_twice=sum(number > 1 for number in finished.values()),
        enqueue_p50_ms=round(cuts[49], 2),
        enqueue_p99_ms=round(cuts[98], 2),
        seconds=round(max(job.ended or 0.0 for job in jobs) - min(job.created for job in jobs), 1),
    )


@contextmanager
def running_engine(name: str, folder: Path) -> Iterator[str]:
    """Where the jobs are kept, with all servers that it takes."""
    with ExitStack() as stack:
        if name == "sqlite":
            yield f"sqlite:///{folder / 'jobs.db'}"
            return
        store = stack.enter_context(redis_server())
        broker = stack.enter_context(rabbitmq_server()) if name == "rabbitmq" else store
        yield f"celery+{broker}?results={store}"


def measure(url: str, folder: Path, jobs: int, kills: int) -> Figures:
    """Enqueue jobs while processes are killed, and see what becomes of them."""
    port = free_port()
    victims = [Victim(folder, url, "run", APP, "--port", str(port)), Victim(folder, url, "worker", APP)]
    done = threading.Event()
    killer = threading.Thread(target=kill_now_and_then, args=(victims, kills, done))
    try:
        killer.start()
        ids, times = enqueue_all(f"http://127.0.0.1:{port}", jobs, kills * KILL_SECONDS / jobs)
        killer.join()
        wait_for_the_end(url)
        return count(url, folder, ids, times, kills)
    finally:
        killer.join()
        for victim in victims:
            victim.close()


def main() -> int:
    """Print the figures; the exit status tells whether they are good."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--engine", choices=("sqlite", "rabbitmq", "redis"), default="sqlite")
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running_engine(asked.engine, Path(folder)) as url:
        figures = measure(url, Path(folder), asked.jobs, asked.kills)
    values = asdict(figures)
    print(
        json.dumps(values)
        if asked.json
        else "\n".join(f"{name:>15}  {value}" for name, value in values.items())
    )
    return 0 if figures.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
