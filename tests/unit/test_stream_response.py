"""Responses of endpoints that yield, on both event loop libraries, with a client in memory."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from functools import partial
from importlib.util import find_spec
from typing import Any

import anyio
import pytest
from anyio import (
    Event,
    create_task_group,
    fail_after,
    get_cancelled_exc_class,
    get_current_task,
    move_on_after,
)
from starlette.background import BackgroundTask
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Message, Send

from laneway.exceptions import ResponseValidationError
from laneway.fields import make_field
from laneway.route_spec import OutputSpec
from laneway.sse import KEEPALIVE_COMMENT, EventSourceResponse
from laneway.stream import wire
from laneway.stream.respond import stream_response

EVENTS = OutputSpec(response_class=EventSourceResponse, default_class=False)
LINES = OutputSpec()
RAW = OutputSpec(response_class=StreamingResponse, default_class=False)
BACKENDS = [
    "asyncio",
    pytest.param("trio", marks=pytest.mark.skipif(not find_spec("trio"), reason="no trio")),
]

on_both = pytest.mark.parametrize("backend", BACKENDS)


class Client:
    """A client that reads everything, until it is told to stop reading or to leave."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.reads = Event()
        self.reads.set()
        self.left = Event()
        self.got_chunk = Event()
        self.asked = 0  # how often the server wanted to hear from it

    async def receive(self) -> Message:
        self.asked += 1
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if message.get("body"):
            self.got_chunk.set()
            if not self.reads.is_set():
                await self.reads.wait()
        self.messages.append(message)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages)

    @property
    def complete(self) -> bool:
        return self.messages[-1].get("more_body") is False


Change = Callable[[Response], object]


async def serve(
    client: Client, generator: Any, output: OutputSpec, change: Change = lambda response: None, **options: Any
) -> None:
    """What a route does with a stream."""
    arguments = {"context": dict, "status": None, "headers": [], "background": None} | options
    is_async = hasattr(generator, "__anext__")
    with fail_after(5):
        async with AsyncExitStack() as stack:
            response = await stream_response(
                generator, is_async=is_async, output=output, stack=stack, **arguments
            )
            change(response)
            await response({"type": "http"}, client.receive, client.send)


def run(backend: str, main: Callable[[], Awaitable[Any]]) -> Any:
    return anyio.run(main, backend=backend)


def exchange(backend: str, make: Callable[[], Any], output: OutputSpec, **options: Any) -> Client:
    """A whole stream, read to its end."""

    async def main() -> Client:
        client = Client()
        await serve(client, make(), output, **options)
        return client

    return run(backend, main)


async def numbers() -> AsyncIterator[int]:
    yield 1
    yield 2


def blocking_numbers() -> Iterator[int]:
    yield 1
    yield 2


async def texts() -> AsyncIterator[str]:
    yield "a"
    yield "ü"


def headers(client: Client) -> dict[bytes, bytes]:
    return dict(client.messages[0]["headers"])


@on_both
@pytest.mark.parametrize("make", [numbers, blocking_numbers])
def test_items_are_events_for_an_event_source(backend: str, make: Callable[[], Any]) -> None:
    """One event per item, from an async generator as from a blocking one."""
    client = exchange(backend, make, EVENTS)

    assert client.body == b"data: 1\n\ndata: 2\n\n"
    assert client.complete


@on_both
@pytest.mark.parametrize("make", [numbers, blocking_numbers])
def test_items_are_json_lines_when_nobody_chose_a_class(backend: str, make: Callable[[], Any]) -> None:
    """One line per item."""
    client = exchange(backend, make, LINES)

    assert client.body == b"1\n2\n"
    assert headers(client) == {b"content-type": b"application/jsonl"}


def test_events_are_not_to_be_collected_on_their_way() -> None:
    """Neither by caches nor by nginx."""
    assert headers(exchange("asyncio", numbers, EVENTS)) == {
        b"content-type": b"text/event-stream; charset=utf-8",
        b"cache-control": b"no-cache",
        b"x-accel-buffering": b"no",
    }


class Picture(StreamingResponse):
    media_type = "image/png"


