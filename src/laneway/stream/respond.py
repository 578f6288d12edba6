"""From a generator to the response that sends what it yields."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

from starlette.background import BackgroundTask
from starlette.responses import Response, StreamingResponse

from laneway.annotations import is_subclass
from laneway.exceptions import EndpointContext
from laneway.lanes.thread_lane import in_thread
from laneway.route_spec import OutputSpec
from laneway.sse import UNCOLLECTED, EventSourceResponse
from laneway.stream.chunks import AsyncChunks, Chunks, with_checkpoints
from laneway.stream.items import Encode, event_encoder, line_encoder
from laneway.stream.response import Streamed, sends_as_starlette, streamed
from laneway.stream.tasks import task_group
from laneway.stream.threaded import CallInThread, ThreadedChunks, call_for_cleanup
from laneway.types import RawHeaders


async def stream_response(
    generator: Any,
    *,
    is_async: bool,
    output: OutputSpec,
    context: Callable[[], EndpointContext],
    status: int | None,
    headers: RawHeaders,
    background: BackgroundTask | None,
    stack: AsyncExitStack,
    call: CallInThread = in_thread,
) -> Response:
    """The response that sends what an endpoint yields.

    Args:
        generator: What calling the endpoint gave.
        is_async: Whether it is an async one; others are advanced in threads.
        output: Response class and model of the items.
        context: Where the endpoint is defined, for the error of an item that its model forbids.
        status: Status of the reply; the class's own when None.
        headers: Header fields to add.
        background: Tasks to run after sending.
        stack: Closed after the response was sent; the generator has ended then, whatever happened.
        call: What advances a blocking generator in a thread.
    """
    arguments: dict[str, Any] = {"background": background}
    if status is not None:
        arguments["status_code"] = status
    response_class, encode = _manner(output, context)
    if response_class is None:
        response = output.response_class(content=await _raw(generator, is_async, stack, call), **arguments)
    else:
        chunks = await open_chunks(generator, is_async, encode, stack, call)
        response = response_class(content=chunks, **arguments)
        response.chunks = chunks
    response.raw_headers.extend(headers)
    return response


class EventStream(Streamed):
    """A stream of Server-Sent Events."""

    media_type = "text/event-stream"
    pings = True

    def init_headers(self, headers: Any = None) -> None:
        """Keep caches and nginx from collecting events."""
        super().init_headers(headers)
        self.headers.update(UNCOLLECTED)


class LineStream(Streamed):
    """A stream of JSON Lines."""

    media_type = "application/jsonl"


def _manner(
    output: OutputSpec, context: Callable[[], EndpointContext]
) -> tuple[type[Streamed] | None, Encode]:
    """The class of the response, None for one that sends in its own way, and what makes chunks of items."""
    if is_subclass(output.response_class, EventSourceResponse):
        return EventStream, event_encoder(output, context)
    if output.default_class:
        return LineStream, line_encoder(output, context)
    if is_subclass(output.response_class, StreamingResponse) and sends_as_starlette(output.response_class):
        return streamed(output.response_class), _as_it_is
    return None, _as_it_is


def _as_it_is(item: Any) -> Any:
    return item


async def open_chunks(
    generator: Any, is_async: bool, encode: Encode, stack: AsyncExitStack, call: CallInThread = in_thread
) -> Chunks:
    """The chunks of a generator, which has ended when `stack` is closed."""
    chunks: Chunks
    if is_async:
        chunks = AsyncChunks(aiter(generator), encode)
    else:
        chunks = ThreadedChunks(generator, encode, await stack.enter_async_context(task_group()), call)
    # For a reader other than ours, which may stop in the middle.
    stack.push_async_callback(chunks.aclose)
    return chunks


async def _raw(generator: Any, is_async: bool, stack: AsyncExitStack, call: CallInThread) -> Any:
    """The items for a response class of which nothing is known but that Starlette's would understand them."""
    if is_async:
        items = with_checkpoints(await open_chunks(generator, is_async, _as_it_is, stack, call))
        stack.push_async_callback(items.aclose)
        return items
    close = getattr(generator, "close", None)
    if close is not None:
        stack.push_async_callback(call_for_cleanup, close)
    return generator
