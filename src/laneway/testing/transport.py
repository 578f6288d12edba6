"""Requests to an app on the same event loop, replies read while the app writes them."""

import math
from collections.abc import AsyncIterator
from urllib.parse import unquote

import anyio
from anyio.abc import TaskGroup
from starlette.types import ASGIApp, Message, Scope

from laneway.testing.library import httpx

# Seconds that an app gets to notice that the client closed the response, before it is cancelled.
DISCONNECT_GRACE = 1.0
DEFAULT_PORTS = {"http": 80, "https": 443}


class Exchange(httpx.AsyncByteStream):
    """One request and its reply; also the reply's body, read while the app still writes it."""

    def __init__(self, request: httpx.Request) -> None:
        self.begun = anyio.Event()  # the reply's head is there, or the app has ended
        self.status: int | None = None
        self.headers: list[tuple[bytes, bytes]] = []
        self.error: Exception | None = None
        self.scope = anyio.CancelScope()
        self._body_in = aiter(request.stream) if isinstance(request.stream, httpx.AsyncByteStream) else None
        self._is_head = request.method == "HEAD"
        self._gone = anyio.Event()  # the client wants no more, or has got all
        self._ended = anyio.Event()
        # Unbounded, as a server's buffers would be for the few bytes of a test: the app never waits for the test.
        self._writer, self._reader = anyio.create_memory_object_stream[bytes](math.inf)

    async def receive(self) -> Message:
        """The next part of the request's body, then the client's leaving."""
        if self._body_in is not None:
            async for chunk in self._body_in:
                return {"type": "http.request", "body": chunk, "more_body": True}
            self._body_in = None
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Take the next part of the reply; what comes after the client has left is dropped, as by a server."""
        if message["type"] == "http.response.start":
            self._start(message)
        elif message["type"] == "http.response.body":
            self._write(bytes(message.get("body", b"")))
            if not message.get("more_body", False):
                self._gone.set()
        await anyio.lowlevel.checkpoint()  # let the test see the part before the app makes the next

    def _start(self, message: Message) -> None:
        self.status = message["status"]
        self.headers = [(bytes(name), bytes(value)) for name, value in message.get("headers", ())]
        self.begun.set()

    def _write(self, body: bytes) -> None:
        if body and not self._is_head and not self._gone.is_set():
            self._writer.send_nowait(body)

    def end(self) -> None:
        """The app has returned or raised."""
        self._writer.close()
        self._gone.set()
        self._ended.set()
        self.begun.set()

    def cancel(self) -> None:
        """Stop the app's work on this request."""
        self._gone.set()
        self._reader.close()
        self.scope.cancel()

    def _raise_error(self) -> None:
        """Raise what the app raised, the first time that somebody asks."""
        error, self.error = self.error, None
        if error is not None:
            raise error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The reply's body in the parts that the app sent, to the end of the app's call, background work included."""
        async for chunk in self._reader:
            yield chunk
        self._raise_error()

    async def aclose(self) -> None:
        """Leave: the app is told, and cancelled if it does not end by itself.

        Raises:
            Exception: What the app raised and nobody has seen yet.
        """
        self._gone.set()
        self._reader.close()
        try:
            with anyio.move_on_after(DISCONNECT_GRACE):
                await self._ended.wait()
        finally:
            self.scope.cancel()
        await self._ended.wait()
        self._raise_error()


class AppTransport(httpx.AsyncBaseTransport):
    """Hands each request to the app in a task of its own and returns as soon as the reply has begun."""

    def __init__(
        self, app: ASGIApp, client: tuple[str, int], root_path: str, raise_server_exceptions: bool
    ) -> None:
        self.app = app
        self.client = client
        self.root_path = root_path
        self.raise_server_exceptions = raise_server_exceptions
        self.state: dict[str, object] = {}
        self.tasks: TaskGroup | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The reply of the app.

        Raises:
            Exception: What the app raised, if that is wanted.
        """
        if self.tasks is None:
            raise RuntimeError("the app is not running; use `async with AsyncTestClient(app) as client:`")
        exchange = Exchange(request)
        self.tasks.start_soon(self._call, exchange, self._scope(request))
        try:
            await exchange.begun.wait()
        except BaseException:
            exchange.cancel()  # the request was given up: its task must not run on in the background
            raise
        if exchange.status is None:
            await exchange.aclose()
            raise RuntimeError("the app returned without a reply")
        return httpx.Response(exchange.status, headers=exchange.headers, stream=exchange, request=request)

    async def _call(self, exchange: Exchange, scope: Scope) -> None:
        """Run the app for one request; its error stays with the request."""
        try:
            with exchange.scope:
                await self.app(scope, exchange.receive, exchange.send)
        except Exception as error:  # noqa: BLE001 - the app's, raised where the test asked for the reply
            if self.raise_server_exceptions:
                exchange.error = error
            elif exchange.status is None:
                exchange.status = 500
        finally:
            exchange.end()

    def _scope(self, request: httpx.Request) -> Scope:
        """The request as ASGI describes it."""
        url = request.url
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": url.scheme,
            "path": unquote(url.path),
            "raw_path": url.raw_path.split(b"?")[0],
            "query_string": url.query,
            "root_path": self.root_path,
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "client": self.client,
            "server": (url.host, url.port or DEFAULT_PORTS.get(url.scheme)),
            "state": self.state.copy(),
        }
