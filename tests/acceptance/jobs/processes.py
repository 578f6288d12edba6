"""Real processes with jobs, to be killed."""

import asyncio
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2

from examples.jobs.kill import ask
from laneway.jobs.records import RECORD, JobFilter, JobRecord

APP = Path(__file__).with_name("killed_app.py")
PATIENCE_SECONDS = 40.0


class Process:
    """A `laneway run` or `laneway worker`.

    Attributes:
        process: The process.
        url: Where it serves; empty for a worker.
    """

    def __init__(self, folder: Path, url: str, name: str, *arguments: str, **env: str) -> None:
        self._output = folder / f"{name}.txt"
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "laneway", *arguments],
                env=environment(folder, url, **env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.url = ""

    @property
    def said(self) -> str:
        """Its output so far."""
        return self._output.read_text(errors="replace")

    def ready(self, pattern: str) -> re.Match[str]:
        """What it says when it is ready."""

        def look() -> bool:
            return bool(re.search(pattern, self.said)) or self.process.poll() is not None

        wait_until(look)
        found = re.search(pattern, self.said)
        assert found, f"never ready: {self.said}"
        return found

    def kill(self) -> None:
        """`kill -9`, and nothing else."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """Ask it to end."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()
            raise


def environment(folder: Path, url: str, **extra: str) -> dict[str, str]:
    """The environment of a process with jobs at a URL and their traces in a folder."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LANEWAY_")}
    own = {
        "LANEWAY_TEST_FOLDER": str(folder),
        "LANEWAY_TEST_JOBS": url,
        "LANEWAY_PORT": "0",
        "LANEWAY_GUARD": "off",
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PYDANTIC_DISABLE_PLUGINS": "__all__",
    }
    return inherited | own | extra


class Site:
    """Jobs, a folder with their traces, and the processes that use both."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url
        self.processes: list[Process] = []

    def server(self, *, worker: bool = True, **env: str) -> Process:
        """A server, answering."""
        env["LANEWAY_TEST_WORKER"] = "1" if worker else "0"
        process = self._start("run", **env)
        process.url = process.ready(r"Laneway serves \S+ on (http://\S+:\d+)")[1]
        return process

    def worker(self, queue: str = "", **env: str) -> Process:
        """A worker, working, perhaps on one queue only."""
        process = self._start("worker", *(("--queue", queue) if queue else ()), **env)
        process.ready("Laneway runs the jobs of")
        return process

    def _start(self, command: str, *options: str, **env: str) -> Process:
        name = f"{command}-{len(self.processes)}"
        process = Process(self.folder, self.url, name, command, f"{APP}:app", *options, **env)
        self.processes.append(process)
        return process

    def records(self) -> list[JobRecord]:
        """All jobs."""
        if not self.url.startswith("celery"):
            return self._from_file()
        return asyncio.run(ask(self.url, lambda store: store.find(JobFilter(limit=10_000))))

    def _from_file(self) -> list[JobRecord]:
        path = self.folder / "jobs.db"
        if not path.exists():
            return []
        with closing(sqlite3.connect(path)) as connection:
            rows = connection.execute("SELECT record FROM jobs ORDER BY created").fetchall()
        return [RECORD.validate_json(text) for (text,) in rows]

    def record(self, job_id: str) -> JobRecord:
        """One job."""
        if not self.url.startswith("celery"):
            return next(record for record in self._from_file() if record.id == job_id)
        record = asyncio.run(ask(self.url, lambda store: store.get(job_id)))
        assert record is not None
        return record

    def ended(self, job_id: str, seconds: float = PATIENCE_SECONDS) -> JobRecord:
        """One job once it has ended."""
        wait_until(lambda: self.record(job_id).status.is_final, seconds)
        return self.record(job_id)

    def traces(self) -> Counter[str]:
        """How often each thing happened."""
        path = self.folder / "trace.txt"
        lines = path.read_text().splitlines() if path.exists() else []
        return Counter(line.split()[0] for line in lines)


@contextmanager
def site(folder: Path, url: str) -> Iterator[Site]:
    """Jobs and their processes; whatever still runs is killed at the end."""
    place = Site(folder, url)
    try:
        yield place
    finally:
        for process in place.processes:
            if process.process.poll() is None:
                process.kill()


def wait_until(done: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """Return once something came to be."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.02)


def post(url: str) -> str:
    """The id of the job that a POST enqueued."""
    reply = httpx2.post(url, timeout=20)
    assert reply.status_code == 202, reply.text
    return str(reply.json()["id"])


def events(url: str, after: int = 0, most: int | None = None) -> list[tuple[int, str, Any]]:
    """Events of a job, number, kind and data; the connection is cut after `most` of them."""
    found: list[tuple[int, str, Any]] = []
    event: dict[str, str] = {}
    with httpx2.stream("GET", url, headers={"Last-Event-ID": str(after)}, timeout=20) as reply:
        for line in reply.iter_lines():
            if line:
                name, _, value = line.partition(": ")
                event[name] = value
            elif event:
                if "id" in event:
                    found.append((int(event["id"]), event["event"], json.loads(event["data"])))
                event = {}
                if len(found) == most:
                    break
    return found
