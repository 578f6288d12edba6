import asyncio
import contextvars
import gc
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress

import anyio
import anyio.from_thread
import pytest

from laneway.lanes import thread_lane
from laneway.lanes.thread_lane import ThreadLane

PATIENCE_SECONDS = 10

word: contextvars.ContextVar[str] = contextvars.ContextVar("word", default="unset")


@pytest.fixture
def lane() -> Iterator[ThreadLane]:
    """A lane of two threads, which end with the test."""
    lane = ThreadLane("test", 2)
    yield lane
    lane.stop()


@pytest.fixture
def impatient(lane: ThreadLane, monkeypatch: pytest.MonkeyPatch) -> ThreadLane:
    """The lane, with threads that wait for work only for a moment."""
    monkeypatch.setattr(thread_lane, "IDLE_SECONDS", 0.05)
    return lane


async def until(true: Callable[[], object]) -> None:
    """Wait for what a thread does."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not true():  # noqa: ASYNC110 - it is threads that say so
            await asyncio.sleep(0.001)


def threads_of(lane: ThreadLane) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith(f"laneway-{lane.name}-")]


class Held:
    """Calls that stay in their threads until they are released."""

    def __init__(self) -> None:
        self.began = 0
        self.ended = 0
        self._release = threading.Event()
        self._lock = threading.Lock()

    def __call__(self) -> str:
        with self._lock:
            self.began += 1
        assert self._release.wait(PATIENCE_SECONDS)
        with self._lock:
            self.ended += 1
        return "released"

    def release(self) -> None:
        self._release.set()


# --- calls


async def test_a_call_runs_in_a_thread_of_the_lane(lane: ThreadLane) -> None:
    """The thread's name tells the lane, to whoever looks at a stack dump."""
    name = await lane.call(lambda: threading.current_thread().name)

    assert name == "laneway-test-1"


