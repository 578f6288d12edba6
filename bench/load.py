"""One short load with wrk against one server."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.errors import BenchError
from bench.scenarios import Exchange
from bench.server import Server, cores

CONNECTIONS = 32
THREADS = 1
SCRIPT = Path(__file__).with_name("load.lua")
NO_WRK = """wrk, the load generator, is not installed. The way out:
  Debian, Ubuntu: apt-get install wrk     Fedora: dnf install wrk     macOS: brew install wrk
Without it, `python -m bench --no-load` still gives the rows that need no load."""


@dataclass(frozen=True, slots=True)
class Load:
    """What one load of one server gave."""

    requests: int
    seconds: float
    cpu_us: float  # server CPU time per request, all threads
    p99_ms: float

    @property
    def per_second(self) -> float:
        """Requests answered per second of wall time."""
        return self.requests / self.seconds


def find_wrk() -> str:
    """Return the path of wrk.

    Raises:
        BenchError: It is not installed; the message says how to get it.
    """
    path = shutil.which("wrk")
    if path is None:
        raise BenchError(NO_WRK)
    return path


def _command(server: Server, exchange: Exchange, seconds: int) -> list[str]:
    pinned = ["taskset", "-c", str(pair[1])] if (pair := cores()) and shutil.which("taskset") else []
    options = [f"-t{THREADS}", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(SCRIPT)]
    url = f"http://127.0.0.1:{server.port}{exchange.path}"
    sent = [exchange.method, exchange.body] if exchange.body else [exchange.method]
    return [*pinned, find_wrk(), *options, url, "--", *sent]


def load(server: Server, exchange: Exchange, seconds: int) -> Load:
    """Load `server` with one request repeated for `seconds`.

    Raises:
        BenchError: A reply failed or timed out, so that the figures would mean nothing.
    """
    before = server.cpu_ns()
    run = subprocess.run(
        _command(server, exchange, seconds), capture_output=True, text=True, timeout=seconds + 30, check=False
    )
    spent = server.cpu_ns() - before
    if run.returncode:
        raise BenchError(f"wrk failed: {run.stderr or run.stdout}")
    summary = json.loads(run.stdout.splitlines()[-1])
    if summary["failed"] or not summary["requests"]:
        raise BenchError(f"{server.peer.name} failed under load of {exchange.path}: {summary}")
    requests = summary["requests"]
    return Load(requests, summary["microseconds"] / 1e6, spent / requests / 1e3, summary["p99"] / 1e3)
