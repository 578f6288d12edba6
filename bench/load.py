"""One short load with wrk against one server."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from bench.errors import BenchError
from bench.launch import HOST
from bench.scenarios import Exchange, Shape
from bench.server import Server, cores

THREADS = 1
PLAIN = Shape()
SCRIPT = Path(__file__).with_name("load.lua")
CHANGING = ("X-Request-Id", "7d4c2a90-@@@@@@@@")  # load.lua puts a number in place of the signs
NO_WRK = """wrk, the load generator, is not installed. The way out:
  Debian, Ubuntu: apt-get install wrk     Fedora: dnf install wrk     macOS: brew install wrk
Without it, `python -m bench --no-load` still gives the rows that need no load."""


@dataclass(frozen=True, slots=True)
class Load:
    """What one load of one server gave."""

    requests: int
    seconds: float
    cpu_us: float  # server CPU time per request, all threads and processes
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


@contextmanager
def _body_file(body: str) -> Iterator[str]:
    """Give the name of a file that holds `body`: arguments of programs are limited to 128 KiB."""
    if not body:
        yield "-"
        return
    with NamedTemporaryFile("w", encoding="utf-8") as file:
        file.write(body)
        file.flush()
        yield file.name


def _command(server: Server, exchange: Exchange, shape: Shape, seconds: float, body: str) -> list[str]:
    pinned = ["taskset", "-c", str(pair[1])] if (pair := cores()) and shutil.which("taskset") else []
    options = [
        f"-t{THREADS}",
        f"-c{shape.connections}",
        f"-d{seconds}s",
        "--timeout",
        "10s",
        "-s",
        str(SCRIPT),
    ]
    url = f"{server.scheme}://{HOST}:{server.port}{exchange.path}"
    headers = [*exchange.headers, CHANGING] if shape.changing else exchange.headers
    flat = [part for header in headers for part in header]
    return [*pinned, find_wrk(), *options, url, "--", exchange.method, str(shape.pipelined), body, *flat]


def _wrk(server: Server, exchange: Exchange, shape: Shape, seconds: int) -> str:
    dynamic = {"BENCH_DYNAMIC": "1"} if shape.changing or shape.pipelined > 1 else {}
    with _body_file(exchange.body) as body:
        run = subprocess.run(
            _command(server, exchange, shape, seconds, body),
            capture_output=True,
            text=True,
            timeout=seconds + 30,
            env={**os.environ, **dynamic},
            check=False,
        )
    if run.returncode:
        raise BenchError(f"wrk failed: {run.stderr or run.stdout}")
    return run.stdout.splitlines()[-1]


def load(server: Server, exchange: Exchange, seconds: int, shape: Shape = PLAIN) -> Load:
    """Load `server` with one request repeated for `seconds`.

    Raises:
        BenchError: A reply failed or timed out, so that the figures would mean nothing.
    """
    with server.running():
        before = server.cpu_ns()
        summary = json.loads(_wrk(server, exchange, shape, seconds))
        spent = server.cpu_ns() - before
    if summary["failed"] or not summary["requests"]:
        raise BenchError(f"{server.peer.name} failed under load of {exchange.path}: {summary}")
    requests = summary["requests"]
    return Load(requests, summary["microseconds"] / 1e6, spent / requests / 1e3, summary["p99"] / 1e3)