async def test_what_a_call_raises_is_raised_to_its_caller(lane: ThreadLane) -> None:
    with pytest.raises(ZeroDivisionError):
        await lane.call(lambda: 1 // 0)


async def test_a_stop_iteration_becomes_an_error_that_can_be_awaited(lane: ThreadLane) -> None:
    """As it is, it would end the coroutine that waits, silently."""
    with pytest.raises(RuntimeError, match="StopIteration") as caught:
        await lane.call(lambda: next(iter(())))

    assert isinstance(caught.value.__cause__, StopIteration)


async def test_no_more_calls_run_at_once_than_the_lane_has_threads(lane: ThreadLane) -> None:
    held = Held()
    tasks = [asyncio.create_task(lane.call(held)) for _ in range(5)]
    await until(lambda: held.began == 2)

    stats = lane.stats()
    held.release()
    await asyncio.gather(*tasks)

    assert (stats.busy, stats.queued, held.began) == (2, 3, 5)


async def test_waiting_calls_run_in_the_order_in_which_they_came() -> None:
    lane, held, order = ThreadLane("test", 1), Held(), list[int]()
    first = asyncio.create_task(lane.call(held))
    await until(lambda: held.began)
    others = [
        asyncio.create_task(lane.call(lambda number=number: order.append(number))) for number in range(5)
    ]
    await until(lambda: lane.stats().queued == 5)

    held.release()
    await asyncio.gather(first, *others)
    lane.stop()

    assert order == [0, 1, 2, 3, 4]


def test_a_lane_serves_several_event_loops_at_once(lane: ThreadLane) -> None:
    """The default lane does, in tests and in programs that run a loop per thread."""
    results: list[int] = []

    def loop_of_its_own(number: int) -> None:
        results.append(asyncio.run(lane.call(lambda: number)))

    loops = [threading.Thread(target=loop_of_its_own, args=[number]) for number in range(4)]
    for loop in loops:
        loop.start()
    for loop in loops:
        loop.join()

    assert sorted(results) == [0, 1, 2, 3]


def test_a_call_runs_under_trio_too() -> None:
    """In one of trio's own threads."""
    lane = ThreadLane("test", 2)

    assert anyio.run(lane.call, lambda: 5, backend="trio") == 5


async def test_a_call_can_run_a_coroutine_on_the_loop(lane: ThreadLane) -> None:
    """`anyio.from_thread` works as in the threads of AnyIO that other frameworks use."""

    async def double(number: int) -> int:
        await asyncio.sleep(0)
        return 2 * number

    assert await lane.call(lambda: anyio.from_thread.run(double, 4)) == 8


async def test_a_call_may_ask_whether_it_was_cancelled(lane: ThreadLane) -> None:
    assert await lane.call(anyio.from_thread.check_cancelled) is None


@pytest.mark.parametrize("abandon", [False, True])
async def test_what_a_cancelled_call_waits_for_on_the_loop_is_cancelled(
    lane: ThreadLane, abandon: bool
) -> None:
    """Otherwise it would wait, and hold its thread, for ever."""
    outcomes: list[object] = []
    waiting = asyncio.Event()

    async def wait_for_ever() -> None:
        waiting.set()
        await anyio.sleep_forever()

    def wait() -> None:
        try:
            anyio.from_thread.run(wait_for_ever)
        except BaseException as error:
            outcomes.append(type(error).__name__)
            raise

    calling = asyncio.create_task(lane.call(wait, abandon=abandon))
    await waiting.wait()
    calling.cancel()
    with suppress(asyncio.CancelledError):
        await calling

    await until(lambda: outcomes == ["CancelledError"] and not lane.stats().busy)
    assert calling.cancelled()


async def test_what_a_call_waits_for_after_it_was_cancelled_is_cancelled(lane: ThreadLane) -> None:
    held = Held()

    def wait() -> None:
        held()
        anyio.from_thread.run(asyncio.sleep, 1000)

    calling = asyncio.create_task(lane.call(wait))
    await until(lambda: held.began)
    calling.cancel()
    await asyncio.sleep(0)
    held.release()

    async with asyncio.timeout(PATIENCE_SECONDS):
        with suppress(asyncio.CancelledError):
            await calling
    assert not lane.stats().busy


async def test_a_running_call_is_told_that_it_was_cancelled(lane: ThreadLane) -> None:
    held = Held()

    def ask() -> str:
        held()
        try:
            anyio.from_thread.check_cancelled()
        except BaseException as error:  # noqa: BLE001  # of the kind that the loop's library has
            return type(error).__name__
        return "was not"

    told: list[str] = []
    calling = asyncio.create_task(lane.call(lambda: told.append(ask())))
    await until(lambda: held.began)
    calling.cancel()
    await asyncio.sleep(0)
    held.release()
    with suppress(asyncio.CancelledError):
        await calling

    assert told == ["CancelledError"]


async def test_the_next_call_of_a_thread_is_not_cancelled() -> None:
    lane, held = ThreadLane("test", 1), Held()
    calling = asyncio.create_task(lane.call(held))
    await until(lambda: held.began)
    calling.cancel()
    await asyncio.sleep(0)
    held.release()
    with suppress(asyncio.CancelledError):
        await calling

    assert await lane.call(lambda: anyio.from_thread.run(asyncio.sleep, 0, "slept")) == "slept"
    assert await lane.call(anyio.from_thread.check_cancelled) is None
    lane.stop()


# --- context variables


async def test_a_call_sees_the_context_variables_of_its_caller(lane: ThreadLane) -> None:
    word.set("from outside")

    assert await lane.call(word.get) == "from outside"


async def test_what_a_call_sets_is_seen_by_its_caller(lane: ThreadLane) -> None:
    """As if it had run in place: a `def` dependency that sets the user, an `async def` endpoint that reads it."""
    await lane.call(lambda: word.set("from inside"))

    assert word.get() == "from inside"


async def test_what_a_call_sets_is_not_seen_by_other_calls(lane: ThreadLane) -> None:
    """Each has a copy of its own, also in the same thread."""
    await asyncio.create_task(lane.call(lambda: word.set("from inside")))

    assert await lane.call(word.get) == "unset"


async def test_what_a_call_set_before_it_failed_stays_inside(lane: ThreadLane) -> None:
    def fail() -> None:
        word.set("half done")
        raise ValueError

    with suppress(ValueError):
        await lane.call(fail)

    assert word.get() == "unset"


# --- cancellation


async def test_a_waiting_call_whose_caller_is_cancelled_never_runs() -> None:
    lane, held, ran = ThreadLane("test", 1), Held(), threading.Event()
    first = asyncio.create_task(lane.call(held))
    await until(lambda: held.began)
    waiting = asyncio.create_task(lane.call(ran.set))
    await until(lambda: lane.stats().queued)

    waiting.cancel()
    await asyncio.wait([waiting])
    held.release()
    await first
    await lane.call(lambda: None)  # comes after it in the queue
    lane.stop()

    assert (waiting.cancelled(), ran.is_set(), lane.stats().abandoned) == (True, False, 0)


async def test_a_cancelled_caller_waits_for_the_thread_that_runs(lane: ThreadLane) -> None:
    """What the call uses must not be closed under it."""
    held = Held()
    task = asyncio.create_task(lane.call(held))
    await until(lambda: held.began)

    task.cancel()
    await asyncio.sleep(0.02)
    still_waiting = not task.done()
    held.release()
    await asyncio.wait([task])

    assert (still_waiting, task.cancelled(), held.ended) == (True, True, 1)


async def test_a_caller_cancelled_again_and_again_still_waits(lane: ThreadLane) -> None:
    held = Held()
    task = asyncio.create_task(lane.call(held))
    await until(lambda: held.began)

    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0.005)
    held.release()
    await asyncio.wait([task])

    assert (task.cancelled(), held.ended) == (True, 1)


