"""One request and its response: what plans see of it, and the same as ASGI.

Plans get what they read without a scope; the scope is made when someone asks for it. A response goes out in as few
writes as possible: its head waits for the first part of the body when that is sure to follow.
"""

import asyncio
from collections.abc import Callable
from contextlib import aclosing

from starlette.responses import Response
from starlette.types import Message, Scope

from laneway.middleware.native.build import Layered
from laneway.middleware.native.filters import Filters
from laneway.plan.message import RawRequest, RawResponse
from laneway.routing.entering import enter_route
from laneway.server.direct.connection import Connection
from laneway.server.direct.files import parts_of_file
from laneway.server.direct.head import Head
from laneway.server.direct.reader import Incoming
from laneway.server.direct.reply import CLOSE, fields
from laneway.server.direct.target import Target
from laneway.types import RawHeaders

HIGH_WATER = 65_536  # bytes of a body that nobody has read, from which on no more is read
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_CHUNKED = b"transfer-encoding: chunked\r\n"
_EVENTS = b"text/event-stream"
_WITHOUT_BODY = (204, 304)


class Exchange(RawRequest):
    """A request on a connection, and the response to it.

    Attributes:
        connection: Where it came from.
        head: Its header fields.
        target: What it asks for.
        incoming: Its body as it arrives; None when `body` is all of it.
        keep_alive: Whether the connection stays open afterwards.
        responding: Whether the response has begun.
        finished: Whether the response is complete.
        status: The status of the response; 0 before it has one.
        sent: Bytes of the body of the response.
        parsed: Whether its head was parsed, not remembered.
        filters: What native middleware does with the response; None when there is nothing to do.
        task: What it is served in, if that is not the loop itself.
        unrouted: Whether the scope is made without its route: a layer sees the request before the router does.
    """

    # PERF: defaults on the class, as in RawRequest.
    incoming: Incoming | None = None
    responding = False
    finished = False
    status = 0
    sent = 0
    parsed = False
    filters: Filters | None = None
    task: "asyncio.Task[None] | None" = None
    unrouted = False
    _amendments: tuple[Callable[[Scope], None], ...] = ()
    _scope: Scope | None = None
    _held = b""  # a head that waits for its body
    _left: int | None = None  # bytes of the body that are still to come; None when it goes out in chunks
    _is_raw = _waits_for_body = False
    _is_events = False
    _told = False
    _waiter: asyncio.Event | None = None
    _on_gone: Callable[[], object] | None = None
    _delivered = False

    def __init__(self, connection: Connection, head: Head, target: Target) -> None:
        self.connection = connection
        self.head = head
        self.target = target
        self.headers = head.headers
        self.query = target.query
        self.keep_alive = head.keep_alive
        found = target.found
        self.path_params = found.params if found is not None else {}

    # -- the request

    @property
    def scope(self) -> Scope:  # type: ignore[override]  # made when first asked for
        """The ASGI scope, with the route when one was found."""
        if self._scope is None:
            service, target = self.connection.service, self.target
            self._scope = scope = service.scope(self.connection, self.head, target)
            # Whoever has the scope may change its header fields, and the next request may have the same head.
            self.headers = scope["headers"] = self.headers.copy()
            if target.found is not None:
                scope["app"] = service.laneway
                if not self.unrouted:
                    scope["router"] = service.laneway.router if service.laneway is not None else None
                    found = target.found
                    enter_route(scope, found.behind if isinstance(found, Layered) else found)
            for change in self._amendments:
                change(scope)
        return self._scope

    @property
    def untouched(self) -> bool:
        """Whether nobody has seen the scope yet."""
        return self._scope is None

    @property
    def redirected(self) -> bool:
        """Whether a layer has changed in the scope what is asked for."""
        if self._scope is None:
            return False
        target, scope, root_path = self.target, self._scope, self.connection.service.config.root_path
        found = (root_path + target.path, target.method, root_path)
        return (scope["path"], scope["method"], scope["root_path"]) != found

    def routed(self) -> None:
        """Take note that all layers are passed."""
        self.unrouted = False

    @property
    def method(self) -> str:
        """The method as sent."""
        return self.target.method

    def amend(self, change: Callable[[Scope], None]) -> None:
        """Change the scope: now, or when it is made."""
        if self._scope is None:
            self._amendments = (*self._amendments, change)
        else:
            change(self._scope)

    async def receive(self) -> Message:
        """The next message of the client: parts of the body, then that it is gone."""
        incoming = self.incoming
        if self._delivered or self._is_over():
            while not self._is_over():
                await self._change()
            return {"type": "http.disconnect"}
        if incoming is None:
            self._delivered = True
            self._go_on()
            self.connection.resume_reading()
            return {"type": "http.request", "body": self.body or b"", "more_body": False}
        if not incoming.received:
            self._go_on()
        while not (incoming.chunks or incoming.complete):
            self.connection.resume_reading()
            await self._change()
            if self._is_over():
                return {"type": "http.disconnect"}
        body = incoming.take()
        self._delivered = incoming.complete
        self.connection.resume_reading()
        return {"type": "http.request", "body": body, "more_body": not incoming.complete}

    def _go_on(self) -> None:
        """Tell a client that waits for it to send its body."""
        if self.head.expects and not self.responding:
            self.head.expects = False
            self.connection.write(CONTINUE)

    def _is_over(self) -> bool:
        """Whether there is nobody, or nothing, to read for any more."""
        return self.connection.lost or self.finished or self._told

    async def _change(self) -> None:
        self._waiter = self._waiter or asyncio.Event()
        await self._waiter.wait()
        self._waiter.clear()

    def wake(self) -> None:
        """Let `receive` look again."""
        if self._waiter is not None:
            self._waiter.set()
        if self._on_gone is not None:
            self.when_gone(self._on_gone)

    def when_gone(self, call: Callable[[], object] | None) -> None:
        """Call `call` once there is nobody to send to, at once if it is so already; None to call nobody."""
        self._on_gone = call
        if call is not None and (self.connection.lost or self._told):
            self._on_gone = None
            call()

    def tell_to_end(self) -> None:
        """The server stops: a stream of events learns that its client is gone, and is then ended in good order."""
        self.keep_alive = False
        if self._is_events:
            self._told = True
            self.wake()

    # -- the response

    async def send(self, message: Message) -> None:
        """Send a message of ASGI.

        Raises:
            RuntimeError: It is not the turn of this message, or it is not as long as was said.
            ValueError: A header field is none.
        """
        connection = self.connection
        if connection.write_paused:
            await connection.drain()
        if connection.lost:
            return
        kind = message["type"]
        if not self.responding and kind == "http.response.start":
            self.responding = True  # what is refused from here on ends the connection
            self.begin(message["status"], [(name, value) for name, value in message.get("headers", ())])
        elif not (self.responding or self._waits_for_body):
            raise RuntimeError(f"Expected ASGI message 'http.response.start', but got '{kind}'.")
        elif self.finished:
            raise RuntimeError(f"Unexpected ASGI message '{kind}' sent, after response already completed.")
        elif kind == "http.response.body":
            body, more = message.get("body", b""), message.get("more_body", False)
            if self.filters is None:
                self.add(body, more)
            else:
                self._add_filtered(await self.filters.take(body, more), more)
        elif kind == "http.response.pathsend":
            await self._send_file(message["path"])
        else:
            raise RuntimeError(f"Expected ASGI message 'http.response.body', but got '{kind}'.")

    def begin(self, status: int, headers: RawHeaders) -> None:
        """Begin the response; what is not a header field is refused."""
        if self.filters is None:
            self._begin(status, headers)
            return
        self._waits_for_body = False
        headers = headers.copy()
        if self.filters.begin(status, headers):
            self._waits_for_body = True
        else:
            self._begin(status, headers)

    def failing(self) -> None:
        """Take note that nobody has handled an error, and that a 500 comes next."""
        if self.filters is not None:
            self.filters.failed = True

    def _begin(self, status: int, headers: RawHeaders) -> None:
        named = {name.lower(): value for name, value in headers}
        if b"transfer-encoding" in named and named.pop(b"content-length", None) is not None:
            # Both together are how responses are smuggled (RFC 9112 section 6.2).
            headers = [(name, value) for name, value in headers if name.lower() != b"content-length"]
        raw = fields(headers)
        self.responding, self.status = True, status
        self._is_events = named.get(b"content-type", b"").startswith(_EVENTS)
        self._told = self._is_events and self.connection.stopping
        if self._told:
            self.wake()
        if b"close" in named.get(b"connection", b"").lower():
            self.keep_alive = False
        elif not self.keep_alive:
            raw += CLOSE
        bare = self.target.method == "HEAD" or status in _WITHOUT_BODY
        length = named.get(b"content-length")
        if length is not None:
            self._left = int(length)
        elif bare:
            self._left = 0
        elif self.head.version == "1.0":
            self._is_raw = self.connection.ends_body = True
        elif b"transfer-encoding" not in named:
            raw += _CHUNKED
        self._held = self.connection.service.replies.start(status) + raw + b"\r\n"
        if length is None and not bare:
            self._flush(b"")

    def add(self, body: bytes, more: bool) -> None:
        """Send a part of the body.

        Raises:
            RuntimeError: The body is longer or shorter than its Content-Length.
        """
        if self.filters is None:
            self._add(body, more)
        else:
            self._add_filtered(self.filters.add(body, more), more)

    def _add_filtered(self, body: bytes, more: bool) -> None:
        if self._waits_for_body and self.filters is not None:
            self._waits_for_body = False
            self._begin(self.filters.status, self.filters.headers)
        self._add(body, more)

    def _add(self, body: bytes, more: bool) -> None:
        if self.target.method == "HEAD":
            body, self._left = b"", 0
        if self._left is None:
            self._flush(body if self._is_raw else _chunk(body, more))
        else:
            self._left -= len(body)
            if self._left < 0:
                raise RuntimeError("Response content longer than Content-Length")
            if self._left and not more:
                raise RuntimeError("Response content shorter than Content-Length")
            self._flush(body)
        self.sent += len(body)
        if not more:
            self.complete()

    async def _send_file(self, path: str) -> None:
        async with aclosing(parts_of_file(path)) as parts:
            async for part, more in parts:
                if self.connection.lost:
                    return
                self.add(part, more)
                if self.connection.write_paused:
                    await self.connection.drain()

    def _flush(self, data: bytes) -> None:
        if self._held:
            data, self._held = self._held + data, b""
        if data:
            self.connection.write(data)

    def complete(self) -> None:
        """The response is complete."""
        self.finished = True
        if self._waiter is not None or self._on_gone is not None:
            self.wake()
        self.connection.answered(self)

    def end(self) -> bool:
        """The app has returned: end what can be ended in good order; whether the response is complete."""
        if self.responding and not self.finished and self._told and self._left is None:
            self.add(b"", False)
        return self.finished

    def reply_at_once(self, status: int, headers: RawHeaders, body: bytes) -> bool:
        """Send a whole response in one write; False when something about it is not usual.

        Args:
            status: The status.
            headers: Header fields, the length of the body and nothing else of its framing among them.
            body: The body.
        """
        filters = self.filters
        slow = filters is not None and filters.may_be_slow(body)
        if slow or not self.keep_alive or status in _WITHOUT_BODY or self.target.method == "HEAD":
            return False
        if filters is not None and filters.begin(status, headers):
            body = filters.add(body, False)
        head = fields(headers)
        self.responding = self.started = True
        self.status, self.sent = status, len(body)
        self.connection.write(self.connection.service.replies.start(status) + head + b"\r\n" + body)
        self.complete()
        return True

    def reply_json_at_once(self, status: int, body: bytes) -> bool:
        """Send a whole JSON response in one write; False when something about it is not usual."""
        if self.filters is not None or not self.keep_alive or status in _WITHOUT_BODY:
            return False
        self.responding = self.started = True
        self.status, self.sent = status, len(body)
        self.connection.write(self.connection.service.replies.json(status, len(body)) + body)
        self.complete()
        return True

    def reply(self, response: RawResponse | Response) -> bool:
        """Send a whole response; False when it is one that sends itself, or takes long to compress."""
        if isinstance(response, RawResponse):
            if self.filters is not None and self.filters.may_be_slow(response.body):
                return False
            self.begin(response.status, response.headers)
            self.started = True
            self.add(response.body, False)
            return True
        if type(response).__call__ is not Response.__call__:
            return False
        if self.filters is not None and self.filters.may_be_slow(response.body):
            return False
        self.begin(response.status_code, response.raw_headers)
        self.started = True
        self.add(bytes(response.body), False)
        return True


def _chunk(body: bytes, more: bool) -> bytes:
    part = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
    return part if more else part + b"0\r\n\r\n"