def test_items_are_the_body_for_other_streaming_classes() -> None:
    """With the media type of the class."""
    client = exchange("asyncio", texts, OutputSpec(response_class=Picture, default_class=False))

    assert client.body == "aü".encode()
    assert headers(client) == {b"content-type": b"image/png"}


def test_response_is_an_instance_of_the_chosen_class() -> None:
    """What looks at responses finds the class that was asked for."""
    kinds = []

    def look(response: Response) -> None:
        kinds.append(isinstance(response, Picture))

    exchange("asyncio", texts, OutputSpec(response_class=Picture, default_class=False), change=look)

    assert kinds == [True]


@pytest.mark.parametrize("output", [EVENTS, LINES, RAW])
def test_status_and_headers_of_the_endpoint_are_sent(output: OutputSpec) -> None:
    """Headers in addition to those of the class."""
    client = exchange("asyncio", texts, output, status=201, headers=[(b"x-a", b"1")])

    assert client.messages[0]["status"] == 201
    assert headers(client)[b"x-a"] == b"1"


@pytest.mark.parametrize("output", [EVENTS, LINES, RAW])
def test_background_runs_after_the_last_chunk(output: OutputSpec) -> None:
    """As after every response."""
    client = Client()
    complete = []

    async def look() -> None:
        complete.append(client.complete)

    asyncio.run(serve(client, texts(), output, background=BackgroundTask(look)))

    assert complete == [True]


@on_both
@pytest.mark.parametrize("make", [numbers, blocking_numbers])
def test_item_that_its_model_forbids_ends_the_stream(backend: str, make: Callable[[], Any]) -> None:
    """The error comes out as it is, not in a group."""
    output = OutputSpec(stream_item=make_field("item", list[int]))

    with pytest.raises(ResponseValidationError):
        exchange(backend, make, output)


async def breaks() -> AsyncIterator[int]:
    yield 1
    raise KeyError("two")


def breaks_in_thread() -> Iterator[int]:
    yield 1
    raise KeyError("two")


@on_both
@pytest.mark.parametrize("make", [breaks, breaks_in_thread])
def test_error_of_the_generator_comes_out_as_it_is(backend: str, make: Callable[[], Any]) -> None:
    """Handlers of the app look for its class."""
    with pytest.raises(KeyError, match="two"):
        exchange(backend, make, EVENTS)


class Watched:
    """A generator that tells what happened to it."""

    def __init__(self, pause: Callable[[], Awaitable[object]], *, shields: bool = True) -> None:
        self.pause = pause
        self.shields = shields  # its clean-up from cancellation
        self.tasks: list[int] = []
        self.cleaned_up = False

    async def items(self) -> AsyncIterator[str]:
        self.tasks.append(get_current_task().id)
        try:
            while True:
                yield "x"
                await self.pause()
        finally:
            self.tasks.append(get_current_task().id)
            with move_on_after(1, shield=self.shields):
                await anyio.sleep(0.01)
            self.cleaned_up = True


async def leave_midway(watched: Watched, output: OutputSpec, *, reading: bool) -> Client:
    """Serve a client that leaves after the first chunk."""
    client = Client()
    if not reading:
        client.reads = Event()
    async with create_task_group() as group:
        group.start_soon(serve, client, watched.items(), output)
        await client.got_chunk.wait()
        await anyio.wait_all_tasks_blocked()
        client.left.set()
    return client


@on_both
@pytest.mark.parametrize("output", [EVENTS, LINES, RAW])
def test_client_that_leaves_ends_a_generator_that_waits(backend: str, output: OutputSpec) -> None:
    """It is cancelled where it waits."""
    watched = Watched(anyio.sleep_forever)

    client = run(backend, lambda: leave_midway(watched, output, reading=True))

    assert watched.cleaned_up
    assert not client.complete


@on_both
@pytest.mark.parametrize("output", [EVENTS, LINES, RAW])
def test_client_that_leaves_ends_a_generator_that_was_not_asked_for_more(
    backend: str, output: OutputSpec
) -> None:
    """It is cancelled at its `yield`, and its clean-up may wait."""
    watched = Watched(anyio.sleep_forever, shields=False)

    run(backend, lambda: leave_midway(watched, output, reading=False))

    assert watched.cleaned_up


@on_both
@pytest.mark.parametrize("reading", [True, False])
def test_generator_ends_in_the_task_in_which_it_began(backend: str, reading: bool) -> None:
    """Cancel scopes and task groups in it break otherwise (PEP 789)."""
    watched = Watched(anyio.sleep_forever)

    run(backend, lambda: leave_midway(watched, EVENTS, reading=reading))

    began, ended = watched.tasks
    assert began == ended


@on_both
@pytest.mark.parametrize("output", [EVENTS, LINES, RAW])
def test_generator_that_never_waits_ends_when_the_client_leaves(backend: str, output: OutputSpec) -> None:
    """Between two chunks there is time for the rest of the world."""

    async def main() -> None:
        client = Client()
        async with create_task_group() as group:
            group.start_soon(serve, client, endless(), output)
            await client.got_chunk.wait()
            client.left.set()

    async def endless() -> AsyncIterator[str]:
        while True:
            yield "x"

    run(backend, main)


@on_both
def test_task_group_around_a_yield_survives_a_client_that_leaves(backend: str) -> None:
    """The pattern that breaks when somebody else's task closes the generator."""
    ended = []

    async def feeds() -> AsyncIterator[int]:
        async with create_task_group() as group:
            group.start_soon(anyio.sleep_forever)
            try:
                while True:
                    yield 1
            finally:
                ended.append(True)
                group.cancel_scope.cancel()

    async def main() -> None:
        client = Client()
        client.reads = Event()
        async with create_task_group() as group:
            group.start_soon(serve, client, feeds(), EVENTS)
            await client.got_chunk.wait()
            client.left.set()

    run(backend, main)

    assert ended == [True]


@on_both
def test_timeout_around_a_yield_ends_no_more_than_its_block(backend: str) -> None:
    """It expires while the client does not read; what follows the block is still sent."""

    async def impatient() -> AsyncIterator[str]:
        with move_on_after(0.01):
            while True:
                yield "early"
        yield "late"

    async def main() -> Client:
        client = Client()
        client.reads = Event()

        async def read_again(response: Response) -> None:
            await anyio.sleep(0.03)
            client.reads.set()

        async with create_task_group() as group:
            group.start_soon(serve, client, impatient(), RAW)
            group.start_soon(read_again, Response())
        return client

    assert run(backend, main).body == b"late"


async def test_timeout_of_asyncio_around_a_yield_raises_there() -> None:
    """`asyncio.timeout` cancels the task, and only the generator can make a TimeoutError of that."""

    async def impatient() -> AsyncIterator[str]:
        async with asyncio.timeout(0.01):
            while True:
                yield "x"

    client = Client()
    client.reads = Event()
    with pytest.raises(TimeoutError):
        await serve(client, impatient(), EVENTS)


@on_both
def test_generator_that_swallows_cancellation_ends_nevertheless(backend: str) -> None:
    """It may swallow its own, but has no say in that of the request."""
    swallowed = []

    async def stubborn() -> AsyncIterator[str]:
        while True:
            try:
                yield "x"
            except get_cancelled_exc_class():
                swallowed.append(True)

    async def main() -> None:
        client = Client()
        async with create_task_group() as group:
            group.start_soon(serve, client, stubborn(), RAW)
            await client.got_chunk.wait()
            client.left.set()

    run(backend, main)

    assert swallowed == [True]


@on_both
def test_slow_client_makes_the_generator_wait(backend: str) -> None:
    """The next item is not made before the last one is gone."""
    made = []

    async def counted() -> AsyncIterator[int]:
        for number in range(100):
            made.append(number)
            yield number

    async def main() -> None:
        client = Client()
        client.reads = Event()
        async with create_task_group() as group:
            group.start_soon(serve, client, counted(), EVENTS)
            await anyio.wait_all_tasks_blocked()
            assert made == [0]
            group.cancel_scope.cancel()

    run(backend, main)


