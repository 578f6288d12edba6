"""One worker of a process lane as the lane sees it: a socket on which a call goes out and a reply comes back."""

import socket
from asyncio import AbstractEventLoop, Future
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from time import perf_counter

from laneway.lanes.deadline import deadline_if_any
from laneway.lanes.process_check import function_name
from laneway.lanes.process_wire import Body, room_for
from laneway.lanes.process_worker import HEADER

READ_BYTES = 64 * 1024
BUFFER_BYTES = 1024 * 1024  # of the socket; the kernel may grant less

OnReply = Callable[["Worker", int, Body], None]


class Due:
    """When a call's time is up: after its own limit, or with its request's if that comes first.

    Attributes:
        at: By the performance counter, seconds; infinity for never.
        seconds: How long that was in all, for messages.
    """

    __slots__ = ("at", "seconds")

    def __init__(self, at: float, seconds: float) -> None:
        self.at = at
        self.seconds = seconds

    @classmethod
    def of(cls, begun: float, limit: float | None) -> "Due":
        """When the time of a call is up that came at `begun` and may take `limit` seconds."""
        request = deadline_if_any()
        if request is None:
            return NEVER if limit is None else cls(begun + limit, limit)
        left = request.remaining()
        # `lanes.run` gives what the request had left a moment ago; the message says what it had at first.
        if limit is None or left <= limit:
            return cls(begun + left, request.seconds)
        return cls(begun + limit, limit)

    def left(self) -> float | None:
        """Seconds from now; None when there is no end."""
        return None if self.at == inf else self.at - perf_counter()


NEVER = Due(inf, inf)


@dataclass(slots=True, eq=False)
class Call:
    """One call on its way through the lane.

    Attributes:
        function: What is called.
        message: The call as bytes.
        future: Flags and body of the reply, for the task that waits.
        queued_at: When it came, seconds of the performance counter.
        due: When its time is up.
        started_at: When a worker got it.
        worker: Who runs it; None while it waits and after its end.
        settled: Whether its outcome has been counted.
        again: Whether it was given to a worker once that ended without reading it.
    """

    function: Callable[..., object]
    message: bytes | memoryview
    future: Future[tuple[int, Body]]
    queued_at: float
    due: Due
    started_at: float = 0.0
    worker: "Worker | None" = None
    settled: bool = False
    again: bool = False

    @property
    def name(self) -> str:
        """The function, as messages call it."""
        return function_name(self.function)


class Worker:
    """A process that runs one call at a time.

    Attributes:
        number: Its name towards the fork server.
        pid: Its process id; 0 until the fork server tells.
        call: The call it runs; None when it is idle.
        served: Calls it has answered.
        dismissed: Whether the lane has replaced it already.
        unread: Whether it ended without having read its call whole, so that the call has had no effect.
    """

    __slots__ = (
        "_body",
        "_filled",
        "_flags",
        "_head",
        "_loop",
        "_on_end",
        "_on_reply",
        "_rest",
        "_socket",
        "call",
        "dismissed",
        "number",
        "pid",
        "served",
        "unread",
    )

    def __init__(
        self,
        number: int,
        channel: socket.socket,
        loop: AbstractEventLoop,
        on_reply: OnReply,
        on_end: Callable[["Worker"], None],
    ) -> None:
        self.number = number
        self.pid = 0
        self.call: Call | None = None
        self.served = 0
        self.dismissed = False
        self.unread = False
        self._socket: socket.socket | None = channel
        self._loop = loop
        self._on_reply = on_reply
        self._on_end = on_end
        self._head = b""
        self._body: Body | None = None
        self._filled = 0
        self._flags = 0
        self._rest: memoryview | None = None
        channel.setblocking(False)
        channel.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
        loop.add_reader(channel, self._readable)

    def send(self, message: bytes | memoryview) -> None:
        """Send a call; what the socket does not take at once follows when it can."""
        assert self._socket is not None
        try:
            sent = self._socket.send(message)
        except BlockingIOError:
            sent = 0
        except OSError:  # it has ended; how, the fork server is about to tell
            self.unread = True
            return
        if sent < len(message):
            self._rest = memoryview(message)[sent:]
            self._loop.add_writer(self._socket, self._writable)

    def _writable(self) -> None:
        assert self._socket is not None
        assert self._rest is not None
        try:
            self._rest = self._rest[self._socket.send(self._rest) :]
        except BlockingIOError:
            return
        except OSError:
            self.unread = True
            self._rest = None
        if not self._rest:
            self._rest = None
            self._loop.remove_writer(self._socket)

    def _readable(self) -> None:
        """Take one piece of a reply."""
        try:
            more = self._receive()
        except BlockingIOError:
            return
        except ConnectionResetError:  # it ended with bytes of ours unread
            self.unread = True
            more = False
        except OSError:
            more = False
        if not more:
            self.close()
            self._on_end(self)

    def _receive(self) -> bool:
        """Read once; False at the end of the stream."""
        assert self._socket is not None
        if self._body is None:
            data = self._socket.recv(READ_BYTES)
            if data:
                self._begin(self._head + data if self._head else data)
            return bool(data)
        count = self._socket.recv_into(memoryview(self._body)[self._filled :])
        self._fill(count)
        return bool(count)

    def _begin(self, data: bytes) -> None:
        if len(data) < HEADER.size:
            self._head = data
            return
        self._head = b""
        length, flags = HEADER.unpack_from(data)
        content = memoryview(data)[HEADER.size :]
        if len(content) == length:  # PERF: nearly every reply comes in one piece and is not copied
            self._on_reply(self, flags, content)
            return
        self._flags = flags
        self._body = room_for(length)
        self._body[: len(content)] = content
        self._filled = 0
        self._fill(len(content))

    def _fill(self, count: int) -> None:
        self._filled += count
        body = self._body
        if body is not None and self._filled == len(body):
            self._body = None
            self._on_reply(self, self._flags, body)

    def drain(self) -> None:
        """Read what it sent before it ended."""
        while self._socket is not None:
            try:
                if not self._receive():
                    return
            except OSError as error:
                self.unread = self.unread or isinstance(error, ConnectionResetError)
                return

    def close(self) -> None:
        """Close the connection, which makes an idle worker leave."""
        if self._socket is not None:
            self._loop.remove_reader(self._socket)
            if self._rest is not None:
                self._loop.remove_writer(self._socket)
                self._rest = None
            self._socket.close()
            self._socket = None
