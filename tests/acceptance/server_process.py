"""`laneway run` as its users have it: a process with its own output, connections, signals."""

import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from .ways.wire import PATIENCE_SECONDS, Line, Reply, Request, get

COMMAND = (sys.executable, "-m", "laneway", "run")
APP = """\
import asyncio
import os
import time
from collections.abc import AsyncIterator

from laneway import Laneway, Request
from laneway.responses import StreamingResponse
from laneway.sse import EventSourceResponse

app = Laneway()


@app.get("/")
async def home(request: Request) -> dict[str, object]:
    return {
        "pid": os.getpid(),
        "client": request.client and request.client.host,
        "scheme": request.url.scheme,
        "version": request.scope["http_version"],
    }


@app.get("/fast")
async def fast() -> dict[str, int]:
    return {"a": 1}


@app.get("/items/{name}")
async def item(name: str) -> str:
    return name


@app.get("/pid")
async def pid() -> int:
    return os.getpid()


@app.get("/slow")
async def slow(seconds: float) -> str:
    print("slow begins", flush=True)
    await asyncio.sleep(seconds)
    return "done"


@app.get("/slow-def")
def slow_def(seconds: float) -> str:
    print("slow begins", flush=True)
    time.sleep(seconds)
    return "done"


@app.get("/stubborn")
async def stubborn() -> str:
    print("slow begins", flush=True)
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            pass


@app.get("/events", response_class=EventSourceResponse)
async def events() -> AsyncIterator[dict[str, int]]:
    number = 0
    while True:
        yield {"number": number}
        number += 1
        await asyncio.sleep(0.05)


@app.get("/download")
async def download(parts: int) -> StreamingResponse:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(parts):
            yield b"x" * 1000
            await asyncio.sleep(0.05)

    return StreamingResponse(body(), media_type="application/octet-stream")


@app.get("/large")
async def large(size: int) -> StreamingResponse:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(size // 65536):
            yield b"x" * 65536

    return StreamingResponse(body(), media_type="application/octet-stream")


@app.post("/echo")
async def echo(request: Request) -> int:
    return len(await request.body())


@app.get("/fails")
async def fails() -> None:
    raise RuntimeError("on purpose")
"""


class ServerProcess:
    """A running `laneway run`.

    Attributes:
        process: The process; with `--workers` the one that supervises.
        url: What it says it serves.
        address: Where it listens, if that is a port.
    """

    def __init__(self, process: "subprocess.Popen[bytes]", output: Path) -> None:
        self.process = process
        self._output = output
        self.url = self.wait_for(r"Laneway serves \S+ on (\S+)")
        found = re.search(r"//(.+):(\d+)$", self.url)
        self.address = (found[1].strip("[]"), int(found[2])) if found else ("", 0)

    @property
    def said(self) -> str:
        """Standard output and error so far."""
        return self._output.read_text(errors="replace")

    def wait_for(self, pattern: str, times: int = 1) -> str:
        """The first group, or all, of what it says in the end."""
        found: list[str] = []

        def says() -> bool:
            found[:] = re.findall(pattern, self.said)
            return len(found) >= times or self.process.poll() is not None

        wait_until(says, 20)
        assert len(found) >= times, f"never said {pattern!r}: {self.said}"
        return found[0]

    def connect(self) -> Line:
        """A connection."""
        return Line(self.address)

    def ask(self, request: Request | str = "/") -> Reply:
        """The reply to a request on a connection of its own."""
        with self.connect() as line:
            line.send((get(request) if isinstance(request, str) else request).raw)
            return line.reply()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    def status(self, seconds: float = PATIENCE_SECONDS) -> int:
        """The exit status, once it has ended."""
        return self.process.wait(seconds)


def environment(**extra: str) -> dict[str, str]:
    """The environment without options of ours, and with these."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LANEWAY_")}
    return (
        inherited | {"PYDANTIC_DISABLE_PLUGINS": "__all__", "PYTHONPATH": os.pathsep.join(sys.path)} | extra
    )


@contextmanager
def running(
    folder: Path, *arguments: str, app: str = APP, pass_fds: tuple[int, ...] = (), **env: str
) -> Iterator[ServerProcess]:
    """A server that serves an app from a folder; killed at the end if it still runs."""
    (folder / "main.py").write_text(app)
    output = folder / "output.txt"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=folder,
            env=environment(**({"LANEWAY_PORT": "0", "LANEWAY_GUARD": "off"} | env)),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            pass_fds=pass_fds,
            start_new_session=True,
        )
    try:
        yield ServerProcess(process, output)
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def wait_until(done: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> bool:
    """Whether something came to be within its time."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def was_reset(line: Line) -> bool:
    """Whether a connection ends by a reset instead of an end."""
    try:
        while line.socket.recv(65536):
            pass
    except ConnectionResetError:
        return True
    return False


def make_certificate(folder: Path, *more: str) -> tuple[Path, Path]:
    """A certificate for this machine, signed by itself, and its key."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    kind = (
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-subj",
        "/CN=localhost",
        "-days",
        "2",
    )
    names = ("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate))
    secret = more or ("-nodes",)
    subprocess.run(["openssl", "req", "-x509", *kind, *names, *secret], check=True, capture_output=True)
    return certificate, key


def over_tls(server: ServerProcess, certificate: Path, **settings: object) -> ssl.SSLSocket:
    """A TLS connection that trusts the certificate."""
    context = ssl.create_default_context(cafile=str(certificate))
    for name, value in settings.items():
        setattr(context, name, value)
    raw = socket.create_connection(server.address, timeout=PATIENCE_SECONDS)
    return context.wrap_socket(raw, server_hostname="127.0.0.1")