async def test_idle_stream_holds_one_task_besides_that_of_the_request() -> None:
    """Ten thousand clients that wait for news cost ten thousand tasks less each time one is saved."""
    before = len(asyncio.all_tasks())
    client = Client()
    request = asyncio.create_task(serve(client, Watched(anyio.sleep_forever).items(), EVENTS))
    await client.got_chunk.wait()
    await anyio.wait_all_tasks_blocked()

    assert len(asyncio.all_tasks()) - before == 2

    client.left.set()
    await request


async def quiet() -> AsyncIterator[int]:
    yield 1
    await anyio.sleep(0.1)
    yield 2


@on_both
def test_comments_fill_the_silence_of_an_event_stream(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxies would take it for dead."""
    monkeypatch.setattr(wire, "PING_INTERVAL", 0.02)

    body = exchange(backend, quiet, EVENTS).body

    assert body.startswith(b"data: 1\n\n" + KEEPALIVE_COMMENT)
    assert body.endswith(KEEPALIVE_COMMENT + b"data: 2\n\n")


@pytest.mark.parametrize("output", [LINES, OutputSpec(response_class=Picture, default_class=False)])
def test_only_event_streams_have_comments(output: OutputSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other formats have none."""
    monkeypatch.setattr(wire, "PING_INTERVAL", 0.02)

    async def quiet_texts() -> AsyncIterator[str]:
        yield "a"
        await anyio.sleep(0.1)

    assert KEEPALIVE_COMMENT not in exchange("asyncio", quiet_texts, output).body


@on_both
def test_no_comment_joins_the_queue_of_a_client_that_does_not_read(
    backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is a message under way already, which keeps the connection alive as well."""
    monkeypatch.setattr(wire, "PING_INTERVAL", 0.01)

    async def main() -> Client:
        client = Client()
        client.reads = Event()
        async with create_task_group() as group:
            group.start_soon(serve, client, numbers(), EVENTS)
            await anyio.sleep(0.1)
            monkeypatch.setattr(wire, "PING_INTERVAL", 15)
            client.reads.set()
        return client

    client = run(backend, main)

    assert client.body == b"data: 1\n\ndata: 2\n\n"
    assert client.asked < 20


def test_comments_stay_out_of_a_body_that_somebody_rewrites(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle of a compressed stream they would destroy it."""
    monkeypatch.setattr(wire, "PING_INTERVAL", 0.02)

    def wrap(response: Response) -> None:
        assert isinstance(response, StreamingResponse)
        response.body_iterator = shouting(response.body_iterator)

    async def shouting(chunks: Any) -> AsyncIterator[bytes]:
        async for chunk in chunks:
            yield chunk.upper()

    assert exchange("asyncio", quiet, EVENTS, change=wrap).body == b"DATA: 1\n\nDATA: 2\n\n"


@on_both
def test_wrapped_generator_ends_when_the_client_leaves(backend: str) -> None:
    """First the wrapper, then what it wraps, whose clean-up may wait."""
    watched = Watched(anyio.sleep_forever, shields=False)
    order = []

    async def through(chunks: Any) -> AsyncIterator[bytes]:
        try:
            async for chunk in chunks:
                yield chunk
        finally:
            order.append(watched.cleaned_up)

    def wrap(response: Any) -> None:
        response.body_iterator = through(response.body_iterator)

    async def main() -> None:
        client = Client()
        client.reads = Event()
        async with create_task_group() as group:
            group.start_soon(serve, client, watched.items(), EVENTS, wrap)
            await client.got_chunk.wait()
            client.left.set()

    run(backend, main)

    assert order == [False]
    assert watched.cleaned_up


@pytest.mark.parametrize("output", [EVENTS, LINES, RAW])
async def test_blocking_generator_has_ended_when_background_runs(output: OutputSpec) -> None:
    """Also when the client has left in the middle."""
    order = []

    def rows() -> Iterator[str]:
        try:
            while True:
                yield "x"
        finally:
            order.append("generator")

    async def tidy() -> None:
        order.append("background")

    client = Client()
    async with create_task_group() as group:
        group.start_soon(partial(serve, client, rows(), output, background=BackgroundTask(tidy)))
        await client.got_chunk.wait()
        client.left.set()

    assert order == ["generator", "background"]


@on_both
def test_connection_that_breaks_while_sending_ends_the_stream_quietly(backend: str) -> None:
    """Servers of ASGI 2.4 say so with an OSError; nobody did anything wrong."""

    class Broken(Client):
        async def send(self, message: Message) -> None:
            if message.get("body"):
                raise OSError("broken pipe")

    watched = Watched(anyio.sleep_forever)

    async def main() -> None:
        await serve(Broken(), watched.items(), EVENTS)

    run(backend, main)

    assert watched.cleaned_up


@on_both
def test_error_of_the_operating_system_in_a_generator_is_an_error(backend: str) -> None:
    """Only sending says that the client has left."""

    async def reads_a_file() -> AsyncIterator[int]:
        yield 1
        raise FileNotFoundError("gone")

    with pytest.raises(FileNotFoundError):
        exchange(backend, reads_a_file, EVENTS)


@on_both
def test_receive_that_never_waits_does_not_stop_the_stream(backend: str) -> None:
    """Apps are called with such a stub by hand and in tests."""

    class Hasty(Client):
        async def receive(self) -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

    async def main() -> Client:
        client = Hasty()
        await serve(client, numbers(), EVENTS)
        return client

    assert run(backend, main).complete


class Counting(StreamingResponse):
    """A class that sends in its own way."""

    async def stream_response(self, send: Send) -> None:
        self.raw_headers.append((b"x-counting", b"1"))
        await super().stream_response(send)


@on_both
def test_class_that_sends_in_its_own_way_is_left_to_it(backend: str) -> None:
    """Its generator gives time to the rest of the world, and is closed at the latest with the request."""
    client = exchange(backend, texts, OutputSpec(response_class=Counting, default_class=False))

    assert headers(client)[b"x-counting"] == b"1"
    assert client.body == "aü".encode()


@on_both
@pytest.mark.parametrize("reading", [True, False])
def test_class_that_sends_in_its_own_way_leaves_no_generator_behind(backend: str, reading: bool) -> None:
    """It is closed with the request, if not before."""
    watched = Watched(anyio.sleep_forever)
    output = OutputSpec(response_class=Counting, default_class=False)

    run(backend, lambda: leave_midway(watched, output, reading=reading))

    assert watched.cleaned_up


def test_class_that_sends_in_its_own_way_gets_a_blocking_generator_as_it_is() -> None:
    """It may want to loop over it."""

    class Joined(JSONResponse):
        def render(self, content: Any) -> bytes:
            return super().render(list(content))

    client = exchange("asyncio", blocking_numbers, OutputSpec(response_class=Joined, default_class=False))

    assert client.body == b"[1,2]"


async def test_class_that_sends_in_its_own_way_leaves_no_blocking_generator_behind() -> None:
    """It is closed with the request, not when somebody collects it."""
    closed = []

    def rows() -> Iterator[str]:
        try:
            while True:
                yield "x"
        finally:
            closed.append(True)

    generator = rows()
    client = Client()
    async with create_task_group() as group:
        group.start_soon(serve, client, generator, OutputSpec(response_class=Counting, default_class=False))
        await client.got_chunk.wait()
        client.left.set()

    assert closed == [True]
    assert next(generator, None) is None


@on_both
def test_response_that_is_never_sent_leaves_nothing_behind(backend: str) -> None:
    """Somebody replaced it; the generator has not begun."""
    began = []

    async def begins() -> AsyncIterator[int]:
        began.append(True)
        yield 1

    async def main() -> None:
        async with AsyncExitStack() as stack:
            for generator, is_async in ((begins(), True), ((began.append(True) for _ in range(1)), False)):
                await stream_response(
                    generator,
                    is_async=is_async,
                    output=EVENTS,
                    context=dict,  # type: ignore[arg-type]  # an empty context
                    status=None,
                    headers=[],
                    background=None,
                    stack=stack,
                )

    run(backend, main)

    assert began == []