async def test_an_abandoning_caller_goes_on_at_once(lane: ThreadLane) -> None:
    held = Held()
    task = asyncio.create_task(lane.call(held, abandon=True))
    await until(lambda: held.began)

    task.cancel()
    await asyncio.wait([task], timeout=PATIENCE_SECONDS)
    ended_before = held.ended
    held.release()

    assert (task.cancelled(), ended_before) == (True, 0)


async def test_an_abandoned_thread_keeps_a_place_until_it_ends(lane: ThreadLane) -> None:
    """It cannot take calls, and the lane does not pretend that it could."""
    held = Held()
    task = asyncio.create_task(lane.call(held, abandon=True))
    await until(lambda: held.began)
    task.cancel()
    await asyncio.wait([task])

    while_it_runs = lane.stats().admitted
    held.release()
    await until(lambda: lane.stats().admitted == 0)

    assert while_it_runs == 1


async def test_an_abandoned_call_is_counted(lane: ThreadLane) -> None:
    held = Held()
    task = asyncio.create_task(lane.call(held))
    await until(lambda: held.began)
    task.cancel()
    held.release()
    await asyncio.wait([task])

    assert lane.stats().abandoned == 1


async def test_a_cancellation_in_the_moment_in_which_the_call_ends_is_not_lost(lane: ThreadLane) -> None:
    """The result is on its way in the same turn of the loop; nobody may wait for it a second time."""
    held = Held()
    task = asyncio.create_task(lane.call(held))
    await until(lambda: held.began)

    held.release()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while lane.stats().served == 0 and time.monotonic() < deadline:
        time.sleep(0.001)  # noqa: ASYNC251 - the loop stands still: that is the moment
    time.sleep(0.02)  # noqa: ASYNC251
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=PATIENCE_SECONDS)

    assert done


