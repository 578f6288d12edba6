"""Blocking context managers on the loop: entered once, left once, whatever happens between."""

import asyncio
import threading
from types import TracebackType
from typing import Self

import anyio
import anyio.to_thread
import pytest

from laneway.concurrency import cleanup_limiter, contextmanager_in_threadpool, file_limiter


class Resource:
    """A blocking context manager that writes down what happens to it."""

    def __init__(self, *, suppress: bool = False) -> None:
        self.suppress = suppress
        self.log: list[str] = []
        self.left_with: list[BaseException | None] = []
        self.threads: set[int] = set()
        self.left = threading.Event()

    def __enter__(self) -> Self:
        self.threads.add(threading.get_ident())
        self.log.append("enter")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        self.threads.add(threading.get_ident())
        self.log.append("leave")
        self.left_with.append(error)
        self.left.set()
        return self.suppress


class SlowResource(Resource):
    """A resource that takes its time to enter."""

    def __init__(self) -> None:
        super().__init__()
        self.entering = threading.Event()
        self.may_enter = threading.Event()

    def __enter__(self) -> Self:
        self.entering.set()
        assert self.may_enter.wait(5)
        return super().__enter__()


@pytest.fixture
def resource() -> Resource:
    return Resource()


async def test_both_ends_run_in_threads(resource: Resource) -> None:
    """The loop is never blocked."""
    async with contextmanager_in_threadpool(resource) as entered:
        assert entered is resource

    assert resource.log == ["enter", "leave"]
    assert threading.get_ident() not in resource.threads


async def test_the_exception_of_the_body_reaches_the_exit(resource: Resource) -> None:
    """A transaction must know that it failed."""
    error = ValueError("no")
    with pytest.raises(ValueError, match="no"):
        async with contextmanager_in_threadpool(resource):
            raise error

    assert resource.left_with == [error]


async def test_an_exit_that_suppresses_is_obeyed() -> None:
    """`with` semantics are kept."""
    async with contextmanager_in_threadpool(Resource(suppress=True)):
        raise ValueError


async def test_clean_up_waits_for_no_token(resource: Resource) -> None:
    """With every token taken, what is held can still be given back."""
    limiter = anyio.to_thread.current_default_thread_limiter()
    holders = [object() for _ in range(int(limiter.total_tokens))]
    with anyio.fail_after(2):
        async with contextmanager_in_threadpool(resource):
            for holder in holders:
                limiter.acquire_on_behalf_of_nowait(holder)
    for holder in holders:
        limiter.release_on_behalf_of(holder)

    assert resource.log == ["enter", "leave"]


async def test_a_cancelled_body_is_cleaned_up(resource: Resource) -> None:
    """The exit runs although its task is cancelled."""
    with anyio.CancelScope() as scope:
        async with contextmanager_in_threadpool(resource):
            scope.cancel()
            await anyio.sleep_forever()

    assert resource.log == ["enter", "leave"]


async def test_what_is_entered_after_the_task_gave_up_is_left_again() -> None:
    """`asyncio.timeout` does not wait for the thread; the thread then cleans up by itself."""
    resource = SlowResource()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02), contextmanager_in_threadpool(resource):
            pytest.fail("the body must not run")
    resource.may_enter.set()
    await asyncio.to_thread(resource.left.wait, 5)

    assert resource.log == ["enter", "leave"]
    assert isinstance(resource.left_with[0], asyncio.CancelledError)


async def test_what_was_entered_while_the_task_was_being_cancelled_is_left_again() -> None:
    """The thread was faster than the loop: it is done, but nobody receives its value."""
    resource = SlowResource()
    manager = contextmanager_in_threadpool(resource)
    task = asyncio.create_task(manager.__aenter__())
    await asyncio.to_thread(resource.entering.wait, 5)
    task.cancel()
    resource.may_enter.set()
    while not getattr(manager, "_entered"):  # noqa: B009 - the loop stands still, so that the thread is faster
        pass
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.to_thread(resource.left.wait, 5)

    assert resource.log == ["enter", "leave"]


async def test_the_limiters_belong_to_the_loop() -> None:
    """Asked twice, the same; clean-up has a token for everyone, files have few."""
    assert cleanup_limiter() is cleanup_limiter()
    assert file_limiter() is file_limiter()
    assert cleanup_limiter().total_tokens == float("inf")
    assert file_limiter().total_tokens < float("inf")


def test_another_loop_has_other_limiters() -> None:
    """A limiter cannot be shared between loops."""

    async def limiter() -> anyio.CapacityLimiter:
        return file_limiter()

    assert asyncio.run(limiter()) is not asyncio.run(limiter())
