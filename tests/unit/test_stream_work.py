"""Generators that run whether their clients are there or not."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import anyio
import anyio.from_thread
import pytest
from anyio import fail_after

from laneway import HTTPException
from laneway.lanes.deadline import current_deadline, due_in
from laneway.lanes.thread_lane import DEFAULT_LANE
from laneway.sse import ServerSentEvent
from laneway.stream import (
    ResumableStream,
    ResumableStreams,
    StreamStatus,
    TooManyStreamsError,
    UnknownStreamError,
)
from laneway.stream.follow import Following


async def numbers(count: int) -> AsyncIterator[int]:
    for number in range(1, count + 1):
        yield number
        await asyncio.sleep(0)


async def done(stream: ResumableStream) -> None:
    """Return when the generator has ended."""
    with fail_after(5):
        while stream.status is StreamStatus.running:  # noqa: ASYNC110 - whether anybody waits must not matter
            await asyncio.sleep(0.001)


async def read(stream: ResumableStream, after: int = 0) -> list[str]:
    """What a client is sent in the end, each event without its id."""
    following = Following(stream, after, retry=1)
    with fail_after(5):
        events = [event async for event in following]
    await following.aclose()
    assert events[0] == b"retry: 1000\n"
    return [event.decode().partition("data: ")[2].strip() for event in events[1:]]


class Waiting:
    """A generator that yields once and then waits.

    Attributes:
        said: What happened.
    """

    def __init__(self) -> None:
        self.said: list[str] = []
        self.gate = asyncio.Event()

    async def events(self) -> AsyncIterator[str]:
        try:
            self.said.append("begun")
            yield "first"
            await self.gate.wait()
            yield "last"
        finally:
            await asyncio.sleep(0)
            self.said.append("clean")


async def test_a_generator_runs_without_a_client() -> None:
    stream = ResumableStreams().start(numbers(3))
    await done(stream)

    assert await read(stream) == ["1", "2", "3"]
    assert stream.status is StreamStatus.ended


async def test_a_blocking_generator_runs_in_a_thread() -> None:
    def where() -> Iterator[str]:
        yield threading.current_thread().name

    stream = ResumableStreams().start(where())
    await done(stream)

    assert (await read(stream))[0].startswith('"laneway-thread-')


async def test_a_blocking_generator_holds_a_place_of_its_lane_until_it_ends() -> None:
    before = DEFAULT_LANE.stats().admitted
    stream = ResumableStreams().start(iter(range(3)))
    during = DEFAULT_LANE.stats().admitted
    await done(stream)

    assert (during, DEFAULT_LANE.stats().admitted) == (before + 1, before)


async def test_ids_count_from_one_behind_the_key() -> None:
    stream = ResumableStreams().start(numbers(2))
    await done(stream)

    assert [stream.kept[number] for number in (1, 2)] == [
        f"id: {stream.key}.{number}\ndata: {number}\n\n".encode() for number in (1, 2)
    ]


async def test_keys_cannot_be_guessed() -> None:
    """128 random bits each."""
    streams = ResumableStreams()
    keys = {streams.start(numbers(0)).key for _ in range(100)}

    assert len(keys) == 100
    assert {len(key) for key in keys} == {22}


async def test_a_client_gets_what_it_has_not_seen() -> None:
    stream = ResumableStreams().start(numbers(5))
    await done(stream)

    assert await read(stream, after=3) == ["4", "5"]


async def test_several_clients_see_the_same() -> None:
    stream = ResumableStreams().start(numbers(50))

    assert await asyncio.gather(*(read(stream) for _ in range(3))) == [[str(n) for n in range(1, 51)]] * 3


async def test_a_generator_that_never_waits_leaves_others_their_turn() -> None:
    """It is started, and something else gets done before it has ended."""

    async def hurrying() -> AsyncIterator[int]:
        for number in range(200_000):
            yield number

    streams = ResumableStreams(events=1_000_000, size=100_000_000)
    stream = streams.start(hurrying())
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert stream.status is StreamStatus.running
    await stream.stop()


async def test_a_generator_nobody_reads_waits_at_half_the_room() -> None:
    """Memory does not grow; reading makes it go on, and nothing is lost."""
    made = 0

    async def endless() -> AsyncIterator[int]:
        nonlocal made
        while made < 1000:
            made += 1
            yield made
            await asyncio.sleep(0)

    stream = ResumableStreams(events=20).start(endless())
    for _ in range(100):
        await asyncio.sleep(0)

    assert made == 10
    assert await read(stream) == [str(number) for number in range(1, 1001)]


async def test_a_client_is_told_how_much_it_has_missed() -> None:
    """It was so far behind the fastest that what it needs has gone."""
    stream = ResumableStreams(events=10).start(numbers(100))
    await read(stream)

    assert await read(stream, after=30) == ['{"missed":60}', *(str(number) for number in range(91, 101))]


async def test_stop_returns_when_the_clean_up_is_over() -> None:
    waiting = Waiting()
    stream = ResumableStreams().start(waiting.events())
    await asyncio.sleep(0)
    await stream.stop()

    assert waiting.said == ["begun", "clean"]
    assert (stream.status, await read(stream)) == (StreamStatus.stopped, ['"first"'])


async def test_a_stream_can_be_stopped_before_it_has_begun() -> None:
    waiting = Waiting()
    stream = ResumableStreams().start(waiting.events())
    await stream.stop()

    assert (stream.status, waiting.said) == (StreamStatus.stopped, [])


async def test_stop_closes_a_blocking_generator_where_it_yielded() -> None:
    said: list[str] = []

    def endless() -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            said.append(threading.current_thread().name)

    stream = ResumableStreams(events=10).start(endless())
    for _ in range(10):
        await asyncio.sleep(0.001)
    await stream.stop()

    assert stream.status is StreamStatus.stopped
    assert len(said) == 1
    assert said[0] != threading.current_thread().name


async def test_a_generator_that_ignores_its_cancellation_is_closed_at_its_next_yield() -> None:
    async def stubborn() -> AsyncIterator[int]:
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                yield 1

    stream = ResumableStreams().start(stubborn())
    await asyncio.sleep(0)
    await stream.stop()

    assert stream.status is StreamStatus.stopped


async def test_without_clients_it_is_cancelled_and_forgotten() -> None:
    """After the grace, which begins with the stream."""
    waiting = Waiting()
    streams = ResumableStreams(grace=0.01)
    stream = streams.start(waiting.events())
    await done(stream)

    assert (stream.status, waiting.said[-1]) == (StreamStatus.stopped, "clean")
    with pytest.raises(UnknownStreamError):
        streams.get(stream.key)


async def test_grace_begins_when_the_last_client_goes() -> None:
    waiting = Waiting()
    stream = ResumableStreams(grace=0.01).start(waiting.events())
    first, second = Following(stream, 0, 1), Following(stream, 0, 1)
    await first.aclose()
    await asyncio.sleep(0.03)  # three times the grace
    assert stream.status is StreamStatus.running

    await second.aclose()
    await done(stream)
    assert stream.status is StreamStatus.stopped


async def test_a_client_that_comes_back_in_time_saves_the_work() -> None:
    waiting = Waiting()
    stream = ResumableStreams(grace=0.05).start(waiting.events())
    await Following(stream, 0, 1).aclose()
    reading = asyncio.create_task(read(stream, after=1))
    await asyncio.sleep(0.1)  # twice the grace
    waiting.gate.set()

    assert await reading == ['"last"']


async def test_without_a_grace_it_runs_to_its_end() -> None:
    stream = ResumableStreams(grace=None).start(numbers(10))
    await done(stream)

    assert stream.status is StreamStatus.ended


async def test_a_stream_is_forgotten_some_time_after_its_end() -> None:
    streams = ResumableStreams(keep=0.01)
    stream = streams.start(numbers(1))
    await done(stream)
    with fail_after(5):
        while len(streams):  # noqa: ASYNC110 - a timer tells nobody
            await asyncio.sleep(0.001)

    with pytest.raises(UnknownStreamError):
        streams.get(stream.key)


async def test_a_stream_of_somebody_else_is_not_there() -> None:
    streams = ResumableStreams()
    stream = streams.start(numbers(1), owner="ann")
    await done(stream)

    assert streams.get(stream.key, owner="ann") is streams.get(stream.key) is stream
    with pytest.raises(UnknownStreamError):
        streams.get(stream.key, owner="bob")


async def test_the_oldest_that_has_ended_makes_room() -> None:
    streams = ResumableStreams(most=2)
    first, second = (streams.start(numbers(1)) for _ in range(2))
    await done(second)
    third = streams.start(numbers(1))

    assert streams.get(third.key) is third
    with pytest.raises(UnknownStreamError):
        streams.get(first.key)
    await done(third)


async def test_more_than_are_allowed_are_refused() -> None:
    streams = ResumableStreams(most=1)
    stream = streams.start(Waiting().events())
    with pytest.raises(TooManyStreamsError) as refusal:
        streams.start(numbers(1))

    assert (refusal.value.status_code, refusal.value.most) == (503, 1)
    assert "Retry-After" in (refusal.value.headers or {})
    await stream.stop()


@pytest.mark.parametrize(
    ("error", "told", "logged"),
    [
        (RuntimeError("secret"), '{"status": 500, "detail": "Internal Server Error"}', True),
        (HTTPException(429, "too many tokens"), '{"status": 429, "detail": "too many tokens"}', False),
    ],
)
async def test_an_error_is_the_last_event(
    error: Exception, told: str, logged: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """What clients may know of it; the rest is in the log."""

    async def failing() -> AsyncIterator[int]:
        yield 1
        raise error

    with caplog.at_level(logging.ERROR, "laneway.stream"):
        stream = ResumableStreams().start(failing())
        await done(stream)

    assert (stream.status, await read(stream)) == (StreamStatus.failed, ["1", told])
    assert b"event: failed\n" in stream.kept[2]
    assert [record.exc_info[1] for record in caplog.records if record.exc_info] == [error] * logged


async def test_an_event_with_an_id_of_its_own_is_an_error(caplog: pytest.LogCaptureFixture) -> None:
    async def numbered() -> AsyncIterator[ServerSentEvent]:
        yield ServerSentEvent(data=1, id="mine")

    stream = ResumableStreams().start(numbered())
    await done(stream)

    assert stream.status is StreamStatus.failed
    assert "without id='mine'" in caplog.text


@pytest.mark.parametrize(
    "terms", [{"grace": -1}, {"keep": -1}, {"events": 1}, {"size": 0}, {"retry": -0.1}, {"most": 0}]
)
def test_terms_that_make_no_sense_are_refused(terms: dict[str, Any]) -> None:
    (name,) = terms
    with pytest.raises(ValueError, match=f"{name} of a resumable stream is at least"):
        ResumableStreams(**terms)


async def test_the_deadline_of_a_request_does_not_hold_for_its_stream() -> None:
    """It is over when the first answer has begun, or was too late."""

    async def remaining() -> AsyncIterator[str]:
        yield str(current_deadline().remaining())

    with due_in(60):
        stream = ResumableStreams().start(remaining())
    await done(stream)

    assert await read(stream) == ['"inf"']


def test_start_needs_an_event_loop() -> None:
    with pytest.raises(RuntimeError, match="no running event loop"):
        ResumableStreams().start(numbers(1))


async def test_a_thread_starts_one_by_way_of_the_loop() -> None:
    streams = ResumableStreams()
    stream = await anyio.to_thread.run_sync(anyio.from_thread.run_sync, streams.start, numbers(1))
    await done(stream)

    assert await read(stream) == ["1"]
