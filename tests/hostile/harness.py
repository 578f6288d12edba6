"""A protocol class fed by hand: no sockets, no time, every read as the test wants it."""

import asyncio
import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from starlette.requests import ClientDisconnect
from uvicorn.config import Config
from uvicorn.importer import import_from_string
from uvicorn.server import ServerState

from laneway import Laneway
from laneway.lanes.thread_lane import DEFAULT_LANE

DIRECT_PROTOCOL = "laneway.server.direct.protocol:DirectProtocol"
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n"  # depends on how the request arrives, as it should
VARYING = re.compile(rb"^(?:date|server): [^\r]*\r\n", re.MULTILINE)
QUIET_TURNS = 3  # of the event loop, after which nothing more is to be expected of who has no tasks
STUCK_TURNS = 60  # and of who has, but only waits
# Of the app: the client left in the middle of a body; a 422 cannot show a body that is neither JSON nor UTF-8.
EXPECTED = (ClientDisconnect, UnicodeDecodeError)
WAIT_SECONDS = 0.0002  # for threads
ALWAYS_MISSES = 10**9


class PipeTransport(asyncio.Transport):
    """The socket's place.

    Attributes:
        written: What the server has sent.
        ended: Whether it sends no more.
        reading: Whether it wants more.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, protocol: asyncio.Protocol) -> None:
        super().__init__()
        self._loop = loop
        self._protocol: asyncio.BaseProtocol = protocol
        self._lost = False
        self.written = bytearray()
        self.ended = False
        self.reading = True

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return {"peername": ("192.0.2.1", 40000), "sockname": ("192.0.2.2", 80)}.get(name, default)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._lost:
            return  # as sockets do: dropped
        assert not self.ended, f"written after the end: {bytes(data)[:80]!r}"
        self.written += data

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        self.write(b"".join(list_of_data))

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.ended = True

    def is_closing(self) -> bool:
        return self._lost

    def close(self) -> None:
        self.lose()

    def abort(self) -> None:
        self.lose()

    def lose(self) -> None:
        """The connection is over, for both sides."""
        if not self._lost:
            self._lost = self.ended = True
            self._loop.call_soon(self._protocol.connection_lost, None)

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def is_reading(self) -> bool:
        return self.reading

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a client sees of a conversation.

    Attributes:
        said: What the server said, without what depends on the time.
        ended: Whether it ended the connection by itself.
    """

    said: bytes
    ended: bool


class InThreads:
    """Counts the calls that a thread has not answered yet.

    Attributes:
        count: So many.
    """

    def __init__(self) -> None:
        self.count = 0

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Count within the block."""
        call = DEFAULT_LANE.call

        async def counted(*args: Any, **options: Any) -> Any:
            self.count += 1
            try:
                return await call(*args, **options)
            finally:
                self.count -= 1

        with patch.object(DEFAULT_LANE, "call", counted):
            yield


in_threads = InThreads()


class Server:
    """Makes connections to an app with a protocol class of uvicorn's kind.

    Args:
        app: The app.
        protocol: The class, or where to import it from.
        limits: Limits of the direct path.
    """

    def __init__(self, app: Laneway, protocol: str = DIRECT_PROTOCOL, limits: object = None) -> None:
        self.app = app
        self._class: Any = import_from_string(protocol)
        # No event loop is running yet, and none is configured here: the caller brings his own.
        self._config = Config(app, log_config=None, lifespan="off", ws="none", access_log=False)
        self._config.limits = limits  # type: ignore[attr-defined]  # of the direct path
        self._config.load()
        self.state = ServerState()

    def connect(self, *, remember: bool = True) -> "Connection":
        """A new connection.

        Args:
            remember: Whether heads may be recognised without being parsed again.
        """
        loop = asyncio.get_running_loop()
        protocol = self._class(config=self._config, server_state=self.state, app_state={}, _loop=loop)
        if not remember:
            protocol._misses = ALWAYS_MISSES
        return Connection(self, protocol, loop)


class Connection:
    """One connection, from the client's side."""

    def __init__(self, server: Server, protocol: asyncio.Protocol, loop: asyncio.AbstractEventLoop) -> None:
        self._server = server
        self._protocol = protocol
        self.transport = PipeTransport(loop, protocol)
        protocol.connection_made(self.transport)

    async def feed(self, *reads: bytes) -> None:
        """Let the server read; what it does not want to read is dropped once it has ended the connection."""
        for read in reads:
            if not self.transport.reading:
                await self.settle()
            if self.transport.is_closing():
                return
            self._protocol.data_received(read)

    async def settle(self) -> None:
        """Wait until nothing more will happen by itself."""
        transport, state = self.transport, self._server.state
        quiet, before = 0, -1
        while quiet < (STUCK_TURNS if state.tasks else QUIET_TURNS):
            busy = in_threads.count
            await asyncio.sleep(WAIT_SECONDS if busy else 0)
            now = len(transport.written)
            quiet = 0 if busy or now != before else quiet + 1
            before = now

    async def end(self) -> Outcome:
        """Leave, and say what was heard."""
        await self.settle()
        outcome = Outcome(normal(bytes(self.transport.written)), self.transport.ended)
        if not self.transport.is_closing():
            keeps = self._protocol.eof_received()
            if not keeps:
                self.transport.lose()
        await self.settle()
        self.transport.lose()
        await self.settle()
        return outcome

    async def hold(self, *reads: bytes) -> Outcome:
        """The outcome of these reads."""
        await self.feed(*reads)
        return await self.end()


def normal(said: bytes) -> bytes:
    """What the server said, without what may differ between two runs."""
    return VARYING.sub(b"", said.replace(INTERIM, b""))


class Complaints(logging.Handler):
    """Collects what goes wrong beside the replies."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and isinstance(record.exc_info[1], EXPECTED):
            return
        formatter = logging.Formatter()
        trace = formatter.formatException(record.exc_info) if record.exc_info else ""
        self.heard.append(f"{record.getMessage()} {trace}")

    def on_loop(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """For `loop.set_exception_handler`."""
        self.heard.append(f"{context.get('message')}: {context.get('exception')!r}")


@contextmanager
def complaints() -> Iterator[Complaints]:
    """Errors that are logged within the block."""
    handler, logger = Complaints(), logging.getLogger("uvicorn.error")
    level, propagate = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.ERROR)
    logger.propagate = False
    try:
        yield handler
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagate
