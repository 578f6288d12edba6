"""A peer's server as a child process: started, pinned, asked, its CPU read, stopped."""

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException

from bench.errors import BenchError
from bench.peers import ROOT, Peer
from bench.scenarios import Exchange

START_SECONDS = 30.0
_CPUCLOCK_SCHED = 2  # <linux/posix-timers.h>: the clock counts time on the CPU


@dataclass(frozen=True, slots=True)
class Reply:
    """What all peers must agree on."""

    status: int
    content_type: str | None
    body: bytes


@dataclass(frozen=True, slots=True)
class Server:
    """A running peer."""

    peer: Peer
    process: subprocess.Popen[str]
    port: int

    def cpu_ns(self) -> int:
        """Return the CPU time of all threads so far, nanoseconds.

        The clock of clock_getcpuclockid(3). Unlike a sum over /proc/PID/task/*/schedstat it keeps the time of
        threads that have ended, which pools of threads do while they are idle.
        """
        return time.clock_gettime_ns(((~self.process.pid) << 3) | _CPUCLOCK_SCHED)

    def connect(self) -> HTTPConnection:
        """Return a new connection to the server."""
        return HTTPConnection("127.0.0.1", self.port, timeout=10)


def ask(connection: HTTPConnection, exchange: Exchange) -> Reply:
    """Return the server's reply to one request."""
    headers = {"Content-Type": "application/json"} if exchange.body else {}
    connection.request(exchange.method, exchange.path, exchange.body.encode() or None, headers)
    response = connection.getresponse()
    return Reply(response.status, response.headers["content-type"], response.read())


def cores() -> tuple[int, int] | None:
    """Return one core for the server and another for the load, or None where there is only one."""
    available = sorted(os.sched_getaffinity(0))
    return (available[0], available[1]) if len(available) > 1 else None


def _start(peer: Peer) -> Server:
    command = [sys.executable, "-m", "bench.serve", peer.target]
    process = subprocess.Popen(command, cwd=ROOT, env=peer.environment(), stdout=subprocess.PIPE, text=True)
    if pair := cores():
        os.sched_setaffinity(process.pid, {pair[0]})
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise BenchError(f"the server of {peer.name} ended before it began; its error is above")
    return Server(peer, process, int(line))


def _wait_until_it_answers(server: Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            ask(server.connect(), Exchange("GET", "/json"))
        except (OSError, HTTPException):
            time.sleep(0.05)
        else:
            return
    raise BenchError(
        f"the server of {server.peer.name} did not answer; try {server.peer.target} under uvicorn"
    )


def _stop(server: Server) -> None:
    server.process.terminate()
    try:
        server.process.wait(5)
    except subprocess.TimeoutExpired:
        server.process.kill()
        server.process.wait()


@contextmanager
def running(peers: Iterable[Peer]) -> Iterator[list[Server]]:
    """Give one running server per peer, and stop them all at the end."""
    with ExitStack() as stack:
        servers = []
        for peer in peers:
            server = _start(peer)
            stack.callback(_stop, server)
            servers.append(server)
        for server in servers:
            _wait_until_it_answers(server)
        yield servers
