import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from functools import partial

import anyio
import pytest

from laneway.exceptions import FastAPIError
from laneway.lanes import (
    Deadline,
    Lanes,
    UnknownLaneError,
    current_deadline,
    due_in,
    lane,
    run,
    threads,
)
from laneway.lanes import map as map_in
from laneway.lanes.errors import LaneFullError, LaneTimeoutError
from laneway.lanes.label import RouteLabel, serving

PATIENCE_SECONDS = 10


@pytest.fixture
async def lanes() -> AsyncIterator[Lanes]:
    """The lanes of a route that is served: `db` is a thread with one place in the queue, `slow` has little time."""
    lanes = Lanes({"db": threads(1, queue=1), "three": threads(3), "slow": threads(1, timeout=0.05)})
    serving.set(RouteLabel("GET /", test_a_call_runs_in_the_lane_that_is_named, lanes))
    yield lanes
    await lanes.stop()


async def until(true: Callable[[], object]) -> None:
    """Wait for what a thread does."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not true():  # noqa: ASYNC110 - it is threads that say so
            await asyncio.sleep(0.001)


# --- run


async def test_a_call_runs_in_the_lane_that_is_named(lanes: Lanes) -> None:
    def name_of_thread() -> str:
        return threading.current_thread().name

    assert (await run("db", name_of_thread), await run("three", name_of_thread)) == (
        "laneway-db-1",
        "laneway-three-1",
    )


async def test_a_call_takes_arguments(lanes: Lanes) -> None:
    assert await run("db", sorted, [1, 3, 2], reverse=True) == [3, 2, 1]


async def test_a_call_in_the_loop_lane_runs_in_place() -> None:
    assert await run("loop", threading.current_thread) is threading.current_thread()


async def test_outside_of_requests_the_undeclared_lanes_are_there() -> None:
    assert await run("thread", lambda: 5) == 5


async def test_a_full_lane_refuses_a_call(lanes: Lanes) -> None:
    """One runs, one waits."""
    release = threading.Event()
    tasks = [asyncio.create_task(run("db", release.wait, PATIENCE_SECONDS)) for _ in range(2)]
    await until(lambda: lanes["db"].stats().admitted == 2)

    with pytest.raises(LaneFullError):
        await run("db", lambda: None)
    release.set()
    await asyncio.gather(*tasks)


async def test_a_place_is_given_back_after_an_error(lanes: Lanes) -> None:
    for _ in range(5):
        with pytest.raises(ZeroDivisionError):
            await run("db", lambda: 1 // 0)

    assert lanes["db"].stats().admitted == 0


async def test_an_unknown_lane_is_refused(lanes: Lanes) -> None:
    with pytest.raises(UnknownLaneError, match="there is no lane 'dbb'"):
        await run("dbb", lambda: None)


@pytest.mark.parametrize("name", ["loop", "thread", "process"])
async def test_a_coroutine_function_is_refused_with_the_way_out(name: str) -> None:
    """Its result would be a coroutine that nobody awaits."""

    async def fetch() -> None:
        """Something that waits without blocking."""

    with pytest.raises(
        FastAPIError, match=f"`async def` and cannot be sent to lane '{name}': await it where you are"
    ):
        await run(name, fetch)


async def test_an_error_of_the_function_is_not_taken_for_the_lane_running_out_of_time(lanes: Lanes) -> None:
    """Sockets raise `TimeoutError`, too."""

    def fail() -> None:
        raise TimeoutError("of a socket")

    with pytest.raises(TimeoutError, match="of a socket"), due_in(PATIENCE_SECONDS):
        await run("slow", fail)


def test_a_call_can_be_sent_under_trio() -> None:
    assert anyio.run(run, "thread", lambda: 5, backend="trio") == 5


def test_a_call_under_trio_keeps_its_deadline() -> None:
    release = threading.Event()

    async def late() -> None:
        with due_in(0.05):
            await run("thread", release.wait, PATIENCE_SECONDS)

    with pytest.raises(LaneTimeoutError):
        anyio.run(late, backend="trio")
    release.set()


# --- time


async def test_a_call_has_no_more_time_than_its_lane_gives(lanes: Lanes) -> None:
    release = threading.Event()

    with pytest.raises(
        LaneTimeoutError, match=r"'slow': the deadline of 0.05 s passed while running Event.wait"
    ):
        await run("slow", release.wait, PATIENCE_SECONDS)
    release.set()


async def test_a_call_has_no_more_time_than_its_request_has_left(lanes: Lanes) -> None:
    release = threading.Event()

    with pytest.raises(LaneTimeoutError), due_in(0.05):
        await run("db", release.wait, PATIENCE_SECONDS)
    release.set()


async def test_a_call_sees_the_deadline_of_its_request(lanes: Lanes) -> None:
    with due_in(PATIENCE_SECONDS) as deadline:
        assert await run("db", current_deadline) is deadline


async def test_a_call_that_waits_when_time_is_up_never_runs(lanes: Lanes) -> None:
    release, ran = threading.Event(), threading.Event()
    first = asyncio.create_task(run("db", release.wait, PATIENCE_SECONDS))
    await until(lambda: lanes["db"].stats().busy)

    with pytest.raises(LaneTimeoutError), due_in(0.02):
        await run("db", ran.set)
    release.set()
    await first
    await run("db", lambda: None)  # comes after it in the queue

    assert not ran.is_set()


async def test_a_thread_that_goes_on_after_the_deadline_is_counted_and_keeps_its_place(lanes: Lanes) -> None:
    release = threading.Event()
    with pytest.raises(LaneTimeoutError), due_in(0.02):
        await run("db", release.wait, PATIENCE_SECONDS)

    while_it_runs = lanes["db"].stats()
    release.set()
    await until(lambda: lanes["db"].stats().admitted == 0)

    assert (while_it_runs.abandoned, while_it_runs.timed_out, while_it_runs.admitted) == (1, 1, 1)


# --- map


async def test_mapping_gives_results_in_the_order_of_the_items(lanes: Lanes) -> None:
    def late_if_early(number: int) -> int:
        time.sleep(0.02 if number == 0 else 0)
        return 2 * number

    assert await map_in("three", late_if_early, range(6)) == [0, 2, 4, 6, 8, 10]


async def test_mapping_takes_no_more_places_than_run_at_once(lanes: Lanes) -> None:
    """A hundred items do not fill a queue that is short."""
    assert await map_in("db", abs, range(100)) == list(range(100))


async def test_mapping_uses_all_threads_of_the_lane(lanes: Lanes) -> None:
    """Three calls that wait for each other."""
    barrier = threading.Barrier(3)

    assert sorted(await map_in("three", lambda _: barrier.wait(PATIENCE_SECONDS), range(3))) == [0, 1, 2]


async def test_the_first_error_ends_a_mapping_and_is_raised_as_it_is(lanes: Lanes) -> None:
    """Not in a group, so that `except` and the app's handlers find it."""
    seen: list[int] = []

    def fail_at_two(number: int) -> None:
        seen.append(number)
        if number == 2:
            raise ValueError("two")

    with pytest.raises(ValueError, match="two"):
        await map_in("db", fail_at_two, range(100))

    assert len(seen) < 10


async def test_an_error_of_a_mapping_keeps_its_cause(lanes: Lanes) -> None:
    def fail(_: int) -> None:
        raise ValueError("seen") from KeyError("cause")

    with pytest.raises(ValueError, match="seen") as caught:
        await map_in("db", fail, [1])

    assert isinstance(caught.value.__cause__, KeyError)


async def test_mapping_nothing_gives_nothing(lanes: Lanes) -> None:
    assert await map_in("db", abs, []) == []


def test_mapping_works_under_trio() -> None:
    assert anyio.run(partial(map_in, "thread", abs, [-1, -2]), backend="trio") == [1, 2]


# --- marks


def test_a_marked_function_stays_a_plain_function() -> None:
    @lane("db")
    def double(number: int) -> int:
        return 2 * number

    assert double(4) == 8


def test_a_deadline_can_be_made_by_hand() -> None:
    """For code that is tested without a request."""
    assert Deadline(3).remaining() <= 3
