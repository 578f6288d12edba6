"""The socket of a connection: writing with back-pressure, pausing the reading, and ending it in good order."""

import asyncio
import socket
import struct
from typing import cast

from uvicorn.protocols.utils import get_local_addr, get_remote_addr, is_ssl

from laneway.server.direct.head import Head
from laneway.server.direct.notices import trace
from laneway.server.direct.refusal import RefusedError
from laneway.server.direct.reply import CLOSE
from laneway.server.direct.service import Service

_LINGER = 2.0  # seconds in which a client that was refused may still send, so that it sees the answer
_MOST_DISCARDED = 1_048_576  # bytes that it may send in that time
_NO_LINGER = struct.pack("ii", 1, 0)  # closing resets the connection


class Wire(asyncio.Protocol):
    """The writing side of a connection, and its end.

    Attributes:
        service: What all connections share.
        transport: The socket.
        lost: Whether nobody is there any more to answer to.
        ending: Whether the last answer was given and the rest of what comes is dropped.
        write_paused: Whether the client takes nothing at the moment.
        client: Its address; None on a Unix socket.
        server: Ours.
        scheme: `http` or `https`.
        since: When what goes on now began, by the sweep's clock.
        ends_body: Whether the body of the response ends with the connection (HTTP/1.0).
        stopping: Whether the server stops.
    """

    transport: asyncio.Transport
    client: tuple[str, int] | None = None
    server: tuple[str, int | None] | None = None
    scheme = "http"
    lost = False
    ending = False
    write_paused = False
    since = 0.0
    ends_body = False
    stopping = False
    _read_paused = False
    _discarded = 0
    _stalled = 0.0  # when the client stopped taking
    _writable: asyncio.Event | None = None
    _is_proxy = False
    _named_head: Head | None = None
    _client_name: str | None = None  # as `_named_head` tells it

    def __init__(self, service: Service) -> None:
        self.service = service

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected."""
        self.transport = cast(asyncio.Transport, transport)
        self.client = get_remote_addr(self.transport)
        self.server = get_local_addr(self.transport)
        self.scheme = "https" if is_ssl(self.transport) else "http"
        self.since = self.service.sweep.now
        trace(self.client, "HTTP connection made")

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed."""
        self.lost = True
        trace(self.client, "HTTP connection lost")
        if self._writable is not None:
            self._writable.set()

    def pause_writing(self) -> None:
        """The client does not take what is written."""
        self.write_paused = True
        self._stalled = self.service.sweep.now

    def resume_writing(self) -> None:
        """The client has taken it."""
        self.write_paused = False
        if self._writable is not None:
            self._writable.set()
            self._writable = None

    def client_of(self, head: Head) -> str:
        """Address and port of the client that has sent a head, through proxies that are trusted; empty if unknown."""
        # PERF: a remembered head tells the same of its client as before.
        if self._client_name is None:
            self._is_proxy = self.service.trusts(self.client)
        if self._client_name is None or (self._is_proxy and head is not self._named_head):
            client, _ = self.service.origin(self.client, self.scheme, head.headers)
            self._client_name = f"{client[0]}:{client[1]}" if client is not None else ""
            self._named_head = head
        return self._client_name

    def write(self, data: bytes) -> None:
        """Write a part of a response."""
        if not self.lost:
            self.transport.write(data)

    async def drain(self) -> None:
        """Wait until the client has taken what was written."""
        while self.write_paused and not self.lost:
            self._writable = self._writable or asyncio.Event()
            await self._writable.wait()

    def pause_reading(self) -> None:
        """Read no more for now."""
        if not self._read_paused and not self.lost:
            self._read_paused = True
            self.transport.pause_reading()

    def resume_reading(self) -> None:
        """Read on, if it was paused."""
        if self._read_paused and not self.lost:
            self._read_paused = False
            self.since = self.service.sweep.now
            self.transport.resume_reading()

    # -- ending

    def refuse(self, refusal: RefusedError) -> None:
        """Answer what cannot be served, and end the connection."""
        body = refusal.text.encode()
        form = b"content-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\n%b\r\n%b"
        self.write(self.service.replies.start(refusal.status) + form % (len(body), CLOSE, body))
        self.linger()

    def linger(self) -> None:
        """End the connection, but let the client finish: closing at once could take the answer from it."""
        if self.lost:
            return
        self.resume_reading()
        self.ending = self.lost = True
        self.since = self.service.sweep.now
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.transport.close()

    def finish(self) -> None:
        """End the connection, whose client has sent all it wants to."""
        self.ending = True
        self.transport.close()

    def cut(self) -> None:
        """End the connection in the middle of a response, so that nobody takes it for complete."""
        if self.write_paused or self.ends_body:
            self.abort()
        else:
            self.transport.close()

    def abort(self) -> None:
        """End the connection at once."""
        if self.ends_body and (sock := self.transport.get_extra_info("socket")) is not None:
            # A reset is the only end that is not that of the body, too.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.transport.abort()

    def discard(self, data: bytes) -> None:
        """Drop what comes after the end."""
        self._discarded += len(data)
        if self._discarded > _MOST_DISCARDED:
            self.abort()

    def overdue_end(self, now: float) -> bool:
        """Cut the connection off if the client takes nothing, or does not see the end; whether one of these goes on."""
        if self.write_paused:
            late = now - self._stalled > self.service.limits.write_time
        else:
            late = self.ending and now - self.since > _LINGER
        if late:
            self.abort()
        return self.write_paused or self.ending
