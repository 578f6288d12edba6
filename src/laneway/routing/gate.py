"""What stands between a request that may be given up and its server."""

import asyncio
import copy
from collections import deque
from collections.abc import Callable

from starlette.types import Message

from laneway.lanes.deadline import Deadline
from laneway.plan.message import RawRequest


class Gate:
    """A request whose answer can be refused once somebody else has answered, and whose client is watched if asked.

    Attributes:
        request: The request for the work behind the gate.
        reads_ahead: Whether messages of the client are read before the work asks for them.
        closed: Whether what the work still sends is dropped.
        client_left: Whether the client closed its connection before it had the whole answer.
        deadline: What is lifted when the answer begins; None without a limit of time.
        on_start: Called when the answer begins.
    """

    def __init__(self, request: RawRequest, *, reads_ahead: bool) -> None:
        self._outer = request
        self._answered = False
        self._inbox = _Inbox()
        self.reads_ahead = reads_ahead
        self.closed = False
        self.client_left = False
        self.deadline: Deadline | None = None
        self.on_start: Callable[[], object] | None = None
        self.request = copy.copy(request)
        self.request.send = self._send
        if reads_ahead:
            self.request.receive = self._inbox.take

    @property
    def started(self) -> bool:
        """Whether the answer has begun."""
        return self._outer.started

    async def _send(self, message: Message) -> None:
        if self.closed:
            return
        if message["type"] == "http.response.start":
            self._outer.started = True
            self._begin()
        # Before it is sent: after it, servers say that the client is gone.
        self._answered = message["type"] == "http.response.pathsend" or (
            message["type"] == "http.response.body" and not message.get("more_body", False)
        )
        await self._outer.send(message)

    def _begin(self) -> None:
        if self.deadline is not None:
            self.deadline.lift()
        if self.on_start is not None:
            self.on_start()

    async def read_ahead(self) -> None:
        """Read what the client sends, until it is gone; kept for the work, a part of a long body at a time."""
        while (message := await self._outer.receive())["type"] != "http.disconnect":
            await self._inbox.put(message)
        await self._inbox.put(message)
        if self._answered:
            await asyncio.Event().wait()  # gone in peace; what runs in the background goes on
        self.client_left = True


class _Inbox:
    """Messages on their way to the work."""

    def __init__(self) -> None:
        self._messages: deque[Message] = deque()
        self._change = asyncio.Event()

    async def put(self, message: Message) -> None:
        """Keep a message; wait until it is taken if others of the same body follow."""
        self._messages.append(message)
        self._changed()
        while self._messages and message.get("more_body", False):
            await self._change.wait()

    async def take(self) -> Message:
        """The next message; that the client is gone is said again and again."""
        while not self._messages:
            await self._change.wait()
        message = self._messages[0]
        if message["type"] != "http.disconnect":
            self._messages.popleft()
            self._changed()
        return message

    def _changed(self) -> None:
        self._change.set()
        self._change = asyncio.Event()