def test_a_call_may_end_after_its_loop() -> None:
    """Its result is dropped; the thread serves the next loop."""
    lane, held = ThreadLane("test", 1), Held()

    async def leave() -> None:
        task = asyncio.create_task(lane.call(held, abandon=True))
        await until(lambda: held.began)
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(leave())
    held.release()
    result = asyncio.run(lane.call(lambda: 5))
    lane.stop()

    assert (result, lane.stats().admitted) == (5, 0)


# --- threads


async def test_a_thread_is_started_only_when_no_other_is_idle(lane: ThreadLane) -> None:
    for _ in range(10):
        await lane.call(lambda: None)

    assert len(threads_of(lane)) <= 1


async def test_an_idle_thread_ends(impatient: ThreadLane) -> None:
    await impatient.call(lambda: None)

    await until(lambda: not threads_of(impatient))


async def test_a_lane_whose_threads_have_ended_starts_new_ones(impatient: ThreadLane) -> None:
    await impatient.call(lambda: None)
    await until(lambda: not threads_of(impatient))

    assert await impatient.call(lambda: 5) == 5


async def test_a_thread_between_two_calls_keeps_nothing_of_the_first(lane: ThreadLane) -> None:
    """A large argument is freed when the call ends, not when the next one comes."""

    class Large:
        """Something that can be referred to weakly."""

    large = Large()
    gone = weakref.ref(large)
    await lane.call(lambda large=large: None)
    del large
    gc.collect()

    await until(lambda: gone() is None)


async def test_stopping_ends_idle_threads_at_once() -> None:
    lane = ThreadLane("test", 2)
    await lane.call(lambda: None)

    lane.stop()

    await until(lambda: not threads_of(lane))


async def test_stopping_lets_running_calls_end_and_then_their_threads() -> None:
    lane, held = ThreadLane("test", 2), Held()
    task = asyncio.create_task(lane.call(held))
    await until(lambda: held.began)

    lane.stop()
    held.release()

    assert await task == "released"
    await until(lambda: not threads_of(lane))


async def test_a_call_right_after_a_stop_is_served() -> None:
    """Threads that were told to end are not counted on."""
    lane = ThreadLane("test", 1)
    await lane.call(lambda: None)

    lane.stop()
    result = await asyncio.wait_for(lane.call(lambda: 5), PATIENCE_SECONDS)
    lane.stop()

    assert result == 5


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # that is what is tried
def test_the_default_lane_works_in_a_forked_child() -> None:
    """Threads do not survive a fork, so the lane begins anew."""
    asyncio.run(thread_lane.in_thread(lambda: None))
    child = os.fork()
    if child == 0:
        os._exit(asyncio.run(thread_lane.in_thread(lambda: 7)))

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


# --- size


async def test_a_lane_without_a_size_takes_that_of_anyio() -> None:
    """Programs written for other frameworks set it there, at start-up."""
    limiter = anyio.to_thread.current_default_thread_limiter()
    before, limiter.total_tokens = limiter.total_tokens, 7
    lane = ThreadLane("test")
    await lane.call(lambda: None)
    limiter.total_tokens = before
    lane.stop()

    assert (lane.size, lane.places.limit) == (7, 7 + thread_lane.DEFAULT_QUEUE)


async def test_taking_the_size_of_anyio_keeps_count_of_who_is_inside() -> None:
    """The first request takes its place before the lane knows its size."""
    lane = ThreadLane("test")
    lane.admit()
    await lane.call(lambda: None)
    lane.leave()
    lane.stop()

    assert lane.stats().admitted == 0


# --- statistics


async def test_statistics_tell_how_long_calls_wait_and_run(lane: ThreadLane) -> None:
    await lane.call(lambda: time.sleep(0.02))

    stats = lane.stats()
    assert stats.service >= 0.02
    assert 0 < stats.wait < PATIENCE_SECONDS


async def test_statistics_count_calls_that_fail_as_served(lane: ThreadLane) -> None:
    with suppress(ZeroDivisionError):
        await lane.call(lambda: 1 // 0)

    assert lane.stats().served == 1
