"""Blocking generators, advanced in threads."""

import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any

import anyio
import pytest
from anyio import create_task_group, fail_after
from anyio.to_thread import current_default_thread_limiter

from laneway.lanes.thread_lane import DEFAULT_LANE, in_thread
from laneway.stream.chunks import AHEAD_BYTES
from laneway.stream.threaded import AHEAD_ITEMS, ThreadedChunks

language: ContextVar[str] = ContextVar("language", default="none")


def plain(item: Any) -> Any:
    return item


@asynccontextmanager
async def threaded(
    items: Iterable[Any], encode: Callable[[Any], Any] = plain
) -> AsyncIterator[ThreadedChunks]:
    with fail_after(5):
        async with create_task_group() as group:
            chunks = ThreadedChunks(items, encode, group)
            yield chunks
            await chunks.aclose()


def threads_at_work() -> int:
    """Calls that run in the default lane; on trio its calls run in AnyIO's threads."""
    return DEFAULT_LANE.stats().busy + int(current_default_thread_limiter().borrowed_tokens)


async def idle_lane() -> None:
    """Return when no thread works for any generator."""
    with fail_after(5):
        while threads_at_work():  # noqa: ASYNC110 - a lane tells nobody
            await anyio.sleep(0.001)


async def test_chunks_come_in_order_and_end() -> None:
    """More of them than one hop makes."""
    async with threaded(str(n) for n in range(3 * AHEAD_ITEMS)) as chunks:
        assert [chunk async for chunk in chunks] == [str(n) for n in range(3 * AHEAD_ITEMS)]


async def test_chunk_can_be_read_before_the_next_is_made() -> None:
    """Progress arrives while the generator works."""
    read = threading.Event()

    def progress() -> Iterator[str]:
        yield "started"
        yield "done" if read.wait(5) else "nobody read"

    async with threaded(progress()) as chunks:
        assert await anext(chunks) == "started"
        read.set()
        assert await anext(chunks) == "done"


async def test_slow_reader_holds_no_thread() -> None:
    """The thread gives itself back when it is far enough ahead."""
    made = []

    def numbers() -> Iterator[str]:
        while True:
            made.append(1)
            yield "x"

    async with threaded(numbers()) as chunks:
        await anext(chunks)
        await idle_lane()

        assert len(made) <= AHEAD_ITEMS + 1


async def test_large_chunks_are_not_made_ahead() -> None:
    """What is held for a slow reader is bounded in bytes, too."""
    made = []

    def blocks() -> Iterator[bytes]:
        while True:
            made.append(1)
            yield bytes(AHEAD_BYTES)

    async with threaded(blocks()) as chunks:
        await anext(chunks)
        await idle_lane()

        assert len(made) == 1


async def test_generator_keeps_its_context_between_chunks() -> None:
    """A variable it sets is still set after the next hop, and nobody else sees it."""

    def sets_language() -> Iterator[str]:
        language.set("de")
        yield "x" * AHEAD_BYTES  # ends the hop
        yield language.get()

    async with threaded(sets_language()) as chunks:
        await anext(chunks)

        assert await anext(chunks) == "de"
        assert language.get() == "none"


async def test_generator_starts_in_the_context_of_its_reader() -> None:
    """What dependencies set is there."""

    def asks() -> Iterator[str]:
        yield language.get()

    language.set("fr")
    async with threaded(asks()) as chunks:
        assert await anext(chunks) == "fr"


async def test_generator_can_start_an_event_loop() -> None:
    """It does not seem to run in one already."""

    def runs() -> Iterator[str]:
        yield anyio.run(anyio.sleep, 0) or "ran"

    async with threaded(runs()) as chunks:
        assert await anext(chunks) == "ran"


async def test_error_follows_the_chunks_made_before_it() -> None:
    """Nothing that was yielded is lost."""

    def breaks() -> Iterator[str]:
        yield "first"
        raise KeyError("second")

    async with threaded(breaks()) as chunks:
        assert await anext(chunks) == "first"
        with pytest.raises(KeyError, match="second"):
            await anext(chunks)


async def test_generator_is_closed_in_a_thread() -> None:
    """Its clean-up may block."""
    closed_by = []

    def watched() -> Iterator[str]:
        try:
            yield "x" * AHEAD_BYTES
        finally:
            closed_by.append(threading.current_thread())

    async with threaded(watched()) as chunks:
        await anext(chunks)

    assert closed_by
    assert closed_by != [threading.current_thread()]


async def test_closing_waits_for_the_call_that_runs_and_no_longer() -> None:
    """A generator cannot be closed from outside while it runs; it is not asked for more."""
    made = []
    closed = threading.Event()

    def slow() -> Iterator[str]:
        try:
            while True:
                made.append(1)
                yield "x"
                time.sleep(0.02)
        finally:
            closed.set()

    async with threaded(slow()) as chunks:
        await anext(chunks)
        before = len(made)
        await chunks.aclose()

    assert closed.is_set()
    assert len(made) <= before + 1


@asynccontextmanager
async def full_lane() -> AsyncIterator[None]:
    """A lane all of whose threads are busy."""
    release = threading.Event()
    with fail_after(5):
        async with create_task_group() as group:
            for _ in range(DEFAULT_LANE.size):
                group.start_soon(in_thread, release.wait)
            while threads_at_work() < DEFAULT_LANE.size:  # noqa: ASYNC110 - a lane tells nobody
                await anyio.sleep(0.001)
            try:
                yield
            finally:
                release.set()


async def test_closing_needs_no_token() -> None:
    """A pool full of calls that wait for this generator's lock would never move again."""
    closed = threading.Event()

    def holds() -> Iterator[str]:
        try:
            yield "x" * AHEAD_BYTES
        finally:
            closed.set()

    async with threaded(holds()) as chunks:
        await anext(chunks)
        await idle_lane()
        async with full_lane():
            began = anyio.current_time()
            await chunks.aclose()

    assert closed.is_set()
    assert anyio.current_time() - began < 1


async def test_reader_that_leaves_gives_up_the_wait_for_a_token() -> None:
    """The generator has not begun, so there is nothing to finish."""
    made = []

    def numbers() -> Iterator[str]:
        made.append(1)
        yield "x"

    async with full_lane(), threaded(numbers()) as chunks:
        with anyio.move_on_after(0.01):
            await anext(chunks)
        began = anyio.current_time()
        await chunks.aclose()

        assert anyio.current_time() - began < 1

    assert made == []


async def test_generator_that_nobody_reads_never_begins() -> None:
    """It has nothing to clean up either."""
    began = []

    async with threaded(began.append(1) for _ in range(3)):
        pass

    assert began == []


async def test_plain_iterable_is_as_good_as_a_generator() -> None:
    """It has no `close`, and needs none."""
    async with threaded(["a", "b", "c"]) as chunks:
        assert await anext(chunks) == "a"


async def test_items_are_encoded_in_the_thread() -> None:
    """Making JSON of a large item does not stop the loop."""
    encoded_in = []

    def encode(item: str) -> bytes:
        encoded_in.append(threading.current_thread())
        return item.encode()

    async with threaded(["a"], encode) as chunks:
        assert await anext(chunks) == b"a"

    assert encoded_in != [threading.current_thread()]
