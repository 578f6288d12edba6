"""The threads that make blocking calls for the loop."""

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from laneway.jobs.sqlite.calls import CallThreads

SECONDS = 10.0  # for what is there at once


@pytest.fixture
async def threads() -> AsyncIterator[CallThreads]:
    threads = CallThreads("calls", 2)
    yield threads
    threads.stop()


async def test_a_call_runs_in_a_thread_and_gives_its_result(threads: CallThreads) -> None:
    name = await threads.call(lambda: threading.current_thread().name)

    assert name.startswith("calls-")


@pytest.mark.parametrize("kind", [ValueError, SystemExit])
async def test_what_a_call_raises_is_raised_and_the_thread_stays(
    threads: CallThreads, kind: type[BaseException]
) -> None:
    def fail() -> None:
        raise kind("no")

    for _ in range(3):
        with pytest.raises(kind, match="no"):
            await threads.call(fail)

    assert await threads.call(lambda: 1) == 1


async def test_as_many_calls_run_at_once_as_there_are_threads(threads: CallThreads) -> None:
    both = threading.Barrier(2, timeout=SECONDS)

    await asyncio.gather(threads.call(both.wait), threads.call(both.wait))


async def test_who_is_cancelled_disturbs_nobody(threads: CallThreads) -> None:
    go = threading.Event()
    waiting = asyncio.create_task(threads.call(lambda: go.wait(SECONDS)))
    await asyncio.sleep(0)
    waiting.cancel()
    go.set()

    assert await threads.call(lambda: 1) == 1


async def test_calls_that_were_asked_for_are_made_before_the_end() -> None:
    threads = CallThreads("calls", 1)
    asked = [asyncio.ensure_future(threads.call(lambda number=number: number)) for number in range(5)]
    await asyncio.sleep(0)
    threads.stop()

    assert await asyncio.gather(*asked) == [0, 1, 2, 3, 4]


def test_a_loop_that_is_gone_does_not_end_a_thread_with_an_error() -> None:
    go, done = threading.Event(), threading.Event()

    async def leave() -> None:
        threads = CallThreads("calls", 1)
        asked = [threads.call(lambda: go.wait(SECONDS)), threads.call(done.set)]
        left = asyncio.gather(*asked)
        await asyncio.sleep(0)
        threads.stop()
        left.cancel()

    asyncio.run(leave())
    go.set()

    assert done.wait(SECONDS)
