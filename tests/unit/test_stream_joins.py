"""What goes out together: chunks that are there without waiting, and never behind a wait."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from starlette.types import Message

from laneway.route_spec import OutputSpec
from laneway.sse import KEEPALIVE_COMMENT, EventSourceResponse
from laneway.stream import chunks, wire
from laneway.stream.respond import stream_response

EVENTS = OutputSpec(response_class=EventSourceResponse, default_class=False)
LINES = OutputSpec()


class Client:
    """A client that never leaves by itself, of a server that calls back when it does."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.reads = asyncio.Event()
        self.reads.set()
        self.sending = 0
        self.most_sending = 0
        self.gone: Callable[[], object] | None = None

    async def receive(self) -> Message:
        raise AssertionError("nobody has to ask")

    def when_gone(self, call: Callable[[], object] | None) -> None:
        self.gone = call

    async def send(self, message: Message) -> None:
        if not message.get("body"):
            return
        self.sending += 1
        self.most_sending = max(self.sending, self.most_sending)
        try:
            if not self.reads.is_set():
                await self.reads.wait()
        finally:
            self.sending -= 1
        self.parts.append(message["body"])


async def serve(client: Client, generator: Any, output: OutputSpec = LINES) -> None:
    async with asyncio.timeout(5), AsyncExitStack() as stack:
        response = await stream_response(
            generator,
            is_async=hasattr(generator, "__anext__"),
            output=output,
            context=dict,  # type: ignore[arg-type]  # an empty context
            status=None,
            headers=[],
            background=None,
            stack=stack,
        )
        await response({"type": "http"}, client.receive, client.send)


async def numbers(count: int) -> AsyncIterator[int]:
    for number in range(count):
        yield number


async def test_first_chunk_goes_out_alone_and_those_that_are_ready_together() -> None:
    """A hundred messages would cost a hundred times the way to the socket."""
    client = Client()
    await serve(client, numbers(100))

    assert client.parts[0] == b"0\n"
    assert len(client.parts) < 50
    assert b"".join(client.parts) == b"".join(b"%d\n" % number for number in range(100))


async def test_nothing_waits_behind_a_wait() -> None:
    """What was yielded has gone out when the generator waits, however little that is."""
    client = Client()
    seen = []

    async def hurries_and_waits() -> AsyncIterator[int]:
        yield 1
        yield 2
        yield 3
        await asyncio.sleep(0)
        seen.append(b"".join(client.parts))
        yield 4
        await asyncio.get_running_loop().run_in_executor(None, time.sleep, 0.01)
        seen.append(b"".join(client.parts))

    await serve(client, hurries_and_waits())

    assert seen == [b"1\n2\n3\n", b"1\n2\n3\n4\n"]


async def test_chunk_before_a_computation_is_not_kept_for_those_after_it() -> None:
    """A generator that computes between its chunks gets each of them out, and lets others have their turn."""
    client = Client()
    seen = []

    async def computes() -> AsyncIterator[int]:
        for number in range(3):
            seen.append(len(client.parts))
            time.sleep(3 * chunks.SLICE)  # noqa: ASYNC251 - this is what it does wrong
            yield number

    await serve(client, computes())

    assert seen == [0, 1, 2]


async def test_generator_that_never_waits_gives_the_loop_back() -> None:
    """Its neighbours wait for a slice of time, not for its end."""
    turns = []

    async def neighbour() -> None:
        while True:
            turns.append(1)
            await asyncio.sleep(0)

    beside = asyncio.create_task(neighbour())
    until = time.monotonic() + 20 * chunks.SLICE

    async def busy() -> AsyncIterator[int]:
        while time.monotonic() < until:
            yield 1

    await serve(Client(), busy())
    beside.cancel()

    assert len(turns) >= 5


