"""The way to one client, on which two tasks take turns."""

import time

from anyio import CancelScope, Lock, WouldBlock
from anyio.lowlevel import checkpoint
from starlette.types import Message, Receive, Send

from laneway.sse import KEEPALIVE_COMMENT

PING_INTERVAL: float = 15.0
"""Seconds of silence after which an event stream sends a comment (HTML standard, section 9.2.7: "every 15 seconds")."""


class Wire:
    """Sends messages of ASGI, one at a time, until the client has left.

    Attributes:
        left: Cancelled when the client has left; what is sent for it lies inside.
    """

    def __init__(self, receive: Receive, send: Send, left: CancelScope) -> None:
        self.left = left
        self._receive = receive
        self._send = send
        self._turn = Lock()
        self._quiet_since = time.monotonic()

    async def send(self, message: Message) -> None:
        """Send one message; waits while the client does not read."""
        # PERF: `acquire` alone would suspend although nobody holds the lock.
        try:
            self._turn.acquire_nowait()
        except WouldBlock:
            await self._turn.acquire()
        try:
            await self._send(message)
        except OSError:  # ASGI 2.4: there is nobody to send to
            self.left.cancel()
            await checkpoint()
        finally:
            self._turn.release()
        self._quiet_since = time.monotonic()

    async def watch(self) -> None:
        """Wait until the client has left."""
        while (await self._receive())["type"] != "http.disconnect":
            await checkpoint()  # a `receive` that never waits must not stop the world
        self.left.cancel()

    def until_ping(self) -> float:
        """Seconds until the silence is too long."""
        return self._quiet_since + PING_INTERVAL - time.monotonic()

    async def ping(self) -> None:
        """Send a comment if the silence is too long and no message is under way."""
        if self.until_ping() > 0:
            return
        if self._turn.locked():  # a message waits for the client to read
            self._quiet_since = time.monotonic()
        else:
            await self.send({"type": "http.response.body", "body": KEEPALIVE_COMMENT, "more_body": True})
