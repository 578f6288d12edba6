"""The way to one client: what is to go out together, and whose turn it is to send."""

import time
from collections.abc import Coroutine
from typing import Any

from anyio import CancelScope, Event
from anyio.lowlevel import checkpoint
from starlette.types import Message, Send

from laneway.sse import KEEPALIVE_COMMENT
from laneway.types import RawHeaders

PING_INTERVAL: float = 15.0
"""Seconds of silence after which an event stream sends a comment (HTML standard, section 9.2.7: "every 15 seconds")."""


class Wire:
    """Sends messages of ASGI, one at a time, until the client has left.

    Args:
        send: The server's.
        left: Cancelled when the client has left; what is sent for it lies inside.
        charset: Of chunks that are text.

    Attributes:
        left: As above.
        parts: The chunks that have not been sent.
        size: Their bytes.
        failure: What ended the stream from outside; None if nothing did.
    """

    def __init__(self, send: Send, left: CancelScope, charset: str = "utf-8") -> None:
        self.left = left
        self.size = 0
        self.failure: Exception | None = None
        self._send = send
        self._charset = charset
        self.parts: list[Any] = []
        self._open = False  # between head and end, where comments may stand
        self._ping: Event | None = None  # while a comment is under way
        self._quiet_since = time.monotonic()

    def add(self, chunk: Any) -> None:
        """Keep a chunk for `flush`."""
        if type(chunk) is not bytes and not isinstance(chunk, bytes | memoryview):
            chunk = chunk.encode(self._charset)
        self.parts.append(chunk)
        self.size += len(chunk)

    def drop_last(self) -> None:
        """Forget the last chunk, whose `yield` was interrupted."""
        if self.parts:
            self.size -= len(self.parts.pop())

    def flush(self, *, more: bool = True) -> Coroutine[Any, Any, None]:
        """Send all chunks as one part of the body; they stay here if that is interrupted."""
        parts = self.parts
        body = parts[0] if len(parts) == 1 else b"".join(parts)
        self._open = more
        # PERF: not a coroutine that awaits another one, which costs 0.1 us an event.
        return self.send({"type": "http.response.body", "body": body, "more_body": more})

    async def begin(self, status: int, headers: RawHeaders) -> None:
        """Send the head."""
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        self._open = True

    async def send(self, message: Message) -> None:
        """Send one message; waits while the client does not read. Chunks are done with, unless it is cancelled."""
        while self._ping is not None:
            await self._ping.wait()
        try:
            await self._send(message)
        except OSError:  # ASGI 2.4: there is nobody to send to
            self.left.cancel()
            await checkpoint()
        except Exception:
            self.parts.clear()  # the way is broken, nothing more can go there
            raise
        self.parts.clear()
        self.size = 0
        self._quiet_since = time.monotonic()

    def fail(self, error: Exception) -> None:
        """End the stream because of what happened beside it."""
        self.failure = self.failure or error
        self.left.cancel()

    def until_ping(self) -> float:
        """Seconds until the silence is too long."""
        return self._quiet_since + PING_INTERVAL - time.monotonic()

    async def ping(self) -> None:
        """Send a comment if the silence is too long and no message is under way."""
        if self.until_ping() > 0:
            return
        self._quiet_since = time.monotonic()
        if self.parts or not self._open:  # a message waits for the client to read
            return
        self._ping = Event()
        try:
            await self._send({"type": "http.response.body", "body": KEEPALIVE_COMMENT, "more_body": True})
        except OSError:
            self.left.cancel()
        finally:
            self._ping.set()
            self._ping = None