async def test_what_goes_out_together_is_bounded() -> None:
    """A slow reader holds no more than that."""
    client = Client()

    async def blocks() -> AsyncIterator[str]:
        for _ in range(64):
            yield "x" * 8192

    await serve(client, blocks())

    assert max(map(len, client.parts)) <= chunks.AHEAD_BYTES + 9000


async def test_error_follows_the_chunks_made_before_it() -> None:
    """They were yielded, so they are sent."""
    client = Client()

    async def breaks() -> AsyncIterator[int]:
        yield 1
        yield 2
        yield 3
        raise KeyError("four")

    with pytest.raises(KeyError, match="four"):
        await serve(client, breaks())

    assert b"".join(client.parts) == b"1\n2\n3\n"


async def test_timeout_of_a_generator_loses_no_chunk_of_a_slow_reader() -> None:
    """It expires while what came before is still on its way; that is sent nevertheless, once."""
    client = Client()

    async def with_heartbeats() -> AsyncIterator[str]:
        yield "first"
        client.reads.clear()
        yield "second"
        yield "third"
        try:
            async with asyncio.timeout(0.02):
                await asyncio.sleep(60)
        except TimeoutError:
            client.reads.set()
            yield "quiet"

    await serve(client, with_heartbeats())

    assert b"".join(client.parts) == b'"first"\n"second"\n"third"\n"quiet"\n'


async def test_client_that_leaves_while_its_chunks_wait_ends_the_generator() -> None:
    """It is cancelled where it waits."""
    client = Client()
    ended = []

    async def hurries_and_waits() -> AsyncIterator[int]:
        yield 1
        client.reads.clear()
        yield 2
        yield 3
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    request = asyncio.create_task(serve(client, hurries_and_waits()))
    while not client.sending:  # noqa: ASYNC110 - a client tells nobody
        await asyncio.sleep(0)
    assert client.gone is not None
    client.gone()
    await request

    assert ended == [True]


async def test_server_that_calls_back_is_not_listened_to() -> None:
    """A quiet stream has no task besides that of its request."""
    client = Client()

    async def quiet() -> AsyncIterator[int]:
        yield 1
        await asyncio.sleep(60)

    before = len(asyncio.all_tasks())
    request = asyncio.create_task(serve(client, quiet(), EVENTS))
    while not client.parts:  # noqa: ASYNC110
        await asyncio.sleep(0)

    assert len(asyncio.all_tasks()) - before == 1

    assert client.gone is not None
    client.gone()
    await request
    assert client.gone is None


async def test_message_waits_for_a_comment_that_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers take one message at a time."""
    monkeypatch.setattr(wire, "PING_INTERVAL", 0.01)
    client = Client()

    async def quiet() -> AsyncIterator[int]:
        yield 1
        client.reads.clear()
        await asyncio.sleep(0.05)
        asyncio.get_running_loop().call_later(0.01, client.reads.set)
        yield 2

    await serve(client, quiet(), EVENTS)

    assert client.most_sending == 1
    assert b"".join(client.parts) == b"data: 1\n\n" + KEEPALIVE_COMMENT + b"data: 2\n\n"


async def test_error_while_sending_a_comment_ends_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be lost in a task of which nobody knows."""
    monkeypatch.setattr(wire, "PING_INTERVAL", 0.01)

    class Broken(Client):
        async def send(self, message: Message) -> None:
            if message.get("body") == KEEPALIVE_COMMENT:
                raise ValueError("no comments here")

    async def quiet() -> AsyncIterator[int]:
        yield 1
        await asyncio.sleep(60)

    with pytest.raises(ValueError, match="no comments here"):
        await serve(Broken(), quiet(), EVENTS)


async def test_chunks_of_a_blocking_generator_go_out_together() -> None:
    """As many as a thread has made meanwhile."""
    client = Client()
    await serve(client, iter(range(1000)))

    assert len(client.parts) < 500
    assert b"".join(client.parts) == b"".join(b"%d\n" % number for number in range(1000))
