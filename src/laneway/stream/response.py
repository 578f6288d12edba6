"""The response of an endpoint that yields.

Two tasks per stream. The request's own runs the generator and sends; another one waits for the client to leave and
says something when the stream has been quiet for long. No chunk passes from task to task, so a slow reader makes the
generator wait by itself.
"""

from typing import Any

from anyio import CancelScope, get_cancelled_exc_class, move_on_after
from anyio.lowlevel import checkpoint, checkpoint_if_cancelled
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from laneway.stream.chunks import Chunks
from laneway.stream.tasks import task_group
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
        async with task_group() as group:
            wire = Wire(receive, send, left=group.cancel_scope)
            group.start_soon(self._watch, wire)
            await self.stream_response(wire.send)
            group.cancel_scope.cancel()
        if self.background is not None:
            await self.background()

    async def stream_response(self, send: Send) -> None:
        """Send head and chunks; the generator has ended when this returns or raises."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        # Open before the generator starts: scopes that it holds across a `yield` must lie inside this one.
        with CancelScope() as scope:
            try:
                await self._forward(send, scope)
            finally:
                scope.shield = True  # clean-up runs to its end, half a rollback is worse than a late one
                await self._close()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _forward(self, send: Send, scope: CancelScope) -> None:
        chunks = aiter(self.body_iterator)
        try:
            chunk = await anext(chunks)
            while True:
                try:
                    await send({"type": "http.response.body", "body": self._bytes(chunk), "more_body": True})
                    # A generator that never waits would keep the loop to itself, and never be cancelled.
                    await checkpoint()
                except get_cancelled_exc_class() as error:
                    chunk = await self._interrupt(error, scope)
                else:
                    chunk = await anext(chunks)
        except StopAsyncIteration:
            return

    def _bytes(self, chunk: Any) -> Any:
        return chunk if isinstance(chunk, bytes | memoryview) else chunk.encode(self.charset)

    async def _interrupt(self, error: BaseException, scope: CancelScope) -> Any:
        """Raise a cancellation in the generator, as if that had waited for the client itself.

        It may be the generator's own: when a timeout around its `yield` expires, only the generator can tell.
        """
        if self.body_iterator is not self.chunks:
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
        if close is not None and self.body_iterator is not self.chunks:
            await close()
        await self.chunks.aclose()

    async def _watch(self, wire: Wire) -> None:
        pings = self.pings and self.body_iterator is self.chunks
        while not wire.left.cancel_called:
            with move_on_after(wire.until_ping() if pings else None):
                await wire.watch()
            await wire.ping()


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
