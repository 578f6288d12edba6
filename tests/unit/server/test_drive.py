"""Running coroutines without a task: what they and the libraries in them see."""

import asyncio
import contextvars
import sys
import weakref
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import anyio
import pytest
import sniffio

from laneway.server.direct.drive import BUSY, Driver, Raised

variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop of its own, closed afterwards."""
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


def driven(loop: asyncio.AbstractEventLoop, *coros: Callable[[Any], Coroutine[Any, Any, Any]]) -> list[Any]:
    """What each coroutine function gave when the loop itself ran it, one after the other."""
    driver, results = Driver(loop), []

    def run() -> None:
        results.extend(driver.run(coro, None, contextvars.copy_context()) for coro in coros)
        loop.call_soon(loop.stop)  # not at once: what was scheduled meanwhile shall run

    loop.call_soon(run)
    loop.run_forever()
    return results


def test_it_gives_what_the_coroutine_returns(loop: asyncio.AbstractEventLoop) -> None:
    async def double(argument: Any) -> list[Any]:
        return [argument, await inner()]

    async def inner() -> int:
        return 2

    assert driven(loop, double) == [[None, 2]]


def test_an_exception_is_given_and_the_next_one_runs(loop: asyncio.AbstractEventLoop) -> None:
    async def fails(_: Any) -> None:
        raise LookupError("gone")

    async def works(_: Any) -> str:
        return "fine"

    failed, fine = driven(loop, fails, works)

    assert type(failed) is Raised
    assert str(failed.error) == "gone"
    assert fine == "fine"


def test_a_stop_iteration_is_an_error_like_any_other(loop: asyncio.AbstractEventLoop) -> None:
    async def stops(_: Any) -> None:
        raise StopIteration

    async def works(_: Any) -> str:
        return "fine"

    failed, fine = driven(loop, stops, works)

    assert type(failed) is Raised
    assert fine == "fine"


def test_after_an_interrupt_the_next_one_runs(loop: asyncio.AbstractEventLoop) -> None:
    async def interrupted(_: Any) -> None:
        raise KeyboardInterrupt

    async def works(_: Any) -> str:
        return "fine"

    driver, results = Driver(loop), []

    def run() -> None:
        with pytest.raises(KeyboardInterrupt):
            driver.run(interrupted, None, contextvars.copy_context())
        results.append(driver.run(works, None, contextvars.copy_context()))
        loop.stop()

    loop.call_soon(run)
    loop.run_forever()

    assert results == ["fine"]


def test_what_it_sets_is_not_seen_by_the_next(loop: asyncio.AbstractEventLoop) -> None:
    async def sets(_: Any) -> str:
        variable.set("mine")
        return variable.get()

    async def reads(_: Any) -> str:
        return variable.get()

    assert driven(loop, sets, reads) == ["mine", "unset"]


def test_within_a_task_it_says_that_it_cannot(loop: asyncio.AbstractEventLoop) -> None:
    async def works(_: Any) -> None: ...

    async def main() -> Any:
        return Driver(loop).run(works, None, contextvars.copy_context())

    assert loop.run_until_complete(main()) is BUSY


def test_libraries_find_asyncio_and_a_current_task(loop: asyncio.AbstractEventLoop) -> None:
    async def looks(_: Any) -> list[Any]:
        task: Any = asyncio.current_task()
        weakref.ref(task)
        return [
            sniffio.current_async_library(),
            anyio.get_current_task().name == task.get_name(),
            anyio.get_current_task().coro is task.get_coro(),
            task.done(),
            task.get_loop() is asyncio.get_running_loop(),
            type(anyio.Event()).__name__ != "EventAdapter",
        ]

    assert driven(loop, looks) == [["asyncio", True, True, False, True, True]]


def test_no_task_is_current_afterwards(loop: asyncio.AbstractEventLoop) -> None:
    async def works(_: Any) -> None: ...

    driven(loop, works)

    assert asyncio.current_task(loop) is None


def test_a_cancel_scope_can_be_opened(loop: asyncio.AbstractEventLoop) -> None:
    async def opens(_: Any) -> float:
        with anyio.move_on_after(5) as scope, anyio.CancelScope(shield=True):  # noqa: ASYNC100  # only opened
            assert anyio.current_effective_deadline() is not None
        return scope.deadline - loop.time()

    (left,) = driven(loop, opens)

    assert 4 < left <= 5


def test_tasks_started_in_it_run(loop: asyncio.AbstractEventLoop) -> None:
    ran: list[str] = []

    async def child() -> None:
        ran.append(variable.get())

    async def starts(_: Any) -> Any:
        variable.set("parent's")
        return asyncio.ensure_future(child())

    driven(loop, starts)

    assert ran == ["parent's"]


def test_every_request_has_a_task_of_its_own(loop: asyncio.AbstractEventLoop) -> None:
    async def current(_: Any) -> Any:
        return asyncio.current_task()

    first, second = driven(loop, current, current)

    assert first is not second
    assert first.get_name() != second.get_name()


def test_being_cancelled_is_noted_and_can_be_taken_back(loop: asyncio.AbstractEventLoop) -> None:
    async def cancels(_: Any) -> list[int]:
        task: Any = asyncio.current_task()
        task.cancel("reason")
        counts = [task.cancelling()]
        task.uncancel()
        return [*counts, task.cancelling()]

    assert driven(loop, cancels) == [[1, 0]]


def test_done_callbacks_are_called_when_it_is_over(loop: asyncio.AbstractEventLoop) -> None:
    called: list[Any] = []

    async def adds(_: Any) -> Any:
        task: Any = asyncio.current_task()
        task.add_done_callback(called.append)
        assert called == []
        return task

    (task,) = driven(loop, adds)

    assert called == [task]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="tasks show their context since Python 3.12")
def test_the_current_task_shows_its_context(loop: asyncio.AbstractEventLoop) -> None:
    async def shows(_: Any) -> str:
        variable.set("shown")
        task: Any = asyncio.current_task()
        return str(task.get_context()[variable])

    assert driven(loop, shows) == ["shown"]
