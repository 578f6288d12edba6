"""The ways to an app: in process, through uvicorn, and directly. Each is a place where the same requests are asked."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx2
import uvicorn

from laneway import Laneway
from laneway.testing import TestClient

from .wire import PATIENCE_SECONDS, Line, Reply, Request

DIRECT_PROTOCOL = "laneway.server.direct.protocol:DirectProtocol"
POLL_SECONDS = 0.002


class Site(Protocol):
    """An app that can be asked."""

    app: Laneway

    def ask(self, request: Request) -> Reply:
        """The reply to one request."""


@dataclass
class ServedSite:
    """An app on a port of the loopback interface.

    Attributes:
        app: The app.
        server: The server.
        address: Where it listens.
        loop: The server's event loop.
    """

    app: Laneway
    server: uvicorn.Server
    address: tuple[str, int]
    loop: asyncio.AbstractEventLoop | None = field(default=None, repr=False)

    def connect(self) -> Line:
        """A connection of its own."""
        return Line(self.address)

    def ask(self, request: Request) -> Reply:
        """The reply to one request on a connection of its own, with interim replies left out."""
        with self.connect() as line:
            line.send(request.raw)
            while (reply := line.reply(to_head=request.method == "HEAD")).status < 200:
                pass
            return reply


@dataclass
class ClientSite:
    """An app behind the test client."""

    app: Laneway
    client: TestClient
    root_path: str = ""

    def ask(self, request: Request) -> Reply:
        """The reply to one request, its body as it left the app."""
        # Not through `client.request`, which would add headers of its own.
        sent = httpx2.Request(
            request.method,
            f"http://{request.host}{self.root_path}{request.target}",
            headers=request.fields,
            content=request.content,
        )
        response = self.client.send(sent, stream=True, follow_redirects=False)
        try:
            body = b"".join(response.iter_raw())
        finally:
            response.close()
        headers = tuple((n.decode("latin-1").lower(), v.decode("latin-1")) for n, v in response.headers.raw)
        return Reply(response.status_code, headers, body)


@dataclass(frozen=True)
class Way:
    """One way to an app.

    Attributes:
        name: What reports call it.
        open: Gives a site for an app, for the length of a `with` block; takes the server's options.
        sockets: Whether there are connections.
    """

    name: str
    open: Callable[..., AbstractContextManager[Any]]
    sockets: bool = True


@contextmanager
def in_process(app: Laneway, *, root_path: str = "", **_: object) -> Iterator[ClientSite]:
    """A site without a server."""
    with TestClient(app, raise_server_exceptions=False, root_path=root_path) as client:
        yield ClientSite(app, client, root_path)


def served_by(http: str, loop: str) -> Callable[..., AbstractContextManager[ServedSite]]:
    """What serves an app with a protocol class on a kind of event loop."""

    @contextmanager
    def serving(app: Laneway, *, limits: object = None, **options: Any) -> Iterator[ServedSite]:
        config = uvicorn.Config(app, http=http, loop=loop, log_config=None, **options)
        config.limits = limits  # type: ignore[attr-defined]  # of the direct path
        server = uvicorn.Server(config)
        with socket.create_server(("127.0.0.1", 0), backlog=2048) as listening:
            site = ServedSite(app, server, listening.getsockname())
            thread = threading.Thread(target=run, args=(site, listening), name=f"site {http}")
            thread.start()
            try:
                wait_until(lambda: server.started or not thread.is_alive())
                assert server.started, "the server did not start"
                yield site
            finally:
                server.should_exit = True
                thread.join(PATIENCE_SECONDS)
        check_left(server)

    return serving


def run(site: ServedSite, listening: socket.socket) -> None:
    """Serve until told to stop."""
    site.server.config.callback_notify = None

    async def main() -> None:
        site.loop = asyncio.get_running_loop()
        await site.server.serve([listening])

    with asyncio.Runner(loop_factory=site.server.config.get_loop_factory()) as runner:
        runner.run(main())


def check_left(server: uvicorn.Server) -> None:
    """A server that has stopped holds nothing."""
    state = server.server_state
    assert not state.connections, f"connections left open: {state.connections}"
    assert not state.tasks, f"tasks left pending: {state.tasks}"


def wait_until(done: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> bool:
    """Whether something came to be within its time."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


IN_PROCESS = Way("in process", in_process, sockets=False)
UVICORN = Way("uvicorn", served_by("httptools", "asyncio"))
UVICORN_ON_UVLOOP = Way("uvicorn on uvloop", served_by("httptools", "uvloop"))
DIRECT = Way("direct", served_by(DIRECT_PROTOCOL, "asyncio"))
DIRECT_ON_UVLOOP = Way("direct on uvloop", served_by(DIRECT_PROTOCOL, "uvloop"))

REFERENCE = UVICORN
"""The way whose replies the others must give."""
OTHERS = (IN_PROCESS, UVICORN_ON_UVLOOP, DIRECT, DIRECT_ON_UVLOOP)
