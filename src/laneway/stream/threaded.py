"""Chunks of a body from a blocking generator, made in worker threads."""

from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from contextvars import Context, copy_context
from functools import partial
from typing import Any, Self

import anyio.to_thread
from anyio import CancelScope, Event
from anyio.abc import TaskGroup
from anyio.lowlevel import current_token

from laneway.concurrency import cleanup_limiter
from laneway.lanes.thread_lane import in_thread
from laneway.stream.chunks import AHEAD_BYTES
from laneway.stream.items import Encode
from laneway.stream.wire import Wire

AHEAD_ITEMS = 64  # chunks that a blocking generator may be ahead of its reader

CallInThread = Callable[[Callable[[], None]], Awaitable[None]]
"""Calls a function in a thread of some lane."""


class ThreadedChunks:
    """The chunks of a blocking generator, made in worker threads.

    A thread works until it is `AHEAD_ITEMS` ahead of the reader, then gives itself back; the reader sends for one
    again when it has used up everything. Fast generators need a hop for many items and slow readers hold no thread,
    and still each chunk can be read as soon as it exists.
    """

    def __init__(
        self, items: Iterable[Any], encode: Encode, group: TaskGroup, call: CallInThread = in_thread
    ) -> None:
        self._call = call
        self._items = iter(items)
        self._encode = encode
        self._group = group
        self._ready: deque[Any] = deque()
        self._hop: CancelScope | None = None  # of the task that waits for the thread
        self._sleeper: Event | None = None  # of the reader, while it waits
        self._context: Context | None = None
        self._ended = False
        self._stopped = False
        self._failure: Exception | None = None
        self._call_soon = _caller_from_threads()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        while not self._ready:
            if self._hop is None:
                self._check_end()
                self._hop = CancelScope()
                self._group.start_soon(self._work)
            await self._change()
        return self._ready.popleft()

    async def gather(self, wire: Wire) -> bool:
        """Add what is ready to `wire`, at least one chunk; False, because who waits for a thread gives others time."""
        wire.add(await anext(self))
        while self._ready and wire.size < AHEAD_BYTES:
            wire.add(self._ready.popleft())
        return False

    def _check_end(self) -> None:
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        if self._ended:
            raise StopAsyncIteration

    async def _change(self) -> None:
        """Wait for a chunk or for the end of the hop."""
        self._sleeper = sleeper = Event()
        # Looked at after the sleeper was put up: a thread that missed it has left its chunk before this line.
        if self._hop is not None and not self._ready:
            await sleeper.wait()

    async def _work(self) -> None:
        assert self._hop is not None
        try:
            with self._hop:
                await self._call(self._advance)
        finally:
            self._hop = None
            if self._sleeper is not None:
                self._sleeper.set()

    def _advance(self) -> None:
        if self._context is None:
            # One context for the whole generator, as it would have in a loop of its own. Copied here, where AnyIO
            # has already removed what says that an event loop runs in this thread.
            self._context = copy_context()
        try:
            self._context.run(self._fill)
        except StopIteration:
            self._ended = True
        except Exception as error:  # noqa: BLE001 - raised to the reader, after the chunks before it
            self._failure = error

    def _fill(self) -> None:
        size = 0
        while len(self._ready) < AHEAD_ITEMS and size < AHEAD_BYTES and not self._stopped:
            chunk = self._encode(next(self._items))
            size += len(chunk)
            self._ready.append(chunk)
            sleeper, self._sleeper = self._sleeper, None
            if sleeper is not None:
                self._call_soon(sleeper.set)

    async def interrupt(self, error: BaseException) -> Any:
        """Raise `error`: blocking code is not told of cancellation, it is closed."""
        raise error

    async def aclose(self) -> None:
        """End the generator where it yielded, in a thread; waits for the call that may still run."""
        with CancelScope(shield=True):
            self._stopped = True
            if self._hop is not None:
                self._hop.cancel()
            self._ready.clear()
            while self._hop is not None:
                await self._change()
                self._ready.clear()
            close = getattr(self._items, "close", None)
            if close is not None and self._context is not None and not self._ended:
                self._ended = True
                await call_for_cleanup(partial(self._context.run, close))


async def call_for_cleanup(close: Callable[[], object]) -> None:
    """Call what may block in a thread, without waiting for a token and whether cancelled or not."""
    with CancelScope(shield=True):
        await anyio.to_thread.run_sync(close, limiter=cleanup_limiter())


def _caller_from_threads() -> Callable[[Callable[[], object]], object]:
    """The running loop's function to call something soon, for threads; AnyIO's own waits for the result."""
    token: Any = current_token()
    native = getattr(token, "native_token", token)
    call: Callable[[Callable[[], object]], object] = (
        getattr(native, "call_soon_threadsafe", None) or native.run_sync_soon
    )
    return call
