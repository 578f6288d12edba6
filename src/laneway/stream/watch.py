"""What goes on beside a stream: its client may leave, and its silence must not last too long.

Under asyncio a timer fills the silence, and a server that calls back says when the client has left, so that a quiet
stream has no task but that of its request. Other servers are listened to in a task.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol

import anyio
from anyio import CancelScope
from anyio.lowlevel import checkpoint
from starlette.types import Receive, Send

from laneway.stream.tasks import task_group
from laneway.stream.wire import Wire


class TellsOfLeaving(Protocol):
    """The owner of a `receive` that knows when the client leaves before anybody asks."""

    def when_gone(self, call: Callable[[], object] | None) -> None:
        """Call `call` once the client has left, at once if it has; None to call nobody."""


def on_asyncio() -> bool:
    """Whether asyncio runs here."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


@asynccontextmanager
async def watched(receive: Receive, send: Send, *, charset: str, pings: bool) -> AsyncIterator[Wire]:
    """The wire of a stream, inside of what is cancelled when the client leaves.

    Args:
        receive: The server's.
        send: The server's.
        charset: Of chunks that are text.
        pings: Whether comments fill the silence.
    """
    if not on_asyncio():
        async with task_group() as group:
            wire = Wire(send, group.cancel_scope, charset)
            group.start_soon(listen, receive, wire.left)
            if pings:
                group.start_soon(keep_alive, wire)
            yield wire
            wire.left.cancel()
        return
    with CancelScope() as left:
        wire = Wire(send, left, charset)
        watch = _Watch(wire, receive)
        try:
            watch.begin(pings=pings)
            yield wire
        finally:
            watch.end()
    if wire.failure is not None:
        raise wire.failure


async def listen(receive: Receive, left: CancelScope) -> None:
    """Wait until the client has left, and cancel what is done for it."""
    while (await receive())["type"] != "http.disconnect":
        await checkpoint()  # a `receive` that never waits must not stop the world
    left.cancel()


async def keep_alive(wire: Wire) -> None:
    """Fill the silence until cancelled."""
    while True:
        await anyio.sleep(wire.until_ping())
        await wire.ping()


class _Watch:
    """What asyncio has in place of a task group."""

    def __init__(self, wire: Wire, receive: Receive) -> None:
        self._wire = wire
        self._receive = receive
        self._loop = asyncio.get_running_loop()
        owner = getattr(receive, "__self__", None)
        # Somebody who stands between the server and the stream has a `receive` of its own, and is listened to.
        self._teller: TellsOfLeaving | None = owner if hasattr(owner, "when_gone") else None
        self._timer: asyncio.TimerHandle | None = None
        self._listening: asyncio.Task[None] | None = None
        self._pinging: asyncio.Task[None] | None = None

    def begin(self, *, pings: bool) -> None:
        if self._teller is None:
            self._listening = self._loop.create_task(self._listen())
        else:
            self._teller.when_gone(self._wire.left.cancel)
        if pings:
            self._set_timer()

    def end(self) -> None:
        if self._teller is not None:
            self._teller.when_gone(None)
        if self._timer is not None:
            self._timer.cancel()
        for task in (self._listening, self._pinging):
            if task is not None:
                task.cancel()

    def _set_timer(self) -> None:
        # PERF: every event puts the next comment off; the timer is not moved, but set anew when it finds nothing to do.
        self._timer = self._loop.call_later(self._wire.until_ping(), self._look)

    def _look(self) -> None:
        if self._wire.until_ping() > 0:
            self._set_timer()
        else:
            self._pinging = self._loop.create_task(self._ping())

    async def _ping(self) -> None:
        try:
            await self._wire.ping()
        except Exception as error:  # noqa: BLE001 - raised to who sends
            self._wire.fail(error)
        else:
            self._set_timer()

    async def _listen(self) -> None:
        try:
            await listen(self._receive, self._wire.left)
        except Exception as error:  # noqa: BLE001 - raised to who sends
            self._wire.fail(error)
