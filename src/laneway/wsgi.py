"""Flask, Django and other WSGI apps as something to mount: `app.mount("/old", WSGIMiddleware(flask_app))`.

The app runs in a thread for the length of its call, and goes back to the event loop for each part of the body that it
reads or writes, so neither an upload nor a stream is held in memory. The protocol is PEP 3333.
"""

import sys
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from io import BufferedReader, RawIOBase
from types import TracebackType
from typing import IO, Any, TypeAlias, cast

import anyio
import anyio.from_thread
from anyio.abc import TaskGroup
from starlette.types import Message, Receive, Scope, Send
from typing_extensions import Buffer

from laneway.lanes.calling import current_lanes, run
from laneway.lanes.registry import threads
from laneway.stream.tasks import task_group

Environ: TypeAlias = dict[str, Any]
ExcInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType | None]
WSGIApp: TypeAlias = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

WSGI = "wsgi"
SIZE = 10  # threads, unless the app declares the lane; as a2wsgi's
READ_BYTES = 64 * 1024  # of a body, for an app that reads it line by line
OWN_NAMES = {"content-length": "CONTENT_LENGTH", "content-type": "CONTENT_TYPE"}


class WSGIMiddleware:
    """A WSGI app as an ASGI app; its calls wait in threads of their own, other requests go on meanwhile.

    Args:
        app: The WSGI app.
        lane: The lane in which its calls run, are limited and counted. `wsgi` has 10 threads unless the app around it
            declares it otherwise; every other one must be declared.

    Example:
        app = Laneway(lanes={"wsgi": lanes.threads(20)})
        app.mount("/old", WSGIMiddleware(flask_app))
    """

    def __init__(self, app: WSGIApp, *, lane: str = WSGI) -> None:
        self.app = app
        self.lane = lane

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "websocket":  # WSGI has none
            await send({"type": "websocket.close", "code": 1000, "reason": ""})
            return
        if scope["type"] != "http":
            raise RuntimeError(f"a WSGI app serves no {scope['type']!r}")
        if self.lane == WSGI:
            current_lanes().get_or_declare(WSGI, threads(SIZE))
        with suppress(_ClientLeftError):
            async with task_group() as tasks:
                exchange = _Exchange(receive, send, tasks)
                try:
                    await run(self.lane, exchange.run, self.app, environ_of(scope, exchange.body))
                finally:
                    exchange.over = True
                    tasks.cancel_scope.cancel()


def environ_of(scope: Scope, body: IO[bytes]) -> Environ:
    """The request as PEP 3333 has it; text there holds one byte in each character."""
    root, path = scope.get("root_path", ""), scope["path"]
    server, client = scope.get("server") or ("localhost", 80), scope.get("client")
    environ: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": _as_bytes(root),
        "PATH_INFO": _as_bytes(path.removeprefix(root)),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1] or 0),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.input_terminated": True,  # werkzeug: it ends by itself, also without Content-Length
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "asgi.scope": scope,  # where the two sides can share what belongs to a request
    }
    if client:
        environ |= {"REMOTE_ADDR": client[0], "REMOTE_PORT": str(client[1])}
    _add_headers(environ, scope["headers"])
    return environ


def _as_bytes(text: str) -> str:
    return text.encode().decode("latin-1")


def _add_headers(environ: Environ, headers: Iterable[tuple[bytes, bytes]]) -> None:
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if "_" in name:  # would be taken for the same name with "-", which a proxy may have checked
            continue
        key = OWN_NAMES.get(name) or f"HTTP_{name.upper().replace('-', '_')}"
        if key in environ:
            value = f"{environ[key]}{'; ' if name == 'cookie' else ','}{value}"
        environ[key] = value


class _ClientLeftError(ConnectionAbortedError):
    """Nobody reads what the WSGI app sends."""


class _Body(RawIOBase):
    """The request's body, asked from the event loop as it is read."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._lock = anyio.Lock()
        self._rest = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        while not self._rest and not self._ended:
            anyio.from_thread.run(self._receive_more)
        target = memoryview(buffer).cast("B")
        part = self._rest[: len(target)]
        target[: len(part)] = part
        self._rest = self._rest[len(part) :]
        return len(part)

    async def _receive_more(self) -> None:
        """On the event loop: the next part; after a disconnect there is none, and the app gets fewer bytes than announced."""
        async with self._lock:
            if not self._rest and not self._ended:
                message = await self._receive()
                self._rest = message.get("body", b"")
                self._ended = not message.get("more_body", False)

    async def client_left(self) -> bool:
        """On the event loop: wait until the client has gone; False if a body that nobody has read hides that."""
        await self._receive_more()
        return self._ended and (await self._receive())["type"] == "http.disconnect"


class _Exchange:
    """One call of a WSGI app, in a thread.

    Attributes:
        body: What the app reads.
        over: Whether nobody waits for the response any more; said by the event loop.
    """

    def __init__(self, receive: Receive, send: Send, tasks: TaskGroup) -> None:
        self._body = _Body(receive)
        self.body = cast(IO[bytes], BufferedReader(self._body, READ_BYTES))
        self.over = False
        self._tasks = tasks
        self._watched = False
        self._send = send
        self._head: Message | None = None  # until it is sent, together with the first bytes
        self._started = False
        self._left: int | None = None  # bytes that Content-Length promises and that are not sent yet
        self._complete = False

    def run(self, app: WSGIApp, environ: Environ) -> None:
        """Call the app and send what it gives."""
        chunks = app(environ, self.start_response)
        with ExitStack() as at_end:
            if close := getattr(chunks, "close", None):
                at_end.callback(close)
            for chunk in chunks:
                if chunk:
                    self.write(chunk)
            if not self._complete:
                self._emit(b"", more=False)

    def start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: ExcInfo | None = None
    ) -> Callable[[bytes], None]:
        """Take status and header fields; gives the function with which old apps write their body."""
        if exc_info is not None and self._started:
            raise exc_info[1].with_traceback(exc_info[2])
        if exc_info is None and (self._started or self._head):
            raise RuntimeError("the WSGI app called start_response() twice")
        fields = [
            (name.lower().encode("latin-1"), value.strip().encode("latin-1")) for name, value in headers
        ]
        self._head = {
            "type": "http.response.start",
            "status": int(status.split(maxsplit=1)[0]),
            "headers": fields,
        }
        length = dict(fields).get(b"content-length")
        self._left = int(length) if length is not None else None
        return self.write

    def write(self, data: bytes) -> None:
        """Send a part of the body, with the head before the first one."""
        if self._left is not None:
            data = data[: self._left]
            self._left -= len(data)
        if not self._complete:
            self._emit(data, more=self._left != 0)

    def _emit(self, data: bytes, *, more: bool) -> None:
        messages: list[Message] = [{"type": "http.response.body", "body": data, "more_body": more}]
        if not self._started:
            if self._head is None:
                raise RuntimeError("the WSGI app sent its body before it called start_response()")
            messages.insert(0, self._head)
        self._started = True
        self._complete = not more
        anyio.from_thread.run(self._send_all, messages)

    async def _send_all(self, messages: list[Message]) -> None:
        """On the event loop: wait until the server has taken them."""
        for message in messages:
            if self.over:
                raise _ClientLeftError
            await self._send(message)
        if not self._complete and not self._watched:
            self._watched = True
            self._tasks.start_soon(self._watch)

    async def _watch(self) -> None:
        """A stream may have no end: let it end when nobody reads it any more."""
        self.over = await self._body.client_left()
