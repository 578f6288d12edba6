"""Kill a server and a worker at random while jobs are enqueued, and count what became of the jobs.

python -m examples.jobs.kill
python -m examples.jobs.kill --jobs 200 --kills 3 --json
"""

import argparse
import json
import os
import random
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx2

from laneway.jobs.status import FINAL

APP = f"{Path(__file__).with_name('killable.py')}:app"
PATIENCE_SECONDS = 120.0
KILL_SECONDS = 1.5  # between two kills on the average; enqueueing is as slow as to last as long
FINAL_STATES = ", ".join(f"'{status.value}'" for status in sorted(FINAL))


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

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._arguments = arguments
        self._environment = {**os.environ, "LANEWAY_GUARD": "off", "JOBS_FOLDER": str(folder)}
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


def ask(folder: Path, statement: str) -> list[tuple[object, ...]]:
    """Rows of the file of jobs."""
    with closing(sqlite3.connect(folder / "jobs.db", timeout=30)) as connection:
        return connection.execute(statement).fetchall()


def wait_for_the_end(folder: Path) -> None:
    """Return when all jobs have ended, or when none did for a long time."""
    left, since = -1, time.monotonic()
    while time.monotonic() - since < PATIENCE_SECONDS:
        ((count,),) = ask(folder, f"SELECT count(*) FROM jobs WHERE status NOT IN ({FINAL_STATES})")  # noqa: S608
        if count == 0:
            return
        if count != left:
            left, since = count, time.monotonic()
        time.sleep(0.2)


def count(folder: Path, ids: list[str], times: list[float], kills: int, seconds: float) -> Figures:
    """What the files tell."""
    rows = ask(folder, "SELECT id, status, json_extract(record, '$.attempt') FROM jobs")
    ends = ask(
        folder,
        "SELECT job, count(*) FROM events WHERE kind = 'status'"  # noqa: S608 - constants
        f" AND json_extract(data, '$.status') IN ({FINAL_STATES}) GROUP BY job",
    )
    states = Counter(str(status) for _, status, _ in rows)
    finished = Counter((folder / "finished.txt").read_text().split())
    cuts = statistics.quantiles(times, n=100)
    return Figures(
        accepted=len(ids),
        kills=kills,
        lost=len(set(ids) - {row[0] for row in rows}),
        stuck=sum(number for status, number in states.items() if status not in FINAL),
        ended_twice=sum(number != 1 for _, number in ends),
        states=dict(states),
        run_again=sum(int(str(attempt)) > 1 for _, _, attempt in rows),
        finished_twice=sum(number > 1 for number in finished.values()),
        enqueue_p50_ms=round(cuts[49], 2),
        enqueue_p99_ms=round(cuts[98], 2),
        seconds=round(seconds, 1),
    )


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def measure(folder: Path, jobs: int, kills: int) -> Figures:
    """Enqueue jobs while processes are killed, and see what becomes of them."""
    port = free_port()
    victims = [Victim(folder, "run", APP, "--port", str(port)), Victim(folder, "worker", APP)]
    done = threading.Event()
    killer = threading.Thread(target=kill_now_and_then, args=(victims, kills, done))
    begun = time.monotonic()
    try:
        killer.start()
        ids, times = enqueue_all(f"http://127.0.0.1:{port}", jobs, kills * KILL_SECONDS / jobs)
        killer.join()
        wait_for_the_end(folder)
        return count(folder, ids, times, kills, time.monotonic() - begun)
    finally:
        killer.join()
        for victim in victims:
            victim.close()


def main() -> int:
    """Print the figures; the exit status tells whether they are good."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), asked.jobs, asked.kills)
    values = asdict(figures)
    print(
        json.dumps(values)
        if asked.json
        else "\n".join(f"{name:>15}  {value}" for name, value in values.items())
    )
    return 0 if figures.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
