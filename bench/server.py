"""A peer's server as a child process: started, pinned, asked, its CPU read, stopped."""

import os
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import IO

from bench.environments import interpreter
from bench.errors import BenchError, Refuse
from bench.launch import HOST, Certificate, Place, Variant
from bench.peers import ROOT, Peer
from bench.processes import cpu_ns, family
from bench.scenarios import Exchange

START_SECONDS = 30.0
STOP_SECONDS = 5.0
PLAIN = Variant()


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
    scheme: str = "http"
    errors: Path | None = None  # what it wrote

    def cpu_ns(self) -> int:
        """Return the CPU time of all its processes and threads so far, nanoseconds."""
        return sum(cpu_ns(pid) for pid in family(self.process.pid))

    def connect(self) -> HTTPConnection:
        """Return a new connection to the server."""
        if self.scheme == "http":
            return HTTPConnection(HOST, self.port, timeout=10)
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        return HTTPSConnection(HOST, self.port, timeout=10, context=trusting)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let a server that uses its core even while it waits run only inside the block."""
        self._signal(signal.SIGCONT)
        try:
            yield
        finally:
            self.pause()

    def pause(self) -> None:
        """Stop such a server until it is needed; others go on."""
        self._signal(signal.SIGSTOP)

    def _signal(self, number: signal.Signals) -> None:
        if self.peer.polls:
            os.killpg(self.process.pid, number)


def ask(connection: HTTPConnection, exchange: Exchange) -> Reply:
    """Return the server's reply to one request."""
    kind = {"Content-Type": "application/json"} if exchange.body else {}
    connection.request(
        exchange.method, exchange.path, exchange.body.encode() or None, {**kind, **dict(exchange.headers)}
    )
    response = connection.getresponse()
    return Reply(response.status, response.headers["content-type"], response.read())


def cores() -> tuple[int, int] | None:
    """Return one core for the server and another for the load, or None where there is only one."""
    available = sorted(os.sched_getaffinity(0))
    return (available[0], available[1]) if len(available) > 1 else None


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def start(
    peer: Peer, place: Place, errors: IO[str], extra: Mapping[str, str] | None = None, pinned: bool = True
) -> subprocess.Popen[str]:
    """Start a peer's server in a session of its own, so that all its processes can be reached."""
    process = subprocess.Popen(
        [str(interpreter(peer.home)), *peer.launch(peer.target, place)],
        cwd=ROOT,
        env={**peer.environment(), **(extra or {})},
        stdout=subprocess.DEVNULL,
        stderr=errors,  # not shown: some tell of every connection that the load generator closes
        text=True,
        start_new_session=True,
    )
    if pinned and (pair := cores()):
        os.sched_setaffinity(process.pid, {pair[0]})
    return process


def wait_until_it_answers(server: Server) -> None:
    """Return as soon as the server replies.

    Raises:
        BenchError: It ended, or took too long.
    """
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            ask(server.connect(), Exchange("GET", "/json"))
        except (OSError, HTTPException):
            time.sleep(0.005)
        else:
            return
    told = server.errors.read_text(errors="replace") if server.errors else ""
    raise BenchError(f"the server of {server.peer.name} did not answer\n{told}".rstrip())


def stop(server: Server) -> None:
    """End all processes of the server."""
    with suppress(ProcessLookupError):
        os.killpg(server.process.pid, signal.SIGCONT)
        server.process.terminate()
    with suppress(subprocess.TimeoutExpired):
        server.process.wait(STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(server.process.pid, signal.SIGKILL)
    server.process.wait()


def _make_certificate(folder: Path) -> Certificate:
    files = Certificate(folder / "certificate.pem", folder / "key.pem")
    names = [
        "-keyout",
        str(files.key),
        "-out",
        str(files.certificate),
        "-subj",
        "/CN=localhost",
        "-days",
        "2",
    ]
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    try:
        subprocess.run(["openssl", "req", *kind, *names], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise BenchError(f"openssl cannot make a certificate: {error}") from None
    return files


@contextmanager
def served(peer: Peer, variant: Variant = PLAIN, extra: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Give one running server, which may not answer yet, and stop it at the end."""
    with tempfile.TemporaryDirectory() as folder:
        certificate = _make_certificate(Path(folder)) if variant.tls else None
        place, errors = Place(free_port(), variant, certificate), Path(folder) / "errors"
        with errors.open("w") as file:
            process = start(peer, place, file, extra, pinned=variant.workers == 1)
        server = Server(peer, process, place.port, "https" if variant.tls else "http", errors)
        try:
            yield server
        finally:
            stop(server)


@contextmanager
def running(peers: Iterable[Peer], variant: Variant, refuse: Refuse) -> Iterator[list[Server]]:
    """Give the running servers of the peers, and stop them all at the end; `refuse` is told who did not start."""
    with ExitStack() as stack:
        started = [stack.enter_context(served(peer, variant)) for peer in peers]
        servers = []
        for server in started:
            try:
                wait_until_it_answers(server)
            except BenchError as error:
                refuse(server.peer.name, error)
                continue
            server.pause()
            servers.append(server)
        yield servers
