"""A server for tests that need real sockets, time and threads."""

import socket
import threading
import time
from types import TracebackType
from typing import Self

import httpx2
import uvicorn

from laneway import Laneway

DEADLINE_SECONDS = 10.0


class LiveServer:
    """Uvicorn in a thread of this process, on a free port of the loopback interface."""

    def __init__(self, app: Laneway) -> None:
        self._server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none", loop="asyncio"))
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=200)
        self._thread = threading.Thread(target=lambda: self._server.run([self._socket]))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not self._server.started and time.monotonic() < deadline:
            time.sleep(0.005)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(DEADLINE_SECONDS)
        self._socket.close()

    def get(self, path: str, **headers: str) -> httpx2.Response:
        """The reply to a GET on a connection of its own."""
        return httpx2.get(self.url + path, headers={"connection": "close", **headers}, timeout=20)


class Crowd:
    """Clients that ask for a path at the same time, for the length of a block; each once, or on and on.

    Attributes:
        statuses: The replies so far.
    """

    def __init__(self, server: LiveServer, path: str, clients: int, *, again: bool = False) -> None:
        self._server = server
        self._path = path
        self._again = again
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(clients)]
        self.statuses: list[int] = []

    def _ask(self) -> None:
        while True:
            self.statuses.append(self._server.get(self._path).status_code)
            if self._over.is_set() or not self._again:
                return

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(DEADLINE_SECONDS)
