"""Bridges between the event loop and worker threads."""

from __future__ import annotations

import math
import threading
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from contextlib import asynccontextmanager as asynccontextmanager
from types import TracebackType
from typing import Generic, TypeVar

import anyio.to_thread
from anyio import CancelScope, CapacityLimiter
from anyio.lowlevel import RunVar
from starlette.concurrency import iterate_in_threadpool as iterate_in_threadpool
from starlette.concurrency import run_in_threadpool as run_in_threadpool
from starlette.concurrency import run_until_first_complete as run_until_first_complete

T = TypeVar("T")

FILE_THREADS = 16  # threads that file calls may hold at once; a disk gains little from more

_cleanup_limiter: RunVar[CapacityLimiter] = RunVar("laneway_cleanup_limiter")
_file_limiter: RunVar[CapacityLimiter] = RunVar("laneway_file_limiter")


def cleanup_limiter() -> CapacityLimiter:
    """The running loop's limiter for clean-up, which has a token for everyone.

    Clean-up gives back what others wait for (a database connection, a lock). If it had to wait for a token held
    by those who wait, neither would ever move.
    """
    return _limiter_of_loop(_cleanup_limiter, math.inf)


def file_limiter() -> CapacityLimiter:
    """The running loop's limiter for uploads and files, so that a slow disk takes no token from endpoints."""
    return _limiter_of_loop(_file_limiter, FILE_THREADS)


def _limiter_of_loop(holder: RunVar[CapacityLimiter], tokens: float) -> CapacityLimiter:
    try:
        return holder.get()
    except LookupError:
        limiter = CapacityLimiter(tokens)
        holder.set(limiter)
        return limiter


def contextmanager_in_threadpool(cm: AbstractContextManager[T]) -> AbstractAsyncContextManager[T]:
    """An async context manager that enters and leaves the blocking `cm` in worker threads.

    Entering waits for a thread token like any other call. Leaving never does, and finishes even when the task
    is cancelled meanwhile. `cm` is left exactly when it was entered.
    """
    return _ThreadedContextManager(cm)


class _ThreadedContextManager(AbstractAsyncContextManager[T], Generic[T]):
    """State of one `contextmanager_in_threadpool`."""

    def __init__(self, cm: AbstractContextManager[T]) -> None:
        self._cm = cm
        self._turn = threading.Lock()  # guards the two fields below, which both threads write
        self._entered = False
        self._abandoned: BaseException | None = None

    async def __aenter__(self) -> T:
        try:
            return await run_in_threadpool(self._enter)
        except BaseException as error:
            # AnyIO's cancellation waits for the thread, `task.cancel()` and `asyncio.timeout` do not: they leave the
            # thread behind in `__enter__`, and nobody would ever leave what it entered.
            if self._abandon(error):
                await self.__aexit__(type(error), error, error.__traceback__)
            raise

    def _enter(self) -> T:
        value = self._cm.__enter__()
        with self._turn:
            self._entered = True
            reason = self._abandoned
        if reason is not None:
            self._cm.__exit__(type(reason), reason, reason.__traceback__)
        return value

    def _abandon(self, reason: BaseException) -> bool:
        """Give up entering; True if it had succeeded already, and leaving is now the caller's duty."""
        with self._turn:
            self._abandoned = reason
            return self._entered

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        # Without the shield a cancelled task would drop the call before it starts, and `cm` would stay open.
        with CancelScope(shield=True):
            suppress = await anyio.to_thread.run_sync(
                self._cm.__exit__, exc_type, exc, traceback, limiter=cleanup_limiter()
            )
        return bool(suppress)
