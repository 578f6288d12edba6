"""The response of an endpoint that yields.

The request's own task runs the generator and sends. No chunk passes from task to task, so a slow reader makes the
generator wait by itself.
"""

from collections.abc import AsyncIterable
from typing import Any

from anyio import CancelScope, get_cancelled_exc_class
from anyio.lowlevel import checkpoint, checkpoint_if_cancelled
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from laneway.stream.chunks import Chunks
from laneway.stream.watch import watched
from laneway.stream.wire import Wire


class Streamed(StreamingResponse):
    """A streaming response that ends its generator in the task that runs it, as soon as the client leaves.

    Attributes:
        chunks: What the endpoint yields; also `body_iterator`, unless someone wrapped that.
        pings: Whether comments of Server-Sent Events keep the connection alive. They would disturb a wrapper that
            rewrites the body, so there are none then.
    """

    chunks: Chunks
    pings = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send everything, or as much as the client waits for, then run the background tasks."""
        pings = self.pings and not self._is_wrapped
        async with watched(receive, send, charset=self.charset, pings=pings) as wire:
            await self._send_all(wire)
        if self.background is not None:
            await self.background()

    @property
    def _is_wrapped(self) -> bool:
        return self.body_iterator is not self.chunks

    async def _send_all(self, wire: Wire) -> None:
        """Send head and chunks; the generator has ended when this returns or raises."""
        await wire.begin(self.status_code, self.raw_headers)
        # Open before the generator starts: scopes that it holds across a `yield` must lie inside this one.
        with CancelScope() as scope:
            try:
                await self._forward(wire, scope)
            finally:
                scope.shield = True  # clean-up runs to its end, half a rollback is worse than a late one
                await self._close()
        await wire.flush(more=False)

    async def _forward(self, wire: Wire, scope: CancelScope) -> None:
        source = _Wrapped(self.body_iterator) if self._is_wrapped else self.chunks
        try:
            while True:
                others_next = await source.gather(wire)
                try:
                    await wire.flush()
                    # A generator that never waits would keep the loop to itself, and never be cancelled.
                    if others_next:
                        await checkpoint()
                except get_cancelled_exc_class() as error:
                    await self._send_reply(error, wire, scope)
        except StopAsyncIteration:
            return
        except Exception:
            if wire.parts:
                await wire.flush()  # what came before the error
            raise

    async def _send_reply(self, error: BaseException, wire: Wire, scope: CancelScope) -> None:
        """Send what the generator yields in reply to an interruption; that may be interrupted as well."""
        while True:
            wire.drop_last()
            wire.add(await self._interrupt(error, scope))
            try:
                await wire.flush()
            except get_cancelled_exc_class() as again:
                error = again
            else:
                return

    async def _interrupt(self, error: BaseException, scope: CancelScope) -> Any:
        """Raise a cancellation in the generator, as if that had waited for the client itself.

        It may be the generator's own: when a timeout around its `yield` expires, only the generator can tell.
        """
        if self._is_wrapped:
            raise error
        scope.shield = True
        try:
            chunk = await self.chunks.interrupt(error)
        finally:
            scope.shield = False
        await checkpoint_if_cancelled()  # if the cancellation was not the generator's, it has no say in it
        return chunk

    async def _close(self) -> None:
        close = getattr(self.body_iterator, "aclose", None)
        if close is not None and self._is_wrapped:
            await close()
        await self.chunks.aclose()


class _Wrapped:
    """A body that somebody has put around the chunks; its parts go out as they come."""

    def __init__(self, body: AsyncIterable[Any]) -> None:
        self._parts = aiter(body)

    async def gather(self, wire: Wire) -> bool:
        """Add one part to `wire`; True, because it may never wait."""
        wire.add(await anext(self._parts))
        return True


_streamed: dict[type[StreamingResponse], type[Streamed]] = {}


def streamed(response_class: type[StreamingResponse]) -> type[Streamed]:
    """`response_class`, sending as `Streamed` does; one class however often it is asked for."""
    if response_class not in _streamed:
        namespace = {"__module__": response_class.__module__, "__doc__": response_class.__doc__}
        _streamed[response_class] = type(response_class.__name__, (Streamed, response_class), namespace)
    return _streamed[response_class]


def sends_as_starlette(response_class: type[StreamingResponse]) -> bool:
    """Whether a class leaves the sending to Starlette, in whose place `Streamed` can step."""
    methods = ("__call__", "stream_response", "listen_for_disconnect")
    return all(getattr(response_class, name) is getattr(StreamingResponse, name) for name in methods)
