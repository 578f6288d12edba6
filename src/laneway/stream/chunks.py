"""Chunks of a body from an async generator.

A generator is advanced, interrupted and closed by its reader, so that everything in it happens in one task: cancel
scopes and task groups that it holds open across a `yield` need that (PEP 789).
"""

import types
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator
from time import monotonic
from typing import Any, Protocol, Self

from anyio.lowlevel import checkpoint

from laneway.stream.items import Encode
from laneway.stream.watch import on_asyncio
from laneway.stream.wire import Wire

AHEAD_BYTES = 64 * 1024  # what goes out together at most; asyncio holds back as much for a transport
SLICE = 0.0005  # seconds for which a generator that never waits may keep the loop, and its chunks may wait for others


Gather = Callable[[Wire], Awaitable[bool]]


class Chunks(Protocol):
    """The body of a stream, one chunk at a time."""

    def __aiter__(self) -> Self:
        """Itself."""

    async def __anext__(self) -> Any:
        """The next chunk."""

    def gather(self, wire: Wire) -> Awaitable[bool]:
        """Add to `wire` what can go out together, at least one chunk; whether others should have their turn then.

        Raises:
            StopAsyncIteration: The generator ended; what it gave before may still lie on `wire`.
        """

    async def interrupt(self, error: BaseException) -> Any:
        """Raise `error` where the generator yielded; the chunk it yields in reply.

        Raises:
            StopAsyncIteration: The generator ended.
            BaseException: `error`, unless the generator handled it.
        """

    async def aclose(self) -> None:
        """End the generator where it yielded, so that its clean-up runs; nothing if it has ended."""


class AsyncChunks:
    """The chunks of an async generator.

    Attributes:
        gather: Adds to a wire what can go out together, see `Chunks`.
    """

    def __init__(self, generator: AsyncIterator[Any], encode: Encode) -> None:
        self._generator = generator
        self._encode = encode
        self._began = False
        steps = type(generator) is types.AsyncGeneratorType and on_asyncio()
        self.gather: Gather = self._gather if steps else self._gather_one  # type: ignore[assignment]  # both are awaited

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        return self._encode(await anext(self._generator))

    async def _gather_one(self, wire: Wire) -> bool:
        wire.add(await anext(self))
        return True

    @types.coroutine
    def _gather(self, wire: Wire) -> Generator[Any, Any, bool]:
        """Chunks that are there without waiting, or one that was waited for.

        Each step of the generator is begun by hand, which shows whether it waits: then nothing that it gave before may
        wait with it. The first chunk, and what follows a long computation, goes out alone.
        """
        advance, encode = self._generator.__anext__, self._encode
        began = monotonic()
        until = began + SLICE if self._began else 0.0
        self._began = True
        while True:
            step: Any = advance()
            try:
                awaited = step.send(None)
            except StopIteration as made:
                wire.add(encode(made.value))
            else:
                computed = monotonic() - began
                try:
                    if wire.parts:
                        yield from wire.flush()
                    yield awaited
                except BaseException as error:  # noqa: BLE001 - the generator waits, and is told
                    item = yield from _told(step, error)
                else:
                    item = yield from step
                wire.add(encode(item))
                return computed >= SLICE
            if monotonic() >= until or wire.size >= AHEAD_BYTES:
                return True

    async def interrupt(self, error: BaseException) -> Any:
        """Raise `error` where the generator yielded; the chunk it yields in reply."""
        throw = getattr(self._generator, "athrow", None)
        if throw is None:
            raise error
        return self._encode(await throw(error))

    async def aclose(self) -> None:
        """End the generator where it yielded."""
        close = getattr(self._generator, "aclose", None)
        if close is not None:
            await close()


def _told(step: Any, error: BaseException) -> Generator[Any, Any, Any]:
    """The item of a step that waits and is interrupted there."""
    while True:
        try:
            awaited = step.throw(error)
        except StopIteration as made:
            return made.value
        try:
            yield awaited
        except BaseException as again:  # noqa: BLE001
            error = again
        else:
            return (yield from step)


async def with_checkpoints(chunks: Chunks) -> AsyncGenerator[Any, None]:
    """The same chunks for a reader of which nothing is known.

    A generator that never waits would otherwise keep the loop to itself, and cancellation would never arrive.
    """
    async for chunk in chunks:
        yield chunk
        await checkpoint()
